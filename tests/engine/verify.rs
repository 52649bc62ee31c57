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

/// A service, what it runs, who it is, how its trial ends, and what is said of what breaks it.
struct Seed {
    name: &'static str,
    run: &'static str,
    user: &'static str,
    end: End,
    says: &'static str,
}

/// How the trial of a service ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
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

const RO: &str = "writable-rootfs";
const USER: End = End::Blames("root-user");
const TMP: End = End::Repaired("keep /var/tmp writable");

/// The seeds. Some fail silently: nothing but a file that is not written, a command of the owner or a health check tells.
const SEEDS: [Seed; 26] = [
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
        "does not keep /home/coder/own/notes",
    ),
    seed(
        "counts",
        "1000:1000",
        "cd; mkdir -p own; n=$(cat own/count); echo $((n + 1)) > own/count; sleep 600",
        End::Blames(RO),
        "does not keep /home/coder/own/count",
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
const AT_HOME: [&str; 5] = ["sudo", "knows", "appends", "counts", "renders"];

/// A project of some of them.
fn project<'s>(folder: &Path, seeds: impl Iterator<Item = &'s Seed>) {
    let mut text = "services:\n".to_owned();
    for it in seeds {
        text.push_str(&format!(
            "  {}:\n    image: {}\n    entrypoint: [sh, -c, '{}']\n",
            it.name,
            if AT_HOME.contains(&it.name) { DESK } else { IMAGE },
            it.run.replace('$', "$$").replace('\'', "''")
        ));
        text.push_str(if it.name == "last" { "" } else { "    stop_signal: SIGKILL\n" });
        if !it.user.is_empty() {
            text.push_str(&format!("    user: \"{}\"\n", it.user));
        }
        // On a busy machine one could be there before the other, which opens it.
        text.push_str(match it.name {
            "log" => "    volumes: ['log:/data']\n",
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
    text.push_str("volumes:\n  log:\n  open:\n  shared:\n");
    if text.contains("  upload:\n") {
        let probe = "[verify.upload]\ncommand = \"touch /var/tmp/upload\"\n";
        fs::write(folder.join("casehard.toml"), probe).unwrap();
    }
    fs::write(folder.join("compose.yaml"), text).unwrap();
    docker(&["tag", "codercom/code-server:latest", DESK]).unwrap();
    docker(&["tag", "casehard/notes", IMAGE]).unwrap();
}

fn verify(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_casehard"));
    command.current_dir(folder).args(["verify", "--fresh-only", "--engine", engine().unwrap()]);
    command
}

/// Everything that the engine has.
fn all() -> String {
    let all = [
        &["ps", "--all", "--format", "{{.ID}} {{.Names}}"][..],
        &["network", "ls", "--format", "{{.ID}} {{.Name}}"],
        &["volume", "ls", "--format", "{{.Name}}"],
    ];
    all.map(|it| docker(it).unwrap()).concat()
}

/// All that trials may leave.
fn left() -> String {
    all().lines().filter(|it| it.contains("casehard-verify")).collect::<Vec<_>>().join("\n")
}

/// What the names of all begin with that a trial makes.
fn of_trial(pid: u32) -> String {
    format!("casehard-verify-{pid}-")
}

/// Waits until a trial has made something.
#[track_caller]
fn wait_for_trial(pid: u32) {
    let begun = Instant::now();
    while !left().contains(&of_trial(pid)) {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing was started");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn culprit_is_found_for_each_service_that_breaks() {
    find_culprits(&|_| true);
}

#[test]
fn silent_breakage_is_found() {
    find_culprits(&|it| {
        ["saves", "noise", "source", "reader", "opens", "writes"].contains(&it.name)
    });
}

#[test]
fn what_goes_with_a_restart_is_found() {
    find_culprits(&|it| {
        ["knows", "appends", "counts", "renders", "both", "fine"].contains(&it.name)
    });
}

#[track_caller]
fn find_culprits(wanted: &dyn Fn(&&Seed) -> bool) {
    if engine().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    project(folder.path(), SEEDS.iter().filter(wanted));
    let before = fs::read_to_string(folder.path().join("compose.yaml")).unwrap();
    let mut trial = verify(folder.path());
    let trial = trial.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let own = of_trial(trial.id());
    let output = trial.wait_with_output().unwrap();
    let [told, trouble] = [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap());
    let breaks = SEEDS.iter().filter(wanted).any(|it| matches!(it.end, End::Blames(_)));
    assert_eq!(output.status.code(), Some(i32::from(breaks)), "{told}\n{trouble}");
    let book = fs::read_to_string(folder.path().join("casehard.images.toml")).unwrap();
    for it in SEEDS.iter().filter(wanted) {
        let outcome = |rule: &str, end: &str| {
            let service = format!("service = \"{}\"\n", it.name);
            let (rule, end) = (format!("rule = \"{rule}\""), format!("outcome = \"{end}\""));
            let own = book.split("[[image.trial]]").find(|it| it.contains(&service));
            let mut lines = own.unwrap_or_default().lines();
            lines.any(|line| line.contains(&rule) && line.contains(&end))
        };
        let word = if matches!(it.end, End::Blames(_)) { "breaks" } else { "passes" };
        let part = told.split(&format!("  {}: {word}", it.name)).nth(1);
        let part =
            part.unwrap_or_else(|| panic!("{} is not told to be so:\n{told}\n{trouble}", it.name));
        let part =
            part.split("\n  ").take_while(|it| it.starts_with("  ") || it.starts_with([';', ' ']));
        let part: String = part.collect();
        assert!(part.contains(it.says), "{}: {told}", it.name);
        match it.end {
            End::Passes => {
                assert!(!part.contains("at first") && outcome(RO, "passed"), "{told}\n{book}");
            }
            End::Repaired(by) => {
                assert!(
                    part.contains("at first it broke") && part.contains(by),
                    "{}: {told}",
                    it.name
                );
                assert!(outcome(RO, "passed"), "{}: {book}", it.name);
            }
            End::Blames(rule) => {
                assert!(
                    part.contains(rule) && outcome(rule, "failed"),
                    "{}: {told}\n{book}",
                    it.name
                );
                // The others serve the user that it keeps.
                let serves = outcome("kept-capabilities", "passed");
                let user =
                    rule == "root-user" || !it.user.is_empty() || outcome("root-user", "passed");
                assert!(user, "{}: {told}\n{book}", it.name);
                assert!(serves || AT_HOME.contains(&it.name), "{}: {told}\n{book}", it.name);
            }
        }
    }
    assert!(!book.contains("Read-only file system"), "no line of a log is written down: {book}");
    // A network that this engine lost count of goes with its restart, which is said.
    let is_told =
        |name: &str| trouble.contains(&format!("network {name}: the engine takes it for in use"));
    let left = left();
    let left = left.lines().filter_map(|it| it.split(' ').nth(1).or(Some(it)));
    let left: Vec<&str> = left.filter(|it| it.contains(&own) && !is_told(it)).collect();
    assert!(left.is_empty(), "{left:?}\n{trouble}");
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
    wait_for_trial(child.id());
    Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(!left().contains(&of_trial(child.id())), "{}", left());
    assert!(!folder.path().join("casehard.images.toml").exists());
}

/// Runs Compose on a project.
fn compose(folder: &Path, words: &[&str]) {
    let mut command = Command::new("docker-compose");
    command.current_dir(folder).env("DOCKER_HOST", engine().unwrap()).args(words);
    crate::docker::said(command).unwrap();
}

/// A project that runs until it is done with.
struct Started<'f>(&'f Path);

impl Drop for Started<'_> {
    fn drop(&mut self) {
        compose(self.0, &["down", "--volumes"]);
    }
}

/// The content, owners and modes of a folder of the host.
fn sum(folder: &Path) -> String {
    let tar = format!("tar -C {} -c --sort=name . | sha256sum", folder.display());
    let mut command = Command::new("sh");
    command.args(["-c", &tar]);
    crate::docker::said(command).unwrap()
}

/// A project whose one service is written in another folder, with its variables and data beside it.
fn kept(folder: &Path) {
    let parts = folder.join("parts");
    fs::create_dir_all(parts.join("data")).unwrap();
    fs::write(parts.join("data/old"), "old").unwrap();
    fs::write(parts.join("own.env"), "OWN=1\n").unwrap();
    let base = format!(
        "version: \"2.4\"\nservices:\n  base:\n    image: {IMAGE}\n    env_file: own.env\n    stop_signal: SIGKILL\n    \
         entrypoint: [sh, -c, 'test \"$$OWN\" = 1 && cat /data/old && echo x >> /kept/log && sleep 600']\n    \
         volumes: ['./data:/data']\n"
    );
    fs::write(parts.join("base.yaml"), base).unwrap();
    let text = "version: \"2.4\"\nservices:\n  kept:\n    extends: {file: parts/base.yaml, service: base}\n    volumes: ['kept:/kept']\n\
                volumes:\n  kept:\n";
    fs::write(folder.join("compose.yaml"), text).unwrap();
    docker(&["tag", "casehard/notes", IMAGE]).unwrap();
}

#[test]
fn what_runs_and_its_data_stay_as_they_were_and_what_passed_is_written() {
    if engine().is_none() {
        return;
    }
    let place = tempfile::Builder::new().prefix("kept").tempdir().unwrap();
    let folder = place.path();
    kept(folder);
    compose(folder, &["up", "--detach"]);
    let _started = Started(folder);
    let project = folder.file_name().unwrap().to_string_lossy().to_lowercase();
    let volume = format!("{project}_kept");
    let volume = docker(&["volume", "inspect", "--format", "{{.Mountpoint}}", &volume]).unwrap();
    let volume = Path::new(volume.trim());
    let state = |trials: &[u32]| {
        let is_own = |it: &&str| {
            let is_of = |pid: &u32| it.contains(&of_trial(*pid));
            it.contains(&project) || trials.iter().any(is_of)
        };
        let own: Vec<String> = all().lines().filter(is_own).map(str::to_owned).collect();
        (own, sum(&folder.join("parts/data")), sum(volume))
    };
    let before = state(&[]);

    // Killed, it leaves something, and the next one takes that away.
    let mut verify = Command::new(env!("CARGO_BIN_EXE_casehard"));
    verify.current_dir(folder).args(["verify", "compose.yaml", "--engine", engine().unwrap()]);
    let mut child = verify.stderr(Stdio::null()).spawn().unwrap();
    wait_for_trial(child.id());
    child.kill().unwrap();
    child.wait().unwrap();
    let mut fix = Command::new(env!("CARGO_BIN_EXE_casehard"));
    fix.current_dir(folder).args([
        "fix",
        "--yes",
        "--verify",
        "--quiet",
        "compose.yaml",
        "parts/base.yaml",
    ]);
    fix.env("DOCKER_HOST", engine().unwrap()).stdout(Stdio::null()).stderr(Stdio::piped());
    let fixes = fix.spawn().unwrap();
    let trials = [child.id(), fixes.id()];
    let output = fixes.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("kept: breaks; 3 of its fixes pass"), "{told}");
    assert!(
        told.contains("base: not told: it does not work as it is: it ends with status 2"),
        "{told}"
    );
    assert_eq!(state(&trials), before, "{told}");

    let text =
        ["compose.yaml", "parts/base.yaml"].map(|it| fs::read_to_string(folder.join(it)).unwrap());
    let text = text.concat();
    assert!(text.contains("read_only: true") && text.contains("cap_drop"), "{text}");
    compose(folder, &["up", "--detach"]);
    std::thread::sleep(Duration::from_secs(2));
    let running = docker(&["ps", "--format", "{{.Names}}"]).unwrap();
    assert!(running.contains(&project), "{text}\n{running}");
}
