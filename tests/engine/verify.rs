//! `casehard verify`, held against services that are known to break, each by one fix.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::docker::{docker, engine};
use crate::seeds::{AT_HOME, End, IMAGE, RO, SEEDS, Seed, project};

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
        [
            "knows", "appends", "counts", "uploads", "adds", "removes", "marks", "dated",
            "renders", "owns", "below", "roots", "both", "fine",
        ]
        .contains(&it.name)
    });
}

#[test]
fn a_fix_that_wants_for_another_rule_is_told_to_break() {
    if engine().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    project(folder.path(), SEEDS.iter().filter(|it| it.name == "both"));
    let output = verify(folder.path()).args(["--rule", "writable-rootfs"]).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("both: breaks") && told.contains("Read-only file system"), "{told}");
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
