//! What readers of YAML differ on or choke on, whatever the file is for.

use foldhash::HashMap;

use super::node::Node;
use super::tree::{Kind, NodeId, Span, Tree};
use super::view;

/// Something that not every reader reads alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ambiguity {
    /// Where.
    pub span: Span,
    /// What, and what to do.
    pub message: String,
}

impl Ambiguity {
    fn at(node: Node<'_>, message: impl Into<String>) -> Ambiguity {
        Ambiguity { span: node.span(), message: message.into() }
    }
}

/// Keys that stand twice in one mapping, keys that are aliases, tagged, lists or mappings, a `<<` in quotes, binary
/// values, aliases that contain themselves, merges of merges without end; in the order of the text.
#[must_use]
pub fn ambiguities(tree: &Tree) -> Vec<Ambiguity> {
    let mut open: Vec<Node<'_>> = tree.documents().collect();
    let mut found = Vec::new();
    let mut merging = Vec::new();
    while let Some(node) = open.pop() {
        if tree.has_properties() {
            found.extend(odd_keys(node));
            if let Some((key, value)) = node.merge_pair() {
                merging.push((node, key, value.resolve()));
            }
        }
        found.extend(node.pairs().filter_map(|(key, _)| no_name(key)));
        if let Some(key) = node.duplicate_key() {
            let name = key.value().unwrap_or("");
            let what_to_do = match name {
                "<<" => "merge all of them with one, as in `<<: [*a, *b]`",
                _ => "keep one of them",
            };
            let message = format!("the key `{name}` stands twice in one mapping: {what_to_do}");
            found.push(Ambiguity::at(key, message));
        }
        for child in node.pairs().map(|it| it.1).chain(node.elements()) {
            match child.kind() {
                Kind::Mapping | Kind::Sequence => open.push(child),
                Kind::Alias if child.is_recursive_alias() => {
                    let message = "the alias contains itself: write the value out";
                    found.push(Ambiguity::at(child, message));
                }
                Kind::Scalar if is_binary(child) => {
                    let message = "a value under !!binary is text to some programs and bytes to others: write its text";
                    found.push(Ambiguity::at(child, message));
                }
                Kind::Alias | Kind::Scalar => (),
            }
        }
    }
    found.extend(overmerged(merging));
    found.sort_by_key(|it: &Ambiguity| it.span.start);
    found
}

/// Keys that a `<<` behind them hides from kubectl, and from no reader that follows the definition of `<<`.
#[must_use]
pub fn late_merges(tree: &Tree) -> Vec<Ambiguity> {
    if !tree.has_properties() && !tree.text().contains("<<") {
        return Vec::new();
    }
    let mut open: Vec<Node<'_>> = tree.documents().collect();
    let mut found = Vec::new();
    while let Some(node) = open.pop() {
        if let Some((merge, _)) = node.merge_pair() {
            let sources = view::fragments(node);
            let hidden = |key: &Node<'_>| {
                let text = key.value().unwrap_or("");
                sources.iter().any(|it| it.at_key(text).is_some())
            };
            let earlier = node.pairs().map(|it| it.0).take_while(|it| it.id() != merge.id());
            found.extend(earlier.filter(hidden).map(|key| {
                let message = format!(
                    "kubectl takes what the `<<` further down brings instead of `{}`: put the `<<` first",
                    key.value().unwrap_or("")
                );
                Ambiguity::at(key, message)
            }));
        }
        open.extend(node.children().filter(|it| !matches!(it.kind(), Kind::Scalar | Kind::Alias)));
    }
    found.sort_by_key(|it: &Ambiguity| it.span.start);
    found
}

/// The end of a document in a file that kubectl reads as JSON, or would once a comma too many is gone.
#[must_use]
pub fn ended_json(tree: &Tree) -> Option<Ambiguity> {
    let text = tree.text();
    let is_end = |line: &str| {
        line.strip_prefix("...")
            .is_some_and(|it| it.is_empty() || it.starts_with(char::is_whitespace))
    };
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let mut start = 0;
    text.split_inclusive('\n').find(|line| {
        let found = is_end(line);
        start += if found { 0 } else { line.len() };
        found
    })?;
    let message = "kubectl reads a file that begins with `{` as JSON, which knows no `...`: take that line away";
    Some(Ambiguity { span: Span { start, end: start + 3 }, message: message.to_owned() })
}

/// Keys that some readers take for the text behind them and others do not.
fn odd_keys(node: Node<'_>) -> impl Iterator<Item = Ambiguity> {
    node.pairs().filter_map(|(key, _)| {
        let shown = key.value().unwrap_or("…");
        if key.kind() == Kind::Alias {
            let message = format!(
                "an alias as a key is read differently by different programs: write `{shown}`"
            );
            return Some(Ambiguity::at(key, message));
        }
        let tag = key.tag()?;
        let message = format!(
            "a key under the tag {tag} is read differently by different programs: remove the tag"
        );
        Some(Ambiguity::at(key, message))
    })
}

/// Keys that are no names to whoever reads the file.
fn no_name(key: Node<'_>) -> Option<Ambiguity> {
    let what = match key.kind() {
        Kind::Mapping | Kind::Sequence => {
            "a list or mapping is the key here, which no program takes: write a name, without the `?` in front"
        }
        Kind::Scalar if only_looks_merging(key) => {
            "a `<<` merges only where it stands without quotes: take them away, or rename the key"
        }
        Kind::Scalar | Kind::Alias => return None,
    };
    Some(Ambiguity::at(key, what))
}

/// Whether a key has the text of a merge and is none; what an alias or a tag does to it is said of these.
fn only_looks_merging(key: Node<'_>) -> bool {
    key.tag().is_none() && key.value() == Some("<<") && !key.is_merge()
}

fn is_binary(node: Node<'_>) -> bool {
    matches!(node.tag(), Some("!!binary" | "!<tag:yaml.org,2002:binary>"))
}

/// How many mappings may come into one by `<<`, those that come into them counted too.
const MERGED: usize = 256;

/// The first mapping into which too many are merged: what it holds would have to be looked up in all of them.
fn overmerged<'t>(mut merging: Vec<(Node<'t>, Node<'t>, Node<'t>)>) -> Option<Ambiguity> {
    // An anchor stands before its aliases, so that what is merged was counted before.
    merging.sort_by_key(|it| it.0.id());
    let mut counts: HashMap<NodeId, usize> = HashMap::default();
    for (node, key, value) in merging {
        let sources = std::iter::once(value).chain(value.elements().map(Node::resolve));
        let count = |it: Node<'_>| 1 + counts.get(&it.id()).copied().unwrap_or(0);
        let count = sources.map(count).fold(0, usize::saturating_add);
        if count > MERGED {
            let message =
                format!("more than {MERGED} mappings are merged here: write some of them out");
            return Some(Ambiguity::at(key, message));
        }
        counts.insert(node.id(), count);
    }
    None
}
