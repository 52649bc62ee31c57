//! What kind of file a document is, by its content.

use foldhash::HashMap;

use super::view::Entry;
use super::{compose, kubernetes, view};
use crate::yaml::{Kind, Node, NodeId, Span, Tree};

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A Compose file, or one of its fragments.
    Compose,
    /// A Compose file of the first version, without `services:`.
    ComposeV1,
    /// Kubernetes objects.
    Kubernetes,
    /// Encrypted by sops: a message authentication code covers every byte of its data.
    Encrypted,
    /// Nothing that casehard knows.
    Neither,
}

/// Something that the file's readers would refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misshape {
    /// Where.
    pub span: Span,
    /// What, and what to do.
    pub message: String,
}

/// Keys of which every service has at least one.
const SERVICE_KEYS: &[&str] = &[
    "image",
    "build",
    "extends",
    "provider",
    "command",
    "entrypoint",
    "environment",
    "env_file",
    "volumes",
    "ports",
    "deploy",
    "networks",
    "depends_on",
    "restart",
    "container_name",
    "profiles",
    "labels",
    "expose",
    "privileged",
    "read_only",
    "tmpfs",
    "devices",
    "group_add",
    "sysctls",
    "ulimits",
    "userns_mode",
    "logging",
    "working_dir",
    "user",
    "cap_add",
    "cap_drop",
    "security_opt",
    "network_mode",
    "healthcheck",
    "<<",
];

/// What a file is; `named_compose` says that its name is one that Compose looks for.
pub fn file_kind(tree: &Tree, named_compose: bool) -> FileKind {
    let roots: Vec<Node<'_>> = tree.documents().map(Node::resolve).collect();
    if roots.iter().any(|it| it.get("sops").is_some_and(|it| it.get("mac").is_some())) {
        return FileKind::Encrypted;
    }
    if roots.iter().any(|it| kubernetes::identify(*it).is_some()) {
        return FileKind::Kubernetes;
    }
    let includes = |it: &Node<'_>| it.get("include").is_some_and(|it| it.items().next().is_some());
    if roots.iter().any(|it| has_services(*it, named_compose) || named_compose && includes(it)) {
        return FileKind::Compose;
    }
    match roots.iter().any(|it| is_v1(*it)) {
        true => FileKind::ComposeV1,
        false => FileKind::Neither,
    }
}

fn has_services(root: Node<'_>, named_compose: bool) -> bool {
    let Some(services) = root.get("services").map(Node::resolve) else { return false };
    if named_compose {
        return true;
    }
    services.entries().any(|(_, service)| {
        let service = service.resolve();
        service.entries().any(|(key, _)| key.value().is_some_and(|it| SERVICE_KEYS.contains(&it)))
    })
}

fn is_v1(root: Node<'_>) -> bool {
    let known = [
        "services",
        "version",
        "networks",
        "volumes",
        "configs",
        "secrets",
        "include",
        "name",
        "apiVersion",
    ];
    let mut entries = root.entries().peekable();
    entries.peek().is_some()
        && known.iter().all(|it| root.get(it).is_none())
        && entries.all(|(_, value)| {
            let value = value.resolve();
            value
                .get("image")
                .or_else(|| value.get("build"))
                .is_some_and(|it| matches!(it.resolve().kind(), Kind::Scalar | Kind::Mapping))
                && value.get("stage").is_none()
                && value.get("script").is_none()
        })
}

/// What stands under a key of a service, and what people call that.
fn shape(key: &str) -> Option<(&'static [Kind], &'static str)> {
    match key {
        "cap_add"
        | "cap_drop"
        | "security_opt"
        | "volumes"
        | "devices"
        | "device_cgroup_rules"
        | "group_add"
        | "post_start"
        | "pre_stop"
        | "volumes_from" => Some((&[Kind::Sequence], "a list")),
        "image" | "user" | "privileged" | "read_only" | "network_mode" | "pid" | "ipc" | "uts"
        | "cgroup" | "userns_mode" | "platform" | "isolation" | "use_api_socket" => {
            Some((&[Kind::Scalar], "a single value"))
        }
        "tmpfs" => Some((&[Kind::Scalar, Kind::Sequence], "a list or a single path")),
        _ => None,
    }
}

/// What Compose would refuse in a file; the first of each service. Nothing more of a file that is ambiguous already.
pub fn misshapes(tree: &Tree) -> Vec<Misshape> {
    let mut found = ambiguities(tree);
    if !found.is_empty() {
        return found;
    }
    for root in tree.documents() {
        let root = root.resolve();
        let Some(services) = root.get("services") else { continue };
        if !matches!(services.resolve().kind(), Kind::Mapping) && !services.is_null() {
            found.push(Misshape {
                span: first_line(services),
                message: "expected a mapping of names to services under `services`".to_owned(),
            });
        }
        found.extend(compose::services(root).filter_map(|(key, service)| misshaped(key, service)));
    }
    found
}

