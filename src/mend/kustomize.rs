//! Accepted fixes of a manifest as patches that kustomize puts over it, which stays as it is: both together mean what
//! writing in place means, or nothing is written (SPEC 5.8).

mod apply;
mod complete;
mod lists;
mod operations;
mod places;
mod resource;
mod rewrite;
mod strategic;
mod text;

use std::sync::Arc;

use serde_json::Value;

use super::planned::written;
use super::sayable::{self, ATTEMPTS};
use super::{Fixed, Members, Mended, Policy, Shared, Unproven};
use crate::finding::{Confidence, FileId, Finding, Fix};
use crate::workload::Files;
use crate::yaml::Tree;
pub use complete::{Stuck, completed};
pub use places::{keys_at, moved as found_on_disk};
pub use resource::{Id, Resource, resources};
use text::Patch;
pub use text::is_patch;

/// Where the fixes of a manifest go.
#[derive(Clone)]
pub struct Patches {
    /// The manifest as it is on the disk; what is judged has the patches over it that are there.
    pub base: Shared,
    /// The kustomization that names the patches.
    pub kustomization: FileId,
    /// That as it is on the disk.
    pub before: Shared,
    /// The files that it builds, where it is a new one.
    pub resources: Vec<String>,
    /// The patches that there are, or that could be.
    pub all: Vec<Patched>,
    /// Whether the manifest is judged without the patches that there are, as its text cannot say what they change.
    pub apart: bool,
    /// Why there can be none.
    pub why: Option<String>,
}

/// The patch of an object.
#[derive(Debug, Clone)]
pub struct Patched {
    /// The number of the object among those of its file.
    pub resource: usize,
    /// What it is called.
    pub id: Id,
    /// The file of the patch.
    pub file: FileId,
    /// How the kustomization names that.
    pub name: String,
}

/// Why something cannot be said in a patch, and the key that it is about.
struct Why {
    key: String,
    why: String,
}

impl Why {
    fn new(key: &str, why: String) -> Why {
        Why { key: key.to_owned(), why }
    }
}

/// What cannot be said of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Unsaid {
    /// The object, as findings name it; none where it is about all.
    object: Option<String>,
    /// The key; none where it is about all of them.
    key: Option<String>,
    why: String,
}

impl Unsaid {
    fn is_about(&self, files: &Files<'_>, finding: &Finding, fix: &Fix) -> bool {
        let is_of = |it: &String| is_of(&finding.subject, it);
        let Some(key) = &self.key else { return self.object.as_ref().is_none_or(is_of) };
        let mut keys = written(files, fix).flat_map(|it| it.keys);
        self.object.as_ref().is_none_or(is_of) && keys.any(|it| it == *key)
    }

    fn of_object(self) -> Unsaid {
        Unsaid { key: None, ..self }
    }
}

/// Carries out what was decided and, where nobody decided, what is at least so sure, in the patches of a manifest. What
/// they cannot say is refused.
///
/// # Errors
/// A new text that is not proven to be what was planned; nothing is to be written then.
pub fn carry_out_beside(
    (files, patches): (&[Shared], &Patches),
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
        match said((files, patches), members, &mended) {
            Ok(now) => return Ok(moved(mended, (files, patches), now)),
            Err(it) if unsaid.len() >= ATTEMPTS => {
                unsaid.push(Unsaid { object: None, ..it.of_object() });
            }
            Err(it) if unsaid.contains(&it) => unsaid.push(it.of_object()),
            Err(it) => unsaid.push(it),
        }
    }
}

/// What was mended in place, as it is with the files that say so.
fn moved(mended: Mended, (old, patches): (&[Shared], &Patches), files: Vec<Shared>) -> Mended {
    let differs = |it: &FileId| {
        let at = it.0 as usize;
        old[at].tree.text() != files[at].tree.text()
    };
    let ids = (0..u32::try_from(files.len()).unwrap_or(u32::MAX)).map(FileId);
    let changed: Vec<FileId> =
        ids.filter(|it| !mended.changed.contains(it)).filter(differs).collect();
    if changed.is_empty() && patches.apart {
        // All of it is said already.
        let before = mended.after.clone();
        return Mended { before, files, changed, fixed: Vec::new(), ..mended };
    }
    let resources = resources(&patches.base.tree).unwrap_or_default();
    let own = |it: &Fixed| {
        let is_its = |patched: &&Patched| {
            resources.get(patched.resource).is_some_and(|of| is_of(&it.subject, &object(of)))
        };
        let found = patches.all.iter().find(is_its).map(|it| it.file);
        found.filter(|it| changed.contains(it))
    };
    let files_of = |it: &Fixed| own(it).map_or_else(|| changed.clone(), |it| vec![it]);
    let fixed = mended.fixed.iter().map(|it| Fixed { files: files_of(it), ..it.clone() }).collect();
    Mended { files, changed, fixed, ..mended }
}

