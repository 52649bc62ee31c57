//! What a baseline covers: the same weakness in the same file, however it is spelled, and what is less than it was.

use std::fs;

use tempfile::TempDir;

use super::{Ran, folder, read, run, run_with};

const HOST: &str = "services:\n  web:\n    image: postgres:16\n    pid: host\n";
const CHECK: &str = "check --baseline casehard-baseline.json";

fn with_baseline(files: &[(&str, &str)]) -> TempDir {
    let it = folder(files);
    let ran = run(&it, "baseline");
    assert_eq!(ran.code, 0, "{}", ran.err);
    it
}

fn put(it: &TempDir, name: &str, text: &str) {
    let path = it.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// The rules of what is new.
fn new(ran: &Ran) -> Vec<String> {
    let open = ran.out.lines().filter(|it| it.contains("\"state\":\"open\""));
    let rule =
        |it: &str| it.split("\"rule\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    open.map(rule).collect()
}

#[test]
fn a_file_that_is_there_covers_no_other_one() {
    let it = with_baseline(&[("a/compose.yaml", HOST)]);
    put(&it, "new/compose.yaml", HOST);
    for named in ["new/compose.yaml", "new", "a/compose.yaml new/compose.yaml", "."] {
        let ran = run(&it, &format!("{CHECK} --format jsonl {named}"));
        assert_eq!((ran.code, new(&ran).len()), (1, 5), "{named}: {}", ran.out);
    }
    assert_eq!(run(&it, &format!("{CHECK} a/compose.yaml")).code, 0);
}

#[test]
fn what_is_gone_with_its_file_is_told_where_it_was() {
    let it =
        with_baseline(&[("a/compose.yaml", HOST), ("b/compose.yaml", &HOST.replace("web", "db"))]);
    fs::remove_file(it.path().join("b/compose.yaml")).unwrap();
    for (named, gone) in [(".", true), ("a b", true), ("a", false), ("a/compose.yaml", false)] {
        fs::create_dir_all(it.path().join("b")).unwrap();
        let ran = run(&it, &format!("{CHECK} {named}"));
        assert_eq!(ran.code, 0, "{named}: {}", ran.err);
        assert_eq!(ran.out.contains("5 of the baseline are gone"), gone, "{named}: {}", ran.out);
    }
    // So it is where a file is none of ours any more.
    put(&it, "b/compose.yaml", "a: b\n");
    assert!(run(&it, CHECK).out.contains("5 of the baseline are gone"));
}

#[test]
fn filters_make_nothing_gone() {
    let it = with_baseline(&[("compose.yaml", HOST)]);
    for filter in
        ["--rule host-pid", "--skip host-pid", "--min-severity critical", "--confidence safe"]
    {
        let ran = run(&it, &format!("{CHECK} {filter}"));
        assert_eq!(ran.code, 0, "{filter}");
        assert!(!ran.out.contains("gone"), "{filter}: {}", ran.out);
    }
    put(&it, "compose.yaml", &HOST.replace("    pid: host\n", ""));
    assert!(
        run(&it, &format!("{CHECK} --rule host-pid")).out.contains("1 of the baseline is gone")
    );
    assert!(!run(&it, &format!("{CHECK} --rule root-user")).out.contains("gone"));
}

#[test]
fn a_name_in_common_makes_no_baseline_of_this_tree() {
    let other = with_baseline(&[(
        "x/compose.yaml",
        &format!("{HOST}  db:\n    image: a\n    ipc: host\n"),
    )]);
    let it = folder(&[("compose.yaml", HOST)]);
    fs::copy(other.path().join("casehard-baseline.json"), it.path().join("other.json")).unwrap();
    let ran = run(&it, "check --baseline other.json");
    assert!(
        ran.code == 2 && ran.err.contains("a baseline of another tree: its file is not here"),
        "{}",
        ran.err
    );
}

/// What is written in another way is the same.
#[test]
fn spelling_makes_nothing_new() {
    let service = |rest: &str| format!("services:\n  web:\n    image: a\n{rest}");
    let pod = |rest: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n    - name: app\n      image: a\n      securityContext:\n{rest}"
        )
    };
    let cases = [
        (service("    pid: host\n"), service("    pid: \"host\"\n")),
        (service("    privileged: true\n"), service("    \"privileged\":   'true'\n")),
        (service("    user: '0'\n"), service("    user: \"0\"\n")),
        (
            service("    volumes: [/var/run/docker.sock:/var/run/docker.sock]\n"),
            service("    volumes:\n      - \"/var/run/docker.sock:/var/run/docker.sock:rw\"\n"),
        ),
        (
            service("    volumes: [/var/run/docker.sock:/s/]\n"),
            service(
                "    volumes:\n      - type: bind\n        target: /s\n        source: /var/run/docker.sock\n",
            ),
        ),
        (
            service("    volumes: [\"/etc:/host:ro\"]\n"),
            service(
                "    volumes:\n      - {type: bind, source: /etc, target: /host, read_only: true}\n",
            ),
        ),
        (service("    cap_add: [SYS_ADMIN]\n"), service("    cap_add:\n      - cap_sys_admin\n")),
        (
            service("    cap_drop: [NET_RAW]\n"),
            service("    cap_drop:\n      - chown\n      - net_raw\n"),
        ),
        (
            service("    security_opt: [\"seccomp:unconfined\"]\n"),
            service("    security_opt:\n      - seccomp=unconfined\n"),
        ),
        (
            service("    devices: [/dev/kvm]\n"),
            service("    devices:\n      - /dev/kvm:/dev/kvm:rwm\n"),
        ),
        (
            pod("        capabilities: {drop: [net_admin]}\n"),
            pod("        capabilities:\n          drop:\n            - NET_ADMIN\n"),
        ),
        (
            pod("        capabilities: {add: [SYS_TIME]}\n"),
            pod("        capabilities:\n          add: [\"SYS_TIME\"]\n"),
        ),
        (pod("        runAsUser: 0\n"), pod("        \"runAsUser\": 0 # root\n")),
    ];
    for (old, new_text) in cases {
        let it = with_baseline(&[("a.yaml", &old)]);
        put(&it, "a.yaml", &new_text);
        let ran = run(&it, &format!("{CHECK} --format jsonl"));
        assert_eq!(new(&ran), Vec::<String>::new(), "{old}\n{new_text}");
    }
    // Another value is another weakness.
    for (old, new_text) in [
        ("    volumes: [\"/etc:/host:ro\"]\n", "    volumes: [/etc:/host]\n"),
        ("    volumes: [\"/etc:/host:ro\"]\n", "    volumes: [\"/root:/host:ro\"]\n"),
        ("    cap_add: [SYS_ADMIN]\n", "    cap_add: [SYS_MODULE]\n"),
    ] {
        let it = with_baseline(&[("compose.yaml", &service(old))]);
        put(&it, "compose.yaml", &service(new_text));
        assert_eq!(run(&it, CHECK).code, 1, "{old} {new_text}");
    }
}

