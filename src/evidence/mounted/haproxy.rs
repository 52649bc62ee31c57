//! HAProxy: lines of words, in sections that begin where a line begins with their name.

use super::Kind::{Data, Pid, Socket};
use super::grammar::{Base, Directive, Grammar, account, chroot, itself, listens, writes};
use super::setting::{Command, Content, Setting};

pub(super) static GRAMMAR: Grammar = Grammar {
    names: &["haproxy", "haproxy-alpine", "haproxy-debian"],
    main: &["/usr/local/etc/haproxy/haproxy.cfg"],
    drop_ins: &[],
    layered: false,
    stands_for: itself,
    read,
    words,
    variable: |_, _| Vec::new(),
    directives: DIRECTIVES,
    // The working folder of the image.
    base: Base { key: "-C", default: Some("/var/lib/haproxy") },
};

static DIRECTIVES: &[Directive] = &[
    writes("pidfile", Pid),
    writes("stats socket", Socket),
    writes("server-state-file", Data),
    writes("server-state-base", Data),
    writes("state-file-base", Data),
    writes("load-server-state-from-file", Data),
    writes("backing-file", Data),
    writes("shm-stats-file", Data),
    writes("account-key", Data),
    account("user"),
    account("group"),
    account("uid"),
    account("gid"),
    chroot("chroot"),
    listens("bind"),
    listens("-S"),
];

/// Directives that belong to the process: elsewhere `user` is an account of a list, not of the system.
static GLOBAL: &[&str] = &["user", "group", "uid", "gid", "chroot"];

static SECTIONS: &[&str] = &[
    "global",
    "defaults",
    "frontend",
    "backend",
    "listen",
    "peers",
    "resolvers",
    "userlist",
    "mailers",
    "program",
    "cache",
    "ring",
    "http-errors",
    "log-forward",
    "fcgi-app",
    "crt-store",
    "traces",
    "acme",
    "log-profile",
    "crt-list",
    "healthcheck",
];

fn read(text: &str, _: &str) -> Option<Content> {
    let mut content = Content::default();
    let mut is_global = false;
    for (number, line) in text.lines().enumerate() {
        let words = split(line);
        let Some((name, values)) = words.split_first() else { continue };
        if SECTIONS.contains(&name.as_str()) {
            is_global = name == "global";
        }
        if is_global || !GLOBAL.contains(&name.as_str()) {
            note(&mut content, (name, values), number + 1);
        }
    }
    Some(content)
}

fn note(content: &mut Content, (name, values): (&str, &[String]), line: usize) {
    let Some(first) = values.first() else { return };
    let mut push = |key: &str, values: Vec<String>| {
        content.settings.push(Setting::new(key, values, line));
    };
    match (name, values) {
        ("stats", [what, address, ..]) if what == "socket" => {
            push("stats socket", sockets(address));
        }
        ("bind", _) => push("bind", first.split(',').map(address).collect()),
        (name, _) if DIRECTIVES.iter().any(|it| it.name == name) => push(name, vec![first.clone()]),
        _ => (),
    }
}

/// The Unix socket of an address, if it is one of the file system.
fn sockets(address: &str) -> Vec<String> {
    let path = address.strip_prefix("unix@").unwrap_or(address);
    let others = ["abns", "fd@", "ipv4@", "ipv6@", "sockpair@", "tcp", "quic"];
    let is_socket = !others.iter().any(|it| path.starts_with(it)) && !path.contains(':');
    let is_socket = is_socket || path.starts_with('/');
    if is_socket { vec![path.to_owned()] } else { Vec::new() }
}

/// An address without what would make the common reader take a UDP port for one of TCP.
fn address(text: &str) -> String {
    let udp = ["quic4@", "quic6@", "udp"];
    if udp.iter().any(|it| text.starts_with(it)) { String::new() } else { text.to_owned() }
}

/// The words of a line: quotes, escapes and comments as in a shell.
fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(next) = characters.next() {
        match (quote, next) {
            (Some(open), it) if it == open => quote = None,
            (Some('\''), it) => word.get_or_insert_default().push(it),
            (_, '\\') => word.get_or_insert_default().extend(characters.next()),
            (Some(_), it) => word.get_or_insert_default().push(it),
            (None, '#') => break,
            (None, '"' | '\'') => {
                quote = Some(next);
                word.get_or_insert_default();
            }
            (None, it) if it.is_whitespace() => words.extend(word.take()),
            (None, it) => word.get_or_insert_default().push(it),
        }
    }
    words.extend(word);
    words
}

