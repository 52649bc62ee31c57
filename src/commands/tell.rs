//! Tells an outcome in the formats that are wanted, each to where it belongs.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use super::output::{Sink, complain, complain_line, print, print_patch};
use super::{DONE, FAILED, FOUND, Failure};
use crate::batch::Problem;
use crate::cli::{Destination, Format, Telling};
use crate::date::Date;
use crate::outcome::{Action, Judged, Outcome, Reported, Wanted};
use crate::report::patch::{Change, patch};
use crate::report::shown::Shown;
use crate::report::undo::WAY_BACK;
use crate::report::{
    closing, full, github, gitlab, html, json, junit, markdown, rdjson, sarif, text, waivers,
};
use crate::review::Ended;
use crate::rules::BROKEN_WAIVER;
use crate::severity::Severity;

/// Where the outcome goes, found out and opened before anything is read or written.
pub(super) struct Teller {
    destinations: Vec<(Format, Option<Sink>)>,
    quiet: bool,
    statistics: bool,
    exit_zero: bool,
    /// Whether somebody said what severity counts.
    least: Option<Severity>,
}

impl Teller {
    /// Opens the files that reports go to.
    ///
    /// # Errors
    /// What is wanted contradicts itself, a file that cannot be written.
    pub(super) fn open(telling: &Telling) -> Result<Teller, Failure> {
        let wanted: Vec<Destination> = telling.destinations().map_err(Failure)?;
        let open = |it: Destination| Ok((it.0, Sink::open(it.1.as_deref())?));
        let destinations: Vec<_> = wanted.into_iter().map(open).collect::<Result<_, Failure>>()?;
        apart(&destinations)?;
        Ok(Teller {
            destinations,
            quiet: telling.quiet,
            statistics: telling.statistics,
            exit_zero: telling.exit_zero,
            least: telling.min_severity.map(Into::into),
        })
    }

    /// The files that reports go to.
    pub(super) fn sinks(&self) -> impl Iterator<Item = &Sink> {
        self.destinations.iter().filter_map(|it| it.1.as_ref())
    }

    /// What has to be found out for it.
    pub(super) fn wanted(&self, whole: bool) -> Wanted {
        let edits = self.destinations.iter().any(|it| it.0.wants_edits());
        Wanted { edits, whole, ..Wanted::default() }
    }

    /// Whether findings are told with what they are known by.
    pub(super) fn wants_prints(&self) -> bool {
        self.destinations.iter().any(|it| it.0.wants_prints())
    }

    /// Whether the checklist of every container is told.
    pub(super) fn wants_postures(&self) -> bool {
        self.destinations.iter().any(|it| it.0.wants_postures())
    }

    /// Tells what a session came to, of which much was told while it went on.
    ///
    /// # Errors
    /// It cannot be told.
    pub(super) fn tell_session(self, outcome: &Outcome, ended: &Ended) -> Result<(), Failure> {
        if !self.quiet && !ended.open {
            remarks(outcome);
        }
        let mut shown = self.quiet;
        let mut way_is_told = self.quiet || outcome.way_back.is_none();
        for (format, sink) in self.destinations {
            let is_for_people = matches!(format, Format::Text | Format::Full);
            let width = if sink.is_none() { width() } else { None };
            let text = render(format, outcome, width);
            match sink {
                Some(sink) => sink.write(&text)?,
                None => {
                    print(&text)?;
                    shown = true;
                    way_is_told |= is_for_people;
                }
            }
        }
        match (shown, self.statistics) {
            (false, true) => print(&closing::statistics(outcome, width()))?,
            (false, false) => print(&closing::totals(outcome, width()))?,
            (true, _) if !way_is_told => complain(&Shown::line(WAY_BACK)),
            (true, _) => (),
        }
        Ok(())
    }

    /// Takes out what nobody wants to be told.
    pub(super) fn filter(&self, outcome: &mut Outcome) {
        if let Some(least) = self.least {
            outcome.least = least;
            outcome.keep(|it| it.finding.severity >= least);
        }
    }

