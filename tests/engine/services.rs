//! The services that are tried: where each stands, and what it is asked to do.

/// A legacy service and its work.
#[derive(Debug)]
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
}

const POSTGRES_WRITE: &str = "psql -h 127.0.0.1 -U app -d app -v ON_ERROR_STOP=1 -qc \
    \"CREATE TABLE IF NOT EXISTS marks (mark text); INSERT INTO marks VALUES ('$MARK'); CHECKPOINT\"";
const POSTGRES_READ: &str = "psql -h 127.0.0.1 -U app -d app -tAc \"SELECT mark FROM marks WHERE mark = '$MARK'\" | grep -qx \"$MARK\"";
const MARIADB_WRITE: &str = "mariadb -h127.0.0.1 -uapp -psecret app -e \
    \"CREATE TABLE IF NOT EXISTS marks (mark text); INSERT INTO marks VALUES ('$MARK')\"";
const MARIADB_READ: &str = "mariadb -h127.0.0.1 -uapp -psecret app -Ne \
    \"SELECT mark FROM marks WHERE mark = '$MARK'\" | grep -qx \"$MARK\"";
const NOTE_WRITE: &str = "wget -qO- --post-data= http://127.0.0.1:8000/$MARK";
const NOTE_READ: &str = "wget -qO- http://127.0.0.1:8000/$MARK | grep -qx \"$MARK\"";
const REDIS_READ: &str = "redis-cli get \"$MARK\" | grep -qx kept";
const REDIS_SAVE: &str =
    "redis-cli set \"$MARK\" kept | grep -qx OK && redis-cli save | grep -qx OK";

/// All of them, by folder.
pub(crate) static ALL: [Service; 22] = [
    Service {
        case: "built",
        name: "notes",
        work: "a note written and read, by an image that the project builds",
        write: NOTE_WRITE,
        read: NOTE_READ,
    },
    Service {
        case: "caddy",
        name: "caddy",
        work: "a page served",
        write: "",
        read: "wget -qO- http://127.0.0.1/ | grep -q 'a page that Caddy serves'",
    },
    Service {
        case: "haproxy",
        name: "lb",
        work: "an answer given",
        write: "",
        read: "wget -qO- http://127.0.0.1:8080/ | grep -q balanced",
    },
    Service {
        case: "httpd",
        name: "site",
        work: "a page served",
        write: "",
        read: "wget -qO- http://127.0.0.1/ | grep -q 'a page that Apache serves'",
    },
    Service {
        case: "mariadb",
        name: "mariadb",
        work: "a row written and read",
        write: MARIADB_WRITE,
        read: MARIADB_READ,
    },
    Service {
        case: "mariadb-bind",
        name: "mariadb",
        work: "a row written and read",
        write: MARIADB_WRITE,
        read: MARIADB_READ,
    },
    Service {
        case: "memcached",
        name: "memcached",
        work: "a key set and read",
        write: "",
        read: r"printf 'set a 0 0 5\r\nhello\r\nget a\r\nquit\r\n' | nc -w 2 127.0.0.1 11211 | grep -q hello",
    },
    Service {
        case: "mosquitto",
        name: "broker",
        work: "a message published, retained and received",
        write: "mosquitto_pub -r -q 1 -t \"marks/$MARK\" -m \"$MARK\"",
        read: "mosquitto_sub -C 1 -W 2 -t \"marks/$MARK\" | grep -qx \"$MARK\"",
    },
    Service {
        case: "nginx",
        name: "web",
        work: "a page served",
        write: "",
        read: "wget -qO- http://127.0.0.1/ | grep -q 'a page of the legacy site'",
    },
    Service {
        case: "nginx-templates",
        name: "proxy",
        work: "a page served by a configuration rendered from a template",
        write: "",
        read: "wget -qO- http://127.0.0.1/ | grep -q 'rendered for example.org'",
    },
    Service {
        case: "node",
        name: "api",
        work: "an upload written and read",
        write: NOTE_WRITE,
        read: NOTE_READ,
    },
    Service {
        case: "postgres",
        name: "db",
        work: "a row written and read",
        write: POSTGRES_WRITE,
        read: POSTGRES_READ,
    },
    Service {
        case: "postgres-alpine",
        name: "db",
        work: "a row written and read",
        write: POSTGRES_WRITE,
        read: POSTGRES_READ,
    },
    Service {
        case: "postgres-bind",
        name: "db",
        work: "a row written and read",
        write: POSTGRES_WRITE,
        read: POSTGRES_READ,
    },
    Service {
        case: "postgres-elsewhere",
        name: "db",
        work: "a row written and read, in a folder that the image does not have",
        write: POSTGRES_WRITE,
        read: POSTGRES_READ,
    },
    Service {
        case: "postgres-secret",
        name: "db",
        work: "a row written and read, its password in a file of root",
        write: POSTGRES_WRITE,
        read: POSTGRES_READ,
    },
    Service {
        case: "python",
        name: "notes",
        work: "a note written and read",
        write: NOTE_WRITE,
        read: NOTE_READ,
    },
    Service {
        case: "redis",
        name: "cache",
        work: "a key set and read, in an append-only file",
        write: "redis-cli set \"$MARK\" kept | grep -qx OK",
        read: REDIS_READ,
    },
    Service {
        case: "redis-conf",
        name: "cache",
        work: "a key set and read, by a configuration of the host",
        write: "redis-cli set \"$MARK\" kept | grep -qx OK",
        read: REDIS_READ,
    },
    Service {
        case: "redis-init",
        name: "queue",
        work: "a key set, saved and read",
        write: REDIS_SAVE,
        read: REDIS_READ,
    },
    Service {
        case: "redis8",
        name: "cache",
        work: "a key set, saved and read",
        write: REDIS_SAVE,
        read: REDIS_READ,
    },
    Service {
        case: "unknown",
        name: "notes",
        work: "a note written and read",
        write: NOTE_WRITE,
        read: NOTE_READ,
    },
];
