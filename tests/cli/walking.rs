//! What is judged of a folder, what is passed over, and what is said of it.

use super::{GOOD, WEAK, folder, read, run, run_with};

#[test]
fn folders_are_walked_as_git_sees_them() {
    let it = folder(&[
        (".gitignore", "ignored/\n"),
        ("ignored/compose.yaml", WEAK),
        ("node_modules/x/compose.yaml", WEAK),
        ("a/compose.yaml", GOOD),
        ("a/notes.txt", WEAK),
        ("a/other.yaml", "hello: world\n"),
        ("chart/templates/x.yaml", "kind: {{ .x }}\n"),
        ("chart/compose.yaml", "services:\n  a: {{ .x }}\n"),
    ]);
    let ran = run(&it, "check");
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert_eq!(
        ran.out,
        "0 findings in 1 container of 1 file, passed over: 2 other files, 1 template, 1 ignored by git, \
         1 folder of dependencies or caches\n"
    );
    let ran = run(&it, "check -v");
    for line in [
        "a/other.yaml: passed over: neither a Compose file nor a Kubernetes manifest\n",
        "chart/compose.yaml: passed over: a template, not yet YAML\n",
        "ignored: passed over: ignored by git\n",
        "node_modules: passed over: a folder of what tools fetch or make: name it to judge it\n",
    ] {
        assert!(ran.err.contains(line), "{line}{}", ran.err);
    }
    assert_eq!(run(&it, "check node_modules").code, 1);
}

#[test]
fn weaknesses_in_hidden_folders_are_found_and_mended() {
    let it = folder(&[(".devcontainer/docker-compose.yml", WEAK)]);
    let ran = run(&it, "check --format full --rule privileged");
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("--> .devcontainer/docker-compose.yml:4:17"), "{}", ran.out);
    run(&it, "fix --yes --confidence risky --rule privileged");
    assert!(read(&it, ".devcontainer/docker-compose.yml").contains("privileged: false # why"));
}

#[test]
fn files_of_other_tools_with_services_in_them_are_left_alone() {
    let service = "services:\n  db:\n    image: postgres:16\n    privileged: true\n";
    let it = folder(&[
        (".woodpecker.yml", &format!("steps:\n  test: {{image: golang}}\n{service}")),
        (".drone.yml", &format!("pipeline:\n  test: {{image: golang}}\n{service}")),
        (".lando.yml", &format!("name: x\n{service}")),
        (".gitlab-ci.yml", "stages: [test]\nservices: [postgres:16]\n"),
        (".github/workflows/ci.yml", "on: push\njobs: {a: {services: {db: {image: x}}}}\n"),
        (".stack.yml", service),
    ]);
    let ran = run(&it, "check --rule privileged");
    assert!(
        ran.out.contains("1 finding in 1 container of 1 file, passed over: 5 other files"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains(".stack.yml:2: service db (postgres:16)")
            && ran.out.contains(":4 critical privileged"),
        "{}",
        ran.out
    );
}

#[cfg(unix)]
#[test]
fn a_link_to_a_compose_file_is_judged_and_stays_a_link() {
    let it = folder(&[("shared/prod", WEAK), ("app/x.txt", "")]);
    let link = it.path().join("app/compose.yaml");
    std::os::unix::fs::symlink("../shared/prod", &link).unwrap();
    assert_eq!(run(&it, "check app").code, 2, "its target was not named");
    let ran = run(&it, "fix --yes --confidence risky --rule privileged");
    assert!(ran.out.contains("1 finding fixed in 1 file"), "{}{}", ran.out, ran.err);
    assert!(link.is_symlink());
    assert!(read(&it, "shared/prod").contains("privileged: false # why"));
    // It is judged by the name that Compose finds, with what Compose merges there.
    std::fs::rename(it.path().join("shared/prod"), it.path().join("shared/prod.yaml")).unwrap();
    std::fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink("../shared/prod.yaml", &link).unwrap();
    std::fs::write(it.path().join("shared/prod.yaml"), WEAK).unwrap();
    let hidden = "services: {web: {privileged: false}}\n";
    std::fs::write(it.path().join("app/compose.override.yaml"), hidden).unwrap();
    let ran = run(&it, "check --rule privileged");
    assert_eq!(ran.out, "0 findings in 1 container of 2 files\n");
}

#[test]
fn nothing_to_judge_is_told_and_fails() {
    let it = folder(&[
        ("none/other.yaml", "hello: world\n"),
        ("empty.yaml", "# nothing yet\n"),
        ("blank.yaml", ""),
        ("fragment.yaml", "volumes:\n  data: {}\n"),
        ("services.yaml", "services: {}\n"),
        ("compose.yaml", "services: {}\n"),
        ("map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"),
        ("skipped/compose.yaml", "services: {a: {image: x, platform: windows/amd64}}\n"),
    ]);
    // What is one of ours is judged, whatever it holds.
    for (file, code) in [
        ("none", 2),
        ("empty.yaml", 2),
        ("blank.yaml", 2),
        ("fragment.yaml", 2),
        ("compose.yaml", 0),
        ("map.yaml", 0),
        ("skipped", 0),
        ("none map.yaml", 0),
        ("none missing.yaml", 2),
    ] {
        for command in ["check", "fix --yes", "fix --diff", "fix --check"] {
            let ran = run(&it, &format!("{command} {file}"));
            assert_eq!(ran.code, code, "{command} {file}: {}{}", ran.out, ran.err);
            let told = ran.err.starts_with("casehard: nothing to judge in ");
            assert_eq!(told, code == 2 && !file.contains("missing"), "{file}: {}", ran.err);
        }
    }
    let ran = run(&it, "check none");
    assert_eq!(
        ran.err,
        "casehard: nothing to judge in none: no Compose file, no Kubernetes manifest, no command that makes a container (passed over: 1 other file; -v \
         names them): name one, or give --allow-empty if that is all right\n"
    );
    assert_eq!(ran.out, "");
    let ran = run(&it, "check none --allow-empty");
    let nothing = "0 findings in 0 containers of 0 files, passed over: 1 other file\n";
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, nothing, ""));
    assert_eq!(run(&it, "fix --yes none --allow-empty").code, 0);
    // A filter passes on what is none of ours.
    assert_eq!(run_with(it.path(), "check -", "hello: world\n").code, 2);
    let ran = run_with(it.path(), "check --allow-empty -", "hello: world\n");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ran = run_with(it.path(), "fix -", "hello: world\n");
    assert_eq!((ran.code, ran.out.as_str()), (0, "hello: world\n"));
}

