//! What a trial of a project shows: as it is, with all fixes, and with what services that broke were seen to need.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use super::super::Failure;
use super::super::output::complain;
use super::bench::{Bench, Kind, Run, Shows};
use super::compare::{Before, Broken, broken, silent, trouble};
use super::culprits::Search;
use super::lasting::fleeting;
use super::originals::Originals;
use super::plans::{Allowed, Form, Plans, Tried};
use super::repair::note;
use crate::images::learned::Book;
use crate::report::shown::Shown;

/// What came of a fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Came {
    pub(super) rule: String,
    pub(super) title: String,
    pub(super) fix: String,
    pub(super) passed: bool,
    pub(super) because: Option<Broken>,
}

/// What came of a project.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The fixes that were tried, by service.
    pub(super) tried: BTreeMap<String, Vec<Came>>,
    /// Services that some fix broke.
    pub(super) failed: BTreeSet<String>,
    /// Services that were not tried, with the reason.
    pub(super) left_out: BTreeMap<String, String>,
    /// Services that do not work as they are, or that break without their own fixes.
    pub(super) sick: BTreeMap<String, String>,
    /// Services that do not work at some points as they are, which were not compared.
    pub(super) partly: BTreeMap<String, String>,
    /// Services whose data could not be copied, which were tried without it, and why.
    pub(super) uncopied: BTreeMap<String, String>,
    /// What was done another way for services that broke at first, and why they did.
    pub(super) repaired: BTreeMap<String, Repaired>,
    /// How many findings of a service have no fix that could be tried.
    pub(super) untried: BTreeMap<String, usize>,
    /// What services that pass do not say any more.
    pub(super) silent: BTreeMap<String, String>,
    /// What of the services' variables nobody is told.
    pub(super) secrets: Vec<String>,
    /// What services that pass lose with each restart, where that breaks nothing.
    pub(super) fleeting: BTreeMap<String, BTreeSet<String>>,
}

impl Found {
    /// Whether some service was not tried, or not on its data, or nothing can be told of it.
    pub(super) fn leaves_some(&self) -> bool {
        !(self.left_out.is_empty() && self.sick.is_empty() && self.uncopied.is_empty())
    }

    /// Whether there was nothing to try.
    pub(super) fn is_empty(&self) -> bool {
        self.tried.is_empty() && self.left_out.is_empty() && self.sick.is_empty()
    }
}

/// What was done another way for a service that broke at first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Repaired {
    /// Why it broke.
    pub(super) broke: Broken,
    /// The fixes in their new form.
    pub(super) fixes: Vec<Tried>,
}

/// How often a plan is made anew by what the trial before it showed.
const ROUNDS: usize = 3;

/// Tries the project and looks for what breaks it. What services that break were seen to need is in the book then.
pub(super) fn search(
    bench: &Bench<'_>,
    plans: &mut Plans<'_>,
    book: &mut Book,
) -> Result<Found, Failure> {
    let secrets = plans.legacy.services.keys().flat_map(|it| plans.secrets(it)).collect();
    let left_out = plans.legacy.left_out.clone();
    let mut found = Found { left_out, secrets, ..Found::default() };
    let lacks = plans.legacy.lacks.iter();
    found.partly =
        lacks.map(|it| (it.0.clone(), format!("it runs without {}", join(it.1)))).collect();
    let whole = plans.form(&Allowed::new())?;
    found.untried.clone_from(&whole.left);
    if whole.fixes.is_empty() {
        return Ok(found);
    }
    say("copying its data");
    let originals = Originals::of(bench, &plans.legacy)?;
    found.uncopied.clone_from(&originals.uncopied);
    for (service, why) in &originals.too_much {
        let told = format!("it was tried on a fresh volume alone, not on its data: {why}");
        found.partly.entry(service.clone()).or_insert(told);
    }
    say("trying it as it is");
    let begun = Instant::now();
    let first = bench.run((Kind::AsItIs, &plans.legacy), &originals)?;
    let took = begun.elapsed().as_secs();
    say(&format!(
        "trying it as it is once more, to know what differs by itself (a try takes {took} s, and finding what breaks a \
         service takes several)"
    ));
    let again = bench.run((Kind::AsItIs, &plans.legacy), &originals)?;
    let mut before = Before { first, again };
    for run in [&before.first, &before.again] {
        found.sick.extend(run.iter().filter_map(|(name, it)| Some((name.clone(), sick(it)?))));
        for (name, it) in run {
            let told = partly(it).map(|it| format!("as it is, too, {it}"));
            found.partly.extend(told.map(|it| (name.clone(), it)));
        }
    }
    // What does not work as it is tells nothing of fixes.
    before.first.retain(|service, _| !found.sick.contains_key(service));
    found.partly.retain(|service, _| !found.sick.contains_key(service));
    let tries = Tries { bench, originals: &originals, before: &before };
    let (whole, after, why) = tries.repaired(whole, (plans, book), &mut found.repaired)?;
    found.untried.clone_from(&whole.left);
    for (service, shows) in after {
        if why.contains_key(&service) {
            continue;
        }
        let told = silent(&service, &before, &shows);
        found.silent.extend(told.map(|it| (service.clone(), it)));
        found.fleeting.insert(service.clone(), fleeting(&service, &before, &shows));
    }
    for (service, fixes) in &whole.fixes {
        let is_told = before.first.contains_key(service) && !why.contains_key(service);
        if is_told && plans.legacy.services.contains_key(service) {
            found.tried.insert(service.clone(), fixes.iter().map(|it| result(it, None)).collect());
        }
    }
    if !why.is_empty() {
        Search { tries, plans }.culprits(&whole, &why, &mut found)?;
    }
    // What another user needs another way is told as it passed in the end.
    for (service, repaired) in &mut found.repaired {
        let tried = found.tried.get(service).map_or(&[][..], Vec::as_slice);
        for fix in &mut repaired.fixes {
            if let Some(it) = tried.iter().find(|it| it.passed && it.rule == fix.rule) {
                fix.title.clone_from(&it.title);
            }
        }
    }
    Ok(found)
}

