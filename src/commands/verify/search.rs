//! Which fix it is that breaks a service: the whole first, then group by group, then rule by rule.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Failure;
use super::super::output::complain;
use super::bench::{Bench, Kind, Originals, Run, Shows};
use super::compare::{Broken, broken, trouble};
use super::plans::{Allowed, Form, Plans, Tried};
use super::repair::note;
use crate::images::learned::Book;
use crate::report::shown::Shown;
use crate::trial::{GROUPS, Group, group_of};

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
    /// Services that do not work as they are.
    pub(super) sick: BTreeMap<String, String>,
    /// Services that do not work at some points as they are, which were not compared.
    pub(super) partly: BTreeMap<String, String>,
    /// What was done another way for services that broke at first, and why they did.
    pub(super) repaired: BTreeMap<String, Repaired>,
}

/// What was done another way for a service that broke at first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Repaired {
    /// Why it broke.
    pub(super) broke: Broken,
    /// The fixes in their new form.
    pub(super) titles: Vec<String>,
}

/// How often a plan is made anew by what the trial before it showed.
const ROUNDS: usize = 3;

/// Tries the project and looks for what breaks it. What services that break were seen to need is in the book then.
pub(super) fn search(
    bench: &Bench<'_>,
    plans: &mut Plans<'_>,
    book: &mut Book,
) -> Result<Found, Failure> {
    say("copying its data");
    let originals = Originals::of(bench, &plans.legacy)?;
    say("trying it as it is");
    let mut before = bench.run((Kind::AsItIs, &plans.legacy), &originals)?;
    let mut found = Found { left_out: plans.legacy.left_out.clone(), ..Found::default() };
    found.sick = before.iter().filter_map(|(name, it)| Some((name.clone(), sick(it)?))).collect();
    found.partly =
        before.iter().filter_map(|(name, it)| Some((name.clone(), partly(it)?))).collect();
    // What does not work as it is tells nothing of fixes.
    before.retain(|service, _| !found.sick.contains_key(service));
    let tries = Tries { bench, originals: &originals, before: &before };
    let (whole, why) = tries.repaired((plans, book), &mut found.repaired)?;
    for (service, fixes) in &whole.fixes {
        let is_told = !found.sick.contains_key(service) && !why.contains_key(service);
        if is_told && plans.legacy.services.contains_key(service) {
            found.tried.insert(service.clone(), fixes.iter().map(|it| result(it, None)).collect());
        }
    }
    if !why.is_empty() {
        Search { tries, plans }.culprits(&whole, why, &mut found)?;
    }
    Ok(found)
}

fn result(it: &Tried, because: Option<&Broken>) -> Came {
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
    all?.into_iter().next()
}

/// The points at which it does not work without fixes either, where it does at others.
fn partly(shows: &Shows) -> Option<String> {
    let bad: Vec<String> = shows.stands.iter().filter_map(trouble).collect();
    bad.first().filter(|_| bad.len() < shows.stands.len()).cloned()
}

fn say(what: &str) {
    complain(&Shown::line(&format!("verify: {what}")));
}

/// What tries a form and compares it with the project as it is.
struct Tries<'s> {
    bench: &'s Bench<'s>,
    originals: &'s Originals<'s>,
    before: &'s Run,
}

impl Tries<'_> {
    /// What the services of a form show, and why those that it breaks count as broken.
    fn why(&self, form: &Form) -> Result<(Run, BTreeMap<String, Broken>), Failure> {
        let after = self.bench.run((Kind::Hardened, &form.isolated), self.originals)?;
        let none = Shows::default();
        let each = self.before.iter().filter_map(|(service, was)| {
            let is = after.get(service).unwrap_or(&none);
            Some((service.clone(), broken(was, is)?))
        });
        let why = each.collect();
        Ok((after, why))
    }

    /// The form with all fixes, planned anew by what was seen of services that broke as long as that makes another plan,
    /// and why it breaks those that it still does.
    fn repaired(
        &self,
        (plans, book): (&mut Plans<'_>, &mut Book),
        repaired: &mut BTreeMap<String, Repaired>,
    ) -> Result<(Form, BTreeMap<String, Broken>), Failure> {
        let mut whole = plans.form(&Allowed::new())?;
        say("trying it with all fixes");
        let (mut after, mut why) = self.why(&whole)?;
        for _ in 0..ROUNDS {
            let mut noted = book.clone();
            if why.is_empty() || !note(self.bench, plans, &mut noted, (self.before, &after), &why)?
            {
                break;
            }
            plans.know(&noted)?;
            let next = plans.form(&Allowed::new())?;
            let changed: Vec<&String> =
                why.keys().filter(|it| next.fixes.get(*it) != whole.fixes.get(*it)).collect();
            if changed.is_empty() {
                plans.know(book)?;
                break;
            }
            let names = join(changed.iter().copied());
            say(&format!("trying it with what was seen to be needed: {names}"));
            *book = noted;
            for service in changed {
                let titles = new_titles(service, &whole, &next);
                let first = || Repaired { broke: why[service].clone(), titles: Vec::new() };
                repaired.entry(service.clone()).or_insert_with(first).titles = titles;
            }
            whole = next;
            (after, why) = self.why(&whole)?;
        }
        Ok((whole, why))
    }
}

