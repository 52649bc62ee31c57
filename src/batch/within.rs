//! What is judged with the project that includes it: many files that one includes are one project, rather than as many
//! that hold all of them each.

use std::path::{Path, PathBuf};

use foldhash::{HashMap, HashSet};

use super::env::includes;
use super::store::Store;
use crate::mend::Shared;
use crate::workload::{compose, view};
use crate::yaml::Node;

/// The files that others include and that are judged with them, by one of those that nobody includes and from which
/// they are reached: the first.
pub(super) fn included(store: &mut Store, composed: &[PathBuf]) -> HashMap<PathBuf, PathBuf> {
    let all: Vec<Vec<Item>> = composed.iter().map(|it| items(store, it)).collect();
    let inner: HashSet<&PathBuf> = all.iter().flatten().map(|it| &it.path).collect();
    let mut taken: HashMap<PathBuf, PathBuf> = HashMap::default();
    let mut done: HashSet<PathBuf> = HashSet::default();
    for (first, items) in composed.iter().zip(&all) {
        if items.is_empty() || inner.contains(first) || done.contains(first) {
            continue;
        }
        let members = store.merged_with(first).files;
        let files = reached(store, &members);
        let twice = said_twice(&files);
        for (file, item) in files {
            let Some(item) = item else { continue };
            let is_judged = file.in_scope && !item.is_moved && !twice.contains(&item.path);
            if is_judged && !taken.contains_key(&item.path) && store.stands_alone(&item.path) {
                taken.insert(item.path, first.clone());
            }
        }
        done.extend(members);
    }
    taken
}

/// What a file includes.
#[derive(Clone)]
struct Item {
    path: PathBuf,
    /// Whether it is read from another folder than its own then.
    is_moved: bool,
}

fn items(store: &mut Store, path: &Path) -> Vec<Item> {
    let Ok((file, _)) = store.get(path) else { return Vec::new() };
    let all = includes(path, &file).into_iter();
    let item = |(node, path): (Node<'_>, PathBuf)| {
        let is_moved = node.resolve().get("project_directory").is_some();
        Item { path: store.near(path), is_moved }
    };
    all.map(item).collect()
}

/// Files that are merged, and behind them all that they include, directly or by others, each once.
fn reached(store: &mut Store, members: &[PathBuf]) -> Vec<(Shared, Option<Item>)> {
    let mut all = Vec::new();
    let mut known: HashSet<PathBuf> = members.iter().cloned().collect();
    let mut open: Vec<(PathBuf, Option<Item>)> =
        members.iter().map(|it| (it.clone(), None)).collect();
    for _ in 0..=compose::DEPTH {
        let mut next = Vec::new();
        for (path, item) in open {
            let Ok((file, _)) = store.get(&path) else { continue };
            all.push((file, item));
            let inner = items(store, &path).into_iter();
            let fresh = inner.filter(|it| known.insert(it.path.clone()));
            next.extend(fresh.map(|it| (it.path.clone(), Some(it))));
        }
        open = next;
    }
    all
}

