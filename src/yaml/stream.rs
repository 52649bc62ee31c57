//! Streams in which one document cannot be read: it is passed over if it can hold nothing of ours.

use super::error::{ParseError, Problem};
use super::lines::{BOM, Lines};
use super::tree::Span;

/// A document that cannot be read and is left as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Its bytes, without the line of its marker.
    pub span: Span,
    /// Why, and which document it is.
    pub error: ParseError,
}

/// The documents of a text, by the lines of their markers; one alone is no stream.
pub(super) fn documents(text: &str) -> Vec<Span> {
    let start = if text.starts_with(BOM) { BOM.len() } else { 0 };
    let (mut found, mut from, mut at) = (Vec::new(), start, 0);
    for line in text.split_inclusive('\n') {
        // A directive is about the document below it.
        if line.starts_with('%') {
            return Vec::new();
        }
        let rest = line.strip_prefix("---").filter(|it| it.starts_with([' ', '\t', '\r', '\n']));
        if let Some(rest) = rest {
            if !rest.trim().is_empty() && !rest.trim().starts_with('#') {
                return Vec::new();
            }
            found.push(Span { start: from, end: at });
            from = at + line.len();
        }
        at += line.len();
    }
    found.push(Span { start: from, end: text.len() });
    let blank =
        |it: &Span| text[it.start..it.end].lines().all(|it| it.is_empty() || it.starts_with('#'));
    // What stands above the first marker is no document of its own.
    if found.first().is_some_and(blank) {
        found.remove(0);
    }
    if found.len() > 1 { found } else { Vec::new() }
}

/// The text with each line of some documents made a comment of the same length.
pub(super) fn without(text: &str, unread: &[Unread]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for Span { start, end } in unread.iter().map(|it| it.span) {
        bytes[start..end]
            .iter_mut()
            .filter(|it| !matches!(it, b'\n' | b'\r'))
            .for_each(|it| *it = b'#');
    }
    String::from_utf8(bytes).expect("whole characters became ASCII")
}

/// The error of one document of a stream, as one of the whole text that says which document it is.
pub(super) fn named(
    error: &ParseError,
    (text, lines): (&str, &Lines),
    document: (usize, Span),
) -> ParseError {
    let (number, span) = document;
    let body = &text[span.start..span.end];
    let source = body.lines().find_map(|it| it.strip_prefix("# Source: ")).map(str::trim);
    let source = source.map_or(String::new(), |it| format!(" ({it})"));
    let offset = span.start + error.offset;
    let message = format!("document {}{source}: {}", number + 1, error.message);
    ParseError { message, offset, position: lines.position(offset, text), ..error.clone() }
}

/// What stands in documents that can hold a pod, a service or a part of one.
const OURS: [&str; 18] = [
    "containers",
    "Containers",
    "template",
    "Template",
    "services",
    "image",
    "volumes",
    "host",
    "securityContext",
    "privileged",
    "capabilities",
    "patch",
    // Letters may be written otherwise.
    "\\x",
    "\\u",
    "\\U",
    "binary",
    "\\\n",
    "\\\r",
];

/// Kinds that hold pods, perhaps in words that are not among those.
const KINDS: [&str; 5] = ["Pod", "Job", "Set", "Deployment", "List"];

/// Whether a document of a stream that cannot be read is passed over: a template is, and what can hold nothing of ours.
pub(super) fn is_passed_over(error: &ParseError, document: &str) -> bool {
    match error.problem {
        Problem::Template => true,
        Problem::Syntax => !may_hold_pods(document),
        _ => false,
    }
}

/// Whether a document that cannot be read can hold anything that would be judged.
fn may_hold_pods(document: &str) -> bool {
    // Helm names the file of a document, in a folder of templates.
    let mut lines = document.split_inclusive('\n').filter(|it| !it.starts_with("# Source: "));
    let ours = |line: &str| OURS.iter().any(|it| line.contains(it));
    let kind = |line: &str| line.contains("kind") && KINDS.iter().any(|it| line.contains(it));
    !document.contains("kind") || lines.any(|it| ours(it) || kind(it))
}

#[cfg(test)]
mod tests {
    use crate::yaml::Tree;

    const BROKEN: &str = "kind: Secret\ndata: {a: b: c}\né: \"x\n";

    #[test]
    fn a_document_that_cannot_be_read_is_passed_over() {
        let text = format!("# all\n---\n# Source: a/templates/b.yaml\n{BROKEN}---\na: 1 # x\n");
        let tree = Tree::parse(text.as_str()).unwrap();
        let [unread] = tree.unread() else { panic!("{:?}", tree.unread()) };
        assert!(unread.error.message.starts_with("document 1 (a/templates/b.yaml): "));
        assert_eq!(unread.error.position.line, 5);
        assert_eq!(tree.comments().count(), 2);
        let last = tree.documents().last().unwrap();
        assert_eq!(last.get("a").unwrap().span().start, text.find("1 # x").unwrap());
    }

    #[test]
    fn what_may_hold_a_pod_is_refused() {
        for text in [
            format!("a: 1\n---\n{BROKEN}").replace("Secret", "Pod"),
            format!("a: 1\n---\n{BROKEN}").replace("data", "containers"),
            format!("a: 1\n---\n{BROKEN}").replace("kind", "sort"),
            BROKEN.to_owned(),
            format!("---\n{BROKEN}"),
            format!("a: 1\n---\n\"cont\\x61iners\": []\n{BROKEN}"),
            format!("a: 1\n---\n\"cont\\\n  ainers\": []\n{BROKEN}"),
            format!("%YAML 1.1\n---\na: 1\n---\n{BROKEN}"),
            format!("a: 1\n--- text\n---\n{BROKEN}"),
        ] {
            assert!(Tree::parse(text.as_str()).is_err(), "{text}");
        }
    }
}
