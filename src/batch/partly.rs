//! Files of which Compose reads no more than the services that others extend: what is wrong in another one of them it
//! never sees.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::group::{BASES, OVERRIDES};
use super::load::{Loaded, Outcome};
use super::store::{Store, asked_for};
use crate::source;
use crate::workload::detect::{FileKind, file_kind};
use crate::workload::shapes::misshapen_services;
use crate::workload::{Variables, beside, clean, compose};
use crate::yaml::{Tree, decode};

/// The tree of a Compose file that is refused for single services of it alone, unless Compose finds it by its name.
pub(super) fn parse(path: &Path, bytes: &[u8]) -> Option<Tree> {
    let name = path.file_name()?;
    if BASES.iter().chain(&OVERRIDES).any(|it| name == *it) {
        return None;
    }
    let tree = Tree::parse(decode(bytes).ok()?).ok()?;
    let is_fine = tree.editable().is_ok() && tree.unread().is_empty();
    let is_compose = is_fine && file_kind(&tree, false) == FileKind::Compose;
    (is_compose && !misshapen_services(&tree).is_empty()).then_some(tree)
}

/// The services that a file extends, by the path of the file that they stand in.
type Extended = BTreeMap<PathBuf, HashSet<String>>;

fn extended(path: &Path, tree: &Tree, variables: &Variables) -> Extended {
    let mut all = Extended::new();
    for root in tree.documents() {
        for (file, service) in compose::extended_services(root, variables) {
            let file = file.map_or_else(|| path.to_owned(), |it| beside(path, &it));
            all.entry(file).or_default().insert(service);
        }
    }
    all
}

/// Whether nothing that is extended of a file is misshapen.
fn serves(path: &Path, tree: &Tree, wanted: &HashSet<String>) -> bool {
    let own = extended(path, tree, &Variables::default());
    let within = |it: &&str| own.get(path).is_some_and(|all| all.contains(*it));
    !misshapen_services(tree).iter().any(|it| wanted.contains(*it) || within(it))
}

/// Takes the inputs that others extend in spite of what is wrong elsewhere in them; that is said, and fails no run.
pub(super) fn admit(store: &mut Store, inputs: &mut [Loaded], of_run: &[PathBuf]) -> Vec<PathBuf> {
    if inputs.iter().all(|it| it.rest.is_none()) {
        return Vec::new();
    }
    let (mut wanted, mut included) = (Extended::new(), HashSet::new());
    for path in of_run {
        let Some((file, _)) = store.known(path) else { continue };
        for (base, services) in extended(path, &file.tree, &file.variables) {
            wanted.entry(base).or_default().extend(services);
        }
        let names = file.tree.documents().flat_map(compose::included);
        included.extend(names.filter_map(|it| Some(beside(path, it.value()?))));
    }
    let mut admitted = Vec::new();
    for (number, input) in inputs.iter_mut().enumerate() {
        let path = clean(&input.path);
        let is_base = |tree: &Tree| {
            let services = wanted.get(&path).filter(|_| !included.contains(&path));
            services.is_some_and(|it| serves(&path, tree, it))
        };
        let Some(tree) = input.rest.take().filter(|it| is_base(it)) else { continue };
        if let Outcome::Refused(all) = std::mem::replace(&mut input.outcome, Outcome::Passed) {
            input.unread.extend(all);
        }
        let variables = store.environment.beside(&input.path);
        let file = asked_for(input.path.clone(), *tree, variables);
        store.add(path.clone(), Arc::new(file), Some(number));
        admitted.push(path);
    }
    admitted
}

/// Reads a base that a file of the run extends in spite of what is wrong elsewhere in it.
pub(super) fn read(store: &mut Store, from: &Path, base: &Path) {
    let Some((file, _)) = store.known(from) else { return };
    let wanted = extended(from, &file.tree, &file.variables);
    let Some(services) = wanted.get(base) else { return };
    if file
        .tree
        .documents()
        .flat_map(compose::included)
        .any(|it| it.value().is_some_and(|name| beside(from, name) == base))
    {
        return;
    }
    let bytes = source::read_beside(base).ok().flatten();
    let tree = bytes.and_then(|it| parse(base, &it)).filter(|it| serves(base, it, services));
    if let Some(tree) = tree {
        store.add_beside(base, tree);
    }
}
