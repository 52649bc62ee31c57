//! What a file seems to be meant as that does not plainly say it: a broken one, and one that only includes others.

use std::path::Path;

use super::load::is_compose_name;
use crate::source;
use crate::workload::beside;
use crate::workload::compose::{include_items, included_by};
use crate::workload::detect::{FileKind, SERVICE_KEYS, file_kind};
use crate::yaml::{Kind, Node, Tree, decode};

/// Whether bytes that cannot be read are meant to be one of ours, in whatever encoding.
pub(super) fn is_ours(bytes: &[u8]) -> bool {
    // Between the letters of UTF-16 and UTF-32 stand zeros.
    let letters = bytes.iter().filter(|it| it.is_ascii() && **it != 0);
    let text = unescaped(&letters.map(|it| char::from(*it)).collect::<String>());
    let block = block_keys(&text);
    let flow = flow_keys(&text);
    let in_block = |key: &str| block.contains(&key);
    let in_flow = |key: &str| flow.iter().any(|it| it.name == key);
    let services = || flow.iter().any(|it| it.name == "services" && it.depth == 1 && it.opens);
    in_block("services")
        || (in_block("apiVersion") && in_block("kind"))
        || (in_flow("apiVersion") && in_flow("kind"))
        || (services() && SERVICE_KEYS.iter().any(|it| in_flow(it)))
}

/// A text with letters in place of the escapes that stand for them.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut out = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let width = [("x", 2), ("u", 4), ("U", 8)].into_iter().find(|it| part.starts_with(it.0));
        let letter = width.and_then(|(_, width)| {
            let code = u32::from_str_radix(part.get(1..1 + width)?, 16).ok()?;
            let letter = char::from_u32(code).filter(char::is_ascii_alphanumeric)?;
            Some((letter, &part[1 + width..]))
        });
        match letter {
            Some((letter, rest)) => {
                out.push(letter);
                out.push_str(rest);
            }
            None => {
                out.push('\\');
                out.push_str(part);
            }
        }
    }
    out
}

/// The keys in block style that stand as far to the left as the first line.
fn block_keys(text: &str) -> Vec<&str> {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let lines = || text.lines().filter(|it| !it.starts_with("---") && !is_blank(it));
    let left = lines().next().map_or(0, indent);
    let at_the_left = lines().filter(|it| indent(it) == left);
    at_the_left.filter_map(|line| key(line[left..].trim_start_matches("? "))).collect()
}

fn is_blank(line: &str) -> bool {
    line.trim_start().is_empty() || line.trim_start().starts_with('#')
}

/// The key at the start, in quotes or not; one behind a `?` may do without a colon.
fn key(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|it| matches!(it, '"' | '\''));
    match quote {
        Some(quote) => text[1..].split_once(quote).map(|it| it.0),
        None => text.split([':', ' ']).next(),
    }
}

/// A key in flow style.
struct FlowKey<'t> {
    name: &'t str,
    /// In how many brackets it stands.
    depth: usize,
    /// Whether a mapping follows.
    opens: bool,
}

impl<'t> FlowKey<'t> {
    /// The key of that name, if a colon follows.
    fn new(name: &'t str, depth: usize, rest: &str) -> Option<FlowKey<'t>> {
        let value = rest.trim_start().strip_prefix(':')?;
        let opens = value.trim_start().starts_with('{');
        Some(FlowKey { name: name.trim_end(), depth, opens })
    }
}

/// The keys in flow style, from the first line on that begins so.
fn flow_keys(text: &str) -> Vec<FlowKey<'_>> {
    let begins = |it: &str| it.trim_start_matches("---").trim_start().starts_with(['{', '[']);
    let before: usize = text.split_inclusive('\n').take_while(|it| !begins(it)).map(str::len).sum();
    let (text, mut found) = (&text[before..], Vec::new());
    let (mut at, mut depth, mut fresh) = (0, 0usize, false);
    while let Some(byte) = text.as_bytes().get(at) {
        let from = at;
        at += 1;
        match byte {
            b'{' => (depth, fresh) = (depth + 1, true),
            b'[' => (depth, fresh) = (depth + 1, false),
            b'}' | b']' => (depth, fresh) = (depth.saturating_sub(1), false),
            b',' => fresh = true,
            b'\n' if text[at..].starts_with("---") => (depth, fresh) = (0, false),
            byte if byte.is_ascii_whitespace() => (),
            b'"' | b'\'' if *byte == b'"' || fresh => {
                let Some(length) = closing(&text.as_bytes()[at..], *byte) else { break };
                at += length + 1;
                let name = &text[from + 1..at - 1];
                found.extend(FlowKey::new(name, depth, &text[at..]).filter(|_| fresh));
                fresh = false;
            }
            _ if fresh => {
                let end = text[from..].find([':', ',', '{', '}', '[', ']', '\n']);
                at = end.map_or(text.len(), |it| from + it);
                found.extend(FlowKey::new(&text[from..at], depth, &text[at..]));
                fresh = false;
            }
            _ => (),
        }
    }
    found
}

