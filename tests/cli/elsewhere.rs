//! What is written into another file than the one that the finding is in.

use super::{WEAK, folder, read, run};

const BASE: &str = "services:\n  web:\n    image: x\n    privileged: true\n";

#[test]
fn the_file_that_is_written_is_named_where_the_finding_stands_in_another() {
    let it = folder(&[
        (
            "in/compose.yaml",
            "services:\n  web:\n    extends: {file: ../out/c.yaml, service: web}\n",
        ),
        ("in/b.yaml", "services:\n  b:\n    image: x\n    privileged: true\n"),
        ("out/c.yaml", BASE),
    ]);
    let ran = run(&it, "check --format full in --rule privileged");
    for line in [
        "--> out/c.yaml:4:17\n",
        "fix: risky: set privileged to false in in/compose.yaml (nothing",
        "--> in/b.yaml:4:17\n",
        "fix: risky: set privileged to false (nothing",
    ] {
        assert!(ran.out.contains(line), "{line}{}", ran.out);
    }
    let ran = run(&it, "fix in --yes --confidence risky --rule privileged");
    assert!(
        ran.out.contains("service web: set privileged to false in in/compose.yaml"),
        "{}",
        ran.out
    );
    assert!(read(&it, "in/compose.yaml").ends_with("    privileged: false\n"));
    assert_eq!(read(&it, "out/c.yaml"), BASE);
}

#[test]
fn so_it_is_where_an_override_file_says_it() {
    let it = folder(&[
        ("a/compose.yaml", BASE),
        ("a/compose.override.yaml", "services:\n  web:\n    restart: always\n"),
    ]);
    let ran = run(&it, "check --format full a/compose.override.yaml --rule privileged");
    let fix = "fix: risky: set privileged to false in a/compose.override.yaml (nothing";
    assert!(ran.out.contains("--> a/compose.yaml:4:17\n"), "{}", ran.out);
    assert!(ran.out.contains(fix), "{}", ran.out);
}

#[test]
fn what_stands_in_files_that_nobody_named_is_told() {
    let it = folder(&[
        ("compose.yaml", "include:\n  - db.yaml\n"),
        ("compose.override.yaml", WEAK),
        ("db.yaml", &WEAK.replace("web", "db")),
    ]);
    let found = run(&it, "check compose.yaml");
    assert_eq!(found.code, 1, "{}", found.out);
    assert!(found.out.contains("1 finding in 0 containers of 1 file"), "{}", found.out);
    assert!(found.out.contains("it includes db.yaml, which was not named"), "{}", found.out);
    let left =
        "compose.yaml: service web is left alone: in a file that was not named: name that too\n";
    assert!(found.err.contains(left), "{}", found.err);
    let all = run(&it, "check --rule privileged .");
    assert_eq!((all.code, all.err.as_str()), (1, ""), "{}", all.out);
    assert!(all.out.contains("2 findings in 2 containers of 3 files"), "{}", all.out);
}

#[test]
fn the_last_of_many_included_files_is_mended_as_the_first() {
    const MANY: usize = 300;
    let files: Vec<(String, String)> = (0..MANY)
        .map(|it| (format!("s{it}.yaml"), format!("services:\n  s{it}:\n    image: redis:7\n")))
        .collect();
    let all = files.iter().map(|it| format!("  - {}\n", it.0)).collect::<String>();
    let compose = format!("include:\n{all}");
    let mut all: Vec<(&str, &str)> = files.iter().map(|it| (&*it.0, &*it.1)).collect();
    all.push(("compose.yaml", &compose));
    let it = folder(&all);
    let ran = run(&it, &format!("fix --yes --confidence risky s0.yaml s{}.yaml", MANY - 1));
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert_eq!(read(&it, "s299.yaml").replace("s299", "s0"), read(&it, "s0.yaml"));
    assert!(read(&it, "s299.yaml").contains("cap_drop"), "{}", ran.out);
}
