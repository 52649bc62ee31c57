//! Files of thousands of services, in shapes that once took the square of their number: mended, proven, and left alone by
//! a second run. Nothing is timed: what grows too fast is felt, and the benchmarks say how fast it is.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use casehard::batch::Batch;
use casehard::cli::{Cli, Command};
use casehard::evidence::Stance;
use casehard::finding::Confidence;
use casehard::mend::Policy;
use casehard::plan::accept;
use clap::Parser as _;

fn policy() -> Policy {
    let Command::Fix(args) = Cli::parse_from(["casehard", "fix", "--yes", "-"]).command else {
        panic!("the arguments are those of fix");
    };
    casehard::run::policy(&args.inputs, Stance::Strict).unwrap()
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
    let shown = |it| casehard::report::text::finding(&project.files, it, None).as_str().len();
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
