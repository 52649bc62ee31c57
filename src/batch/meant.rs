//! What a file seems to be meant as that does not plainly say it: a broken one, and one that only includes others.

use std::path::Path;

use super::load::is_compose_name;
use crate::source;
use crate::workload::compose::{beside, include_items, included_by};
use crate::workload::detect::{FileKind, file_kind};
use crate::yaml::{Kind, Node, Tree, decode};

/// Whether bytes that cannot be read are meant to be one of ours, in whatever encoding.
pub(super) fn is_ours(bytes: &[u8]) -> bool {
    // Between the letters of UTF-16 and UTF-32 stand zeros.
    let letters = bytes.iter().filter(|it| it.is_ascii() && **it != 0);
    let text: String = letters.map(|it| char::from(*it)).collect();
    let starts = |word: &str| text.lines().any(|it| it.starts_with(word));
    let json = text.trim_start().starts_with(['{', '[']);
    let has = |key: &str| json && text.contains(&format!("\"{key}\""));
    starts("services:")
        || (starts("apiVersion:") && starts("kind:"))
        || (has("apiVersion") && has("kind"))
        || (has("services") && (has("image") || has("build")))
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
        assert!(is_ours(b"{\"services\": {\"a\": {\"image\": \"x\"}}"));
        for other in
            ["a: [\n  services:\n", "kind: [\n", "{\"services\": [}", "\"apiVersion\" \"kind\""]
        {
            assert!(!is_ours(other.as_bytes()), "{other}");
        }
    }
}
