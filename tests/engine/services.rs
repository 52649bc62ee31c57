//! The services that are tried: where each stands, and what it is asked to do.

use std::sync::LazyLock;

#[path = "services/paths.rs"]
mod paths;
#[path = "services/starts.rs"]
mod starts;
#[path = "services/stock.rs"]
mod stock;

/// A legacy service and its work.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Service {
    /// Its folder in `golden/engine/`.
    pub case: &'static str,
    /// Its name in the Compose file.
    pub name: &'static str,
    /// What it does for a living.
    pub work: &'static str,
    /// A line of shell that makes it keep `$MARK`; empty where it keeps nothing.
    pub write: &'static str,
    /// A line of shell that fails unless the work is done, and `$MARK` still there.
    pub read: &'static str,
    /// A line of shell of the host by which its administrator makes `$CONTAINER` keep `$MARK`; mostly empty.
    pub admin: &'static str,
    /// How long it keeps what it is given.
    pub lasts: Lasts,
}

/// How long a service keeps what it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lasts {
    /// As long as its volumes.
    AsVolumes,
    /// Through a restart, not into a new container: a log in a folder of the image.
    AsContainer,
}

impl Service {
    /// What most services have in common.
    const PLAIN: Service = Service {
        case: "",
        name: "",
        work: "",
        write: "",
        read: "",
        admin: "",
        lasts: Lasts::AsVolumes,
    };
}

/// All of them, by folder.
pub(crate) static ALL: LazyLock<Vec<&'static Service>> = LazyLock::new(|| {
    let mut all: Vec<_> = stock::ALL.iter().chain(&starts::ALL).chain(&paths::ALL).collect();
    all.sort_by_key(|it| it.case);
    all
});

/// A row for a database.
const POSTGRES_WRITE: &str = "psql -h 127.0.0.1 -U app -d app -v ON_ERROR_STOP=1 -qc \
    \"CREATE TABLE IF NOT EXISTS marks (mark text); INSERT INTO marks VALUES ('$MARK'); CHECKPOINT\"";
/// The row.
const POSTGRES_READ: &str = "psql -h 127.0.0.1 -U app -d app -tAc \"SELECT mark FROM marks WHERE mark = '$MARK'\" | grep -qx \"$MARK\"";
/// A row for a database.
const MARIADB_WRITE: &str = "mariadb -h127.0.0.1 -uapp -psecret app -e \
    \"CREATE TABLE IF NOT EXISTS marks (mark text); INSERT INTO marks VALUES ('$MARK')\"";
/// The row.
const MARIADB_READ: &str = "mariadb -h127.0.0.1 -uapp -psecret app -Ne \
    \"SELECT mark FROM marks WHERE mark = '$MARK'\" | grep -qx \"$MARK\"";
/// A note for the program that keeps notes.
const NOTE_WRITE: &str = "wget -qO- --post-data= http://127.0.0.1:${PORT:-8000}/$MARK";
/// The note.
const NOTE_READ: &str = "wget -qO- http://127.0.0.1:${PORT:-8000}/$MARK | grep -qx \"$MARK\"";
/// A key.
const REDIS_READ: &str = "redis-cli get \"$MARK\" | grep -qx kept";
/// A key, and a save of all.
const REDIS_SAVE: &str =
    "redis-cli set \"$MARK\" kept | grep -qx OK && redis-cli save | grep -qx OK";
