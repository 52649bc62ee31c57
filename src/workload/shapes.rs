//! What Compose refuses in a file: values of another shape than it expects.

use super::detect::first_line;
use super::kubernetes::scalar::{Sent, sent};
use super::view::Entry;
use super::{compose, tags, view};
use crate::yaml::{Ambiguity, Kind, Node, Tree, ambiguities, only_json};

/// What Compose takes under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// A list of anything.
    List,
    /// A list of text.
    Words,
    /// Text.
    Text,
    /// Text, or nothing.
    TextOrNull,
    /// A boolean, or text that says one.
    Flag,
    /// Text, or a list of it.
    TextOrWords,
}

static SHAPES: &[(Shape, &[&str])] = &[
    (
        Shape::List,
        &[
            "volumes",
            "devices",
            "device_cgroup_rules",
            "group_add",
            "post_start",
            "pre_stop",
            "volumes_from",
        ],
    ),
    (Shape::Words, &["cap_add", "cap_drop", "security_opt"]),
    (
        Shape::Text,
        &[
            "image",
            "user",
            "network_mode",
            "ipc",
            "uts",
            "cgroup",
            "userns_mode",
            "platform",
            "isolation",
        ],
    ),
    (Shape::TextOrNull, &["pid"]),
    (Shape::Flag, &["privileged", "read_only", "use_api_socket"]),
    (Shape::TextOrWords, &["tmpfs"]),
];

/// The services that Compose would refuse, by name; none of a file that it would refuse for more than these.
pub fn misshapen_services(tree: &Tree) -> Vec<&str> {
    let is_mapping = |root: Node<'_>| {
        root.get("services").is_none_or(|it| it.is_null() || it.resolve().kind() == Kind::Mapping)
    };
    if !of_the_file(tree).is_empty() || !tree.documents().map(Node::resolve).all(is_mapping) {
        return Vec::new();
    }
    let all = tree.documents().flat_map(|it| compose::services(it.resolve()));
    let wrong = all.filter(|(key, service)| misshaped(*key, *service).is_some());
    wrong.filter_map(|it| it.0.value()).collect()
}

fn of_the_file(tree: &Tree) -> Vec<Ambiguity> {
    let mut found = ambiguities(tree);
    found.extend(tags::without_effect(tree));
    found.extend(only_json(tree));
    found
}

/// What Compose would refuse in a file; the first of each service. Nothing more of a file that is ambiguous already.
pub fn misshapes(tree: &Tree) -> Vec<Ambiguity> {
    let mut found = of_the_file(tree);
    if !found.is_empty() {
        return found;
    }
    for root in tree.documents() {
        let root = root.resolve();
        let Some(services) = root.get("services") else { continue };
        if !matches!(services.resolve().kind(), Kind::Mapping) && !services.is_null() {
            found.push(Ambiguity {
                span: first_line(services),
                message: "expected a mapping of names to services under `services`".to_owned(),
            });
        }
        found.extend(compose::services(root).filter_map(|(key, service)| misshaped(key, service)));
    }
    found
}

fn misshaped(key: Node<'_>, service: Node<'_>) -> Option<Ambiguity> {
    let name = key.value().unwrap_or("");
    if service.tag() == Some("!reset") || service.is_recursive_alias() {
        return None;
    }
    let mapping = service.resolve();
    if mapping.kind() != Kind::Mapping {
        return Some(Ambiguity {
            span: first_line(if service.is_empty() { key } else { service }),
            message: format!(
                "expected a mapping under the service `{name}`: give it an image or a build"
            ),
        });
    }
    let misfit = |shape: Shape, key: &str, entry: &Entry<'_>| {
        // What carries this tag is read by nobody: it only takes away what another file says.
        let reset = entry.written.tag() == Some("!reset");
        // Whatever stands under this one is read without it.
        let single = entry.value.kind() == Kind::Scalar;
        if reset || single && entry.written.tag() == Some("!override") {
            return None;
        }
        shape.misfit(entry, || format!("{name}.{key}"))
    };
    let found: Vec<Ambiguity> = match view::few_entries(mapping) {
        Some(all) => {
            let shaped = all.into_iter().filter_map(|it| Some((shape_of(it.0)?, it)));
            shaped.filter_map(|(shape, (key, entry))| misfit(shape, key, &entry)).collect()
        }
        // Few keys have a shape.
        None => {
            let shaped =
                SHAPES.iter().flat_map(|(shape, keys)| keys.iter().map(|it| (*shape, *it)));
            let entry = |key| view::lookup(mapping, key);
            shaped.filter_map(|(shape, key)| misfit(shape, key, &entry(key)?)).collect()
        }
    };
    found.into_iter().min_by_key(|it| it.span.start)
}

