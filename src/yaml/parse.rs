//! From text to tree: the scanner reads what is usual, and yaml-rust2 the rest.
//!
//! Of the latter the events give the shape and the values, the source the places. Every event must find its bytes
//! where the cursor stands, and every byte of the text must be accounted for, so that a misread place is an error and
//! never a wrong span.

use std::sync::OnceLock;

use foldhash::{HashMap, HashSet};

use super::error::{ParseError, Problem};
use super::events::{Builder, build};
use super::gate;
use super::lenient;
use super::lines::Lines;
use super::scan::scan;
use super::tree::{INNER, NONE, Parts, Reader, Tree};

/// Reads a text into a tree, by the scanner first where it may.
pub(super) fn parse(text: String, reader: Reader) -> Result<Tree, ParseError> {
    if text.len() >= INNER as usize {
        let message = "the text is larger than 4 GiB".to_owned();
        let position = super::Position { line: 1, column: 1 };
        return Err(ParseError { problem: Problem::TooLarge, message, offset: 0, position });
    }
    let lines = Lines::new(&text);
    let refusal = gate::ambiguous_character(&text, &lines);
    if reader == Reader::Scanner
        && refusal.is_none()
        && let Some(parts) = scan(&text)
    {
        return Ok(tree(text, lines, parts, None, Reader::Scanner));
    }
    gate::nul(&text, &lines)?;
    let built = match build_leniently(&text, &text, &lines) {
        Err(error) if error.problem == Problem::Syntax => {
            without_tabs(&text, &lines).unwrap_or(Err(error))
        }
        built => built,
    };
    let builder = built.map_err(|error| as_template(&text, error))?;
    let Builder { cursor, nodes, props, roots, pool, finding, .. } = builder;
    let parts = Parts { nodes, props, roots, pool, comments: cursor.comments };
    Ok(tree(text, lines, parts, refusal.or(finding), Reader::Parser))
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
    Tree {
        text,
        lines,
        nodes,
        props,
        roots,
        pool,
        comments,
        refusal,
        reader,
        verdict,
        keys: OnceLock::new(),
    }
}

fn as_template(text: &str, error: ParseError) -> ParseError {
    if error.problem == Problem::Syntax && gate::looks_like_template(text) {
        let message = format!("a template, not YAML ({})", error.message);
        return ParseError { problem: Problem::Template, message, ..error };
    }
    error
}

/// Reads once, and once more with closing brackets indented if that is what is wrong.
fn build_leniently<'t>(
    source: &str,
    text: &'t str,
    lines: &Lines,
) -> Result<Builder<'t>, ParseError> {
    match build(source, &HashMap::default(), text, lines) {
        Err(error) if error.problem == Problem::Syntax => lenient::with_indented_closers(source)
            .and_then(|source| build(&source.text, &source.pads, text, lines).ok())
            .ok_or(error),
        built => built,
    }
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
