//! Lines that go on with brackets or quotes of a line above, wherever they stand.
//!
//! libyaml reads them at any column, yaml-rust2 only to the right of what they belong to. This looks at lines, not at
//! YAML: what it takes for a bracket or quote is confirmed by the tree that comes of it, or the text is refused.

use foldhash::HashMap;

use super::lenient::Source;
use super::lines::BOM;

/// What a line begins in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    /// Block style.
    Block,
    /// Brackets, so many.
    Flow(usize),
    /// Quotes, in so many brackets.
    Quotes(u8, usize),
}

/// What may come next on a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// A key, a value or an item begins here.
    Node,
    /// Text without quotes goes on.
    Plain,
    /// Something has ended: a comma, a colon or a closing bracket follows.
    Mark,
}

struct Walk {
    within: Within,
    next: Next,
    /// The column of the key or value that the brackets or quotes are part of.
    column: usize,
    /// The column of what the block scalar at hand is part of.
    block_scalar: Option<usize>,
}

/// The text with all such lines moved to the right of what they belong to.
pub(super) fn with_indented_lines(text: &str) -> Option<Source> {
    let mut out = String::with_capacity(text.len() + 64);
    let mut pads = HashMap::default();
    let mut walk = Walk::new();
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let indent = line.len() - line.trim_start_matches(' ').len();
        if walk.goes_on(line) && !line.trim().is_empty() && indent <= walk.column {
            let pad = walk.column - indent + 1;
            out.extend(std::iter::repeat_n(' ', pad));
            pads.insert(number, pad);
        }
        out.push_str(line);
        walk.line(line);
    }
    (!pads.is_empty()).then_some(Source { text: out, pads })
}

/// The lines of a text that are neither in quotes nor in block scalars, or all where that cannot be told.
pub(super) fn outside_of_texts(text: &str) -> String {
    let mut walk = Walk::new();
    let text = text.strip_prefix(BOM).unwrap_or(text);
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let before = walk.within;
        let quoted = matches!(before, Within::Quotes(..)) && walk.goes_on(line);
        walk.line(line);
        if !quoted && walk.block_scalar.is_none_or(|_| is_block_scalar_header(line.trim())) {
            out.push_str(line);
        }
    }
    if walk.within == Within::Block { out } else { text.to_owned() }
}

impl Walk {
    fn new() -> Walk {
        Walk { within: Within::Block, next: Next::Node, column: 0, block_scalar: None }
    }

    /// Whether a line goes on with what is open; a document's marker ends all.
    fn goes_on(&self, line: &str) -> bool {
        let marker = ["---", "..."].iter().any(|it| {
            line.strip_prefix(it)
                .is_some_and(|it| it.is_empty() || it.starts_with([' ', '\t', '\r', '\n']))
        });
        self.within != Within::Block && !marker
    }

    fn line(&mut self, line: &str) {
        let line = line.strip_prefix(BOM).unwrap_or(line);
        let content = line.trim_start_matches(' ');
        let solid = content.trim_end();
        let indent = line.len() - content.len();
        if self.goes_on(line) {
            return self.rest(solid.as_bytes());
        }
        self.within = Within::Block;
        if self.block_scalar.is_some_and(|it| solid.is_empty() || indent > it) {
            return;
        }
        self.block_scalar = is_block_scalar_header(solid).then(|| indent + dashes(content, true));
        let start = dashes(content, false).min(solid.len());
        self.column = indent + start;
        self.next = Next::Node;
        self.rest(&solid.as_bytes()[start..]);
    }

    /// The rest of a line, byte by byte.
    fn rest(&mut self, line: &[u8]) {
        let mut at = 0;
        while at < line.len() {
            at += match self.within {
                Within::Quotes(quote, depth) => self.in_quotes(&line[at..], (quote, depth)),
                Within::Block | Within::Flow(_) => {
                    let blank = at == 0 || matches!(line[at - 1], b' ' | b'\t');
                    if blank && line[at] == b'#' {
                        return;
                    }
                    self.outside(&line[at..])
                }
            };
        }
    }

