//! What a comment is, by its words: an explanation, a banner, or YAML that is switched off.

use super::Node;
use super::tree::{Comment, Kind, Role, Style, Tree};

/// Whether a comment's text is an entry or item that somebody commented out.
pub(super) fn is_commented_out(text: &str) -> bool {
    if is_item(text) {
        return true;
    }
    let text = text.trim_start_matches('#').trim();
    let Some((key, value)) = text.split_once(':') else { return false };
    let word = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-' | '.' | '/' | '"' | '\'');
    let mut chars = key.chars();
    // `Note: …` and `TODO: …` speak to people.
    let sentence = chars.next().is_none_or(char::is_uppercase)
        && (chars.any(char::is_lowercase)
            || matches!(key, "NOTE" | "TODO" | "FIXME" | "WARNING" | "XXX" | "HACK"));
    (value.is_empty() || value.starts_with(' ')) && key.chars().all(word) && !sentence
}

/// Whether a comment's text is an item of a list.
fn is_item(text: &str) -> bool {
    let text = text.trim_start_matches('#').trim();
    text == "-" || text.starts_with("- ")
}

/// Whether a comment is the frame or heading of a section rather than about one entry.
pub(super) fn is_banner(text: &str) -> bool {
    let text = text.trim_start_matches('#').trim();
    let frames = ["---", "===", "***", "###", "~~~", "___", "+++"];
    text.is_empty() || frames.iter().any(|it| text.contains(it))
}

/// Whether items or entries are commented out inside a block collection, or right below it.
#[must_use]
pub fn has_commented_out(list: Node<'_>) -> bool {
    let tree = list.tree();
    let head = list.key().map_or(list.full_span().start, |it| it.span().end);
    let after = tree.comments.partition_point(|it| it.span.start < head);
    let inside = tree.comments[after..].iter().take_while(|it| it.span.start < list.span().end);
    let mut inside = inside.filter(|it| it.own_line);
    inside.any(|it| is_commented_out(words(tree, *it))) || commented_out_below(list).is_some()
}

/// The last of the commented-out items or entries that directly follow a block collection, wherever their `#` stand.
pub(super) fn commented_out_below(list: Node<'_>) -> Option<Comment> {
    let tree = list.tree();
    let end = list.span().end;
    let mut line = tree.position(end).line;
    let mut last = None;
    // Where the text of the last one begins that stands left of the collection: what is deeper is part of it.
    let mut open = None;
    let after = tree.comments.partition_point(|it| it.span.start < end);
    for comment in tree.comments[after..].iter().filter(|it| it.own_line) {
        let place = tree.position(comment.span.start);
        if place.line > line + 1 {
            break;
        }
        line = place.line;
        let words = words(tree, *comment);
        let text = place.column + words.len() - words.trim_start_matches(['#', ' ']).len();
        match belongs(list, (place.column, text), words) {
            Belongs::Entry => (last, open) = (Some(*comment), Some((place.column, text))),
            Belongs::Words => (),
            Belongs::Elsewhere
                if open.is_some_and(|it| it.0 == place.column && it.1 + 1 < text) =>
            {
                last = Some(*comment);
            }
            Belongs::Elsewhere => break,
        }
    }
    last
}

/// What a comment below a block collection is to it.
enum Belongs {
    /// An item or entry of it that is commented out.
    Entry,
    /// Words at its column or deeper.
    Words,
    /// It is about something else.
    Elsewhere,
}

fn belongs(list: Node<'_>, (hash, text): (usize, usize), words: &str) -> Belongs {
    let column = |it: Node<'_>| it.tree().position(it.span().start).column;
    let own = column(list);
    let outer = || std::iter::successors(list.parent(), |it| it.parent());
    let key = outer().next().filter(|it| it.kind() == Kind::Mapping).map_or(0, column);
    if list.style() != Style::Block {
        return Belongs::Elsewhere;
    }
    // At the column of the keys around it stand keys too.
    if hash > own || hash == own && hash > key {
        return if is_commented_out(words) { Belongs::Entry } else { Belongs::Words };
    }
    let lists = || outer().filter(|it| it.kind() == Kind::Sequence).map(column);
    let fits = match list.kind() {
        // Of the lists around it, it is of the one whose dash stood there, else of the deepest whose column it reaches.
        Kind::Sequence => {
            let deepest = own <= text || lists().all(|it| it > text);
            is_item(words) && (hash >= key || deepest && lists().all(|it| it != hash))
        }
        Kind::Mapping | Kind::Scalar | Kind::Alias => {
            // With its `#` at the key's column and its text at the collection's, it may be the next key.
            own + usize::from(hash == key) <= text && is_commented_out(words)
        }
    };
    if fits { Belongs::Entry } else { Belongs::Elsewhere }
}

/// Whether words name an entry by its key or by what stands in its list, or an item by what it says.
pub(super) fn names(words: &str, unit: Node<'_>) -> bool {
    let tree = unit.tree();
    let is_key = unit.data().role == Role::Key;
    let own = if is_key { unit.value().is_some_and(|it| has_word(words, it)) } else { false };
    let value = if is_key { unit.at(unit.data().skip) } else { unit };
    // What a single value says, such as `host` or `true`, says nothing without its key.
    let from = value.id + u32::from(is_key);
    let scalars = (from..value.data().skip).map(|id| Node { tree, id });
    let mut said = scalars.filter(|it| it.data().role != Role::Key).filter_map(Node::value);
    own || said.any(|it| is_said(words, it))
}

/// Whether words hold a text or one of its parts: of `/run/x.sock:/x:ro` both paths and the file's name.
fn is_said(words: &str, text: &str) -> bool {
    let mut parts = text.split([':', '=', ',']);
    let file = |it: &str| it.rsplit('/').next().is_some_and(|it| has_word(words, it));
    has_word(words, text) || parts.any(|it| has_word(words, it) || file(it))
}

/// Whether a word of some length stands among others, in upper or lower case.
fn has_word(words: &str, word: &str) -> bool {
    let (words, word) = (words.to_ascii_lowercase(), word.to_ascii_lowercase());
    let inner = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-' | '/');
    let telling = word.len() > 2 && !matches!(&*word, "all" | "false" | "true" | "the");
    telling
        && words.match_indices(&word).any(|(at, _)| {
            !words[..at].ends_with(inner) && !words[at + word.len()..].starts_with(inner)
        })
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

    #[test]
    fn words_that_say_something_are_found_whole() {
        for text in ["sys_admin", "/run/x.sock:/x.sock:ro", "/dev/x.sock", "x.sock=ro"] {
            assert!(is_said("# SYS_ADMIN, by /y/x.sock or x.sock: both", text), "{text}");
        }
        for text in ["admin", "x", "all", "/run/sock", "ro", ""] {
            assert!(!is_said("# SYS_ADMIN of all x.socks: ro", text), "{text}");
        }
    }
}
