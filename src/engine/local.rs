//! What the system tells of a container's processes where the engine is on this machine: `/proc`, read and never written.

use std::fs;
use std::path::Path;

/// What a process is allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// Its user, by the host.
    pub uid: u32,
    /// Its group, by the host.
    pub gid: u32,
    /// Its other groups, by the host.
    pub groups: Vec<u32>,
    /// The capabilities that it and its children can ever have, as bits.
    pub bounding: u64,
}

/// What a process has open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Open {
    /// Files that it may write to, by their paths in the container; those that were deleted meanwhile too.
    pub written: Vec<String>,
    /// Its sockets, by their numbers.
    pub sockets: Vec<u64>,
}

/// How numbers of a user namespace are the host's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbers(Vec<Range>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    inside: u32,
    outside: u32,
    count: u32,
}

impl Numbers {
    /// The number inside of one of the host's; nothing where the namespace does not have it.
    pub fn inside(&self, number: u32) -> Option<u32> {
        let has = |it: &&Range| number >= it.outside && number - it.outside < it.count;
        self.0.iter().find(has).map(|it| it.inside + (number - it.outside))
    }

    /// Those of a namespace whose root is this one of the host's. It has as many as the system gives one by default.
    pub(super) fn from_start(outside: u32) -> Numbers {
        Numbers(vec![Range { inside: 0, outside, count: 65_536 }])
    }

    /// Reads `uid_map` or `gid_map`.
    fn parse(text: &str) -> Numbers {
        let range = |line: &str| {
            let mut numbers = line.split_whitespace().map(|it| it.parse::<u32>().ok());
            let mut next = || numbers.next().flatten();
            Some(Range { inside: next()?, outside: next()?, count: next()? })
        };
        Numbers(text.lines().filter_map(range).collect())
    }
}

/// Whether a number of the engine's is that of a process of the container here too: an engine in a virtual machine has
/// numbers of its own.
pub fn is_of(pid: u32, id: &str) -> bool {
    let names = |file: &str| read(pid, file).is_some_and(|it| it.contains(id));
    names("cgroup") || names("mountinfo")
}

/// What a process is allowed.
pub fn status(pid: u32) -> Option<Status> {
    read(pid, "status").map(|it| parsed(&it))
}

/// The users and groups of a process's namespace.
pub fn numbers(pid: u32) -> Option<(Numbers, Numbers)> {
    let of = |file: &str| read(pid, file).map(|it| Numbers::parse(&it));
    of("uid_map").zip(of("gid_map"))
}

/// What a process has open; nothing where that may not be seen.
pub fn open(pid: u32) -> Option<Open> {
    let mut open = Open::default();
    for entry in fs::read_dir(format!("/proc/{pid}/fd")).ok()?.flatten() {
        let Ok(target) = fs::read_link(entry.path()) else { continue };
        let target = target.to_string_lossy().into_owned();
        let socket = target.strip_prefix("socket:[").and_then(|it| it.strip_suffix(']'));
        if let Some(number) = socket {
            open.sockets.extend(number.parse::<u64>());
        } else if target.starts_with('/') && is_written(pid, &entry.file_name().to_string_lossy()) {
            open.written.push(target);
        }
    }
    Some(open)
}

