//! Files of thousands of services, in shapes that once took the square of their number: mended, proven, and left alone by
//! a second run. Nothing is timed: what grows too fast is felt, and the benchmarks say how fast it is.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use casehard::batch::Batch;
use casehard::cli::{Cli, Command};
use casehard::finding::Confidence;
use casehard::mend::Policy;
use casehard::plan::accept;
use clap::Parser as _;

fn policy() -> Policy {
    let Command::Fix(args) = Cli::parse_from(["casehard", "fix", "--yes", "-"]).command else {
        panic!("the arguments are those of fix");
    };
    casehard::commands::policy(&args.inputs, Confidence::Risky).unwrap()
}

/// The text after every fix, and how many fixes there were.
fn mended(policy: &Policy, text: &str) -> (String, usize) {
    let mut batch = Batch::stream(text.as_bytes());
    assert_eq!(batch.projects.len(), 1, "it is one project");
    let mut all = batch.mend(policy, |found| accept(found, Confidence::Risky));
    let mended = all.remove(0).unwrap_or_else(|it| panic!("not proven: {}", it.message));
    (mended.files[0].tree.text().to_owned(), mended.fixed.len())
}

#[track_caller]
fn check(count: usize, text: &str) {
    let policy = policy();
    let (once, fixes) = mended(&policy, text);
    assert!(fixes >= count, "{fixes} fixes of {count} containers");
    let (twice, fixes) = mended(&policy, &once);
    assert_eq!((twice == once, fixes), (true, 0), "a second run changes nothing");
}

fn services(count: usize, lines: impl Fn(usize) -> String) -> String {
    let service = |it: usize| format!("  s{it}:\n    {}\n", lines(it).replace('\n', "\n    "));
    format!("services:\n{}", (0..count).map(service).collect::<String>())
}

#[test]
fn services_share_a_fragment() {
    let fragment =
        "x-common: &common\n  image: example\n  privileged: true\n  cap_add: [SYS_ADMIN]\n";
    let own = services(2_000, |it| format!("<<: *common\nhostname: h{it}"));
    check(2_000, &format!("{fragment}{own}"));
}

#[test]
fn services_merge_another_one() {
    let own = services(1_000, |it| format!("<<: *base\nhostname: h{it}"));
    let base = "services:\n  base: &base\n    image: example\n    privileged: true\n";
    check(1_000, &own.replacen("services:\n", base, 1));
}

#[test]
fn services_extend_one_that_stands_last() {
    let own = services(2_000, |it| format!("extends: {{service: base}}\nhostname: h{it}"));
    check(2_000, &format!("{own}  base:\n    image: example\n    privileged: true\n"));
}

#[test]
fn services_extend_each_other_in_a_chain() {
    let text = services(1_000, |it| match it {
        0 => "image: example".to_owned(),
        _ => format!("extends: {{service: s{}}}\nimage: example", it - 1),
    });
    mended(&policy(), &text);
}

#[test]
fn a_pod_has_hundreds_of_containers_and_volumes() {
    let containers = (0..400).map(|it| {
        format!("    - name: c{it}\n      image: example\n      volumeMounts: [{{name: v{it}, mountPath: /x}}]\n")
    });
    let volumes = (0..400).map(|it| format!("    - name: v{it}\n      emptyDir: {{}}\n"));
    let text = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  containers:\n{}  volumes:\n{}",
        containers.collect::<String>(),
        volumes.collect::<String>()
    );
    check(400, &text);
}

/// One service with so many items of a list.
fn items(count: usize, key: &str, item: impl Fn(usize) -> String) -> String {
    let items: String = (0..count).map(|it| format!("      - {}\n", item(it))).collect();
    format!("services:\n  a:\n    image: example\n    {key}:\n{items}")
}

#[test]
fn services_stand_in_one_flow_line() {
    let own: Vec<String> =
        (0..1_000).map(|it| format!("s{it}: {{image: x, privileged: true}}")).collect();
    check(1_000, &format!("services: {{{}}}\n", own.join(", ")));
}

#[test]
fn findings_of_one_long_line_show_a_part_of_it() {
    let own: Vec<String> =
        (0..1_000).map(|it| format!("s{it}: {{image: x, privileged: true}}")).collect();
    let text = format!("services: {{{}}}\n", own.join(", "));
    let batch = Batch::stream(text.as_bytes());
    let project = &batch.projects[0];
    let analysis = casehard::mend::analyse(&project.files, &project.members, &policy());
    let shown = |it| casehard::report::full::finding(&project.files[0], it, None).as_str().len();
    assert!(analysis.judged.open.iter().map(shown).max() < Some(3_000), "not the whole line");
}

#[test]
fn a_service_has_thousands_of_items() {
    check(5_000, &items(5_000, "devices", |it| format!("/dev/x{it}")));
    check(1, &items(20_000, "volumes", |it| format!("v{it}:/d{it}")));
    check(1, &items(20_000, "environment", |it| format!("E{it}=1")));
    check(1, &items(5_000, "cap_add", |it| format!("CAP{it}")));
    check(1, &items(5_000, "tmpfs", |it| format!("/t{it}")));
}

