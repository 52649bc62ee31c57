//! What a service keeps beside its volumes over a restart: where memory is mounted there, it is gone.

use std::collections::{BTreeMap, BTreeSet};

use super::bench::Shows;
use super::compare::{Before, Broken};
use super::files::{Contents, File, Place, is_by_the_way};
use super::names::{known_folder, made_up};
use crate::engine::{Content, Kind, numberless};
use crate::evidence::holds_logs;
use crate::trial::forgotten;
use crate::workload::paths::is_below;

/// How something is kept over a restart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kept {
    /// It is there as it was.
    Same,
    /// It says something else: it goes on, or is written anew.
    Changed,
    /// It is written anew with other numbers, and had this checksum before: a counter, or the time.
    Numbers(String),
    /// It is no file: only that it is there may mean something.
    Bare,
}

/// What is after a restart as it was before, or goes on from there. What is written anew and comes out the same tells
/// nothing.
pub(super) fn kept(it: &Place<'_>, before: &Contents, after: &Contents) -> BTreeMap<File, Kept> {
    let how = |was: &Content, is: &Content| {
        let same = was.digest == is.digest;
        match is.kind {
            _ if was.kind != is.kind => None,
            Kind::Folder => Some(Kept::Bare),
            Kind::Other if same => Some(Kept::Bare),
            Kind::File if same => (was.modified == is.modified).then_some(Kept::Same),
            // One whose time is set back is not written anew.
            Kind::File if was.modified == is.modified => Some(Kept::Changed),
            Kind::File | Kind::Other if was.numberless != is.numberless => Some(Kept::Changed),
            Kind::File | Kind::Other => Some(Kept::Numbers(was.digest.clone())),
        }
    };
    let all = after.iter().filter_map(|(path, is)| {
        let how = how(before.get(path)?, is).filter(|how| !is_of_process(path, how))?;
        Some((it.told(path), how))
    });
    all.collect()
}

/// Whether a file is of a process, and means nothing to the next one. Locks are also what versions are held by.
fn is_of_process(path: &str, how: &Kept) -> bool {
    path.ends_with(".lock") && *how != Kept::Changed
        || [".pid", ".sock"].iter().any(|it| path.ends_with(it))
}

/// What databases are called, which are no caches wherever they lie.
const DATABASES: [&str; 5] = [".db", ".sqlite", ".sqlite3", ".rdb", ".aof"];

/// Whether a path lies where everything goes with the machine's start.
fn is_of_the_run(path: &str) -> bool {
    ["/tmp", "/run", "/var/run", "/dev/shm"].iter().any(|it| is_below(path, it))
}

/// Whether a path lies where caches do. A folder called `tmp` or `run` elsewhere may hold anything.
fn is_cache(path: &str) -> bool {
    let is_named = || path.split('/').any(|it| matches!(it, "cache" | ".cache"));
    is_of_the_run(path) || is_named()
}

/// Whether a file is one of those that nobody counts on after a restart: a log, a cache.
fn is_passing(path: &str) -> bool {
    const NAMES: [&str; 5] = ["log", "access", "error", "audit", "debug"];
    let is_log = || [".log", ".out", ".err"].iter().any(|it| path.ends_with(it));
    let folders = || path.match_indices('/').map(|it| &path[..it.0]);
    // Databases keep what they promised in folders of that name, too.
    let name = path.rsplit('/').next().unwrap_or_default();
    let says_so = || NAMES.iter().any(|it| name.contains(it)) || is_below(path, "/var/log");
    let is_among_logs = || folders().any(holds_logs) && says_so();
    let is_database = || DATABASES.iter().any(|it| path.ends_with(it)) && !is_of_the_run(path);
    (is_by_the_way(path) || is_cache(path) || is_log() || is_among_logs()) && !is_database()
}

/// A file that a service keeps over a restart as it is, and that goes where memory is mounted.
struct Gone<'s> {
    when: &'static str,
    file: &'s str,
    /// What is told of it: its path, or the folder of it where its name is another one each time.
    path: &'s str,
    /// Where the memory is.
    memory: &'s str,
    how: &'s Kept,
    /// Whether its name is another one each time.
    is_made_up: bool,
}

