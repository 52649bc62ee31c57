//! The lines of a unit: sections, keys and values, continued lines among them.

use super::clip::Clip;
use super::word::{Reader, Word, word};
use super::{Found, Refused};
use crate::yaml::{Comment, Span};

/// A key with its value.
pub(super) struct Entry<'t> {
    /// The name of its section.
    pub(super) section: &'t str,
    /// Where the section begins.
    pub(super) header: Span,
    pub(super) key: &'t str,
    /// Where the value is, blanks around it aside.
    pub(super) value: (usize, usize),
    /// Its lines, with the end of the last.
    pub(super) lines: Span,
}

/// The keys of a unit.
pub(super) fn entries(text: &str) -> Vec<Entry<'_>> {
    let mut all = Vec::new();
    let (mut section, mut header) = ("", Span { start: 0, end: 0 });
    let mut at = 0;
    while at < text.len() {
        let start = at;
        let mut end = line_end(text, at);
        let line = &text[start..end];
        at = end + 1;
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            section = name;
            header = Span {
                start: start + line.find('[').unwrap_or(0),
                end: start + line.trim_end().len(),
            };
            continue;
        }
        while text[..end].ends_with('\\') && end < text.len() {
            end = line_end(text, end + 1);
            // A comment between continued lines ends nothing.
            while is_comment(text, end) && end < text.len() {
                end = line_end(text, end + 1);
            }
        }
        at = end + 1;
        let Some(equals) = text[start..end].find('=') else { continue };
        let value = &text[start + equals + 1..end];
        let from = start + equals + 1 + (value.len() - value.trim_start().len());
        let to = from.max(start + equals + 1 + value.trim_end().len());
        let lines = Span { start, end: at.min(text.len()) };
        let key = text[start..start + equals].trim();
        all.push(Entry { section, header, key, value: (from, to), lines });
    }
    all
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |it| at + it)
}

/// Whether the line that ends here is a comment.
fn is_comment(text: &str, end: usize) -> bool {
    let start = text[..end].rfind('\n').map_or(0, |it| it + 1);
    text[start..end].trim_start().starts_with(['#', ';'])
}

/// The comments of a unit.
pub(super) fn comments(text: &str, signs: &[char]) -> Vec<Comment> {
    let mut at = 0;
    let mut all = Vec::new();
    for line in text.split('\n') {
        let blanks = line.len() - line.trim_start().len();
        if line[blanks..].starts_with(signs) {
            let span = Span { start: at + blanks, end: at + line.len() };
            all.push(Comment { span, own_line: true });
        }
        at += line.len() + 1;
    }
    all
}

/// The words of a value as systemd divides it, the ends of continued lines and comments between them aside.
pub(super) fn words(text: &str, (start, end): (usize, usize)) -> Result<Vec<Word>, Refused> {
    let clip = Clip::whole(text);
    let bytes = text.as_bytes();
    let mut all = Vec::new();
    let mut at = start;
    while at < end {
        match bytes[at] {
            b' ' | b'\t' | b'\n' => at += 1,
            b'\\' if bytes.get(at + 1) == Some(&b'\n') => at += 2,
            b'#' | b';' if text[..at].trim_end_matches([' ', '\t']).ends_with('\n') => {
                at = line_end(text, at);
            }
            _ => {
                let from = at;
                let mut quote = None;
                while at < end {
                    match (bytes[at], quote) {
                        (b'\\', _) if bytes.get(at + 1) == Some(&b'\n') && quote.is_none() => break,
                        (b'\\', _) => at += 1,
                        (it, Some(open)) if it == open => quote = None,
                        (b'"' | b'\'', None) => quote = Some(bytes[at]),
                        (b' ' | b'\t' | b'\n', None) => break,
                        _ => (),
                    }
                    at += 1;
                }
                at = at.min(end);
                all.push(word(&clip, (from, at), Reader::Systemd)?);
            }
        }
    }
    Ok(all)
}

/// What was found so far, without what cannot be read.
pub(super) fn nothing_but(refused: Refused, text: &str) -> Found {
    Found { refused: vec![refused], comments: comments(text, &['#', ';']), ..Found::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn continued_lines_are_one_value() {
        let text = "[Service]\n# x\nExecStart=/usr/bin/docker run \\\n  # why\n  -d \\\n  'a b'\nRestart = always\n";
        let all = entries(text);
        let keys: Vec<(&str, &str)> = all.iter().map(|it| (it.section, it.key)).collect();
        assert_eq!(keys, [("Service", "ExecStart"), ("Service", "Restart")]);
        let words = words(text, all[0].value).unwrap();
        let said: Vec<&str> = words.iter().map(|it| it.value.as_str()).collect();
        assert_eq!(said, ["/usr/bin/docker", "run", "-d", "a b"]);
        assert_eq!(&text[all[1].value.0..all[1].value.1], "always");
        assert_eq!(&text[all[1].lines.start..all[1].lines.end], "Restart = always\n");
    }
}
