//! yaml-rust2's events, each found in the source where the cursor stands.

mod place;

use yaml_rust2::parser::{Event, Parser, Tag};
use yaml_rust2::scanner::{Marker, ScanError, TScalarStyle};

use foldhash::HashMap;

use super::error::{ParseError, Problem};
use super::lines::{BOM, Lines};
use super::locate::{Cursor, Mismatch};
use super::tree::{INNER, Kind, NONE, Place, Props, RAW, Raw, Role, Style};
use place::Presence;

/// The deepest nesting that is read.
const DEPTH: usize = 255;

/// What an open collection waits for.
struct Frame {
    node: u32,
    shape: Shape,
    children: u32,
    /// The last child, whose end is the end of a block collection.
    last: u32,
    /// The column of the `?` of the entry at hand.
    explicit: Option<usize>,
}

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    BlockSequence,
    FlowSequence,
    BlockMapping,
    FlowMapping,
    /// `a: b` alone in a flow sequence.
    Pair,
}

/// The parts of a tree while it grows.
pub(super) struct Builder<'t> {
    pub(super) cursor: Cursor<'t>,
    pub(super) nodes: Vec<Raw>,
    pub(super) props: Vec<Props>,
    pub(super) roots: Vec<u32>,
    pub(super) pool: Vec<Box<str>>,
    frames: Vec<Frame>,
    /// The node of every anchor, by the parser's number less one.
    anchors: Vec<u32>,
    pub(super) finding: Option<ParseError>,
}

/// Reads `source`, which differs from `text` in blanks at most, and finds its nodes in `text`.
pub(super) fn build<'t>(
    source: &str,
    pads: &HashMap<usize, usize>,
    text: &'t str,
    lines: &Lines,
) -> Result<Builder<'t>, ParseError> {
    let body = source.strip_prefix(BOM).unwrap_or(source);
    let start = source.len() - body.len();
    let mut parser = Parser::new_from_str(body);
    let mut builder = Builder {
        cursor: Cursor::new(text, start),
        nodes: Vec::with_capacity(text.len() / 12),
        props: Vec::new(),
        roots: Vec::new(),
        pool: Vec::new(),
        frames: Vec::new(),
        anchors: Vec::new(),
        finding: None,
    };
    loop {
        let (event, marker) = parser.next_token().map_err(|it| scan_error(text, lines, &it))?;
        let done = event == Event::StreamEnd;
        let pad = pads.get(&(marker.line().max(1) - 1)).copied().unwrap_or(0);
        let mut step = Step { lines, marker, pad, twin: false };
        if matches!(event, Event::MappingStart(..)) && builder.in_flow() {
            let (next, mark) = parser.peek().map_err(|it| scan_error(text, lines, &it))?;
            step.twin = matches!(next, Event::MappingStart(..)) && *mark == marker;
        }
        builder.event(event, step).map_err(|_| disagreement(text, lines, builder.cursor.at))?;
        if builder.frames.len() > DEPTH {
            return Err(too_deep(text, lines, builder.cursor.at));
        }
        if done {
            return Ok(builder);
        }
    }
}

fn scan_error(text: &str, lines: &Lines, error: &ScanError) -> ParseError {
    let marker = error.marker();
    let offset = lines.offset(marker.line().max(1) - 1, marker.col(), text);
    if error.info().contains("recursion limit") {
        return too_deep(text, lines, offset);
    }
    failure(Problem::Syntax, error.info().to_owned(), (text, lines, offset))
}

fn too_deep(text: &str, lines: &Lines, offset: usize) -> ParseError {
    failure(Problem::TooDeep, format!("nested deeper than {DEPTH} levels"), (text, lines, offset))
}

fn disagreement(text: &str, lines: &Lines, offset: usize) -> ParseError {
    let message = "the parser's view and the text do not agree here".to_owned();
    failure(Problem::Disagreement, message, (text, lines, offset))
}

fn failure(problem: Problem, message: String, at: (&str, &Lines, usize)) -> ParseError {
    let (text, lines, offset) = at;
    ParseError { problem, message, offset, position: lines.position(offset, text) }
}

#[derive(Clone, Copy)]
struct Step<'l> {
    lines: &'l Lines,
    marker: Marker,
    /// How much further to the right than in the text the marker is.
    pad: usize,
    /// Whether the next event is another mapping at the same place: `[{a: b}: c]`.
    twin: bool,
}

