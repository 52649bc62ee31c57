//! Knows how a page is laid out.

use std::fmt;

use super::{Page, Reason, UNKNOWN, UnknownImage};
use crate::series::series;

impl Page {
    /// The entry in one line.
    pub fn line(&self) -> String {
        format!("{:<32} {} [{}]", self.id, self.summary, self.confidence)
    }

    /// The page for a terminal.
    pub fn text(&self) -> String {
        let read = self.checked.as_ref().map(|it| format!(", read {it}")).unwrap_or_default();
        let versions = self.versions.as_ref().map(|it| format!(", for {it}")).unwrap_or_default();
        let mut text = format!(
            "{}: {}\nConfidence in what is known: {}{versions}{read}{}\n\n",
            self.id,
            self.summary,
            self.confidence,
            self.gaps()
        );
        let settings = self.settings.iter().map(|it| (it.name, it.meaning.as_str()));
        text.push_str(&columns(settings));
        for (title, reasons) in self.sections() {
            text.push_str(&format!("\n{title}:\n"));
            text.push_str(&columns(reasons.iter().map(|it| (it.what.as_str(), it.why.as_str()))));
        }
        for (title, items) in self.lists() {
            text.push_str(&format!("\n{title}:\n"));
            for item in items {
                text.push_str(&format!("  {item}\n"));
            }
        }
        text
    }

    /// Of what nothing is known, whatever the rest of it is worth.
    fn gaps(&self) -> String {
        let open = self.settings.iter().filter(|it| it.meaning == UNKNOWN).map(|it| it.name);
        let open: Vec<&str> = open.collect();
        if open.is_empty() {
            return String::new();
        }
        format!("; of {} nothing is known", series(&open))
    }

    /// The page as Markdown, its title a heading of the second level.
    pub fn markdown(&self) -> String {
        let versions = self.versions.as_ref().map(|it| format!(" For {it}.")).unwrap_or_default();
        let mut text = format!("## {}\n\n{}.{versions}\n\n", self.id, capital(&self.summary));
        text.push_str("| setting | meaning |\n| --- | --- |\n");
        for setting in &self.settings {
            text.push_str(&format!("| `{}` | {} |\n", setting.name, cell(&setting.meaning)));
        }
        for (title, reasons) in self.sections() {
            text.push_str(&format!("\n**{title}**\n\n"));
            for reason in reasons {
                text.push_str(&format!("- `{}`", reason.what));
                text.push_str(&if reason.why.is_empty() {
                    "\n".to_owned()
                } else {
                    format!(": {}\n", reason.why)
                });
            }
        }
        for (title, items) in self.lists() {
            text.push_str(&format!("\n**{title}**\n\n"));
            for item in items {
                text.push_str(&format!("- {item}\n"));
            }
        }
        text
    }

    /// The page as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::to_value(self).expect("a page has only texts and lists")
    }

    fn sections(&self) -> impl Iterator<Item = (&'static str, &[Reason])> {
        let sections = [
            ("Capabilities for a start as root", self.capabilities.as_slice()),
            ("What only some uses need", &self.features),
            ("Writable under a read-only root", &self.writable),
            ("Side by side", &self.sides),
            ("Known by", &self.evidence),
        ];
        sections.into_iter().filter(|(_, reasons)| !reasons.is_empty())
    }

    fn lists(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        let lists = [
            ("What may break", self.cautions.as_slice()),
            ("Stands for", &self.repositories),
            ("With a tag like", &self.tags),
            ("Sources", &self.sources),
        ];
        lists.into_iter().filter(|(_, items)| !items.is_empty())
    }
}

impl fmt::Display for UnknownImage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "nothing is known of the image `{}`", self.name)?;
        if !self.nearest.is_empty() {
            write!(formatter, "; known names like it: {}", self.nearest.join(", "))?;
        }
        write!(
            formatter,
            ": its fixes are risky, with a user and writable paths that may not fit: \
             tell what you know of it by [[image]] in casehard.toml"
        )
    }
}

impl std::error::Error for UnknownImage {}

/// Two columns, the first as wide as its widest entry.
fn columns<'a>(rows: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> String {
    let width = rows.clone().map(|(first, _)| first.len()).max().unwrap_or_default();
    rows.map(|(first, second)| format!("  {first:<width$}  {second}").trim_end().to_owned() + "\n")
        .collect()
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