#[test]
fn thousands_of_services_say_something_of_their_own_in_the_report() {
    let own = |it: usize| format!("image: example/i{it}\nvolumes: [\"/var/run/docker.sock:/s\"]");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("compose.yaml");
    std::fs::write(&path, services(4_000, own)).unwrap();
    let mut command = assert_cmd::Command::cargo_bin("casehard").unwrap();
    let output = command.arg("check").arg(&path).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.matches("holds a runtime socket").count(), 4_000, "each is told of");
}

#[test]
fn services_merge_thousands_of_keys() {
    let keys: String = (0..1_000).map(|it| format!("  x-{it}: 1\n")).collect();
    let own = services(1_000, |it| format!("<<: *common\nimage: example\nhostname: h{it}"));
    check(1_000, &format!("x-common: &common\n{keys}{own}"));
}

#[test]
fn services_merge_each_other_in_a_chain() {
    let own = services(200, |it| format!("<<: *s{}\nimage: example", it.max(1) - 1));
    let own = own.lines().enumerate().map(|(number, line)| match line.strip_suffix(':') {
        Some(name) if number > 0 => format!("{line} &{}\n", name.trim()),
        _ => format!("{line}\n"),
    });
    let text: String = own.collect();
    mended(&policy(), &text.replacen("    <<: *s0\n", "", 1));
}

#[test]
fn a_pod_has_thousands_of_containers() {
    let containers = (0..1_000).map(|it| format!("    - {{name: c{it}, image: example}}\n"));
    let text = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  containers:\n{}",
        containers.collect::<String>()
    );
    check(1_000, &text);
}

#[test]
fn services_share_hundreds_of_variables() {
    let keys: String = (0..300).map(|it| format!("      K{it}: v{it}\n")).collect();
    let base = format!("services:\n  base:\n    image: example\n    environment:\n{keys}");
    let heirs = services(300, |it| format!("extends: base\nhostname: h{it}"));
    check(300, &heirs.replacen("services:\n", &base, 1));
    let fragment = format!("x-common: &common\n    image: example\n    environment:\n{keys}");
    let merged = services(300, |it| format!("<<: *common\nhostname: h{it}"));
    check(300, &format!("{fragment}{merged}"));
    let list = format!("x-common: &common\n{keys}");
    let aliased = services(300, |_| "image: example\nenvironment: *common".to_owned());
    check(300, &format!("{list}{aliased}"));
}

#[test]
fn a_list_says_the_same_thousands_of_times() {
    check(3_000, &items(3_000, "tmpfs", |_| "/x".to_owned()));
    check(3_000, &items(3_000, "volumes", |_| "/var/run/docker.sock:/x".to_owned()));
}

#[test]
fn the_containers_of_a_pod_share_a_socket() {
    let containers = (0..1_000).map(|it| {
        format!(
            "    - {{name: c{it}, image: example, volumeMounts: [{{name: v, mountPath: /x}}]}}\n"
        )
    });
    let text = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  containers:\n{}  volumes:\n    - {{name: v, hostPath: {{path: /var/run/docker.sock}}}}\n",
        containers.collect::<String>()
    );
    check(1_000, &text);
}

/// How many containers a folder of files holds, each counted where it is judged.
fn judged(files: impl Iterator<Item = (String, String)>) -> usize {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let policy = policy();
    let batch = Batch::read(&[folder.path().to_owned()]);
    let analyse = |it: &casehard::batch::Project| {
        casehard::mend::analyse(&it.files, &it.members, &policy).containers
    };
    batch.projects.iter().map(analyse).sum()
}

#[test]
fn hundreds_of_files_say_more_of_one() {
    let base = ("compose.yaml".to_owned(), services(300, |_| "image: example".to_owned()));
    let more = (0..150).map(|it| {
        (format!("compose.o{it}.yaml"), "services: {s1: {privileged: true}}\n".to_owned())
    });
    assert_eq!(judged(std::iter::once(base).chain(more)), 300 + 150);
}

#[test]
fn files_that_one_includes_by_the_hundred_are_mended() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..150).map(|it| format!("i{it}.yaml")).collect();
    let whole = format!("include: [{}]\n{}", names.join(", "), services(1, |_| "image: a".into()));
    std::fs::write(folder.path().join("compose.yaml"), whole).unwrap();
    for (number, name) in names.iter().enumerate() {
        let text = format!("services: {{a{number}: {{image: example, privileged: true}}}}\n");
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let mut batch = Batch::read(&[folder.path().to_owned()]);
    let all = batch.mend(&policy(), |found| accept(found, Confidence::Risky));
    let changed: usize = all.iter().flatten().map(|it| it.changed.len()).sum();
    assert_eq!((all.len(), changed), (1, 151), "each has fixes, and all are proven at once");
}

#[test]
fn a_file_includes_hundreds() {
    let names: Vec<String> = (0..150).map(|it| format!("i{it}.yaml")).collect();
    let own = services(300, |_| "image: example".to_owned());
    let whole = ("compose.yaml".to_owned(), format!("include: [{}]\n{own}", names.join(", ")));
    let parts = names.iter().enumerate().map(|(number, name)| {
        (name.clone(), format!("services: {{a{number}: {{image: example}}}}\n"))
    });
    assert_eq!(judged(std::iter::once(whole).chain(parts)), 300 + 150);
}
