//! `fix --emit override`: the fixes beside the files that they are for.

use std::fs;
use std::process::Command;

use super::{folder, read, run};

const BASE: &str = "\
services:
  agent:
    image: example/agent:1
    privileged: true
    pid: host
    cap_add: [SYS_ADMIN]
    environment:
      - DOCKER_HOST=unix:///var/run/docker.sock
      - A=1
    volumes:
      - /var/run/docker.sock:/var/run/docker.sock
      - ./data:/data
    security_opt:
      - label:type:svirt_apache_t
  db:
    image: postgres:16
";

const OVERRIDE: &str = "\
# Hardens compose.yaml, which stays as it is: Compose merges this file over it.
# Needs Docker Compose 2.24.4 or newer, for `!override`.
services:
  agent:
    privileged: false
    pid: !reset null
    cap_add: !reset null
    environment:
      DOCKER_HOST: \"\"
    volumes: !override
      - ./data:/data
    security_opt:
      - no-new-privileges:true
    cap_drop:
      - ALL
    read_only: true
    tmpfs:
      - /tmp:mode=1777
    user: \"10001:10001\"
  db:
    user: \"999:999\"
    cap_drop:
      - ALL
    security_opt:
      - no-new-privileges:true
    read_only: true
    tmpfs:
      - /var/run/postgresql:uid=999,gid=999,mode=0775
      - /tmp:mode=1777
";

const YES: &str = "fix --yes --confidence risky --emit override";

#[test]
fn the_base_stays_and_base_and_override_are_clean() {
    let it = folder(&[("compose.yaml", BASE)]);
    let ran = run(&it, &format!("{YES} ."));
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(read(&it, "compose.yaml"), BASE);
    assert_eq!(read(&it, "compose.override.yaml"), OVERRIDE);
    assert!(
        ran.err.contains(
            "Docker Compose loads it by itself; `!override` in it needs Docker Compose 2.24.4 or newer; to take it back, remove it"
        ),
        "{}",
        ran.err
    );
    let checked = run(&it, "check .");
    assert_eq!(checked.code, 0, "{}", checked.out);
    for again in [
        YES.to_owned() + " .",
        YES.to_owned() + " compose.yaml",
        "fix --diff --emit override .".to_owned(),
    ] {
        let ran = run(&it, &again);
        assert_eq!(ran.code, 0, "{again}: {}{}", ran.out, ran.err);
        assert_eq!(read(&it, "compose.override.yaml"), OVERRIDE, "{again}");
    }
    assert!(run(&it, "fix --diff --emit override .").out.is_empty());
}

#[test]
fn a_diff_makes_the_file_and_writes_nothing() {
    let it = folder(&[("compose.yaml", BASE)]);
    let ran = run(&it, "fix --diff --confidence risky --emit override .");
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(
        ran.out.starts_with("--- /dev/null\n+++ b/compose.override.yaml\n@@ -0,0 +1,"),
        "{}",
        ran.out
    );
    assert!(!it.path().join("compose.override.yaml").exists());
    fs::write(it.path().join("x.patch"), &ran.out).unwrap();
    let patched =
        Command::new("patch").args(["-p1", "-i", "x.patch"]).current_dir(it.path()).output();
    if patched.is_ok_and(|it| it.status.success()) {
        assert_eq!(read(&it, "compose.override.yaml"), OVERRIDE);
    }
}

