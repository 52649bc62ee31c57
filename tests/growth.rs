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