/// What a form does for a service that the one before did not.
fn new_titles(service: &String, old: &Form, new: &Form) -> Vec<String> {
    let none = BTreeSet::new();
    let [old, new] = [old, new].map(|it| it.fixes.get(service).unwrap_or(&none));
    new.difference(old).map(|it| it.title.clone()).collect()
}

struct Search<'s> {
    tries: Tries<'s>,
    plans: &'s Plans<'s>,
}

impl Search<'_> {
    /// Adds group by group, and rule by rule in a group that breaks it, to each service that broke.
    fn culprits(
        &self,
        whole: &Form,
        why: BTreeMap<String, Broken>,
        found: &mut Found,
    ) -> Result<(), Failure> {
        let mut state = State::of(&why);
        for group in GROUPS {
            let of_group = |service: &String| -> BTreeSet<String> {
                let fixes = whole.fixes.get(service).into_iter().flatten();
                fixes.map(|it| it.rule.clone()).filter(|it| group_of(it) == group).collect()
            };
            let wanted = why.keys().map(|it| (it.clone(), of_group(it)));
            let wanted: Allowed = wanted.filter(|it| !it.1.is_empty()).collect();
            if wanted.is_empty() {
                continue;
            }
            let broken = self.with(&mut state, &wanted, group.name())?;
            self.rules(&mut state, (group, broken), &wanted)?;
        }
        for (service, first) in why {
            let mut blamed = state.blamed.remove(&service).unwrap_or_default();
            let good = state.good.remove(&service).unwrap_or_default();
            if blamed.is_empty() {
                // Alone none breaks it: together they do, and nobody can say which.
                let fixes = whole.fixes.get(&service).into_iter().flatten();
                blamed = fixes.map(|it| (it.rule.clone(), first.clone())).collect();
            }
            let fixes = whole.fixes.get(&service).into_iter().flatten();
            let bad = fixes.filter_map(|it| Some(result(it, Some(blamed.get(&it.rule)?))));
            let mut all: Vec<Came> = bad.collect();
            let passes = good.iter().filter(|it| !blamed.contains_key(&it.rule));
            all.extend(passes.map(|it| result(it, None)));
            found.failed.insert(service.clone());
            found.tried.insert(service, all);
        }
        Ok(())
    }

    /// Tries what is allowed so far with more rules; what breaks goes again. Tells what broke.
    fn with(
        &self,
        state: &mut State,
        wanted: &Allowed,
        what: &str,
    ) -> Result<BTreeMap<String, Broken>, Failure> {
        say(&format!("looking for what breaks {}: {what}", join(wanted.keys())));
        for (service, rules) in wanted {
            state.allowed.entry(service.clone()).or_default().extend(rules.iter().cloned());
        }
        let form = self.plans.form(&state.allowed)?;
        let (_, mut broken) = self.tries.why(&form)?;
        broken.retain(|service, _| wanted.contains_key(service));
        for (service, rules) in wanted {
            match broken.contains_key(service) {
                true => {
                    let all = state.allowed.entry(service.clone()).or_default();
                    all.retain(|it| !rules.contains(it));
                }
                false => {
                    let fixes = form.fixes.get(service).cloned().unwrap_or_default();
                    state.good.insert(service.clone(), fixes);
                }
            }
        }
        Ok(broken)
    }

    /// Looks within a group that breaks services.
    fn rules(
        &self,
        state: &mut State,
        (group, broken): (Group, BTreeMap<String, Broken>),
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
}

/// What is known so far of the services that broke.
#[derive(Default)]
struct State {
    /// What each of them works with.
    allowed: Allowed,
    /// The fixes of the last form in which it worked.
    good: BTreeMap<String, BTreeSet<Tried>>,
    /// The rules that break it, and how.
    blamed: BTreeMap<String, BTreeMap<String, Broken>>,
}

impl State {
    fn of(why: &BTreeMap<String, Broken>) -> State {
        let allowed = why.keys().map(|it| (it.clone(), BTreeSet::new())).collect();
        State { allowed, ..State::default() }
    }
}

fn join<'n>(names: impl Iterator<Item = &'n String>) -> String {
    names.cloned().collect::<Vec<_>>().join(", ")
}
