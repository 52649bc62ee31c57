//! Paths and addresses as configurations write them.

use globset::{GlobBuilder, GlobMatcher};

use crate::workload::paths::clean_target;

/// The longest path of Linux: what is longer names nothing.
const LONGEST: usize = 4096;

/// A value as a clean absolute path; a relative one is below `base`, and says nothing without it.
pub(super) fn absolute(base: Option<&str>, value: &str) -> Option<String> {
    if value.is_empty() || value.len() > LONGEST {
        return None;
    }
    if value.starts_with('/') {
        return Some(clean_target(value));
    }
    base.map(|it| clean_target(&format!("{it}/{value}")))
}

/// The path that a value makes the server write: nothing for `off`, streams, devices and loggers of the network.
///
/// Of a path with a variable it is the folder above the first one, `/` where the path begins with it.
pub(super) fn written(base: Option<&str>, value: &str) -> Option<String> {
    let value = value.trim();
    let value = value.strip_prefix("file:").unwrap_or(value);
    if is_nothing(value) {
        return None;
    }
    let path = match value.find(['$', '{', '\0']) {
        Some(0) => "/".to_owned(),
        Some(at) => {
            let fixed = value[..at].rfind('/').map_or("", |end| &value[..=end]);
            match base {
                _ if fixed.starts_with('/') => clean_target(fixed),
                Some(base) => clean_target(&format!("{base}/{fixed}")),
                None => return None,
            }
        }
        None => absolute(base, value)?,
    };
    let kernel = ["/dev", "/proc", "/sys"];
    let inside =
        |top: &str| path.strip_prefix(top).is_some_and(|it| it.is_empty() || it.starts_with('/'));
    (!kernel.into_iter().any(inside)).then_some(path)
}

/// Whether a value is a word instead of a path.
fn is_nothing(value: &str) -> bool {
    let words = ["", "off", "none", "stderr", "stdout", "discard", "syslog", "eventlog"];
    let schemes = ["syslog:", "memory:", "pipe:", "udp:", "tcp:", "fd@", "|"];
    words.iter().any(|it| value.eq_ignore_ascii_case(it))
        || schemes.iter().any(|it| value.starts_with(it))
}

/// What is listened on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Address<'a> {
    /// A TCP port of any address.
    Port(u16),
    /// A Unix socket.
    Socket(&'a str),
}

/// Reads `80`, `:80`, `*:80`, `[::1]:80`, `tcp/:80`, `:80/tcp`, `/x.sock`, `unix:/x`, `unix@/x`, `unix//x`; of a range the first port.
pub(super) fn address(value: &str) -> Option<Address<'_>> {
    let value = value.trim();
    if let Some(rest) = value.strip_prefix("unix") {
        let at = rest.find([':', '@', '/'])?;
        // The mode of Caddy's sockets stands after a bar.
        let socket = rest[at + 1..].split('|').next()?;
        return (!socket.starts_with('@') && !socket.is_empty()).then_some(Address::Socket(socket));
    }
    if value.starts_with('/') {
        return Some(Address::Socket(value.split('|').next().unwrap_or(value)));
    }
    if value.contains("udp") || value.starts_with("abns") || value.starts_with("fd") {
        return None;
    }
    let value = value.strip_suffix("/tcp").unwrap_or(value);
    let value = value.rsplit(['/', '@']).next().unwrap_or(value);
    let port = value.rsplit(':').next().unwrap_or(value);
    let first = port.split('-').next().unwrap_or(port);
    first.parse().ok().filter(|it| *it != 0).map(Address::Port)
}

/// A glob in which `*` ends at `/`, as the C library's `glob` has it.
pub(super) enum Glob<'p> {
    /// One star: what stands before it and behind it. Most are so, and the others cost more to read than to match.
    Star(&'p str, &'p str),
    /// Any other.
    Other(Box<GlobMatcher>),
}

