//! What kind of file a document is, by its content.

use super::kubernetes;
use crate::yaml::{Kind, Node, Span, Tree};

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
    /// Command lines that make containers.
    Commands,
    /// Nothing that casehard knows.
    Neither,
}

/// Keys of which every service has at least one.
pub const SERVICE_KEYS: &[&str] = &[
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
    if roots.iter().any(|it| kubernetes::is_manifest(*it)) {
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

/// The node's span, cut at the end of its first line.
pub fn first_line(node: Node<'_>) -> Span {
    let span = node.span();
    let end = node.raw().find(['\n', '\r']).map_or(span.end, |it| span.start + it);
    Span { start: span.start, end }
}
