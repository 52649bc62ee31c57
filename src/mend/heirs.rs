//! Whom a fix reaches beside its own service: whoever inherits what it writes, in every way in which the files of the
//! project are put together (SPEC 5.7). Nobody inherits what was decided otherwise for it.

use std::path::Path;

use foldhash::{HashMap, HashSet};

use super::alike::{alike, step, text, with_key};
use super::answer::{Answer, Less};
use crate::finding::{Confidence, ContainerId, Edit, FileId, Finding};
use crate::workload::compose::{Level, Service};
use crate::workload::{Certainty, Dialect, Files, Item, Workload, view};
use crate::yaml::{Action, Change, Kind, Node, NodeId, Step};

/// Services that inherit, by the nodes that they inherit from.
pub(super) struct Heirs<'h, 't> {
    files: &'h Files<'t>,
    all: Vec<Heir<'h, 't>>,
    /// Those of the project itself.
    own: Touched<'t>,
    /// Those that are put together elsewhere.
    others: Touched<'t>,
}

type Touched<'t> = HashMap<(FileId, NodeId), Vec<Touch<'t>>>;

/// A service that inherits.
struct Heir<'h, 't> {
    service: &'h Service<'t>,
    name: &'h str,
    /// The files that make it, where it is put together elsewhere; nothing for one that is judged itself.
    way: Option<&'h [FileId]>,
}

/// A node that takes part in an heir.
#[derive(Clone, Copy)]
struct Touch<'t> {
    heir: usize,
    level: usize,
    /// The key whose value it is, or belongs to; nothing for a mapping of keys.
    key: Option<&'t str>,
    /// Its place in that value, where it is an item of it.
    item: Option<usize>,
}

/// The files of another way to put the project together, and its services.
pub(super) type Way<'h, 't> = (&'h [FileId], Vec<Workload<'t>>);

/// What an heir would have written for itself.
#[derive(Clone)]
pub(super) struct Ask {
    place: Option<(FileId, NodeId)>,
    key: String,
    rest: Vec<Step>,
    action: Action,
    confidence: Confidence,
    may_break: Option<String>,
}

impl Ask {
    /// Whether it takes this item out of its list.
    fn takes_away(&self, item: &Item<'_>) -> bool {
        let index = item.node.index().map(Step::from);
        self.action == Action::Remove
            && self.place == Some((item.file, item.list.value.id()))
            && self.rest.len() == 1
            && self.rest.first() == index.as_ref()
    }
}