#[test]
fn what_a_fix_leaves_is_nothing_new() {
    let tailscale = "services:\n  vpn:\n    image: tailscale/tailscale:v1.80\n    cap_add: [NET_ADMIN]\n    devices: [/dev/net/tun]\n";
    let mount = "services:\n  web:\n    image: nginx:1.27\n    volumes: [/etc/nginx:/etc/nginx]\n";
    for text in [tailscale, mount, HOST] {
        for confidence in ["likely", "risky"] {
            let it = with_baseline(&[("compose.yaml", text)]);
            assert_eq!(run(&it, &format!("fix --yes --confidence {confidence}")).code, 0);
            assert!(read(&it, "compose.yaml") != text || confidence == "likely", "{text}");
            let ran = run(&it, &format!("{CHECK} --format jsonl"));
            assert_eq!(new(&ran), Vec::<String>::new(), "{}", read(&it, "compose.yaml"));
        }
    }
}

/// Whoever kept the default capabilities held each of them, and no other one.
#[test]
fn only_a_default_capability_was_held_before() {
    let it = with_baseline(&[("compose.yaml", "services:\n  web:\n    image: a\n")]);
    for (name, code) in [("NET_RAW", 0), ("MKNOD", 0), ("SYS_ADMIN", 1), ("NET_ADMIN", 1)] {
        let text = format!(
            "services:\n  web:\n    image: a\n    cap_drop: [ALL]\n    cap_add: [{name}]\n"
        );
        put(&it, "compose.yaml", &text);
        assert_eq!(run(&it, CHECK).code, code, "{name}");
    }
    // What once was dropped and is added later is new.
    put(&it, "compose.yaml", "services:\n  web:\n    image: a\n    cap_drop: [ALL]\n");
    assert_eq!(run(&it, "baseline").code, 0);
    put(
        &it,
        "compose.yaml",
        "services:\n  web:\n    image: a\n    cap_drop: [ALL]\n    cap_add: [NET_RAW]\n",
    );
    assert_eq!(run(&it, CHECK).code, 1);
}

