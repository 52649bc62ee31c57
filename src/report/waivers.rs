//! The waivers of a run: where they stand, what they cover, until when, and why.

use super::closing::count;
use super::shown::Shown;
use super::style::{BOLD, paint};
use super::text;
use crate::date::Date;
use crate::outcome::{Covered, Outcome, Reported, Waiver};
use crate::rules::BROKEN_WAIVER;

/// How many of the findings that a waiver covers are named.
const NAMED: usize = 5;

/// A line for each waiver, those that end first at the beginning, with what it covers; then what is wrong with waivers.
pub fn render(outcome: &Outcome, today: Date, width: Option<usize>) -> Shown {
    let mut all: Vec<&Waiver> = outcome.waivers.iter().collect();
    all.sort_by_key(|it| (it.until.is_none(), it.until, it.file, it.span.start));
    let total = Shown::painted(&paint(BOLD, &format!("{} in the run", count(all.len(), "waiver"))));
    let lines = all.iter().flat_map(|it| of_one(outcome, it, today));
    let is_dead = |it: &Reported| it.finding.rule == BROKEN_WAIVER.id;
    let dead = text::findings_where(outcome, width, is_dead);
    Shown::all(lines.chain([total, dead]))
}

fn of_one(outcome: &Outcome, it: &Waiver, today: Date) -> Vec<Shown> {
    let until = match it.until {
        None => "for good".to_owned(),
        Some(until) => match today.days_until(until) {
            days if days < 0 => format!("ended on {until}"),
            0 => format!("until {until}, today"),
            1 => format!("until {until}, 1 day"),
            days => format!("until {until}, {days} days"),
        },
    };
    let place = place(outcome, it.file, it.span.start);
    let covers = count(it.covered(), "finding");
    let head = format!("{place}: {} ({covers}, {until}): {}", it.rules.join(", "), it.reason);
    let covered = |it: &Covered| {
        let place = self::place(outcome, it.file, it.span.start);
        Shown::line(&format!("    {place}: {}: {}", it.subject, it.rule))
    };
    let mut lines = vec![Shown::line(&head)];
    lines.extend(it.findings.iter().take(NAMED).map(covered));
    if let Some(more) = it.findings.len().checked_sub(NAMED).filter(|it| *it > 0) {
        lines.push(Shown::line(&format!("    and {more} more")));
    }
    lines
}

fn place(outcome: &Outcome, file: usize, start: usize) -> String {
    let file = &outcome.files[file];
    format!("{}:{}", file.path.display(), file.now().tree.position(start).line)
}
