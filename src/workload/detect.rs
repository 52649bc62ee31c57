//! What kind of file a document is, by its content.

use super::view::Entry;
use super::{compose, kubernetes, tags, view};
use crate::yaml::{Ambiguity, Kind, Node, Span, Tree, ambiguities};

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
    let includes = |it: &Node<'_>| {
        let listed = it.get("include").is_some_and(|it| it.items().next().is_some());
        let shared = ["volumes", "configs", "secrets", "networks"];
        listed || shared.iter().any(|key| it.get(key).is_some_and(|it| it.kind() == Kind::Mapping))
    };
    if roots.iter().any(|it| has_services(*it, named_compose) || named_compose && includes(it)) {
        return FileKind::Compose;
    }
    match roots.iter().any(|it| is_v1(*it)) {
        true => FileKind::ComposeV1,
        false => FileKind::Neither,
    }
}

fn has_services(root: Node<'_>, named_compose: bool) -> bool {
    let Some(services) = root.get("services").map(Node::resolve) else {
        return root.entries().iter().any(|it| is_binary_services(it.key));
    };
    if named_compose {
        return true;
    }
    services
        .entries()
        .iter()
        .any(|service| SERVICE_KEYS.iter().any(|it| service.value.entry(it).is_some()))
}

/// Whether a key is `services` to readers that decode it: the file is refused for that, not passed over.
fn is_binary_services(key: Node<'_>) -> bool {
    let encoded = key.tag() == Some("!!binary");
    encoded && key.value().is_some_and(|it| it.split_whitespace().eq(["c2VydmljZXM="]))
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
    let entries = root.entries();
    !entries.is_empty()
        && known.iter().all(|it| root.get(it).is_none())
        && entries.iter().all(|it| {
            let value = it.value;
            value
                .get("image")
                .or_else(|| value.get("build"))
                .is_some_and(|it| matches!(it.kind(), Kind::Scalar | Kind::Mapping))
                && value.get("stage").is_none()
                && value.get("script").is_none()
        })
}

/// What stands under some keys of a service, and what people call that.
const SHAPES: &[(&[&str], &[Kind], &str)] = &[
    (
        &[
            "cap_add",
            "cap_drop",
            "security_opt",
            "volumes",
            "devices",
            "device_cgroup_rules",
            "group_add",
            "post_start",
            "pre_stop",
            "volumes_from",
        ],
        &[Kind::Sequence],
        "a list",
    ),
    (
        &[
            "image",
            "user",
            "privileged",
            "read_only",
            "network_mode",
            "pid",
            "ipc",
            "uts",
            "cgroup",
            "userns_mode",
            "platform",
            "isolation",
            "use_api_socket",
        ],
        &[Kind::Scalar],
        "a single value",
    ),
    (&["tmpfs"], &[Kind::Scalar, Kind::Sequence], "a list or a single path"),
];

/// What Compose would refuse in a file; the first of each service. Nothing more of a file that is ambiguous already.
pub fn misshapes(tree: &Tree) -> Vec<Ambiguity> {
    let mut found = ambiguities(tree);
    found.extend(tags::without_effect(tree));
    if !found.is_empty() {
        return found;
    }
    for root in tree.documents() {
        let root = root.resolve();
        let Some(services) = root.get("services") else { continue };
        if !matches!(services.resolve().kind(), Kind::Mapping) && !services.is_null() {
            found.push(Ambiguity {
                span: first_line(services),
                message: "expected a mapping of names to services under `services`".to_owned(),
            });
        }
        found.extend(compose::services(root).filter_map(|(key, service)| misshaped(key, service)));
    }
    found
}

fn misshaped(key: Node<'_>, service: Node<'_>) -> Option<Ambiguity> {
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
        return Some(Ambiguity {
            span: first_line(service),
            message: format!(
                "expected a mapping under the service `{name}`: give it an image or a build"
            ),
        });
    }
    // Few of a service's keys have a shape, but what thousands merge may have thousands.
    let shaped =
        SHAPES.iter().flat_map(|(keys, fine, what)| keys.iter().map(move |it| (*it, *fine, *what)));
    let found = shaped.filter_map(|(key, fine, expected)| {
        let entry = &view::lookup(mapping, key)?;
        // What carries this tag is read by nobody: it only takes away what another file says.
        if entry.written.tag() == Some("!reset") {
            return None;
        }
        if !fine.contains(&entry.value.kind()) && !entry.value.is_null() {
            let message = format!("expected {expected} under `{name}.{key}`");
            return Some(Ambiguity { span: first_line(entry.written), message });
        }
        not_text(entry, key, name)
    });
    found.min_by_key(|it| it.span.start)
}

/// Items of capability and security lists must be text: `- no-new-privileges: true` is a mapping.
fn not_text(list: &Entry<'_>, key: &str, name: &str) -> Option<Ambiguity> {
    if !matches!(key, "cap_add" | "cap_drop" | "security_opt") {
        return None;
    }
    let there = |it: &Node<'_>| it.tag() != Some("!reset");
    let item = list.value.items().filter(there).find(|it| it.resolve().kind() != Kind::Scalar)?;
    Some(Ambiguity {
        span: first_line(item),
        message: format!(
            "expected text under `{name}.{key}`: write the item without a space after the colon, or in quotes"
        ),
    })
}

/// The node's span, cut at the end of its first line.
pub fn first_line(node: Node<'_>) -> Span {
    let span = node.span();
    let end = node.raw().find(['\n', '\r']).map_or(span.end, |it| span.start + it);
    Span { start: span.start, end }
}