pub(super) fn result(it: &Tried, because: Option<&Broken>) -> Came {
    Came {
        rule: it.rule.clone(),
        title: it.title.clone(),
        fix: it.digest(),
        passed: because.is_none(),
        because: because.cloned(),
    }
}

/// Why a service cannot be told to be broken by a fix: it works at no point without.
fn sick(shows: &Shows) -> Option<String> {
    let all: Option<Vec<String>> = shows.stands.iter().map(trouble).collect();
    let first = all?.into_iter().next()?;
    Some(format!("it does not work as it is: {first}"))
}

/// The points at which it does not work without fixes either, where it does at others.
fn partly(shows: &Shows) -> Option<String> {
    let bad: Vec<String> = shows.stands.iter().filter_map(trouble).collect();
    bad.first().filter(|_| bad.len() < shows.stands.len()).cloned()
}

pub(super) fn say(what: &str) {
    complain(&Shown::line(&format!("verify: {what}")));
}

/// Names, one after the other.
pub(super) fn join<'n>(names: impl IntoIterator<Item = &'n String>) -> String {
    names.into_iter().cloned().collect::<Vec<_>>().join(", ")
}

/// What tries a form and compares it with the project as it is.
pub(super) struct Tries<'s> {
    bench: &'s Bench<'s>,
    originals: &'s Originals<'s>,
    before: &'s Before,
}

impl Tries<'_> {
    /// What the services of a form show, and why those that it breaks count as broken.
    pub(super) fn why(&self, form: &Form) -> Result<(Run, BTreeMap<String, Broken>), Failure> {
        let after = self.bench.run((Kind::Hardened, &form.isolated), self.originals)?;
        let none = Shows::default();
        let each = self.before.first.keys().filter_map(|service| {
            let is = after.get(service).unwrap_or(&none);
            Some((service.clone(), broken(service, self.before, is)?))
        });
        let why = each.collect();
        Ok((after, why))
    }

    /// The form with all fixes, planned anew by what was seen of services that broke as long as that makes another plan,
    /// and why it breaks those that it still does.
    fn repaired(
        &self,
        mut whole: Form,
        (plans, book): (&mut Plans<'_>, &mut Book),
        repaired: &mut BTreeMap<String, Repaired>,
    ) -> Result<(Form, Run, BTreeMap<String, Broken>), Failure> {
        say("trying it with all fixes");
        let (mut after, mut why) = self.why(&whole)?;
        for _ in 0..ROUNDS {
            let mut noted = book.clone();
            if why.is_empty()
                || !note(self.bench, plans, &mut noted, (&self.before.first, &after), &why)?
            {
                break;
            }
            plans.know(&noted)?;
            let next = plans.form(&Allowed::new())?;
            let changed: Vec<&String> =
                why.keys().filter(|it| next.fixes.get(*it) != whole.fixes.get(*it)).collect();
            // A fix that is not offered any more, for want of one that nobody asked for, is no repair of it.
            if plans.is_narrow() && why.keys().any(|it| is_lost(it, &whole, &next)) {
                plans.know(book)?;
                break;
            }
            if changed.is_empty() {
                // What was seen may serve those that keep their user all the same: what root needs.
                match next.fixes == whole.fixes {
                    true => *book = noted,
                    false => plans.know(book)?,
                }
                break;
            }
            let names = join(changed.iter().copied());
            say(&format!("trying it with what was seen to be needed: {names}"));
            *book = noted;
            for service in changed {
                let first = || Repaired { broke: why[service].clone(), fixes: Vec::new() };
                let fixes = new_fixes(service, &whole, &next);
                repaired.entry(service.clone()).or_insert_with(first).fixes = fixes;
            }
            whole = next;
            (after, why) = self.why(&whole)?;
        }
        Ok((whole, after, why))
    }
}

/// Whether a service had a fix of a rule of which a new plan has none.
fn is_lost(service: &String, old: &Form, new: &Form) -> bool {
    let rules = |form: &Form| -> BTreeSet<String> {
        form.fixes.get(service).into_iter().flatten().map(|it| it.rule.clone()).collect()
    };
    !rules(new).is_superset(&rules(old))
}

/// What a form does for a service that the one before did not.
fn new_fixes(service: &String, old: &Form, new: &Form) -> Vec<Tried> {
    let none = BTreeSet::new();
    let [old, new] = [old, new].map(|it| it.fixes.get(service).unwrap_or(&none));
    new.difference(old).cloned().collect()
}
