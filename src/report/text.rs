//! The usual report: a block for each container, a line for each finding, what is said of many said once, totals.

use std::borrow::Cow;
use std::fmt::Write as _;

use anstyle::Style;
use foldhash::{HashMap, HashSet};

use super::full::wrap;
use super::shown::{Shown, clean};
use super::style::{BOLD, DIM, confidence, paint, severity};
use super::{closing, standing};
use crate::evidence::Raise;
use crate::outcome::{Decided, Outcome, Reported};

/// How wide a report is that no terminal shows: lines there are for programs, which do not break them.
const WIDTH: usize = usize::MAX;

/// How many things of a kind are named.
const NAMED: usize = 3;

/// The report on a run.
pub fn render(outcome: &Outcome, width: Option<usize>) -> Shown {
    let shown = width;
    let mut parts = vec![findings(outcome, width)];
    let width = width.map_or(WIDTH, |it| it.max(40));
    parts.extend(closing::fixed(outcome));
    parts.extend(outcome.pods_told().map(|it| standing::line(outcome, it)));
    parts.extend(raises(outcome, width));
    parts.push(closing::table(outcome));
    parts.push(closing::totals(outcome, shown));
    Shown::all(parts)
}

/// The findings that are left, container by container.
fn findings(outcome: &Outcome, width: Option<usize>) -> Shown {
    findings_where(outcome, width, |_| true)
}

/// Those of them that are wanted.
pub(super) fn findings_where(
    outcome: &Outcome,
    width: Option<usize>,
    wanted: impl Fn(&Reported) -> bool,
) -> Shown {
    let width = width.map_or(WIDTH, |it| it.max(40));
    Shown::all(blocks(outcome, wanted).iter().map(|it| it.show(outcome, width)))
}

/// Containers of a file of which the same is to be said.
struct Block<'o> {
    file: usize,
    /// The containers; none for what is about none.
    whom: Vec<usize>,
    findings: Vec<&'o Reported>,
}

/// The blocks in the order of the files.
fn blocks(outcome: &Outcome, wanted: impl Fn(&Reported) -> bool) -> Vec<Block<'_>> {
    let mut of: HashMap<(usize, Option<usize>), usize> = HashMap::default();
    let mut all: Vec<Block<'_>> = Vec::new();
    for it in outcome.findings.iter().filter(|it| it.is_left() && wanted(it)) {
        let at = *of.entry((it.file, it.container)).or_insert_with(|| {
            all.push(Block {
                file: it.file,
                whom: it.container.into_iter().collect(),
                findings: Vec::new(),
            });
            all.len() - 1
        });
        all[at].findings.push(it);
    }
    all.sort_by_cached_key(|it| (it.file, it.line(outcome)));
    let mut joined: Vec<Block<'_>> = Vec::new();
    let mut known: HashMap<(usize, Vec<Said<'_>>), usize> = HashMap::default();
    for block in all {
        let said = block.said_of_all(outcome).map(|it| (block.file, it));
        match said.as_ref().and_then(|it| known.get(it)) {
            Some(at) => joined[*at].whom.extend(block.whom),
            None => {
                known.extend(said.map(|it| (it, joined.len())));
                joined.push(block);
            }
        }
    }
    joined
}

/// What is said by a finding, wherever it stands: its rule, how bad it is, how sure its fix is, and the message.
type Said<'o> = (&'static str, &'static str, &'static str, &'o str, Option<&'o Decided>);

impl<'o> Block<'o> {
    /// The line that it begins with.
    fn line(&self, outcome: &Outcome) -> usize {
        let own = self.whom.first().map(|it| &outcome.containers[*it]);
        match own.filter(|it| it.file == self.file) {
            Some(it) => it.line,
            None => self.findings.first().map_or(0, |it| it.place().0),
        }
    }

