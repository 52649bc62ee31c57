//! From text to tree: the scanner reads what is usual, and yaml-rust2 the rest.
//!
//! Of the latter the events give the shape and the values, the source the places. Every event must find its bytes
//! where the cursor stands, and every byte of the text must be accounted for, so that a misread place is an error and
//! never a wrong span.

use std::sync::{Arc, OnceLock};

use foldhash::{HashMap, HashSet};

use super::continued;
use super::error::{ParseError, Problem};
use super::events::{Builder, build};
use super::gate;
use super::lenient;
use super::lines::Lines;
use super::pairs;
use super::pieces;
use super::scan::scan;
use super::stream::{self, Unread};
use super::tree::{INNER, NONE, Parts, Reader, Style, Tree};

/// Reads a text into a tree, by the scanner first where it may.
pub(super) fn parse(text: String, reader: Reader) -> Result<Tree, ParseError> {
    if text.len() >= INNER as usize {
        let message = "the text is larger than 4 GiB".to_owned();
        let position = super::Position { line: 1, column: 1 };
        return Err(ParseError { problem: Problem::TooLarge, message, offset: 0, position });
    }
    let lines = Lines::new(&text);
    let refusal = gate::ambiguous_character(&text, &lines);
    let may_scan = reader == Reader::Scanner && refusal.is_none();
    if may_scan && let Some(parts) = scan(&text, &lines) {
        return Ok(tree(text, lines, parts, None, Reader::Scanner));
    }
    gate::nul(&text, &lines)?;
    if may_scan && let Some(it) = pieces::read((&text, &lines), by_parser) {
        let tree = tree(text, lines, it.parts, None, Reader::Scanner);
        return Ok(Tree { unread: it.unread, pieces: it.all, ..tree });
    }
    let unread = match read(&text, &lines) {
        Ok(builder) => {
            let template = builder.finding.clone().filter(|it| it.problem == Problem::Template);
            match template.and_then(|it| unread(&text, &lines, it).ok()) {
                Some(unread) => unread,
                None => {
                    let (parts, finding) = parts(builder, &[]);
                    return Ok(tree(text, lines, parts, refusal.or(finding), Reader::Parser));
                }
            }
        }
        Err(error) => unread(&text, &lines, error)?,
    };
    let masked = stream::without(&text, &unread);
    let (parts, finding) = parts(read(&masked, &lines)?, &unread);
    let tree = tree(text, lines, parts, refusal.or(finding), Reader::Parser);
    Ok(Tree { unread, ..tree })
}

/// The parser's reading of a document of a stream that is no template; nothing where the stream may say otherwise.
fn by_parser(text: &str, lines: &Lines) -> Option<Result<(Parts, bool), ParseError>> {
    // Pairs of escapes are JSON's, and no stream is that.
    if pairs::without_pairs(text).is_some() {
        return None;
    }
    let builder = match usual(text, lines) {
        // An anchor may stand in an earlier document: yaml-rust2 alone follows it.
        Err(error) if error.message.contains("unknown anchor") => return None,
        Err(error) => return Some(Err(error)),
        Ok(builder) => builder,
    };
    let is_template = |it: &ParseError| it.problem == Problem::Template;
    Some(match builder.finding.clone().filter(is_template) {
        Some(template) => Err(template),
        None => {
            let (parts, finding) = parts(builder, &[]);
            Ok((parts, finding.is_some()))
        }
    })
}

/// The parser's reading of a text.
fn read<'t>(text: &'t str, lines: &Lines) -> Result<Builder<'t>, ParseError> {
    if let Some(source) = pairs::without_pairs(text) {
        let mut built = build(&source, &HashMap::default(), text, lines)?;
        pairs::put_back(&mut built);
        return Ok(built);
    }
    usual(text, lines)
}

/// The same of a text without pairs of escapes.
fn usual<'t>(text: &'t str, lines: &Lines) -> Result<Builder<'t>, ParseError> {
    let built = match build_leniently(text, text, lines) {
        Err(error) if error.problem == Problem::Syntax => {
            without_tabs(text, lines).unwrap_or(Err(error))
        }
        built => built,
    };
    built.map_err(|error| as_template(text, error))
}

/// The documents that make a stream unreadable, if all of them can be passed over, templates among them, and others are
/// left; else the error of one that cannot.
fn unread(text: &str, lines: &Lines, whole: ParseError) -> Result<Vec<Unread>, ParseError> {
    let mut unread = Vec::new();
    if !matches!(whole.problem, Problem::Syntax | Problem::Template) {
        return Err(whole);
    }
    let documents = stream::documents(text);
    for (number, span) in documents.iter().copied().enumerate() {
        let document = &text[span.start..span.end];
        let template = |it: &ParseError| it.problem == Problem::Template;
        let error = match read(document, &Lines::new(document)) {
            Ok(built) => built.finding.filter(template),
            Err(error) => Some(error),
        };
        let Some(error) = error else { continue };
        let error = stream::named(&error, (text, lines), (number, span));
        if !stream::is_passed_over(&error, document) {
            return Err(if template(&whole) { whole } else { error });
        }
        unread.push(Unread { span, error });
    }
    if unread.is_empty() || unread.len() == documents.len() { Err(whole) } else { Ok(unread) }
}

