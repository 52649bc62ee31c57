//! Tells an outcome in the formats that are wanted, each to where it belongs.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use super::output::{Sink, complain, print, print_patch};
use super::{DONE, FAILED, FOUND, Failure};
use crate::batch::Problem;
use crate::cli::{Destination, Format, Telling};
use crate::date::Date;
use crate::outcome::{Action, Outcome, Reported, Wanted};
use crate::report::shown::Shown;
use crate::report::{
    closing, diff, full, github, gitlab, html, json, junit, markdown, rdjson, sarif, text, waivers,
};
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
        let destinations: Vec<_> = wanted.into_iter().map(open).collect::<Result<_, _>>()?;
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

    /// Whether the checklist of every container is told.
    pub(super) fn wants_postures(&self) -> bool {
        self.destinations.iter().any(|it| it.0.wants_postures())
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
        for (format, sink) in self.destinations {
            let width = if sink.is_none() { width() } else { None };
            let text = match self.statistics && matches!(format, Format::Text | Format::Full) {
                true => closing::statistics(outcome),
                false => render(format, outcome, width),
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
            usual(outcome, self.statistics)?;
        }
        Ok(status)
    }
}

impl Teller {
    /// Tells the waivers of an outcome, and what is wrong with them; yields the exit status.
    ///
    /// # Errors
    /// It cannot be told.
    pub(super) fn tell_waivers(self, outcome: &Outcome, today: Date) -> Result<u8, Failure> {
        if self.quiet || !self.destinations.is_empty() {
            return self.tell(outcome);
        }
        problems(outcome);
        remarks(outcome);
        print(&waivers::render(outcome, today))?;
        if outcome.findings.iter().any(Reported::is_left) {
            print(&text::findings(outcome, width()))?;
        }
        Ok(self.status(outcome))
    }

    fn status(&self, outcome: &Outcome) -> u8 {
        match (outcome.is_failed(), outcome.found() && !self.exit_zero) {
            (true, _) => FAILED,
            (false, true) => FOUND,
            (false, false) => DONE,
        }
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
        return print(&closing::statistics(outcome));
    }
    if outcome.action != Action::Plan {
        return print(&text::render(outcome, width()));
    }
    print_patch(patches(outcome))?;
    complain(&closing::totals(outcome));
    Ok(())
}

/// What would be written, as one patch.
fn patches(outcome: &Outcome) -> String {
    let patch = |it: &crate::outcome::Judged| {
        let after = it.after.as_ref()?;
        Some(diff::unified(&it.path, it.before.tree.text(), after.tree.text()))
    };
    outcome.files.iter().filter_map(patch).collect()
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
        complain(&Shown::line(&text));
    }
}

/// Says what was left alone, and for what engine files are judged.
fn remarks(outcome: &Outcome) {
    let mut told = BTreeSet::new();
    for it in &outcome.remarks {
        let line = format!("{}: {}", it.path.display(), it.sentence());
        if told.insert(line.clone()) {
            complain(&Shown::line(&line));
        }
    }
}