fn words(words: &[String]) -> Command {
    let mut command = Command::default();
    let mut words = words.iter();
    let mut file = |name: &str| {
        let instead = &mut command.files.instead;
        // A folder stands for the files in it.
        instead.extend([name.to_owned(), format!("{}/*.cfg", name.trim_end_matches('/'))]);
    };
    let mut settings = Vec::new();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-f" => words.next().into_iter().for_each(|it| file(it)),
            "--" => words.by_ref().for_each(|it| file(it)),
            "-p" => settings.extend(words.next().map(|it| Setting::named("pidfile", it, "-p"))),
            "-C" => settings.extend(words.next().map(|it| Setting::named("-C", it, "-C"))),
            "-S" => settings.extend(words.next().map(|it| {
                let address = it.split(',').next().unwrap_or(it);
                Setting::named("-S", address, "-S")
            })),
            _ => (),
        }
    }
    command.settings = settings;
    command
}

#[cfg(test)]
mod tests {
    use crate::evidence::mounted::Server::Haproxy;
    use crate::evidence::mounted::tests::{Case, none, told};

    #[test]
    fn sockets_accounts_and_ports_are_told() {
        let text = "global\n  stats socket /var/run/haproxy.sock mode 660 level admin\n  stats socket ipv4@127.0.0.1:9999\n  user haproxy\n  group haproxy\n  chroot /var/lib/haproxy\n  pidfile /tmp/h.pid # x\n  log /dev/log local0\nfrontend a\n  bind *:80,:443 ssl\n  bind unix@/run/f.sock\n  bind quic4@:8443\nuserlist u\n  user admin password x\n";
        told(
            Haproxy,
            &Case::files(&[("/usr/local/etc/haproxy/haproxy.cfg", text)]),
            &[
                "Socket /var/run/haproxy.sock by stats socket /usr/local/etc/haproxy/haproxy.cfg:2",
                "Pid /tmp/h.pid by pidfile /usr/local/etc/haproxy/haproxy.cfg:7",
                "Socket /run/f.sock by bind /usr/local/etc/haproxy/haproxy.cfg:11",
                "account haproxy by user /usr/local/etc/haproxy/haproxy.cfg:4",
                "account haproxy by group /usr/local/etc/haproxy/haproxy.cfg:5",
                "port 80 by bind /usr/local/etc/haproxy/haproxy.cfg:10",
                "port 443 by bind /usr/local/etc/haproxy/haproxy.cfg:10",
                "chroot /var/lib/haproxy by chroot /usr/local/etc/haproxy/haproxy.cfg:6",
            ],
        );
    }

    #[test]
    fn words_name_files_and_folders() {
        let files = &[
            ("/etc/h/a.cfg", "global\n stats socket /s"),
            ("/usr/local/etc/haproxy/haproxy.cfg", "global\n stats socket /t"),
        ];
        told(
            Haproxy,
            &Case::files(files).words(&["haproxy", "-f", "/etc/h"]),
            &["Socket /s by stats socket /etc/h/a.cfg:2"],
        );
        told(
            Haproxy,
            &Case::words_only(&[
                "haproxy",
                "-W",
                "-S",
                "/run/m.sock,level,operator",
                "-p",
                "/run/h.pid",
            ]),
            &["Socket /run/m.sock by -S", "Pid /run/h.pid by -p"],
        );
        none(
            Haproxy,
            &Case::files(&[(
                "/usr/local/etc/haproxy/haproxy.cfg",
                "global\n log stdout format raw local0\n stats socket abns@x\n # chroot /x\n",
            )]),
        );
    }

    #[test]
    fn variables_leave_the_folder_above() {
        told(
            Haproxy,
            &Case::files(&[(
                "/usr/local/etc/haproxy/haproxy.cfg",
                "global\n stats socket \"/run/${NAME}.sock\"\n stats socket 'x y.sock'\n",
            )]),
            &[
                "Socket /run by stats socket /usr/local/etc/haproxy/haproxy.cfg:2",
                "Socket /var/lib/haproxy/x y.sock by stats socket /usr/local/etc/haproxy/haproxy.cfg:3",
            ],
        );
    }
}