/// How far it is to a closing quote.
fn closing(bytes: &[u8], quote: u8) -> Option<usize> {
    let mut at = 0;
    while *bytes.get(at)? != quote {
        at += if bytes[at] == b'\\' && quote == b'"' { 2 } else { 1 };
    }
    Some(at)
}

/// Whether a file says nothing but which others it includes, and one of these lies there and is a Compose file. The
/// runners of jobs that know `include` say more in it, or include other things.
pub(super) fn only_includes(path: &Path, tree: &Tree) -> bool {
    const KEYS: [&str; 8] =
        ["include", "name", "version", "networks", "volumes", "configs", "secrets", "models"];
    const ITEM: [&str; 3] = ["path", "project_directory", "env_file"];
    let is_of = |it: Node<'_>, all: &[&str]| {
        it.value().is_some_and(|it| all.contains(&it) || it.starts_with("x-"))
    };
    let roots = || tree.documents().map(Node::resolve).filter(|it| !it.is_null());
    let items = || roots().flat_map(include_items).map(Node::resolve);
    let fits = roots().all(|it| it.entries().iter().all(|it| is_of(it.key, &KEYS)))
        && items().all(|it| it.entries().iter().all(|it| is_of(it.key, &ITEM)));
    fits && items().flat_map(included_by).any(|it| {
        let name = it.value().unwrap_or("");
        !name.contains('$') && is_compose(&beside(path, name))
    })
}

/// Whether a Compose file lies there.
fn is_compose(path: &Path) -> bool {
    let bytes = source::read_beside(path).ok().flatten().unwrap_or_default();
    let tree = decode(&bytes).ok().and_then(|it| Tree::parse(it).ok());
    tree.is_some_and(|it| {
        let mapping = it.documents().all(|it| it.resolve().kind() == Kind::Mapping);
        mapping && file_kind(&it, is_compose_name(path)) == FileKind::Compose
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_broken_is_known_by_what_it_still_says() {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        let json = "{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}\n";
        for ours in ["services:\n  a: [\n", "a: [\napiVersion: v1\nkind: Pod\n", json] {
            assert!(is_ours(ours.as_bytes()), "{ours}");
            assert!(is_ours(&utf16(&format!("\u{feff}{ours}"))), "{ours}");
        }
        for ours in [
            "{\"services\": {\"a\": {\"image\": \"x\"}}",
            "{\"services\":{\"a\":{\"privileged\":true,",
            "{services: {a: {image: x}}, }}",
            "# a\n--- {apiVersion: v1, kind: Pod, }}",
            "a: [\n---\n{'apiVersion': v1,\n'kind' : Pod, ",
            "{\"a\": \"it's\", \"\\u006bind\": \"Pod\", \"apiVersion\": [",
            "\"apiVersion\": v1\n'kind' : Pod\nspec: {",
            "  apiVersion: v1\n  kind: Pod\n  spec: {",
            "? services\n: {",
            "\"services\":\n  a: {",
        ] {
            assert!(is_ours(ours.as_bytes()), "{ours}");
        }
        for other in [
            "a: [\n  services:\n",
            "kind: [\n",
            "{\"services\": [}",
            "{\"services\": [{\"image\": ",
            "\"apiVersion\" \"kind\"",
            "{\"a\": {\"services\": {\"image\": ",
            "{\"a\": \"apiVersion\", \"b\": \"kind\", ",
            "{\"a\": \"\\\", kind: \\\", apiVersion: \", ",
        ] {
            assert!(!is_ours(other.as_bytes()), "{other}");
        }
    }
}
