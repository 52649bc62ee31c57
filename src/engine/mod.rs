//! The container engine of the user's machine, asked through its API. It starts nothing that a command did not ask for.
//!
//! The API is asynchronous; a command asks one thing after the other, so that here is the one place that waits.

mod archive;
mod changes;
mod client;
mod containers;
mod context;
mod copies;
mod fault;
mod images;
mod instant;
mod layout;
pub mod local;
pub mod mark;
pub mod peers;
mod processes;
mod registry;
mod renumber;
mod runs;
pub mod seen;
pub mod trace;
mod wait;

use std::cell::OnceCell;
use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bollard::Docker;

pub use archive::{Content, Header, Kind, Look};
pub use changes::{Change, How, is_of_accounts};
pub use client::{Client, Model, project_name};
pub use containers::{Details, Health, Mounted, Running};
pub use context::Address;
pub use copies::{Data, LABEL};
pub use fault::Fault;
pub use layout::Layout;
use local::Numbers;
pub use processes::Process;
pub use registry::Registry;
pub use runs::{Files, Ran, numberless};
pub use wait::{Pieces, Stopped, Waiter};

/// How long an answer may take, streams aside.
const PATIENCE: u64 = 120;

/// An engine that answers.
pub struct Engine {
    /// Its API.
    api: Docker,
    /// What waits for it.
    waiter: Waiter,
    /// Where it listens, and how it is spoken to.
    pub address: Address,
    /// How the users of its containers are the host's, where it tells them by the host: asked for once.
    numbers: OnceCell<Option<(Numbers, Numbers)>>,
    /// Whether it is Podman, which tells some things its own way.
    pub is_podman: bool,
}

impl Engine {
    /// The engine at an address, or where `DOCKER_HOST`, the context of Docker, Docker or Podman have it.
    ///
    /// # Errors
    /// None answers there: which addresses were tried, and what to do. The context is not there.
    pub fn connect(address: Option<&str>) -> Result<Engine, Fault> {
        let waiter = Waiter::new()?;
        let named = address.map(str::to_owned).or_else(|| env::var("DOCKER_HOST").ok());
        let named = match named.filter(|it| !it.is_empty()) {
            Some(it) => Some(Address::of(&it)),
            None => context::address()?,
        };
        let candidates = named.map_or_else(usual_places, |it| vec![it]);
        let mut refused: Option<Fault> = None;
        for address in &candidates {
            match answering(&waiter, address) {
                Ok(api) => {
                    let is_podman = is_podman(&waiter, &api);
                    let (address, numbers) = (address.clone(), OnceCell::new());
                    return Ok(Engine { api, waiter, address, numbers, is_podman });
                }
                // A socket that is there and refuses says more than one that is not there.
                Err(it) if !it.is_absent() => refused = refused.or(Some(it)),
                Err(_) => (),
            }
        }
        Err(refused
            .unwrap_or_else(|| Fault::no_engine(candidates.iter().map(|it| it.url.as_str()))))
    }

    /// Waits for no answer longer than `grace` once this is set.
    pub fn heed(&mut self, stop: Arc<AtomicBool>, grace: Duration) {
        self.waiter.heed(stop, grace);
    }

    /// Whether some answer was not waited for, because the run was to end.
    pub fn gave_up(&self) -> bool {
        self.waiter.gave_up()
    }

    /// Does what takes things away: the engine is waited for also when the run is to end.
    pub fn tidy<T>(&self, act: impl FnOnce() -> T) -> T {
        self.waiter.tidy(act)
    }

    /// The API.
    pub fn api(&self) -> &Docker {
        &self.api
    }

    /// Waits for what the API brings.
    ///
    /// # Errors
    /// The run is to end.
    pub fn wait<T>(&self, it: impl Future<Output = T>) -> Result<T, Stopped> {
        self.waiter.wait(it)
    }

    /// A stream of the API's, to be read like a file.
    pub fn read<'e>(
        &'e self,
        pieces: impl futures_util::Stream<Item = Result<bytes::Bytes, bollard::errors::Error>> + 'e,
    ) -> Pieces<'e> {
        self.waiter.read(pieces)
    }

    /// Waits for an answer, and says what was asked for where it is a refusal.
    ///
    /// # Errors
    /// The engine refuses, or does not answer.
    pub fn ask<T>(
        &self,
        what: &str,
        it: impl Future<Output = Result<T, bollard::errors::Error>>,
    ) -> Result<T, Fault> {
        self.wait(it)?.map_err(|it| Fault::of(what, &it))
    }

    /// Whether it listens on this machine.
    pub fn is_here(&self) -> bool {
        let url = &self.address.url;
        url.starts_with("unix:") || url.starts_with('/')
    }
}

/// Where engines listen.
fn usual_places() -> Vec<Address> {
    let mut places = vec![PathBuf::from("/var/run/docker.sock")];
    if let Some(own) = env::var_os("XDG_RUNTIME_DIR") {
        let own = Path::new(&own);
        places.extend([own.join("docker.sock"), own.join("podman/podman.sock")]);
    }
    if let Some(home) = env::var_os("HOME") {
        places.push(Path::new(&home).join(".docker/run/docker.sock"));
    }
    places.push(PathBuf::from("/run/podman/podman.sock"));
    places.into_iter().map(|it| Address::of(&format!("unix://{}", it.display()))).collect()
}

fn answering(waiter: &Waiter, address: &Address) -> Result<Docker, Fault> {
    let url = &address.url;
    let api = connected(address)?;
    let asked =
        async { tokio::time::timeout(Duration::from_secs(10), api.negotiate_version()).await };
    match waiter.wait(asked)? {
        Ok(Ok(api)) => Ok(api),
        Ok(Err(it)) => Err(Fault::connecting(url, &it)),
        Err(_) => Err(Fault::new(format!("{url}: the engine does not answer"))),
    }
}

fn is_podman(waiter: &Waiter, api: &Docker) -> bool {
    let asked = async { tokio::time::timeout(Duration::from_secs(10), api.version()).await };
    let Ok(Ok(Ok(version))) = waiter.wait(asked) else { return false };
    version.components.into_iter().flatten().any(|it| it.name.contains("Podman"))
}

fn connected(address: &Address) -> Result<Docker, Fault> {
    let version = bollard::API_DEFAULT_VERSION;
    let url = address.url.as_str();
    let is_remote = url.starts_with("tcp://") || url.starts_with("http://");
    let path = url.strip_prefix("unix://").or(Some(url).filter(|it| it.starts_with('/')));
    let made = match (path, address.certificates()?) {
        (Some(path), _) => Docker::connect_with_unix(path, PATIENCE, version),
        (None, Some([key, own, root])) => {
            Docker::connect_with_ssl(url, &key, &own, &root, PATIENCE, version)
        }
        (None, None) if is_remote => Docker::connect_with_http(url, PATIENCE, version),
        (None, None) => Docker::connect_with_host(url),
    };
    made.map_err(|it| Fault::connecting(url, &it))
}
