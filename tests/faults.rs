//! Writes that are cut short: killed at each system call, or refused by it. Whatever happens, a file is the old one or the
//! new one, whole, and the exit status and the message say which.
//!
//! The kernel is asked through strace, which kills or fails the n-th call; where it is not there, or may not trace, the
//! tests say so. Two runs at once, and inputs beyond any bound, need none of that.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_casehard");

const OLD: &str = "services:\n  db: # ours\n    image: postgres:16\n    privileged: true\n";

/// What a write asks of the kernel.
const CALLS: &str = "openat,write,fsync,fdatasync,fchmod,fchown,fsetxattr,linkat,rename,renameat,\
                     renameat2,unlink,unlinkat,mkdir,flock";

/// A folder with one file in it, and another for the journal.
struct Scene {
    folder: TempDir,
    state: TempDir,
}

impl Scene {
    fn new() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("compose.yaml"), OLD).unwrap();
        Scene { folder, state: tempfile::tempdir().unwrap() }
    }

    fn run(&self, mut command: Command) -> Output {
        command.env("XDG_STATE_HOME", self.state.path()).env("RAYON_NUM_THREADS", "1");
        command.current_dir(self.folder.path()).output().unwrap()
    }

    fn fix(&self) -> Output {
        self.run(casehard("fix --yes --confidence risky ."))
    }

    fn text(&self) -> String {
        fs::read_to_string(self.folder.path().join("compose.yaml")).unwrap()
    }

    /// The names in the folder beside the file itself.
    fn others(&self) -> Vec<String> {
        let names = fs::read_dir(self.folder.path()).unwrap().map(|it| it.unwrap().file_name());
        let names = names.map(|it| it.into_string().unwrap());
        names.filter(|it| it != "compose.yaml").collect()
    }

    /// The same run under strace, which does something to one of its calls.
    fn traced(&self, inject: Option<&str>) -> Output {
        let mut strace = Command::new("strace");
        strace.args(["--quiet=all", "-f", "-o"]).arg(self.state.path().join("trace"));
        strace.args(["-e", &format!("trace={CALLS}")]);
        if let Some(it) = inject {
            strace.args(["-e", &format!("inject={it}")]);
        }
        strace.arg(PROGRAM).args(["fix", "--yes", "--confidence", "risky", "."]);
        self.run(strace)
    }
}

fn casehard(arguments: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments.split_whitespace());
    command
}

/// How often the main thread of a run makes each call; nothing where that cannot be seen.
fn calls() -> Option<BTreeMap<String, usize>> {
    let scene = Scene::new();
    let seen = Command::new("strace").arg("--version").stdout(Stdio::null()).status().is_ok()
        && scene.traced(None).status.success();
    if !seen {
        let mut stderr = std::io::stderr();
        writeln!(stderr, "faults: SKIPPED: strace is missing, or may not trace here").unwrap();
        return None;
    }
    let trace = fs::read_to_string(scene.state.path().join("trace")).unwrap();
    let main = trace.split_whitespace().next().unwrap();
    let mut all = BTreeMap::new();
    for line in trace.lines().filter(|it| it.starts_with(main)) {
        let call = line[main.len()..].trim_start().split('(').next().unwrap();
        if CALLS.split(',').any(|it| it == call) {
            *all.entry(call.to_owned()).or_insert(0) += 1;
        }
    }
    assert!(all.contains_key("write") && all.contains_key("fsync"), "{all:?}");
    Some(all)
}

/// The text that the fix writes.
fn new_text() -> String {
    let scene = Scene::new();
    assert!(scene.fix().status.success());
    assert_ne!(scene.text(), OLD);
    scene.text()
}

/// Makes what a killed run left old enough to be nobody's.
fn age(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_name().to_string_lossy().starts_with(".casehard-") {
            let file = fs::File::options().append(true).open(entry.path()).unwrap();
            let then = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
            file.set_modified(then).unwrap();
        }
    }
}

