//! Whether a service still knows after a restart what it knew before, by what it says.

use std::collections::BTreeSet;

use super::logs::{goes_with_root, plain, shown};

/// What a service said in a run.
#[derive(Debug, Clone, Copy)]
pub struct Said<'s> {
    /// Up to the restart.
    pub before: &'s str,
    /// From there on.
    pub later: &'s str,
}

/// A line that shows that a run forgot what both runs as it was knew after their restarts: one that they said after it
/// alone and that is missing, or one that they said before it alone and that is said again. Numbers and times aside, or
/// with them: both runs have the same where they count something.
pub fn forgotten(was: [Said<'_>; 2], is: Said<'_>) -> Option<String> {
    forgotten_as(was, is, plain).or_else(|| forgotten_as(was, is, |line| line.trim().to_owned()))
}

fn forgotten_as(was: [Said<'_>; 2], is: Said<'_>, form: fn(&str) -> String) -> Option<String> {
    let [first, again] = was.map(|it| Lines::of(it, form));
    let now = Lines::of(is, form);
    let missing =
        |line: &str| first.only_later(line) && again.only_later(line) && !now.later.contains(line);
    let repeated = |line: &str| first.only_before(line) && again.only_before(line);
    let find = |text: &str, is_so: &dyn Fn(&str) -> bool| {
        let mut told = text.lines().filter(|it| !goes_with_root(it));
        told.find(|it| is_so(&form(it))).map(shown)
    };
    find(was[0].later, &missing).or_else(|| find(is.later, &repeated))
}

/// Lines in a form that tells them apart.
struct Lines {
    before: BTreeSet<String>,
    later: BTreeSet<String>,
}

impl Lines {
    fn of(said: Said<'_>, form: fn(&str) -> String) -> Lines {
        let all = |text: &str| text.lines().map(form).filter(|it| !it.is_empty()).collect();
        Lines { before: all(said.before), later: all(said.later) }
    }

    fn only_before(&self, line: &str) -> bool {
        self.before.contains(line) && !self.later.contains(line)
    }

    fn only_later(&self, line: &str) -> bool {
        self.later.contains(line) && !self.before.contains(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(was: Said<'_>, is: Said<'_>) -> Option<String> {
        forgotten([was, was], is)
    }

    const WAS: Said<'static> =
        Said { before: "12:00 up\nnew key 12\n", later: "12:01 up\nkey 12 is known\n" };

    #[test]
    fn what_is_not_said_again_or_said_again_shows_that_something_is_forgotten() {
        let is = Said { before: "13:00 up\nnew key 7\n", later: "13:01 up\nnew key 8\n" };
        assert_eq!(told(WAS, is), Some("key 12 is known".to_owned()));
        let is = Said { later: "13:01 up\nkey 7 is known\nnew key 8\n", ..is };
        assert_eq!(told(WAS, is), Some("new key 8".to_owned()));
    }

    #[test]
    fn numbers_that_both_runs_have_count() {
        let was = Said { before: "loaded 1 orders\n", later: "loaded 2 orders\n" };
        let is = Said { before: "loaded 1 orders\n", later: "loaded 1 orders\n" };
        assert_eq!(told(was, is), Some("loaded 2 orders".to_owned()));
        assert_eq!(told(was, was), None);
        // The time is another one in each run.
        let again = Said { before: "12:00 up\n", later: "12:03 up\n" };
        let was = Said { before: "11:00 up\n", later: "11:03 up\n" };
        let is = Said { before: "13:00 up\n", later: "13:03 up\n" };
        assert_eq!(forgotten([was, again], is), None);
    }

    #[test]
    fn what_is_said_at_the_same_points_shows_nothing() {
        let [again, same] = [9, 7].map(|it| {
            (format!("13:0{it} up\nnew key {it}\n"), format!("13:1{it} up\nkey {it} is known\n"))
        });
        let [again, same] = [&again, &same]
            .map(|(before, later)| Said { before: before.as_str(), later: later.as_str() });
        assert_eq!(forgotten([WAS, again], same), None);
        // What one run alone said tells nothing, nor what goes with the user.
        let other = Said { before: "", later: "" };
        assert_eq!(forgotten([WAS, other], other), None);
        let root = Said { before: "", later: "chown done\n" };
        assert_eq!(told(root, other), None);
    }
}
