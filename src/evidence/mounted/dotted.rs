//! YAML, JSON and TOML as keys with dots and the texts at them.

use foldhash::HashSet;
use toml::de::{DeTable, DeValue};

use super::setting::Setting;
use crate::yaml::{Kind, Node, Tree};

/// How deep the settings of all servers are, and some more.
const DEPTH: usize = 10;
/// How many nodes aliases may expand to.
const NODES: usize = 100_000;

/// The settings of YAML or JSON, keys in lower case; items of a sequence are values of one setting or share its key.
pub(super) fn yaml(text: &str) -> Option<Vec<Setting>> {
    let tree = Tree::parse(text).ok()?;
    let mut settings = Vec::new();
    let mut open: Vec<(String, Node<'_>, usize)> = Vec::new();
    open.extend(tree.documents().map(|it| (String::new(), it, 0)));
    let mut left = NODES;
    while let Some((key, node, depth)) = open.pop() {
        let node = node.resolve();
        left = left.checked_sub(1)?;
        if depth > DEPTH {
            continue;
        }
        let before = open.len();
        match node.kind() {
            Kind::Mapping => open.extend(entries(node).into_iter().filter_map(|(name, value)| {
                let key = join(&key, name);
                Some((key, value, depth + 1)).filter(|it| it.0.len() < 1000)
            })),
            Kind::Sequence => open.extend(node.items().map(|it| (key.clone(), it, depth + 1))),
            Kind::Scalar => {
                let line = tree.position(node.span().start).line;
                let value = node.value().unwrap_or_default().to_owned();
                settings.push(setting(&key, value, line));
            }
            Kind::Alias => (),
        }
        open[before..].reverse();
    }
    Some(settings)
}

/// The entries with a text as key, each key once.
fn entries<'t>(mapping: Node<'t>) -> Vec<(&'t str, Node<'t>)> {
    let mut seen = HashSet::default();
    let all = mapping.entries().into_iter().filter_map(|it| Some((it.key.value()?, it.value)));
    all.filter(|it| seen.insert(it.0)).collect()
}

/// JSON, which may be indented by tabs.
pub(super) fn json(text: &str) -> Option<Vec<Setting>> {
    // Strings of JSON hold no raw tabs.
    if text.contains('\t') { yaml(&text.replace('\t', " ")) } else { yaml(text) }
}

/// The settings of TOML in the same form.
pub(super) fn toml(text: &str) -> Option<Vec<Setting>> {
    let table = DeTable::parse(text).ok()?;
    let breaks: Vec<usize> = text.match_indices('\n').map(|it| it.0).collect();
    let mut settings = Vec::new();
    let mut tables = vec![(String::new(), table.get_ref(), 0)];
    let mut values: Vec<(String, &toml::Spanned<DeValue<'_>>, usize)> = Vec::new();
    while let Some((key, table, depth)) = tables.pop() {
        if depth > DEPTH {
            continue;
        }
        values.extend(table.iter().map(|it| (join(&key, it.0.get_ref()), it.1, depth + 1)));
        while let Some((key, value, depth)) = values.pop() {
            if depth > DEPTH || key.len() > 1000 {
                continue;
            }
            match value.get_ref() {
                DeValue::Table(table) => tables.push((key, table, depth)),
                DeValue::Array(items) => {
                    values.extend(items.iter().map(|it| (key.clone(), it, depth + 1)));
                }
                other => {
                    let line = breaks.partition_point(|it| *it < value.span().start) + 1;
                    settings.push(setting(&key, scalar(other), line));
                }
            }
        }
    }
    settings.sort_by_key(|it| it.line);
    Some(settings)
}

fn scalar(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(it) => it.to_string(),
        DeValue::Integer(it) => it.as_str().to_owned(),
        DeValue::Boolean(it) => it.to_string(),
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => {
            String::new()
        }
    }
}

fn setting(key: &str, value: String, line: usize) -> Setting {
    Setting { key: key.to_lowercase(), ..Setting::new(key, vec![value], line) }
}

/// A key below another one; dots of the key itself are no joints.
fn join(above: &str, key: &str) -> String {
    let key = key.replace('.', "_");
    if above.is_empty() { key } else { format!("{above}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(settings: Option<Vec<Setting>>, expected: &[(&str, &str, usize)]) {
        let settings = settings.expect("a text that can be read");
        let found: Vec<_> =
            settings.iter().map(|it| (it.by.as_str(), it.values[0].as_str(), it.line)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn yaml_and_toml_and_json_say_the_same() {
        let expected = [("log.filePath", "/x", 2), ("entryPoints.web.address", ":80", 5)];
        check(yaml("log:\n  filePath: /x\nentryPoints:\n  web:\n    address: ':80'\n"), &expected);
        check(
            toml("[log]\nfilePath = \"/x\"\n[entryPoints]\n[entryPoints.web]\naddress = \":80\"\n"),
            &expected,
        );
        let text = "{\n\t\"log\": {\"a.b\": [\"/x\",\n\t\"/y\"]}}";
        check(json(text), &[("log.a_b", "/x", 2), ("log.a_b", "/y", 3)]);
    }

    #[test]
    fn aliases_and_merges_are_followed_within_bounds() {
        check(
            yaml("a: &a {x: 1}\nb: *a\nc:\n  <<: *a\n"),
            &[("a.x", "1", 1), ("b.x", "1", 1), ("c.x", "1", 1)],
        );
        let mut text = "a: &l0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 0..8 {
            let items = vec![format!("*l{level}"); 10].join(", ");
            text.push_str(&format!("b{level}: &l{} [{items}]\n", level + 1));
        }
        assert_eq!(yaml(&text), None);
        assert_eq!(yaml("{{ template }}\n- x: ["), None);
        assert_eq!(toml("= ="), None);
    }
}
