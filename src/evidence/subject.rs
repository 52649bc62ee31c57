//! What the file shows of one container that bears on which fix keeps it working.

use std::cell::OnceCell;

use super::host::socket;
use super::sources::{Strange, strange_paths};
use super::tried::built;
use crate::images::dockerfile::{Dockerfile, User};
use crate::images::learned::Learned;
use crate::images::{Condition, Found, Image, Knowledge, Protocol, When};
use crate::workload::ask::Words;
use crate::workload::compose::Engine;
pub(super) use crate::workload::paths::is_below;
use crate::workload::{
    Container, Dialect, Handle, Identity, Joined, Mount, Namespace, Origin, Port, Setting, State,
    Workload,
};

/// What the file shows of a container.
pub(super) struct Subject<'k, 't> {
    /// What it is a part of.
    pub(super) workload: &'k Workload<'t>,
    /// The container.
    pub(super) container: &'k Container<'t>,
    /// Who the file says it runs as.
    pub(super) identity: Identity,
    /// What is known of its image, or of that which it is built on.
    pub(super) found: Found<'k>,
    /// What was read off its image, and seen of its containers.
    pub(super) learnt: Option<&'k Learned>,
    /// What the Dockerfile says that it is built from.
    pub(super) built: Option<&'t Dockerfile>,
    /// What replaces the image's entrypoint and command.
    pub(super) words: Words,
    /// What else is run in it.
    pub(super) asides: Vec<Vec<String>>,
    /// Its environment.
    pub(super) variables: Vec<Setting>,
    /// The ports that it publishes or names.
    pub(super) ports: Vec<Port>,
    /// Whether an init process of the runtime stands in front.
    pub(super) init: bool,
    /// Whether it is in the host's network.
    pub(super) in_host_network: bool,
    /// Whether ports below 1024 may be closed to all but root: the engine opens them in networks of its own alone.
    pub(super) has_closed_ports: bool,
    /// Whether devices or extra groups are handed to it.
    pub(super) has_devices: bool,
    /// Paths that nothing keeps, once somebody asked.
    strange: OnceCell<Vec<Strange>>,
}

/// How a container starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// As root.
    Root,
    /// As a user of its own.
    Unprivileged,
}

/// Whether an image may be built from a Dockerfile as that is: one that was changed since says another user or other
/// volumes.
fn is_of(image: &Learned, file: &Dockerfile) -> bool {
    let name = |it: &str| it.split(':').next().unwrap_or_default().to_owned();
    let is_same_user = match &file.user {
        Some(User::Ids { uid, .. }) => image.account.as_ref().is_some_and(|it| it.uid == *uid),
        Some(User::Name(it)) => name(it) == name(&image.user),
        Some(User::Open(_)) | None => true,
    };
    is_same_user && file.volumes.iter().all(|it| image.volumes.contains(it))
}

impl<'k, 't> Subject<'k, 't> {
    /// What the file shows.
    pub(super) fn of(
        workload: &'k Workload<'t>,
        container: &'k Container<'t>,
        knowledge: &'k Knowledge,
    ) -> Self {
        let read = knowledge
            .built(|| built(workload, container, knowledge.folder()))
            .filter(|it| workload.built().is_none_or(|file| is_of(it, file)));
        let named = workload.image_text(container);
        let named = named.or_else(|| read?.names.first().map(String::as_str));
        // What the owner says of the image that is built says more than its Dockerfile, and so does what was read off it.
        let told = read.is_some() || named.is_some_and(|it| knowledge.is_owned(it));
        let built = workload.built().filter(|_| !told);
        let image = match built {
            Some(file) => file.base.as_deref(),
            None => named,
        };
        Subject {
            workload,
            container,
            identity: workload.identity(container),
            learnt: read.or_else(|| knowledge.learnt(workload.image_text(container)?)),
            found: image.map_or(Found::Unknown, |it| knowledge.find(it)),
            built,
            words: workload.words(container),
            asides: workload.asides(container),
            variables: workload.variables(container),
            ports: workload.ports(container),
            init: matches!(&workload.dialect, Dialect::Compose(it) if matches!(it.boolean("init"), State::On(_))),
            in_host_network: matches!(workload.namespace(Namespace::Network), Joined::Host(_)),
            has_closed_ports: has_closed_ports(workload),
            has_devices: has_devices(workload),
            strange: OnceCell::new(),
        }
    }

