//! A kustomization with the entries that patches need: what stands in it stays.

use super::resource::Id;
use crate::workload::{File, clean};
use crate::yaml::{Action, Change, Kind, Node, Sharing, Step, Tree, Value, edit, prove};
use std::path::Path;

/// Why a file cannot be completed or applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stuck {
    /// Line and column, where there is one.
    pub place: Option<(usize, usize)>,
    /// What is wrong and what to do.
    pub message: String,
}

/// A new kustomization begins so.
const NEW: &str = "\
# Hardens the manifests below, which stay as they are: `kubectl apply -k` puts these patches over them.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
";

/// The text of a kustomization that builds these files, where it is a new one, with the patches of these objects, each
/// by the path of its file from there.
///
/// # Errors
/// It is none that can be completed.
pub fn completed(
    own: &File,
    resources: &[String],
    patches: &[(String, Id)],
) -> Result<String, Stuck> {
    let skeleton;
    let is_new = own.tree.text().is_empty();
    let tree = if is_new {
        skeleton = Tree::parse(NEW).map_err(|it| stuck(None, &it.to_string()))?;
        &skeleton
    } else {
        &*own.tree
    };
    let root = root(tree)?;
    let mut changes = Vec::new();
    let mut add = |path: Vec<Step>, action| {
        changes.push(Change { at: root.id(), path, action, sharing: Sharing::Refuse });
    };
    if is_new {
        let all = resources.iter().map(|it| Value::from(it.as_str()));
        add(vec![Step::from("resources")], Action::Ensure(Value::seq(all)));
    }
    let list = root.get("patches").filter(|it| !it.is_null());
    let there: Vec<Node<'_>> = list.into_iter().flat_map(Node::items).map(Node::resolve).collect();
    let named = |name: &str| {
        let is_it = |it: &&Node<'_>| {
            let path = it.get("path").and_then(Node::value);
            path.is_some_and(|it| clean(Path::new(it)) == clean(Path::new(name)))
        };
        there.iter().any(|it| is_it(&it))
    };
    let new: Vec<Value> =
        patches.iter().filter(|it| !named(&it.0)).map(|it| entry(&it.0, &it.1)).collect();
    if !new.is_empty() {
        let path = vec![Step::from("patches")];
        match there.is_empty() {
            true if list.is_some() => add(path, Action::Replace(Value::seq(new))),
            true => add(path, Action::Ensure(Value::seq(new))),
            false => new.into_iter().for_each(|it| add(path.clone(), Action::Append(it))),
        }
    }
    if changes.is_empty() {
        return Ok(tree.text().to_owned());
    }
    let text =
        edit(tree, &changes).map_err(|it| stuck(Some((tree, it.span.start)), &it.message))?;
    let after = Tree::parse(text.as_str()).map_err(|it| stuck(None, &it.to_string()))?;
    prove(tree, &after, &changes).map_err(|it| stuck(None, &it.message))?;
    Ok(text)
}

/// The one mapping of a kustomization, whose `patches` are a list.
fn root(tree: &Tree) -> Result<Node<'_>, Stuck> {
    let mut documents = tree.documents().filter(|it| !it.is_null());
    let (Some(root), None) = (documents.next().map(Node::resolve), documents.next()) else {
        return Err(stuck(None, "kustomize takes one document here"));
    };
    if root.kind() != Kind::Mapping {
        let place = Some((tree, root.span().start));
        return Err(stuck(place, "a kustomization is a mapping"));
    }
    match root.get("patches").map(Node::resolve).filter(|it| !it.is_null()) {
        Some(it) if it.kind() != Kind::Sequence => {
            Err(stuck(Some((tree, it.span().start)), "`patches` has to be a list"))
        }
        _ => Ok(root),
    }
}

fn stuck(at: Option<(&Tree, usize)>, why: &str) -> Stuck {
    let place = at.map(|(tree, at)| {
        let position = tree.position(at);
        (position.line, position.column)
    });
    let message = format!("this kustomization cannot take a patch: {why}; mend it by hand");
    Stuck { place, message }
}

/// The entry of a patch. One of operations does not say what it is for, so that its entry has to.
fn entry(path: &str, id: &Id) -> Value {
    let mut entries = vec![("path", Value::from(path))];
    if !id.is_built_in() {
        let (group, version) = id.group_and_version();
        // Selectors are patterns.
        let name = id.name.replace('.', "\\.");
        let group = Some(("group", group)).filter(|it| !it.1.is_empty());
        let namespace = id.namespace.as_deref().map(|it| ("namespace", it));
        let rest = [("version", version), ("kind", id.kind.as_str()), ("name", name.as_str())];
        let target = group.into_iter().chain(rest).chain(namespace);
        entries.push(("target", Value::map(target)));
    }
    Value::map(entries)
}