/// The ports below 1024 that are listened on in a process's network, with the number of the socket.
pub fn listening(pid: u32) -> Vec<(u16, u64)> {
    // A socket of UDP that waits for whoever comes has the state of a closed one.
    let tables = [("net/tcp", "0A"), ("net/tcp6", "0A"), ("net/udp", "07"), ("net/udp6", "07")];
    let text = |(file, state): (&str, &'static str)| Some((read(pid, file)?, state));
    tables.into_iter().filter_map(text).flat_map(|(text, state)| ports(&text, state)).collect()
}

/// The sockets of files that are connected to from a process's network, as who listens there calls them: the end that
/// was accepted counts to the network of who connects.
pub fn connected(pid: u32) -> Vec<String> {
    connected_in(&read(pid, "net/unix").unwrap_or_default())
}

/// The owner, group and mode of a path as a process sees it, by the host; sockets too, of which there is no archive.
#[cfg(target_os = "linux")]
pub fn owner(pid: u32, path: &str) -> Option<(u32, u32, u32)> {
    use rustix::fs::{Mode, OFlags, ResolveFlags, fstat, open, openat2};
    let by_path = OFlags::PATH | OFlags::CLOEXEC;
    let root = open(format!("/proc/{pid}/root"), by_path, Mode::empty()).ok()?;
    // Links in it must not lead to the host's own files.
    let found = openat2(&root, path, by_path, Mode::empty(), ResolveFlags::IN_ROOT).ok()?;
    let told = fstat(&found).ok()?;
    Some((told.st_uid, told.st_gid, told.st_mode & 0o7777))
}

/// Other systems do not tell.
#[cfg(not(target_os = "linux"))]
pub fn owner(_: u32, _: &str) -> Option<(u32, u32, u32)> {
    None
}

/// The tasks of a process, itself among them.
pub fn tasks(pid: u32) -> Vec<u32> {
    let listed = fs::read_dir(format!("/proc/{pid}/task"));
    let number = |it: fs::DirEntry| it.file_name().to_string_lossy().parse::<u32>().ok();
    listed.into_iter().flatten().flatten().filter_map(number).collect()
}

/// Whether a process with that number is there.
pub fn is_there(pid: u32) -> bool {
    Path::new("/proc").join(pid.to_string()).exists()
}

fn read(pid: u32, file: &str) -> Option<String> {
    fs::read(format!("/proc/{pid}/{file}")).ok().map(|it| String::from_utf8_lossy(&it).into_owned())
}

fn parsed(text: &str) -> Status {
    let line = |name: &str| {
        text.lines().find_map(|it| it.strip_prefix(name)?.strip_prefix(':')).unwrap_or_default()
    };
    // The second number is the one that counts, whoever started it.
    let effective = |name: &str| line(name).split_whitespace().nth(1)?.parse::<u32>().ok();
    Status {
        uid: effective("Uid").unwrap_or_default(),
        gid: effective("Gid").unwrap_or_default(),
        groups: line("Groups").split_whitespace().filter_map(|it| it.parse().ok()).collect(),
        bounding: u64::from_str_radix(line("CapBnd").trim(), 16).unwrap_or_default(),
    }
}

/// Whether a file is open for writing: the last two bits of its flags.
fn is_written(pid: u32, number: &str) -> bool {
    let text = read(pid, &format!("fdinfo/{number}")).unwrap_or_default();
    let flags = text.lines().find_map(|it| it.strip_prefix("flags:"));
    let flags = flags.and_then(|it| u32::from_str_radix(it.trim(), 8).ok());
    flags.is_some_and(|it| it & 0o3 != 0)
}

fn connected_in(text: &str) -> Vec<String> {
    const CONNECTED: &str = "03";
    let path = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let path = words.get(7).filter(|it| it.starts_with('/'))?;
        (*words.get(5)? == CONNECTED).then(|| (*path).to_owned())
    };
    text.lines().filter_map(path).collect()
}

fn ports(text: &str, state: &str) -> Vec<(u16, u64)> {
    let port = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (_, port) = words.get(1)?.rsplit_once(':')?;
        let port = u16::from_str_radix(port, 16).ok()?;
        let is_open = *words.get(3)? == state && (1..1024).contains(&port);
        is_open.then_some((port, words.get(9)?.parse().ok()?))
    };
    text.lines().filter_map(port).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_namespace_are_found() {
        let all = Numbers::parse("         0          0 4294967295\n");
        assert_eq!(all.inside(999), Some(999));
        let own = Numbers::parse("0 1000 1\n1 100000 65536\n");
        assert_eq!((own.inside(1000), own.inside(100_998)), (Some(0), Some(999)));
        assert_eq!(own.inside(0), None);
    }

    #[test]
    fn status_is_read() {
        let text = "Name:\tredis\nUid:\t0\t999\t999\t999\nGid:\t0\t998\t0\t0\nGroups:\t1 998 \nCapBnd:\t00000000a80425fb\n";
        let expected = Status { uid: 999, gid: 998, groups: vec![1, 998], bounding: 0xa804_25fb };
        assert_eq!(parsed(text), expected);
    }

    #[test]
    fn connected_sockets_are_found() {
        let text = "Num       RefCount Protocol Flags    Type St Inode Path\n\
                    0000: 00000002 00000000 00010000 0001 01 65 /run/own.sock\n\
                    0000: 00000003 00000000 00000000 0001 03 66 /run/docker.sock\n\
                    0000: 00000003 00000000 00000000 0001 03 67\n";
        assert_eq!(connected_in(text), ["/run/docker.sock"]);
    }

    #[test]
    fn listening_ports_are_found() {
        let text = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
                    0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 51 1\n   \
                    1: 0B00007F:9C41 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 52 1\n   \
                    2: 0B00007F:0051 0B00007F:9C41 01 00000000:00000000 00:00000000 00000000     0        0 53 1\n";
        assert_eq!(ports(text, "0A"), [(80, 51)]);
    }
}
