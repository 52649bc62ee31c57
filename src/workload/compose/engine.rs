//! What of a project's files shows which engine runs them, when it is not Docker under Compose.

use std::collections::BTreeSet;
use std::sync::Arc;

use foldhash::HashMap;

use super::{Project, parse_short, services};
use crate::workload::text::{self, UNKNOWN};
use crate::workload::{Text, Variables, view};
use crate::yaml::{Kind, Node, NodeId};

/// An engine other than Docker under Compose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A stack of Docker Swarm.
    Swarm,
    /// Podman.
    Podman,
}

/// The mappings of user ids that only Podman knows.
const PODMAN_USERS: &[&str] = &["keep-id", "auto", "nomap"];

impl Project<'_> {
    fn evaluate<'n>(&self, node: Node<'n>) -> Text<'n> {
        self.variables.interpolate(node.value().unwrap_or(""))
    }

    /// The engine that the files show, and what shows it; found out once.
    pub fn engine(&self) -> Option<&(Engine, String)> {
        self.engine
            .get_or_init(|| self.roots.iter().find_map(|it| engine(it.1, &self.variables)))
            .as_ref()
    }

    /// The image of the service that goes by that name, as written; found out once.
    pub fn image_of(&self, name: &str) -> Option<String> {
        (*self.images.get(name.to_owned(), || Arc::new(self.find_image(name)))).clone()
    }

    fn find_image(&self, name: &str) -> Option<String> {
        let called = |service: Node<'_>, key| {
            let text = view::lookup(service.resolve(), key).map(|it| self.evaluate(it.value));
            text.is_some_and(|it| it.value == name)
        };
        let mut all = self.roots.iter().flat_map(|it| services(it.1));
        let service = all.find(|it| {
            it.0.value() == Some(name) || called(it.1, "container_name") || called(it.1, "hostname")
        });
        let image = view::lookup(service?.1.resolve(), "image")?;
        Some(self.evaluate(image.value).value.into_owned())
    }

    /// Whether several services mount the volume of that name.
    pub fn shares_volume(&self, name: &str) -> bool {
        self.volume_uses.get(name).is_some_and(|it| *it > 1)
    }

    /// The names of the labels of all services; found out once.
    pub fn labels(&self) -> &[String] {
        self.labels.get_or_init(|| self.all_labels())
    }

    fn all_labels(&self) -> Vec<String> {
        let mut names = Vec::new();
        for (_, service) in self.roots.iter().flat_map(|it| services(it.1)) {
            let service = service.resolve();
            let deploy = view::lookup(service, "deploy").map(|it| it.value);
            for holder in [Some(service), deploy].into_iter().flatten() {
                let Some(labels) = view::lookup(holder, "labels").map(|it| it.value) else {
                    continue;
                };
                names.extend(
                    view::entries(labels).iter().filter_map(|it| it.key.value()).map(str::to_owned),
                );
                let items = labels.items().filter_map(|it| it.resolve().value());
                names.extend(items.map(|it| it.split('=').next().unwrap_or(it).to_owned()));
            }
        }
        names
    }

    /// How many of the services are in the host's IPC namespace; found out once.
    pub fn in_host_memory(&self) -> usize {
        let shares = |it: &(Node<'_>, Node<'_>)| {
            let ipc = view::lookup(it.1.resolve(), "ipc");
            ipc.is_some_and(|it| self.evaluate(it.value).value == "host")
        };
        // Of several files one service is one still.
        let names = || {
            let all = self.roots.iter().flat_map(|it| services(it.1)).filter(shares);
            let names: BTreeSet<&str> = all.filter_map(|it| it.0.value()).collect();
            names.len()
        };
        *self.sharing.get_or_init(names)
    }
}

fn engine(root: Node<'_>, variables: &Variables) -> Option<(Engine, String)> {
    let podman = |what: String| Some((Engine::Podman, what));
    if root.entry("x-podman").is_some() {
        // Of a script the commands themselves say so.
        let what = if root.tree().is_shown() { "`podman`" } else { "x-podman" };
        return podman(what.to_owned());
    }
    let says = |it: Node<'_>| {
        let keys = view::own_keys(it);
        keys.into_iter().any(|it| it.starts_with("x-podman"))
    };
    // What services merge is read once: it may be large.
    let mut known: HashMap<NodeId, bool> = HashMap::default();
    for (name, service) in services(root) {
        let service = service.resolve();
        let mut fragments = view::fragments(service).into_iter();
        if says(service) || fragments.any(|it| *known.entry(it.id()).or_insert_with(|| says(it))) {
            return podman(format!("x-podman of {}", name.value().unwrap_or("a service")));
        }
        if let Some(what) = of_podman(service.resolve(), variables) {
            return podman(format!("{what} of {}", name.value().unwrap_or("a service")));
        }
    }
    let stacked = ["configs", "secrets"].into_iter().find_map(|section| {
        let all = view::lookup(root, section)?.value;
        let is_driven = |it: Node<'_>| {
            ["driver", "template_driver"].iter().any(|key| view::lookup(it, key).is_some())
        };
        let is_external = |it: Node<'_>| {
            let value = view::lookup(it, "external").map(|it| it.value);
            value.is_some_and(|it| {
                it.kind() == Kind::Mapping
                    || it
                        .value()
                        .and_then(|it| variables.interpolate(it).known().and_then(text::boolean))
                        == Some(true)
            })
        };
        let kind = section.trim_end_matches('s');
        view::entries(all).into_iter().find_map(|it| {
            let name = it.key.value()?;
            match (is_external(it.value), is_driven(it.value)) {
                (true, _) => Some(format!("the external {kind} {name}")),
                (false, true) => Some(format!("the driver of the {kind} {name}")),
                (false, false) => None,
            }
        })
    });
    stacked.map(|it| (Engine::Swarm, it))
}

/// What of a service only Podman understands.
fn of_podman(service: Node<'_>, variables: &Variables) -> Option<String> {
    let read = |it: Node<'_>| variables.interpolate(it.value().unwrap_or("")).value.into_owned();
    let text = |key| view::lookup(service, key).map(|it| read(it.value));
    if let Some(mode) = text("userns_mode")
        && PODMAN_USERS.iter().any(|it| mode == *it || mode.starts_with(&format!("{it}:")))
    {
        return Some(format!("userns_mode: {mode}"));
    }
    let volumes = view::lookup(service, "volumes")?.value;
    volumes.items().find_map(|it| {
        let volume = it.resolve();
        let written = match volume.kind() {
            Kind::Mapping => read(volume.get("source")?),
            _ => read(volume),
        };
        if written.contains(UNKNOWN) {
            return None;
        }
        let short = parse_short(&written);
        if short.options.contains(&"U") {
            return Some(format!("the option U of {}", short.target));
        }
        let source = short.source.unwrap_or(short.target);
        source.ends_with("/podman.sock").then(|| format!("the socket {source}"))
    })
}
