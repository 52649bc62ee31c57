//! `casehard verify`, held against services that are known to break, each by one fix.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::docker::{docker, engine};

/// An image that nobody knows.
const IMAGE: &str = "registry.example.com/own/seed:1";

/// One with a user who may use sudo.
const DESK: &str = "registry.example.com/own/desk:1";

/// A service, what it runs, who it is, the rule whose fix breaks it, and what is said then.
struct Seed {
    name: &'static str,
    run: &'static str,
    user: &'static str,
    rule: &'static str,
    says: &'static str,
}

const fn seed(
    name: &'static str,
    user: &'static str,
    run: &'static str,
    rule: &'static str,
    says: &'static str,
) -> Seed {
    Seed { name, run, user, rule, says }
}

const RO: &str = "writable-rootfs";
const CAPS: &str = "kept-capabilities";
const USER: &str = "root-user";
const NNP: &str = "privilege-escalation";

/// The seeds. Some fail silently: nothing but a file that is not written, a command of the owner or a health check tells.
const SEEDS: [Seed; 12] = [
    seed(
        "saves",
        "1000:1000",
        "cd /var; cd tmp; echo x > state; sleep 600",
        RO,
        "Read-only file system",
    ),
    seed(
        "ends",
        "1000:1000",
        "set -e; cd /var; cd tmp; echo x > state; sleep 600",
        RO,
        "ended with status",
    ),
    seed("health", "1000:1000", "sleep 600", RO, "health check"),
    seed("upload", "1000:1000", "sleep 600", RO, "its command ends"),
    seed("sudo", "1000:1000", "s=su; ${s}do -n true; sleep 600", NNP, "no new privileges"),
    seed("owner", "", "touch /tmp/a; c=ch; ${c}own 1000 /tmp/a; sleep 600", CAPS, "not permitted"),
    seed("drops", "", "g=go; ${g}su nobody true; sleep 600", CAPS, "not permitted"),
    seed("device", "", "m=mk; ${m}nod /tmp/null c 1 3; sleep 600", CAPS, "not permitted"),
    seed("jail", "", "c=ch; ${c}root / true; sleep 600", CAPS, "not permitted"),
    seed("reads", "", "cat /etc/shadow > /dev/null; sleep 600", USER, "Permission denied"),
    seed("log", "", "{ echo x > /data/own.log; } 2>/dev/null; sleep 600", USER, "does not write"),
    seed("fine", "1000:1000", "echo x > /tmp/state; sleep 600", "", ""),
];

/// A project of all of them.
fn project(folder: &Path) {
    let mut text = "services:\n".to_owned();
    for it in &SEEDS {
        text.push_str(&format!(
            "  {}:\n    image: {}\n    entrypoint: [sh, -c, '{}']\n    stop_signal: SIGKILL\n",
            it.name,
            if it.name == "sudo" { DESK } else { IMAGE },
            it.run.replace('$', "$$")
        ));
        if !it.user.is_empty() {
            text.push_str(&format!("    user: \"{}\"\n", it.user));
        }
        if it.name == "log" {
            text.push_str("    volumes:\n      - log:/data\n");
        }
        if it.name == "health" {
            text.push_str(
                "    healthcheck:\n      test: cd /var && cd tmp && touch healthy\n      interval: 1s\n      retries: 2\n",
            );
        }
    }
    text.push_str("volumes:\n  log:\n");
    fs::write(folder.join("compose.yaml"), text).unwrap();
    let probe = "[verify.upload]\ncommand = \"touch /var/tmp/upload\"\n";
    fs::write(folder.join("casehard.toml"), probe).unwrap();
    docker(&["tag", "codercom/code-server:latest", DESK]).unwrap();
    docker(&["tag", "casehard/notes", IMAGE]).unwrap();
}

fn verify(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_casehard"));
    command.current_dir(folder).args(["verify", "--fresh-only", "--engine", engine().unwrap()]);
    command
}

/// All that a trial may leave.
fn left() -> String {
    let all = [
        &["ps", "--all", "--format", "{{.Names}}"][..],
        &["network", "ls", "--format", "{{.Name}}"],
        &["volume", "ls", "--format", "{{.Name}}"],
    ];
    let all = all.map(|it| docker(it).unwrap()).concat();
    all.lines().filter(|it| it.contains("casehard-verify")).collect::<Vec<_>>().join("\n")
}

#[test]
fn culprit_is_found_for_each_service_that_breaks() {
    if engine().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    project(folder.path());
    let before = fs::read_to_string(folder.path().join("compose.yaml")).unwrap();
    let output = verify(folder.path()).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let trouble = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}\n{trouble}");
    let book = fs::read_to_string(folder.path().join("casehard.images.toml")).unwrap();
    for it in &SEEDS {
        let outcome = |rule: &str, end: &str| {
            let service = format!("service = \"{}\"", it.name);
            let (rule, end) = (format!("rule = \"{rule}\""), format!("outcome = \"{end}\""));
            book.lines().any(|line| [&service, &rule, &end].iter().all(|it| line.contains(*it)))
        };
        if it.rule.is_empty() {
            assert!(told.contains(&format!("  {}: passes", it.name)), "{told}");
            assert!(outcome(RO, "passed"), "{book}");
            continue;
        }
        let part = told.split(&format!("  {}: breaks", it.name)).nth(1);
        let part = part.unwrap_or_else(|| panic!("{} does not break:\n{told}\n{trouble}", it.name));
        let part = part.split("\n  ").take_while(|it| it.starts_with("  ") || it.starts_with(';'));
        let part: String = part.collect();
        assert!(part.contains(it.rule) && part.contains(it.says), "{}: {told}", it.name);
        assert!(outcome(it.rule, "failed"), "{}: {book}", it.name);
    }
    assert!(!book.contains("Read-only file system"), "no line of a log is written down: {book}");
    assert_eq!(left(), "");
    assert_eq!(fs::read_to_string(folder.path().join("compose.yaml")).unwrap(), before);
}

#[test]
fn nothing_stays_of_a_trial_that_is_stopped() {
    if engine().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "services:\n  a:\n    image: {IMAGE}\n    entrypoint: [sleep, '600']\n    volumes: ['d:/data']\nvolumes:\n  d:\n"
    );
    docker(&["tag", "casehard/notes", IMAGE]).unwrap();
    fs::write(folder.path().join("compose.yaml"), text).unwrap();
    let mut child = verify(folder.path()).stderr(Stdio::null()).spawn().unwrap();
    let own = format!("casehard-verify-{}-", child.id());
    let begun = Instant::now();
    while !left().contains(&own) {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing was started");
        std::thread::sleep(Duration::from_millis(200));
    }
    Command::new("kill").arg(child.id().to_string()).status().unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    assert!(!left().contains(&own), "{}", left());
    assert!(!folder.path().join("casehard.images.toml").exists());
}
