//! Services whose file or configuration names what they write: a log, a socket, a cache, a folder of data.

use super::{Lasts, POSTGRES_READ, POSTGRES_WRITE, REDIS_READ, REDIS_SAVE, Service};

/// What they have in common: what they write lies in the container.
const IN_CONTAINER: Service = Service { lasts: Lasts::AsContainer, ..Service::PLAIN };

const POSTGRES_FAIL: &str =
    "psql -h 127.0.0.1 -U app -d app -c \"SELECT lost_$MARK\" 2>&1 | grep -q lost_";
const POSTGRES_LOG: &str = "grep -q \"lost_$MARK\" /var/log/postgresql/*.log";
const MARIADB_SLOW: &str = "mariadb -h127.0.0.1 -uapp -psecret app -e \
    \"SET long_query_time = 0; SELECT 'slow-$MARK'\"";
const MARIADB_LOG: &str = "grep -q \"slow-$MARK\" /var/log/mysql/slow.log";

/// A backup by way of /tmp, everything lost, and the backup handed in and read.
const REDIS_BACKUP: &str = r#"
redis() { docker exec "$CONTAINER" redis-cli "$@"; }
set -e
redis set "$MARK" kept
redis config set repl-diskless-sync-delay 0
redis --rdb /tmp/backup.rdb
docker exec "$CONTAINER" cat /tmp/backup.rdb > backup.rdb
redis flushall
docker stop "$CONTAINER"
docker cp backup.rdb "$CONTAINER:/data/dump.rdb"
docker start "$CONTAINER""#;

/// What the own log must not take away: errors still reach `docker logs`.
const NGINX_LOGS: &str = "docker exec \"$CONTAINER\" wget -qO- \"http://127.0.0.1/?$MARK\" \
    && ! docker exec \"$CONTAINER\" wget -qO- \"http://127.0.0.1/lost-$MARK\" \
    && docker logs \"$CONTAINER\" 2>&1 | grep -q \"lost-$MARK\"";

/// All of them, by folder.
pub(crate) static ALL: [Service; 14] = [
    Service {
        case: "caddy-own-log",
        name: "caddy",
        work: "a page served, and its address in a log of its own",
        write: "wget -qO- \"http://127.0.0.1/?$MARK\"",
        read: "wget -qO- http://127.0.0.1/ && grep -q \"?$MARK\" /var/log/access.log",
        ..IN_CONTAINER
    },
    Service {
        case: "haproxy-socket",
        name: "lb",
        work: "an answer given, and a socket for statistics in /var/run",
        read: "wget -qO- http://127.0.0.1:8080/ | grep -q balanced && test -S /var/run/haproxy.sock",
        ..Service::PLAIN
    },
    Service {
        case: "haproxy-socket-at-home",
        name: "lb",
        work: "an answer given, and a socket for statistics in /var/lib/haproxy",
        read: "wget -qO- http://127.0.0.1:8080/ | grep -q balanced && test -S /var/lib/haproxy/stats",
        ..Service::PLAIN
    },
    Service {
        case: "mariadb-log-by-command",
        name: "mariadb",
        work: "a slow query logged to a file that the command names",
        write: MARIADB_SLOW,
        read: MARIADB_LOG,
        ..IN_CONTAINER
    },
    Service {
        case: "mariadb-log-by-file",
        name: "mariadb",
        work: "a slow query logged to a file that a mounted configuration names",
        write: MARIADB_SLOW,
        read: MARIADB_LOG,
        ..IN_CONTAINER
    },
    Service {
        case: "nginx-cache-in-tmp",
        name: "cache",
        work: "a page served from a cache in /tmp",
        read: "wget -qO- http://127.0.0.1:8080/ && wget -SqO- http://127.0.0.1:8080/ 2>&1 | grep -q 'X-Cache: HIT'",
        ..Service::PLAIN
    },
    Service {
        case: "nginx-own-log",
        name: "web",
        work: "a page served, its address in a log of its own, and errors in the engine's",
        write: "wget -qO- \"http://127.0.0.1/?$MARK\"",
        read: "wget -qO- http://127.0.0.1/ && grep -q \"?$MARK\" /var/log/nginx/site.access.log",
        admin: NGINX_LOGS,
        ..IN_CONTAINER
    },
    Service {
        case: "nginx-own-main",
        name: "web",
        work: "a page served by a configuration of the host, its pid file in /tmp",
        read: "wget -qO- http://127.0.0.1/ | grep -q 'the stock page' && test -s /tmp/nginx.pid",
        ..Service::PLAIN
    },
    Service {
        case: "postgres-in-layer",
        name: "db",
        work: "a row written and read, in a folder of the container",
        write: POSTGRES_WRITE,
        read: POSTGRES_READ,
        ..IN_CONTAINER
    },
    Service {
        case: "postgres-log-by-command",
        name: "db",
        work: "an error logged to a folder that the command names",
        write: POSTGRES_FAIL,
        read: POSTGRES_LOG,
        ..IN_CONTAINER
    },
    Service {
        case: "postgres-log-by-file",
        name: "db",
        work: "an error logged to a folder that a mounted configuration names",
        write: POSTGRES_FAIL,
        read: POSTGRES_LOG,
        ..IN_CONTAINER
    },
    Service {
        case: "redis-dir-in-tmp",
        name: "cache",
        work: "a key set, saved and read, in /tmp",
        write: REDIS_SAVE,
        read: REDIS_READ,
        ..IN_CONTAINER
    },
    Service {
        case: "redis-restored",
        name: "cache",
        work: "a key read from a backup that was made by way of /tmp and handed in by `docker cp`",
        write: REDIS_SAVE,
        read: REDIS_READ,
        admin: REDIS_BACKUP,
        ..Service::PLAIN
    },
    Service {
        case: "redis-socket-in-tmp",
        name: "cache",
        work: "a key set, saved and read, by a socket in /tmp",
        write: REDIS_SAVE,
        read: "redis-cli -s /tmp/redis.sock get \"$MARK\" | grep -qx kept",
        ..Service::PLAIN
    },
];
