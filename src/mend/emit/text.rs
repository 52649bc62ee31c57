//! The text of an override: what has to be said, written into what is there.

use std::path::Path;

use super::super::plain::{Map, Plain};
use super::difference::{Wanted, What};
use super::{Unsaid, unsaid};
use crate::workload::{File, Files};
use crate::yaml::{
    Action, Change, Data, Kind, Node, NodeId, Sharing, Step, Tree, Value, edit, prove, tagged,
};

/// The tag that takes away what the files before say.
const RESET: &str = "!reset";

/// The tag that puts a value in the place of what the files before say.
const OVERRIDE: &str = "!override";

/// The least version of Docker Compose that reads a file as it is meant, and the tag that asks for it; nothing where
/// every one does.
pub fn least_version(tree: &Tree) -> Option<(&'static str, &'static str)> {
    let mut open: Vec<Node<'_>> = tree.documents().collect();
    let (mut resets, mut overrides) = (false, false);
    while let Some(node) = open.pop() {
        resets |= node.tag() == Some(RESET);
        overrides |= node.tag() == Some(OVERRIDE);
        open.extend(node.children());
    }
    match (overrides, resets) {
        (true, _) => Some((OVERRIDE, "2.24.4")),
        (false, true) => Some((RESET, "2.18.0")),
        (false, false) => None,
    }
}

/// The override with its new text, above which a comment tells what it is for where it is new.
pub(super) fn tree(own: &File, mut text: String, base: Option<&Path>) -> Result<Tree, Unsaid> {
    let failed = |why: String| {
        unsaid(
            None,
            format!("{}: cannot be read again: {why}: write it in place", own.path.display()),
        )
    };
    let parse = |text: &str| Tree::parse(text).map_err(|it| failed(it.to_string()));
    let mut tree = parse(&text)?;
    if own.tree.text().is_empty() {
        let name = base.and_then(Path::file_name).map(|it| it.to_string_lossy());
        let name = name.filter(|it| !it.contains(char::is_control)).unwrap_or("the base".into());
        let needs = match least_version(&tree) {
            Some((tag, version)) => {
                format!("# Needs Docker Compose {version} or newer, for `{tag}`.\n")
            }
            None => String::new(),
        };
        text.insert_str(
            0,
            &format!(
                "# Hardens {name}, which stays as it is: Compose merges this file over it.\n{needs}"
            ),
        );
        tree = parse(&text)?;
    }
    tree.editable().map_err(|it| failed(it.to_string()))?;
    Ok(tree)
}

/// The text of the override with what has to be said.
pub(super) fn written(
    (own, said): (&File, &Map),
    wanted: &[Wanted],
    files: &Files<'_>,
) -> Result<String, Unsaid> {
    let path = own.path.display();
    let failed = |why: String| unsaid(None, format!("{path}: {why}: write it in place"));
    let old = own.tree.text();
    if wanted.is_empty() {
        return Ok(old.to_owned());
    }
    let is_blank = own.tree.documents().last().is_none_or(Node::is_null);
    let skeleton;
    let tree = if is_blank {
        let end = if old.is_empty() || old.ends_with('\n') { "" } else { "\n" };
        skeleton =
            Tree::parse(format!("{old}{end}services:\n")).map_err(|it| failed(it.to_string()))?;
        &skeleton
    } else {
        &*own.tree
    };
    let root = tree.documents().last().ok_or_else(|| failed("it has no document".to_owned()))?;
    let (mut changes, mut tags) = (Vec::new(), Vec::new());
    for it in wanted {
        say(root, it, (files, said), (&mut changes, &mut tags));
    }
    let text = edit(tree, &changes).map_err(|it| {
        let line = tree.position(it.span.start).line;
        let why = format!("{path}:{line}: {}: change it by hand, or write in place", it.message);
        unsaid(culprit((tree, said), root, wanted, files), why)
    })?;
    let new = Tree::parse(text.as_str()).map_err(|it| failed(it.to_string()))?;
    prove(tree, &new, &changes).map_err(|it| failed(it.message))?;
    if tags.is_empty() {
        return Ok(text);
    }
    let root = new.documents().last();
    let find = |path: &Vec<Step>| {
        let change = change(root?, path.clone(), Action::Remove);
        change.target(&new).map(Node::id)
    };
    let values: Option<Vec<NodeId>> = tags.iter().map(find).collect();
    let text = values.and_then(|it| tagged(&new, &it, OVERRIDE));
    text.ok_or_else(|| failed("what it has cannot be replaced as a whole".to_owned()))
}

