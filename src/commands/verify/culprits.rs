//! Which fix it is that breaks a service: whose it is, then group by group, then rule by rule.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Failure;
use super::compare::Broken;
use super::plans::{Allowed, Form, Plans, Tried};
use super::search::{Came, Found, Tries, join, result, say};
use crate::trial::{GROUPS, Group, group_of, numbers};

/// What looks for the fixes that break services.
pub(super) struct Search<'s> {
    pub(super) tries: Tries<'s>,
    pub(super) plans: &'s Plans<'s>,
}

/// Services whose fixes break something, each with those that show it.
type Suspects = BTreeMap<String, BTreeSet<String>>;

/// Who breaks, and how.
type Why = BTreeMap<String, Broken>;

impl Search<'_> {
    /// Finds whose fixes they are; adds group by group, and rule by rule in a group that breaks something, to each of
    /// those; and tries what is left once more together.
    pub(super) fn culprits(
        &self,
        whole: &Form,
        why: &Why,
        found: &mut Found,
    ) -> Result<(), Failure> {
        let (suspects, victims) = self.suspects(whole, why, found)?;
        let mut state = State { suspects, victims, ..State::default() };
        let names = state.suspects.keys().chain(&state.victims);
        state.allowed = names.map(|it| (it.clone(), BTreeSet::new())).collect();
        for group in GROUPS {
            let mut wanted = wanted(whole, state.suspects.keys(), &[group]);
            // Some passed with an earlier group already.
            wanted.retain(|it, rules| {
                !state.allowed.get(it).is_some_and(|all| all.is_superset(rules))
            });
            if wanted.is_empty() {
                continue;
            }
            let mut broken = self.with(&mut state, &wanted, group.name())?;
            if group == Group::User {
                self.with_places(whole, &mut state, &mut broken)?;
            }
            self.rules(&mut state, (group, broken), &wanted)?;
        }
        self.together(whole, state, found)
    }

    /// Tries those that break by their user once more with what stays writable under a read-only root, which belongs to
    /// that user: what is refused without may be granted there.
    fn with_places(
        &self,
        whole: &Form,
        state: &mut State,
        broken: &mut Why,
    ) -> Result<(), Failure> {
        let has_places = |it: &&String| !wanted(whole, [*it], &[Group::Filesystem]).is_empty();
        let names: Vec<&String> = broken.keys().filter(has_places).collect();
        let both = wanted(whole, names, &[Group::User, Group::Filesystem]);
        if both.is_empty() {
            return Ok(());
        }
        let what = format!("{} with {}", Group::User.name(), Group::Filesystem.name());
        let still = self.with(state, &both, &what)?;
        broken.retain(|it, _| !both.contains_key(it) || still.contains_key(it));
        Ok(())
    }

    /// Whose fixes break those that break: their own, or those of others. Those that are others' victims come second.
    fn suspects(
        &self,
        whole: &Form,
        why: &Why,
        found: &mut Found,
    ) -> Result<(Suspects, BTreeSet<String>), Failure> {
        say(&format!("looking for what breaks {}: none of their own fixes", join(why.keys())));
        let without = |names: &mut dyn Iterator<Item = &String>| -> Allowed {
            names.map(|it| (it.clone(), BTreeSet::new())).collect()
        };
        let own = without(&mut why.keys());
        let mut open = self.broken(&own)?;
        open.retain(|it, _| why.contains_key(it));
        let is_own = |it: &&String| !open.contains_key(*it);
        let mut suspects: Suspects =
            why.keys().filter(is_own).map(|it| (it.clone(), BTreeSet::new())).collect();
        let others = whole.fixes.keys().filter(|it| !why.contains_key(*it));
        let mut victims = BTreeSet::new();
        for other in others {
            if open.is_empty() {
                break;
            }
            say(&format!(
                "looking for what breaks {}: without the fixes of {other}",
                join(open.keys())
            ));
            let broken = self.broken(&without(&mut why.keys().chain([other])))?;
            let mended: Vec<String> =
                open.keys().filter(|it| !broken.contains_key(*it)).cloned().collect();
            for it in mended {
                open.remove(&it);
                suspects.entry(other.clone()).or_default().insert(it.clone());
                victims.insert(it);
            }
        }
        for (service, it) in open {
            let told = format!("it breaks without its own fixes, too, and no other's alone: {it}");
            found.sick.insert(service, told);
        }
        Ok((suspects, victims))
    }

    fn broken(&self, allowed: &Allowed) -> Result<Why, Failure> {
        Ok(self.tries.why(&self.plans.form(allowed)?)?.1)
    }

    /// Tries what is allowed so far with more rules; what breaks goes again. Tells what broke.
    fn with(&self, state: &mut State, wanted: &Allowed, what: &str) -> Result<Why, Failure> {
        say(&format!(
            "looking for what breaks {}: {what}",
            join(state.shown_by(wanted.keys()).iter())
        ));
        for (service, rules) in wanted {
            state.allowed.entry(service.clone()).or_default().extend(rules.iter().cloned());
        }
        let form = self.plans.form(&state.allowed)?;
        let all = self.tries.why(&form)?.1;
        let mut by_others = self.by_others(state, wanted, &all)?;
        let mut broken = Why::new();
        for (service, rules) in wanted {
            if let Some(fixes) = by_others.remove(service) {
                state.good.insert(service.clone(), fixes);
                continue;
            }
            match state.shown(service, &all) {
                Some(why) => {
                    broken.insert(service.clone(), why);
                    let all = state.allowed.entry(service.clone()).or_default();
                    all.retain(|it| !rules.contains(it));
                }
                None => {
                    let fixes = form.fixes.get(service).cloned().unwrap_or_default();
                    state.good.insert(service.clone(), fixes);
                }
            }
        }
        Ok(broken)
    }

    /// Of several services that broke at once, those that break by what was tried for the others alone, with the fixes
    /// that they pass with. Where two can break by each other, each is tried without the other once.
    fn by_others(
        &self,
        state: &State,
        wanted: &Allowed,
        all: &Why,
    ) -> Result<BTreeMap<String, BTreeSet<Tried>>, Failure> {
        let broken: Vec<&String> =
            wanted.keys().filter(|it| state.shown(it, all).is_some()).collect();
        let numbers = numbers(&self.plans.legacy.model, &broken);
        let last = numbers.values().copied().max().unwrap_or_default();
        let mut passed = BTreeMap::new();
        for bit in (0..usize::BITS).take_while(|bit| last >> bit > 0) {
            for side in [0, 1] {
                let (with, without): (Vec<&String>, Vec<&String>) =
                    broken.iter().partition(|it| numbers[**it] >> bit & 1 == side);
                say(&format!(
                    "looking for what breaks {}: by its own or by others",
                    join(with.iter().copied())
                ));
                let mut allowed = state.allowed.clone();
                for it in without {
                    let tried = &wanted[it];
                    allowed.entry(it.clone()).or_default().retain(|it| !tried.contains(it));
                }
                let form = self.plans.form(&allowed)?;
                let why = self.tries.why(&form)?.1;
                for it in with.into_iter().filter(|it| state.shown(it, &why).is_none()) {
                    let fixes = form.fixes.get(it).cloned().unwrap_or_default();
                    passed.insert(it.clone(), fixes);
                }
            }
        }
        // All of them break by nothing but each other: nobody can say which.
        if passed.len() == broken.len() {
            passed.clear();
        }
        Ok(passed)
    }

    /// Looks within a group that breaks services.
    fn rules(
        &self,
        state: &mut State,
        (group, broken): (Group, Why),
        wanted: &Allowed,
    ) -> Result<(), Failure> {
        let several = |it: &String| wanted.get(it).is_some_and(|it| it.len() > 1);
        let (many, one): (Vec<_>, Vec<_>) = broken.into_iter().partition(|it| several(&it.0));
        for (service, why) in one {
            let rules = wanted.get(&service).into_iter().flatten();
            let blamed = state.blamed.entry(service.clone()).or_default();
            blamed.extend(rules.map(|it| (it.clone(), why.clone())));
        }
        let rules: BTreeSet<&String> =
            many.iter().filter_map(|it| wanted.get(&it.0)).flatten().collect();
        for rule in rules {
            let has =
                |it: &&(String, Broken)| wanted.get(&it.0).is_some_and(|it| it.contains(rule));
            let asked = many.iter().filter(has);
            let asked: Allowed =
                asked.map(|it| (it.0.clone(), BTreeSet::from([rule.clone()]))).collect();
            let told = self.with(state, &asked, &format!("{} ({rule})", group.name()))?;
            for (service, why) in told {
                state.blamed.entry(service).or_default().insert(rule.clone(), why);
            }
        }
        Ok(())
    }

    /// Tries what is left of all services together, those that were others' victims with all their fixes, and tells what
    /// came of each.
    fn together(&self, whole: &Form, mut state: State, found: &mut Found) -> Result<(), Failure> {
        say("trying together what is left");
        state.allowed.retain(|it, _| !state.victims.contains(it));
        let form = self.plans.form(&state.allowed)?;
        let mut broken = self.tries.why(&form)?.1;
        let names: Vec<String> = state.suspects.keys().chain(&state.victims).cloned().collect();
        for service in names {
            let fixes = || whole.fixes.get(&service).into_iter().flatten();
            let blamed = state.blamed.remove(&service).unwrap_or_default();
            let is_victim = state.victims.contains(&service);
            let mut all: Vec<Came> =
                fixes().filter_map(|it| Some(result(it, Some(blamed.get(&it.rule)?)))).collect();
            let told = |it: &&Tried| !blamed.contains_key(&it.rule);
            match broken.remove(&service) {
                // Alone none breaks it: together they do, and nobody can say which.
                Some(why) => all.extend(fixes().filter(told).map(|it| result(it, Some(&why)))),
                None if is_victim => {
                    let own = form.fixes.get(&service).into_iter().flatten();
                    all.extend(own.map(|it| result(it, None)));
                }
                None => {
                    let good = state.good.remove(&service).unwrap_or_default();
                    all.extend(good.iter().filter(told).map(|it| result(it, None)));
                }
            }
            if all.iter().any(|it| !it.passed) {
                found.failed.insert(service.clone());
            }
            found.tried.insert(service, all);
        }
        // Those that broke by nothing but this combination.
        for (service, why) in broken {
            if let Some(all) = found.tried.get_mut(&service) {
                all.iter_mut().for_each(|it| (it.passed, it.because) = (false, Some(why.clone())));
                found.failed.insert(service);
            }
        }
        Ok(())
    }
}

