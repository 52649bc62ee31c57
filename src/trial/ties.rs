//! Which services of a project can break by each other: one names the other, or both have the same data.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Numbers for services, so that any two of them that can break by each other have different ones: a service that is
/// tied to none of the others has 0.
pub fn numbers<'s>(model: &Value, services: &[&'s String]) -> BTreeMap<&'s String, usize> {
    let said: Vec<Said> = services.iter().map(|it| Said::of(&model["services"][it])).collect();
    let is_tied = |one: usize, other: usize| {
        said[one].names(services[other])
            || said[other].names(services[one])
            || !said[one].data.is_disjoint(&said[other].data)
    };
    let mut numbers = BTreeMap::new();
    for first in 0..services.len() {
        if numbers.contains_key(services[first]) {
            continue;
        }
        let mut bundle = vec![first];
        let mut at = 0;
        while let Some(&one) = bundle.get(at) {
            let tied = |it: &usize| !bundle.contains(it) && is_tied(one, *it);
            let more: Vec<usize> = (first + 1..services.len()).filter(tied).collect();
            bundle.extend(more);
            at += 1;
        }
        numbers.extend(bundle.into_iter().enumerate().map(|(number, it)| (services[it], number)));
    }
    numbers
}

/// What a service says that can tie it to others.
struct Said {
    /// Everything that could be a name.
    words: BTreeSet<String>,
    /// The volumes and folders that it has.
    data: BTreeSet<String>,
}

impl Said {
    fn of(service: &Value) -> Said {
        let mut said = Said { words: BTreeSet::new(), data: BTreeSet::new() };
        for (key, value) in service.as_object().into_iter().flatten() {
            match key.as_str() {
                // What an image is called is no name of a service.
                "image" => (),
                "volumes" => {
                    let all = value.as_array().into_iter().flatten();
                    let sources = all.filter_map(|it| it["source"].as_str());
                    said.data.extend(sources.map(str::to_owned));
                }
                _ => said.hear(value),
            }
        }
        said
    }

    fn hear(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.words.extend(words(text)),
            Value::Array(all) => all.iter().for_each(|it| self.hear(it)),
            Value::Object(all) => {
                for (key, value) in all {
                    self.words.insert(key.clone());
                    self.hear(value);
                }
            }
            _ => (),
        }
    }

    fn names(&self, service: &str) -> bool {
        self.words.contains(service)
    }
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let is_between = |it: char| !(it.is_alphanumeric() || matches!(it, '_' | '-' | '.'));
    text.split(is_between).filter(|it| !it.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn services_that_name_each_other_or_share_data_have_different_numbers() {
        let model = json!({ "services": {
            "alone": { "image": "db", "command": ["serve", "--name", "database"] },
            "app": { "environment": { "URL": "postgres://own:pass@db:5432/app" } },
            "db": { "image": "postgres", "volumes": [{ "type": "volume", "source": "data" }] },
            "other": { "volumes": [{ "type": "volume", "source": "rest" }] },
            "reader": { "depends_on": { "source": {} } },
            "save": { "volumes": [{ "type": "volume", "source": "data" }] },
            "source": {},
        } });
        let names: Vec<String> =
            ["alone", "app", "db", "other", "reader", "save", "source"].map(str::to_owned).to_vec();
        let all: Vec<&String> = names.iter().collect();
        let numbers: Vec<usize> = numbers(&model, &all).into_values().collect();
        assert_eq!(numbers, [0, 0, 1, 0, 0, 2, 1]);
    }
}
