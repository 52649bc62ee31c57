//! What kustomize takes from a file: its objects, one by one, each under a name by which a patch finds it.

use serde_json::Value;

use crate::workload::json::json;
use crate::yaml::{Kind, Node, Tree};

/// What tells an object of a kustomization from all others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Id {
    /// The group and version, as written.
    pub api_version: String,
    /// The kind.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The namespace that it names itself.
    pub namespace: Option<String>,
    /// Whether its text has aliases: kustomize merges over what they stand for as if that were nothing.
    pub has_aliases: bool,
}

/// An object of a file.
pub struct Resource<'t> {
    /// Its mapping.
    pub node: Node<'t>,
    /// What it is called; nothing where no patch finds it.
    pub id: Option<Id>,
    /// What it says.
    pub data: Value,
}

/// Kinds whose lists kustomize merges by what their items are called (SPEC 5.8).
const BUILT_IN: &[(&str, &str)] = &[
    ("v1", "Pod"),
    ("v1", "PodTemplate"),
    ("v1", "ReplicationController"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "ReplicaSet"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
];

/// How long the name of a patch's file may be without its ending.
const LONGEST: usize = 200;

impl Id {
    /// What people call it.
    pub fn called(&self) -> String {
        let namespace = self.namespace.as_ref().map(|it| format!(" of namespace {it}"));
        format!("{} {}{}", self.kind, self.name, namespace.unwrap_or_default())
    }

    /// Whether kustomize merges a patch into it as it should, by its schema; else the patch is one of operations.
    pub fn is_built_in(&self) -> bool {
        BUILT_IN.contains(&(&self.api_version, &self.kind)) && !self.has_aliases
    }

    /// The group and the version; the group is empty for the core of the API.
    pub fn group_and_version(&self) -> (&str, &str) {
        self.api_version.split_once('/').unwrap_or(("", &self.api_version))
    }

    /// The name of the file that holds its patch: no two objects have the same, for names and kinds have no `_`, and
    /// kinds no `-`.
    pub fn file_name(&self) -> String {
        let namespace = self.namespace.as_ref().map_or(String::new(), |it| format!("{it}_"));
        let (group, _) = self.group_and_version();
        let group = if self.is_built_in() || group.is_empty() { "" } else { group };
        let dot = if group.is_empty() { "" } else { "." };
        let kind = self.kind.to_ascii_lowercase();
        let name = format!("{namespace}{kind}{dot}{group}-{}", self.name);
        if name.len() <= LONGEST {
            return format!("{name}.yaml");
        }
        // File systems take no longer name: its end becomes a number that hangs on all of it (FNV-1a).
        let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325, step);
        format!("{}_{hash:016x}.yaml", name.get(..LONGEST).unwrap_or_default())
    }
}

/// The objects of a file as kustomize takes them, those in lists one by one; nothing where they are too large to be
/// written out.
pub fn resources(tree: &Tree) -> Option<Vec<Resource<'_>>> {
    let mut found = Vec::new();
    for root in tree.documents().map(Node::resolve).filter(|it| !it.is_null()) {
        add(root, DEPTH, &mut found)?;
    }
    Some(found)
}

/// How far lists hold one another.
const DEPTH: usize = 8;

fn add<'t>(node: Node<'t>, depth: usize, found: &mut Vec<Resource<'t>>) -> Option<()> {
    let items = node.get("items").filter(|it| it.resolve().kind() == Kind::Sequence);
    let is_list = text(node, "kind").is_some_and(|it| it.ends_with("List"));
    if let Some(items) = items.filter(|_| is_list && depth > 0) {
        return items.items().map(Node::resolve).try_for_each(|it| add(it, depth - 1, found));
    }
    found.push(Resource { node, id: id(node), data: json(node)? });
    Some(())
}

fn id(node: Node<'_>) -> Option<Id> {
    let metadata = node.get("metadata")?;
    let name = text(metadata, "name").filter(|it| is_name(it))?;
    let namespace = text(metadata, "namespace");
    if namespace.as_ref().is_some_and(|it| !is_name(it)) {
        return None;
    }
    let (api_version, kind) = (text(node, "apiVersion")?, text(node, "kind")?);
    Some(Id { api_version, kind, name, namespace, has_aliases: has_aliases(node) })
}

fn has_aliases(node: Node<'_>) -> bool {
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        if node.kind() == Kind::Alias {
            return true;
        }
        open.extend(node.children());
    }
    false
}

/// Whether something can be the name of an object with pods, so that it can be that of a file too.
fn is_name(text: &str) -> bool {
    text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-' || it == b'.')
        && text.bytes().next().is_some_and(|it| it.is_ascii_alphanumeric())
}

fn text(node: Node<'_>, key: &str) -> Option<String> {
    let text = node.get(key).filter(|it| !it.is_null())?.value()?;
    (!text.is_empty()).then(|| text.to_owned())
}