/// The rules of some groups that services have fixes of; none for a service that has none.
fn wanted<'n>(
    whole: &Form,
    services: impl IntoIterator<Item = &'n String>,
    groups: &[Group],
) -> Allowed {
    let rules = |service: &String| -> BTreeSet<String> {
        let fixes = whole.fixes.get(service).into_iter().flatten();
        fixes.map(|it| it.rule.clone()).filter(|it| groups.contains(&group_of(it))).collect()
    };
    let all = services.into_iter().map(|it| (it.clone(), rules(it)));
    all.filter(|it| !it.1.is_empty()).collect()
}

/// What is known so far of the services whose fixes break something.
#[derive(Default)]
struct State {
    suspects: Suspects,
    /// Services that break by others' fixes. They have none of their own until all else is known.
    victims: BTreeSet<String>,
    /// What each of them works with.
    allowed: Allowed,
    /// The fixes of the last form in which it worked.
    good: BTreeMap<String, BTreeSet<Tried>>,
    /// The rules that break it, and how.
    blamed: BTreeMap<String, BTreeMap<String, Broken>>,
}

impl State {
    /// How a suspect's fixes show: in itself, or in one that goes by it.
    fn shown(&self, suspect: &String, why: &Why) -> Option<Broken> {
        let others = self.suspects.get(suspect).into_iter().flatten();
        let other = |it: &String| {
            let broken = why.get(it)?;
            let what = format!("{it} breaks: {}", broken.what);
            Some(Broken { what, line: broken.line.clone() })
        };
        why.get(suspect).cloned().or_else(|| others.into_iter().find_map(other))
    }

    /// Who shows what is wrong with suspects.
    fn shown_by<'n>(&self, names: impl Iterator<Item = &'n String>) -> BTreeSet<String> {
        let shown = |it: &'n String| {
            let others = self.suspects.get(it).filter(|it| !it.is_empty()).cloned();
            others.unwrap_or_else(|| BTreeSet::from([it.clone()]))
        };
        names.flat_map(shown).collect()
    }
}