/// The names of findings in code scanning and code quality.
fn names(ran: &Ran, key: &str) -> Vec<String> {
    let lines = ran.out.lines().filter_map(|it| it.trim().strip_prefix(key));
    lines.map(|it| it.trim_matches([' ', '"', ',', ':']).to_owned()).collect()
}

#[test]
fn another_file_changes_no_fingerprint_and_another_name_none_either() {
    let twice = format!("{HOST}    volumes: [/etc:/a, /etc:/a]\n");
    let it = folder(&[("a/compose.yaml", &twice), ("b/compose.yaml", HOST)]);
    let of = |format: &str, key: &str, path: &str| {
        names(&run(&it, &format!("check --format {format} {path}")), key)
    };
    let sarif = |path: &str| of("sarif", "\"casehard/v1\"", path);
    let gitlab = |path: &str| of("gitlab", "\"fingerprint\"", path);
    let (before, quality) = (sarif("a b"), gitlab("a b"));
    let unique: std::collections::BTreeSet<&String> = quality.iter().collect();
    assert!(unique.len() == quality.len() && quality.len() > 10, "{quality:#?}");
    put(&it, "0/compose.yaml", HOST);
    assert!(sarif("0 a b").ends_with(&before));
    assert!(gitlab("0 a b").ends_with(&quality));
    let alone = (sarif("a"), gitlab("a"));
    fs::rename(it.path().join("a"), it.path().join("z")).unwrap();
    assert_eq!((sarif("z"), gitlab("z")), alone);
}

#[test]
fn standard_input_has_a_baseline_too() {
    let it = folder(&[]);
    let ran = run_with(it.path(), "baseline -", HOST);
    assert!(ran.code == 0 && ran.out.contains("5 findings written down"), "{}{}", ran.out, ran.err);
    assert_eq!(run_with(it.path(), &format!("{CHECK} -"), HOST).code, 0);
    let worse = HOST.replace("pid: host", "pid: host\n    ipc: host");
    assert_eq!(run_with(it.path(), &format!("{CHECK} -"), &worse).code, 1);
    let printed = run_with(it.path(), "baseline --output - -", HOST);
    assert!(printed.out.starts_with("{\n  \"version\": 1"), "{}", printed.out);
}

#[test]
fn a_baseline_of_a_part_says_what_goes_from_it() {
    let it = with_baseline(&[("a/compose.yaml", HOST), ("b/compose.yaml", HOST)]);
    let ran = run(&it, "baseline a");
    assert!(ran.err.contains("5 findings of files that were not looked at"), "{}", ran.err);
    // What is mended or gone is no loss.
    fs::remove_dir_all(it.path().join("b")).unwrap();
    assert!(!run(&it, "baseline").err.contains("not looked at"));
    fs::create_dir(it.path().join(".git")).unwrap();
    let below = run_with(&it.path().join("a"), "baseline", "");
    assert!(below.err.contains("hook and pipeline look for it in"), "{}", below.err);
}

#[test]
fn a_waiver_that_does_not_hold_is_in_no_baseline() {
    let dead = "    # casehard: allow host-pid -- the agent until 2020-01-01\n    pid: host\n";
    let it = folder(&[("compose.yaml", &HOST.replace("    pid: host\n", dead))]);
    let ran = run(&it, "baseline");
    assert!(ran.err.contains("a waiver that does not hold is in no baseline"), "{}", ran.err);
    let text = read(&it, "casehard-baseline.json");
    assert!(!text.contains("broken-waiver") && text.contains("host-pid"), "{text}");
    assert_eq!(new(&run(&it, &format!("{CHECK} --format jsonl"))), ["broken-waiver"]);
    // Nor where an older program wrote it down.
    let entry = "{\"path\": \"compose.yaml\", \"rule\": \"broken-waiver\", \"subject\": \"x\", \"fingerprint\": \"y\", \
                 \"count\": 9},";
    put(
        &it,
        "casehard-baseline.json",
        &text.replace("\"findings\": [", &format!("\"findings\": [{entry}")),
    );
    assert_eq!(new(&run(&it, &format!("{CHECK} --format jsonl"))), ["broken-waiver"]);
}

#[test]
fn the_baseline_of_a_tree_beside_is_refused() {
    let it = folder(&[("a/compose.yaml", HOST), ("b/compose.yaml", HOST)]);
    assert_eq!(run_with(&it.path().join("b"), "baseline", "").code, 0);
    let ran = run(&it, "check --baseline b/casehard-baseline.json a");
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(ran.err.contains("nothing of what is judged lies below its folder"), "{}", ran.err);
}
