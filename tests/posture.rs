//! `casehard posture`, as it is called: what it answers in both dialects, and in which shapes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::fs;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

fn run(name: &str, text: &str, arguments: &[&str]) -> String {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join(name), text).unwrap();
    let mut command = Command::cargo_bin("casehard").unwrap();
    let command = command.current_dir(folder.path()).env("NO_COLOR", "1").arg("posture");
    let output = command.args(arguments).arg(name).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn json(name: &str, text: &str) -> Value {
    let report: Value = serde_json::from_str(&run(name, text, &["--format", "json"])).unwrap();
    let schema = casehard::report::posture::schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<String> = validator.iter_errors(&report).map(|it| it.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    report
}

/// `question holds name=value …` for each question of a container, `→` before what the fixes make of it.
fn told(report: &Value, container: usize) -> Vec<String> {
    let answer = |it: &Value| {
        let part = |it: &Value| {
            let value = ["value", "refused", "unknown"].iter().find_map(|key| it[key].as_str());
            let all = || it["values"].as_array().unwrap().iter().map(|it| it.as_str().unwrap());
            let value = value.map_or_else(|| all().collect::<Vec<_>>().join("+"), str::to_owned);
            let by = match it["by"]["line"].as_u64() {
                Some(line) => line.to_string(),
                None => it["by"]["source"].as_str().unwrap().to_owned(),
            };
            format!("{}={value}@{by}", it["name"].as_str().unwrap())
        };
        let parts: Vec<String> = it["parts"].as_array().unwrap().iter().map(part).collect();
        format!("{} {}", it["holds"].as_str().unwrap(), parts.join("; "))
    };
    let questions = report["containers"][container]["questions"].as_array().unwrap();
    let line = |it: &Value| {
        let after = match &it["after"] {
            Value::Null => String::new(),
            after => format!(" → {}", answer(after)),
        };
        format!("{}: {}{after}", it["question"].as_str().unwrap(), answer(&it["before"]))
    };
    questions.iter().map(line).collect()
}

#[track_caller]
fn check(report: &Value, container: usize, expected: &[&str]) {
    let told = told(report, container);
    assert_eq!(told.len(), 8);
    for it in expected {
        assert!(told.iter().any(|line| line.starts_with(it)), "no `{it}` in {told:#?}");
    }
}

/// The example of a posture that is held.
const HELD: &str = "services:\n  api:\n    image: registry.example.com/team/api:latest\n    user: \"10001:10001\"\n    \
read_only: true\n    tmpfs:\n      - /tmp\n    cap_drop:\n      - ALL\n    security_opt:\n      - no-new-privileges:true\n";

#[test]
fn a_service_that_holds_the_posture_holds_all_of_it() {
    let report = json("compose.yaml", HELD);
    check(
        &report,
        0,
        &[
            "user: yes uid=10001@4; gid=10001@4",
            "writable: yes root filesystem=read-only@5; mounts=/tmp (scratch)@7",
            "capabilities: yes bounding=@9; effective=none@4",
            "escalation: yes new privileges=forbidden@11",
            "profiles: yes seccomp=the default profile@default",
            "socket: yes runtime socket=@default",
            "host: yes privileged=no@default; network=its own@default",
            "debug: yes command=docker run --rm -it --pid \"container:$(docker compose ps -q api)\"",
        ],
    );
    let all_held = |it: &Value| it["before"]["yes"] == 1 && it["after"]["yes"] == 1;
    assert!(report["summary"].as_array().unwrap().iter().all(all_held));
}

#[test]
fn what_a_service_gives_away_is_told_with_its_line() {
    let text = "services:\n  a:\n    image: nginx:1.27\n    privileged: true\n    network_mode: service:b\n    volumes: \
[\"/var/run/docker.sock:/s\"]\n    security_opt: [\"no-new-privileges:true\", \"no-new-privileges:false\"]\n  b:\n    image: \
example/b\n    network_mode: host\n    cap_add: [ALL]\n    cap_drop: [ALL]\n    user: \"${WHO}\"\n  c:\n    image: \
example/c\n    cap_add: [NET_ADMIN, CAP_CHOWN]\n    cap_drop: [ALL]\n    user: \":7\"\n";
    let report = json("compose.yaml", text);
    check(
        &report,
        0,
        &[
            "user: no uid=0@image",
            "capabilities: no bounding=every capability of Linux@4",
            "escalation: no new privileges=allowed@7",
            "profiles: no seccomp=none, for it is privileged@4",
            "socket: no runtime socket=/run/docker.sock@6",
            "host: no privileged=yes@4; network=the host's@5",
        ],
    );
    check(
        &report,
        1,
        &[
            "user: unknown uid=give its variable a default, or its value by --env-file@13",
            "capabilities: no bounding=every capability of Linux@12",
        ],
    );
    check(
        &report,
        2,
        &["user: no uid=0@18; gid=7@18", "capabilities: no bounding=CHOWN+NET_ADMIN@17"],
    );
}

#[test]
fn a_container_wins_over_its_pod() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: team}\nspec:\n  hostPID: true\n  hostUsers: \
false\n  securityContext: {runAsUser: 0, seccompProfile: {type: RuntimeDefault}, fsGroup: 5}\n  containers:\n    - name: \
a\n      image: example/a\n      securityContext:\n        runAsUser: 1000\n        seccompProfile: {type: Unconfined}\n        \
allowPrivilegeEscalation: false\n        capabilities: {add: [CHOWN, CAP_KILL], drop: [all, CHOWN]}\n    - name: b\n      \
image: example/b\n      securityContext: {privileged: true, allowPrivilegeEscalation: false}\n";
    let report = json("pod.yaml", text);
    check(
        &report,
        0,
        &[
            "user: yes uid=1000@12; gid=set runAsGroup",
            "capabilities: yes bounding=@15; effective=none@12",
            "escalation: yes new privileges=forbidden@14",
            "profiles: no seccomp=none@13; security module=the platform's policy@default",
            "host: no privileged=no@default; network=its own@default; processes=the host's@5",
            "debug: yes command=kubectl debug -n team -it pod/p --target=a --image=busybox --profile=baseline",
        ],
    );
    check(
        &report,
        1,
        &[
            "user: no uid=0@7; gid=0@default; groups=5 (fsGroup)@7",
            "escalation: unknown new privileges=allowPrivilegeEscalation is false beside",
            "profiles: no seccomp=none, for it is privileged@18",
        ],
    );
}

