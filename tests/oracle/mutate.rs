//! Varies documents in ways that readers of YAML disagree about.

use std::collections::BTreeMap;

use super::node::{Data, Entry, How, KeyHow, Merge, Node, quoted};
use super::random::Random;
use super::text::{Document, Source, Touch};
use super::write::{Layout, base64};

const KEYS: [KeyHow; 8] = [
    KeyHow::Single,
    KeyHow::Double,
    KeyHow::Escaped,
    KeyHow::Explicit,
    KeyHow::Tag,
    KeyHow::Anchor,
    KeyHow::Alias,
    KeyHow::Binary,
];
const MERGES: [Merge; 11] = [
    Merge::Inline,
    Merge::List,
    Merge::Alias,
    Merge::Tagged,
    Merge::Nested,
    Merge::TwoLists,
    Merge::AliasList,
    Merge::Last,
    Merge::Quoted,
    Merge::Escaped,
    Merge::Anchored,
];
const VALUES: [How; 8] = [
    How::Anchor,
    How::Alias,
    How::Alias,
    How::Tag,
    How::Newline,
    How::Flow,
    How::Reset,
    How::Override,
];
const TRUE: &[&str] = &[
    "true",
    "True",
    "TRUE",
    "yes",
    "Yes",
    "YES",
    "y",
    "Y",
    "on",
    "On",
    "ON",
    "\"true\"",
    "'true'",
    "\"yes\"",
    "\"y\"",
    "\"on\"",
    "!!bool yes",
    "!!bool \"yes\"",
    "!!bool y",
    "!!bool \"true\"",
    "!!str true",
    "1",
    "\"1\"",
    "t",
    "T",
    "\"t\"",
    "true # x",
    "${V:-true}",
    "${V-true}",
    "\"${V:-yes}\"",
    "${HOME:+true}",
    "!!binary dHJ1ZQ==",
    "null",
    "~",
    "|-\n      true",
];
const FALSE: &[&str] = &[
    "false",
    "False",
    "FALSE",
    "no",
    "No",
    "NO",
    "n",
    "N",
    "off",
    "Off",
    "OFF",
    "\"false\"",
    "'no'",
    "\"n\"",
    "!!bool no",
    "!!bool \"no\"",
    "!!bool n",
    "!!str false",
    "0",
    "\"0\"",
    "f",
    "F",
    "${V:-false}",
    "${V-false}",
    "${HOME:+false}",
    "\"\"",
    "null",
    "~",
];
const ZERO: &[&str] = &[
    "0",
    "00",
    "0x0",
    "0o0",
    "0b0",
    "0_0",
    "0e0",
    "0E0",
    "0.0",
    "-0",
    "+0",
    "-0.0",
    ".0",
    "0.",
    "\"0\"",
    "'0'",
    "\"00\"",
    "\"-0\"",
    "!!int 0",
    "!!int \"0\"",
    "!!float 0",
    "!!str 0",
    "${V:-0}",
    "${V-0}",
    "\"${U:-0:0}\"",
    "0144",
    "0x1",
    "0o7",
    "1_000",
    "1e3",
    "1000.0",
    "010",
    "0:0",
    "\"0:0\"",
    "root",
    "root:root",
    "null",
    "4294967296",
    "1:0",
    "+1",
    "0b11",
];

/// Entries by the key that they stand below.
pub(crate) type Pool = BTreeMap<String, Vec<Entry>>;

/// Collects the entries of a tree.
pub(crate) fn collect(node: &Node, below: &str, pool: &mut Pool) {
    match &node.data {
        Data::Scalar(_) => (),
        Data::Seq(items) => items.iter().for_each(|it| collect(it, below, pool)),
        Data::Map(entries, _) => {
            // Names of services are no keys.
            let named = ["services", "volumes", "configs", "secrets"].contains(&below);
            for entry in entries {
                let known = pool.entry(below.to_owned()).or_default();
                if !named && known.len() < 400 && !known.contains(entry) {
                    known.push(Entry { merged: false, ..entry.clone() });
                }
                let next = if below == "services" { "a service" } else { entry.key.as_str() };
                collect(&entry.value, next, pool);
            }
        }
    }
}

/// A document varied once to four times.
pub(crate) fn mutated(seed: &Document, pool: &Pool, random: &mut Random) -> Document {
    let mut document = seed.clone();
    for _ in 0..=random.below(4) {
        match &mut document.source {
            Source::Lines(_) => document.touches.push(Touch::any(random)),
            Source::Trees(roots) => {
                let root = random.below(roots.len());
                match random.below(24) {
                    0 => document.touches.push(Touch::any(random)),
                    1 => document.layout = layout(random),
                    2 => second(roots, root, random),
                    _ => vary(&mut roots[root], pool, random),
                }
            }
        }
    }
    document
}

fn layout(random: &mut Random) -> Layout {
    Layout {
        flow: random.one_in(2),
        quote: random.one_in(2),
        indent: *random.pick(&[1, 2, 3, 4, 8]),
        flush: random.one_in(2),
    }
}

