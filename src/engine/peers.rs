//! Who is connected to a socket of this machine, such as that of a container runtime: the system tells both ends.

/// The names of sockets by which runtimes are driven.
const RUNTIMES: [&str; 7] = [
    "docker.sock",
    "containerd.sock",
    "crio.sock",
    "podman.sock",
    "cri-dockerd.sock",
    "buildkitd.sock",
    "docker.raw.sock",
];

/// A connection to a socket of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The path of the socket, as who listens there calls it.
    pub path: String,
    /// The number of the socket at the other end.
    pub peer: u64,
}

/// The connections from this machine's own network that are open now; none where the system does not tell.
pub fn connections() -> Vec<Connection> {
    told().unwrap_or_default()
}

/// Whether that is a socket by which a runtime is driven.
pub fn is_runtime(path: &str) -> bool {
    RUNTIMES.contains(&path.rsplit('/').next().unwrap_or(path))
}

#[cfg(not(target_os = "linux"))]
fn told() -> Option<Vec<Connection>> {
    None
}

/// Asks the system for all sockets of files, with their names and peers (`man 7 sock_diag`).
#[cfg(target_os = "linux")]
fn told() -> Option<Vec<Connection>> {
    use rustix::net::{
        AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send,
        socket_with,
    };
    const ROOM: usize = 64 << 10;
    let flags = SocketFlags::CLOEXEC;
    let raw = SocketType::RAW;
    let socket = socket_with(AddressFamily::NETLINK, raw, flags, Some(netlink::SOCK_DIAG)).ok()?;
    send(&socket, &question(), SendFlags::empty()).ok()?;
    let mut found = Vec::new();
    let mut room = vec![0_u8; ROOM];
    loop {
        let (read, _) = recv(&socket, &mut room[..], RecvFlags::empty()).ok()?;
        match answers(&room[..read.min(ROOM)], &mut found) {
            More::Comes => (),
            More::Ends => return Some(found),
        }
    }
}

/// Whether more answers come.
#[cfg(target_os = "linux")]
#[derive(PartialEq, Eq, Debug)]
enum More {
    Comes,
    Ends,
}

/// All connected sockets of files, with names and peers.
#[cfg(target_os = "linux")]
fn question() -> Vec<u8> {
    const LENGTH: u32 = 16 + 24;
    const SOCK_DIAG_BY_FAMILY: u16 = 20;
    const REQUEST_DUMP: u16 = 0x301;
    const ESTABLISHED: u32 = 1 << 1;
    const NAME_AND_PEER: u32 = 0b101;
    let mut all = Vec::new();
    all.extend(LENGTH.to_ne_bytes());
    all.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    all.extend(REQUEST_DUMP.to_ne_bytes());
    all.extend([0; 8]);
    // The family of sockets of files, no protocol, then what is asked of which of them.
    all.extend([1, 0, 0, 0]);
    all.extend(ESTABLISHED.to_ne_bytes());
    all.extend(0_u32.to_ne_bytes());
    all.extend(NAME_AND_PEER.to_ne_bytes());
    all.extend([0; 8]);
    all
}

/// Reads messages of 16 bytes of head each.
#[cfg(target_os = "linux")]
fn answers(bytes: &[u8], found: &mut Vec<Connection>) -> More {
    const DIAGNOSIS: u16 = 20;
    let mut rest = bytes;
    while let (Some(length), Some(kind)) = (number(rest, 0), rest.get(4..6)) {
        let kind = u16::from_ne_bytes([kind[0], kind[1]]);
        let length = length as usize;
        let Some(message) = rest.get(16..length).filter(|_| kind == DIAGNOSIS) else {
            return More::Ends;
        };
        found.extend(connection(message));
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    if bytes.is_empty() { More::Ends } else { More::Comes }
}

/// A connection that a message tells of: 16 bytes, then attributes.
#[cfg(target_os = "linux")]
fn connection(message: &[u8]) -> Option<Connection> {
    const NAME: u16 = 0;
    const PEER: u16 = 2;
    let (mut path, mut peer) = (None, None);
    let mut rest = message.get(16..)?;
    while let Some([low, high, kind, other]) = rest.get(..4) {
        let length = usize::from(u16::from_ne_bytes([*low, *high]));
        let Some(value) = rest.get(4..length) else { break };
        match u16::from_ne_bytes([*kind, *other]) {
            NAME => {
                let text = String::from_utf8_lossy(value);
                path = Some(text.trim_end_matches('\0').to_owned());
            }
            PEER => peer = number(value, 0).map(u64::from),
            _ => (),
        }
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    path.filter(|it| it.starts_with('/')).zip(peer).map(|(path, peer)| Connection { path, peer })
}

#[cfg(target_os = "linux")]
fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_ne_bytes)
}
