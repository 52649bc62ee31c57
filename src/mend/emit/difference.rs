//! What an override has to say so that a project becomes another one: each key in the plainest form that does it.

use foldhash::HashMap;

use super::super::composed::both;
use super::super::plain::{Map, Plain, is_pairs, pair, pairs};
use super::same::{ENGINE, is_same, keys, meant, section};
use super::{About, Unsaid};
use crate::finding::FileId;
use crate::workload::{Files, compose};
use crate::yaml::Kind;

/// Something to be said.
#[derive(Debug)]
pub(super) struct Wanted {
    /// Below which keys.
    pub(super) path: Vec<String>,
    /// What.
    pub(super) what: What,
}

/// What is said of a place.
#[derive(Debug)]
pub(super) enum What {
    /// It is this, or has this beside what it has.
    Plain(Plain),
    /// It has these items more.
    Items(Vec<Plain>),
    /// It is not there.
    Reset,
    /// It is this, whatever the others say.
    Override(Plain),
}

impl Wanted {
    /// Whether it takes a tag that only Compose knows.
    pub(super) fn is_tagged(&self) -> bool {
        matches!(self.what, What::Reset | What::Override(_))
    }
}

/// Where the difference is told.
pub(super) struct Scene<'s, 'f> {
    /// The files as they were mended in place.
    pub(super) files: &'s Files<'f>,
    /// Those that Compose merges.
    pub(super) merged: &'s [FileId],
    /// The override.
    pub(super) target: FileId,
    /// The files as they are, with what was mended in the override itself.
    pub(super) now: &'s Files<'f>,
}

/// What an override has to say so that `now` becomes `goal`.
///
/// # Errors
/// What it cannot say.
pub(super) fn differences(
    scene: &Scene<'_, '_>,
    now: &Map,
    goal: &Map,
) -> Result<Vec<Wanted>, Unsaid> {
    let mut all = Vec::new();
    let (before, after) = (section(now), section(goal));
    for name in keys(before, after) {
        let (now, goal) = match (before.get(name), after.get(name)) {
            (Some(Plain::Map(now)), Some(Plain::Map(goal))) => (now, goal),
            (None, Some(Plain::Map(goal))) => {
                all.extend(added(name, goal));
                continue;
            }
            _ => continue,
        };
        for key in keys(now, goal) {
            if is_same(key, now.get(key), goal.get(key)) {
                continue;
            }
            let first = all.len();
            let service = Service { scene, name, key };
            service.say(now.get(key), goal.get(key), &mut all);
            service.check(&all[first..])?;
        }
    }
    for key in keys(now, goal).into_iter().filter(|it| *it != "services") {
        any(vec![key.clone()], now.get(key), goal.get(key), &mut all);
    }
    let order = order(scene);
    all.sort_by_key(|it| {
        let place = |length: usize| order.get(&it.path[..length.min(it.path.len())]);
        (
            place(1).is_none(),
            place(2).map_or(usize::MAX, |it| *it),
            place(3).map_or(usize::MAX, |it| *it),
        )
    });
    Ok(all)
}

/// A service that the files do not have.
fn added(name: &str, service: &Map) -> impl Iterator<Item = Wanted> {
    service.iter().map(move |(key, value)| Wanted {
        path: vec!["services".to_owned(), name.to_owned(), key.clone()],
        what: What::Plain(value.clone()),
    })
}

/// Where services and their keys come in the files: first what is there, then what was mended.
fn order(scene: &Scene<'_, '_>) -> HashMap<Vec<String>, usize> {
    let mut order = HashMap::default();
    let mut note = |path: &[&str]| {
        let next = order.len();
        order.entry(path.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>()).or_insert(next);
    };
    note(&["services"]);
    for files in [scene.now, scene.files] {
        // What they include has the services that they do not have.
        let merged = scene.merged.iter().map(|it| files.get(*it));
        let roots = merged.chain(files.iter().map(|it| it.1)).flat_map(|it| it.tree.documents());
        for (name, service) in roots.flat_map(compose::services) {
            let Some(name) = name.value() else { continue };
            note(&["services", name]);
            for key in service.resolve().entries().iter().filter_map(|it| it.key.value()) {
                note(&["services", name, key]);
            }
        }
    }
    order
}

