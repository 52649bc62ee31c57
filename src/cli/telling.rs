//! What is told of a run, in which format, and where to.

use std::path::{Path, PathBuf};

use clap::{ArgMatches, Args, ValueEnum};

use super::Severity;

/// What is told of a run, and how.
#[derive(Debug, Args)]
pub struct Telling {
    /// How to tell it; may be repeated, with an `--output` after each that goes to a file.
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Vec<Format>,
    /// Write it to a file, in the format before it or in the one that the file's name ends in; `-` is standard output.
    /// Where all goes to files, the text report is printed as well, unless `--quiet` is given.
    #[arg(long, short, value_name = "FILE")]
    pub output: Vec<PathBuf>,
    /// Write a page for people to a file: posture, what was decided by whom, what remains; the same as `--format html
    /// --output FILE`.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Tell numbers only: findings by rule, severity and confidence, images, folders.
    #[arg(long)]
    pub statistics: bool,
    /// Tell nothing but what could not be done.
    #[arg(long, short, conflicts_with_all = ["statistics", "verbose"])]
    pub quiet: bool,
    /// End with status 0 whatever is found.
    #[arg(long)]
    pub exit_zero: bool,
    /// The least severity that is told, that the review asks about, and that fails a check; by default info is told, and
    /// low fails.
    #[arg(long, value_enum)]
    pub min_severity: Option<Severity>,
    #[arg(skip)]
    places: Vec<(usize, bool)>,
}

/// How a run is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum Format {
    /// A block for each container, a line for each finding, totals at the end.
    Text,
    /// Each finding with its line, the reason, its fixes and what they may break.
    Full,
    /// All of it as one value, with fixes as bytes that take the place of others.
    Json,
    /// The same, a line for each thing.
    Jsonl,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// Code quality of GitLab.
    Gitlab,
    /// JUnit XML.
    Junit,
    /// Reviewdog's diagnostics, with suggestions.
    Rdjson,
    /// A comment on a change.
    Markdown,
    /// A page for people: posture before and after, by folder, rule and image, each container with its checklist.
    Html,
}

impl Format {
    /// Whether fixes are told as edits of bytes.
    pub fn wants_edits(self) -> bool {
        matches!(self, Format::Json | Format::Jsonl | Format::Sarif | Format::Rdjson)
    }

    /// Whether findings are told with what they are known by.
    pub fn wants_prints(self) -> bool {
        self.wants_edits() || self == Format::Gitlab
    }

    /// Whether the checklist of every container is told.
    pub fn wants_postures(self) -> bool {
        self == Format::Html
    }

    fn of(path: &Path) -> Option<Format> {
        // Whoever names standard output wants what is printed there.
        if path.as_os_str() == "-" {
            return Some(Format::Text);
        }
        Some(match path.extension()?.to_str()?.to_lowercase().as_str() {
            "txt" => Format::Text,
            "json" => Format::Json,
            "jsonl" | "ndjson" => Format::Jsonl,
            "sarif" => Format::Sarif,
            "xml" => Format::Junit,
            "md" => Format::Markdown,
            "html" | "htm" => Format::Html,
            _ => return None,
        })
    }
}

/// A format, and the file that it goes to; standard output without one.
pub type Destination = (Format, Option<PathBuf>);

impl Telling {
    /// Notes where formats and outputs stand.
    pub(super) fn place(&mut self, matches: &ArgMatches) {
        let at = |name: &str| matches.indices_of(name).into_iter().flatten().collect::<Vec<_>>();
        self.places.extend(at("format").into_iter().map(|it| (it, true)));
        self.places.extend(at("output").into_iter().map(|it| (it, false)));
        self.places.sort_unstable();
    }

    /// What goes where; nothing where nothing was said.
    ///
    /// # Errors
    /// An output whose format nothing tells.
    pub fn destinations(&self) -> Result<Vec<Destination>, String> {
        let (mut formats, mut outputs) = (self.format.iter(), self.output.iter());
        let mut all: Vec<Destination> = Vec::new();
        let mut waiting: Option<Format> = None;
        for (_, is_format) in self.places() {
            if is_format {
                all.extend(waiting.take().map(|it| (it, None)));
                waiting = formats.next().copied();
                continue;
            }
            let Some(path) = outputs.next() else { continue };
            let format = waiting.take().or_else(|| Format::of(path)).ok_or_else(|| {
                format!(
                    "{}: its name tells no format: put --format before --output",
                    path.display()
                )
            })?;
            all.push((format, Some(path.clone())));
        }
        all.extend(waiting.map(|it| (it, None)));
        all.extend(self.report.iter().map(|it| (Format::Html, Some(it.clone()))));
        Ok(all)
    }

    /// Without places each output belongs to the format of its number.
    fn places(&self) -> Vec<(usize, bool)> {
        if !self.places.is_empty() {
            return self.places.clone();
        }
        let formats = (0..self.format.len()).map(|it| (2 * it, true));
        let mut all: Vec<_> =
            formats.chain((0..self.output.len()).map(|it| (2 * it + 1, false))).collect();
        all.sort_unstable();
        all
    }
}