impl Gone<'_> {
    /// Whether somebody may miss it.
    fn is_data(&self) -> bool {
        *self.how != Kept::Bare && !is_passing(self.file)
    }

    fn told(&self) -> String {
        let Gone { when, path, memory, .. } = self;
        let volume = format!("mount a volume at {memory}, with what is in there now");
        match self.how {
            _ if self.is_made_up => format!(
                "it does not keep the files that it adds to {path} over a restart ({when}), which it does as it is: {volume}"
            ),
            Kept::Changed | Kept::Numbers(_) => format!(
                "{path} is gone after a restart ({when}); as it is it stays, and changes: if it is not written anew at \
                 each start, {volume}"
            ),
            Kept::Same | Kept::Bare => format!(
                "it does not keep {path} over a restart ({when}), which it does as it is: {volume}"
            ),
        }
    }
}

/// What a service keeps over a restart as it is, both times that it was looked at, and what of that goes with memory.
fn gone<'s>([first, again]: [&'s Shows; 2], after: &'s Shows) -> Vec<Gone<'s>> {
    let files = |it: &'s Shows| it.kept.keys().collect::<BTreeSet<&File>>();
    let (own, other) = (files(first), files(again));
    let made_up: BTreeSet<&File> = made_up([&own, &other]).collect();
    let each = first.kept.iter().filter_map(|(it, how)| {
        let (when, file) = it;
        // Files are known without numbers.
        let memory = after.memory.iter().find(|it| is_below(file, &numberless(it)))?;
        let is_made_up = made_up.contains(it);
        match (how, again.kept.get(it)) {
            // Numbers that are others in each run are the time, or what a process is called.
            (Kept::Numbers(one), Some(Kept::Numbers(other))) if one != other => return None,
            (_, None) if !is_made_up => return None,
            _ => (),
        }
        let path = if is_made_up { known_folder(file, &again.kept.keys()) } else { file };
        Some(Gone { when, file, path, memory, how, is_made_up })
    });
    each.collect()
}

/// What a service forgets with each restart that it keeps as it is.
pub(super) fn lost(was: [&Shows; 2], after: &Shows) -> Option<Broken> {
    let gone = gone(was, after);
    if gone.is_empty() {
        return None;
    }
    let line = forgotten(was.map(Shows::said), after.said());
    match (gone.iter().find(|it| it.is_data()), line) {
        (Some(it), line) => Some(Broken { what: it.told(), line }),
        (None, Some(line)) => {
            let what = "after a restart it does not say what it says as it is".to_owned();
            Some(Broken { what, line: Some(line) })
        }
        (None, None) => None,
    }
}