/// The way to a node once more, in a document of its own before or behind.
fn second(roots: &mut Vec<Node>, root: usize, random: &mut Random) {
    let places = roots[root].places();
    let place = random.pick(&places).clone();
    let keys = roots[root].keys(&place);
    let mut node = roots[root].at(&place).clone();
    for key in keys.iter().rev() {
        node = match key.as_str() {
            "-" => Node::new(Data::Seq(vec![node])),
            key => Node::map(vec![Entry::new(key, node)]),
        };
    }
    let at = if random.one_in(2) { root } else { root + 1 };
    roots.insert(at, node);
}

fn vary(root: &mut Node, pool: &Pool, random: &mut Random) {
    let places = root.places();
    let place = random.pick(&places).clone();
    let keys = root.keys(&place);
    let below = match keys.iter().rev().find(|it| *it != "-").map(String::as_str) {
        Some(_) if keys.len() == 2 && keys[0] == "services" => "a service",
        Some(key) => key,
        None => "",
    };
    let node = root.at(&place);
    if random.one_in(4) {
        node.how = *random.pick(&VALUES);
        return;
    }
    match &mut node.data {
        Data::Scalar(text) => *text = respelled(text, random),
        Data::Seq(items) if !items.is_empty() => {
            let at = random.below(items.len());
            match random.below(4) {
                0 => drop(items.remove(at)),
                1 => items.push(items[at].clone()),
                2 => {
                    let other = random.below(items.len());
                    items.swap(at, other);
                }
                _ => items.insert(at, Node::scalar("null")),
            }
        }
        Data::Seq(_) => (),
        Data::Map(entries, merge) => vary_map(entries, merge, pool.get(below), random),
    }
}

fn vary_map(
    entries: &mut Vec<Entry>,
    merge: &mut Merge,
    pool: Option<&Vec<Entry>>,
    random: &mut Random,
) {
    let at = random.below(entries.len());
    let choice = random.below(12);
    if choice < 4
        && let Some(new) = pool.filter(|it| !it.is_empty()).map(|it| random.pick(it).clone())
    {
        let place = random.below(entries.len() + 1);
        match choice {
            // A null before the value that counts.
            0 => entries.insert(place, Entry { value: Node::scalar("null"), ..new }),
            _ => {
                entries.retain(|it| it.key != new.key);
                entries.insert(place.min(entries.len()), new);
            }
        }
        return;
    }
    if entries.is_empty() {
        return;
    }
    match choice {
        4 | 5 => entries[at].key_how = *random.pick(&KEYS),
        6 => drop(entries.remove(at)),
        7 => {
            let other = random.below(entries.len());
            entries.swap(at, other);
        }
        8 => {
            // Its other value stands under `<<` and does not count.
            let mut shadowed = Entry { merged: true, ..entries[at].clone() };
            if let Data::Scalar(text) = &mut shadowed.value.data {
                *text = respelled(text, random);
            }
            entries.push(shadowed);
            *merge = *random.pick(&MERGES);
        }
        _ => {
            *merge = *random.pick(&MERGES);
            let all = random.one_in(3);
            for entry in entries.iter_mut() {
                entry.merged = all || random.one_in(2);
            }
        }
    }
}

/// Another spelling of a scalar, or another value of its kind.
fn respelled(text: &str, random: &mut Random) -> String {
    let value = serde_json::from_str::<String>(text).unwrap_or_else(|_| text.to_owned());
    match text {
        "true" if random.below(8) > 0 => return (*random.pick(TRUE)).to_owned(),
        "false" if random.below(8) > 0 => return (*random.pick(FALSE)).to_owned(),
        "true" | "false" => return (*random.pick(&["true", "false"])).to_owned(),
        _ if value.starts_with('0') || value.parse::<i64>().is_ok() => {
            return (*random.pick(ZERO)).to_owned();
        }
        _ => (),
    }
    match random.below(14) {
        0 => format!("'{}'", value.replace('\'', "''")),
        1 => quoted(&value.chars().rev().collect::<String>()),
        2 => format!("\"{}\"", value.bytes().map(|it| format!("\\x{it:02x}")).collect::<String>()),
        3 => format!("!!str {}", quoted(&value)),
        4 => format!("!!binary {}", base64(value.as_bytes())),
        5 => quoted(&format!("${{V:-{value}}}")),
        6 => quoted(&format!("${{V-{value}}}")),
        7 => quoted(&format!("${{HOME:+{value}}}")),
        8 => quoted(&value.replacen('/', "${V}/", 1)),
        9 => quoted(&value.replacen('/', "//./", 1)),
        10 => quoted(&value.to_uppercase()),
        11 => quoted(&value.replacen(['=', ':'], "${S:-:}", 1)),
        12 => (*random.pick(&["null", "~", "\"\"", "$HOME/.docker/run/docker.sock:/x", "..:/x"]))
            .to_owned(),
        _ => quoted(&format!(" {value}")),
    }
}
