//! What a service keeps beside its volumes over a restart: where memory is mounted there, it is gone.

use std::collections::BTreeSet;

use super::bench::Shows;
use super::compare::Broken;
use super::files::{Contents, File, Place, is_by_the_way};
use crate::engine::Content;
use crate::evidence::{holds_logs, is_fleeting};
use crate::trial::forgotten;
use crate::workload::paths::is_below;

/// The files that are after a restart what they were before, or go on from there. What is written anew and comes out the
/// same tells nothing.
pub(super) fn kept(it: &Place<'_>, before: &Contents, after: &Contents) -> BTreeSet<File> {
    let goes_on =
        |was: &Content, is: &Content| was.modified == is.modified || was.digest != is.digest;
    let kept = after.iter().filter(|(path, is)| {
        before.get(*path).is_some_and(|was| goes_on(was, is)) && !is_of_process(path)
    });
    kept.map(|(path, _)| it.told(path)).collect()
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
    let mut gone = first.kept.intersection(&again.kept).filter(goes).peekable();
    gone.peek()?;
    let line = || forgotten([first, again].map(Shows::said), after.said());
    let data = gone.find(|it| !is_passing(&it.1));
    match (data, line()) {
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

    fn content(modified: u64, size: u64, digest: &str) -> Content {
        Content { modified, size, digest: digest.to_owned() }
    }

    #[test]
    fn what_goes_on_is_told_from_what_is_written_anew() {
        let form = crate::trial::Isolated::default();
        let container = ("", "own");
        let place = Place { form: &form, originals: None, when: "on fresh volumes", container };
        let all = |each: [(u64, u64, &str); 5]| -> Contents {
            let names = ["/srv/same", "/srv/grown", "/srv/anew", "/srv/other", "/srv/own.pid"];
            names
                .map(str::to_owned)
                .into_iter()
                .zip(each.map(|it| content(it.0, it.1, it.2)))
                .collect()
        };
        let before = all([(1, 9, "a"), (1, 9, "b"), (1, 9, "c"), (1, 9, "d"), (1, 2, "e")]);
        let after = all([(1, 9, "a"), (5, 18, "bb"), (5, 9, "c"), (5, 9, "D"), (5, 2, "f")]);
        let kept = kept(&place, &before, &after);
        let kept: Vec<&str> = kept.iter().map(|it| it.1.as_str()).collect();
        assert_eq!(kept, ["/srv/grown", "/srv/other", "/srv/same"]);
    }

    fn shows(kept: &str, memory: &str, later: &str) -> Shows {
        Shows {
            kept: BTreeSet::from([("on fresh volumes", kept.to_owned())]),
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
