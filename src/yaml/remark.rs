//! What a comment is, by its words: an explanation, a banner, or YAML that is switched off.

use super::Node;
use super::tree::{Comment, Tree};

/// Whether a comment's text is an entry or item that somebody commented out.
pub(super) fn is_commented_out(text: &str) -> bool {
    let text = text.trim_start_matches('#').trim();
    if text == "-" || text.starts_with("- ") {
        return true;
    }
    let Some((key, value)) = text.split_once(':') else { return false };
    let word = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-' | '.' | '/' | '"' | '\'');
    let mut chars = key.chars();
    // `Note: …` and `TODO: …` speak to people.
    let sentence = chars.next().is_none_or(char::is_uppercase)
        && (chars.any(char::is_lowercase)
            || matches!(key, "NOTE" | "TODO" | "FIXME" | "WARNING" | "XXX" | "HACK"));
    (value.is_empty() || value.starts_with(' ')) && key.chars().all(word) && !sentence
}

/// Whether a comment is the frame or heading of a section rather than about one entry.
pub(super) fn is_banner(text: &str) -> bool {
    let text = text.trim_start_matches('#').trim();
    let frames = ["---", "===", "***", "###", "~~~", "___", "+++"];
    text.is_empty() || frames.iter().any(|it| text.contains(it))
}

/// Whether items or entries are commented out inside a block collection, or right below it at the same column.
#[must_use]
pub fn has_commented_out(list: Node<'_>) -> bool {
    let tree = list.tree();
    let head = list.key().map_or(list.full_span().start, |it| it.span().end);
    let column = tree.position(list.span().start).column;
    let after = tree.comments.partition_point(|it| it.span.start < head);
    let mut last = tree.position(list.span().end).line;
    for comment in &tree.comments[after..] {
        let place = tree.position(comment.span.start);
        let below = comment.span.start >= list.span().end;
        if below && (place.line > last + 1 || place.column < column) {
            break;
        }
        last = last.max(place.line);
        if comment.own_line && is_commented_out(words(tree, *comment)) {
            return true;
        }
    }
    false
}

/// The text of a comment.
pub(super) fn words(tree: &Tree, comment: Comment) -> &str {
    &tree.text[comment.span.start..comment.span.end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_that_is_switched_off_is_told_from_words() {
        for text in [
            "#- $GOPATH/src:/go/src",
            "# - x",
            "#-",
            "# image: x",
            "#FOO: bar",
            "## key:",
            "# 'a': b",
        ] {
            assert!(is_commented_out(text), "{text}");
        }
        for text in [
            "# needed for dbus",
            "# Note: it is",
            "# TODO: x",
            "# see https://x",
            "# a b: c",
            "#",
            "# x:y",
        ] {
            assert!(!is_commented_out(text), "{text}");
        }
        assert!(is_banner("# ---- net ----") && is_banner("####") && !is_banner("# net-work"));
    }
}
