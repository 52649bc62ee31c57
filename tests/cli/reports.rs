//! What reports say of a run beside its findings: baselines, waivers, filters, what could not be judged; and what they
//! must not say.

use std::fs;
use std::process::{Command, Stdio};

use assert_cmd::cargo::cargo_bin;

use super::{GOOD, WEAK, folder, read, run};

pub(super) const WAIVED: &str = "services:\n  web:\n    image: a\n    # casehard: allow privileged -- it is the agent\n    privileged: true\n";
/// One finding, for information.
const INFO: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: a\n      image: a\n      env: [{name: DOCKER_HOST, value: x}]\n";

#[test]
fn every_page_says_what_a_baseline_and_waivers_keep_from_it() {
    let it = folder(&[
        ("compose.yaml", &WAIVED.replace("web:", "web:\n    pid: host")),
        ("gone.yaml", WEAK),
    ]);
    assert_eq!(run(&it, "baseline").code, 0);
    fs::remove_file(it.path().join("gone.yaml")).unwrap();
    let check = "check --baseline casehard-baseline.json";
    let markdown = run(&it, &format!("{check} --format markdown")).out;
    let html = run(&it, &format!("{check} --format html")).out;
    for page in [&markdown, &html] {
        assert!(
            page.contains("1 waived, 5 in the baseline")
                || page.contains("1 waived; 5 in the baseline"),
            "{page}"
        );
        assert!(page.contains(" of the baseline are gone"), "{page}");
    }
    assert!(html.contains("told is what casehard-baseline.json does not have"), "{html}");
    assert!(html.contains(">Waived</th>") && html.contains(">In the baseline</th>"), "{html}");
    assert!(!html.contains("everything that is left has a fix"), "{html}");
    let json = run(&it, &format!("{check} --format json")).out;
    assert!(json.contains("\"known\": 5,\n    \"gone\": "), "{json}");
}

#[test]
fn what_is_known_of_a_judged_file_is_not_among_what_was_not_judged() {
    let podman = "services:\n  web:\n    image: a\n    userns_mode: keep-id\n";
    let soon = "services:\n  web:\n    image: a\n    # casehard: allow privileged -- agent until DAY\n    privileged: true\n";
    let today = casehard::date::Date::today().to_string();
    let it = folder(&[("podman.yaml", podman), ("soon.yaml", &soon.replace("DAY", &today))]);
    let html = run(&it, "check --format html").out;
    assert!(html.contains("id=remarks") && !html.contains("id=unjudged"), "{html}");
    // A warning of an end has the line of its waiver.
    assert!(run(&it, "check").err.contains("soon.yaml:4: the waiver of privileged ends today"));
    fs::write(it.path().join("bad.yaml"), "services: [\n").unwrap();
    let html = run(&it, "check --format html").out;
    assert!(html.contains("id=unjudged") && html.contains("1 could not be done"), "{html}");
}

#[test]
fn what_counts_is_counted() {
    let it = folder(&[("pod.yaml", INFO)]);
    let info = "--rule service-account-token";
    assert_eq!(run(&it, &format!("check {info}")).code, 0);
    let check = format!("check {info} --min-severity info");
    let ran = run(&it, &check);
    assert!(ran.code == 1 && ran.out.contains("1 finding in"), "{}", ran.out);
    assert!(run(&it, &format!("{check} --format markdown")).out.contains("**1 finding**"));
    assert!(run(&it, &format!("{check} --format html")).out.contains("1 finding to report"));
    assert!(run(&it, &format!("{check} --format junit")).out.contains("failures=\"1\""));
}

#[test]
fn files_that_could_not_be_judged_are_counted_alike_and_told_by_all() {
    let twice = "services:\n  a: {image: x, image: y}\n  b: {image: x, image: y}\n";
    let it = folder(&[
        ("a/compose.yaml", twice),
        ("good.yaml", GOOD),
        ("missing.yaml", "services: [\n"),
    ]);
    let of = |format: &str| run(&it, &format!("check --format {format}")).out;
    assert!(of("text").contains("2 could not be done") && of("json").contains("\"failed\": 2"));
    assert!(of("junit").contains("errors=\"2\""), "{}", of("junit"));
    assert!(
        of("markdown").contains("2 could not be done")
            && of("html").contains("2 could not be done")
    );
    for format in ["gitlab", "rdjson", "github", "sarif"] {
        assert!(
            of(format).contains("a/compose.yaml") && of(format).contains("missing.yaml"),
            "{format}"
        );
    }
}

