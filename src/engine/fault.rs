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
    kind: Kind,
}

/// What kind of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// What was asked for, or who is asked, is not there.
    Absent,
    /// The engine's disk is full.
    Full,
    /// Anything else.
    Other,
}

impl From<Stopped> for Fault {
    fn from(it: Stopped) -> Fault {
        Fault::new(it.to_string())
    }
}

impl Fault {
    /// One in words.
    pub fn new(message: String) -> Fault {
        Fault { message, kind: Kind::Other }
    }

    /// Whether nothing listens there.
    pub fn is_absent(&self) -> bool {
        self.kind == Kind::Absent
    }

    /// Whether the engine's disk is full.
    pub fn is_full(&self) -> bool {
        self.kind == Kind::Full
    }

    /// None is at any of these addresses.
    pub(super) fn no_engine<'a>(addresses: impl IntoIterator<Item = &'a str>) -> Fault {
        let places: Vec<&str> =
            addresses.into_iter().map(|it| it.trim_start_matches("unix://")).collect();
        Fault {
            message: format!(
                "no container engine answers at {}: start Docker or Podman, or name its address by --engine or DOCKER_HOST",
                places.join(", ")
            ),
            kind: Kind::Absent,
        }
    }

    /// The engine at an address does not answer.
    pub(super) fn connecting(address: &str, error: &Error) -> Fault {
        let path = address.trim_start_matches("unix://");
        match io_kind(error) {
            Some(ErrorKind::PermissionDenied) => Fault::new(format!(
                "{path}: no permission on the engine's socket: run as a user of its group (`docker`), or with sudo"
            )),
            Some(ErrorKind::NotFound | ErrorKind::ConnectionRefused) => Fault::no_engine([address]),
            _ if matches!(error, Error::UnsupportedURISchemeError { .. }) => Fault::new(format!(
                "{address}: only unix:// and tcp:// are spoken here: bring its socket here (`ssh -nNT -L \
                 /tmp/engine.sock:/var/run/docker.sock HOST`), and name that by --engine unix:///tmp/engine.sock"
            )),
            _ if is_missing(error) => Fault::no_engine([address]),
            _ => Fault::new(format!("{address}: the engine cannot be asked: {}", told(error))),
        }
    }

    /// The engine refused what was asked for.
    pub(super) fn of(what: &str, error: &Error) -> Fault {
        match error {
            Error::DockerResponseServerError { status_code: 404, message } => {
                Fault { message: format!("{what}: {}", line(message)), kind: Kind::Absent }
            }
            Error::DockerResponseServerError { message, .. } if is_full(message) => Fault {
                message: format!(
                    "{what}: the engine's disk is full: free some space there (`docker system df` tells what takes it)"
                ),
                kind: Kind::Full,
            },
            _ => Fault::new(format!("{what}: {}", told(error))),
        }
    }
}

/// Whether the engine speaks of a disk without room, or of a quota that is used up.
fn is_full(message: &str) -> bool {
    let message = message.to_lowercase();
    ["no space left on device", "disk quota exceeded"].iter().any(|it| message.contains(it))
}

fn is_missing(error: &Error) -> bool {
    matches!(error, Error::SocketNotFoundError(_))
}

/// The kind of fault of the system behind an error of the API.
fn io_kind(error: &Error) -> Option<ErrorKind> {
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