/// The files with the patches that say what was mended in place.
fn said(
    (old, patches): (&[Shared], &Patches),
    members: &Members,
    mended: &Mended,
) -> Result<Vec<Shared>, Unsaid> {
    let all = |why: &str| Unsaid { object: None, key: None, why: format!("{why}: {IN_PLACE}") };
    let mut now = old.to_vec();
    if mended.changed.is_empty() {
        return Ok(now);
    }
    let Members::Kubernetes(own) = members else { return Err(all("it is no manifest")) };
    if mended.changed.iter().any(|it| it != own) {
        return Err(all("it changes another file"));
    }
    if let Some(why) = &patches.why {
        return Err(all(why));
    }
    let goal = Arc::clone(&mended.files[own.0 as usize]);
    let too_large = || all("the manifest is too large to be written out");
    let before = resources(&patches.base.tree).ok_or_else(too_large)?;
    let after = resources(&goal.tree).ok_or_else(too_large)?;
    if before.len() != after.len() {
        return Err(all("another object would come of it"));
    }
    let mut named = Vec::new();
    for (number, (base, goal)) in before.iter().zip(&after).enumerate() {
        let patched = patches.all.iter().find(|it| it.resource == number);
        let text = one((base, goal), patched, (old, patches))?;
        if let Some((patched, text)) = patched.zip(text) {
            let own = &old[patched.file.0 as usize];
            if own.tree.text() != text {
                let tree = Tree::parse(text).map_err(|it| all(&it.to_string()))?;
                now[patched.file.0 as usize] = Arc::new(own.with_tree(tree));
            }
            named.push((patched.name.clone(), patched.id.clone()));
        }
    }
    let kustomization = &old[patches.kustomization.0 as usize];
    if !named.is_empty() {
        let text =
            completed(kustomization, &patches.resources, &named).map_err(|it| all(&it.message))?;
        let tree = Tree::parse(text).map_err(|it| all(&it.to_string()))?;
        now[patches.kustomization.0 as usize] = Arc::new(kustomization.with_tree(tree));
    }
    now[own.0 as usize] = goal;
    Ok(now)
}

const IN_PLACE: &str = "write it in place";

/// The text of the patch of an object; nothing where it needs none.
fn one(
    (base, goal): (&Resource<'_>, &Resource<'_>),
    patched: Option<&Patched>,
    (old, patches): (&[Shared], &Patches),
) -> Result<Option<String>, Unsaid> {
    let Some(patched) = patched else {
        if lists::difference(&base.data, &goal.data).is_none() {
            return Ok(None);
        }
        let why = format!(
            "no patch finds an object whose name is left out or not written out: {IN_PLACE}"
        );
        return Err(Unsaid { object: Some(object(base)), key: None, why });
    };
    let unsaid = |key: Option<String>, why: String| {
        let why = format!("{why}: {IN_PLACE}");
        Unsaid { object: Some(object(base)), key, why }
    };
    let differs = || lists::difference(&base.data, &goal.data).is_some();
    if patched.id.is_built_in()
        && differs()
        && let Some(it) = strategic::doubled(&base.data)
    {
        return Err(unsaid(None, it.why));
    }
    let own = &old[patched.file.0 as usize];
    let there = text::said(&own.tree, &patched.id).filter(|_| patches.apart);
    let kept = there.and_then(|it| applied(&goal.data, &it));
    let goal = kept.as_ref().unwrap_or(&goal.data);
    let Some(patch) =
        patch(&patched.id, (&base.data, goal)).map_err(|it| unsaid(Some(it.key), it.why))?
    else {
        return Ok(None);
    };
    let said = applied(&base.data, &patch);
    let difference = said.as_ref().map(|it| lists::difference(it, goal));
    match difference {
        Some(None) => (),
        Some(Some(path)) => {
            let key = path.iter().rev().find(|it| !it.is_empty()).cloned();
            let why = format!("a patch cannot say what becomes of `{}`", path.join("."));
            return Err(unsaid(key, why));
        }
        None => return Err(unsaid(None, "its patch cannot be applied".to_owned())),
    }
    let name = patches.base.path.file_name().map(|it| it.to_string_lossy().into_owned());
    let text = text::text(own, &patched.id, &name.unwrap_or_default(), &patch);
    let text = text.ok_or_else(|| unsaid(None, "its patch cannot be written".to_owned()))?;
    Ok(Some(text))
}

/// Whether a finding is about an object, or about a container of it.
fn is_of(subject: &str, object: &str) -> bool {
    subject.strip_prefix(object).is_some_and(|it| it.is_empty() || it.starts_with(' '))
}

