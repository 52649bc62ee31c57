//! Files that a Compose file in a folder above puts together: what is written has to serve that one as well.

use crate::{folder, read, run, run_with};

const BASE: &str = "services:\n  web:\n    image: nginx:1.27\n";

/// Mends one file, however it is named, and wants no tmpfs where a file above mounts something else.
#[track_caller]
fn check(above: &[(&str, &str)]) {
    let files = [above, &[("repo/.git/HEAD", ""), ("repo/s/base.yaml", BASE)]].concat();
    let ways = [("repo", "s/base.yaml"), ("repo", "s"), ("repo/s", "base.yaml"), ("repo/s", ".")];
    for (from, name) in ways.into_iter().chain([("", "repo/s"), ("repo/s", "../s")]) {
        let it = folder(&files);
        let ran = run_with(&it.path().join(from), &format!("fix --yes {name}"), "");
        let text = read(&it, "repo/s/base.yaml");
        assert!(text.contains("no-new-privileges"), "{from} {name}: {}", ran.err);
        assert!(!text.contains("/var/cache/nginx"), "{from} {name}: {text}");
    }
    let it = folder(&files);
    let ran = run(&it, &format!("fix --yes {}/repo/s", it.path().display()));
    assert!(!read(&it, "repo/s/base.yaml").contains("/var/cache/nginx"), "{}", ran.err);
}

#[test]
fn a_service_above_extends_one() {
    check(&[(
        "repo/compose.yaml",
        "services:\n  own:\n    extends:\n      file: s/base.yaml\n      service: web\n    volumes:\n      - ./c:/var/cache/nginx\n",
    )]);
}

#[test]
fn a_file_above_includes_it() {
    let mounts = "services:\n  web:\n    volumes:\n      - ./c:/var/cache/nginx\n";
    let one = format!("include:\n  - s/base.yaml\n{mounts}");
    check(&[("repo/docker-compose.prod.yml", &one)]);
    let two = "include:\n  - path:\n      - s/base.yaml\n      - s/more.txt\n";
    check(&[("repo/compose.yaml", two), ("repo/s/more.txt", mounts)]);
}

#[test]
fn variables_above_list_it() {
    let mounts = "services:\n  web:\n    volumes:\n      - ./c:/var/cache/nginx\n";
    check(&[("repo/.env", "COMPOSE_FILE=s/base.yaml:s/more.txt\n"), ("repo/s/more.txt", mounts)]);
}

#[test]
fn what_lies_above_the_repository_does_not_count() {
    let mounts = "include:\n  - repo/s/base.yaml\nservices:\n  web:\n    volumes:\n      - ./c:/var/cache/nginx\n";
    let it =
        folder(&[("compose.yaml", mounts), ("repo/.git/HEAD", ""), ("repo/s/base.yaml", BASE)]);
    run(&it, "fix --yes repo/s/base.yaml");
    assert!(read(&it, "repo/s/base.yaml").contains("/var/cache/nginx"));
}

#[test]
fn a_volume_that_a_file_above_mounts_stays() {
    let volume = "services:\n  q:\n    image: redis:7\n    volumes:\n      - sock:/z\nvolumes:\n  sock:\n    driver_opts:\n      type: none\n      o: bind\n      device: /var/run/docker.sock\n";
    let above = "include:\n  - s/a.yaml\nservices:\n  web:\n    image: nginx:1.27\n    volumes:\n      - sock:/x\n";
    let it = folder(&[("compose.yaml", above), ("s/a.yaml", volume)]);
    run(&it, "fix --yes --confidence risky s/a.yaml");
    assert!(read(&it, "s/a.yaml").contains("sock:"));
}

#[test]
fn who_stays_root_since_a_file_beside_makes_its_user_unsure_gets_what_serves_root() {
    let base = "services:\n  db:\n    image: mariadb:11.8\n    environment:\n      MYSQL_ROOT_PASSWORD: ${DB_PASSWORD:-123}\n    volumes:\n      - data:/var/lib/mysql\nvolumes:\n  data:\n";
    let secret = "services:\n  db:\n    environment:\n      MYSQL_ROOT_PASSWORD_FILE: /run/secrets/p\n    secrets: [p]\nsecrets:\n  p:\n    file: ${P_FILE:?no file}\n";
    let it = folder(&[("compose.db.yaml", base), ("compose.db-secret.yaml", secret)]);
    let ran = run(&it, "fix --yes .");
    assert_eq!((ran.code, ran.err.contains("refused")), (0, false), "{}", ran.err);
    let text = read(&it, "compose.db.yaml");
    assert!(text.contains("- SETUID") && text.contains("read_only: true"), "{text}");
    assert!(!text.contains("user:"), "{text}");
}