impl<'h, 't> Heirs<'h, 't> {
    /// The services of the project that extend another, and all that are put together elsewhere.
    pub(super) fn find(
        files: &'h Files<'t>,
        own: &'h [Workload<'t>],
        elsewhere: &'h [Way<'h, 't>],
    ) -> Heirs<'h, 't> {
        let mut heirs =
            Heirs { files, all: Vec::new(), own: HashMap::default(), others: HashMap::default() };
        let others = elsewhere.iter().flat_map(|(way, all)| all.iter().map(|it| (it, Some(*way))));
        for (workload, way) in own.iter().map(|it| (it, None)).chain(others) {
            let Dialect::Compose(service) = &workload.dialect else { continue };
            let inherited = |it: &Level<'t>| way.is_some() || it.base.is_some();
            if !service.levels.iter().any(inherited) {
                continue;
            }
            let heir = heirs.all.len();
            heirs.all.push(Heir { service, name: &workload.name, way });
            for (number, level) in service.levels.iter().enumerate() {
                if inherited(level) {
                    heirs.note(level, (heir, number));
                }
            }
        }
        heirs
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    fn note(&mut self, level: &Level<'t>, (heir, number): (usize, usize)) {
        let touched = match self.all[heir].way {
            None => &mut self.own,
            Some(_) => &mut self.others,
        };
        let mut touch = |node: Node<'t>, key: Option<&'t str>, item: Option<usize>| {
            let touches = touched.entry((level.file, node.id())).or_default();
            touches.push(Touch { heir, level: number, key, item });
        };
        touch(level.node, None, None);
        level.fragments().iter().for_each(|it| touch(*it, None, None));
        for entry in view::entries(level.node) {
            let Some(key) = entry.key.value() else { continue };
            touch(entry.value, Some(key), None);
            let items = entry.value.items().map(Node::resolve).enumerate();
            items.for_each(|(place, it)| touch(it, Some(key), Some(place)));
        }
    }

    /// What each heir would have written for itself, by what was found in it.
    pub(super) fn asks(&self, found: &HashMap<ContainerId, Vec<&Finding>>) -> Vec<Vec<Ask>> {
        let of = |heir: &Heir<'h, 't>| {
            let findings = found.get(&heir.service.id).into_iter().flatten();
            let fixes = findings.flat_map(|it| &it.fixes);
            let asks = fixes.flat_map(|fix| {
                let ask = |edit: &Edit| {
                    let (key, rest) = self.relative(heir.service, edit.file, &edit.change)?;
                    Some(Ask {
                        place: Some((edit.file, edit.change.at)),
                        key,
                        rest,
                        action: edit.change.action.clone(),
                        confidence: fix.confidence,
                        may_break: fix.may_break.as_ref().map(|it| it.clone().into_owned()),
                    })
                };
                fix.edits.iter().filter_map(ask).collect::<Vec<_>>()
            });
            asks.collect()
        };
        self.all.iter().map(of).collect()
    }

    /// The key of a service that a change is about, and the way from its value.
    fn relative(
        &self,
        service: &Service<'t>,
        file: FileId,
        change: &Change,
    ) -> Option<(String, Vec<Step>)> {
        let at = self.files.get(file).tree.node(change.at);
        for level in service.levels.iter().filter(|it| it.file == file) {
            let mut mappings = level.fragments().iter().chain([&level.node]);
            if mappings.any(|it| it.id() == at.id()) {
                return with_key(None, Vec::new(), &change.path);
            }
            let entries = view::entries(level.node);
            let mut way = Vec::new();
            for node in std::iter::successors(Some(at), |it| it.parent()) {
                let found = entries.iter().find(|it| it.value.id() == node.id());
                if let Some(key) = found.and_then(|it| it.key.value()) {
                    way.reverse();
                    return with_key(Some(key), way, &change.path);
                }
                way.extend(step(node));
            }
            // An item may stand elsewhere, and be in the list by an alias.
            let alias = |it: &Node<'t>| it.kind() == Kind::Alias && it.resolve().id() == at.id();
            for entry in entries.iter().filter(|_| at.aliases() > 0) {
                if let Some(place) = entry.value.items().position(|it| alias(&it)) {
                    return with_key(entry.key.value(), vec![Step::from(place)], &change.path);
                }
            }
        }
        None
    }

    /// Takes from the fixes of a finding what its heirs are not to have; whether something changed.
    pub(super) fn settle(&self, finding: &mut Finding, asks: &[Vec<Ask>]) -> bool {
        let mut changed = false;
        let mut why = None;
        finding.fixes.retain_mut(|fix| {
            for edit in &mut fix.edits {
                let mut answer = self.answer(
                    finding.container,
                    (edit.file, &edit.change),
                    edit.shared.is_some(),
                    asks,
                );
                if let (Answer::Denied(_), Some(shared)) = (&answer, &mut edit.shared)
                    && let Ok(changes) = &shared.otherwise
                {
                    let nobody: &[ContainerId] = &[finding.container, ContainerId::NOBODY];
                    changed |= &*shared.users != nobody;
                    shared.users = nobody.into();
                    let alone = changes
                        .iter()
                        .map(|it| self.answer(finding.container, (it.0, &it.1), false, asks));
                    answer = alone.fold(Answer::Agreed, Answer::worse);
                }
                match answer {
                    Answer::Agreed => (),
                    Answer::Lower(it) => {
                        if it.confidence < fix.confidence {
                            changed = true;
                            let whose = self.all[it.heir].called(self.files, it.beside);
                            fix.confidence = it.confidence;
                            fix.basis = format!("{whose} gets it too").into();
                            let may_break = it.may_break.map(str::to_owned);
                            fix.may_break = Some(may_break.unwrap_or(whose).into());
                        }
                    }
                    Answer::Denied(it) => {
                        why = Some(it);
                        return false;
                    }
                }
            }
            true
        });
        if let Some(why) = why {
            finding.advice = Some(why);
            changed = true;
        }
        changed
    }

    fn answer<'a>(
        &self,
        container: ContainerId,
        (file, change): (FileId, &Change),
        is_shared: bool,
        asks: &'a [Vec<Ask>],
    ) -> Answer<'a> {
        let at = self.files.get(file).tree.node(change.at);
        let mut known: HashSet<(usize, usize)> = HashSet::default();
        let mut answer = Answer::Agreed;
        let mut way = Vec::new();
        for node in std::iter::successors(Some(at), |it| it.parent()) {
            let place = (file, node.id());
            // Whom the plan asks it asks by name.
            let own = self.own.get(&place).filter(|_| !is_shared);
            for touch in own.into_iter().chain(self.others.get(&place)).flatten() {
                let heir = &self.all[touch.heir];
                let is_itself = heir.way.is_none() && heir.service.id == container;
                if is_itself || !known.insert((touch.heir, touch.level)) {
                    continue;
                }
                let place = touch.item.map(Step::from);
                let steps = place.into_iter().chain(way.iter().rev().cloned()).collect();
                let Some((key, rest)) = with_key(touch.key, steps, &change.path) else { continue };
                let ask = Ask {
                    place: Some((file, change.at)),
                    key,
                    rest,
                    action: change.action.clone(),
                    confidence: Confidence::Safe,
                    may_break: None,
                };
                answer = answer.worse(self.asked(*touch, node, &ask, &asks[touch.heir]));
            }
            way.extend(step(node));
        }
        answer
    }

    fn asked<'a>(&self, touch: Touch<'t>, node: Node<'t>, it: &Ask, asks: &'a [Ask]) -> Answer<'a> {
        let heir = &self.all[touch.heir];
        if hidden(heir.service, touch.level, node, &it.key)
            || heir.has(it, asks)
            || heir.hides(touch.level, it)
        {
            return Answer::Agreed;
        }
        let by_place = it.rest.iter().any(|it| matches!(it, Step::Index(_)));
        let same = |other: &&Ask| {
            other.key == it.key
                && other.rest == it.rest
                && alike(&other.action, &it.action)
                && (!by_place || other.place == it.place)
        };
        let beside = it.place.map(|it| it.0);
        let less = |ask: &'a Ask| {
            let (confidence, heir) = (ask.confidence, touch.heir);
            Answer::Lower(Less { confidence, heir, beside, may_break: ask.may_break.as_deref() })
        };
        // Who drops all capabilities drops these.
        let drops_all = |other: &&Ask| matches!(&other.action, Action::Append(item) if text(item).as_deref() == Some("ALL"));
        if it.key == "cap_drop"
            && it.action == Action::Remove
            && let Some(ask) = asks.iter().filter(|it| it.key == "cap_drop").find(drops_all)
        {
            return less(ask);
        }
        match asks.iter().filter(same).max_by_key(|it| it.confidence) {
            Some(ask) => less(ask),
            None => Answer::Denied(format!(
                "{} would get this `{}` too, and nothing says that it works with it: decide for that service first",
                heir.called(self.files, beside),
                it.key
            )),
        }
    }
}