#[test]
fn a_file_is_old_or_new_whenever_a_run_is_killed() {
    let Some(calls) = calls() else { return };
    let new = new_text();
    let (mut kept, mut written) = (0, 0);
    for (call, count) in calls {
        for number in 1..=count {
            let scene = Scene::new();
            let output = scene.traced(Some(&format!("{call}:signal=KILL:when={number}")));
            let text = scene.text();
            let at = format!("{call} {number}: {text}{}", String::from_utf8_lossy(&output.stderr));
            assert!(!output.status.success(), "not killed at {at}");
            match text == OLD {
                true => kept += 1,
                false => written += 1,
            }
            assert!(text == OLD || text == new, "torn by {at}");
            assert!(scene.others().iter().all(|it| it.starts_with(".casehard-")), "{at}");
            // The next run finishes the work, and clears away what this one left.
            age(scene.folder.path());
            fs::write(scene.folder.path().join("compose.yaml"), OLD).unwrap();
            assert!(scene.fix().status.success(), "{at}");
            assert_eq!((scene.text() == new, scene.others()), (true, Vec::new()), "{at}");
            let undone = scene.run(casehard("undo"));
            assert!(undone.status.success() && scene.text() == OLD, "{at}");
        }
    }
    assert!(kept > 10 && written > 0, "{kept} {written}");
}

#[test]
fn a_call_that_fails_is_told_and_leaves_the_file_whole() {
    let Some(calls) = calls() else { return };
    let new = new_text();
    let mut told = 0;
    let faults = [("write", "ENOSPC"), ("fsync", "EIO"), ("linkat", "EPERM"), ("rename", "EACCES")];
    for (call, fault) in faults {
        for number in 1..=calls.get(call).copied().unwrap_or(0) {
            let scene = Scene::new();
            let output = scene.traced(Some(&format!("{call}:error={fault}:when={number}+")));
            let text = scene.text();
            let at = format!("{call} {number}: {text}{}", String::from_utf8_lossy(&output.stderr));
            assert!(text == OLD || text == new, "torn by {at}");
            assert!(scene.others().is_empty(), "{:?} left by {at}", scene.others());
            if text == OLD {
                assert_eq!(output.status.code(), Some(2), "{at}");
                let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
                // Where nothing can be written, nothing can be said either.
                if call != "write" {
                    assert!(said.contains("compose.yaml"), "{at}");
                    told += 1;
                }
            }
        }
    }
    assert!(told > 0);
}

#[test]
fn two_runs_at_once_leave_every_file_new() {
    let new = new_text();
    let folder = tempfile::tempdir().unwrap();
    let state = tempfile::tempdir().unwrap();
    for number in 0..40 {
        let below = folder.path().join(number.to_string());
        fs::create_dir(&below).unwrap();
        fs::write(below.join("compose.yaml"), OLD).unwrap();
    }
    let start = || {
        let mut command = casehard("fix --yes --confidence risky --quiet .");
        command.env("XDG_STATE_HOME", state.path()).current_dir(folder.path());
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let both = [start(), start()].map(|it| it.wait_with_output().unwrap());
    for output in both {
        let said = String::from_utf8(output.stderr).unwrap();
        // What the other one wrote meanwhile is left alone, and told.
        let excused = said.lines().all(|it| it.contains("changed since it was read"));
        assert!(output.status.code() != Some(0) || said.is_empty() || excused, "{said}");
        assert!(output.status.code().is_some_and(|it| it < 3), "{said}");
    }
    for number in 0..40 {
        let below = folder.path().join(number.to_string());
        assert_eq!(fs::read_to_string(below.join("compose.yaml")).unwrap(), new, "{number}");
        assert_eq!(fs::read_dir(below).unwrap().count(), 1, "{number}");
    }
}

/// Runs with a limit of the shell's.
fn limited(limit: &str, folder: &Path, arguments: &str) -> (Option<i32>, String) {
    let line = format!("ulimit {limit} && exec \"$0\" {arguments}");
    let output = Command::new("sh")
        .args(["-c", &line, PROGRAM])
        .current_dir(folder)
        .env("RAYON_NUM_THREADS", "2")
        .output()
        .unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code(), said)
}

#[test]
fn a_gigabyte_is_refused_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = fs::File::create(folder.path().join("compose.yaml")).unwrap();
    file.set_len(1 << 30).unwrap();
    // An address space in which it could not be held.
    let (code, said) = limited("-v 800000", folder.path(), "check compose.yaml");
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("compose.yaml: larger than 256 MiB"), "{said}");
}

#[test]
fn nesting_to_the_bound_needs_no_large_stack() {
    let folder = tempfile::tempdir().unwrap();
    for depth in [50, 100, 5_000] {
        let text = format!("services: {}1{}\n", "{a: ".repeat(depth), "}".repeat(depth));
        fs::write(folder.path().join("compose.yaml"), text).unwrap();
        let (code, said) = limited("-s 512", folder.path(), "fix --yes compose.yaml");
        assert!(code.is_some_and(|it| it < 3), "{depth}: {code:?} {said}");
    }
}
