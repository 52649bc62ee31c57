//! Values as text: lines of block style, or flow style.

use super::look::{FlowLook, Look, Pretty, is_tall};
use super::quote::{Around, Quote, again, write, written};
use crate::yaml::change::{Data, Value};

/// An item or entry to write.
pub(super) struct Entry<'v> {
    /// The key, in a mapping.
    pub(super) key: Option<&'v str>,
    pub(super) content: Content<'v>,
}

/// What an entry holds.
pub(super) enum Content<'v> {
    /// A new value.
    Value(&'v Value),
    /// Bytes of the old text.
    Raw(&'v str),
}

/// All entries or items of a value.
pub(super) fn entries(data: &Data) -> Vec<Entry<'_>> {
    match data {
        Data::Seq(items) => {
            items.iter().map(|it| Entry { key: None, content: Content::Value(it) }).collect()
        }
        Data::Map(entries) => entries
            .iter()
            .map(|(key, it)| Entry { key: Some(key), content: Content::Value(it) })
            .collect(),
        Data::Null | Data::Bool(_) | Data::Int(_) | Data::Str(_) | Data::Written(_) => Vec::new(),
    }
}

/// Where lines begin and how far items stand from their dashes.
#[derive(Clone, Copy)]
pub(super) struct Columns {
    pub(super) start: usize,
    pub(super) gap: usize,
}

/// A line to write, and the comment at its end.
pub(super) struct Line {
    pub(super) text: String,
    pub(super) comment: String,
}

impl Line {
    /// The line as it is written.
    pub(super) fn whole(self) -> String {
        self.text + &self.comment
    }
}

/// The lines of block entries, indented to a column.
pub(super) fn block(entries: &[Entry<'_>], at: Columns, wish: Quote, look: &Look) -> Vec<Line> {
    let mut lines = Vec::with_capacity(2 * entries.len());
    for entry in entries {
        block_entry(entry, at, wish, look, &mut lines);
    }
    lines
}

fn block_entry(entry: &Entry<'_>, at: Columns, wish: Quote, look: &Look, lines: &mut Vec<Line>) {
    let mut head = String::with_capacity(at.start + 32);
    pad(&mut head, at.start);
    let width = match entry.key {
        Some(key) => {
            write(&mut head, key, Quote::Plain, look.quote, Around::Block);
            head.push(':');
            1
        }
        None => {
            head.push('-');
            at.gap.saturating_sub(1).max(1)
        }
    };
    let value = match entry.content {
        Content::Raw(raw) => {
            pad(&mut head, width);
            head.push_str(raw);
            return lines.push(Line { text: head, comment: String::new() });
        }
        Content::Value(value) => value,
    };
    let comment = value.comment.as_ref().map_or(String::new(), |it| format!(" # {}", one_line(it)));
    if !is_tall(&value.data) {
        let absent = value.data == Data::Null && entry.key.is_some();
        if !absent {
            pad(&mut head, width);
            inline_into(&mut head, &value.data, wish, look.quote);
        }
        return lines.push(Line { text: head, comment });
    }
    if entry.key.is_some() {
        let offset = if matches!(value.data, Data::Seq(_)) { look.dash } else { look.step };
        let columns = Columns { start: at.start + offset, gap: look.gap };
        lines.push(Line { text: head, comment });
        return below(&value.data, columns, look, lines);
    }
    let start = at.start + 1 + width;
    let first = lines.len();
    below(&value.data, Columns { start, gap: look.gap }, look, lines);
    if let Some(first) = lines.get_mut(first) {
        pad(&mut head, width);
        first.text.replace_range(..start, &head);
        if first.comment.is_empty() {
            first.comment = comment;
        }
    }
}

/// The lines of what a tall value holds.
fn below(data: &Data, at: Columns, look: &Look, lines: &mut Vec<Line>) {
    for entry in entries(data) {
        block_entry(&entry, at, Quote::Plain, look, lines);
    }
}

fn pad(text: &mut String, width: usize) {
    text.extend(std::iter::repeat_n(' ', width));
}

/// A comment's text must not begin another line.
pub(super) fn one_line(text: &str) -> String {
    text.replace(
        |it: char| it.is_control() || matches!(it, '\u{2028}' | '\u{2029}' | '\u{feff}'),
        " ",
    )
}

/// A value that fits on its key's line in block style.
pub(super) fn inline(data: &Data, wish: Quote, needed: Quote) -> String {
    let mut out = String::new();
    inline_into(&mut out, data, wish, needed);
    out
}

fn inline_into(out: &mut String, data: &Data, wish: Quote, needed: Quote) {
    match data {
        Data::Null => out.push_str("null"),
        Data::Bool(true) => out.push_str("true"),
        Data::Bool(false) => out.push_str("false"),
        Data::Int(value) => out.push_str(&value.to_string()),
        Data::Str(text) => write(out, text, wish, needed, Around::Block),
        Data::Written(it) => again(out, it, Around::Block),
        Data::Seq(_) => out.push_str("[]"),
        Data::Map(_) => out.push_str("{}"),
    }
}

/// A value in flow style.
pub(super) fn flow(data: &Data, wish: Quote, look: &FlowLook) -> String {
    match data {
        Data::Str(text) => written(text, wish, look.quote, Around::Flow),
        Data::Written(it) => {
            let mut out = String::new();
            again(&mut out, it, Around::Flow);
            out
        }
        Data::Null | Data::Bool(_) | Data::Int(_) => inline(data, wish, look.quote),
        Data::Seq(_) => flow_collection(&entries(data), BRACKETS, look),
        Data::Map(_) => flow_collection(&entries(data), BRACES, look),
    }
}

/// What encloses a mapping in flow style.
pub(super) const BRACES: (&str, &str) = ("{", "}");
/// What encloses a sequence in flow style.
pub(super) const BRACKETS: (&str, &str) = ("[", "]");

/// Entries or items between braces or brackets.
pub(super) fn flow_collection(
    entries: &[Entry<'_>],
    brackets: (&str, &str),
    look: &FlowLook,
) -> String {
    let (open, close) = brackets;
    if entries.is_empty() {
        return format!("{open}{close}");
    }
    let Some(Pretty { eol, indent, unit }) = &look.pretty else {
        let all: Vec<_> = entries.iter().map(|it| flow_entry(it, look.prefer, look)).collect();
        return format!("{open}{}{}{}{close}", look.pad, all.join(look.comma), look.pad);
    };
    let below = format!("{indent}{unit}");
    let pretty = Pretty { eol, indent: below.clone(), unit: unit.clone() };
    let look = FlowLook { pretty: Some(pretty), ..*look };
    let all: Vec<_> = entries.iter().map(|it| flow_entry(it, look.prefer, &look)).collect();
    format!("{open}{eol}{below}{}{eol}{indent}{close}", all.join(&format!(",{eol}{below}")))
}

/// An entry or item in flow style.
pub(super) fn flow_entry(entry: &Entry<'_>, wish: Quote, look: &FlowLook) -> String {
    let value = match entry.content {
        Content::Raw(raw) => raw.to_owned(),
        Content::Value(value) => flow(&value.data, wish, look),
    };
    match entry.key {
        Some(key) => {
            let wish = if look.json { Quote::Double } else { Quote::Plain };
            format!("{}{}{value}", written(key, wish, look.quote, Around::Flow), look.colon)
        }
        None => value,
    }
}
