//! What is told of the way back: runs that can be taken back, and what version control has of files.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::full::wrap;
use super::shown::{Shown, clean};
use super::summary::count;
use crate::series::few;
use crate::source::{Run, Standing, Unsaved};

/// What is said once something was written.
pub const WAY_BACK: &str = "`casehard undo` takes it back";

/// How many names a sentence takes.
const NAMED: usize = 3;

/// Why what is written cannot be taken back.
pub fn trouble(why: &str) -> Shown {
    Shown::line(&format!(
        "`casehard undo` will not be able to take this back: {why}: set XDG_STATE_HOME to a folder that can be written"
    ))
}

/// The runs, a line each, with what became of their files.
pub fn list(runs: &[Run], standings: &[Standing], now: SystemTime) -> Shown {
    let line = |(run, standing): (&Run, &Standing)| {
        if run.is_newer {
            let age = age(run.started, now);
            return Shown::line(&format!("{}  {age:<14}  of a newer casehard", run.name));
        }
        let mut text = format!(
            "{}  {:<14}  {:<8}  {}, in {}",
            run.name,
            age(run.started, now),
            count(run.files.len(), "file"),
            state(*standing),
            run.folder.display()
        );
        if let Some(undone) = &run.undoes {
            let _ = write!(text, ", undo of {undone}");
        }
        Shown::line(&text)
    };
    Shown::all(runs.iter().zip(standings).map(line))
}

/// Which run it is: when, how many files, from which folder.
pub fn heading(run: &Run, now: SystemTime) -> Shown {
    let what = run.undoes.as_ref().map_or(String::new(), |it| format!(", the undo of {it}"));
    Shown::line(&format!(
        "run {}{what}: {}, {} from {}",
        run.name,
        age(run.started, now),
        count(run.files.len(), "file"),
        run.folder.display()
    ))
}

/// What the files of a run are, with numbers where they differ.
fn state(it: Standing) -> String {
    let all = [
        (it.as_written, "as written"),
        (it.as_before, "undone"),
        (it.changed, "changed since"),
        (it.gone, "gone"),
    ];
    let parts: Vec<(usize, &str)> = all.into_iter().filter(|it| it.0 > 0).collect();
    match parts.as_slice() {
        [(_, one)] => (*one).to_owned(),
        _ => {
            let parts: Vec<String> =
                parts.iter().map(|(number, what)| format!("{number} {what}")).collect();
            parts.join(", ")
        }
    }
}

/// How long ago something was, in the largest unit.
fn age(then: SystemTime, now: SystemTime) -> String {
    let seconds = now.duration_since(then).unwrap_or(Duration::ZERO).as_secs();
    let (number, unit) = match seconds {
        0..60 => return "just now".to_owned(),
        60..3600 => (seconds / 60, "minute"),
        3600..86_400 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{number} {unit}{} ago", if number == 1 { "" } else { "s" })
}

/// What to know before the first question, in lines of at most that width: what could not be had back from version
/// control.
pub fn before_writing(it: &Unsaved, width: usize) -> Option<Shown> {
    sentence(it).map(|it| Shown::own(&wrap(&clean(&it), width)))
}

fn sentence(it: &Unsaved) -> Option<String> {
    let all = |paths: &[PathBuf]| paths.len() == it.files;
    let mut parts: Vec<String> = Vec::new();
    parts.extend(match it.outside.as_slice() {
        [] => None,
        [one] => Some(format!("{} is not under version control", one.display())),
        many if all(many) => {
            Some(format!("none of the {} files is under version control", it.files))
        }
        many => Some(format!("{} are not under version control: {}", of(it, many), names(many))),
    });
    parts.extend(match it.changed.as_slice() {
        [] => None,
        [one] => Some(format!("{} has changes that are not committed", one.display())),
        many => {
            Some(format!("{} have changes that are not committed: {}", of(it, many), names(many)))
        }
    });
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn of(it: &Unsaved, some: &[PathBuf]) -> String {
    format!("{} of {} files", some.len(), it.files)
}

/// `a, b and c`; the first of them and how many more where there are many.
fn names(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths.iter().map(|it| it.display().to_string()).collect();
    few(&names, NAMED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_the_largest_unit() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(10_000_000);
        for (seconds, text) in [
            (0, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (7199, "1 hour ago"),
            (7200, "2 hours ago"),
            (86_400 * 50, "50 days ago"),
        ] {
            assert_eq!(age(now - Duration::from_secs(seconds), now), text);
        }
        assert_eq!(
            age(now + Duration::from_secs(99), now),
            "just now",
            "a clock that was set back"
        );
    }

    #[track_caller]
    fn check(files: usize, changed: &[&str], outside: &[&str], sentence: Option<&str>) {
        let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect();
        let it = Unsaved { files, changed: paths(changed), outside: paths(outside) };
        assert_eq!(super::sentence(&it).as_deref(), sentence);
    }

    #[test]
    fn a_sentence_says_what_could_not_be_had_back() {
        check(9, &[], &[], None);
        check(1, &["a"], &[], Some("a has changes that are not committed"));
        check(1, &[], &["a"], Some("a is not under version control"));
        check(2, &[], &["a", "b"], Some("none of the 2 files is under version control"));
        let three = "3 of 40 files have changes that are not committed: a, b and c";
        check(40, &["a", "b", "c"], &[], Some(three));
        let both = "2 of 9 files are not under version control: x and y; \
            5 of 9 files have changes that are not committed: a, b, c and 2 more";
        check(9, &["a", "b", "c", "d", "e"], &["x", "y"], Some(both));
    }

    #[test]
    fn the_state_of_a_run_has_numbers_where_its_files_differ() {
        let written = Standing { as_written: 3, ..Standing::default() };
        assert_eq!(state(written), "as written");
        let mixed = Standing { as_before: 1, gone: 2, ..written };
        assert_eq!(state(mixed), "3 as written, 1 undone, 2 gone");
    }
}