impl Heir<'_, '_> {
    /// Its name, with its file where that is another one than the change's.
    fn called(&self, files: &Files<'_>, beside: Option<FileId>) -> String {
        let own = self.service.levels.iter().rev().find(|it| it.base.is_none()).map(|it| it.file);
        match own.filter(|it| Some(*it) != beside) {
            Some(id) => format!("{} in {}", self.name, short(&files.get(id).path, files, beside)),
            None => match self.way.and_then(|it| it.iter().find(|it| Some(**it) != beside)) {
                Some(id) => {
                    let with = short(&files.get(*id).path, files, beside);
                    format!("{}, put together with {with},", self.name)
                }
                None => self.name.to_owned(),
            },
        }
    }

    /// Whether a change makes no difference to it, whatever else is asked for.
    fn has(&self, it: &Ask, asks: &[Ask]) -> bool {
        if !it.rest.is_empty() {
            return false;
        }
        match &it.action {
            Action::Ensure(value) | Action::Replace(value) => {
                let Some(new) = text(value) else { return false };
                let now = self.service.text(&it.key);
                now.is_some_and(|it| it.text.certainty == Certainty::Known && it.text.value == new)
            }
            Action::Append(item) => {
                // Compose appends these, and refuses one that stands twice.
                it.key != "security_opt"
                    && text(item).is_some_and(|new| {
                        let items = self.service.list(&it.key);
                        items.iter().any(|item| {
                            item.node.resolve().value() == Some(&*new)
                                && !asks.iter().any(|it| it.takes_away(item))
                        })
                    })
            }
            Action::Remove => false,
        }
    }
}

impl Heir<'_, '_> {
    /// Whether what goes counts for nothing in it, since a stronger layer has something for the same place.
    fn hides(&self, level: usize, it: &Ask) -> bool {
        match (&it.rest[..], &it.action) {
            ([Step::Index(index)], Action::Remove) => {
                self.service.is_hidden(level, &it.key, *index)
            }
            _ => false,
        }
    }
}

/// A path as seen from the folder of a file.
fn short(path: &Path, files: &Files<'_>, beside: Option<FileId>) -> String {
    let folder = beside.and_then(|it| files.get(it).path.parent());
    folder.and_then(|it| path.strip_prefix(it).ok()).unwrap_or(path).display().to_string()
}

/// Whether a layer of the heir that is stronger lets nothing of the key through.
fn hidden(service: &Service<'_>, level: usize, node: Node<'_>, key: &str) -> bool {
    let own = &service.levels[level];
    let is_mapping =
        own.node.id() == node.id() || own.fragments().iter().any(|it| it.id() == node.id());
    if is_mapping && own.lookup(key).is_some_and(|it| it.owner.id() != node.id()) {
        // `<<` is shallow: the value of another mapping counts, unless the layer's own mapping gets the key.
        if own.node.id() != node.id() {
            return true;
        }
    }
    service.levels[level + 1..].iter().any(|it| it.hides(key))
}