/// A key of a service.
#[derive(Clone, Copy)]
struct Service<'s, 'f> {
    scene: &'s Scene<'s, 'f>,
    name: &'s str,
    key: &'s str,
}

impl Service<'_, '_> {
    fn path(&self) -> Vec<String> {
        ["services", self.name, self.key].map(str::to_owned).to_vec()
    }

    fn say(&self, now: Option<&Plain>, goal: Option<&Plain>, all: &mut Vec<Wanted>) {
        let path = self.path();
        let Some(goal) = goal.filter(|it| meant(self.key, Some(it)).is_some()) else {
            return all.push(Wanted { path, what: What::Reset });
        };
        let Some(now) = now.filter(|it| meant(self.key, Some(it)).is_some()) else {
            return all.push(Wanted { path, what: What::Plain(goal.clone()) });
        };
        if is_pairs(self.key) {
            return self.say_pairs(now, goal, all);
        }
        if let (Plain::Map(_), Plain::Map(_)) = (now, goal) {
            return any(path, Some(now), Some(goal), all);
        }
        let what = self.plain(now, goal).unwrap_or_else(|| What::Override(goal.clone()));
        all.push(Wanted { path, what });
    }

    /// What does it without a tag, merged as Compose does.
    fn plain(&self, now: &Plain, goal: &Plain) -> Option<What> {
        let comes = |said: &Plain| {
            let merged = both(now.clone(), said.clone(), &mut self.path());
            is_same(self.key, Some(&merged), Some(goal))
        };
        let known = now.items();
        let new: Vec<Plain> =
            goal.items().iter().filter(|it| !known.contains(it)).cloned().collect();
        // Not every reader takes the second of two entries for one place (SPEC 5.8).
        let place = |it: &Plain| match it {
            Plain::Text(it) => it.split(':').next().map(str::to_owned),
            Plain::Null | Plain::List(_) | Plain::Map(_) => None,
        };
        let is_there = |it: &Plain| known.iter().any(|own| place(own) == place(it));
        if self.key == "tmpfs" && new.iter().any(is_there) {
            return None;
        }
        let list = Plain::List(new);
        if matches!(goal, Plain::List(_)) && comes(&list) {
            let Plain::List(new) = list else { return None };
            return Some(What::Items(new));
        }
        comes(goal).then(|| What::Plain(goal.clone()))
    }

    fn say_pairs(&self, now: &Plain, goal: &Plain, all: &mut Vec<Wanted>) {
        let (before, after) = (pairs(self.key, now), pairs(self.key, goal));
        let gone: Vec<&String> = before.keys().filter(|it| !after.contains_key(*it)).collect();
        let is_new = |name: &String, value: &Plain| before.get(name) != Some(value);
        // Once merged, what was a mapping is a list to Compose, of which nothing is taken away by its key.
        let can_reset = matches!(now, Plain::Map(_)) && self.is_said_once();
        let can_empty = self.key == "environment" && gone.iter().all(|it| *it == ENGINE);
        if !gone.is_empty() && !can_reset && !can_empty {
            let what = What::Override(goal.clone());
            return all.push(Wanted { path: self.path(), what });
        }
        if self.own_kind() == Some(Kind::Sequence) {
            let listed = if let Plain::List(it) = goal { it.clone() } else { list(&after) };
            let new =
                |it: &Plain| pair(self.key, it).is_some_and(|(name, value)| is_new(&name, &value));
            let mut new: Vec<Plain> = listed.into_iter().filter(new).collect();
            new.extend(gone.iter().map(|it| Plain::Text(format!("{it}=").as_str().into())));
            return all.push(Wanted { path: self.path(), what: What::Items(new) });
        }
        let below = |name: &String| [self.path(), vec![name.clone()]].concat();
        for name in gone {
            let what = if can_reset { What::Reset } else { What::Plain(Plain::Text("".into())) };
            all.push(Wanted { path: below(name), what });
        }
        for (name, value) in after.iter().filter(|it| is_new(it.0, it.1)) {
            all.push(Wanted { path: below(name), what: What::Plain(value.clone()) });
        }
    }