    /// The paths that its command or its environment names and that lie in nothing that it may write to.
    pub(super) fn strange_paths(&self) -> &[Strange] {
        self.strange.get_or_init(|| strange_paths(self))
    }

    /// Whether a variable decides who it runs as, so that it may be another account than its default.
    pub(super) fn user_may_differ(&self) -> bool {
        match &self.workload.dialect {
            Dialect::Compose(service) => service.user_may_differ(),
            Dialect::Kubernetes(_) => false,
        }
    }

    /// Whether it is built from sources.
    pub(super) fn is_built(&self) -> bool {
        match &self.workload.dialect {
            Dialect::Compose(service) => service.entry("build").is_some(),
            Dialect::Kubernetes(_) => false,
        }
    }

    /// Whether it is a container of a pod.
    pub(super) fn is_kubernetes(&self) -> bool {
        self.workload.is_kubernetes()
    }

    /// What is mounted.
    pub(super) fn mounts(&self) -> &'k [Mount<'t>] {
        &self.container.mounts
    }

    /// The entry of its image, where the image's own main program runs in it.
    pub(super) fn server(&self) -> Option<&'k Image> {
        self.found.image().filter(|it| self.runs_own_program(it))
    }

    /// Whether another program than the image's own runs in it.
    pub(super) fn is_overridden(&self) -> bool {
        self.found.image().is_some_and(|it| !self.runs_own_program(it))
    }

    /// Whether the program that runs is the image's own, or that of the base it is built from.
    fn runs_own_program(&self, image: &Image) -> bool {
        let own_entrypoint = |it: &[String]| match it.first() {
            None => true,
            Some(word) => image.is_own_program(word),
        };
        let built = self.built.and_then(|it| it.entrypoint.as_deref());
        if !own_entrypoint(&self.words.entrypoint) || !own_entrypoint(built.unwrap_or_default()) {
            return false;
        }
        let main = |it: &&String| image.is_own_program(it);
        // An entrypoint that is the main program itself takes all words as its own.
        if self.words.entrypoint.first().filter(main).is_some() && self.words.command.is_empty() {
            return true;
        }
        let command = self.words.command.first().or_else(|| self.built?.cmd.as_ref()?.first());
        image.runs_server(command.map(String::as_str))
            || command.is_some_and(|it| image.is_own_program(it))
    }

    /// Whether the main program runs without the image's own start script, which repairs owners and drops root: the
    /// entrypoint is replaced, or the program is called by its path, which no script recognizes.
    pub(super) fn skips_start(&self) -> bool {
        let Some(image) = self.found.image() else { return false };
        let is_script = |word: &String| {
            let name = word.rsplit('/').next().unwrap_or(word);
            image.entrypoint.iter().any(|it| it == name)
        };
        let command = match self.words.entrypoint.first() {
            Some(word) if is_script(word) => {
                self.words.entrypoint.get(1).or(self.words.command.first())
            }
            Some(_) => return !image.entrypoint.is_empty(),
            None => self.words.command.first(),
        };
        let ends = |it: &str| it.rsplit_once('.').is_some_and(|it| it.1 == "conf");
        command.is_some_and(|it| {
            it.contains('/') && !it.starts_with('-') && !ends(it) && !is_script(it)
        })
    }

    /// All words that are run in it: entrypoint, command, those of its Dockerfile, health checks and hooks. What stands
    /// in one text is taken apart.
    pub(super) fn spoken(&self) -> impl Iterator<Item = &str> {
        let built = self.built.into_iter().flat_map(|it| {
            let command = self.words.command.is_empty().then_some(&it.cmd).and_then(Option::as_ref);
            let entrypoint =
                self.words.entrypoint.is_empty().then_some(&it.entrypoint).and_then(Option::as_ref);
            entrypoint.into_iter().chain(command).flatten()
        });
        let asides = self.asides.iter().flatten();
        let own = self.words.entrypoint.iter().chain(&self.words.command).chain(asides);
        let apart = |it: char| {
            it.is_whitespace() || matches!(it, ';' | '&' | '|' | '(' | ')' | '"' | '\'' | '`')
        };
        own.chain(built).flat_map(move |it| it.split(apart)).filter(|it| !it.is_empty())
    }

    /// The words of its command alone, entrypoint first.
    pub(super) fn command(&self) -> impl Iterator<Item = &String> {
        self.words.entrypoint.iter().chain(&self.words.command)
    }

    /// The value of a variable, where the file gives it.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|it| it.name == name)?.value.as_deref()
    }

    /// Whether a variable of that name is set.
    pub(super) fn has_variable(&self, name: &str) -> bool {
        self.variables.iter().any(|it| it.name == name)
    }

    /// Whether anything of the host is mounted, files of configs and secrets included.
    pub(super) fn has_binds(&self) -> bool {
        self.mounts().iter().any(|it| matches!(it.origin, Origin::Host(_) | Origin::Unknown))
    }

    /// Whether a socket of the runtime is mounted.
    pub(super) fn has_socket(&self) -> bool {
        let is_socket =
            |it: &Mount<'t>| matches!(&it.origin, Origin::Host(path) if socket(path).is_some());
        self.mounts().iter().any(is_socket)
    }

    /// The volumes that the service writes to.
    pub(super) fn volumes(&self) -> impl Iterator<Item = &Mount<'t>> {
        let volume = |it: &&Mount<'t>| matches!(it.origin, Origin::Volume(_) | Origin::Anonymous);
        self.mounts().iter().filter(|it| !it.read_only).filter(volume)
    }

    /// Whether a folder of the host is mounted writable; the runtime's socket is root's own.
    pub(super) fn has_writable_binds(&self) -> bool {
        self.mounts().iter().any(|it| match &it.origin {
            Origin::Host(path) => !it.read_only && socket(path).is_none(),
            Origin::Unknown => !it.read_only,
            Origin::Volume(_) | Origin::Anonymous | Origin::Scratch | Origin::Other(_) => false,
        })
    }

    /// Whether what it writes outlives it.
    pub(super) fn keeps_data(&self) -> bool {
        self.volumes().next().is_some() || self.has_writable_binds()
    }

    /// Whether volumes of a pod outlive it.
    pub(super) fn has_claims(&self) -> bool {
        self.is_kubernetes() && self.mounts().iter().any(outlives_the_pod)
    }

    /// Whether what is mounted takes its content and owner from the image's folder, when it is fresh.
    pub(super) fn copies(mount: &Mount<'_>) -> bool {
        !mount.options.split(',').any(|it| matches!(it, "nocopy" | "subpath"))
    }

    /// Whether what is mounted comes from outside: of the host, of the cluster, or nobody knows.
    pub(super) fn is_brought(mount: &Mount<'_>) -> bool {
        matches!(mount.origin, Origin::Host(_) | Origin::Other(_) | Origin::Unknown)
    }

    /// Whether others write to one of its volumes: a service of the project, a container of the pod.
    pub(super) fn shares_volumes(&self) -> bool {
        let others =
            || self.workload.containers.iter().filter(|it| it.index != self.container.index);
        self.mounts().iter().filter(|it| !it.read_only).any(|mount| {
            match (&mount.origin, &self.workload.dialect) {
                (Origin::Volume(name), Dialect::Compose(service)) => {
                    service.project.shares_volume(name)
                }
                (Origin::Volume(_) | Origin::Scratch, Dialect::Kubernetes(_)) => {
                    let same = |it: &Mount<'_>| same_volume(it, mount);
                    others().any(|it| it.mounts.iter().any(same))
                }
                _ => false,
            }
        })
    }

    /// Whether the path, or a folder above it, is mounted.
    pub(super) fn is_mounted(&self, path: &str) -> bool {
        self.mounts().iter().any(|it| it.target.as_deref().is_some_and(|it| is_below(path, it)))
    }

    /// Whether the condition of something known holds; nothing where no file shows it.
    pub(super) fn holds(&self, when: &When, start: Start) -> Option<bool> {
        let all = |conditions: &Vec<Condition>| {
            let each: Vec<_> = conditions.iter().map(|it| self.shows(it, start)).collect();
            match (each.contains(&Some(false)), each.contains(&None)) {
                (true, _) => Some(false),
                (false, true) => None,
                (false, false) => Some(true),
            }
        };
        let any: Vec<_> = when.0.iter().map(all).collect();
        match (any.contains(&Some(true)), any.contains(&None)) {
            (true, _) => Some(true),
            (false, true) => None,
            (false, false) => Some(false),
        }
    }

    fn shows(&self, condition: &Condition, start: Start) -> Option<bool> {
        let targets = || self.mounts().iter().filter_map(|it| it.target.as_deref());
        Some(match condition {
            Condition::Variable(name, value) => return self.says(name, value.as_deref()),
            Condition::NoVariable(name) => !self.has_variable(name),
            Condition::Mount(path) => targets().any(|it| is_below(it, path)),
            Condition::NoMount(path) => !self.is_mounted(path),
            Condition::Bind(None) => self.has_binds(),
            Condition::Bind(Some(path)) => self.mounts().iter().any(|it| {
                matches!(it.origin, Origin::Host(_) | Origin::Unknown)
                    && it.target.as_deref().is_some_and(|it| is_below(it, path))
            }),
            Condition::Port(number, protocol) => self.ports.iter().any(|it| {
                it.number == *number
                    && protocol.is_none_or(|protocol| it.udp == (protocol == Protocol::Udp))
            }),
            Condition::Argument(text) => self.command().any(|it| it.contains(text.as_str())),
            Condition::Root => start == Start::Root,
            Condition::NonRoot => start == Start::Unprivileged,
            Condition::HostNetwork => self.in_host_network,
            Condition::Init => self.init,
            Condition::Untold => return None,
        })
    }

    /// Whether a variable is set, to that value where one is given.
    fn says(&self, name: &str, value: Option<&str>) -> Option<bool> {
        let named = |it: &&Setting| match name.strip_suffix('*') {
            Some(prefix) => it.name.starts_with(prefix),
            None => it.name == name,
        };
        let Some(found) = self.variables.iter().find(named) else { return Some(false) };
        match (value, &found.value) {
            (None, _) => Some(true),
            (Some(wanted), Some(value)) => Some(wanted.eq_ignore_ascii_case(value)),
            (Some(_), None) => None,
        }
    }
}

/// Whether two mounts of a pod are of one volume.
fn same_volume(one: &Mount<'_>, other: &Mount<'_>) -> bool {
    match (one.handle, other.handle) {
        (Handle::Pod { volume: Some(one), .. }, Handle::Pod { volume: Some(other), .. }) => {
            one.id() == other.id()
        }
        _ => false,
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

fn has_closed_ports(workload: &Workload<'_>) -> bool {
    const START: &str = "net.ipv4.ip_unprivileged_port_start";
    match &workload.dialect {
        Dialect::Compose(service) => {
            let podman = service.project.engine().is_some_and(|it| it.0 == Engine::Podman);
            !matches!(workload.namespace(Namespace::Network), Joined::Own)
                || podman
                || service.external_host_network().is_some()
                || service.sysctls().iter().any(|it| it.0 == START)
        }
        Dialect::Kubernetes(_) => true,
    }
}

fn has_devices(workload: &Workload<'_>) -> bool {
    match &workload.dialect {
        Dialect::Compose(service) => ["devices", "group_add", "gpus", "device_cgroup_rules"]
            .iter()
            .any(|it| service.entry(it).is_some()),
        Dialect::Kubernetes(pod) => pod.pod_level("supplementalGroups").is_some(),
    }
}