#[test]
fn a_filter_makes_no_test_pass() {
    let it = folder(&[
        ("weak.yaml", &WEAK.replace("privileged: true # why", "init: true")),
        ("good.yaml", GOOD),
    ]);
    let report = run(&it, "check --min-severity critical --format junit").out;
    assert!(report.contains("skipped=\"1\"") && report.contains("not asked for"), "{report}");
    let good = report.split("<testsuite ").find(|it| it.starts_with("name=\"good.yaml\"")).unwrap();
    assert!(good.contains("skipped=\"0\" errors=\"0\" failures=\"0\""), "{good}");
}

#[test]
fn a_report_in_xml_is_xml_whatever_a_service_is_called() {
    let it = folder(&[("compose.yaml", "services:\n  \"a\\uFFFEb\\uFFFF<&\":\n    image: a\n")]);
    let report = run(&it, "check --format junit").out;
    assert!(!report.contains(['\u{fffe}', '\u{ffff}']) && report.contains("\\u{fffe}"), "{report}");
}

#[cfg(target_os = "linux")]
#[test]
fn paths_that_are_no_text_are_told_to_the_byte() {
    use std::os::unix::ffi::OsStrExt as _;

    let it = folder(&[]);
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
    fs::create_dir(it.path().join(name)).unwrap();
    fs::write(it.path().join(name).join("compose.yaml"), WEAK).unwrap();
    let json = run(&it, "check --format json").out;
    assert_eq!(
        json.matches("\"path\": ").count(),
        json.matches("\"path_bytes\": \"caf%E9/compose.yaml\"").count()
    );
    let sarif = run(&it, "check --format sarif").out;
    assert!(
        sarif.contains("\"uri\": \"caf%E9/compose.yaml\"") && !sarif.contains("%EF%BF%BD"),
        "{sarif}"
    );
    assert!(
        !run(&folder(&[("compose.yaml", WEAK)]), "check --format json").out.contains("path_bytes")
    );
}

#[test]
fn services_get_paths_of_the_folder_that_they_know() {
    let it = folder(&[("a/compose.yaml", WEAK)]);
    let here = it.path().canonicalize().unwrap();
    for format in ["gitlab", "github", "sarif", "rdjson"] {
        let ran = run(&it, &format!("check --format {format} {}/a", here.display()));
        assert!(
            !ran.out.contains(&*here.to_string_lossy()) && ran.out.contains("a/compose.yaml"),
            "{format}: {}",
            ran.out
        );
    }
}

#[test]
fn a_passing_check_tells_nothing_of_what_it_does_not_show() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: example}]}\n";
    let it = folder(&[("pod.yaml", pod), ("compose.yaml", WEAK)]);
    assert_eq!(run(&it, "baseline").code, 0);
    for format in ["text", "full"] {
        let ran = run(&it, &format!("check --baseline casehard-baseline.json --format {format}"));
        assert_eq!(ran.code, 0);
        assert!(
            !ran.out.contains("to make risky fixes likely") && !ran.out.contains("to be sure"),
            "{}",
            ran.out
        );
        assert!(!ran.out.contains("Pod/a: Pod Security"), "{}", ran.out);
        let all = run(&it, &format!("check --format {format}"));
        assert!(all.out.contains("Pod/a: Pod Security"), "{}", all.out);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn help_that_cannot_be_printed_is_a_failure() {
    for arguments in [&["--help"][..], &["--version"], &["check", "--help"], &["help", "fix"]] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = Command::new(cargo_bin("casehard"));
        let output = command.args(arguments).stdin(Stdio::null()).stdout(full).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            output.status.code() == Some(2) && said.contains("no space left"),
            "{arguments:?}: {said}"
        );
        let shown = Command::new(cargo_bin("casehard")).args(arguments).output().unwrap();
        assert!(shown.status.success() && !shown.stdout.is_empty() && shown.stderr.is_empty());
    }
}