#[test]
fn what_is_excluded_is_passed_over() {
    let it = folder(&[
        ("casehard.toml", "exclude = [\"fixtures\", \"deploy/old/*.yaml\"]\n"),
        ("compose.yaml", GOOD),
        ("a/fixtures/compose.yaml", WEAK),
        ("deploy/old/compose.yaml", WEAK),
        ("deploy/gen/compose.yaml", WEAK),
    ]);
    let ran = run(&it, "check --exclude deploy/gen -v");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("of 1 file, passed over: 3 excluded"), "{}", ran.out);
    for line in [
        "a/fixtures: passed over: excluded by `fixtures`\n",
        "deploy/old/compose.yaml: passed over: excluded by `deploy/old/*.yaml`\n",
        "deploy/gen: passed over: excluded by `deploy/gen`\n",
    ] {
        assert!(ran.err.contains(line), "{}", ran.err);
    }
    // The command line is relative to the current folder, the configuration to its own.
    let inside = run_with(&it.path().join("deploy"), "check --exclude gen", "");
    assert_eq!(inside.code, 2, "{}{}", inside.out, inside.err);
    assert!(inside.err.contains("passed over: 2 excluded"), "{}", inside.err);
}

#[test]
fn patterns_hold_where_the_configuration_is_named() {
    let allow = "[[allow]]\nrule = \"privileged\"\npath = \"b/*\"\nreason = \"the agent\"\n";
    let it = folder(&[
        ("own.toml", &format!("exclude = [\"a\"]\n{allow}")),
        ("a/compose.yaml", WEAK),
        ("b/compose.yaml", WEAK),
    ]);
    let ran = run(&it, "check --rule privileged --config own.toml");
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert!(ran.out.contains("1 waived, passed over: 1 excluded"), "{}", ran.out);
    for path in ["..", "../b ../a --force-exclude"] {
        let arguments = format!("check --rule privileged --config ../own.toml {path}");
        let ran = run_with(&it.path().join("b"), &arguments, "");
        assert!(ran.out.contains("1 waived, passed over: 1 excluded"), "{path}: {}", ran.out);
    }
    let ran = run_with(&it.path().join("b"), "check --rule privileged --config ../own.toml .", "");
    assert!(ran.out.contains("1 waived"), "{}", ran.out);
}

