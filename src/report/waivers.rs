//! The waivers of a run: where they stand, what they cover, until when, and why.

use super::shown::Shown;
use super::style::{BOLD, paint};
use crate::date::Date;
use crate::outcome::{Outcome, Waiver};

/// A line for each waiver, those that end first at the beginning.
pub fn render(outcome: &Outcome, today: Date) -> Shown {
    let mut all: Vec<&Waiver> = outcome.waivers.iter().collect();
    all.sort_by_key(|it| (it.until.is_none(), it.until, it.file, it.span.start));
    let line = |it: &&Waiver| {
        let file = &outcome.files[it.file];
        let line = file.now().tree.position(it.span.start).line;
        let until = match it.until {
            None => "for good".to_owned(),
            Some(until) => match today.days_until(until) {
                days if days < 0 => format!("ended on {until}"),
                0 => format!("until {until}, today"),
                1 => format!("until {until}, 1 day"),
                days => format!("until {until}, {days} days"),
            },
        };
        let covers = super::closing::count(it.covered(), "finding");
        let place = format!("{}:{line}", file.path.display());
        Shown::line(&format!("{place}: {} ({covers}, {until}): {}", it.rules.join(", "), it.reason))
    };
    let total = format!("{} in the run", super::closing::count(all.len(), "waiver"));
    let lines = all.iter().map(line);
    Shown::all(lines.chain([Shown::painted(&paint(BOLD, &total))]))
}