/// Files of several names, the override of each, and how it is come by.
#[test]
fn the_name_is_the_one_that_compose_looks_for_or_says_whose_it_is() {
    for (base, name, reach) in [
        ("compose.yml", "compose.override.yaml", "loads it by itself"),
        ("docker-compose.yml", "docker-compose.override.yml", "loads it by itself"),
        (
            "app.yaml",
            "app.override.yaml",
            "use it by `docker compose -f app.yaml -f app.override.yaml`",
        ),
        (
            "docker-compose.prod.yml",
            "docker-compose.prod.override.yml",
            "-f docker-compose.prod.yml -f",
        ),
    ] {
        let it = folder(&[(base, BASE)]);
        let ran = run(&it, &format!("{YES} {base}"));
        assert_eq!(ran.code, 0, "{base}: {}{}", ran.out, ran.err);
        let text = OVERRIDE.replace("compose.yaml", base);
        assert_eq!(read(&it, name), text, "{base}");
        assert!(ran.err.contains(reach), "{base}: {}", ran.err);
        run(&it, &format!("{YES} ."));
        assert_eq!((read(&it, base), read(&it, name)), (BASE.to_owned(), text));
        assert_eq!(fs::read_dir(it.path()).unwrap().count(), 2, "{base}");
    }
    let both = folder(&[("compose.yaml", BASE), ("docker-compose.yml", BASE)]);
    let ran = run(&both, &format!("{YES} docker-compose.yml"));
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(
        ran.err.contains("over compose.yaml, which comes first in this folder: name another file"),
        "{}",
        ran.err
    );
}

#[test]
fn an_override_that_is_there_is_added_to() {
    let own =
        "# ours\nservices:\n  db:   # the data\n    cap_add: [CHOWN]\n    restart: always # why\n";
    let it = folder(&[
        ("docker-compose.yml", "services:\n  db:\n    image: postgres:16\n"),
        ("compose.override.yml", own),
    ]);
    let ran = run(&it, &format!("{YES} docker-compose.yml"));
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(!ran.err.contains("needs Docker Compose"), "{}", ran.err);
    let text = read(&it, "compose.override.yml");
    assert!(text.starts_with("# ours\nservices:\n  db:   # the data\n"), "{text}");
    assert!(text.contains("    restart: always # why\n    user: \"999:999\"\n"), "{text}");
    assert_eq!(run(&it, "check docker-compose.yml compose.override.yml").code, 0);
    let told = run(&it, &format!("{YES} ."));
    assert!(told.out.contains("0 findings fixed"), "{}", told.out);
    assert_eq!(read(&it, "compose.override.yml"), text);
    assert_eq!(run(&it, "undo").code, 0);
    assert_eq!(read(&it, "compose.override.yml"), own);
}

#[test]
fn another_file_is_named_for_one_project_alone() {
    let it = folder(&[("a/compose.yaml", BASE), ("b/compose.yaml", BASE)]);
    let ran = run(&it, &format!("{YES} --emit-to hard.yaml ."));
    assert_eq!(
        (ran.code, ran.err.contains("2 Compose projects: name the files of one")),
        (2, true),
        "{}",
        ran.err
    );
    let ran = run(&it, &format!("{YES} --emit-to hard.yaml a"));
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("docker compose -f a/compose.yaml -f hard.yaml"), "{}", ran.err);
    assert_eq!(read(&it, "hard.yaml"), OVERRIDE);
    let ran = run(&it, &format!("{YES} --emit-to b/compose.yaml b"));
    assert!(
        ran.code == 2 && ran.err.contains("written over the file that it is for"),
        "{}",
        ran.err
    );
    assert_eq!(read(&it, "b/compose.yaml"), BASE);
}

#[test]
fn what_cannot_have_an_override_says_why_with_its_place() {
    let gone = "services:\n  db:\n    read_only: true\n  web:\n    read_only: true\n";
    let moved = folder(&[
        ("compose.yaml", "services:\n  db:\n    image: postgres:16\n"),
        ("compose.override.yaml", gone),
    ]);
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a}]}\n";
    let others = folder(&[
        ("pod.yaml", pod),
        ("compose.override.yaml", gone),
        ("bad/compose.yaml", BASE),
        ("bad/compose.override.yaml", "services: [\n"),
        ("good/compose.yaml", BASE),
    ]);
    for (it, path, message) in [
        (
            &moved,
            ".",
            "compose.override.yaml:4:3: service web is in no other file of the project (compose.yaml)",
        ),
        (
            &others,
            "pod.yaml",
            "pod.yaml: a Kubernetes manifest, for which there is no override file",
        ),
        (
            &others,
            "compose.override.yaml",
            "compose.override.yaml:2:3: an override of services that no file has",
        ),
        (&others, "bad/compose.yaml", "bad/compose.override.yaml:2:1: not YAML"),
        (&others, "-", "--emit needs files"),
    ] {
        let ran = run(it, &format!("{YES} {path}"));
        assert_eq!(ran.code, 2, "{path}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(message), "{path}: {}", ran.err);
    }
    assert_eq!(read(&moved, "compose.override.yaml"), gone);
    // The others of a run are done.
    assert_eq!(run(&others, &format!("{YES} .")).code, 2);
    assert_eq!(read(&others, "good/compose.override.yaml"), OVERRIDE);
}

