//! What colours mean: red is bad, green can be had, yellow is in doubt. Legible on dark and on light.

use anstyle::{AnsiColor, Style};

use crate::finding::{Confidence, Severity};

/// What opens something.
pub const BOLD: Style = Style::new().bold();

/// What is of less weight.
pub const DIM: Style = Style::new().dimmed();

/// Where something stands.
pub const PLACE: Style = AnsiColor::Cyan.on_default();

/// What goes.
pub const OLD: Style = AnsiColor::Red.on_default();

/// What comes.
pub const NEW: Style = AnsiColor::Green.on_default();

/// That of a severity.
pub fn severity(it: Severity) -> Style {
    match it {
        Severity::Critical => AnsiColor::Red.on_default().bold(),
        Severity::High => AnsiColor::Red.on_default(),
        Severity::Medium | Severity::Low | Severity::Info => Style::new(),
    }
}

/// That of a confidence.
pub fn confidence(it: Confidence) -> Style {
    match it {
        Confidence::Safe | Confidence::Likely => AnsiColor::Green.on_default(),
        Confidence::Risky => AnsiColor::Magenta.on_default(),
        Confidence::Manual => DIM,
    }
}

/// A text in a style, where it has one.
pub fn paint(style: Style, text: &str) -> String {
    if style == Style::new() { text.to_owned() } else { format!("{style}{text}{style:#}") }
}
