//! Services whose start needs what hardening takes away: sudo, a file capability, another's folder.

use super::{NOTE_READ, NOTE_WRITE, Service};

/// What they have in common: all are asked to keep a note.
const NOTES: Service = Service { write: NOTE_WRITE, read: NOTE_READ, ..Service::PLAIN };

/// As the monitor does that this image is for; the note must be there too.
const PING_READ: &str =
    "ping -c 1 -W 1 127.0.0.1 && wget -qO- http://127.0.0.1:$PORT/$MARK | grep -qx \"$MARK\"";

/// All of them, by folder.
pub(crate) static ALL: [Service; 9] = [
    Service {
        case: "adguardhome",
        name: "dns",
        work: "a note written and read by root, in a folder of nobody",
        ..NOTES
    },
    Service {
        case: "built-sudo",
        name: "notes",
        work: "a note written and read by a built image whose command is sudo",
        ..NOTES
    },
    Service {
        case: "code-server",
        name: "ide",
        work: "a note written and read in a folder that sudo took over at the start",
        ..NOTES
    },
    Service {
        case: "consul",
        name: "consul",
        work: "a note written and read, once root has written a configuration into the folder of uid 100",
        ..NOTES
    },
    Service {
        case: "metabase",
        name: "metabase",
        work: "a note written and read in a folder that root makes for the account it drops to",
        ..NOTES
    },
    Service {
        case: "unknown-sudo",
        name: "desk",
        work: "a note written and read by an image that nobody knows and that uses sudo",
        ..NOTES
    },
    Service {
        case: "uptime-kuma",
        name: "uptime-kuma",
        work: "a note written and read, and a ping, once setpriv has cleared the groups",
        read: PING_READ,
        ..NOTES
    },
    Service {
        case: "uptime-kuma2",
        name: "uptime-kuma",
        work: "a note written and read by root, in a folder of uid 1000, and a ping",
        read: PING_READ,
        ..NOTES
    },
    Service {
        case: "vault",
        name: "vault",
        work: "a note written and read by a binary that setcap let lock its memory",
        ..NOTES
    },
];
