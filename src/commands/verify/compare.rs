//! What a hardened run did not do that the run as it was did.

use super::bench::{Shows, Stand};
use crate::engine::Health;
use crate::trial::news;

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

/// What is wrong with a service at a point, without anything to compare it with.
pub(super) fn trouble(stand: &Stand) -> Option<String> {
    let Stand { when, ran, refused } = stand;
    match refused.first() {
        Some(it) => Some(format!("{it} ({when})")),
        None if !ran.runs && ran.status != 0 => {
            Some(format!("it ends with status {} {when}", ran.status))
        }
        None if ran.health == Health::Bad => Some(format!("its health check fails {when}")),
        None => None,
    }
}

/// Why the service counts as broken; nothing where it did all that it did before.
pub(super) fn broken(before: &Shows, after: &Shows) -> Option<Broken> {
    let said = news(&before.log, &after.log);
    let line = said.first().map(|it| it.text.clone());
    let with = |what: String| Broken { what, line: line.clone() };
    for was in before.stands.iter().filter(|it| trouble(it).is_none()) {
        let Some(is) = after.stands.iter().find(|it| it.when == was.when) else {
            return Some(with(format!("it did not start {}", was.when)));
        };
        if was.ran.runs && !is.ran.runs {
            return Some(with(format!("it ended with status {} {}", is.ran.status, was.when)));
        }
        if !was.ran.runs && !is.ran.runs && was.ran.status != is.ran.status {
            let (was_status, status) = (was.ran.status, is.ran.status);
            return Some(with(format!(
                "it ended with status {status} in place of {was_status} {}",
                was.when
            )));
        }
        if was.ran.health == Health::Good && is.ran.health != Health::Good {
            return Some(with(format!("its health check fails {}", was.when)));
        }
        if let Some(refused) = is.refused.first() {
            // What a command prints may be anything.
            let kind = refused.split(": ").next().unwrap_or(refused);
            let line = line.or_else(|| Some(refused.clone()));
            return Some(Broken { what: format!("{kind} ({})", was.when), line });
        }
    }
    if let Some(it) = said.first() {
        return Some(with(match it.refused {
            true => "it is refused something".to_owned(),
            false => "it says what it did not say before".to_owned(),
        }));
    }
    let missing = before.files.iter().find(|it| !after.files.contains(*it))?;
    Some(with(format!("it does not write {missing}, which it writes as it is")))
}
