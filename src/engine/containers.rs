//! The containers of an engine: which run, and what each was told.

use std::path::PathBuf;

use bollard::models::{
    ContainerInspectResponse, ContainerSummary, HealthStatusEnum, ImageConfig, MountPoint,
};
use bollard::query_parameters::{
    InspectContainerOptions, ListContainersOptions, RestartContainerOptions,
};

use super::instant::seconds;
use super::local::Numbers;
use super::{Engine, Fault};
use crate::images::is_root;
use crate::images::learned::may_be_secret;

/// A container that runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Running {
    /// Its number with the engine.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The project that Compose started it for; empty for a plain one.
    pub project: String,
    /// The service that it is of; its name for a plain one.
    pub service: String,
    /// The folder of the project.
    pub folder: PathBuf,
    /// The project's files, absolute.
    pub files: Vec<PathBuf>,
}

/// What a container was told, and how it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// Whether it runs.
    pub runs: bool,
    /// Its first process, by the engine's host.
    pub pid: u32,
    /// The digest of its image.
    pub image: String,
    /// The name by which its image was called.
    pub called: String,
    /// When it was made, in seconds since 1970.
    pub created: u64,
    /// When it started last.
    pub started: u64,
    /// Whether its start runs as root.
    pub from_root: bool,
    /// Whether its root filesystem is read-only.
    pub read_only: bool,
    /// Whether it is in the host's network.
    pub in_host_network: bool,
    /// Whether it is in the host's user namespace though others are not.
    pub in_host_users: bool,
    /// What is mounted into it.
    pub mounts: Vec<Mounted>,
    /// What it was told in place of the image's entrypoint.
    pub entrypoint: Vec<String>,
    /// What it was told in place of the image's command.
    pub command: Vec<String>,
    /// Values of its variables that may be secrets, so that they are not written down.
    pub secrets: Vec<String>,
    /// How its health check stands.
    pub health: Health,
}

/// Something that is mounted.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mounted {
    /// Where, in the container.
    pub path: String,
    /// What, on the host.
    pub source: String,
    /// Whether it is memory.
    pub is_memory: bool,
}

/// How a health check stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Health {
    /// There is none.
    #[default]
    Unasked,
    /// It was not good yet.
    Starting,
    /// It is good.
    Good,
    /// It is not.
    Bad,
}

impl Health {
    /// What the engine says of it.
    pub(super) fn of(told: Option<HealthStatusEnum>) -> Health {
        match told {
            None | Some(HealthStatusEnum::EMPTY | HealthStatusEnum::NONE) => Health::Unasked,
            Some(HealthStatusEnum::STARTING) => Health::Starting,
            Some(HealthStatusEnum::HEALTHY) => Health::Good,
            Some(HealthStatusEnum::UNHEALTHY) => Health::Bad,
        }
    }
}

/// The values of variables that may be secrets.
fn secrets(variables: &[String]) -> Vec<String> {
    let pairs = variables.iter().filter_map(|it| it.split_once('='));
    pairs.filter(|it| may_be_secret(it.0, it.1)).map(|it| it.1.to_owned()).collect()
}

impl Engine {
    /// The containers that run, by project and service.
    ///
    /// # Errors
    /// The engine refuses.
    pub fn running(&self) -> Result<Vec<Running>, Fault> {
        self.listed(ListContainersOptions::default())
    }

    /// All containers, those that do not run too.
    ///
    /// # Errors
    /// The engine refuses.
    pub fn containers(&self) -> Result<Vec<Running>, Fault> {
        self.listed(ListContainersOptions { all: true, ..ListContainersOptions::default() })
    }

    fn listed(&self, which: ListContainersOptions) -> Result<Vec<Running>, Fault> {
        let listed = self.api().list_containers(Some(which));
        let listed = self.ask("the containers cannot be listed", listed)?;
        let mut running: Vec<Running> = listed.into_iter().filter_map(summary).collect();
        running.sort_by(|a, b| {
            (&a.project, &a.service, &a.name).cmp(&(&b.project, &b.service, &b.name))
        });
        Ok(running)
    }

    /// What a container was told, and how it is.
    ///
    /// # Errors
    /// It is not there, or the engine refuses.
    pub fn details(&self, id: &str, name: &str) -> Result<Details, Fault> {
        let asked = self.api().inspect_container(id, None::<InspectContainerOptions>);
        let told = self.ask(name, asked)?;
        let image = told.image.clone().unwrap_or_default();
        // An image may be gone while its containers run: what they were told stands for itself then.
        let config =
            self.ask(&image, self.api().inspect_image(&image)).ok().and_then(|it| it.config);
        Ok(details(&told, config.as_ref()))
    }