impl Builder<'_> {
    fn event(&mut self, event: Event, step: Step<'_>) -> Result<(), Mismatch> {
        match event {
            Event::Nothing | Event::StreamStart | Event::DocumentEnd => Ok(()),
            Event::DocumentStart => self.document_start(step),
            Event::StreamEnd => self.stream_end(step),
            Event::Alias(anchor) => self.alias(anchor, step),
            Event::Scalar(value, style, anchor, tag) => {
                self.scalar(&value, style, &(anchor, tag), step)
            }
            Event::SequenceStart(anchor, tag) => self.sequence(&(anchor, tag), step),
            Event::MappingStart(anchor, tag) => self.mapping(&(anchor, tag), step),
            Event::SequenceEnd | Event::MappingEnd => self.close(),
        }
    }

    fn document_start(&mut self, step: Step<'_>) -> Result<(), Mismatch> {
        loop {
            self.cursor.trivia();
            if self.cursor.is_marker("---", step.lines) {
                self.cursor.at += 3;
                return Ok(());
            }
            if self.cursor.is_marker("...", step.lines) {
                self.cursor.at += 3;
            } else if self.cursor.peek() == Some(b'%') && self.cursor.is_line_start(step.lines) {
                self.cursor.at = crate::yaml::locate::line_end(self.cursor.text, self.cursor.at);
            } else {
                return Ok(());
            }
        }
    }

    fn stream_end(&mut self, step: Step<'_>) -> Result<(), Mismatch> {
        if self.roots.is_empty() {
            let place = Place { role: Role::Root, place: 0, indicator: NONE };
            self.push(place, Kind::Scalar, Style::Plain);
        }
        loop {
            self.cursor.trivia();
            if self.cursor.at == self.cursor.text.len() {
                return Ok(());
            }
            if !self.cursor.is_marker("...", step.lines) {
                return Err(Mismatch);
            }
            self.cursor.at += 3;
        }
    }

    fn alias(&mut self, anchor: usize, step: Step<'_>) -> Result<(), Mismatch> {
        let place = self.before(Presence::Present, step)?;
        self.cursor.trivia();
        let id = self.push(place, Kind::Alias, Style::Plain);
        if self.cursor.peek() != Some(b'*') {
            return Err(Mismatch);
        }
        let name = self.cursor.name();
        self.check_name(&self.cursor.text[name.start + 1..name.end], (name.start, step.lines));
        let target = *self.anchors.get(anchor.wrapping_sub(1)).ok_or(Mismatch)?;
        if self.roots.last().is_some_and(|root| target < *root) {
            let message = "the alias leads to an anchor of an earlier document".to_owned();
            self.find(Problem::AmbiguousAnchor, message, (name.start, step.lines));
        } else {
            self.nodes[id as usize].text = target;
            let props = self.nodes[target as usize].props as usize;
            self.props.get_mut(props).ok_or(Mismatch)?.aliases += 1;
        }
        self.nodes[id as usize].end = name.end as u32;
        Ok(())
    }

    fn scalar(
        &mut self,
        value: &str,
        style: TScalarStyle,
        props: &(usize, Option<Tag>),
        step: Step<'_>,
    ) -> Result<(), Mismatch> {
        let absent = value.is_empty() && style == TScalarStyle::Plain;
        let bare = absent && props.0 == 0 && props.1.is_none();
        let presence = if bare { Presence::Absent } else { Presence::Present };
        let place = self.before(presence, step)?;
        if !bare {
            self.cursor.trivia();
        }
        let root = place.role == Role::Root;
        let id = self.push(place, Kind::Scalar, Style::Plain);
        self.properties(id, props, step)?;
        if absent {
            let at = self.cursor.at as u32;
            let node = &mut self.nodes[id as usize];
            (node.start, node.end) = (at, at);
            return Ok(());
        }
        self.cursor.trivia();
        let start = self.cursor.at;
        self.check_line(style, step)?;
        let (style, span) = match style {
            TScalarStyle::Plain => (Style::Plain, self.cursor.plain(value)?),
            TScalarStyle::SingleQuoted => (Style::SingleQuoted, self.cursor.quoted(b'\'')?),
            TScalarStyle::DoubleQuoted => (Style::DoubleQuoted, self.cursor.quoted(b'"')?),
            TScalarStyle::Literal => (Style::Literal, self.cursor.block(b'|', value)?),
            TScalarStyle::Folded => (Style::Folded, self.cursor.block(b'>', value)?),
        };
        let raw = &self.cursor.text[span.start..span.end];
        let node = &mut self.nodes[id as usize];
        (node.style, node.start, node.end) = (style, span.start as u32, span.end as u32);
        node.text = match style {
            Style::Plain if raw == value => RAW,
            Style::SingleQuoted | Style::DoubleQuoted if raw[1..raw.len() - 1] == *value => INNER,
            _ => {
                let block = matches!(style, Style::Literal | Style::Folded);
                let value = if block { self.cursor.block_text(raw, value) } else { value.into() };
                self.pool.push(value.into());
                self.pool.len() as u32 - 1
            }
        };
        if root && matches!(style, Style::Literal | Style::Folded) {
            let message = "a block scalar that is a whole document".to_owned();
            self.find(Problem::AmbiguousSyntax, message, (start, step.lines));
        }
        if style == Style::Plain && value.starts_with(['?', '|', '>']) && self.in_flow() {
            let first = &raw[..1];
            let message = format!("a `{first}` that begins a scalar in flow style");
            self.find(Problem::AmbiguousSyntax, message, (start, step.lines));
        }
        Ok(())
    }

    /// Whether the parser saw the scalar on the line where the cursor stands.
    fn check_line(&self, style: TScalarStyle, step: Step<'_>) -> Result<(), Mismatch> {
        let text = self.cursor.text;
        let line = step.marker.line().max(1) - 1;
        let inside = step.lines.start(line, text) <= self.cursor.at
            && self.cursor.at < step.lines.start(line + 1, text).max(1);
        let block = matches!(style, TScalarStyle::Literal | TScalarStyle::Folded);
        if inside || block { Ok(()) } else { Err(Mismatch) }
    }

    fn sequence(&mut self, props: &(usize, Option<Tag>), step: Step<'_>) -> Result<(), Mismatch> {
        let id = self.collection(Kind::Sequence, props, step)?;
        if self.cursor.peek() == Some(b'[') {
            self.cursor.at += 1;
            self.open(id, Shape::FlowSequence);
        } else if self.cursor.is_indicator(b'-') && !self.in_flow() {
            self.open(id, Shape::BlockSequence);
        } else {
            return Err(Mismatch);
        }
        Ok(())
    }

    fn mapping(&mut self, props: &(usize, Option<Tag>), step: Step<'_>) -> Result<(), Mismatch> {
        let id = self.collection(Kind::Mapping, props, step)?;
        let start = self.cursor.at;
        if self.cursor.peek() == Some(b'{') && !step.twin && self.is_here(step) {
            self.cursor.at += 1;
            if self.cursor.peek() == Some(b'{') {
                let message = "`{{` looks like a template".to_owned();
                self.find(Problem::Template, message, (start, step.lines));
            }
            self.open(id, Shape::FlowMapping);
        } else if self.in_flow() {
            self.open(id, Shape::Pair);
        } else {
            self.open(id, Shape::BlockMapping);
        }
        Ok(())
    }

    /// Whether the event's marker is the cursor: only real brackets are marked where they are.
    fn is_here(&mut self, step: Step<'_>) -> bool {
        let line = step.lines.line(self.cursor.at);
        step.marker.line() == line + 1
            && step.marker.col() == self.cursor.column(step.lines) + step.pad
    }

    fn collection(
        &mut self,
        kind: Kind,
        props: &(usize, Option<Tag>),
        step: Step<'_>,
    ) -> Result<u32, Mismatch> {
        let place = self.before(Presence::Present, step)?;
        self.cursor.trivia();
        let id = self.push(place, kind, Style::Block);
        self.properties(id, props, step)?;
        self.cursor.trivia();
        self.nodes[id as usize].start = self.cursor.at as u32;
        Ok(id)
    }

    fn open(&mut self, node: u32, shape: Shape) {
        if matches!(shape, Shape::FlowMapping | Shape::FlowSequence | Shape::Pair) {
            self.nodes[node as usize].style = Style::Flow;
        }
        self.frames.push(Frame { node, shape, children: 0, last: NONE, explicit: None });
    }

    fn close(&mut self) -> Result<(), Mismatch> {
        let frame = self.frames.pop().ok_or(Mismatch)?;
        let bracket = match frame.shape {
            Shape::FlowSequence => Some(b']'),
            Shape::FlowMapping => Some(b'}'),
            Shape::BlockSequence | Shape::BlockMapping | Shape::Pair => None,
        };
        let end = if let Some(bracket) = bracket {
            self.cursor.trivia();
            if self.cursor.peek() == Some(b',') && frame.children > 0 {
                self.cursor.at += 1;
                self.cursor.trivia();
            }
            self.cursor.expect(bracket)?;
            self.cursor.at as u32
        } else {
            self.nodes.get(frame.last as usize).ok_or(Mismatch)?.end
        };
        let skip = self.nodes.len() as u32;
        let node = &mut self.nodes[frame.node as usize];
        (node.end, node.skip) = (end, skip);
        if node.start > end { Err(Mismatch) } else { Ok(()) }
    }

    fn in_flow(&self) -> bool {
        self.frames.last().is_some_and(|it| {
            matches!(it.shape, Shape::FlowSequence | Shape::FlowMapping | Shape::Pair)
        })
    }
}
