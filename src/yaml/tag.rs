//! Tags for values that have none: a few bytes behind a key, and nothing else.

use foldhash::HashSet;

use super::node::Node;
use super::tree::{Kind, NodeId, Tree};

/// The text with a tag on these values of keys; nothing where one cannot take it.
#[must_use]
pub fn tagged(tree: &Tree, values: &[NodeId], tag: &str) -> Option<String> {
    let mut places: Vec<usize> =
        values.iter().map(|it| behind_colon(tree.node(*it))).collect::<Option<_>>()?;
    places.sort_unstable();
    let mut text = tree.text().to_owned();
    for at in places.into_iter().rev() {
        let rest = &text[at..];
        let gap = if rest.is_empty() || rest.starts_with([' ', '\n', '\r']) { "" } else { " " };
        text.insert_str(at, &format!(" {tag}{gap}"));
    }
    let new = Tree::parse(text.as_str()).ok()?;
    is_same_but(tree, &new, (&values.iter().copied().collect(), tag)).then_some(text)
}

/// Where a tag of a key's value stands.
fn behind_colon(value: Node<'_>) -> Option<usize> {
    if value.tag().is_some() || value.kind() == Kind::Alias {
        return None;
    }
    let end = value.key()?.span().end;
    let rest = &value.tree().text()[end..];
    let blank = rest.len() - rest.trim_start_matches(' ').len();
    rest[blank..].starts_with(':').then_some(end + blank + 1)
}

/// Whether two trees say the same but for a tag on some values.
fn is_same_but(old: &Tree, new: &Tree, (values, tag): (&HashSet<NodeId>, &str)) -> bool {
    let mut open: Vec<(Node<'_>, Node<'_>)> = old.documents().zip(new.documents()).collect();
    if open.len() != new.documents().count() {
        return false;
    }
    while let Some((one, other)) = open.pop() {
        let wanted = if values.contains(&one.id()) { Some(tag) } else { one.tag() };
        let same = one.kind() == other.kind()
            && one.style() == other.style()
            && one.value() == other.value()
            && one.anchor() == other.anchor()
            && other.tag() == wanted
            && one.children().count() == other.children().count();
        if !same {
            return false;
        }
        open.extend(one.children().zip(other.children()));
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let tree = Tree::parse(text).unwrap();
        let value = tree.documents().next().unwrap().get("a").unwrap();
        assert_eq!(tagged(&tree, &[value.id()], "!override").as_deref(), expected);
    }

    #[test]
    fn a_tag_stands_behind_the_colon() {
        check("a:\n  - b\n", Some("a: !override\n  - b\n"));
        check("a: [b] # c\n", Some("a: !override [b] # c\n"));
        check("{\"a\":[b]}\n", Some("{\"a\": !override [b]}\n"));
        check("a:   # c\n- b\n", Some("a: !override   # c\n- b\n"));
        check("a: !reset [b]\n", None);
    }
}