#[test]
fn a_stack_gets_what_a_stack_applies() {
    let text = "services:\n  a:\n    image: example/a\n    privileged: true\n    security_opt: [\"no-new-privileges:true\"]\n    \
read_only: true\n    tmpfs: [/tmp]\n";
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("stack.yaml"), text).unwrap();
    let mut command = Command::cargo_bin("casehard").unwrap();
    let command = command.current_dir(folder.path());
    let output =
        command.args(["posture", "--target", "swarm", "--format", "json", "stack.yaml"]).output();
    let report: Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
    check(
        &report,
        0,
        &[
            "writable: yes root filesystem=read-only@6; mounts=@default",
            "escalation: no new privileges=allowed@default",
            "host: yes privileged=no@default",
        ],
    );
}

#[test]
fn what_is_pasted_is_a_word_to_a_shell_whatever_it_is_called() {
    let text =
        "services:\n  \"x$(id) 'y\":\n    image: example\n    container_name: \"`id`;\\nid\"\n";
    let report = json("compose.yaml", text);
    let parts = report["containers"][0]["questions"][7]["before"]["parts"].as_array().unwrap();
    let command = parts[0]["value"].as_str().unwrap();
    let words = shell_words::split(command).unwrap();
    assert!(words.contains(&"container:`id`;\nid".to_owned()), "{words:?}");
    let table = run("compose.yaml", text, &[]);
    assert!(!table.contains("\nid"), "{table}");
}

#[test]
fn a_table_and_a_page_say_the_same() {
    let table = run("compose.yaml", HELD, &[]);
    assert!(table.contains("✓ user               uid 10001, gid 10001 [line 4]"), "{table}");
    assert!(table.contains("of 1 container "), "{table}");
    let page = run("compose.yaml", HELD, &["--format", "markdown"]);
    assert!(page.contains("held: uid 10001, gid 10001"), "{page}");
    assert!(page.contains("    docker run --rm -it"), "{page}");
}
