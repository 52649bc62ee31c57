//! What each source says of an image, side by side.

use super::image::{Deed, Does, Learned};
use super::is_for_people;
use super::observed::{Observation, Outcome, Verified};
use crate::images::image::Image;
use crate::images::parts::Verdict;

/// What a source says of a matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// The matter: `user`, `capabilities`, …
    pub about: &'static str,
    /// Who says it, and what.
    pub says: String,
}

/// What is built in, what the image shows, what was seen of its containers and what was tried, matter by matter.
pub fn sides(learned: &Learned, builtin: Option<&Image>) -> Vec<Side> {
    let mut all = Vec::new();
    let mut side = |about, who: &str, says: Option<String>| {
        let says = says.map(|it| Side { about, says: format!("{who}: {it}") });
        all.extend(says);
    };
    let image = format!("its image, read {}", learned.read);
    let seen: Vec<(String, &Observation)> =
        learned.observed.iter().map(|it| (name(it), it)).collect();
    side("user", "built in", builtin.map(Image::start));
    side("user", &image, Some(user(learned)));
    seen.iter().for_each(|(who, it)| side("user", who, users(it)));
    side("capabilities", "built in", builtin.map(|it| list(&it.caps_root)));
    side("capabilities", &image, carried(learned));
    seen.iter().for_each(|(who, it)| {
        side("capabilities", who, it.capabilities.as_ref().map(list));
    });
    side("privileges", "built in", builtin.map(|it| verdict(it.nnp)));
    side("privileges", &image, raising(learned));
    seen.iter().for_each(|(who, it)| {
        side("privileges", who, it.raised.as_ref().map(raised));
    });
    side("writes", "built in", builtin.map(|it| list(it.writable.iter().map(|it| &it.path))));
    side("writes", &image, Some(format!("to volumes: {}", list(&learned.volumes))));
    seen.iter().for_each(|(who, it)| {
        let writes = it.saw_writes.then(|| list(it.writes.iter().map(|it| &it.path)));
        side("writes", who, writes);
    });
    side("ports", "built in", builtin.map(|it| list(it.ports.iter().map(ToString::to_string))));
    side("ports", &image, Some(list(&learned.ports)));
    for trial in &learned.trials {
        let who = format!("{} of {}", trial.service, trial.file);
        trial.fixes.iter().for_each(|it| side("tried", &who, Some(tried(it))));
    }
    all
}

/// What an observation is called.
fn name(seen: &Observation) -> String {
    format!("seen of {} for {} until {}", seen.service, seen.lived(), seen.on)
}

fn user(learned: &Learned) -> String {
    let own = if learned.user.is_empty() { "root" } else { &learned.user };
    let account =
        learned.account.as_ref().map_or_else(String::new, |it| format!(" ({}:{})", it.uid, it.gid));
    let drops = learned
        .start
        .first(Does::Drops)
        .map_or_else(String::new, |it| format!(", {}", drop_of(it)));
    format!("starts as {own}{account}{drops}")
}

fn drop_of(deed: &Deed) -> String {
    let by = if deed.by.is_empty() { String::new() } else { format!(" by {}", deed.by) };
    let to = deed.account.as_ref().map_or_else(String::new, |it| match it.name.is_empty() {
        true => format!(" to {}:{}", it.uid, it.gid),
        false => format!(" to {} ({}:{})", it.name, it.uid, it.gid),
    });
    format!("drops{to}{by} ({})", deed.at)
}

fn users(seen: &Observation) -> Option<String> {
    let start = if seen.from_root { "starts as root" } else { "does not start as root" };
    (!seen.users.is_empty()).then(|| format!("{start}, runs as {}", seen.users.join(", ")))
}

fn carried(learned: &Learned) -> Option<String> {
    let own = learned.privileged.iter().filter(|it| !it.capabilities.is_empty());
    let told: Vec<String> =
        own.map(|it| format!("{} carries {}", it.path, list(&it.capabilities))).collect();
    (!told.is_empty()).then(|| told.join("; "))
}

fn raising(learned: &Learned) -> Option<String> {
    let own =
        learned.privileged.iter().filter(|it| it.setuid.is_some() && !is_for_people(&it.path));
    let told: Vec<&str> = own.map(|it| it.path.as_str()).collect();
    (!told.is_empty()).then(|| format!("may be raised by {}", told.join(", ")))
}

fn raised(programs: &Vec<String>) -> String {
    match programs.is_empty() {
        true => "not raised".to_owned(),
        false => format!("raised by {}", list(programs)),
    }
}

fn verdict(it: Verdict) -> String {
    match it {
        Verdict::Ok => "works without new ones",
        Verdict::Documented => "is documented to work without new ones",
        Verdict::No => "needs new ones",
        Verdict::Caveat => "works without new ones in most uses",
        Verdict::Unknown => "not known",
    }
    .to_owned()
}

fn tried(it: &Verified) -> String {
    match it.outcome {
        Outcome::Passed => format!("{} passed on {}", it.rule, it.on),
        Outcome::Failed => format!("{} failed on {}: {}", it.rule, it.on, it.because),
    }
}

fn list(all: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let all: Vec<String> = all.into_iter().map(|it| it.as_ref().to_owned()).collect();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}