/// An object as findings name it.
fn object(resource: &Resource<'_>) -> String {
    let text = |path: &str| resource.data.pointer(path).and_then(Value::as_str);
    let name = text("/metadata/name").or_else(|| text("/metadata/generateName"));
    format!("{}/{}", text("/kind").unwrap_or(""), name.unwrap_or("(unnamed)"))
}

/// The difference of an object and what is to become of it.
fn patch(id: &Id, (base, goal): (&Value, &Value)) -> Result<Option<Patch>, Why> {
    if lists::difference(base, goal).is_none() {
        return Ok(None);
    }
    if id.is_built_in() {
        return Ok(strategic::patch(base, goal)?.map(Patch::Strategic));
    }
    Ok(Some(Patch::Operations(operations::operations(base, goal))))
}

fn applied(base: &Value, patch: &Patch) -> Option<Value> {
    match patch {
        Patch::Strategic(it) => Some(apply::merged(base, &Value::Object(it.clone()))),
        Patch::Operations(all) => apply::operated(base, all),
    }
}

/// The text of a manifest with the patches over it that there are; nothing where it would say the same, or cannot say it.
///
/// # Errors
/// A file that is no patch of its object.
pub fn with_patches(
    base: &Tree,
    there: &[(&Patched, &Tree)],
) -> Result<Option<Tree>, (usize, Stuck)> {
    let Some(all) = resources(base) else { return Ok(None) };
    let mut changed = Vec::new();
    for (number, (patched, tree)) in there.iter().enumerate() {
        let Some(resource) = all.get(patched.resource) else { continue };
        let Some(patch) = text::said(tree, &patched.id) else {
            let message = format!(
                "is no patch of {}, for which it is named: take it away, or give it another name",
                patched.id.called()
            );
            return Err((number, Stuck { place: None, message }));
        };
        // What fits no more is written anew.
        let Some(now) = applied(&resource.data, &patch) else { continue };
        changed.push((resource.node, &resource.data, now));
    }
    let says_more = |it: &(_, &Value, Value)| lists::difference(it.1, &it.2).is_some();
    if !changed.iter().any(says_more) {
        return Ok(None);
    }
    let wanted: Vec<_> = changed.iter().map(|it| (it.0, it.1, &it.2)).collect();
    let text = rewrite::rewritten(base, &wanted, rewrite::Order::Free);
    let tree = text.and_then(|it| Tree::parse(it).ok());
    // What aliases share cannot be told apart in the text.
    let is_it = |it: &Tree| {
        let now = resources(it).unwrap_or_default();
        let is_wanted = |(old, new): (&Resource<'_>, &Resource<'_>)| {
            let wanted = changed.iter().find(|it| it.0.id() == old.node.id());
            lists::difference(&new.data, wanted.map_or(&old.data, |it| &it.2)).is_none()
        };
        now.len() == all.len() && all.iter().zip(&now).all(is_wanted)
    };
    Ok(tree.filter(is_it))
}

/// What a manifest says with the patches over it that there are, where its own text cannot say it: in a text of its own, in
/// which the same keys lead to the same. Nothing where its objects are no documents.
///
/// Only to be judged: the manifest's comments are not in it.
pub fn told_with_patches(base: &Tree, there: &[(&Patched, &Tree)]) -> Option<Tree> {
    let all = resources(base)?;
    let roots = base.documents().map(crate::yaml::Node::resolve).filter(|it| !it.is_null());
    if !roots.map(|it| it.id()).eq(all.iter().map(|it| it.node.id())) {
        return None;
    }
    let one = |(number, resource): (usize, &Resource<'_>)| {
        let own = there.iter().find(|it| it.0.resource == number);
        let patch = own.and_then(|it| text::said(it.1, &it.0.id));
        let said = patch.and_then(|it| applied(&resource.data, &it));
        said.unwrap_or_else(|| resource.data.clone()).to_string()
    };
    let texts: Vec<String> = all.iter().enumerate().map(one).collect();
    Tree::parse(texts.join("\n---\n") + "\n").ok()
}

/// What became of a manifest and its patches, told in the places of the file as it is on the disk.
pub fn as_on_disk(mended: &mut Mended, old: &[Shared], own: FileId, base: &Shared) {
    let at = own.0 as usize;
    places::moved(&mut mended.before, own, (&old[at], base));
    let last = Arc::clone(&mended.files[at]);
    places::moved(&mut mended.after, own, (&last, base));
    for it in &mut mended.fixed {
        if it.site.file == own {
            it.site = places::place(it.site, (&it.text.tree, &base.tree));
            it.text = Arc::clone(base);
        }
    }
    for (it, _) in &mut mended.refused {
        if it.site.file == own {
            it.site = places::place(it.site, (&last.tree, &base.tree));
        }
    }
    mended.files[at] = Arc::clone(base);
}
