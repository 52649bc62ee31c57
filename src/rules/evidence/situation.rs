//! What the file shows of a container that bears on which fix keeps it working.

use crate::images::dockerfile::Dockerfile;
use crate::images::{Found, Image, Knowledge, SocketUse};
use crate::rules::paths::socket;
use crate::workload::ask::Words;
use crate::workload::{
    Container, Dialect, Handle, Joined, Mount, Namespace, Origin, State, Workload, view,
};

/// What the file shows of a container.
pub(super) struct Situation<'k, 't> {
    /// What is known of its image, while the image's own server runs in it.
    pub(super) image: Option<&'k Image>,
    /// How well the entry fits.
    pub(super) found: Found<'k>,
    /// Whether the file says that another program runs in the image.
    pub(super) overridden: bool,
    /// What is mounted.
    pub(super) mounts: &'k [Mount<'t>],
    /// The names of environment variables.
    pub(super) variables: Vec<String>,
    /// Whether an init process of the runtime stands in front.
    pub(super) init: bool,
    /// Whether it is in the host's network.
    pub(super) in_host_network: bool,
    /// Whether devices or extra groups are handed to it.
    pub(super) has_devices: bool,
    /// Whether it is a container of a pod.
    pub(super) kubernetes: bool,
    /// Whether volumes of the pod outlive it.
    pub(super) claims: bool,
    /// The user and group that its pod names, where it goes its own way.
    pub(super) pod_user: Option<(u32, u32)>,
    /// The ports that the pod names for it.
    pub(super) ports: Vec<u16>,
    /// What the Dockerfile says that it is built from.
    pub(super) built: Option<&'t Dockerfile>,
    /// The capabilities that the file adds.
    pub(super) added: Vec<String>,
    /// A word of its command that raises privileges.
    pub(super) raises: Option<String>,
}

impl<'k, 't> Situation<'k, 't> {
    /// What the file shows.
    pub(super) fn of(
        workload: &Workload<'t>,
        container: &'k Container<'t>,
        knowledge: &'k Knowledge,
    ) -> Self {
        let built = workload.built();
        let image = match built {
            Some(file) => file.base.as_deref(),
            None => workload.image_text(container),
        };
        let found = image.map_or(Found::Unknown, |it| knowledge.find(it));
        let words = workload.words(container);
        let server = found.image().is_some_and(|it| is_server(it, &words, built));
        let mounts = &container.mounts;
        let claims = workload.is_kubernetes() && mounts.iter().any(outlives_the_pod);
        Situation {
            image: found.image().filter(|_| server),
            found,
            overridden: !server && found.image().is_some(),
            variables: variables(workload, container),
            init: matches!(&workload.dialect, Dialect::Compose(it) if matches!(it.boolean("init"), State::On(_))),
            in_host_network: matches!(workload.namespace(Namespace::Network), Joined::Host(_)),
            has_devices: has_devices(workload),
            kubernetes: workload.is_kubernetes(),
            claims,
            pod_user: match &workload.dialect {
                Dialect::Kubernetes(pod) => pod.default_user(),
                Dialect::Compose(_) => None,
            },
            ports: ports(workload, container),
            built,
            added: container.capabilities.add.iter().map(|it| it.name.clone()).collect(),
            raises: raises(&words.entrypoint, &words.command),
            mounts,
        }
    }

    /// Whether PostgreSQL keeps its database right there, with nothing mounted.
    pub(super) fn is_database(&self, image: &Image, path: &str) -> bool {
        image.user_name.as_deref() == Some("postgres")
            && path.ends_with("/data")
            && !self.variables.iter().any(|it| it == "PGDATA")
            && self.mounts.iter().all(|it| it.target.as_deref() != Some(path))
    }

    /// Whether anything of the host is mounted, files of configs and secrets included.
    pub(super) fn has_binds(&self) -> bool {
        self.mounts.iter().any(|it| matches!(it.origin, Origin::Host(_) | Origin::Unknown))
    }

    /// Whether it is of no use without the runtime's socket, which it holds as root.
    pub(super) fn needs_socket(&self, image: &Image) -> bool {
        let is_socket =
            |it: &Mount<'t>| matches!(&it.origin, Origin::Host(path) if socket(path).is_some());
        image.docker_socket == Some(SocketUse::Required)
            && !self.has_devices
            && self.mounts.iter().any(is_socket)
    }

