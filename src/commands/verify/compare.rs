//! What a hardened run did not do that the run as it was did, both times that it was looked at.

use std::collections::BTreeSet;

use super::bench::{Run, Shows, Stand};
use super::files::{File, has};
use super::lasting::lost;
use super::names::{known_folder, made_up, shaped};
use crate::engine::Health;
use crate::trial::{Known, lost as unsaid};

/// Why a service counts as broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    /// What it did not do: what may be written down.
    pub(super) what: String,
    /// What its log says of that, which nobody but who looks may see.
    pub(super) line: Option<String>,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.line {
            Some(line) => write!(out, "{}: `{line}`", self.what),
            None => out.write_str(&self.what),
        }
    }
}

/// What the project showed as it is, twice: what differs between the two tells nothing.
pub(super) struct Before {
    pub(super) first: Run,
    pub(super) again: Run,
}

/// What is wrong with a service at a point, without anything to compare it with.
pub(super) fn trouble(stand: &Stand) -> Option<String> {
    let Stand { when, ran, refused, .. } = stand;
    match refused.first() {
        Some(it) => Some(format!("{it} ({when})")),
        None if !ran.begun => Some(format!("it does not start {when}: {}", not_begun(stand))),
        None if !ran.runs && ran.status != 0 => {
            Some(format!("it ends with status {} {when}", ran.status))
        }
        None if ran.health == Health::Bad => Some(format!("its health check fails {when}")),
        None if ran.health == Health::Starting => {
            Some(format!("its health check has not passed in time {when} (--wait)"))
        }
        None => None,
    }
}

/// Why it was not started.
fn not_begun(stand: &Stand) -> &str {
    match stand.ran.error.as_str() {
        "" => "what it depends on is not there",
        it => it,
    }
}

/// Why a service counts as broken; nothing where it did all that it did before.
pub(super) fn broken(service: &str, before: &Before, after: &Shows) -> Option<Broken> {
    let first = before.first.get(service)?;
    let again = before.again.get(service).unwrap_or(first);
    let known = Known::of([&first.log, &again.log]);
    let said = known.news(&after.log);
    let line = said.first().map(|it| it.text.clone());
    let with = |what: String| Broken { what, line: line.clone() };
    for was in first.stands.iter().filter(|it| trouble(it).is_none()) {
        let when = was.when;
        let at = |it: &&Stand| it.when == when;
        // What fails now and then tells nothing.
        let Some(other) = again.stands.iter().find(at).filter(|it| trouble(it).is_none()) else {
            continue;
        };
        let Some(is) = after.stands.iter().find(at) else {
            return Some(with(format!("it does not start {when}")));
        };
        if let Some(what) = worse((was, other), is) {
            let line =
                line.clone().or_else(|| Some(is.ran.error.clone()).filter(|it| !it.is_empty()));
            return Some(Broken { what, line });
        }
        if let Some(refused) = is.refused.first() {
            // What a command prints may be anything.
            let kind = refused.split(": ").next().unwrap_or(refused);
            let line = line.or_else(|| Some(refused.clone()));
            return Some(Broken { what: format!("{kind} ({when})"), line });
        }
    }
    if let Some(it) = said.first() {
        return Some(with(match it.refused {
            true => "it is refused something".to_owned(),
            false => "it says what it did not say before".to_owned(),
        }));
    }
    let both = |of: fn(&Shows) -> &BTreeSet<File>| of(first).intersection(of(again));
    let missing = both(|it| &it.files).find(|it| !after.files.contains(*it));
    let missing = missing.or_else(|| both(|it| &it.made).find(|it| !has(&after.made, it)));
    let told = |it: &File, does: &str| {
        let (when, path) = it;
        with(format!("it does not {does} {path} {when}, which it does as it is"))
    };
    let stays = || both(|it| &it.gone).find(|it| !has(&after.gone, it));
    let missing =
        missing.map(|it| told(it, "write")).or_else(|| stays().map(|it| told(it, "take away")));
    let missing = missing.or_else(|| unadded([first, again], after).map(with));
    missing.or_else(|| lost([first, again], after))
}

/// Files that it adds as it is, each time under another name, and does not add hardened.
fn unadded([first, again]: [&Shows; 2], after: &Shows) -> Option<String> {
    let missing = |of: fn(&Shows) -> &BTreeSet<File>, is_there: &dyn Fn(&File) -> bool| {
        let [one, other] = [first, again].map(|it| of(it).iter().collect());
        let (when, path) = made_up([&one, &other]).find(|it| !is_there(it))?;
        let folder = known_folder(path, &of(again).iter());
        Some(format!("it does not add files to {folder} {when}, which it does as it is"))
    };
    let shapes = |all: &BTreeSet<File>| all.iter().map(shaped).collect::<BTreeSet<File>>();
    let [files, made] = [&after.files, &after.made].map(shapes);
    missing(|it| &it.files, &|it| files.contains(&shaped(it))).or_else(|| {
        missing(|it| &it.made, &|it| has(&after.made, it) || made.contains(&shaped(it)))
    })
}