#[test]
fn what_an_override_cannot_say_is_refused_and_the_rest_is_written() {
    let included = "services:\n  b:\n    image: y\n    volumes: [./data:/data, /var/run/docker.sock:/var/run/docker.sock]\n";
    let it = folder(&[
        ("compose.yaml", "include: [sub/part.yaml]\nservices:\n  a: {image: x}\n"),
        ("sub/part.yaml", included),
    ]);
    let ran = run(&it, &format!("{YES} ."));
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("runtime-socket is refused: an override would have to say `./data:/data` of sub/part.yaml again"), "{}", ran.out);
    let text = read(&it, "compose.override.yaml");
    assert!(text.contains("  b:\n    cap_drop:") && !text.contains("volumes"), "{text}");
    assert!(!it.path().join("sub/part.override.yaml").exists());

    let swarm = "services:\n  a:\n    image: x\n    pid: host\n    configs: [c]\nconfigs:\n  c:\n    external: true\n";
    let it = folder(&[("stack.yaml", swarm)]);
    let ran = run(&it, &format!("{YES} ."));
    assert!(
        ran.out.contains(
            "host-pid is refused: `docker stack deploy` cannot take away `services.a.pid`"
        ),
        "{}{}",
        ran.out,
        ran.err
    );
    assert!(!read(&it, "stack.override.yaml").contains('!'));
}

#[test]
fn a_service_that_is_an_alias_there_is_refused_and_the_others_are_written() {
    let own = "x-h: &h {restart: always}\nservices:\n  agent: *h\n  db:\n    <<: *h\n";
    let it = folder(&[("compose.yaml", BASE), ("compose.override.yaml", own)]);
    let ran = run(&it, &format!("{YES} ."));
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let why = "service agent: privileged is refused: compose.override.yaml:3: the place is shared through an alias";
    assert!(ran.out.contains(why), "{}", ran.out);
    let text = read(&it, "compose.override.yaml");
    assert!(text.starts_with(own) && text.contains("  db:\n    <<: *h\n    user: "), "{text}");
}

#[test]
fn reports_tell_of_the_override() {
    let it = folder(&[("compose.yaml", BASE)]);
    for format in ["json", "sarif", "html", "markdown", "full"] {
        let ran =
            run(&it, &format!("fix --diff --confidence risky --emit override --format {format} ."));
        assert_eq!(ran.code, 1, "{format}: {}", ran.err);
        assert!(ran.out.contains("compose.override.yaml"), "{format}");
    }
}

/// What the command refuses, and that nothing changed then.
#[track_caller]
fn is_refused(files: &[(&str, &str)], words: &str, why: &str) {
    let it = folder(files);
    let ran = run(&it, &format!("{YES} {words}"));
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains(why), "{}", ran.err);
    for (name, text) in files {
        assert_eq!(read(&it, name), *text, "{name}");
    }
}

#[test]
fn what_the_project_reads_and_what_is_no_compose_file_takes_no_fixes() {
    let extends = "services:\n  web:\n    extends: {file: base.yaml, service: b}\n";
    let base = "services:\n  b:\n    image: nginx\n    privileged: true\n";
    let files = [("compose.yaml", extends), ("base.yaml", base)];
    is_refused(&files, "--emit-to base.yaml compose.yaml", "the project reads this file");
    let package =
        [("compose.yaml", BASE), ("package.json", "{\"name\": \"x\", \"scripts\": {}}\n")];
    is_refused(&package, "--emit-to package.json compose.yaml", "no Compose file");
    let words = [("compose.yaml", BASE), ("list.yaml", "# hello\n- a\n")];
    is_refused(&words, "--emit-to list.yaml compose.yaml", "list.yaml");
    is_refused(&[("compose.yaml", BASE)], "--emit-to - compose.yaml", "name one by --emit-to");
}