    /// The volumes that the service writes to.
    pub(super) fn volumes(&self) -> impl Iterator<Item = &Mount<'t>> {
        let volume = |it: &&Mount<'t>| matches!(it.origin, Origin::Volume(_) | Origin::Anonymous);
        self.mounts.iter().filter(|it| !it.read_only).filter(volume)
    }

    /// Whether a folder of the host is mounted writable; the runtime's socket is root's own.
    pub(super) fn has_writable_binds(&self) -> bool {
        self.mounts.iter().any(|it| match &it.origin {
            Origin::Host(path) => !it.read_only && socket(path).is_none(),
            Origin::Unknown => !it.read_only,
            Origin::Volume(_) | Origin::Anonymous | Origin::Scratch | Origin::Other(_) => false,
        })
    }

    /// Whether what it writes outlives it.
    pub(super) fn keeps_data(&self) -> bool {
        self.volumes().next().is_some() || self.has_writable_binds()
    }

    /// Whether the port that the image listens on needs a right in the host's network.
    pub(super) fn low_port_on_host(&self, image: &Image) -> bool {
        self.in_host_network && image.ports.iter().any(|it| *it < 1024)
    }

    /// Whether it listens on a port below 1024, as far as the file and the image tell.
    pub(super) fn has_low_port(&self) -> bool {
        let known = self.image.map_or(&[][..], |it| &it.ports);
        known.iter().chain(&self.ports).any(|it| *it < 1024)
    }

    /// Whether the condition of a writable path holds; nothing when the file does not show it.
    pub(super) fn holds(&self, when: &str, path: &str, as_root: Start) -> Option<bool> {
        if when == "non-root" {
            return Some(as_root == Start::Unprivileged);
        }
        if when == "no volume" {
            return Some(
                self.mounts
                    .iter()
                    .all(|it| it.target.as_deref().is_none_or(|it| !path.starts_with(it))),
            );
        }
        let first = when.split([' ', ';', ',']).next().unwrap_or("");
        if first.starts_with('/') && when.contains("mounted") {
            return Some(
                self.mounts
                    .iter()
                    .any(|it| it.target.as_deref().is_some_and(|it| it.starts_with(first))),
            );
        }
        let prefix = first.trim_end_matches('*');
        let variable =
            prefix.contains('_') && prefix.bytes().all(|it| it.is_ascii_uppercase() || it == b'_');
        variable.then(|| self.variables.iter().any(|it| it.starts_with(prefix)))
    }
}

/// Whether a pod's volume keeps data from before it: not one that its StatefulSet makes for it.
fn outlives_the_pod(mount: &Mount<'_>) -> bool {
    let listed = matches!(mount.handle, Handle::Pod { volume: Some(_), .. });
    match &mount.origin {
        Origin::Volume(_) => listed,
        Origin::Other(kind) => !WITH_THE_POD.contains(&kind.as_str()),
        Origin::Host(_) | Origin::Anonymous | Origin::Scratch | Origin::Unknown => false,
    }
}

/// Volumes that come and go with the pod, or that nobody writes to.
const WITH_THE_POD: &[&str] =
    &["configMap", "csi", "downwardAPI", "ephemeral", "image", "projected", "secret"];

/// Whether the program that runs is the image's own, or that of the base it is built from.
fn is_server(image: &Image, words: &Words, built: Option<&Dockerfile>) -> bool {
    let replaced = built.is_some_and(|it| it.entrypoint.is_some()) || !words.entrypoint.is_empty();
    let command = words.command.first().or_else(|| built?.cmd.as_ref()?.first());
    !replaced && image.runs_server(command.map(String::as_str))
}

/// How a container starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// As root.
    Root,
    /// As a user of its own.
    Unprivileged,
}

fn variables(workload: &Workload<'_>, container: &Container<'_>) -> Vec<String> {
    match &workload.dialect {
        Dialect::Compose(service) => service.environment().into_iter().map(|it| it.name).collect(),
        Dialect::Kubernetes(_) => {
            let list = view::lookup(container.node, "env");
            let names = list.into_iter().flat_map(|it| it.value.items()).filter_map(|it| {
                view::lookup(it, "name").and_then(|it| it.value.value()).map(str::to_owned)
            });
            names.collect()
        }
    }
}

fn ports(workload: &Workload<'_>, container: &Container<'_>) -> Vec<u16> {
    let Dialect::Kubernetes(pod) = &workload.dialect else { return Vec::new() };
    let number = |port| view::lookup(port, "containerPort")?.value.value()?.parse().ok();
    pod.ports(container.index).into_iter().filter_map(number).collect()
}

fn has_devices(workload: &Workload<'_>) -> bool {
    match &workload.dialect {
        Dialect::Compose(service) => ["devices", "group_add", "gpus", "device_cgroup_rules"]
            .iter()
            .any(|it| service.entry(it).is_some()),
        Dialect::Kubernetes(pod) => pod.pod_level("supplementalGroups").is_some(),
    }
}

fn raises(entrypoint: &[String], command: &[String]) -> Option<String> {
    let words = entrypoint.iter().chain(command).flat_map(|it| it.split_whitespace());
    let raising = words.filter(|it| matches!(it.rsplit('/').next(), Some("sudo" | "su" | "doas")));
    raising.map(str::to_owned).next()
}