#[test]
fn a_run_by_no_rule_is_none() {
    let it = folder(&[("compose.yaml", WEAK), ("off.toml", "[rules]\nprivileged = \"off\"\n")]);
    for arguments in [
        "check --rule privileged --skip privileged",
        "check --rule privileged --config off.toml",
        "fix --diff --rule privileged,-privileged",
        "baseline --rule privileged --skip privileged",
        "posture --rule privileged --skip privileged",
    ] {
        let ran = run(&it, arguments);
        assert!(
            ran.code == 2 && ran.err.contains("no rule is left to judge by"),
            "{arguments}: {}",
            ran.err
        );
    }
}

#[test]
fn a_part_of_a_name_and_a_version_are_told_what_there_is() {
    let it = folder(&[
        ("compose.yaml", "services:\n  web:\n    # casehard: allow root -- x\n    image: a\n"),
        ("new.toml", "kubernetes = \"1.38\"\n"),
    ]);
    for arguments in ["explain root", "explain root*", "check --rule root", "check --skip root"] {
        let ran = run(&it, arguments);
        assert!(
            ran.code == 2 && ran.err.contains("did you mean `root-user` or `root-group`?"),
            "{arguments}: {}",
            ran.err
        );
    }
    assert!(run(&it, "check").out.contains("`root-user` or `root-group`"));
    let none = run(&it, "explain zebra");
    assert!(
        none.err.contains("`casehard rules` lists them") && none.err.len() < 100,
        "{}",
        none.err
    );
    for arguments in [
        "check --kubernetes 1.38",
        "check --kubernetes 1.24",
        "check --kubernetes 1.99",
        "check --config new.toml",
    ] {
        let ran = run(&it, arguments);
        assert!(
            ran.code == 2 && ran.err.contains("known are 1.25 to 1.37"),
            "{arguments}: {}",
            ran.err
        );
    }
}

#[test]
fn the_checklist_goes_where_its_file_says() {
    let it = folder(&[("compose.yaml", WEAK)]);
    for (name, start) in [("p.md", "## "), ("p.JSON", "{\n"), ("p.txt", "compose.yaml:2: ")] {
        assert_eq!(run(&it, &format!("posture --output {name}")).code, 0);
        assert!(read(&it, name).trim_start().starts_with(start), "{name}: {}", read(&it, name));
    }
    let page = run(&it, "posture --output p.html");
    assert!(page.code == 2 && page.err.contains("check --format html"), "{}", page.err);
    let none = run(&it, "posture nothere");
    assert!(none.code == 2 && none.out.is_empty(), "{}", none.out);
    assert!(!run(&it, "posture").out.contains("1 containers"));
}

#[test]
fn what_contradicts_itself_is_refused() {
    let it = folder(&[("compose.yaml", WEAK)]);
    for arguments in ["fix --yes --check", "fix --diff --yes", "fix --diff --check"] {
        let ran = run(&it, arguments);
        assert!(
            ran.code == 2 && ran.err.contains("cannot be used with"),
            "{arguments}: {}",
            ran.err
        );
    }
    assert_eq!(read(&it, "compose.yaml"), WEAK);
}

#[test]
fn a_baseline_says_how_to_live_with_what_cannot_be_judged() {
    let it = folder(&[("compose.yaml", WEAK), ("bad.yaml", "services: [\n")]);
    let ran = run(&it, "baseline");
    assert!(
        ran.code == 2 && ran.err.contains("exclude = [\"...\"] in casehard.toml"),
        "{}",
        ran.err
    );
    fs::write(it.path().join("casehard.toml"), "exclude = [\"bad.yaml\"]\n").unwrap();
    assert_eq!(run(&it, "baseline").code, 0);
    assert_eq!(run(&it, "check --baseline casehard-baseline.json").code, 0);
}
