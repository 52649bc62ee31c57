//! Compose files with settings in every spelling that a rule speaks of.

use std::fmt::Write as _;

use super::words::Words;

/// Each is a key and the values that it may have.
const SETTINGS: &[(&str, &[&str])] = &[
    ("privileged", &["true", "false", "\"yes\"", "on", "${P:-true}", "${P:-false}"]),
    ("read_only", &["true", "false", "\"no\"", "${R:-true}"]),
    ("network_mode", &["host", "bridge", "none"]),
    ("pid", &["host", "service:b"]),
    ("ipc", &["host", "shareable", "private"]),
    ("uts", &["host"]),
    ("cgroup", &["host", "private"]),
    ("userns_mode", &["host", "keep-id"]),
    ("command", &["sleep 1", "[sudo, ls]", "chown -R 1 /data", "nginx -g 'daemon off;'"]),
    ("group_add", &["[1000]", "[docker, \"999\"]"]),
    ("sysctls", &["{net.core.somaxconn: 1024}", "[kernel.msgmax=65536]"]),
    ("devices", &["[/dev/null]", "[\"/dev/sda:/dev/sda:r\"]", "[/dev/fuse]"]),
    ("environment", &["{PUID: \"1000\", PGID: \"1000\"}", "[A=b, SUDO_ACCESS=true]"]),
    ("ports", &["[\"80:80\"]", "[\"8080:8080\"]"]),
];

const USERS: &[&str] = &[
    "\"1000:1000\"",
    "1000:1000",
    "\"1000\"",
    "root",
    "\"0\"",
    "\"0:0\"",
    "\"00\"",
    "\":1000\"",
    "nobody",
    "app:app",
    "\"1000:0\"",
    "\"${U:-1000}\"",
    "\"${U:-1000}:${G:-1000}\"",
    "\"${U:-0}\"",
    "${U}",
    "\"\"",
];

const OPTIONS: &[&str] = &[
    "no-new-privileges",
    "no-new-privileges:true",
    "no-new-privileges=true",
    "no-new-privileges:false",
    "no-new-privileges=false",
    "no-new-privileges:1",
    "no-new-privileges:F",
    "no-new-privileges:yes",
    "\"no-new-privileges:${N:-true}\"",
    "seccomp:unconfined",
    "seccomp=unconfined",
    "seccomp:./own.json",
    "apparmor:unconfined",
    "apparmor=own",
    "label:disable",
    "label=type:spc_t",
    "label:user:u",
    "systempaths=unconfined",
    "writable-cgroups=true",
];

const SCRATCH: &[&str] = &[
    "/tmp",
    "/tmp/",
    "/run",
    "/run",
    "\"/run:mode=1777\"",
    "/run:size=1m",
    "/run:size=2m",
    "\"/run:uid=1000,gid=1000\"",
    "/run/:mode=1777",
    "/var/cache/x",
    "/var/cache/x",
    "/var//cache/x",
    "\"/data:exec\"",
    "\"/x:mode=1777,size=1m\"",
    "\"/x:size=1m,mode=1777\"",
];

const VOLUMES: &[&str] = &[
    "data:/data",
    "./site:/site:ro",
    "/etc/localtime:/etc/localtime",
    "/var/run/docker.sock:/var/run/docker.sock",
    "/srv:/run",
    "/opt/x:/x:z",
    "{type: tmpfs, target: /run}",
    "{type: bind, source: /etc, target: /host, read_only: true}",
    "anonymous:/var/cache/x",
    "/run",
    "\"${D:-/srv}:/data\"",
];

/// A file of one to three services, which may extend or merge one another.
pub(crate) fn write(words: &mut Words) -> String {
    let mut out = String::new();
    if words.one_in(4) {
        out.push_str("x-base: &base\n");
        settings(words, "  ", &mut out);
        out.push_str("  restart: always\n");
    }
    let based = !out.is_empty();
    out.push_str("services:\n");
    for name in &["a", "b", "c"][..=words.below(3)] {
        let _ = writeln!(out, "  {name}:\n    image: {}", words.image());
        if based && words.one_in(2) {
            out.push_str("    <<: *base\n");
        }
        if *name != "a" && words.one_in(3) {
            out.push_str("    extends: {service: a}\n");
        }
        settings(words, "    ", &mut out);
    }
    if words.one_in(4) {
        let _ = writeln!(out, "---\nservices:\n  a:\n    restart: always");
        settings(words, "    ", &mut out);
    }
    out
}

fn settings(words: &mut Words, pad: &str, out: &mut String) {
    let mut put = |key: &str, value: &str| {
        let _ = writeln!(out, "{pad}{key}: {value}");
    };
    for (key, values) in SETTINGS {
        if words.one_in(7) {
            put(key, words.pick(values));
        }
    }
    if words.one_in(2) {
        put("user", words.pick(USERS));
    }
    for key in ["cap_add", "cap_drop"] {
        if words.one_in(2) {
            put(key, &words.capabilities());
        }
    }
    if words.one_in(2) {
        put("security_opt", &list(words, OPTIONS));
    }
    if words.one_in(2) {
        let many = scratch(words);
        put("tmpfs", &many);
    }
    if words.one_in(3) {
        put("volumes", &list(words, VOLUMES));
    }
}

fn list(words: &mut Words, all: &[&str]) -> String {
    format!("[{}]", words.some(all).join(", "))
}

/// One path, or several, of which some may be the same.
fn scratch(words: &mut Words) -> String {
    if words.one_in(5) {
        return words.pick(SCRATCH).to_owned();
    }
    let all: Vec<&str> = (0..=words.below(4)).map(|_| words.pick(SCRATCH)).collect();
    format!("[{}]", all.join(", "))
}
