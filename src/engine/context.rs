//! Which engine Docker's own client would speak to, and how: by its variables or its contexts.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Fault;
use crate::source;

/// An engine that is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Where it listens, as a URL.
    pub url: String,
    /// The folder with `ca.pem`, `cert.pem` and `key.pem`, where it is spoken to over TLS.
    pub certificates: Option<PathBuf>,
}

impl Address {
    /// That of a URL, with what `DOCKER_TLS_VERIFY` and `DOCKER_CERT_PATH` say.
    pub(super) fn of(url: &str) -> Address {
        let is_set = |name: &str| env::var_os(name).is_some_and(|it| !it.is_empty());
        let is_remote = url.starts_with("tcp://") && is_set("DOCKER_TLS_VERIFY");
        let named = env::var_os("DOCKER_CERT_PATH").filter(|it| !it.is_empty()).map(PathBuf::from);
        let certificates = || named.or_else(folder).unwrap_or_default();
        let certificates = (is_remote || url.starts_with("https://")).then(certificates);
        Address { url: url.to_owned(), certificates }
    }

    /// Its key, its certificate and its authority's, where it is spoken to over TLS.
    ///
    /// # Errors
    /// One cannot be read: which one.
    pub(super) fn certificates(&self) -> Result<Option<[PathBuf; 3]>, Fault> {
        let Some(folder) = &self.certificates else { return Ok(None) };
        let files = ["key.pem", "cert.pem", "ca.pem"].map(|it| folder.join(it));
        for file in &files {
            fs::File::open(file).map_err(|it| {
                Fault::new(format!(
                    "{}: {} cannot be read ({it}): an engine over TLS wants ca.pem, cert.pem and key.pem there",
                    self.url,
                    file.display()
                ))
            })?;
        }
        Ok(Some(files))
    }
}

/// Docker's configuration, as far as it names a context.
#[derive(Deserialize)]
struct Config {
    #[serde(rename = "currentContext")]
    current: Option<String>,
}

/// What is kept of a context.
#[derive(Deserialize)]
struct Context {
    #[serde(rename = "Endpoints")]
    endpoints: Endpoints,
}

#[derive(Deserialize)]
struct Endpoints {
    docker: Option<Endpoint>,
}

#[derive(Deserialize)]
struct Endpoint {
    #[serde(rename = "Host")]
    host: Option<String>,
}

/// The address of the context that is in use, by `DOCKER_CONTEXT` or by `docker context use`; nothing where that is the
/// default.
///
/// # Errors
/// There is no such context, or it cannot be read: which one, and what to do.
pub(super) fn address() -> Result<Option<Address>, Fault> {
    let asked = env::var("DOCKER_CONTEXT").ok().filter(|it| !it.is_empty());
    let Some(folder) = folder() else { return Ok(None) };
    let name = match asked {
        Some(it) => Some(it),
        None => current(&folder.join("config.json"))?,
    };
    match name {
        Some(name) if !name.is_empty() && name != "default" => of(&folder, &name).map(Some),
        _ => Ok(None),
    }
}

/// Where Docker's client keeps what it knows.
fn folder() -> Option<PathBuf> {
    let own = env::var_os("DOCKER_CONFIG").filter(|it| !it.is_empty()).map(PathBuf::from);
    own.or_else(|| Some(Path::new(&env::var_os("HOME")?).join(".docker")))
}

/// The context that the configuration names. Without a configuration it is the default.
fn current(config: &Path) -> Result<Option<String>, Fault> {
    let Ok(text) = fs::read_to_string(config) else { return Ok(None) };
    let read: Config = serde_json::from_str(&text).map_err(|it| {
        let place = format!("{}:{}:{}", config.display(), it.line(), it.column());
        Fault::new(format!("{place}: which engine is in use cannot be read: mend it, or name the engine by --engine ({it})"))
    })?;
    Ok(read.current)
}

/// The address of a context of that name, with the certificates that it was made with.
fn of(folder: &Path, name: &str) -> Result<Address, Fault> {
    let id = source::digest(name.as_bytes());
    let file = folder.join("contexts/meta").join(&id).join("meta.json");
    let fault = |what: &str| {
        Fault::new(format!(
            "the context \"{name}\" of Docker {what}: `docker context ls` tells which there are, or name the engine by --engine"
        ))
    };
    let text = fs::read_to_string(&file)
        .map_err(|_| fault(&format!("is not there ({} cannot be read)", file.display())))?;
    let read: Context = serde_json::from_str(&text)
        .map_err(|it| fault(&format!("cannot be read ({}: {it})", file.display())))?;
    let host = read.endpoints.docker.and_then(|it| it.host).filter(|it| !it.is_empty());
    let url = host.ok_or_else(|| fault("names no engine"))?;
    let certificates = folder.join("contexts/tls").join(&id).join("docker");
    Ok(Address { url, certificates: certificates.is_dir().then_some(certificates) })
}