#[test]
fn one_configuration_holds_and_others_are_told_of() {
    let off = "[rules]\nprivileged = \"off\"\n";
    let it = folder(&[
        ("a/.git/HEAD", ""),
        ("a/compose.yaml", WEAK),
        ("b/casehard.toml", off),
        ("b/compose.yaml", WEAK),
        ("c/casehard.toml", off),
        ("c/compose.yaml", WEAK),
    ]);
    let check = |paths: &str| run(&it, &format!("check --rule privileged {paths}"));
    let none = "not read: a has none, which holds for all that is named";
    for paths in ["a b c", "a b/compose.yaml c/compose.yaml"] {
        let ran = check(paths);
        assert_eq!(ran.code, 1, "{}", ran.out);
        let told: Vec<&str> = ran.err.lines().filter(|it| it.contains("not read")).collect();
        assert_eq!(told.len(), 2, "{paths}: {}", ran.err);
        let each = told.iter().zip(["b/casehard.toml: ", "c/casehard.toml: "]);
        each.for_each(|(line, file)| assert!(line.contains(&format!("{file}{none}")), "{line}"));
    }
    let ran = check("b a c");
    let first = "c/casehard.toml: not read: b/casehard.toml holds for all that is named";
    assert!(ran.err.contains(first), "{}", ran.err);
    assert_eq!(ran.err.matches("not read").count(), 1, "{}", ran.err);
    for quiet in ["b b/compose.yaml", "b a --config b/casehard.toml", "a"] {
        assert!(!check(quiet).err.contains("not read"), "{quiet}: {}", check(quiet).err);
    }
}

#[test]
fn what_is_named_is_judged_unless_a_tool_names_it() {
    let it = folder(&[
        ("casehard.toml", "exclude = [\"fixtures/**\"]\n"),
        ("fixtures/compose.yaml", WEAK),
        ("compose.yaml", GOOD),
    ]);
    assert_eq!(run(&it, "check fixtures/compose.yaml").code, 1);
    assert_eq!(run(&it, "check fixtures").code, 1);
    assert_eq!(run(&it, "check fixtures/compose.yaml --force-exclude").code, 2);
    let hook = "check --force-exclude --allow-empty";
    assert_eq!(run(&it, &format!("{hook} fixtures/compose.yaml")).code, 0);
    let ran = run(&it, &format!("{hook} fixtures/compose.yaml compose.yaml"));
    assert!(ran.out.contains("of 1 file, passed over: 1 excluded"), "{}", ran.out);
}

#[test]
fn a_tool_may_name_files_that_are_neither() {
    let it = folder(&[
        ("compose.yaml", WEAK),
        ("broken.yaml", "services:\n  web:\n    image: [\n"),
        ("unrelated.yaml", "on: push\n"),
        ("package.json", "{}\n"),
    ]);
    for (files, own, tool) in [
        ("unrelated.yaml package.json", 2, 0),
        ("compose.yaml unrelated.yaml", 2, 1),
        ("broken.yaml unrelated.yaml", 2, 2),
        ("missing.yaml", 2, 2),
    ] {
        let command = format!("check --allow-empty {files}");
        assert_eq!(run(&it, &command).code, own, "{files}");
        assert_eq!(run(&it, &format!("{command} --force-exclude")).code, tool, "{files}");
    }
}

#[test]
fn a_pattern_that_is_none_is_told_with_its_place() {
    for (pattern, why) in
        [("../a", "leads out of the folder"), ("a[", "is not a pattern"), ("", "matches nothing")]
    {
        let config = format!("user = \"5:5\"\nexclude = [\"a\", \"{pattern}\"]\n");
        let it = folder(&[("casehard.toml", &config), ("compose.yaml", GOOD)]);
        let ran = run(&it, "check");
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains("casehard.toml:2:17: ") && ran.err.contains(why), "{}", ran.err);
    }
    let it = folder(&[("compose.yaml", GOOD)]);
    let ran = run(&it, "check --exclude ../a");
    assert!(ran.code == 2 && ran.err.contains("leads out of the folder"), "{}", ran.err);
}

#[test]
fn what_would_make_fixes_likely_is_said_once_for_all_files() {
    let it = folder(&[("a.yaml", WEAK), ("b.yaml", WEAK)]);
    let ran = run(&it, "check a.yaml b.yaml");
    assert_eq!(ran.out.matches("  2 containers: nothing is known of ").count(), 1, "{}", ran.out);
    let ran = run(&it, "check --format full a.yaml b.yaml");
    assert_eq!(ran.out.matches("to be sure: service web: ").count(), 1, "{}", ran.out);
    assert_eq!(ran.out.matches("[privileged]").count(), 2, "{}", ran.out);
}