    /// What the override itself has there.
    fn own_kind(&self) -> Option<Kind> {
        let tree = &self.scene.now.get(self.scene.target).tree;
        let root = tree.documents().last()?;
        let own =
            root.get("services")?.resolve().get(self.name)?.resolve().get(self.key)?.resolve();
        (!own.is_null()).then(|| own.kind())
    }

    /// Whether no more than one layer of the service can have the key.
    fn is_said_once(&self) -> bool {
        let mut count = 0;
        for id in self.scene.merged {
            for root in self.scene.now.get(*id).tree.documents() {
                if root.get("include").is_some() {
                    return false;
                }
                let own = compose::services(root).find(|it| it.0.value() == Some(self.name));
                let Some(own) = own.map(|it| it.1.resolve()) else { continue };
                if own.get("extends").is_some() {
                    return false;
                }
                count += usize::from(own.get(self.key).is_some());
            }
        }
        count <= 1
    }

    /// What is said again in the override means there what it meant where it was taken from.
    fn check(&self, all: &[Wanted]) -> Result<(), Unsaid> {
        let first = self.scene.merged.first().map(|it| self.scene.files.get(*it));
        for wanted in all {
            let mut texts = Vec::new();
            match &wanted.what {
                What::Plain(it) | What::Override(it) => it.texts(&mut texts),
                What::Items(it) => it.iter().for_each(|it| it.texts(&mut texts)),
                What::Reset => (),
            }
            for text in texts {
                let Some((id, _)) = text.at.filter(|it| !self.scene.merged.contains(&it.0)) else {
                    continue;
                };
                let from = self.scene.files.get(id);
                let is_near = first.is_some_and(|it| it.path.parent() == from.path.parent());
                if !is_near && (text.starts_with('.') || text.contains('$')) {
                    let why = format!(
                        "an override would have to say `{}` of {} again, which means something else beside another \
                         file: write it in place",
                        &**text,
                        from.path.display()
                    );
                    let about = About::Key(self.key.to_owned());
                    return Err(Unsaid { service: Some(self.name.to_owned()), about, why });
                }
            }
        }
        Ok(())
    }
}

/// Pairs as a list.
fn list(all: &Map) -> Vec<Plain> {
    let item = |(name, value): (&String, &Plain)| match value {
        Plain::Text(it) => Plain::Text(format!("{name}={}", &**it).as_str().into()),
        Plain::Null | Plain::List(_) | Plain::Map(_) => Plain::Text(name.as_str().into()),
    };
    all.iter().map(item).collect()
}

/// The same of data that Compose merges without further knowledge.
fn any(path: Vec<String>, now: Option<&Plain>, goal: Option<&Plain>, all: &mut Vec<Wanted>) {
    if now == goal {
        return;
    }
    let what = match (now, goal) {
        (_, None) => What::Reset,
        (None | Some(Plain::Null), Some(goal)) => What::Plain(goal.clone()),
        (Some(Plain::Map(now)), Some(Plain::Map(goal))) => {
            for key in keys(now, goal) {
                let below = [path.clone(), vec![key.clone()]].concat();
                any(below, now.get(key), goal.get(key), all);
            }
            return;
        }
        (Some(Plain::List(now)), Some(Plain::List(goal)))
            if now.iter().all(|it| goal.contains(it)) =>
        {
            What::Items(goal.iter().filter(|it| !now.contains(it)).cloned().collect())
        }
        (Some(Plain::Text(_)), Some(goal @ Plain::Text(_))) => What::Plain(goal.clone()),
        (Some(_), Some(goal)) => What::Override(goal.clone()),
    };
    all.push(Wanted { path, what });
}
