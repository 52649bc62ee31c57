//! What went wrong with an engine, and what to do.

use std::error::Error as _;
use std::fmt;
use std::io::ErrorKind;

use bollard::errors::Error;

use super::wait::Stopped;

/// What went wrong, in a line that names the thing and says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    message: String,
    absent: bool,
}

impl From<Stopped> for Fault {
    fn from(it: Stopped) -> Fault {
        Fault::new(it.to_string())
    }
}

impl Fault {
    /// One in words.
    pub fn new(message: String) -> Fault {
        Fault { message, absent: false }
    }

    /// Whether nothing listens there.
    pub fn is_absent(&self) -> bool {
        self.absent
    }

    /// None is at any of these addresses.
    pub(super) fn no_engine(addresses: &[String]) -> Fault {
        let places: Vec<&str> =
            addresses.iter().map(|it| it.trim_start_matches("unix://")).collect();
        Fault {
            message: format!(
                "no container engine answers at {}: start Docker or Podman, or name its address by --engine or DOCKER_HOST",
                places.join(", ")
            ),
            absent: true,
        }
    }

    /// The engine at an address does not answer.
    pub(super) fn connecting(address: &str, error: &Error) -> Fault {
        let path = address.trim_start_matches("unix://");
        match kind(error) {
            Some(ErrorKind::PermissionDenied) => Fault::new(format!(
                "{path}: no permission on the engine's socket: run as a user of its group (`docker`), or with sudo"
            )),
            Some(ErrorKind::NotFound | ErrorKind::ConnectionRefused) => {
                Fault::no_engine(&[address.to_owned()])
            }
            _ if is_missing(error) => Fault::no_engine(&[address.to_owned()]),
            _ => Fault::new(format!("{address}: the engine cannot be asked: {}", told(error))),
        }
    }

    /// The engine refused what was asked for.
    pub(super) fn of(what: &str, error: &Error) -> Fault {
        match error {
            Error::DockerResponseServerError { status_code: 404, message } => {
                Fault { message: format!("{what}: {}", line(message)), absent: true }
            }
            _ => Fault::new(format!("{what}: {}", told(error))),
        }
    }
}

fn is_missing(error: &Error) -> bool {
    matches!(error, Error::SocketNotFoundError(_))
}

/// The kind of fault of the system behind an error of the API.
fn kind(error: &Error) -> Option<ErrorKind> {
    if let Error::IOError { err } = error {
        return Some(err.kind());
    }
    let mut cause = error.source();
    while let Some(it) = cause {
        if let Some(io) = it.downcast_ref::<std::io::Error>() {
            return Some(io.kind());
        }
        cause = it.source();
    }
    None
}

/// The error with its causes, on one line.
fn told(error: &Error) -> String {
    if let Error::DockerResponseServerError { status_code, message } = error {
        return format!("{} (status {status_code})", line(message));
    }
    with_causes(error)
}

/// An error with its causes, on one line.
pub(super) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(it) = cause {
        let own = it.to_string();
        if !text.contains(&own) {
            text = format!("{text}: {own}");
        }
        cause = it.source();
    }
    line(&text)
}

fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}