/// What Compose takes under a key of a service.
fn shape_of(key: &str) -> Option<Shape> {
    SHAPES.iter().find(|it| it.1.contains(&key)).map(|it| it.0)
}

impl Shape {
    /// What is wrong with an entry.
    fn misfit(self, entry: &Entry<'_>, called: impl Fn() -> String) -> Option<Ambiguity> {
        let said = says(entry.value);
        let is_list = entry.value.kind() == Kind::Sequence;
        let fits = match self {
            Shape::List | Shape::Words => is_list || said == Says::Nothing,
            Shape::TextOrWords => is_list || matches!(said, Says::Text | Says::Nothing),
            Shape::Text => said == Says::Text,
            Shape::TextOrNull => matches!(said, Says::Text | Says::Nothing),
            Shape::Flag => matches!(said, Says::Text | Says::Boolean),
        };
        if !fits {
            let span = first_line(if entry.written.is_empty() { entry.key } else { entry.written });
            let called = called();
            let message = match self.expected(said) {
                (what, None) => format!("expected {what} under `{called}`"),
                (what, Some(way)) => format!("expected {what} under `{called}`: {way}"),
            };
            return Some(Ambiguity { span, message });
        }
        let of_words = matches!(self, Shape::Words);
        let there = |it: &Node<'_>| it.tag() != Some("!reset");
        let mut items = entry.value.items().filter(|it| of_words && there(it));
        items.find_map(|it| not_text(it, &called))
    }

    /// What people call what is expected in place of that, and what to do.
    fn expected(self, found: Says) -> (&'static str, Option<&'static str>) {
        match (self, found) {
            (Shape::List | Shape::Words, _) => ("a list", None),
            (Shape::TextOrWords, _) => ("a list or a single path", None),
            (_, Says::Several) => ("a single value", None),
            (Shape::Flag, _) => ("true or false", None),
            (Shape::Text | Shape::TextOrNull, Says::Nothing) => ("text", Some("remove the key")),
            (Shape::Text | Shape::TextOrNull, _) => ("text", Some("put it in quotes")),
        }
    }
}

/// An item that must be text: `- no-new-privileges: true` is a mapping.
fn not_text(item: Node<'_>, called: impl Fn() -> String) -> Option<Ambiguity> {
    let what_to_do = match says(item.resolve()) {
        Says::Text => return None,
        Says::Several => "write the item without a space after the colon, or in quotes",
        Says::Nothing | Says::Boolean | Says::Number => "write the item in quotes, or remove it",
    };
    Some(Ambiguity {
        span: first_line(item),
        message: format!("expected text under `{}`: {what_to_do}", called()),
    })
}

/// What a value is to Compose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Nothing,
    Boolean,
    Number,
    Text,
    /// It is a list or a mapping.
    Several,
}

/// What a value is to Compose, which reads no more than `true` and `false` as booleans.
fn says(node: Node<'_>) -> Says {
    let Some(sent) = sent(node) else { return Says::Several };
    match sent {
        Sent::Null => Says::Nothing,
        Sent::Bool(_) => {
            let word = node.value().unwrap_or("");
            let plain = ["true", "false"].iter().any(|it| word.eq_ignore_ascii_case(it));
            if plain { Says::Boolean } else { Says::Text }
        }
        Sent::Int(_) | Sent::Float(_) => Says::Number,
        Sent::Text(_) | Sent::Refused => Says::Text,
    }
}
