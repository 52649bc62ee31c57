//! What rules ask of workloads and containers, answered by the dialect.

use std::borrow::Cow;

use foldhash::HashSet;

use super::{
    Certainty, Container, Dialect, Flag, Identity, Joined, Mount, Namespace, Port, Setting, State,
    Workload,
    kubernetes::{Shape, Told},
};

use crate::finding::Site;
use crate::images::dockerfile::Dockerfile;
use crate::yaml::{Node, Style, Tree};

impl<'t> Workload<'t> {
    /// Whether it is a pod template.
    pub fn is_kubernetes(&self) -> bool {
        matches!(self.dialect, Dialect::Kubernetes(_))
    }

    /// What the Dockerfile says that it is built from.
    pub fn built(&self) -> Option<&'t Dockerfile> {
        match &self.dialect {
            Dialect::Compose(service) => service.built,
            Dialect::Kubernetes(_) => None,
        }
    }

    /// Whether nothing says what a container runs, so that only what is said of it here can be judged.
    pub fn is_fragment(&self, container: &Container<'t>) -> bool {
        match &self.dialect {
            Dialect::Compose(service) => service.fragment,
            Dialect::Kubernetes(pod) => pod.is_partial(container.index),
        }
    }

    /// Whether it runs on Windows.
    pub fn is_windows(&self) -> bool {
        match &self.dialect {
            Dialect::Compose(_) => false,
            Dialect::Kubernetes(pod) => pod.windows,
        }
    }

    /// Whether pod-level settings and volumes may be written.
    pub fn is_whole(&self) -> bool {
        match &self.dialect {
            Dialect::Compose(_) => true,
            Dialect::Kubernetes(pod) => pod.shape == Shape::Pod && pod.told == Told::Whole,
        }
    }

    /// Why nothing may be written for a container, if so.
    pub fn left_alone(&self, container: &Container<'t>) -> Option<&'static str> {
        let ephemeral = match &self.dialect {
            Dialect::Compose(_) => false,
            Dialect::Kubernetes(pod) => pod.is_ephemeral(container.index),
        };
        let rejected = "a manifest with an ephemeral container is rejected: remove it";
        self.skipped.or(ephemeral.then_some(rejected))
    }

    /// A yes-or-no setting of a container.
    pub fn flag(&self, container: &Container<'t>, flag: Flag) -> State {
        match &self.dialect {
            Dialect::Compose(service) => service.flag(flag),
            Dialect::Kubernetes(pod) => pod.flag(container.index, flag),
        }
    }

    /// Whose namespace it is in.
    pub fn namespace(&self, namespace: Namespace) -> Joined {
        match &self.dialect {
            Dialect::Compose(service) => service.namespace(namespace),
            Dialect::Kubernetes(pod) => pod.namespace(namespace),
        }
    }

    /// Who a container runs as, as far as the file says.
    pub fn identity(&self, container: &Container<'t>) -> Identity {
        match &self.dialect {
            Dialect::Compose(service) => service.identity(),
            Dialect::Kubernetes(pod) => pod.identity(container.index),
        }
    }

    /// Whether a container cannot gain privileges through an exec.
    pub fn no_new_privileges(&self, container: &Container<'t>) -> State {
        match &self.dialect {
            Dialect::Compose(service) => service.no_new_privileges(),
            Dialect::Kubernetes(pod) => pod.no_new_privileges(container.index),
        }
    }

    /// What of the host is mounted into any of its containers, each source once.
    pub fn host_mounts(&self) -> Cow<'_, [Mount<'t>]> {
        match &self.dialect {
            Dialect::Compose(_) => self.containers.first().map_or(&[][..], |it| &it.mounts).into(),
            Dialect::Kubernetes(pod) => pod.host_paths().into(),
        }
    }

    /// The first words of what a container runs: the entrypoint that replaces the image's, then the command.
    pub fn words(&self, container: &Container<'t>) -> Words {
        match &self.dialect {
            Dialect::Compose(service) => {
                Words { entrypoint: service.words("entrypoint"), command: service.words("command") }
            }
            // Kubernetes calls the entrypoint `command` and the command `args`.
            Dialect::Kubernetes(_) => {
                let read = |key| {
                    let list = super::view::lookup(container.node, key);
                    let items = list.into_iter().flat_map(|it| it.value.items());
                    items.filter_map(|it| it.resolve().value().map(str::to_owned)).collect()
                };
                Words { entrypoint: read("command"), command: read("args") }
            }
        }
    }

    /// The words of what else is run in a container, one list a command: its health checks and hooks.
    pub fn asides(&self, container: &Container<'t>) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        match &self.dialect {
            Dialect::Compose(service) => {
                let check = service.entry("healthcheck");
                let test = check.and_then(|it| super::view::lookup(it.entry.value, "test"));
                found.extend(test.map(|it| words_of(it.value)));
                for hook in service.hooks() {
                    let command = super::view::lookup(hook.item.node, "command");
                    found.extend(command.map(|it| words_of(it.value)));
                }
            }
            Dialect::Kubernetes(_) => {
                let inside = |node, key| super::view::lookup(node, key).map(|it| it.value);
                let probes = ["livenessProbe", "readinessProbe", "startupProbe"];
                let probes = probes.into_iter().filter_map(|it| inside(container.node, it));
                let hooks = inside(container.node, "lifecycle").into_iter();
                let hooks = hooks.flat_map(|it| {
                    ["postStart", "preStop"].into_iter().filter_map(move |key| inside(it, key))
                });
                for place in probes.chain(hooks) {
                    let command = inside(place, "exec").and_then(|it| inside(it, "command"));
                    found.extend(command.map(words_of));
                }
            }
        }
        found
    }

    /// The variables of a container's environment, as far as the file gives them.
    pub fn variables(&self, container: &Container<'t>) -> Vec<Setting> {
        match &self.dialect {
            Dialect::Compose(service) => {
                let known = |it: &super::compose::Variable<'t>| Setting {
                    value: it.value.known().map(str::to_owned),
                    name: it.name.to_owned(),
                };
                let mut all = service.variables_of_files();
                if !all.is_empty() {
                    let names: HashSet<&str> = service.environment().map(|it| it.name).collect();
                    all.retain(|it| !names.contains(it.name.as_str()));
                }
                all.extend(service.environment().map(known));
                all
            }
            Dialect::Kubernetes(_) => {
                let list = super::view::lookup(container.node, "env");
                let items = list.into_iter().flat_map(|it| it.value.items());
                let read = |item| {
                    let name = super::view::lookup(item, "name")?.value.value()?.to_owned();
                    let value = super::view::lookup(item, "value").and_then(|it| it.value.value());
                    let value = value.filter(|it| !it.contains("$("));
                    Some(Setting { name, value: value.map(str::to_owned) })
                };
                items.filter_map(read).collect()
            }
        }
    }

    /// What variables come from that could not be read: files, maps and secrets of a cluster.
    pub fn unread_environment(&self, container: &Container<'t>) -> Option<String> {
        match &self.dialect {
            Dialect::Compose(service) => {
                let file = service.env_files.iter().find(|it| it.text.is_none())?;
                Some(format!("env_file {}", file.path.replace(super::text::UNKNOWN, "…")))
            }
            Dialect::Kubernetes(_) => {
                let list = super::view::lookup(container.node, "envFrom")?.value;
                list.items().next().map(|_| "envFrom".to_owned())
            }
        }
    }

    /// The ports that a container publishes or names.
    pub fn ports(&self, container: &Container<'t>) -> Vec<Port> {
        let pod = match &self.dialect {
            Dialect::Compose(service) => return service.ports(),
            Dialect::Kubernetes(pod) => pod,
        };
        let text = |port, key| super::view::lookup(port, key).and_then(|it| it.value.value());
        let read = |port: Node<'t>| {
            let number = port.get("containerPort").and_then(super::kubernetes::scalar::integer)?;
            Some(Port {
                number: number.try_into().ok()?,
                udp: text(port, "protocol") == Some("UDP"),
            })
        };
        pod.ports(container.index).into_iter().filter_map(read).collect()
    }

    /// The comments on and right above what is written at a place; nothing for what is missing.
    pub fn comments_at(&self, container: &Container<'t>, site: Site) -> Vec<&'t str> {
        if site.file != container.site.file || site == container.site {
            return Vec::new();
        }
        let tree = container.node.tree();
        let mut found = tree.comments_beside(site.span.start);
        found.extend(list_above(tree, site).into_iter().flat_map(|it| tree.comments_beside(it)));
        found
    }

    /// The comments on and right above the name of a container, which speak of all of it.
    pub fn comments_above(&self, container: &Container<'t>) -> Vec<&'t str> {
        container.node.tree().comments_beside(container.site.span.start)
    }

    /// Whether an image reference is known well enough to look it up.
    pub fn image_text<'c>(&self, container: &'c Container<'t>) -> Option<&'c str> {
        let image = container.image.as_ref()?;
        (image.certainty != Certainty::Unknown || image.value.contains(super::text::UNKNOWN))
            .then_some(&*image.value)
    }
}

/// Where the key of the list stands whose item is at a place, in block style.
fn list_above(tree: &Tree, site: Site) -> Option<usize> {
    let line = |node: Node<'_>| tree.position(node.full_span().start).line;
    let at = tree.position(site.span.start).line;
    let mut nodes = std::iter::successors(tree.node_at(site.span.start), |it| it.parent());
    let list = nodes.find_map(|node| {
        let list = node.parent().filter(|_| node.index().is_some() && line(node) == at)?;
        (list.style() == Style::Block).then_some(list)
    });
    list?.key().map(|it| it.span().start)
}

/// The words of a command, written as one text or as a list.
fn words_of(node: Node<'_>) -> Vec<String> {
    match node.value() {
        // What a shell is to read stays one text.
        Some(text) => vec![text.to_owned()],
        None => node.items().filter_map(|it| it.resolve().value().map(str::to_owned)).collect(),
    }
}

/// The words that a container runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// What replaces the image's entrypoint.
    pub entrypoint: Vec<String>,
    /// What is handed to it.
    pub command: Vec<String>,
}

impl Workload<'_> {
    /// The devices of the host that are handed to it.
    pub fn device_paths(&self) -> Vec<String> {
        match &self.dialect {
            Dialect::Compose(service) => service.devices().into_iter().map(|it| it.path).collect(),
            Dialect::Kubernetes(_) => Vec::new(),
        }
    }
}