    /// What is said here, if all of it is said of the whole container: then it may be said of others as well.
    fn said_of_all(&self, outcome: &Outcome) -> Option<Vec<Said<'o>>> {
        let line = self.line(outcome);
        let is_of_all =
            !self.whom.is_empty() && self.findings.iter().all(|it| it.place().0 == line);
        let said = |it: &&'o Reported| -> Said<'o> {
            let (decided, it) = (it.decided.as_deref(), &it.finding);
            (it.rule, it.severity.name(), it.confidence().name(), &it.message, decided)
        };
        is_of_all.then(|| self.findings.iter().map(said).collect())
    }

    fn show(&self, outcome: &Outcome, width: usize) -> Shown {
        let line = self.line(outcome);
        let mut parts = vec![self.head(outcome, line, width)];
        for it in &self.findings {
            let finding = &it.finding;
            let own = it.place().0;
            let at = if own == line { String::new() } else { format!(":{own}") };
            let sure = finding.confidence();
            let mut start = String::with_capacity(128);
            let _ = write!(start, "{at:>6} ");
            pad(&mut start, severity(finding.severity), (finding.severity.name(), 8));
            pad(&mut start, Style::new(), (finding.rule, 22));
            pad(&mut start, confidence(sure), (sure.name(), 6));
            let indent = 6 + 1 + 8 + 1 + finding.rule.len().max(22) + 1 + 6 + 1;
            let message = match &it.decided {
                None => clean(&finding.message),
                Some(it) => {
                    Cow::Owned(clean(&format!("{} ({})", finding.message, it.text())).into_owned())
                }
            };
            let message = wrap(&message, width.saturating_sub(indent).max(24));
            let mut lines = message.lines();
            start.push_str(lines.next().unwrap_or_default());
            parts.push(Shown::painted(&start));
            parts.extend(lines.map(|it| Shown::line(&format!("{:indent$}{it}", ""))));
        }
        Shown::all(parts)
    }

    fn head(&self, outcome: &Outcome, line: usize, width: usize) -> Shown {
        let path = outcome.files[self.file].path.display().to_string();
        let mut text = format!("{}:{line}:", clean(&path));
        for (at, it) in self.whom.iter().enumerate() {
            let it = &outcome.containers[*it];
            let comma = if at > 0 { "," } else { "" };
            let place = if at > 0 { format!(" :{}", it.line) } else { String::new() };
            let name = if at > 0 {
                it.name.trim_start_matches("service ").trim_start_matches("container ")
            } else {
                &it.name
            };
            let _ = write!(text, "{comma}{place} {}", clean(name));
        }
        if let ([one], false) = (&*self.whom, self.whom.is_empty())
            && let Some(image) = &outcome.containers[*one].image
        {
            let _ = write!(text, " ({})", clean(image));
        }
        if self.whom.is_empty() {
            let subject = self.findings.first().map_or("", |it| &*it.finding.subject);
            let _ = write!(text, " {}", clean(subject));
        }
        // A path stays whole, whatever the width.
        let lines = if self.whom.len() > 1 { wrap(&text, width) } else { text };
        Shown::all(hanging(&lines).map(|it| Shown::painted(&paint(BOLD, &it))))
    }
}

/// Adds a word of ASCII in a style, as a column so wide, and a blank. There are some of these for each finding.
fn pad(line: &mut String, style: Style, (word, width): (&str, usize)) {
    const BLANKS: &str = "                        ";
    if style != Style::new() {
        let _ = write!(line, "{style}");
    }
    line.push_str(word);
    line.push_str(&BLANKS[..width.saturating_sub(word.len())]);
    if style != Style::new() {
        let _ = write!(line, "{style:#}");
    }
    line.push(' ');
}

/// Lines of which those after the first are indented.
fn hanging(text: &str) -> impl Iterator<Item = String> {
    let indent = |(at, it): (usize, &str)| format!("{:1$}{it}", "", if at == 0 { 0 } else { 4 });
    text.lines().enumerate().map(indent).collect::<Vec<_>>().into_iter()
}

/// What would make risky fixes likely, each way once with what it is about.
fn raises(outcome: &Outcome, width: usize) -> Vec<Shown> {
    let mut all: Vec<(&Raise, Vec<&str>, usize)> = Vec::new();
    // Of thousands of containers each may be about an image of its own.
    let mut known: HashSet<(usize, &str)> = HashSet::default();
    for (_, raise) in outcome.raises() {
        let same =
            |it: &(&Raise, Vec<&str>, usize)| it.0.lacks == raise.lacks && it.0.how == raise.how;
        let at = all.iter().position(same).unwrap_or_else(|| {
            all.push((raise, Vec::new(), 0));
            all.len() - 1
        });
        all[at].2 += 1;
        let about = raise.about.as_deref().filter(|it| known.insert((at, it)));
        all[at].1.extend(about);
    }
    all.sort_by_key(|it| std::cmp::Reverse(it.2));
    let line = |(raise, about, count): (&Raise, Vec<&str>, usize)| {
        let named = about[..about.len().min(NAMED)].join(", ");
        let more = match about.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let lacks = raise.lacks.replacen("{}", &format!("{named}{more}"), 1);
        let text =
            format!("  {}: {lacks}: {}", super::closing::count(count, "container"), raise.how);
        let text = clean(&text);
        Shown::all(hanging(&wrap(&text, width - 4)).map(|it| Shown::line(&it)))
    };
    let mut lines: Vec<Shown> = all.into_iter().map(line).collect();
    if !lines.is_empty() {
        let head = "to make risky fixes likely (`--format full` says it for each):";
        lines.insert(0, Shown::painted(&format!("\n{}", paint(DIM, head))));
    }
    lines
}
