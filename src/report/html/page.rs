//! A page while it is written: markup comes from the program alone, and what stands in files is only ever text in it.

use std::fmt::Write as _;

use crate::report::places::encoded;
use crate::report::shown::clean;

/// A page.
///
/// Invariant: whatever was not written in this program has been escaped.
#[derive(Default)]
pub(super) struct Page(String);

/// An attribute and its value.
pub(super) type Attribute<'a> = (&'static str, &'a str);

impl Page {
    /// Markup of the program's own.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Page {
        self.0.push_str(markup);
        self
    }

    /// Text on one line.
    pub(super) fn text(&mut self, text: &str) -> &mut Page {
        escape(&mut self.0, &clean(text));
        self
    }

    /// Text on several lines.
    pub(super) fn lines(&mut self, text: &str) -> &mut Page {
        for line in text.lines() {
            self.text(line).raw("\n");
        }
        self
    }

    /// A number.
    pub(super) fn number(&mut self, number: usize) -> &mut Page {
        let _ = write!(self.0, "{number}");
        self
    }

    /// The start of an element.
    pub(super) fn open(&mut self, tag: &'static str, attributes: &[Attribute<'_>]) -> &mut Page {
        self.0.push('<');
        self.0.push_str(tag);
        for (name, value) in attributes {
            let _ = write!(self.0, " {name}=\"");
            escape(&mut self.0, &clean(value));
            self.0.push('"');
        }
        self.0.push('>');
        self
    }

    /// Its end.
    pub(super) fn close(&mut self, tag: &'static str) -> &mut Page {
        let _ = write!(self.0, "</{tag}>");
        self
    }

    /// An element that holds a text.
    pub(super) fn element(
        &mut self,
        tag: &'static str,
        attributes: &[Attribute<'_>],
        text: &str,
    ) -> &mut Page {
        self.open(tag, attributes).text(text).close(tag)
    }

    /// A cell of a table with a number; nothing is easier to read than 0.
    pub(super) fn count(&mut self, number: usize) -> &mut Page {
        self.raw("<td class=n>");
        if number > 0 {
            self.number(number);
        }
        self.raw("</td>")
    }

    /// A link that filters the containers.
    pub(super) fn filter(&mut self, key: &'static str, value: &str) -> &mut Page {
        self.element(
            "a",
            &[("href", &format!("#{key}={}", encoded(value.as_bytes(), b"-._~/:")))],
            value,
        )
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

fn escape(out: &mut String, text: &str) {
    for it in text.chars() {
        match it {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            it => out.push(it),
        }
    }
}
