//! Which objects a patch is for, as kustomize selects them. What cannot be decided is taken to be selected.

use regex::Regex;

use crate::workload::kubernetes::{Found, identify, object_name, scalar};
use crate::workload::view;
use crate::yaml::Node;

/// What kustomizations make of the names of all their objects.
#[derive(Default)]
pub(super) struct Around {
    /// What is put before and after names.
    affixes: Vec<(String, String)>,
    /// Whether objects get another namespace.
    namespaces: bool,
    /// Whether they get more labels.
    labels: bool,
    /// Whether they get more annotations.
    annotations: bool,
}

impl Around {
    /// Takes in what a kustomization says.
    pub(super) fn note(&mut self, kustomization: Node<'_>) {
        let text = |key| scalar(kustomization, key).unwrap_or("").to_owned();
        let affixes = (text("namePrefix"), text("nameSuffix"));
        if affixes != Default::default() {
            self.affixes.push(affixes);
        }
        let has = |key| kustomization.get(key).is_some();
        self.namespaces |= has("namespace");
        self.labels |= has("commonLabels") || has("labels");
        self.annotations |= has("commonAnnotations");
    }

    /// The names that an object may have: kustomize knows it by each that it had.
    fn names(&self, name: &str) -> Vec<String> {
        let mut names = vec![name.to_owned()];
        for (prefix, suffix) in &self.affixes {
            let more: Vec<_> = names.iter().map(|it| format!("{prefix}{it}{suffix}")).collect();
            names.extend(more.into_iter().take(MANY));
            names.truncate(MANY);
        }
        names
    }
}

/// How many names of an object are tried.
const MANY: usize = 64;

/// The object that a patch may be for.
pub(super) struct Object<'t> {
    group: &'t str,
    kind: &'t str,
    name: &'t str,
    node: Node<'t>,
}

impl<'t> Object<'t> {
    pub(super) fn of(found: &'t Found<'_>) -> Object<'t> {
        let name = object_name(found.object);
        Object { group: &found.group, kind: &found.kind, name, node: found.object }
    }

    fn metadata(&self, key: &str) -> Option<Node<'t>> {
        let metadata = view::lookup(self.node, "metadata")?;
        view::lookup(metadata.value, key).map(|it| it.value)
    }
}

/// What selects objects.
#[derive(Clone, Default)]
pub(super) struct Target {
    group: Option<String>,
    kind: Option<String>,
    name: Option<String>,
    namespace: Option<String>,
    labels: Option<String>,
    annotations: Option<String>,
    /// Whether the texts are patterns.
    patterns: bool,
}

impl Target {
    /// A selector that is written beside a patch.
    pub(super) fn selecting(target: Node<'_>) -> Target {
        let text = |key| scalar(target, key).filter(|it| !it.is_empty()).map(str::to_owned);
        Target {
            group: text("group"),
            kind: text("kind"),
            name: text("name"),
            namespace: text("namespace"),
            labels: text("labelSelector"),
            annotations: text("annotationSelector"),
            patterns: true,
        }
    }

    /// The object that a patch is for by its own word.
    pub(super) fn own(patch: Node<'_>) -> Target {
        let (group, kind) = identify(patch).unzip();
        let metadata = |key| {
            let metadata = view::lookup(patch, "metadata")?.value;
            scalar(metadata, key).map(str::to_owned)
        };
        Target {
            group,
            kind: kind.map(str::to_owned),
            name: metadata("name"),
            namespace: metadata("namespace"),
            ..Target::default()
        }
    }

    /// Whether an object may be selected.
    pub(super) fn meets(&self, object: &Object<'_>, around: &Around) -> bool {
        let fits = |wanted: &Option<String>, is: &[String]| {
            wanted.as_ref().is_none_or(|it| self.fits(it, is))
        };
        let namespace = object.metadata("namespace").and_then(Node::value);
        let namespaces = [namespace.unwrap_or("default").to_owned()];
        let is_open = around.namespaces || namespace.is_none();
        fits(&self.group, &[object.group.to_owned()])
            && fits(&self.kind, &[object.kind.to_owned()])
            && fits(&self.name, &around.names(object.name))
            && (is_open || fits(&self.namespace, &namespaces))
            && carries(self.labels.as_deref(), object.metadata("labels"), around.labels)
            && carries(
                self.annotations.as_deref(),
                object.metadata("annotations"),
                around.annotations,
            )
    }

    fn fits(&self, wanted: &str, is: &[String]) -> bool {
        if !self.patterns {
            return is.iter().any(|it| it == wanted);
        }
        let pattern = Regex::new(&format!("^(?:{wanted})$"));
        pattern.is_ok_and(|it| is.iter().any(|text| it.is_match(text)))
            || Regex::new(wanted).is_err()
    }
}

/// Whether an object may carry what a selector of labels or annotations asks for; more may be added to it.
fn carries(selector: Option<&str>, of: Option<Node<'_>>, more: bool) -> bool {
    let Some(selector) = selector else { return true };
    requirements(selector).into_iter().all(|it| {
        let Some(requirement) = Requirement::read(it) else { return true };
        let value = of.and_then(|of| scalar(of, requirement.key));
        more || requirement.holds(value)
    })
}

/// The requirements of a selector: commas within parentheses stand between values.
fn requirements(selector: &str) -> Vec<&str> {
    let mut depth = 0;
    let split = selector.split(move |it: char| {
        depth += i32::from(it == '(') - i32::from(it == ')');
        it == ',' && depth == 0
    });
    split.map(str::trim).filter(|it| !it.is_empty()).collect()
}

/// One requirement of a selector.
struct Requirement<'s> {
    key: &'s str,
    /// The values, one of which it has to be; any where there are none.
    values: Vec<&'s str>,
    /// Whether it must not be so.
    not: bool,
}

impl<'s> Requirement<'s> {
    /// Takes one apart; nothing where it is not understood.
    fn read(text: &'s str) -> Option<Self> {
        for (sign, not) in [("!=", true), ("==", false), ("=", false)] {
            if let Some((key, value)) = text.split_once(sign) {
                return Some(Requirement { key: key.trim(), values: vec![value.trim()], not });
            }
        }
        if let Some((head, values)) = text.strip_suffix(')').and_then(|it| it.split_once('(')) {
            let mut words = head.split_whitespace();
            let (key, word) = (words.next()?, words.next()?);
            let not = match word {
                "in" => false,
                "notin" => true,
                _ => return None,
            };
            return Some(Requirement {
                key,
                values: values.split(',').map(str::trim).collect(),
                not,
            });
        }
        let key = text.trim_start_matches('!').trim();
        let is_word = !key.is_empty() && !key.contains(char::is_whitespace);
        is_word.then(|| Requirement { key, values: Vec::new(), not: text.starts_with('!') })
    }

    fn holds(&self, value: Option<&str>) -> bool {
        let is = value.is_some_and(|it| self.values.is_empty() || self.values.contains(&it));
        is != self.not
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(selector: &str, expected: bool) {
        let tree = crate::yaml::Tree::parse("app: web\ntier: front\n").expect("YAML");
        let labels = tree.documents().next();
        assert_eq!(carries(Some(selector), labels, false), expected, "{selector}");
    }

    #[test]
    fn selectors_of_labels_are_decided() {
        check("app=web", true);
        check("app==web,tier=front", true);
        check("app=web,tier=back", false);
        check("app!=web", false);
        check("app in (api, web),tier", true);
        check("app notin (api, web)", false);
        check("!zone,app", true);
        check("zone", false);
        check("what is this", true);
    }
}
