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
/// alone and that is missing, or one that they said before it alone and that is said again.
pub fn forgotten(was: [Said<'_>; 2], is: Said<'_>) -> Option<String> {
    let [first, again] = was.map(|it| Lines::of(it));
    let now = Lines::of(is);
    let missing =
        |line: &str| first.only_later(line) && again.only_later(line) && !now.later.contains(line);
    let repeated = |line: &str| first.only_before(line) && again.only_before(line);
    let find = |text: &str, is_so: &dyn Fn(&str) -> bool| {
        let mut told = text.lines().filter(|it| !goes_with_root(it));
        told.find(|it| is_so(&plain(it))).map(shown)
    };
    find(was[0].later, &missing).or_else(|| find(is.later, &repeated))
}

/// Lines, numbers and times aside.
struct Lines {
    before: BTreeSet<String>,
    later: BTreeSet<String>,
}

impl Lines {
    fn of(said: Said<'_>) -> Lines {
        let all = |text: &str| text.lines().map(plain).filter(|it| !it.is_empty()).collect();
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
    fn what_is_said_at_the_same_points_shows_nothing() {
        let same = Said { before: "13:00 up\nnew key 7\n", later: "13:01 up\nkey 7 is known\n" };
        assert_eq!(told(WAS, same), None);
        // What one run alone said tells nothing, nor what goes with the user.
        let other = Said { before: "", later: "" };
        assert_eq!(forgotten([WAS, other], other), None);
        let root = Said { before: "", later: "chown done\n" };
        assert_eq!(told(root, other), None);
    }
}
