//! Services that are known to break, each by one fix, and some that only seem to.

use std::fs;
use std::path::Path;

use crate::docker::docker;

/// An image that nobody knows.
pub(crate) const IMAGE: &str = "registry.example.com/own/seed:1";

/// One with a user who may use sudo.
const DESK: &str = "registry.example.com/own/desk:1";

/// One with a folder for its data and no volume there.
const MADE: &str = "registry.example.com/own/made:1";

/// A service, what it runs, who it is, how its trial ends, and what is said of what breaks it.
pub(crate) struct Seed {
    pub(crate) name: &'static str,
    pub(crate) run: &'static str,
    pub(crate) user: &'static str,
    pub(crate) end: End,
    pub(crate) says: &'static str,
}

/// How the trial of a service ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Nothing breaks it.
    Passes,
    /// It breaks at first, and passes with what it was seen to need: with this in what is written.
    Repaired(&'static str),
    /// The fix of this rule breaks it.
    Blames(&'static str),
}

const fn seed(
    name: &'static str,
    user: &'static str,
    run: &'static str,
    end: End,
    says: &'static str,
) -> Seed {
    Seed { name, run, user, end, says }
}

pub(crate) const RO: &str = "writable-rootfs";
const USER: End = End::Blames("root-user");
const TMP: End = End::Repaired("keep /var/tmp writable");

/// The seeds. Some fail silently: nothing but a file that is not written, a command of the owner or a health check tells.
pub(crate) const SEEDS: [Seed; 34] = [
    seed("saves", "1000:1000", "cd /var; cd tmp; echo x > state; sleep 600", TMP, "Read-only file"),
    seed("ends", "1000:1000", "set -e; cd /var; cd tmp; echo x > state; sleep 600", TMP, "status"),
    seed("health", "1000:1000", "sleep 600", TMP, "health check"),
    seed("upload", "1000:1000", "sleep 600", TMP, "its command ends"),
    // What comes and goes is in no list of changes: only its log tells where it was refused.
    seed(
        "passing",
        "1000:1000",
        "f=/var/tm; echo x > ${f}p/own.lock; rm ${f}p/own.lock; sleep 600",
        TMP,
        "Read-only file",
    ),
    seed(
        "sudo",
        "1000:1000",
        "s=su; ${s}do -n true; sleep 600",
        End::Repaired("read-only"),
        "no new privileges",
    ),
    seed("owner", "", "touch /tmp/a; c=ch; ${c}own 1000 /tmp/a; sleep 600", USER, "not permitted"),
    seed("drops", "", "g=go; ${g}su nobody true; sleep 600", USER, "not permitted"),
    seed("device", "", "m=mk; ${m}nod /tmp/null c 1 3; sleep 600", USER, "not permitted"),
    seed("jail", "", "c=ch; ${c}root / true; sleep 600", USER, "not permitted"),
    seed("reads", "", "cat /etc/shadow > /dev/null; sleep 600", USER, "Permission denied"),
    seed("log", "", "{ echo x > /data/own.log; } 2>/dev/null; sleep 600", USER, "does not write"),
    seed("motd", "", "e=/et; echo x >> ${e}c/motd; sleep 600", USER, "Permission denied"),
    // Swallowed, and on no volume: only that the file is not there tells.
    seed(
        "beside",
        "",
        "{ echo x > /opt/state; } 2>/dev/null; sleep 600",
        USER,
        "does not write /opt/state",
    ),
    // It fails where it is stopped.
    seed(
        "last",
        "1000:1000",
        "trap 'cd /var; cd tmp; echo x > state || exit 1; exit 0' TERM; sleep 600 & wait",
        TMP,
        "stopped, it ends with status 1",
    ),
    // What it opens for another is of use to that one alone, and nothing of its own tells.
    seed(
        "source",
        "",
        "c=ch; { ${c}mod 777 /data; } 2>/dev/null; sleep 600",
        USER,
        "reader breaks",
    ),
    seed(
        "reader",
        "1000:1000",
        "sleep 2; test -w /data && sleep 600",
        End::Repaired("read-only"),
        "status 1",
    ),
    // Both show it, and one of them alone is why.
    seed(
        "opens",
        "",
        "c=ch; { ${c}mod 777 /data; } 2>/dev/null; sleep 600",
        USER,
        "does not write /data/own",
    ),
    seed(
        "writes",
        "1000:1000",
        "sleep 2; echo x > /data/own && sleep 600",
        End::Repaired("read-only"),
        "Permission denied",
    ),
    seed(
        "noise",
        "1000:1000",
        "echo error: lost $(tr -dc a-z </dev/urandom | head -c 9); sleep 600",
        End::Passes,
        "",
    ),
    seed("fine", "1000:1000", "echo x > /tmp/state; sleep 600", End::Passes, ""),
    // What lies beside all volumes stays where a container is started again, and goes where memory is mounted there.
    seed(
        "knows",
        "1000:1000",
        "cd; mkdir -p own; if test -e own/id; then echo known; else echo first; touch own/id; fi; sleep 600",
        End::Blames(RO),
        "does not keep /home/coder/own/id",
    ),
    seed(
        "appends",
        "1000:1000",
        "cd; mkdir -p own; echo x >> own/notes; sleep 600",
        End::Blames(RO),
        "/home/coder/own/notes is gone after a restart",
    ),
    seed(
        "counts",
        "1000:1000",
        "cd; mkdir -p own2; n=$(cat own2/count); echo $((n + 1)) > own2/count; sleep 600",
        End::Blames(RO),
        "/home/coder/own#/count is gone after a restart",
    ),
    // What others bring has another name each time.
    seed(
        "uploads",
        "1000:1000",
        "cd; mkdir -p own; echo x > own/$(tr -d - < /proc/sys/kernel/random/uuid).json; sleep 600",
        End::Blames(RO),
        "does not keep the files that it adds to /home/coder/own over",
    ),
    // What can have a volume of its own loses nothing.
    seed(
        "owns",
        "1000:1000",
        "echo x >> /opt/own/notes; sleep 600",
        End::Repaired("keep /opt/own in a new volume"),
        "Read-only file",
    ),
    seed(
        "below",
        "1000:1000",
        "mkdir -p /opt/own/a; echo x >> /opt/own/a/notes; sleep 600",
        End::Repaired("keep /opt/own in a new volume"),
        "Read-only file",
    ),
    // Not the user that is proposed may write there, but root may.
    seed(
        "roots",
        "",
        "s=/sr; mkdir -p ${s}v/own; echo x >> ${s}v/own/notes; sleep 600",
        USER,
        "keep /srv/own in a new volume",
    ),
    // Nothing but what is not there any more tells of these: what they add has another name each time.
    seed(
        "adds",
        "",
        "exec 2>/dev/null; echo x > /data/$(cat /proc/sys/kernel/random/uuid); sleep 600",
        USER,
        "does not add files to /data",
    ),
    seed(
        "removes",
        "",
        "exec 2>/dev/null; cd /etc; rm -f issue.net; sleep 600",
        USER,
        "does not take away /etc/issue.net",
    ),
    // A folder alone is missed where it says so.
    seed(
        "marks",
        "1000:1000",
        "cd; mkdir -p own; if test -d own/done; then echo known; else mkdir own/done; fi; sleep 600",
        End::Blames(RO),
        "after a restart it does not say",
    ),
    seed(
        "dated",
        "1000:1000",
        "cd; mkdir -p own/empty; date > own/started; sleep 600",
        End::Repaired("keep /home/coder/own writable"),
        "Read-only file",
    ),
    // What is written anew at each start is not missed.
    seed(
        "renders",
        "1000:1000",
        "cd; mkdir -p own; echo x > own/settings; sleep 600",
        End::Repaired("keep /home/coder/own writable"),
        "Read-only file",
    ),
    // The folder is its user's own where it stays writable, and only there: not the user is what breaks it.
    seed(
        "both",
        "",
        "s=/sr; set -e; mkdir -p ${s}v/own; echo x > ${s}v/own/a; grep -q NoNewPrivs:.0 /proc/self/status; sleep 600",
        End::Blames("privilege-escalation"),
        "status 1",
    ),
];

/// Those that run where their user has a home.
pub(crate) const AT_HOME: [&str; 8] =
    ["sudo", "knows", "appends", "counts", "uploads", "marks", "dated", "renders"];

/// A project of some of them.
pub(crate) fn project<'s>(folder: &Path, seeds: impl Iterator<Item = &'s Seed>) {
    let mut text = "services:\n".to_owned();
    for it in seeds {
        text.push_str(&format!(
            "  {}:\n    image: {}\n    entrypoint: [sh, -c, '{}']\n",
            it.name,
            match it.name {
                name if AT_HOME.contains(&name) => DESK,
                "owns" | "below" => MADE,
                _ => IMAGE,
            },
            it.run.replace('$', "$$").replace('\'', "''")
        ));
        text.push_str(if it.name == "last" { "" } else { "    stop_signal: SIGKILL\n" });
        if !it.user.is_empty() {
            text.push_str(&format!("    user: \"{}\"\n", it.user));
        }
        // On a busy machine one could be there before the other, which opens it.
        text.push_str(match it.name {
            "log" => "    volumes: ['log:/data']\n",
            "adds" => "    volumes: ['adds:/data']\n",
            "source" => "    volumes: ['shared:/data']\n",
            "reader" => "    volumes: ['shared:/data']\n    depends_on: [source]\n",
            "opens" => "    volumes: ['open:/data']\n",
            "writes" => "    volumes: ['open:/data']\n    depends_on: [opens]\n",
            "health" => {
                "    healthcheck:\n      test: cd /var && cd tmp && touch healthy\n      interval: 1s\n      retries: 2\n"
            }
            _ => "",
        });
    }
    text.push_str("volumes:\n  adds:\n  log:\n  open:\n  shared:\n");
    if text.contains("  upload:\n") {
        let probe = "[verify.upload]\ncommand = \"touch /var/tmp/upload\"\n";
        fs::write(folder.join("casehard.toml"), probe).unwrap();
    }
    fs::write(folder.join("compose.yaml"), text).unwrap();
    docker(&["tag", "codercom/code-server:latest", DESK]).unwrap();
    docker(&["tag", "casehard/notes", IMAGE]).unwrap();
    docker(&["tag", "casehard/made", MADE]).unwrap();
}
