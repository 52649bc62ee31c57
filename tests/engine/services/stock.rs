//! Services as their image's page shows them: data in a volume, a configuration beside the file.

use super::{
    MARIADB_READ, MARIADB_WRITE, NOTE_READ, NOTE_WRITE, POSTGRES_READ, POSTGRES_WRITE, REDIS_READ,
    REDIS_SAVE, Service,
};

const PLAIN: Service = Service::PLAIN;

/// All of them, by folder.
pub(crate) static ALL: [Service; 22] = [
    Service {
        case: "built",
        name: "notes",
        work: "a note written and read, by an image that the project builds",
        write: NOTE_WRITE,
        read: NOTE_READ,
        ..PLAIN
    },
    Service {
        case: "caddy",
        name: "caddy",
        work: "a page served",
        read: "wget -qO- http://127.0.0.1/ | grep -q 'a page that Caddy serves'",
        ..PLAIN
    },
    Service {
        case: "haproxy",
        name: "lb",
        work: "an answer given",
        read: "wget -qO- http://127.0.0.1:8080/ | grep -q balanced",
        ..PLAIN
    },
    Service {
        case: "httpd",
        name: "site",
        work: "a page served",
        read: "wget -qO- http://127.0.0.1/ | grep -q 'a page that Apache serves'",
        ..PLAIN
    },
    Service {
        case: "mariadb",
        name: "mariadb",
        work: "a row written and read",
        write: MARIADB_WRITE,
        read: MARIADB_READ,
        ..PLAIN
    },
    Service {
        case: "mariadb-bind",
        name: "mariadb",
        work: "a row written and read",
        write: MARIADB_WRITE,
        read: MARIADB_READ,
        ..PLAIN
    },
    Service {
        case: "memcached",
        name: "memcached",
        work: "a key set and read",
        read: r"printf 'set a 0 0 5\r\nhello\r\nget a\r\nquit\r\n' | nc -w 2 127.0.0.1 11211 | grep -q hello",
        ..PLAIN
    },
    Service {
        case: "mosquitto",
        name: "broker",
        work: "a message published, retained and received",
        write: "mosquitto_pub -r -q 1 -t \"marks/$MARK\" -m \"$MARK\"",
        read: "mosquitto_sub -C 1 -W 2 -t \"marks/$MARK\" | grep -qx \"$MARK\"",
        ..PLAIN
    },
    Service {
        case: "nginx",
        name: "web",
        work: "a page served",
        read: "wget -qO- http://127.0.0.1/ | grep -q 'a page of the legacy site'",
        ..PLAIN
    },
    Service {
        case: "nginx-templates",
        name: "proxy",
        work: "a page served by a configuration rendered from a template",
        read: "wget -qO- http://127.0.0.1/ | grep -q 'rendered for example.org'",
        ..PLAIN
    },
    Service {
        case: "node",
        name: "api",
        work: "an upload written and read",
        write: NOTE_WRITE,
        read: NOTE_READ,
        ..PLAIN
    },
    Service {
        case: "postgres",
        name: "db",
        work: "a row written and read",
        write: POSTGRES_WRITE,
        read: POSTGRES_READ,
        ..PLAIN
    },
    Service {
        case: "postgres-alpine",
        name: "db",
        work: "a row written and read",
        write: POSTGRES_WRITE,
        read: POSTGRES_READ,
        ..PLAIN
    },
    Service {
        case: "postgres-bind",
        name: "db",
        work: "a row written and read",
        write: POSTGRES_WRITE,
        read: POSTGRES_READ,
        ..PLAIN
    },
    Service {
        case: "postgres-elsewhere",
        name: "db",
        work: "a row written and read, in a folder that the image does not have",
        write: POSTGRES_WRITE,
        read: POSTGRES_READ,
        ..PLAIN
    },
    Service {
        case: "postgres-secret",
        name: "db",
        work: "a row written and read, its password in a file of root",
        write: POSTGRES_WRITE,
        read: POSTGRES_READ,
        ..PLAIN
    },
    Service {
        case: "python",
        name: "notes",
        work: "a note written and read",
        write: NOTE_WRITE,
        read: NOTE_READ,
        ..PLAIN
    },
    Service {
        case: "redis",
        name: "cache",
        work: "a key set and read, in an append-only file",
        write: "redis-cli set \"$MARK\" kept | grep -qx OK",
        read: REDIS_READ,
        ..PLAIN
    },
    Service {
        case: "redis-conf",
        name: "cache",
        work: "a key set and read, by a configuration of the host",
        write: "redis-cli set \"$MARK\" kept | grep -qx OK",
        read: REDIS_READ,
        ..PLAIN
    },
    Service {
        case: "redis-init",
        name: "queue",
        work: "a key set, saved and read",
        write: REDIS_SAVE,
        read: REDIS_READ,
        ..PLAIN
    },
    Service {
        case: "redis8",
        name: "cache",
        work: "a key set, saved and read",
        write: REDIS_SAVE,
        read: REDIS_READ,
        ..PLAIN
    },
    Service {
        case: "unknown",
        name: "notes",
        work: "a note written and read",
        write: NOTE_WRITE,
        read: NOTE_READ,
        ..PLAIN
    },
];
