//! Accepted fixes as a file that Compose merges over the others, which stay as they are: it means what writing in place
//! means, or is not written (SPEC 5.8).

mod difference;
mod same;
mod text;

use std::sync::Arc;

use super::composed::composed;
use super::plain::Map;
use super::planned::{ANY, written};
use super::sayable::{self, ATTEMPTS};
use super::{Analysis, Fixed, Members, Mended, Policy, Shared, Unproven, analyse, view};
use crate::config::Target;
use crate::finding::{Confidence, FileId, Finding, Fix};
use crate::workload::Files;
use difference::{Wanted, differences};
pub use text::least_version;

/// Why something cannot be said in an override.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Unsaid {
    /// The service; none where it is about all of them.
    service: Option<String>,
    about: About,
    why: String,
}

/// What of a service it is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum About {
    Everything,
    Key(String),
    Rule(&'static str),
}

impl Unsaid {
    /// Whether a fix is one of those that cannot be said.
    fn is_about(&self, files: &Files<'_>, finding: &Finding, fix: &Fix) -> bool {
        let name = self.service.as_ref().map(|it| format!("service {it}"));
        if name.is_some_and(|it| *finding.subject != it) {
            return false;
        }
        match &self.about {
            About::Everything => true,
            About::Rule(rule) => finding.rule == *rule,
            About::Key(key) => {
                let mut keys = written(files, fix).flat_map(|it| it.keys);
                keys.any(|it| it == *key || it == ANY)
            }
        }
    }

    /// The same of all that is to be done.
    fn of_all(self) -> Unsaid {
        Unsaid { service: None, about: About::Everything, ..self }
    }
}

/// How often what an override says may bring more to light that can be mended in it.
const ROUNDS: usize = 4;

/// Carries out what was decided and, where nobody decided, what is at least so sure, in one file of the project: the one
/// that Compose merges last. What it cannot say is refused. What stands in it then is mended as far as it can be, so that
/// nothing is left for a second run.
///
/// # Errors
/// A new text that is not proven to be what was planned; nothing is to be written then.
pub fn carry_out_in(
    (files, target): (&[Shared], FileId),
    members: &Members,
    policy: &Policy,
    otherwise: Option<Confidence>,
) -> Result<Mended, Unproven> {
    let mut done = once((files, target), members, policy, otherwise)?;
    for _ in 0..ROUNDS {
        if done.changed.is_empty() {
            break;
        }
        // What is proven stays, whatever comes of the rest.
        let Ok(more) = once((&done.files, target), members, policy, otherwise) else { break };
        if more.changed.is_empty() {
            break;
        }
        done = Mended {
            before: done.before,
            changed: done.changed,
            fixed: [done.fixed, more.fixed].concat(),
            waived: done.waived + more.waived,
            ..more
        };
    }
    Ok(done)
}

fn once(
    (files, target): (&[Shared], FileId),
    members: &Members,
    policy: &Policy,
    otherwise: Option<Confidence>,
) -> Result<Mended, Unproven> {
    let mut unsaid: Vec<Unsaid> = Vec::new();
    loop {
        let why = |files: &Files<'_>, finding: &Finding, fix: &Fix| {
            let found = unsaid.iter().find(|it| it.is_about(files, finding, fix));
            found.map(|it| it.why.clone())
        };
        let mended = sayable::mended(files, members, policy, otherwise, why)?;
        match said((files, target), members, policy, &mended) {
            Ok((now, after)) => return Ok(moved(mended, (files, now, target), after)),
            Err(it) if unsaid.len() >= ATTEMPTS || unsaid.contains(&it) => unsaid.push(it.of_all()),
            Err(it) => unsaid.push(it),
        }
    }
}

/// What was mended in place, as it is with its files as they were and the override.
fn moved(
    mended: Mended,
    (old, files, target): (&[Shared], Vec<Shared>, FileId),
    after: Analysis,
) -> Mended {
    let at = target.0 as usize;
    let changes = old[at].tree.text() != files[at].tree.text();
    let fixed = mended.fixed.into_iter().map(|it| Fixed { files: vec![target], ..it }).collect();
    let changed = if changes { vec![target] } else { Vec::new() };
    Mended { after, files, changed, fixed, ..mended }
}

