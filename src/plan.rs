//! Chosen fixes become disjoint changes of files: shared places are settled, emptied lists collapse.

mod alone;
mod culprit;
mod fold;
mod own;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher as _;

use foldhash::{HashMap, HashSet};

use crate::finding::{Confidence, ContainerId, Edit, FileId, Finding, Fix};
use crate::workload::Files;
use crate::yaml::{
    Action, Change, EditError, Kind, Node, NodeId, Sharing, Step, Tree, has_commented_out,
};

pub use alone::Index;
use culprit::culprits;
use fold::fold;
use own::{Leaving, OwnKeys, Settled, copied};

/// One fix of one finding, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Choice {
    /// Which finding.
    pub finding: usize,
    /// Which of its fixes.
    pub fix: usize,
}

/// A choice that cannot be carried out, and why.
#[derive(Debug, Clone)]
pub struct Refused {
    /// What was chosen.
    pub choice: Choice,
    /// Why not, and what to do.
    pub why: String,
}

/// What chosen fixes come to.
#[derive(Debug, Default)]
pub struct Plan {
    /// The changes of each file.
    pub changes: BTreeMap<FileId, Vec<Change>>,
    /// The new text of each file that changes.
    pub texts: BTreeMap<FileId, String>,
    /// What is carried out.
    pub kept: Vec<Choice>,
    /// What is not.
    pub refused: Vec<Refused>,
}

/// The best fix of each finding that is sure enough.
pub fn accept(findings: &[Finding], threshold: Confidence) -> Vec<Choice> {
    let choose =
        |(finding, it): (usize, &Finding)| Some(Choice { finding, fix: it.sure_fix(threshold)? });
    findings.iter().enumerate().filter_map(choose).collect()
}

/// Bounds the attempts to leave out a fix that the editor refuses.
const ATTEMPTS: usize = 64;

/// Plans the chosen fixes; those that cannot be carried out are left out with a reason.
pub fn plan(files: &Files<'_>, findings: &[Finding], chosen: &[Choice]) -> Plan {
    let (mut kept, mut refused) = settle_needs(findings, chosen);
    for _ in 0..ATTEMPTS {
        let changes = changes(files, findings, &mut kept, &mut refused);
        match write(files, &changes) {
            Ok(texts) => return Plan { changes, texts, kept, refused },
            Err(errors) => {
                let culprits = culprits(files, findings, &kept, errors);
                if culprits.is_empty() {
                    break;
                }
                // From the last, so that the places of the others stay.
                for (at, why) in culprits.into_iter().rev() {
                    refused.push(Refused { choice: kept.remove(at), why });
                }
            }
        }
    }
    let why = "the editor refuses the changes of this file together: fix it in smaller steps";
    refused.extend(kept.drain(..).map(|choice| Refused { choice, why: why.to_owned() }));
    Plan { refused, ..Plan::default() }
}

fn fix(findings: &[Finding], choice: Choice) -> &Fix {
    &findings[choice.finding].fixes[choice.fix]
}

/// Leaves out fixes that are invalid without another one that was not chosen.
fn settle_needs(findings: &[Finding], chosen: &[Choice]) -> (Vec<Choice>, Vec<Refused>) {
    let mut kept = chosen.to_vec();
    let mut refused = Vec::new();
    if kept.iter().all(|it| fix(findings, *it).needs.is_empty()) {
        return (kept, refused);
    }
    let mended: HashSet<usize> = kept.iter().map(|it| it.finding).collect();
    let left = findings.iter().enumerate().filter(|it| !mended.contains(&it.0));
    let mut left: HashSet<(ContainerId, &str)> =
        left.map(|it| (it.1.container, it.1.rule)).collect();
    loop {
        let before = kept.len();
        let mut gone = Vec::new();
        kept.retain(|&choice| {
            let container = findings[choice.finding].container;
            let needs = fix(findings, choice).needs.iter();
            let Some(rule) = needs.copied().find(|it| left.contains(&(container, *it))) else {
                return true;
            };
            gone.push((container, findings[choice.finding].rule));
            let why = format!("it is valid only once `{rule}` is mended here");
            refused.push(Refused { choice, why });
            false
        });
        if kept.len() == before {
            return (kept, refused);
        }
        left.extend(gone);
    }
}

