//! What a service keeps beside its volumes over a restart: where memory is mounted there, it is gone.

use std::collections::BTreeMap;

use super::bench::Shows;
use super::compare::Broken;
use super::files::{Contents, File, Place, is_by_the_way};
use crate::engine::{Content, Kind};
use crate::evidence::{holds_logs, is_fleeting};
use crate::trial::forgotten;
use crate::workload::paths::is_below;

/// How something is kept over a restart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kept {
    /// It is there as it was, or goes on from there.
    Surely,
    /// It is written anew with other numbers, and had this checksum before: a counter, or the time.
    Numbers(String),
    /// It is no file: only that it is there may mean something.
    Bare,
}

/// What is after a restart as it was before, or goes on from there. What is written anew and comes out the same tells
/// nothing.
pub(super) fn kept(it: &Place<'_>, before: &Contents, after: &Contents) -> BTreeMap<File, Kept> {
    let how = |was: &Content, is: &Content| match (is.kind, was.kind == is.kind) {
        (_, false) => None,
        (Kind::File, true) if was.modified == is.modified || was.numberless != is.numberless => {
            Some(Kept::Surely)
        }
        (Kind::File, true) if was.digest != is.digest => Some(Kept::Numbers(was.digest.clone())),
        (Kind::File, true) => None,
        (Kind::Folder | Kind::Other, true) => Some(Kept::Bare),
    };
    let all = after.iter().filter(|it| !is_of_process(it.0));
    all.filter_map(|(path, is)| Some((it.told(path), how(before.get(path)?, is)?))).collect()
}

/// Whether a file is of a process, and means nothing to the next one.
fn is_of_process(path: &str) -> bool {
    [".pid", ".lock", ".sock"].iter().any(|it| path.ends_with(it))
}

/// Whether a file is one of those that nobody counts on after a restart: a log, a cache.
fn is_passing(path: &str) -> bool {
    let is_log = || [".log", ".out", ".err"].iter().any(|it| path.ends_with(it));
    let folders = || path.match_indices('/').map(|it| &path[..it.0]);
    is_by_the_way(path) || is_fleeting(path) || is_log() || folders().any(holds_logs)
}

/// What a service forgets with each restart that it keeps as it is, both times that it was looked at.
pub(super) fn lost([first, again]: [&Shows; 2], after: &Shows) -> Option<Broken> {
    let goes = |it: &&File| after.memory.iter().any(|memory| is_below(&it.1, memory));
    // Numbers that are others in each run are the time, or what a process is called.
    let is_kept = |it: &(&File, &Kept)| match (it.1, again.kept.get(it.0)) {
        (_, None) => false,
        (Kept::Numbers(one), Some(Kept::Numbers(other))) => one == other,
        _ => true,
    };
    let gone: Vec<(&File, &Kept)> =
        first.kept.iter().filter(|it| goes(&it.0)).filter(is_kept).collect();
    if gone.is_empty() {
        return None;
    }
    let line = forgotten([first, again].map(Shows::said), after.said());
    let data = gone.into_iter().find(|it| *it.1 != Kept::Bare && !is_passing(&it.0.1));
    match (data.map(|it| it.0), line) {
        (Some((when, path)), line) => {
            let folder = after.memory.iter().find(|it| is_below(path, it));
            let folder = folder.map_or("", String::as_str);
            let what = format!(
                "it does not keep {path} over a restart ({when}), which it does as it is: mount a volume at {folder}, with \
                 what is in there now"
            );
            Some(Broken { what, line })
        }
        (None, Some(line)) => {
            let what = "after a restart it does not say what it says as it is".to_owned();
            Some(Broken { what, line: Some(line) })
        }
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(modified: u64, text: &str) -> Content {
        let numberless = text.replace(|it: char| it.is_ascii_digit(), "#");
        Content { kind: Kind::File, modified, digest: text.to_owned(), numberless }
    }

    #[test]
    fn what_goes_on_is_told_from_what_is_written_anew() {
        let form = crate::trial::Isolated::default();
        let container = ("", "own");
        let place = Place { form: &form, originals: None, when: "on fresh volumes", container };
        let names =
            ["/srv/same", "/srv/grown", "/srv/anew", "/srv/other", "/srv/own.pid", "/srv/time"];
        let all = |each: [(u64, &str); 6]| -> Contents {
            let each = each.map(|it| content(it.0, it.1));
            names.map(str::to_owned).into_iter().zip(each).collect()
        };
        let before = all([(1, "a"), (1, "b"), (1, "c"), (1, "d"), (1, "e"), (1, "at 1")]);
        let after = all([(1, "a"), (5, "bb"), (5, "c"), (5, "D"), (5, "f"), (5, "at 2")]);
        let mut kept = kept(&place, &before, &after).into_iter();
        let mut next = || kept.next().map(|it| (it.0.1, it.1));
        assert_eq!(next(), Some(("/srv/grown".to_owned(), Kept::Surely)));
        assert_eq!(next(), Some(("/srv/other".to_owned(), Kept::Surely)));
        assert_eq!(next(), Some(("/srv/same".to_owned(), Kept::Surely)));
        assert_eq!(next(), Some(("/srv/time".to_owned(), Kept::Numbers("at 1".to_owned()))));
        assert_eq!(next(), None);
    }

    #[test]
    fn numbers_that_differ_by_themselves_are_no_data() {
        let told = |one: &str, other: &str| {
            let [one, other] = [one, other].map(|it| {
                let numbers = Kept::Numbers(it.to_owned());
                let mut shows = shows("/srv/own/n", "", "");
                shows.kept.values_mut().for_each(|it| *it = numbers.clone());
                shows
            });
            lost([&one, &other], &shows("", "/srv/own", "")).is_some()
        };
        assert!(told("1", "1") && !told("12:00", "12:07"));
    }

    fn shows(kept: &str, memory: &str, later: &str) -> Shows {
        Shows {
            kept: BTreeMap::from([(("on fresh volumes", kept.to_owned()), Kept::Surely)]),
            memory: vec![memory.to_owned()],
            later: later.to_owned(),
            ..Shows::default()
        }
    }

    #[test]
    fn what_nobody_counts_on_breaks_where_a_line_misses_it() {
        let told = |kept: &str, memory: &str, was: &str| {
            let first = shows(kept, "", was);
            lost([&first, &first], &shows("", memory, "")).map(|it| it.what)
        };
        let data = told("/srv/own/id", "/srv/own", "");
        assert!(
            data.is_some_and(|it| it.contains("keep /srv/own/id") && it.contains("at /srv/own,"))
        );
        assert_eq!(told("/srv/own/id", "/srv/other", "known\n"), None);
        for passing in
            ["/tmp/id", "/srv/cache/id", "/var/log/own/a", "/srv/a.log", "/a/__pycache__/b"]
        {
            let memory = &passing[..passing.rfind('/').unwrap()];
            assert_eq!(told(passing, memory, ""), None, "{passing}");
            let line = told(passing, memory, "known\n");
            assert!(line.is_some_and(|it| it.contains("does not say")), "{passing}");
        }
    }
}