    /// Tells the outcome; yields the exit status.
    ///
    /// # Errors
    /// It cannot be told.
    pub(super) fn tell(self, outcome: &Outcome) -> Result<u8, Failure> {
        problems(outcome);
        if !self.quiet {
            remarks(outcome);
        }
        let status = self.status(outcome);
        let mut shown = self.quiet;
        let mut way_is_told = self.quiet || outcome.way_back.is_none();
        for (format, sink) in self.destinations {
            let width = if sink.is_none() { width() } else { None };
            let text = match self.statistics && matches!(format, Format::Text | Format::Full) {
                true => closing::statistics(outcome, width),
                false => render(format, outcome, width),
            };
            match sink {
                Some(sink) => sink.write(&text)?,
                None => {
                    print(&text)?;
                    shown = true;
                    way_is_told |= matches!(format, Format::Text | Format::Full);
                }
            }
        }
        match shown {
            false => usual(outcome, self.statistics)?,
            true if !way_is_told => complain(&Shown::line(WAY_BACK)),
            true => (),
        }
        Ok(status)
    }
}

impl Teller {
    /// Sees to it that waivers can be told as it is wanted.
    ///
    /// # Errors
    /// A format that has no place for them.
    pub(super) fn knows_waivers(&self) -> Result<(), Failure> {
        let knows =
            |it: Format| matches!(it, Format::Text | Format::Full | Format::Json | Format::Jsonl);
        match self.destinations.iter().all(|it| knows(it.0)) {
            true => Ok(()),
            false => Err(Failure(
                "--waivers is told as text, json or jsonl: run `casehard check` without it for the other formats"
                    .to_owned(),
            )),
        }
    }

    /// Tells the waivers of an outcome, and what is wrong with them; yields the exit status, which follows from that
    /// alone.
    ///
    /// # Errors
    /// It cannot be told.
    pub(super) fn tell_waivers(self, outcome: &Outcome, today: Date) -> Result<u8, Failure> {
        problems(outcome);
        if !self.quiet {
            remarks(outcome);
        }
        let list = waivers::render(outcome, today, width());
        let is_dead = |it: &Reported| it.finding.rule == BROKEN_WAIVER.id && it.is_left();
        let status = match (outcome.is_failed(), outcome.findings.iter().any(is_dead)) {
            (true, _) => FAILED,
            (false, true) if !self.exit_zero => FOUND,
            (false, _) => DONE,
        };
        let mut shown = self.quiet;
        for (format, sink) in self.destinations {
            let text = match format {
                Format::Json | Format::Jsonl => render(format, outcome, None),
                _ => list.clone(),
            };
            match sink {
                Some(sink) => sink.write(&text)?,
                None => {
                    print(&text)?;
                    shown = true;
                }
            }
        }
        if !shown {
            print(&list)?;
        }
        Ok(status)
    }

    fn status(&self, outcome: &Outcome) -> u8 {
        match (outcome.is_failed(), outcome.found() && !self.exit_zero) {
            (true, _) => FAILED,
            (false, true) => FOUND,
            (false, false) => DONE,
        }
    }

    /// Whether a report goes to standard output.
    pub(super) fn prints(&self) -> bool {
        self.destinations.iter().any(|it| it.1.is_none())
    }

    /// Tells an outcome whose standard output is taken: only files of reports are written.
    ///
    /// # Errors
    /// It cannot be told.
    pub(super) fn tell_aside(self, outcome: &Outcome) -> Result<(), Failure> {
        problems(outcome);
        if !self.quiet {
            remarks(outcome);
        }
        for (format, sink) in self.destinations {
            if let Some(sink) = sink {
                sink.write(&render(format, outcome, None))?;
            }
        }
        Ok(())
    }
}