/// The changes of each file, in the order of the findings. What cannot be carried out beside the others is left out,
/// and what it had agreed to is settled again.
fn changes(
    files: &Files<'_>,
    findings: &[Finding],
    kept: &mut Vec<Choice>,
    refused: &mut Vec<Refused>,
) -> BTreeMap<FileId, Vec<Change>> {
    kept.sort_unstable();
    loop {
        let mut agreed = agreed(files, findings, kept);
        let leaving = Leaving::find(files, findings, kept, &mut agreed);
        let mut all: BTreeMap<FileId, Changes> = BTreeMap::new();
        let mut own = OwnKeys::default();
        let before = kept.len();
        kept.retain(|&choice| {
            let container = findings[choice.finding].container;
            let leaves = |edit: &Edit| leaving.takes(files, container, edit);
            let settled = settle(files, &fix(findings, choice).edits, &mut agreed, leaves);
            match settled.and_then(|it| own.admit(container, it)) {
                Ok(changes) => {
                    for (file, change) in changes {
                        all.entry(file).or_default().push(change);
                    }
                    true
                }
                Err(why) => {
                    refused.push(Refused { choice, why });
                    false
                }
            }
        });
        if kept.len() == before {
            let collapsed = |(file, it): (FileId, Changes)| {
                (file, collapse(&files.get(file).tree, fold(it.list)))
            };
            return all.into_iter().map(collapsed).collect();
        }
    }
}

/// Changes without repetitions, in order.
#[derive(Default)]
struct Changes {
    list: Vec<Change>,
    /// Where the changes of each place are, by a hash of their paths.
    known: HashMap<(NodeId, u64), Vec<usize>>,
}

impl Changes {
    fn push(&mut self, change: Change) {
        let path = self.known.hasher().hash_one(&change.path);
        let same = self.known.entry((change.at, path)).or_default();
        if same.iter().all(|it| self.list[*it] != change) {
            same.push(self.list.len());
            self.list.push(change);
        }
    }
}

/// Who asked for each change of a shared place.
type Agreed<'f> = HashMap<Spot<'f>, Vec<Asked<'f>>>;

/// A place by the deepest node there is on the way, and the steps beyond: the same by whatever way it is reached.
type Spot<'f> = (FileId, NodeId, &'f [Step]);

/// A change of a shared place.
struct Asked<'f> {
    change: &'f Change,
    by: HashSet<ContainerId>,
    /// Whether all of a list of users asked, by where the list is: most that ask have the same.
    answers: HashMap<*const ContainerId, bool>,
}

impl Asked<'_> {
    fn by_all(&mut self, users: &[ContainerId]) -> bool {
        let all = || users.iter().all(|it| self.by.contains(it));
        *self.answers.entry(users.as_ptr()).or_insert_with(all)
    }

    /// These are no longer reached.
    fn leave(&mut self, gone: &[ContainerId]) {
        self.by.extend(gone);
        self.answers.clear();
    }
}

fn agreed<'f>(files: &Files<'_>, findings: &'f [Finding], kept: &[Choice]) -> Agreed<'f> {
    let edits = || {
        let of = |it: &'_ Choice| fix(findings, *it).edits.iter();
        kept.iter().flat_map(move |it| of(it).map(move |edit| (it, edit)))
    };
    let shared = edits().filter(|it| it.1.shared.is_some());
    let mut agreed: Agreed<'f> = shared.map(|it| (spot(files, it.1), Vec::new())).collect();
    if agreed.is_empty() {
        return agreed;
    }
    // A base asks for its own mending without sharing it; its heirs wait for that.
    for (choice, edit) in edits() {
        let container = findings[choice.finding].container;
        let Some(list) = agreed.get_mut(&spot(files, edit)) else { continue };
        match list.iter_mut().find(|it| it.change.action == edit.change.action) {
            Some(it) => drop(it.by.insert(container)),
            None => list.push(Asked {
                change: &edit.change,
                by: std::iter::once(container).collect(),
                answers: HashMap::default(),
            }),
        }
    }
    agreed
}

fn spot<'e>(files: &Files<'_>, edit: &'e Edit) -> Spot<'e> {
    let way = edit.change.way(&files.get(edit.file).tree);
    let (taken, last) = way.enumerate().last().expect("a way begins somewhere");
    (edit.file, last.id(), &edit.change.path[taken..])
}