/// The files with the override that says the same as what was mended in place, and what they say then.
fn said(
    (old, target): (&[Shared], FileId),
    members: &Members,
    policy: &Policy,
    mended: &Mended,
) -> Result<(Vec<Shared>, Analysis), Unsaid> {
    if mended.changed.is_empty() {
        return Ok((old.to_vec(), mended.after.clone()));
    }
    let Members::Compose(together) = members else {
        return Err(unsaid(None, "a manifest has no override: write it in place".to_owned()));
    };
    let too_large = || unsaid(None, "the project is too large to be put together".to_owned());
    let merge = |files: &[Shared]| composed(&view(files), &together.merged).ok_or_else(too_large);
    let goal = merge(&mended.files)?;
    // What was mended in the override itself stands there already.
    let mut now = old.to_vec();
    now[target.0 as usize] = Arc::clone(&mended.files[target.0 as usize]);
    let wanted = {
        let (files, merged) = (view(&mended.files), &together.merged);
        let scene = difference::Scene { files: &files, merged, target, now: &view(&now) };
        differences(&scene, &merge(&now)?, &goal)?
    };
    for_swarm(&wanted, mended)?;
    let own = &now[target.0 as usize];
    let said = merge_alone(&now, target);
    let text = text::written((own, &said), &wanted, &view(&mended.files))?;
    if text != own.tree.text() {
        let base = together.merged.first().map(|it| &*old[it.0 as usize].path);
        now[target.0 as usize] = Arc::new(own.with_tree(text::tree(own, text, base)?));
    }
    prove(&merge(&now)?, &goal)?;
    let after = analyse(&now, members, policy);
    agree(mended, &after)?;
    Ok((now, after))
}

/// What the override says by itself; nothing where it cannot be told.
fn merge_alone(files: &[Shared], target: FileId) -> Map {
    composed(&view(files), &[target]).unwrap_or_default()
}

fn unsaid(service: Option<String>, why: String) -> Unsaid {
    Unsaid { service, about: About::Everything, why }
}

/// A stack of Docker Swarm reads no tags.
fn for_swarm(wanted: &[Wanted], mended: &Mended) -> Result<(), Unsaid> {
    let is_swarm = mended.before.notes.iter().any(|it| it.platform.target == Target::Swarm);
    let Some(wanted) = wanted.iter().find(|it| is_swarm && it.is_tagged()) else { return Ok(()) };
    let why = format!(
        "`docker stack deploy` cannot take away `{}` by an override: write it in place",
        wanted.path.join(".")
    );
    let (service, about) = match wanted.path.as_slice() {
        [section, service, key, ..] if section == "services" => {
            (Some(service.clone()), About::Key(key.clone()))
        }
        [section, ..] => (None, About::Key(section.clone())),
        [] => (None, About::Everything),
    };
    Err(Unsaid { service, about, why })
}

/// Base and override, put together as Compose does, are what the files are that were mended in place.
fn prove(said: &Map, goal: &Map) -> Result<(), Unsaid> {
    match same::different(said, goal) {
        None => Ok(()),
        Some((service, key)) => {
            let whose = service.as_ref().map_or(String::new(), |it| format!(" of service {it}"));
            let why =
                format!("an override cannot say what becomes of `{key}`{whose}: write it in place");
            Err(Unsaid { service, about: About::Key(key), why })
        }
    }
}

/// What was fixed in place is fixed by the override, and it brings nothing else.
fn agree(mended: &Mended, after: &Analysis) -> Result<(), Unsaid> {
    let count = |all: &Analysis, it: &Finding| {
        let same = |other: &&Finding| other.rule == it.rule && other.subject == it.subject;
        all.judged.open.iter().filter(same).count()
    };
    let more = |it: &&Finding| count(after, it) > count(&mended.after, it);
    if let Some(it) = after.judged.open.iter().find(more) {
        let service = it.subject.strip_prefix("service ").map(str::to_owned);
        let why = format!(
            "`{}` would be found with the override: {}: write it in place",
            it.rule, it.message
        );
        return Err(Unsaid { service, about: About::Rule(it.rule), why });
    }
    let known = |it: &&super::invariants::Violation| {
        let mut all = mended.before.violations.iter().chain(&mended.after.violations);
        all.any(|other| other.message == it.message)
    };
    match after.violations.iter().find(|it| !known(it)) {
        Some(it) => Err(unsaid(None, format!("{}: write it in place", it.message))),
        None => Ok(()),
    }
}
