//! The way back: what a run wrote is taken back to the byte, and what somebody else wrote since is left alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use tempfile::TempDir;

use super::{GOOD, Ran, WEAK, casehard, folder};

/// A folder with files, and one of the user's own for what the program keeps.
struct Place {
    files: TempDir,
    state: TempDir,
}

impl Place {
    fn of(files: &[(&str, &str)]) -> Place {
        Place { files: folder(files), state: folder(&[]) }
    }

    /// Runs the program, and it has to end with a status.
    #[track_caller]
    fn run(&self, arguments: &str, status: i32) -> Ran {
        let mut command = casehard();
        command.env("XDG_STATE_HOME", self.state.path()).env_remove("CLICOLOR_FORCE");
        command.current_dir(self.files.path()).args(arguments.split(' '));
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let (out, err) = (text(output.stdout), text(output.stderr));
        let code = output.status.code().unwrap();
        assert_eq!(code, status, "{arguments}: {out}{err}");
        Ran { code, out, err }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn journal(&self) -> PathBuf {
        self.state.path().join("casehard/undo")
    }

    /// The names of the runs, the oldest first.
    fn runs(&self) -> Vec<String> {
        let entries = fs::read_dir(self.journal()).into_iter().flatten();
        let mut names: Vec<String> =
            entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

const FIX: &str = "fix --yes --confidence risky .";

#[test]
fn a_run_is_taken_back_and_that_too_to_the_byte() {
    let windows = WEAK.replace('\n', "\r\n");
    let texts = [("a/compose.yaml", WEAK), ("b.yaml", &windows), ("c.yaml", WEAK.trim_end())];
    let it = Place::of(&texts);
    let told = it.run(FIX, 0);
    assert!(told.out.ends_with("  `casehard undo` takes it back\n"), "{}", told.out);
    let fixed = texts.map(|(name, _)| it.read(name));
    texts.iter().zip(&fixed).for_each(|((name, text), fixed)| assert_ne!(text, fixed, "{name}"));

    let told = it.run("undo", 0);
    let here = fs::canonicalize(it.files.path()).unwrap();
    let head = format!("run {}: just now, 3 files from {}\n", it.runs()[0], here.display());
    assert!(told.out.starts_with(&head), "{}", told.out);
    assert!(told.out.contains("  a/compose.yaml: as it was before\n"), "{}", told.out);
    let end = "3 files taken back; `casehard undo` once more takes that back\n";
    assert!(told.out.ends_with(end), "{}", told.out);
    texts.iter().for_each(|(name, text)| assert_eq!(it.read(name), *text));

    let told = it.run("undo", 0);
    let undone = format!("the undo of {}: just now, 3 files", it.runs()[0]);
    assert!(told.out.contains(&undone), "{}", told.out);
    texts.iter().zip(&fixed).for_each(|((name, _), fixed)| assert_eq!(it.read(name), *fixed));
}

#[test]
fn what_nobody_wrote_leaves_no_trace() {
    let it = Place::of(&[("compose.yaml", GOOD)]);
    for (arguments, status) in
        [("fix --yes .", 0), ("fix --diff .", 0), ("check .", 0), ("undo --list", 0)]
    {
        assert!(!it.run(arguments, status).out.contains("takes it back"), "{arguments}");
        assert_eq!(fs::read_dir(it.state.path()).unwrap().count(), 0, "{arguments}");
    }
    for arguments in ["undo", "undo --diff"] {
        let told = it.run(arguments, 2);
        assert!(told.err.contains("nothing to undo: casehard wrote nothing yet"), "{}", told.err);
    }
    it.put("compose.yaml", WEAK);
    it.run(FIX, 0);
    it.put("compose.yaml", GOOD);
    let told = it.run("undo", 2);
    assert!(told.err.contains("nothing to undo: no file is as casehard wrote it"), "{}", told.err);
    assert_eq!(it.read("compose.yaml"), GOOD);
}

#[test]
fn what_changed_since_or_is_gone_is_left_alone_and_the_rest_goes_on() {
    let names = ["a.yaml", "b.yaml", "c.yaml", "d.yaml"];
    let it = Place::of(&names.map(|it| (it, WEAK)));
    it.run(FIX, 0);
    let changed = it.read("a.yaml") + "# mine\n";
    it.put("a.yaml", &changed);
    fs::remove_file(it.path("b.yaml")).unwrap();
    it.put("c.yaml", WEAK);
    let told = it.run("undo", 2);
    let kept = |text: &str| text.split(" is in ").nth(1).map(|it| fs::read(it).unwrap());
    let lines: Vec<&str> = told.err.lines().collect();
    assert!(lines[0].starts_with("a.yaml: changed since: left as it is; what it was"), "{lines:?}");
    assert!(lines[1].starts_with("b.yaml: is gone; what it was is in "), "{lines:?}");
    assert_eq!(lines.iter().filter_map(|it| kept(it)).collect::<Vec<_>>(), [WEAK.as_bytes(); 2]);
    assert!(told.out.contains("  c.yaml: was so already\n"), "{}", told.out);
    assert!(told.out.contains("1 file taken back, 2 left alone; "), "{}", told.out);
    assert_eq!((it.read("a.yaml"), it.read("d.yaml")), (changed, WEAK.to_owned()));
    assert!(!it.path("b.yaml").exists());
}

#[test]
fn a_run_that_is_taken_back_already_is_no_failure() {
    let it = Place::of(&[("compose.yaml", WEAK)]);
    it.run(FIX, 0);
    let run = it.runs().remove(0);
    it.run("undo", 0);
    let told = it.run(&format!("undo {run}"), 0);
    assert!(
        told.out.contains("  compose.yaml: was so already\n0 files taken back\n"),
        "{}",
        told.out
    );
    assert_eq!(it.runs().len(), 2, "nothing was written");
    assert_eq!(it.run(&format!("undo --diff {run}"), 0).out, "");
}

#[test]
fn an_older_run_is_taken_back_by_its_name_or_the_beginning_of_it() {
    let it = Place::of(&[("a.yaml", WEAK), ("b.yaml", WEAK)]);
    it.run("fix --yes --confidence risky a.yaml", 0);
    it.run("fix --yes --confidence risky b.yaml", 0);
    let [first, second] = it.runs().try_into().unwrap();
    let common = first.chars().zip(second.chars()).take_while(|it| it.0 == it.1).count();
    let told = it.run(&format!("undo {}", &first[..common]), 2);
    assert!(told.err.contains("begins the names of 2 runs"), "{}", told.err);
    let fixed = it.read("b.yaml");
    it.run(&format!("undo {}", &first[..=common]), 0);
    assert_eq!((it.read("a.yaml"), it.read("b.yaml")), (WEAK.to_owned(), fixed));
    let slip = format!("x{second}");
    let told = it.run(&format!("undo {slip}"), 2);
    let meant = format!("there is no run `{slip}`: did you mean `{second}`?");
    assert!(told.err.contains(&meant), "{}", told.err);
    let told = it.run("undo nonsense", 2);
    assert!(told.err.contains("the last are ") && told.err.contains(&first), "{}", told.err);
}

#[test]
fn the_list_says_when_where_and_what_became_of_it() {
    let it = Place::of(&[("a.yaml", WEAK), ("b.yaml", WEAK), ("c.yaml", WEAK)]);
    it.run("fix --yes --confidence risky a.yaml b.yaml", 0);
    it.run("fix --yes --confidence risky c.yaml", 0);
    it.run("undo", 0);
    it.put("b.yaml", GOOD);
    let told = it.run("undo --list", 0);
    let here = fs::canonicalize(it.files.path()).unwrap();
    let here = here.display();
    let [first, second, third] = it.runs().try_into().unwrap();
    assert_eq!(
        told.out,
        format!(
            "{third}  just now        1 file    as written, in {here}, undo of {second}\n\
             {second}  just now        1 file    undone, in {here}\n\
             {first}  just now        2 files   1 as written, 1 changed since, in {here}\n"
        )
    );
    assert_eq!(it.run("undo --list --diff", 2).out, "");
    // An undo is a run too.
    (0..20).for_each(|_| drop(it.run("undo", 0)));
    let told = it.run("undo --list", 0);
    let more = it.runs().len() - 20;
    assert_eq!(told.out.lines().count(), 20);
    assert_eq!(told.err, format!("{more} older: `casehard undo --list-all` lists them too\n"));
    assert_eq!(it.run("undo --list-all", 0).out.lines().count(), 20 + more);
}

#[test]
fn a_run_of_a_newer_casehard_is_listed_and_left_to_that() {
    let it = Place::of(&[("compose.yaml", WEAK)]);
    it.run(FIX, 0);
    let run = it.runs().remove(0);
    let index = it.journal().join(&run).join("index.jsonl");
    let text = fs::read_to_string(&index).unwrap();
    fs::write(&index, text.replace("\"version\":1", "\"version\":2").replace("written", "x"))
        .unwrap();
    assert_eq!(
        it.run("undo --list", 0).out,
        format!("{run}  just now        of a newer casehard\n")
    );
    it.run("undo", 2);
    let told = it.run(&format!("undo {run}"), 2);
    assert!(told.err.contains("was written by a newer casehard"), "{}", told.err);
}

#[test]
fn a_diff_shows_what_would_be_put_back_and_writes_nothing() {
    let it = Place::of(&[("a/compose.yaml", WEAK), ("b.yaml", WEAK)]);
    it.run(FIX, 0);
    let fixed = it.read("b.yaml");
    let told = it.run("undo --diff", 1);
    assert!(told.err.starts_with("run ") && told.err.contains("2 files from"), "{}", told.err);
    assert_eq!((it.read("b.yaml"), it.runs().len()), (fixed, 1));
    let git = Process::new("git")
        .args(["apply", "-"])
        .current_dir(it.files.path())
        .stdin(Stdio::piped())
        .spawn();
    // Not every machine has git.
    let Ok(mut git) = git else { return };
    std::io::Write::write_all(&mut git.stdin.take().unwrap(), told.out.as_bytes()).unwrap();
    assert!(git.wait().unwrap().success(), "{}", told.out);
    assert_eq!((it.read("a/compose.yaml"), it.read("b.yaml")), (WEAK.to_owned(), WEAK.to_owned()));
}

#[test]
fn machine_formats_stay_so_and_the_way_back_is_told_beside_them() {
    for (arguments, beside) in
        [("--format json", true), ("--format json --quiet", false), ("--format text", false)]
    {
        let it = Place::of(&[("compose.yaml", WEAK)]);
        let told = it.run(&format!("fix --yes {arguments} ."), 0);
        let line = "`casehard undo` takes it back\n";
        assert_eq!(told.err.contains(line), beside, "{arguments}: {}", told.err);
        assert_eq!(told.out.contains(line), arguments.contains("text"), "{arguments}");
        it.run("undo", 0);
        assert_eq!(it.read("compose.yaml"), WEAK);
    }
}

#[test]
fn a_filter_and_reports_are_not_in_the_journal() {
    let it = Place::of(&[("compose.yaml", WEAK)]);
    it.run("fix --diff --output report.json .", 1);
    it.run("fix --diff --output report.json .", 1);
    let mut filter = casehard();
    filter.env("XDG_STATE_HOME", it.state.path()).args(FIX.split(' ').take(4)).arg("-");
    filter.write_stdin(WEAK).assert().success();
    assert!(it.runs().is_empty());
}

#[test]
fn two_runs_at_once_get_folders_of_their_own() {
    let names: Vec<String> = (0..6).map(|it| format!("{it}.yaml")).collect();
    let it = Place::of(&names.iter().map(|it| (it.as_str(), WEAK)).collect::<Vec<_>>());
    let start = |name: &String| {
        Process::new(assert_cmd::cargo::cargo_bin("casehard"))
            .args(["fix", "--yes", name])
            .env("XDG_STATE_HOME", it.state.path())
            .current_dir(it.files.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    let all: Vec<_> = names.iter().map(start).collect();
    for mut child in all {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(it.runs().len(), 6);
    it.runs().iter().for_each(|run| drop(it.run(&format!("undo {run}"), 0)));
    names.iter().for_each(|name| assert_eq!(it.read(name), WEAK));
}

/// Whatever stops the program, what it wrote is taken back.
#[test]
fn a_run_that_is_killed_is_taken_back() {
    let names: Vec<String> = (0..40).map(|it| format!("{it:02}.yaml")).collect();
    let mut killed = 0;
    for last in ["00.yaml", "07.yaml", "23.yaml"] {
        let it = Place::of(&names.iter().map(|it| (it.as_str(), WEAK)).collect::<Vec<_>>());
        let mut child = Process::new(assert_cmd::cargo::cargo_bin("casehard"))
            .args(FIX.split(' '))
            .env("XDG_STATE_HOME", it.state.path())
            .current_dir(it.files.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        while it.read(last) == WEAK && child.try_wait().unwrap().is_none() {}
        child.kill().unwrap();
        // It may have been faster.
        killed += usize::from(!child.wait().unwrap().success());
        it.run("undo", 0);
        names.iter().for_each(|name| assert_eq!(it.read(name), WEAK, "{name}"));
    }
    assert!(killed > 0);
}

#[test]
fn a_folder_that_cannot_be_written_stops_nothing_and_is_told_once() {
    let it = Place::of(&[("a.yaml", WEAK), ("b.yaml", WEAK)]);
    fs::write(it.state.path().join("casehard"), "a file").unwrap();
    let told = it.run(FIX, 0);
    let journal = it.journal();
    let why =
        format!("`casehard undo` will not be able to take this back: {}: ", journal.display());
    assert_eq!(told.err.matches(&why).count(), 1, "{}", told.err);
    assert!(told.err.contains(": set XDG_STATE_HOME to a folder"), "{}", told.err);
    assert!(!told.out.contains("takes it back"), "{}", told.out);
    assert!(["a.yaml", "b.yaml"].iter().all(|name| it.read(name) != WEAK));
    let told = it.run("undo", 2);
    assert!(told.err.contains(&*journal.to_string_lossy()), "{}", told.err);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn what_is_kept_is_for_the_user_alone() {
        let it = Place::of(&[("compose.yaml", WEAK)]);
        fs::create_dir_all(it.journal()).unwrap();
        fs::set_permissions(it.journal(), fs::Permissions::from_mode(0o755)).unwrap();
        it.run(FIX, 0);
        let run = it.journal().join(&it.runs()[0]);
        assert_eq!((mode(&it.journal()), mode(&run)), (0o700, 0o700));
        let files: Vec<_> = fs::read_dir(run).unwrap().map(|it| it.unwrap().path()).collect();
        assert_eq!(files.len(), 3, "the index, the lock and a file");
        files.iter().for_each(|it| assert_eq!(mode(it), 0o600, "{}", it.display()));
    }

    #[test]
    fn mode_and_links_are_kept_and_the_file_itself_is_named() {
        let it = Place::of(&[("shared/base.yaml", WEAK)]);
        let link = it.path("compose.yaml");
        symlink("shared/base.yaml", &link).unwrap();
        fs::set_permissions(it.path("shared/base.yaml"), fs::Permissions::from_mode(0o640))
            .unwrap();
        it.run("fix --yes --confidence risky compose.yaml", 0);
        assert_ne!(it.read("compose.yaml"), WEAK);
        let told = it.run("undo", 0);
        assert!(told.out.contains("  shared/base.yaml: as it was before\n"), "{}", told.out);
        assert_eq!(fs::read_link(&link).unwrap(), Path::new("shared/base.yaml"));
        assert_eq!((mode(&link), it.read("shared/base.yaml")), (0o640, WEAK.to_owned()));
    }

    #[test]
    fn a_file_that_is_read_only_by_now_is_left_alone() {
        let it = Place::of(&[("a.yaml", WEAK), ("b.yaml", WEAK)]);
        it.run(FIX, 0);
        let fixed = it.read("a.yaml");
        fs::set_permissions(it.path("a.yaml"), fs::Permissions::from_mode(0o444)).unwrap();
        let told = it.run("undo", 2);
        assert!(told.err.starts_with("a.yaml: the file is read-only"), "{}", told.err);
        assert_eq!((it.read("a.yaml"), it.read("b.yaml")), (fixed, WEAK.to_owned()));
    }

    #[test]
    fn what_is_kept_and_damaged_is_not_written() {
        let it = Place::of(&[("compose.yaml", WEAK)]);
        it.run(FIX, 0);
        let fixed = it.read("compose.yaml");
        let run = it.journal().join(&it.runs()[0]);
        let entries = fs::read_dir(run).unwrap().map(|it| it.unwrap().path());
        let kept = entries.filter(|it| it.extension().is_none() && !it.ends_with("lock"));
        kept.for_each(|it| fs::write(it, "something else").unwrap());
        let told = it.run("undo", 2);
        assert!(told.err.contains("is not what was kept: damaged"), "{}", told.err);
        assert_eq!(it.read("compose.yaml"), fixed);
    }

    #[test]
    fn without_a_folder_of_states_the_home_is_taken() {
        let it = Place::of(&[("compose.yaml", WEAK)]);
        let mut command = casehard();
        command.env_remove("XDG_STATE_HOME").env("HOME", it.state.path());
        command.current_dir(it.files.path()).args(FIX.split(' ')).assert().success();
        assert_eq!(
            fs::read_dir(it.state.path().join(".local/state/casehard/undo")).unwrap().count(),
            1
        );
    }
}