fn settle<'f>(
    files: &Files<'_>,
    edits: &'f [Edit],
    agreed: &mut Agreed<'f>,
    leaves: impl Fn(&Edit) -> bool,
) -> Result<Settled, String> {
    let mut settled = Settled::default();
    for edit in edits {
        let Some(shared) = &edit.shared else {
            settled.changes.push((edit.file, edit.change.clone()));
            continue;
        };
        let list = agreed.get_mut(&spot(files, edit));
        let asked =
            list.and_then(|it| it.iter_mut().find(|it| it.change.action == edit.change.action));
        let all = asked.is_some_and(|it| it.by_all(&shared.users)) && !leaves(edit);
        let own = shared.otherwise.iter().flatten();
        let own =
            own.filter(|it| copied(edit).is_none() && matches!(it.1.action, Action::Replace(_)));
        settled.keys.extend(own.map(|it| ((it.0, it.1.at, it.1.path.clone()), !all)));
        match (all, &shared.otherwise) {
            (true, _) => settled.changes.push((edit.file, edit.change.clone())),
            (false, Ok(changes)) if matches!(edit.change.action, Action::Append(_)) => {
                changes.iter().for_each(|it| settled.append(it));
            }
            (false, Ok(changes)) => settled.changes.extend(changes.iter().cloned()),
            (false, Err(why)) => return Err(why.clone().into_owned()),
        }
    }
    Ok(settled)
}

/// The items of lists that lose some.
type Items<'t> = HashMap<NodeId, Vec<Node<'t>>>;

/// What a change removes. The items of a list are counted once: it may lose thousands.
fn removed<'t>(tree: &'t Tree, change: &Change, items: &mut Items<'t>) -> Option<Node<'t>> {
    if change.action != Action::Remove {
        return None;
    }
    let at = tree.node(change.at);
    match change.path[..] {
        [Step::Index(index)] if at.kind() == Kind::Sequence => {
            items.entry(change.at).or_insert_with(|| at.items().collect()).get(index).copied()
        }
        _ => change.target(tree),
    }
}

/// A list or mapping that loses everything goes with its key, unless a merge would then show what it hid, or items that
/// are commented out would lose their place.
fn collapse(tree: &Tree, changes: Vec<Change>) -> Vec<Change> {
    let mut lost: HashMap<NodeId, BTreeSet<NodeId>> = HashMap::default();
    let mut items = Items::default();
    let gone: Vec<Option<Node<'_>>> =
        changes.iter().map(|it| removed(tree, it, &mut items)).collect();
    for gone in gone.iter().flatten() {
        let parent = gone.parent().map_or(gone.id(), Node::id);
        lost.entry(parent).or_default().insert(gone.id());
    }
    lost.retain(|id, gone| emptied(tree.node(*id), gone));
    if lost.is_empty() {
        return changes;
    }
    let written = written(tree, &changes);
    lost.retain(|id, _| !written.contains(id) && !has_commented_out(tree.node(*id)));
    let mut done: BTreeSet<NodeId> = BTreeSet::new();
    let mut collapsed = Vec::with_capacity(changes.len());
    for (change, gone) in changes.into_iter().zip(gone) {
        let parent = gone.and_then(Node::parent).filter(|it| lost.contains_key(&it.id()));
        match parent {
            None => collapsed.push(change),
            Some(list) if done.insert(list.id()) => collapsed.push(whole(list)),
            Some(_) => (),
        }
    }
    collapsed
}

fn emptied(node: Node<'_>, gone: &BTreeSet<NodeId>) -> bool {
    let Some(parent) = node.parent().filter(|it| it.kind() == Kind::Mapping) else { return false };
    // A tag says what an empty list does, an alias needs its anchor, and a service stays for those that name it.
    let stays = node.tag().is_some()
        || node.aliases() > 0
        || parent.key().is_some_and(|it| it.value() == Some("services"));
    let size = node.size();
    !stays && size == gone.len() && parent.merge().is_none() && node.key().is_some()
}

/// Every node on the way of a change that writes something.
fn written(tree: &Tree, changes: &[Change]) -> BTreeSet<NodeId> {
    let writing = changes.iter().filter(|it| it.action != Action::Remove);
    writing.flat_map(|it| it.way(tree)).map(Node::id).collect()
}

fn whole(list: Node<'_>) -> Change {
    let key = list.key().and_then(Node::value).unwrap_or("");
    let parent = list.parent().expect("an emptied list stands under a key");
    Change {
        at: parent.id(),
        path: vec![Step::from(key)],
        action: Action::Remove,
        sharing: Sharing::Allow,
    }
}

fn write(
    files: &Files<'_>,
    changes: &BTreeMap<FileId, Vec<Change>>,
) -> Result<BTreeMap<FileId, String>, Vec<(FileId, EditError)>> {
    let mut texts = BTreeMap::new();
    let mut errors = Vec::new();
    for (&file, changes) in changes {
        let old = files.get(file);
        match old.edited(changes) {
            Ok(text) if text == old.tree.text() => (),
            Ok(text) => drop(texts.insert(file, text)),
            Err(all) => errors.extend(all.into_iter().map(|it| (file, it))),
        }
    }
    if errors.is_empty() { Ok(texts) } else { Err(errors) }
}
