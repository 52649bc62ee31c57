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

/// A stream that was read document by document.
pub(super) struct Pieces {
    pub(super) parts: Parts,
    pub(super) all: Vec<Piece>,
    /// The documents that are passed over, as if nothing stood in them.
    pub(super) unread: Vec<Unread>,
}

/// What is read of one document.
struct Read {
    parts: Parts,
    /// Whether something is against editing it.
    is_found: bool,
    reader: Reader,
}

/// What the parser reads of a document, and whether something is against editing it; nothing where it would be another
/// thing as a part of the stream.
pub(super) type ByParser = fn(&str, &Lines) -> Option<Found>;

type Found = Result<(Parts, bool), ParseError>;

/// The documents of a stream; nothing where the text is no stream, or what is wrong with one of them is for who reads
/// all of it.
pub(super) fn read((text, lines): (&str, &Lines), parser: ByParser) -> Option<Pieces> {
    let documents = stream::documents(text);
    let spans = spans(text, &documents);
    let one = |it: &Span| one(&text[it.start..it.end], parser);
    let read = parallel::map(&spans, FEW, one);
    let mut read: Vec<_> = read.into_iter().collect::<Option<_>>()?;
    let mut unread = Vec::new();
    for (number, it) in read.iter_mut().enumerate() {
        let Err(error) = it else { continue };
        let document = documents[number];
        if !stream::is_passed_over(error, &text[document.start..document.end]) {
            return None;
        }
        let error = stream::named(error, (text, lines), (number, spans[number]));
        unread.push(Unread { span: document, error });
    }
    // Where something is found against editing a document need not end at the next marker.
    let is_found = read.iter().flatten().any(|it| it.is_found);
    if spans.is_empty() || unread.len() == spans.len() || is_found {
        return None;
    }
    if !unread.is_empty() {
        let masked = stream::without(text, &unread);
        for (it, span) in read.iter_mut().zip(&spans).filter(|it| it.0.is_err()) {
            *it = self::one(&masked[span.start..span.end], parser)?;
        }
    }
    joined(spans.into_iter().zip(read), unread)
}

/// So few documents are read one after the other.
const FEW: usize = 16;

fn joined(
    read: impl Iterator<Item = (Span, Result<Read, ParseError>)>,
    unread: Vec<Unread>,
) -> Option<Pieces> {
    let (parts, all) = (Parts::default(), Vec::new());
    let mut pieces = Pieces { parts, all, unread };
    let mut from = None;
    for (span, it) in read {
        let Read { parts, reader, .. } = it.ok()?;
        // What is passed over at the start, where no marker is, is no document.
        if span.start == 0 && pieces.unread.first().is_some_and(|it| it.span.start <= BOM.len()) {
            from = Some(span.start);
            continue;
        }
        // Above the first marker the end of a document may stand without one.
        if parts.roots.len() != 1 || span.start == 0 && is_nothing(&parts) {
            return None;
        }
        let node = u32::try_from(pieces.parts.nodes.len()).ok()?;
        pieces.parts.add(parts, span.start);
        let span = Span { start: from.take().unwrap_or(span.start), end: span.end };
        pieces.all.push(Piece { span, node, reader });
    }
    let unread = &pieces.unread;
    let inside = |at: usize| unread.iter().any(|it| it.span.start <= at && at < it.span.end);
    pieces.parts.comments.retain(|it| !inside(it.span.start));
    Some(pieces)
}

fn is_nothing(parts: &Parts) -> bool {
    matches!(&parts.nodes[..], [only] if only.kind == Kind::Scalar && only.full == only.end)
}

/// The documents of a stream with their markers; what stands above the first belongs to it.
fn spans(text: &str, documents: &[Span]) -> Vec<Span> {
    // The marker is the line above.
    let above = |it: &Span| memchr::memrchr(b'\n', &text.as_bytes()[..it.start - 1]);
    let start = |it: &Span| above(it).map_or(0, |at| at + 1);
    let starts = documents.iter().skip(1).map(start);
    let starts: Vec<usize> = std::iter::once(0).chain(starts).collect();
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let spans = starts.iter().zip(ends).map(|(start, end)| Span { start: *start, end });
    if documents.is_empty() { Vec::new() } else { spans.collect() }
}

fn one(text: &str, parser: ByParser) -> Option<Result<Read, ParseError>> {
    let lines = Lines::new(text);
    if let Some(parts) = scan(text, &lines) {
        return Some(Ok(Read { parts, is_found: false, reader: Reader::Scanner }));
    }
    let read = |(parts, is_found)| Read { parts, is_found, reader: Reader::Parser };
    Some(parser(text, &lines)?.map(read))
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