/// The service of which something cannot be written; none where that is nobody's alone.
fn culprit(
    (tree, said): (&Tree, &Map),
    root: Node<'_>,
    wanted: &[Wanted],
    files: &Files<'_>,
) -> Option<String> {
    let fails = |it: &&Wanted| {
        let mut changes = Vec::new();
        say(root, it, (files, said), (&mut changes, &mut Vec::new()));
        edit(tree, &changes).is_err()
    };
    match wanted.iter().find(fails)?.path.as_slice() {
        [section, service, ..] if section == "services" => Some(service.clone()),
        _ => None,
    }
}

fn change(root: Node<'_>, path: Vec<Step>, action: Action) -> Change {
    Change { at: root.id(), path, action, sharing: Sharing::Refuse }
}

/// The changes that say something, and the places that get a tag.
fn say(
    root: Node<'_>,
    wanted: &Wanted,
    (files, said): (&Files<'_>, &Map),
    (changes, tags): (&mut Vec<Change>, &mut Vec<Vec<Step>>),
) {
    let path: Vec<Step> = wanted.path.iter().map(|it| Step::Key(it.as_str().into())).collect();
    let mut add = |path: Vec<Step>, action| changes.push(change(root, path, action));
    let own = change(root, path.clone(), Action::Remove).target(root.tree());
    let own = own.filter(|it| !it.is_null());
    match &wanted.what {
        What::Plain(it) => add(path, Action::Ensure(it.value(files))),
        What::Items(all) if own.is_some() => {
            all.iter().for_each(|it| add(path.clone(), Action::Append(it.value(files))));
        }
        What::Items(all) => {
            add(path, Action::Ensure(Value::seq(all.iter().map(|it| it.value(files)))));
        }
        What::Reset => {
            let reset: Value = Data::tagged_null(RESET).into();
            add(path, if own.is_some() { Action::Replace(reset) } else { Action::Ensure(reset) });
        }
        What::Override(it) => {
            if let Some((kept, all)) = kept(own, said, wanted).zip(it.list()) {
                for (number, _) in kept.iter().enumerate().filter(|it| !all.contains(it.1)) {
                    add([path.clone(), vec![Step::Index(number)]].concat(), Action::Remove);
                }
                for it in all.iter().filter(|it| !kept.contains(it)) {
                    add(path.clone(), Action::Append(it.value(files)));
                }
                tags.extend(own.filter(|it| it.tag() != Some(OVERRIDE)).map(|_| path));
                return;
            }
            let value = it.value(files);
            add(
                path.clone(),
                if own.is_some() { Action::Replace(value) } else { Action::Ensure(value) },
            );
            tags.push(path);
        }
    }
}

/// The items of a list of the override, which stay as they are written where they are wanted; nothing where it has none, or
/// where they cannot be told one by one.
fn kept(own: Option<Node<'_>>, said: &Map, wanted: &Wanted) -> Option<Vec<Plain>> {
    let own = own.filter(|it| it.kind() == Kind::Sequence)?;
    let mut place = said.get(wanted.path.first()?)?;
    for key in &wanted.path[1..] {
        let Plain::Map(map) = place else { return None };
        place = map.get(key)?;
    }
    let Plain::List(items) = place else { return None };
    (items.len() == own.items().count() && !items.is_empty()).then(|| items.clone())
}