/// What the parser found, without what stands in documents that are passed over, and what it found against editing.
fn parts(builder: Builder<'_>, unread: &[Unread]) -> (Parts, Option<ParseError>) {
    let Builder { cursor, nodes, props, roots, pool, finding, .. } = builder;
    let mut comments = cursor.comments;
    let inside = |at: usize| unread.iter().any(|it| it.span.start <= at && at < it.span.end);
    comments.retain(|it| !inside(it.span.start));
    (Parts { nodes, props, roots, pool, comments }, finding)
}

fn tree(
    text: String,
    lines: Lines,
    parts: Parts,
    refusal: Option<ParseError>,
    reader: Reader,
) -> Tree {
    let Parts { nodes, props, roots, pool, comments } = parts;
    let (refusal, verdict) = (refusal.map(Box::new), OnceLock::new());
    let (unread, pieces) = (Vec::new(), Vec::new());
    let (keys, merges) = (OnceLock::new(), OnceLock::new());
    Tree {
        text: Arc::new(text),
        lines,
        nodes,
        props,
        roots,
        pool,
        comments,
        refusal,
        reader,
        unread,
        pieces,
        verdict,
        keys,
        merges,
        is_shown: false,
    }
}

fn as_template(text: &str, error: ParseError) -> ParseError {
    // Braces in quotes and block scalars are text: rendered charts are full of them.
    if error.problem == Problem::Syntax
        && gate::looks_like_template(&continued::outside_of_texts(text))
    {
        let message = format!("a template, not YAML ({})", error.message);
        return ParseError { problem: Problem::Template, message, ..error };
    }
    error
}

/// Reads once, and once more with the lines indented that go on with brackets and quotes, if that is what is wrong.
fn build_leniently<'t>(
    source: &str,
    text: &'t str,
    lines: &Lines,
) -> Result<Builder<'t>, ParseError> {
    match build(source, &HashMap::default(), text, lines) {
        Err(error) if error.problem == Problem::Syntax => {
            let Some(source) = continued::with_indented_lines(source) else { return Err(error) };
            match build(&source.text, &source.pads, text, lines) {
                Ok(built) if goes_on(&built, &source.pads, (text, lines)) => Ok(built),
                // What never ends is best seen where it stops making sense.
                Err(other) if error.offset < other.offset && other.offset < text.len() => {
                    Err(other)
                }
                Ok(_) | Err(_) => Err(error),
            }
        }
        built => built,
    }
}

/// Whether each line that was indented is in the middle of brackets or quotes.
fn goes_on(
    built: &Builder<'_>,
    pads: &HashMap<usize, usize>,
    (text, lines): (&str, &Lines),
) -> bool {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    let styles = [Style::Flow, Style::SingleQuoted, Style::DoubleQuoted];
    for node in built.nodes.iter().filter(|it| styles.contains(&it.style)) {
        let (start, end) = (node.start as usize, node.end as usize);
        if spans.last().is_none_or(|it| it.1 <= start) {
            spans.push((start, end));
        }
    }
    pads.keys().all(|line| {
        let at = lines.start(*line, text);
        let next = spans.partition_point(|it| it.1 <= at);
        spans.get(next).is_some_and(|it| it.0 < at)
    })
}

/// Reads again with spaces for the tabs after colons, which yaml-rust2 alone does not take.
fn without_tabs<'t>(text: &'t str, lines: &Lines) -> Option<Result<Builder<'t>, ParseError>> {
    let mut spots: Vec<usize> = text.match_indices(":\t").map(|(at, _)| at).collect();
    // Tabs that turn out to be part of scalars are left alone in the second attempt.
    for _ in 0..2 {
        if spots.is_empty() {
            return None;
        }
        let changed = lenient::without_tabs(text, &spots);
        let builder = build_leniently(&changed, text, lines).ok()?;
        let colons = builder.nodes.iter().map(|it| it.indicator).filter(|it| *it != NONE);
        let colons: HashSet<u32> = colons.collect();
        let mut comments = builder.cursor.comments.iter().peekable();
        let outside = |spot: &usize| {
            while comments.next_if(|it| it.span.end <= *spot).is_some() {}
            let in_comment = comments.peek().is_some_and(|it| it.span.start <= *spot);
            in_comment || colons.contains(&(*spot as u32))
        };
        let kept: Vec<usize> = spots.iter().copied().filter(outside).collect();
        if kept.len() == spots.len() {
            return Some(Ok(builder));
        }
        spots = kept;
    }
    None
}