impl<'p> Glob<'p> {
    /// What a pattern means; nothing where it means nothing.
    pub(super) fn of(pattern: &'p str) -> Option<Self> {
        if pattern.len() > LONGEST {
            return None;
        }
        let is_plain = |it: &str| !it.contains(['*', '?', '[', ']', '{', '}', '\\']);
        if let Some((before, behind)) = pattern.split_once('*')
            && is_plain(before)
            && is_plain(behind)
        {
            return Some(Glob::Star(before, behind));
        }
        // Braces are no pattern there.
        let pattern = pattern.replace(['{', '}'], "?");
        let glob = GlobBuilder::new(&pattern).literal_separator(true).build();
        glob.ok().map(|it| Glob::Other(Box::new(it.compile_matcher())))
    }

    /// Whether a path is one of those.
    pub(super) fn fits(&self, path: &str) -> bool {
        match self {
            Glob::Star(before, behind) => {
                let rest = path.strip_prefix(before).and_then(|it| it.strip_suffix(behind));
                rest.is_some_and(|it| !it.contains('/'))
            }
            Glob::Other(it) => it.is_match(path),
        }
    }
}

/// Whether a path matches a glob.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    Glob::of(pattern).is_some_and(|it| it.fits(path))
}

/// The folder of a file.
pub(super) fn folder(file: &str) -> &str {
    match file.rfind('/') {
        Some(0) | None => "/",
        Some(at) => &file[..at],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_the_paths_that_are_written() {
        #[track_caller]
        fn check(value: &str, expected: Option<&str>) {
            assert_eq!(written(Some("/etc/nginx"), value).as_deref(), expected, "{value}");
        }
        check("/var/log//x/../y.log", Some("/var/log/y.log"));
        check("logs/y.log", Some("/etc/nginx/logs/y.log"));
        check("/var/log/$host/x.log", Some("/var/log"));
        check("/var/log/x-${host}.log", Some("/var/log"));
        check("logs/$host.log", Some("/etc/nginx/logs"));
        check("$folder/x.log", Some("/"));
        check("/dev/stdout", None);
        check("/dev", None);
        check("/device/x", Some("/device/x"));
        check("/proc/self/fd/1", None);
        check("syslog:server=127.0.0.1", None);
        check("OFF", None);
        check("", None);
        assert_eq!(written(None, "x.log"), None);
        assert_eq!(written(None, "x-$y.log"), None);
    }

    #[test]
    fn addresses_are_ports_or_sockets() {
        #[track_caller]
        fn port(value: &str, expected: u16) {
            assert_eq!(address(value), Some(Address::Port(expected)), "{value}");
        }
        #[track_caller]
        fn socket(value: &str, expected: &str) {
            assert_eq!(address(value), Some(Address::Socket(expected)), "{value}");
        }
        port("80", 80);
        port("*:80", 80);
        port("[::]:8080", 8080);
        port(":80-90", 80);
        port(":443/tcp", 443);
        port("tcp/127.0.0.1:2019", 2019);
        port("ipv4@:443", 443);
        socket("/run/x.sock", "/run/x.sock");
        socket("unix:/run/x.sock", "/run/x.sock");
        socket("unix@/run/x.sock", "/run/x.sock");
        socket("unix//run/x.sock|0222", "/run/x.sock");
        for nothing in
            ["", "unix", "unix:", "abns@x", "localhost", ":70000", "0", ":8443/udp", "fd@3"]
        {
            assert_eq!(address(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn globs_end_at_folders() {
        assert!(matches("/etc/nginx/conf.d/*.conf", "/etc/nginx/conf.d/a.conf"));
        assert!(!matches("/etc/nginx/conf.d/*.conf", "/etc/nginx/conf.d/a/b.conf"));
        assert!(matches("/a/*", "/a/"));
        assert!(!matches("/a/b*bc", "/a/bc"));
        assert!(!matches("/a/\\*", "/a/b"));
        assert!(matches("/a/*/*.conf", "/a/b/c.conf"));
        assert!(matches("/a/{b}*", "/a/{b}c"));
        assert!(!matches("/a/[", "/a/["));
    }
}
