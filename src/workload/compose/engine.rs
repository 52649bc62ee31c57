//! What of a project's files shows which engine runs them, when it is not Docker under Compose.

use super::{Project, Service, parse_short, services};
use crate::workload::text::{self, UNKNOWN};
use crate::workload::view;
use crate::yaml::{Kind, Node};

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
    /// The engine that the files show, and what shows it; found out once.
    pub fn engine(&self) -> Option<&(Engine, String)> {
        self.engine.get_or_init(|| self.roots.iter().find_map(|it| engine(it.1))).as_ref()
    }

    /// The image of the service of that name, as written.
    pub fn image_of(&self, name: &str) -> Option<String> {
        let mut all = self.roots.iter().flat_map(|it| services(it.1));
        let service = all.find(|it| it.0.value() == Some(name))?.1;
        let image = view::lookup(service.resolve(), "image")?;
        Some(Service::evaluate(image.value).value.into_owned())
    }

    /// How many of the services are in the host's IPC namespace; found out once.
    pub fn in_host_memory(&self) -> usize {
        let shares = |it: &(Node<'_>, Node<'_>)| {
            let ipc = view::lookup(it.1.resolve(), "ipc");
            ipc.is_some_and(|it| Service::evaluate(it.value).value == "host")
        };
        let count = || self.roots.iter().flat_map(|it| services(it.1)).filter(shares).count();
        *self.sharing.get_or_init(count)
    }
}

fn engine(root: Node<'_>) -> Option<(Engine, String)> {
    let podman = |what: String| Some((Engine::Podman, what));
    if root.resolve().entries().any(|it| it.0.value() == Some("x-podman")) {
        return podman("x-podman".to_owned());
    }
    for (name, service) in services(root) {
        if let Some(what) = of_podman(service.resolve()) {
            return podman(format!("{what} of {}", name.value().unwrap_or("a service")));
        }
    }
    let external = ["configs", "secrets"].into_iter().find_map(|section| {
        let all = view::lookup(root, section)?.value;
        let is_external = |it: Node<'_>| {
            let value = view::lookup(it, "external").map(|it| it.value);
            value.is_some_and(|it| {
                it.kind() == Kind::Mapping
                    || it
                        .value()
                        .and_then(|it| text::interpolate(it).known().and_then(text::boolean))
                        == Some(true)
            })
        };
        let found = view::entries(all).into_iter().find(|it| is_external(it.value))?;
        Some(format!("the external {} {}", section.trim_end_matches('s'), found.key.value()?))
    });
    external.map(|it| (Engine::Swarm, it))
}

/// What of a service only Podman understands.
fn of_podman(service: Node<'_>) -> Option<String> {
    let text = |key| view::lookup(service, key).map(|it| Service::evaluate(it.value).value);
    if let Some(mode) = text("userns_mode")
        && PODMAN_USERS.iter().any(|it| mode == *it || mode.starts_with(&format!("{it}:")))
    {
        return Some(format!("userns_mode: {mode}"));
    }
    if view::entries(service)
        .iter()
        .any(|it| it.key.value().is_some_and(|it| it.starts_with("x-podman")))
    {
        return Some("x-podman".to_owned());
    }
    let volumes = view::lookup(service, "volumes")?.value;
    volumes.items().find_map(|it| {
        let volume = it.resolve();
        let written = match volume.kind() {
            Kind::Mapping => Service::evaluate(volume.get("source")?).value,
            _ => Service::evaluate(volume).value,
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