    /// Restarts a container.
    ///
    /// # Errors
    /// It is not there, or the engine refuses.
    pub fn restart(&self, id: &str, name: &str) -> Result<(), Fault> {
        let asked = self.api().restart_container(id, None::<RestartContainerOptions>);
        self.ask(&format!("{name}: cannot be restarted"), asked)
    }

    /// How the users of its containers are the host's, where it tells owners and users by the host: with users of its own
    /// it does, and its folder of data is named after their root.
    pub fn numbers(&self) -> Option<&(Numbers, Numbers)> {
        let ask = || {
            let told = self.ask("the engine", self.api().info()).ok()?;
            let has_own = told.security_options?.iter().any(|it| it.contains("name=userns"));
            let folder = told.docker_root_dir.filter(|_| has_own)?;
            let (uid, gid) = folder.rsplit(['/', '\\']).next()?.split_once('.')?;
            let of = |it: &str| it.parse().ok().map(Numbers::from_start);
            of(uid).zip(of(gid))
        };
        self.numbers.get_or_init(ask).as_ref()
    }

    /// Whether its containers have users of their own, who are others on the host.
    pub fn maps_users(&self) -> bool {
        let options =
            self.ask("the engine", self.api().info()).ok().and_then(|it| it.security_options);
        let mut options = options.into_iter().flatten();
        options.any(|it| it.contains("name=userns") || it.contains("name=rootless"))
    }
}

/// One that runs; nothing for one that `run` started by hand.
fn summary(it: ContainerSummary) -> Option<Running> {
    let labels = it.labels.unwrap_or_default();
    let label =
        |name: &str| labels.get(&format!("com.docker.compose.{name}")).cloned().unwrap_or_default();
    if label("oneoff").eq_ignore_ascii_case("true") {
        return None;
    }
    let name = it.names.unwrap_or_default().into_iter().next().unwrap_or_default();
    let name = name.trim_start_matches('/').to_owned();
    let folder = PathBuf::from(label("project.working_dir"));
    let files = label("project.config_files");
    let files = files.split(',').filter(|it| !it.is_empty()).map(|it| folder.join(it)).collect();
    let service = Some(label("service")).filter(|it| !it.is_empty());
    Some(Running {
        id: it.id?,
        service: service.unwrap_or_else(|| name.clone()),
        name,
        project: label("project"),
        folder,
        files,
    })
}

fn details(told: &ContainerInspectResponse, image: Option<&ImageConfig>) -> Details {
    let state = told.state.clone().unwrap_or_default();
    let config = told.config.clone().unwrap_or_default();
    let host = told.host_config.clone().unwrap_or_default();
    let user = config.user.unwrap_or_default();
    let entrypoint = config.entrypoint.unwrap_or_default();
    let command = config.cmd.unwrap_or_default();
    let own = |it: Option<&Vec<String>>| it.cloned().unwrap_or_default();
    let keeps = entrypoint == own(image.and_then(|it| it.entrypoint.as_ref()));
    let as_image = command == own(image.and_then(|it| it.cmd.as_ref()));
    let health = state.health.and_then(|it| it.status);
    let memory = host.tmpfs.unwrap_or_default().into_keys();
    let memory = memory.map(|path| Mounted { path, is_memory: true, ..Mounted::default() });
    let mut mounts: Vec<Mounted> =
        told.mounts.iter().flatten().filter_map(mounted).chain(memory).collect();
    mounts.sort_unstable();
    mounts.dedup_by(|a, b| a.path == b.path);
    Details {
        runs: state.running.unwrap_or_default(),
        pid: state.pid.and_then(|it| u32::try_from(it).ok()).unwrap_or_default(),
        image: told.image.clone().unwrap_or_default(),
        called: config.image.unwrap_or_default(),
        secrets: secrets(&config.env.unwrap_or_default()),
        created: told.created.as_deref().and_then(seconds).unwrap_or_default(),
        started: state.started_at.as_deref().and_then(seconds).unwrap_or_default(),
        from_root: user.is_empty() || is_root(&user),
        read_only: host.readonly_rootfs.unwrap_or_default(),
        in_host_network: host.network_mode.is_some_and(|it| it == "host"),
        in_host_users: host.userns_mode.is_some_and(|it| it == "host"),
        mounts,
        // A replaced entrypoint takes the image's command away: what stands there was told.
        command: if keeps && as_image { Vec::new() } else { command },
        entrypoint: if keeps { Vec::new() } else { entrypoint },
        health: Health::of(health),
    }
}

fn mounted(it: &MountPoint) -> Option<Mounted> {
    let path = it.destination.clone()?;
    Some(Mounted {
        // `/data/` is `/data`.
        path: if path.len() > 1 { path.trim_end_matches('/').to_owned() } else { path },
        source: it.source.clone().unwrap_or_default(),
        is_memory: it.typ.as_deref().is_some_and(|it| it.eq_ignore_ascii_case("tmpfs")),
    })
}