/// Sees to it that no two formats go to one place, whatever it is called.
fn apart(all: &[(Format, Option<Sink>)]) -> Result<(), Failure> {
    for (at, (_, sink)) in all.iter().enumerate() {
        let same = |other: &&(Format, Option<Sink>)| match (sink, &other.1) {
            (Some(one), Some(other)) => one.is(other),
            (one, other) => one.is_none() && other.is_none(),
        };
        if all[..at].iter().any(|it| same(&it)) {
            return Err(Failure(match sink {
                Some(it) => format!("{}: two formats go to this file", it.path().display()),
                None => {
                    "two formats go to standard output: put --output after one of them".to_owned()
                }
            }));
        }
    }
    Ok(())
}

fn render(format: Format, outcome: &Outcome, width: Option<usize>) -> Shown {
    match format {
        Format::Text => text::render(outcome, width),
        Format::Full => full::render(outcome, width),
        Format::Json => json::whole(outcome),
        Format::Jsonl => json::lines(outcome),
        Format::Sarif => sarif::render(outcome),
        Format::Github => github::render(outcome),
        Format::Gitlab => gitlab::render(outcome),
        Format::Junit => junit::render(outcome),
        Format::Rdjson => rdjson::render(outcome),
        Format::Markdown => markdown::render(outcome),
        Format::Html => html::render(outcome),
    }
}

/// What is printed where nothing else is wanted there.
fn usual(outcome: &Outcome, statistics: bool) -> Result<(), Failure> {
    if statistics {
        return print(&closing::statistics(outcome, width()));
    }
    if outcome.action != Action::Plan {
        return print(&text::render(outcome, width()));
    }
    print_patch(patches(outcome))?;
    let width = console::Term::stderr().size_checked().map(|it| usize::from(it.1));
    complain(&closing::totals(outcome, width));
    Ok(())
}

/// What would be written, as one patch.
fn patches(outcome: &Outcome) -> String {
    let changes: Vec<Change<'_>> = outcome.files.iter().filter_map(change).collect();
    patch(&changes, &std::env::current_dir().unwrap_or_default())
}

fn change(it: &Judged) -> Option<Change<'_>> {
    let new = it.after.as_ref()?.tree.text();
    // What is made for it has no text yet.
    let is_new = it.before.tree.text().is_empty() && !it.path.exists();
    Some(Change { is_new, ..Change::of(&it.path, &it.before.tree, new) })
}

/// How wide the terminal is that shows what is printed, if one does.
pub(super) fn width() -> Option<usize> {
    console::Term::stdout().size_checked().map(|it| usize::from(it.1))
}

/// Says what could not be done.
pub(super) fn problems(outcome: &Outcome) {
    tell_problems(&outcome.problems);
    closing::failures(outcome).iter().for_each(complain);
}

/// Says what could not be judged. What a file gets wrong in the same way in several places is told once.
pub(super) fn tell_problems(problems: &[Problem]) {
    let mut places: HashMap<(&Path, &str), HashSet<_>> = HashMap::new();
    for it in problems {
        places.entry((&it.path, &it.message)).or_default().insert(it.place);
    }
    for it in problems {
        let Some(places) = places.remove(&(&*it.path, &*it.message)) else { continue };
        let place = it.at();
        let more = match places.len() - 1 {
            0 => String::new(),
            1 => " (and in one place more)".to_owned(),
            more => format!(" (and in {more} places more)"),
        };
        let text = format!("{}{place}: {}{more}", it.path.display(), it.message);
        complain_line(&text);
    }
}

/// Says what was left alone, and for what engine files are judged.
fn remarks(outcome: &Outcome) {
    let mut told = BTreeSet::new();
    for it in &outcome.remarks {
        let at = it.line.map_or(String::new(), |it| format!(":{it}"));
        let line = format!("{}{at}: {}", it.path.display(), it.sentence());
        if told.insert(line.clone()) {
            complain(&Shown::line(&line));
        }
    }
}
