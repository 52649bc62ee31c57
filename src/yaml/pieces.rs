//! A stream read document by document: the scanner reads those that it takes, and yaml-rust2 the others alone.

use super::error::ParseError;
use super::lines::{BOM, Lines};
use super::scan::scan;
use super::stream::{self, Unread};
use super::tree::{INNER, Kind, NONE, Parts, Reader, Role, Span};
use crate::parallel;

/// A document of a stream, with the line of its marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) span: Span,
    /// Its first node.
    pub(super) node: u32,
    pub(super) reader: Reader,
}

/// What is read of one document.
struct Read {
    parts: Parts,
    finding: Option<ParseError>,
    reader: Reader,
}

/// What the parser reads of a document, and what it found against editing; nothing where it cannot read it.
pub(super) type ByParser = fn(&str, &Lines) -> Option<(Parts, Option<ParseError>)>;

/// The documents of a stream, those that are passed over as if nothing stood in them; nothing where the text is no
/// stream, or one of them cannot be read by itself.
pub(super) fn read(
    (text, lines): (&str, &Lines),
    unread: &[Unread],
    parser: ByParser,
) -> Option<(Parts, Option<ParseError>, Vec<Piece>)> {
    let masked = stream::without(text, unread);
    let spans = spans(text, &masked);
    let read = parallel::map(&spans, FEW, |it| one(&masked[it.start..it.end], parser));
    let nodes = read.iter().flatten().map(|it| it.parts.nodes.len()).sum();
    let mut all = Parts { nodes: Vec::with_capacity(nodes), ..Parts::default() };
    let (mut first, mut pieces) = (None, Vec::with_capacity(spans.len()));
    for (span, it) in spans.into_iter().zip(read) {
        let Read { parts, finding, reader } = it?;
        let finding = finding.map(|it| {
            let offset = it.offset + span.start;
            ParseError { offset, position: lines.position(offset, text), ..it }
        });
        first = first.or(finding);
        pieces.push(Piece { span, node: u32::try_from(all.nodes.len()).ok()?, reader });
        all.add(parts, span.start);
    }
    if pieces.is_empty() {
        return None;
    }
    let inside = |at: usize| unread.iter().any(|it| it.span.start <= at && at < it.span.end);
    all.comments.retain(|it| !inside(it.span.start));
    Some((all, first, pieces))
}

/// So few documents are read one after the other.
const FEW: usize = 16;

/// The documents of a stream with their markers; comments above the first belong to it.
fn spans(text: &str, masked: &str) -> Vec<Span> {
    let mut documents = stream::documents(text);
    // What is passed over at the start, where no marker is, is no document.
    let is_comment = |it: &Span| {
        let mut lines = masked[..it.end].trim_start_matches(BOM).lines();
        lines.all(|it| it.trim().is_empty() || it.starts_with('#'))
    };
    if documents.first().is_some_and(is_comment) {
        documents.remove(0);
    }
    // The marker is the line above.
    let start = |it: &Span| text[..it.start - 1].rfind('\n').map_or(0, |at| at + 1);
    let starts = documents.iter().skip(1).map(start);
    let starts: Vec<usize> = std::iter::once(0).chain(starts).collect();
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let spans = starts.iter().zip(ends).map(|(start, end)| Span { start: *start, end });
    if documents.is_empty() { Vec::new() } else { spans.collect() }
}

fn one(text: &str, parser: ByParser) -> Option<Read> {
    let lines = Lines::new(text);
    let read = match scan(text, &lines) {
        Some(parts) => Read { parts, finding: None, reader: Reader::Scanner },
        None => {
            let (parts, finding) = parser(text, &lines)?;
            Read { parts, finding, reader: Reader::Parser }
        }
    };
    (read.parts.roots.len() == 1).then_some(read)
}

impl Parts {
    /// Adds what stands behind it in the text, from this byte on.
    fn add(&mut self, other: Parts, at: usize) {
        // Both fit: the text as a whole is no larger.
        let [nodes, props, pool, roots] =
            [self.nodes.len(), self.props.len(), self.pool.len(), self.roots.len()]
                .map(|it| it as u32);
        let at32 = at as u32;
        let moved = |it: &mut u32, by: u32| {
            if *it != NONE {
                *it += by;
            }
        };
        let span = |it: Span| Span { start: it.start + at, end: it.end + at };
        self.nodes.extend(other.nodes.into_iter().map(|mut it| {
            for place in [&mut it.full, &mut it.start, &mut it.end] {
                *place += at32;
            }
            moved(&mut it.indicator, at32);
            moved(&mut it.parent, nodes);
            moved(&mut it.props, props);
            it.skip += nodes;
            match it.role {
                Role::Root => it.place += roots,
                Role::Value => it.place += nodes,
                Role::Key | Role::Item => (),
            }
            match it.kind {
                Kind::Alias => moved(&mut it.text, nodes),
                Kind::Scalar if it.text < INNER => it.text += pool,
                Kind::Scalar | Kind::Mapping | Kind::Sequence => (),
            }
            it
        }));
        self.props.extend(other.props.into_iter().map(|mut it| {
            it.node += nodes;
            it.anchor = it.anchor.map(span);
            it.tag = it.tag.map(span);
            it
        }));
        self.roots.extend(other.roots.into_iter().map(|it| it + nodes));
        self.pool.extend(other.pool);
        self.comments.extend(other.comments.into_iter().map(|mut it| {
            it.span = span(it.span);
            it
        }));
    }
}