/// Those that say something which another one says otherwise: what they are alone is something else then.
fn said_twice(files: &[(Shared, Option<Item>)]) -> HashSet<PathBuf> {
    const SECTIONS: [&str; 4] = ["volumes", "configs", "secrets", "networks"];
    let mut said: HashMap<(&str, &str), (usize, &str)> = HashMap::default();
    let mut twice: HashSet<usize> = HashSet::default();
    for (number, (file, _)) in files.iter().enumerate() {
        let services = file.tree.documents().flat_map(compose::services);
        // The same service in two files is put together of both.
        let services = services.map(|it| ("services", it.0, ""));
        let tops = file.tree.documents().flat_map(|root| {
            let of = move |section| root.get(section).into_iter().map(move |it| (section, it));
            SECTIONS.into_iter().flat_map(of)
        });
        let tops = tops.flat_map(|(section, all)| {
            view::entries(all).into_iter().map(move |it| (section, it.key, it.written.raw()))
        });
        for (section, key, text) in services.chain(tops) {
            let Some(name) = key.value() else { continue };
            let (first, known) = *said.entry((section, name)).or_insert((number, text));
            if first != number && (known != text || section == "services") {
                twice.extend([first, number]);
            }
        }
    }
    let paths = twice.into_iter().filter_map(|it| files[it].1.as_ref());
    paths.map(|it| it.path.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Batch;
    use super::*;

    /// The projects of files: the names of those that are judged in each, the first one's first.
    #[track_caller]
    fn check(files: &[(&str, &str)], expected: &[&[&str]]) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let batch = Batch::read(&[folder.path().to_owned()]);
        let name = |it: &Shared| {
            it.path.strip_prefix(folder.path()).unwrap().to_string_lossy().into_owned()
        };
        let judged = |it: &super::super::Project| -> Vec<String> {
            let all = it.files.iter().zip(&it.inputs);
            all.filter(|it| it.1.is_some() && it.0.in_scope).map(|it| name(it.0)).collect()
        };
        let found: Vec<Vec<String>> = batch.projects.iter().map(judged).collect();
        assert_eq!(found, expected, "{files:?}");
    }

    const A: &str = "services: {a: {image: x}}\n";
    const B: &str = "services: {b: {image: x}}\n";

    #[test]
    fn what_one_file_includes_is_judged_with_it() {
        let whole = ("compose.yaml", "include: [a.yaml]\n");
        let deeper = "include: [b.yaml]\nservices: {a: {image: x}}\n";
        check(
            &[whole, ("a.yaml", deeper), ("b.yaml", B)],
            &[&["compose.yaml", "a.yaml", "b.yaml"]],
        );
        // Whoever comes first has it.
        let files = [("c.yaml", "include: [x.yaml]\n"), ("d.yaml", "include: [x.yaml, b.yaml]\n")];
        check(
            &[files[0], files[1], ("x.yaml", A), ("b.yaml", B)],
            &[&["c.yaml", "x.yaml"], &["d.yaml", "b.yaml"]],
        );
        // An override names what the base includes, and the other way round.
        let more = ("compose.override.yaml", "include: [b.yaml]\n");
        check(
            &[whole, more, ("a.yaml", A), ("b.yaml", B)],
            &[&["compose.yaml", "compose.override.yaml", "a.yaml", "b.yaml"]],
        );
    }

    #[test]
    fn what_is_something_else_alone_is_judged_alone() {
        let alone: &[&[&str]] = &[&["a/compose.yaml"], &["compose.yaml"]];
        let say = |included: &str, whole: &str| {
            check(&[("a/compose.yaml", included), ("compose.yaml", whole)], alone);
        };
        let whole = "include: [a/compose.yaml]\n";
        say(A, "include: [{path: a/compose.yaml, project_directory: .}]\n");
        say(A, &format!("{whole}{A}"));
        let volumes = |driver: &str| format!("volumes: {{v: {{driver: {driver}}}}}\n");
        say(&(A.to_owned() + &volumes("x")), &(whole.to_owned() + &volumes("y")));
        let own = ("a/compose.override.yaml", "services: {a: {user: '1'}}\n");
        check(
            &[("a/compose.yaml", A), own, ("compose.yaml", whole)],
            &[&["a/compose.yaml", "a/compose.override.yaml"], &["compose.yaml"]],
        );
        say(&format!("include: [../compose.yaml]\n{A}"), &format!("{whole}{B}"));
        // What both say alike does not part them.
        check(
            &[
                ("a/compose.yaml", &(A.to_owned() + &volumes("x"))),
                ("compose.yaml", &(whole.to_owned() + &volumes("x"))),
            ],
            &[&["compose.yaml", "a/compose.yaml"]],
        );
    }
}