#[cfg(unix)]
#[test]
fn a_link_to_the_base_is_the_base() {
    let it = folder(&[("compose.yaml", BASE)]);
    std::os::unix::fs::symlink("compose.yaml", it.path().join("compose.override.yaml")).unwrap();
    let ran = run(&it, &format!("{YES} compose.yaml"));
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert_eq!(read(&it, "compose.yaml"), BASE);
}

#[test]
fn what_another_project_includes_has_an_override_of_its_own_where_it_is_asked_for_alone() {
    let part = "services:\n  db:\n    image: postgres:16\n";
    let it = folder(&[("compose.yaml", "include: [s/compose.yaml]\n"), ("s/compose.yaml", part)]);
    let ran = run(&it, &format!("{YES} s/compose.yaml"));
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(read(&it, "s/compose.override.yaml").contains("read_only: true"));
}

#[test]
fn lists_of_an_override_stay_as_they_are_written() {
    let own = "\
services:
  agent:
    volumes:
      # our data, do not remove
      - type: bind
        source: ./b   # on the SSD
        target: /b
    security_opt: [ \"label=type:x\" ] # policy 7
";
    let it = folder(&[("compose.yaml", BASE), ("compose.override.yaml", own)]);
    let ran = run(&it, &format!("{YES} ."));
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let text = read(&it, "compose.override.yaml");
    let kept = "    volumes: !override
      # our data, do not remove
      - type: bind
        source: ./b   # on the SSD
        target: /b
      - ./data:/data
    security_opt: [ \"label=type:x\", \"no-new-privileges:true\" ] # policy 7
";
    assert!(text.contains(kept), "{text}");
}

#[test]
fn memory_with_other_options_takes_the_place_of_what_was_there() {
    let base = "services:\n  db:\n    image: postgres:16\n    tmpfs: [/tmp, \"/run:size=1m\"]\n";
    let it = folder(&[("compose.yaml", base)]);
    let ran = run(&it, &format!("{YES} ."));
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let text = read(&it, "compose.override.yaml");
    assert!(text.contains("    tmpfs: !override\n"), "{text}");
    let again = run(&it, &format!("{YES} ."));
    assert_eq!(again.code, 0, "{}{}", again.out, again.err);
    assert_eq!(read(&it, "compose.override.yaml"), text);
}

/// What the first run leaves, the second one cannot mend: nothing is left for it.
#[track_caller]
fn ends_at_once(files: &[(&str, &str)], words: &str) {
    let it = folder(files);
    run(&it, &format!("{YES} {words}"));
    let names = ["compose.yaml", "compose.override.yaml", "out/o.yaml"];
    let texts = || names.map(|name| fs::read_to_string(it.path().join(name)).ok());
    let first = texts();
    let again = run(&it, &format!("{YES} {words}"));
    assert!(again.code < 2, "{}{}", again.out, again.err);
    assert_eq!(texts(), first, "{}", again.out);
}

#[test]
fn a_second_run_has_nothing_to_do() {
    let base = "services:\n  db: {image: traefik, cap_add: [NET_ADMIN, CHOWN]}\n";
    let own = "services:\n  db: {security_opt: [\"seccomp:unconfined\"]}\n";
    ends_at_once(&[("compose.yaml", base), ("compose.override.yaml", own)], ".");
    let base = "services:\n  web: {image: node:20, cap_add: [SYS_ADMIN, NET_BIND_SERVICE]}\n";
    let own = "services:\n  web: {image: redis}\n";
    ends_at_once(&[("compose.yaml", base), ("compose.override.yaml", own)], ".");
    ends_at_once(&[("compose.yaml", BASE), ("out/.keep", "")], "--emit-to out/o.yaml .");
}