fn misshaped(key: Node<'_>, service: Node<'_>) -> Option<Misshape> {
    let name = key.value().unwrap_or("");
    if service.tag() == Some("!reset") || service.is_recursive_alias() {
        return None;
    }
    let mapping = service.resolve();
    // A service without anything is none, and Compose says so itself.
    if mapping.is_null() {
        return None;
    }
    if mapping.kind() != Kind::Mapping {
        return Some(Misshape {
            span: first_line(service),
            message: format!(
                "expected a mapping under the service `{name}`: give it an image or a build"
            ),
        });
    }
    view::entries(mapping).iter().find_map(|entry| {
        let key = entry.key.value()?;
        let (fine, expected) = shape(key)?;
        if !fine.contains(&entry.value.kind()) && !entry.value.is_null() {
            let message = format!("expected {expected} under `{name}.{key}`");
            return Some(Misshape { span: first_line(entry.written), message });
        }
        not_text(entry, key, name)
    })
}

/// Items of capability and security lists must be text: `- no-new-privileges: true` is a mapping.
fn not_text(list: &Entry<'_>, key: &str, name: &str) -> Option<Misshape> {
    if !matches!(key, "cap_add" | "cap_drop" | "security_opt") {
        return None;
    }
    let item = list.value.items().find(|it| it.resolve().kind() != Kind::Scalar)?;
    Some(Misshape {
        span: first_line(item),
        message: format!(
            "expected text under `{name}.{key}`: write the item without a space after the colon, or in quotes"
        ),
    })
}

/// What readers differ on or choke on, whatever the file is: keys that stand twice in one mapping, aliases that contain
/// themselves, merges of merges without end.
pub fn ambiguities(tree: &Tree) -> Vec<Misshape> {
    let mut open: Vec<Node<'_>> = tree.documents().collect();
    let mut found = Vec::new();
    let mut merging = Vec::new();
    while let Some(node) = open.pop() {
        if tree.has_properties()
            && let Some((key, value)) = node.entry("<<")
        {
            merging.push((node, key, value.resolve()));
        }
        if let Some(key) = node.duplicate_key() {
            let name = key.value().unwrap_or("");
            let what_to_do = match name {
                "<<" => "merge all of them with one, as in `<<: [*a, *b]`",
                _ => "keep one of them",
            };
            found.push(Misshape {
                span: key.span(),
                message: format!("the key `{name}` stands twice in one mapping: {what_to_do}"),
            });
        }
        for child in node.entries().map(|it| it.1).chain(node.items()) {
            match child.kind() {
                Kind::Mapping | Kind::Sequence => open.push(child),
                Kind::Alias if child.is_recursive_alias() => found.push(Misshape {
                    span: child.span(),
                    message: "the alias contains itself: write the value out".to_owned(),
                }),
                Kind::Alias | Kind::Scalar => (),
            }
        }
    }
    found.extend(overmerged(merging));
    found.sort_by_key(|it: &Misshape| it.span.start);
    found
}

/// How many mappings may come into one by `<<`, those that come into them counted too.
const MERGED: usize = 256;

/// The first mapping into which too many are merged: what it holds would have to be looked up in all of them.
fn overmerged<'t>(mut merging: Vec<(Node<'t>, Node<'t>, Node<'t>)>) -> Option<Misshape> {
    // An anchor stands before its aliases, so that what is merged was counted before.
    merging.sort_by_key(|it| it.0.id());
    let mut counts: HashMap<NodeId, usize> = HashMap::default();
    for (node, key, value) in merging {
        let sources = std::iter::once(value).chain(value.items().map(Node::resolve));
        let count = |it: Node<'_>| 1 + counts.get(&it.id()).copied().unwrap_or(0);
        let count = sources.map(count).fold(0, usize::saturating_add);
        if count > MERGED {
            let message =
                format!("more than {MERGED} mappings are merged here: write some of them out");
            return Some(Misshape { span: key.span(), message });
        }
        counts.insert(node.id(), count);
    }
    None
}

/// The node's span, cut at the end of its first line.
pub fn first_line(node: Node<'_>) -> Span {
    let span = node.span();
    let end = node.raw().find(['\n', '\r']).map_or(span.end, |it| span.start + it);
    Span { start: span.start, end }
}
