//! Which fix it is that breaks a service: the whole first, then group by group, then rule by rule.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Failure;
use super::super::output::complain;
use super::bench::{Bench, Originals, Run, Shows};
use super::compare::broken;
use super::plans::{Allowed, Form, Plans, Tried};
use crate::report::shown::Shown;
use crate::trial::{GROUPS, Group, group_of};

/// What came of a fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Came {
    pub(super) rule: String,
    pub(super) title: String,
    pub(super) fix: String,
    pub(super) passed: bool,
    pub(super) because: String,
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
    /// Services that do not work as they are.
    pub(super) sick: BTreeMap<String, String>,
}

/// Tries the project and looks for what breaks it.
pub(super) fn search(bench: &Bench<'_>, plans: &Plans<'_>) -> Result<Found, Failure> {
    say("copying its data");
    let originals = Originals::of(bench, &plans.legacy)?;
    say("trying it as it is");
    let before = bench.run(&plans.legacy, &originals)?;
    let whole = plans.form(&Allowed::new())?;
    let mut search = Search { bench, plans, originals: &originals, before: &before };
    let mut found = Found { left_out: plans.legacy.left_out.clone(), ..Found::default() };
    found.sick = before.iter().filter_map(|(name, it)| Some((name.clone(), sick(it)?))).collect();
    say("trying it with all fixes");
    let mut why = search.why(&whole)?;
    why.retain(|service, _| !found.sick.contains_key(service));
    for (service, fixes) in &whole.fixes {
        if found.sick.contains_key(service) || !plans.legacy.services.contains_key(service) {
            continue;
        }
        let passed = |it: &Tried| result(it, None);
        if !why.contains_key(service) {
            found.tried.insert(service.clone(), fixes.iter().map(passed).collect());
        }
    }
    if !why.is_empty() {
        search.culprits(&whole, &why, &mut found)?;
    }
    Ok(found)
}

fn result(it: &Tried, because: Option<&String>) -> Came {
    Came {
        rule: it.rule.clone(),
        title: it.title.clone(),
        fix: it.digest(),
        passed: because.is_none(),
        because: because.cloned().unwrap_or_default(),
    }
}

/// Why a service cannot be told to be broken by a fix: it does not work without.
fn sick(shows: &Shows) -> Option<String> {
    let bad =
        shows.stands.iter().find(|it| !it.refused.is_empty() || it.ran.healthy == Some(false))?;
    Some(match bad.refused.first() {
        Some(it) => format!("{it} ({})", bad.when),
        None => format!("its health check fails {}", bad.when),
    })
}

fn say(what: &str) {
    complain(&Shown::line(&format!("verify: {what}")));
}

struct Search<'s> {
    bench: &'s Bench<'s>,
    plans: &'s Plans<'s>,
    originals: &'s Originals<'s>,
    before: &'s Run,
}

impl Search<'_> {
    /// Which services a form breaks, and why.
    fn why(&self, form: &Form) -> Result<BTreeMap<String, String>, Failure> {
        let after = self.bench.run(&form.isolated, self.originals)?;
        let none = Shows::default();
        let each = self.before.iter().filter_map(|(service, was)| {
            let is = after.get(service).unwrap_or(&none);
            Some((service.clone(), broken(was, is)?))
        });
        Ok(each.collect())
    }

    /// Adds group by group, and rule by rule in a group that breaks it, to each service that broke.
    fn culprits(
        &mut self,
        whole: &Form,
        why: &BTreeMap<String, String>,
        found: &mut Found,
    ) -> Result<(), Failure> {
        let mut allowed: Allowed = why.keys().map(|it| (it.clone(), BTreeSet::new())).collect();
        let mut blamed: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for group in GROUPS {
            let of_group = |service: &String| -> BTreeSet<String> {
                let fixes = whole.fixes.get(service).into_iter().flatten();
                fixes.map(|it| it.rule.clone()).filter(|it| group_of(it) == group).collect()
            };
            let wanted: BTreeMap<String, BTreeSet<String>> = why
                .keys()
                .map(|it| (it.clone(), of_group(it)))
                .filter(|it| !it.1.is_empty())
                .collect();
            if wanted.is_empty() {
                continue;
            }
            let broken = self.with(&mut allowed, &wanted, group.name())?;
            self.rules(&mut allowed, (group, &broken), &wanted, &mut blamed)?;
        }
        for (service, first) in why {
            let blamed = blamed.remove(service).unwrap_or_default();
            let fixes = whole.fixes.get(service).into_iter().flatten();
            let mut results: Vec<Came> = fixes.map(|it| result(it, blamed.get(&it.rule))).collect();
            // Alone none breaks it: together they do, and nobody can say which.
            if results.iter().all(|it| it.passed) {
                for it in &mut results {
                    it.passed = false;
                    it.because.clone_from(first);
                }
            }
            found.failed.insert(service.clone());
            found.tried.insert(service.clone(), results);
        }
        Ok(())
    }

    /// Tries what is allowed so far with more rules; what breaks goes again. Tells what broke.
    fn with(
        &self,
        allowed: &mut Allowed,
        wanted: &BTreeMap<String, BTreeSet<String>>,
        what: &str,
    ) -> Result<BTreeMap<String, String>, Failure> {
        say(&format!("looking for what breaks {}: {what}", names(wanted)));
        for (service, rules) in wanted {
            allowed.entry(service.clone()).or_default().extend(rules.iter().cloned());
        }
        let mut broken = self.why(&self.plans.form(allowed)?)?;
        broken.retain(|service, _| wanted.contains_key(service));
        for service in broken.keys() {
            if let (Some(all), Some(rules)) = (allowed.get_mut(service), wanted.get(service)) {
                all.retain(|it| !rules.contains(it));
            }
        }
        Ok(broken)
    }

    /// Looks within a group that breaks services.
    fn rules(
        &self,
        allowed: &mut Allowed,
        (group, broken): (Group, &BTreeMap<String, String>),
        wanted: &BTreeMap<String, BTreeSet<String>>,
        blamed: &mut BTreeMap<String, BTreeMap<String, String>>,
    ) -> Result<(), Failure> {
        let several = |it: &String| wanted.get(it).is_some_and(|it| it.len() > 1);
        let (many, one): (Vec<&String>, Vec<&String>) = broken.keys().partition(|it| several(it));
        for service in one {
            let rules = wanted.get(service).into_iter().flatten();
            let why = &broken[service];
            blamed
                .entry(service.clone())
                .or_default()
                .extend(rules.map(|it| (it.clone(), why.clone())));
        }
        let rules: BTreeSet<&String> =
            many.iter().filter_map(|it| wanted.get(*it)).flatten().collect();
        for rule in rules {
            let asked: BTreeMap<String, BTreeSet<String>> = many
                .iter()
                .filter(|it| wanted.get(**it).is_some_and(|it| it.contains(rule)))
                .map(|it| ((*it).clone(), BTreeSet::from([rule.clone()])))
                .collect();
            let told = self.with(allowed, &asked, &format!("{} ({rule})", group.name()))?;
            for (service, why) in told {
                blamed.entry(service).or_default().insert(rule.clone(), why);
            }
        }
        Ok(())
    }
}

fn names(wanted: &BTreeMap<String, BTreeSet<String>>) -> String {
    wanted.keys().cloned().collect::<Vec<_>>().join(", ")
}
