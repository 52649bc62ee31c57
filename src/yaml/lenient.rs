//! What go-yaml reads and yaml-rust2 does not, rewritten so that both read the same.
//!
//! Only blanks change. The tree is still found in the real text, so that a wrong guess here is an
//! error there and never a wrong place.

use foldhash::HashMap;

/// A text for the parser, and how many blanks each of its lines has more than the real one.
pub(super) struct Source {
    pub(super) text: String,
    /// Blanks put before lines, counted from zero.
    pub(super) pads: HashMap<usize, usize>,
}

/// The text with a space for every tab after the colons at some bytes.
pub(super) fn without_tabs(text: &str, colons: &[usize]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for colon in colons {
        let tabs = bytes[colon + 1..].iter().take_while(|it| **it == b'\t').count();
        bytes[colon + 1..colon + 1 + tabs].fill(b' ');
    }
    String::from_utf8(bytes).expect("a tab and a space are both ASCII")
}

/// The text with closing brackets moved to the right of the key that they belong to.
pub(super) fn with_indented_closers(text: &str) -> Option<Source> {
    let mut source =
        Source { text: String::with_capacity(text.len() + 64), pads: HashMap::default() };
    let mut openers: Vec<usize> = Vec::new();
    let mut block_scalar: Option<usize> = None;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let content = line.trim_start_matches(' ');
        let indent = line.len() - content.len();
        let solid = content.trim_end();
        let inside = block_scalar.is_some_and(|column| solid.is_empty() || indent > column);
        if !inside {
            block_scalar = is_block_scalar_header(solid).then(|| indent + dashes(content, true));
            if content.starts_with([']', '}'])
                && let Some(column) = openers.pop()
                && indent <= column
            {
                source.text.push_str(&" ".repeat(column - indent + 1));
                source.pads.insert(number, column - indent + 1);
            }
            let code = solid.split(" #").next().unwrap_or_default().trim_end();
            if code.ends_with(['[', '{']) {
                openers.push(indent + dashes(content, false));
            }
        }
        source.text.push_str(line);
    }
    (!source.pads.is_empty()).then_some(source)
}

/// Whether a line ends in `|` or `>` with its options.
fn is_block_scalar_header(line: &str) -> bool {
    let code = line.split(" #").next().unwrap_or_default().trim_end();
    let head = code.trim_end_matches(['+', '-', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    head == "|" || head == ">" || head.ends_with(" |") || head.ends_with(" >")
}

/// The width of the dashes that begin a line; the last one counts only if more than a scalar follows.
fn dashes(content: &str, scalar: bool) -> usize {
    let mut width = 0;
    while let Some(rest) = content[width..].strip_prefix("- ") {
        if scalar && rest.trim_start().starts_with(['|', '>']) {
            break;
        }
        width = content.len() - rest.trim_start_matches(' ').len();
    }
    width
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_closers_at_the_keys_column_move() {
        let text =
            "a: [\n  x\n]\nb:\n  - c: { # n\n    d: 1\n    }\ns: |\n  f {\n  }\n- |\n  [\n  ]\n";
        let source = with_indented_closers(text).unwrap();
        let expected =
            "a: [\n  x\n ]\nb:\n  - c: { # n\n    d: 1\n     }\ns: |\n  f {\n  }\n- |\n  [\n  ]\n";
        assert_eq!(source.text, expected);
        assert!(
            with_indented_closers("{\n  \"a\": [\n    1\n  ]\n}\n")
                .is_none_or(|it| !it.pads.is_empty())
        );
    }
}