    fn in_quotes(&mut self, rest: &[u8], (quote, depth): (u8, usize)) -> usize {
        match rest[0] {
            b'\\' if quote == b'"' => return 2,
            it if it == quote && quote == b'\'' && rest.get(1) == Some(&quote) => return 2,
            it if it == quote => {
                self.within = if depth == 0 { Within::Block } else { Within::Flow(depth) };
                self.next = Next::Mark;
            }
            _ => (),
        }
        1
    }

    fn outside(&mut self, rest: &[u8]) -> usize {
        let depth = if let Within::Flow(depth) = self.within { depth } else { 0 };
        let ends = |it: Option<&u8>| it.is_none_or(|it| matches!(it, b' ' | b'\t'));
        match (rest[0], self.next) {
            (b' ' | b'\t', _) => (),
            (quote @ (b'"' | b'\''), Next::Node) => self.within = Within::Quotes(quote, depth),
            (b'[' | b'{', Next::Node) => self.within = Within::Flow(depth + 1),
            (b']' | b'}', _) if depth > 0 => {
                self.within = if depth == 1 { Within::Block } else { Within::Flow(depth - 1) };
                self.next = Next::Mark;
            }
            (b',', _) if depth > 0 => self.next = Next::Node,
            (b':', Next::Mark) => self.next = Next::Node,
            (b':', _) if ends(rest.get(1)) => self.next = Next::Node,
            // An anchor or a tag, and a node after it.
            (b'&' | b'!', Next::Node) => {
                let end = |it: &u8| {
                    matches!(it, b' ' | b'\t') || depth > 0 && matches!(it, b',' | b']' | b'}')
                };
                return rest.iter().position(end).unwrap_or(rest.len());
            }
            (b'?', Next::Node) if ends(rest.get(1)) => (),
            (_, Next::Node | Next::Plain) => self.next = Next::Plain,
            (_, Next::Mark) => (),
        }
        1
    }
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

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(
            with_indented_lines(text).map_or_else(|| text.to_owned(), |it| it.text),
            expected
        );
    }

    #[test]
    fn closers_at_the_keys_column_move() {
        check(
            "a: [\n  x\n]\nb:\n  - c: { # n\n    d: 1\n    }\ns: |\n  f {\n  }\n- |\n  [\n  ]\n",
            "a: [\n  x\n ]\nb:\n  - c: { # n\n     d: 1\n     }\ns: |\n  f {\n  }\n- |\n  [\n  ]\n",
        );
        check("{\n  \"a\": [\n    1\n  ]\n}\n", "{\n  \"a\": [\n    1\n  ]\n }\n");
    }

    #[test]
    fn lines_in_brackets_and_quotes_move() {
        check("a: [ \"x\",\n\"y\" ]\nb: 1\n", "a: [ \"x\",\n \"y\" ]\nb: 1\n");
        check("  a: [\"\n  echo ]\n  \"]\n  b: 1\n", "  a: [\"\n   echo ]\n   \"]\n  b: 1\n");
        check("a: 'it''s\n\nb'\nc: it's\n", "a: 'it''s\n\n b'\nc: it's\n");
        check(
            "a: \"x \\\"\ny\" # [\nb: !t {c: d'e,\nf: g}\n",
            "a: \"x \\\"\n y\" # [\nb: !t {c: d'e,\n f: g}\n",
        );
        check("a: \"x\n--- \nb: 1\n", "a: \"x\n--- \nb: 1\n");
        check("- - k: [a,\n  b]\n", "- - k: [a,\n     b]\n");
    }

    #[test]
    fn a_byte_order_mark_is_no_column() {
        for text in ["- [\n  []\n]\n", "[\nx\n]\n", "'a\nb'\n", "k: {\n}\n"] {
            let moved = with_indented_lines(text).expect("there is a line to move").text;
            check(&format!("\u{feff}{text}"), &format!("\u{feff}{moved}"));
        }
        assert_eq!(outside_of_texts("\u{feff}|\n  {{ x }}\n"), "|\n");
    }

    #[test]
    fn braces_in_texts_are_no_part_of_the_rest() {
        let text = "a: |\n  {{ x }}\nb: \"\n  {{ y }}\n  \"\nc: 1\n";
        assert_eq!(outside_of_texts(text), "a: |\nb: \"\nc: 1\n");
        assert_eq!(outside_of_texts("a: \"\n{{ y }}\n"), "a: \"\n{{ y }}\n");
    }
}