/// What is worse at a point than it was, twice.
fn worse((was, again): (&Stand, &Stand), is: &Stand) -> Option<String> {
    let when = was.when;
    if !is.ran.begun {
        return Some(format!("it does not start {when}"));
    }
    if was.ran.runs && !is.ran.runs {
        return Some(format!("it ended with status {} {when}", is.ran.status));
    }
    if !was.ran.runs && !is.ran.runs && was.ran.status != is.ran.status {
        let (was, is) = (was.ran.status, is.ran.status);
        return Some(format!("it ended with status {is} in place of {was} {when}"));
    }
    if was.ran.health == Health::Good && is.ran.health != Health::Good {
        let how = if is.ran.health == Health::Bad { "fails" } else { "does not pass in time" };
        return Some(format!("its health check {how} {when}"));
    }
    match (was.ended, again.ended, is.ended) {
        (Some(was), Some(again), Some(is)) if is_in_order(was) && is_in_order(again) => {
            let told = || format!("stopped, it ends with status {is} in place of {was} {when}");
            (!is_in_order(is)).then(told)
        }
        _ => None,
    }
}

/// Whether a service that was told to end did so by itself.
fn is_in_order(status: i64) -> bool {
    const TERM: i64 = 128 + 15;
    matches!(status, 0 | TERM)
}

/// A line that it said both times as it is, and does not say hardened.
pub(super) fn silent(service: &str, before: &Before, after: &Shows) -> Option<String> {
    let first = before.first.get(service)?;
    let again = before.again.get(service)?;
    if Known::of([&first.log, &again.log]).is_noisy {
        return None;
    }
    unsaid([&first.log, &again.log], &after.log)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Ran;

    const WHEN: &str = "on fresh volumes";

    fn ran() -> Ran {
        Ran {
            id: String::new(),
            pid: None,
            begun: true,
            error: String::new(),
            runs: true,
            status: 0,
            health: Health::Unasked,
            addresses: Vec::new(),
        }
    }

    fn shows(ran: Ran, ended: Option<i64>, log: &str) -> Shows {
        let stand = Stand { when: WHEN, ran, refused: Vec::new(), ended };
        Shows { stands: vec![stand], log: log.to_owned(), ..Shows::default() }
    }

    fn twice(first: &Shows, again: &Shows) -> Before {
        let run = |it: &Shows| Run::from([("own".to_owned(), it.clone())]);
        Before { first: run(first), again: run(again) }
    }

    #[track_caller]
    fn breaks(was: &Shows, is: &Shows, what: &str) {
        let told = broken("own", &twice(was, was), is).map(|it| it.to_string());
        assert_eq!(told.as_deref(), Some(what));
    }

    #[test]
    fn what_did_not_start_or_ends_otherwise_breaks() {
        let well = shows(ran(), Some(0), "");
        let error = "exec: permission denied".to_owned();
        let not_begun = Ran { begun: false, runs: false, status: 127, error, ..ran() };
        breaks(
            &well,
            &shows(not_begun, None, ""),
            "it does not start on fresh volumes: `exec: permission denied`",
        );
        breaks(&well, &Shows::default(), "it does not start on fresh volumes");
        let ended = Ran { runs: false, status: 3, ..ran() };
        breaks(&well, &shows(ended, None, ""), "it ended with status 3 on fresh volumes");
        let told = "stopped, it ends with status 137 in place of 0 on fresh volumes";
        breaks(&well, &shows(ran(), Some(137), ""), told);
        // What did not end by itself before need not now.
        let killed = shows(ran(), Some(137), "");
        assert_eq!(broken("own", &twice(&killed, &killed), &well), None);
        assert_eq!(broken("own", &twice(&killed, &killed), &killed), None);
    }

    #[test]
    fn health_that_has_not_come_is_no_health() {
        let [good, late] =
            [Health::Good, Health::Starting].map(|it| shows(Ran { health: it, ..ran() }, None, ""));
        breaks(&good, &late, "its health check does not pass in time on fresh volumes");
        // Where it does not come before either, nothing can be told.
        assert_eq!(broken("own", &twice(&late, &late), &late), None);
        assert!(trouble(&late.stands[0]).is_some_and(|it| it.contains("--wait")));
    }

    #[test]
    fn what_differs_by_itself_tells_nothing() {
        let well = shows(ran(), None, "");
        let bad = shows(Ran { runs: false, status: 1, ..ran() }, None, "");
        assert_eq!(broken("own", &twice(&well, &bad), &bad), None);
        let mut once = well.clone();
        once.files.insert((WHEN, "/data/lock".to_owned()));
        assert_eq!(broken("own", &twice(&once, &well), &well), None);
        breaks(
            &once,
            &well,
            "it does not write /data/lock on fresh volumes, which it does as it is",
        );
        let mut made = well.clone();
        made.made.insert((WHEN, "/opt/state".to_owned()));
        breaks(
            &made,
            &well,
            "it does not write /opt/state on fresh volumes, which it does as it is",
        );
        // Names that are others each time are told by their folder.
        let [one, other] = ["0b1cff/a.jpg", "77aae0/a.jpg"].map(|it| {
            let mut it_adds = well.clone();
            it_adds.made.insert((WHEN, format!("/srv/up/{it}")));
            it_adds
        });
        let told = broken("own", &twice(&one, &other), &well).map(|it| it.to_string());
        let is = "it does not add files to /srv/up on fresh volumes, which it does as it is";
        assert_eq!(told.as_deref(), Some(is));
        assert_eq!(broken("own", &twice(&one, &other), &one), None);
        let mut open = well;
        open.made.insert((WHEN, "/opt/".to_owned()));
        assert_eq!(broken("own", &twice(&made, &made), &open), None);
    }
}