/// What goes with each restart, where that breaks nothing: logs, caches, links and empty folders.
pub(super) fn fleeting(service: &str, before: &Before, after: &Shows) -> BTreeSet<String> {
    let first = before.first.get(service);
    let Some(both) = first.zip(before.again.get(service)) else { return BTreeSet::new() };
    let is_told = |it: &Gone<'_>| !is_by_the_way(it.file) || is_below(it.file, "/var/tmp");
    let all = gone([both.0, both.1], after).into_iter();
    all.filter(is_told).map(|it| it.path.to_owned()).collect()
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
        let names = [
            "/srv/same",
            "/srv/grown",
            "/srv/anew",
            "/srv/other",
            "/srv/own.pid",
            "/srv/time",
            "/srv/back",
            "/srv/db.lock",
            "/srv/deps.lock",
        ];
        let all = |each: [(u64, &str); 9]| -> Contents {
            let each = each.map(|it| content(it.0, it.1));
            names.map(str::to_owned).into_iter().zip(each).collect()
        };
        let [same, lock] = [(1, "a"), (1, "1")];
        let before = all([
            same,
            (1, "b"),
            (1, "c"),
            (1, "d"),
            (1, "e"),
            (1, "at 1"),
            (0, "1"),
            lock,
            (1, "a"),
        ]);
        let after = all([
            same,
            (5, "bb"),
            (5, "c"),
            (5, "D"),
            (5, "f"),
            (5, "at 2"),
            (0, "2"),
            (5, "2"),
            (5, "a b"),
        ]);
        let mut kept = kept(&place, &before, &after).into_iter();
        let mut next = || kept.next().map(|it| (it.0.1, it.1));
        assert_eq!(next(), Some(("/srv/back".to_owned(), Kept::Changed)));
        assert_eq!(next(), Some(("/srv/deps.lock".to_owned(), Kept::Changed)));
        assert_eq!(next(), Some(("/srv/grown".to_owned(), Kept::Changed)));
        assert_eq!(next(), Some(("/srv/other".to_owned(), Kept::Changed)));
        assert_eq!(next(), Some(("/srv/same".to_owned(), Kept::Same)));
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
            kept: BTreeMap::from([(("on fresh volumes", kept.to_owned()), Kept::Same)]),
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
        for data in ["/srv/db/log/wal", "/opt/app/tmp/queue", "/var/cache/app/state.db"] {
            let folder = &data[..data.rfind('/').unwrap()];
            assert!(told(data, folder, "").is_some_and(|it| it.contains(data)), "{data}");
        }
        let data = told("/srv/own/id", "/srv/own", "");
        assert!(
            data.is_some_and(|it| it.contains("keep /srv/own/id") && it.contains("at /srv/own,"))
        );
        assert_eq!(told("/srv/own/id", "/srv/other", "known\n"), None);
        for passing in
            ["/tmp/id", "/srv/cache/id", "/var/log/own/a", "/srv/a.log", "/srv/logs/access_1"]
        {
            let memory = &passing[..passing.rfind('/').unwrap()];
            assert_eq!(told(passing, memory, ""), None, "{passing}");
            let line = told(passing, memory, "known\n");
            assert!(line.is_some_and(|it| it.contains("does not say")), "{passing}");
        }
    }

    #[test]
    fn folders_with_numbers_in_their_names_are_missed_as_all_others() {
        let first = shows("/n#/data/state", "", "");
        let told = lost([&first, &first], &shows("", "/n1/data", "")).map(|it| it.what);
        assert!(told.is_some_and(|it| it.contains("mount a volume at /n1/data,")));
    }

    #[test]
    fn names_that_are_made_up_count_by_their_folder() {
        let told = |one: &str, other: &str, memory: &str| {
            lost([&shows(one, "", ""), &shows(other, "", "")], &shows("", memory, ""))
                .map(|it| it.what)
        };
        let uuids = ["/srv/up/0b1c-99af/body", "/srv/up/77aa-e0c1/body"];
        let it = told(uuids[0], uuids[1], "/srv/up").unwrap_or_default();
        assert!(it.contains("that it adds to /srv/up over") && !it.contains("0b1c"), "{it}");
        let it = told("/srv/own/tmpAbC.json", "/srv/own/tmp1x9Z.json", "/srv/own");
        assert!(it.is_some_and(|it| it.contains("adds to /srv/own over")));
        // What one run alone keeps tells nothing, nor what lies where nobody counts on it.
        assert_eq!(told("/srv/own/a.json", "/srv/other/a.json", "/srv"), None);
        assert_eq!(told("/tmp/a.json", "/tmp/b.json", "/tmp"), None);
        assert_eq!(told("/srv/logs/7f3a.log", "/srv/logs/81bb.log", "/srv/logs"), None);
    }

    #[test]
    fn what_changes_is_not_said_to_stay_as_it_is() {
        let mut first = shows("/srv/own/state", "", "");
        first.kept.values_mut().for_each(|it| *it = Kept::Changed);
        let told = lost([&first, &first], &shows("", "/srv/own", "")).unwrap_or_else(|| panic!());
        assert!(told.what.contains("as it is it stays, and changes"), "{told}");
    }

    #[test]
    fn what_goes_and_breaks_nothing_is_told() {
        let run = |it: Shows| super::super::bench::Run::from([("own".to_owned(), it)]);
        let told = |path: &str| {
            let [first, again] = [(), ()].map(|()| run(shows(path, "", "")));
            let memory = path.rfind('/').map_or("", |it| &path[..it]);
            fleeting("own", &Before { first, again }, &shows("", memory, ""))
        };
        assert_eq!(told("/var/log/own/a").into_iter().next().as_deref(), Some("/var/log/own/a"));
        // What is made by the way is not worth a word.
        assert_eq!(told("/srv/__pycache__/a"), BTreeSet::new());
    }
}
