//! The configuration file: what it says, and what is said about its mistakes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::path::Path;

use casehard::config::{Config, ConfigError, Covered, Level, Target, User, Whom, load, schema};
use casehard::date::Date;
use casehard::severity::Severity;

const RULES: [&str; 4] = ["host-port", "privileged", "root-group", "runtime-socket"];

fn read(text: &str) -> Result<Config, ConfigError> {
    load(text, Path::new("deploy/casehard.toml"), &RULES)
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let error = read(text).unwrap_err();
    assert_eq!(error.to_string(), format!("deploy/casehard.toml:{expected}"));
}

#[test]
fn an_empty_file_means_the_defaults() {
    let config = read("").unwrap();
    assert_eq!(config.user, User { uid: 10001, gid: 10001 });
    assert_eq!(config.writable, ["/tmp"]);
    assert_eq!(config.target, None);
    assert_eq!(config.kubernetes, None);
    assert!(config.rules.is_empty() && config.allow.is_empty());
    assert_eq!(config.folder, Path::new("deploy"));
}

#[test]
fn every_key_is_read() {
    let config = read(
        r#"
        user = "1000:100"
        writable = ["/run", "/var/cache"]
        kubernetes = "1.30"
        target = "podman"
        [rules]
        host-port = "off"
        root-group = "medium"
        [[allow]]
        rule = ["runtime-socket", "privileged"]
        reason = " it watches the others "
        until = 2027-01-31
        [[kind]]
        apiVersion = "example.com/v1"
        kind = "Widget"
        path = "spec.template.spec"
        [[kind]]
        group = "example.org"
        kind = "Gadget"
        path = "spec"
        [[image]]
        name = "ours/*"
        "#,
    )
    .unwrap();
    assert_eq!(config.user, User { uid: 1000, gid: 100 });
    assert_eq!(config.writable, ["/run", "/var/cache"]);
    assert_eq!(config.kubernetes, Some((1, 30)));
    assert_eq!(config.target, Some(Target::Podman));
    assert_eq!(config.rules["host-port"], Level::Off);
    assert_eq!(config.rules["root-group"], Level::Severity(Severity::Medium));
    assert_eq!(config.allow[0].rules, ["runtime-socket", "privileged"]);
    assert_eq!(config.allow[0].reason, "it watches the others");
    assert_eq!(config.allow[0].until, Some(day("2027-01-31")));
    assert_eq!(config.allow[0].line, 10);
    assert_eq!(config.kinds[0].group, "example.com");
    assert_eq!(config.kinds[0].version.as_deref(), Some("v1"));
    assert_eq!(config.kinds[0].path, ["spec", "template", "spec"]);
    assert_eq!(config.kinds[1].version, None);
    assert_eq!(config.images[0]["name"].as_str(), Some("ours/*"));
}

#[test]
fn unknown_keys_are_mistakes_with_a_guess() {
    check("writeable = []", "1:1: unknown key `writeable`: did you mean `writable`?");
    check(
        "user = \"1:1\"\n[[allow]]\nrule = \"privileged\"\n  reasn = \"x\"",
        "4:3: unknown key `reasn`: did you mean `reason`?",
    );
    check(
        "colour = 1",
        "1:1: unknown key `colour`: expected one of user, writable, target, kubernetes, rules, \
         allow, exclude, kind, image, verify",
    );
}

#[test]
fn a_probe_that_asks_nothing_or_what_cannot_be_asked_is_a_mistake() {
    let url = |it: &str, told: &str| {
        let expected = "is no address such as \"http://web:8080/health\"";
        check(
            &format!("[verify.web]\ntcp = 80\nurl = \"{it}\""),
            &format!("3:7: `{it}` {expected}: {told}"),
        );
    };
    url("http://web:80800/", "invalid port number");
    url("web:8080/", "it does not begin with http:// or https://");
    url("ftp://web/", "ftp is not asked, http and https are");
    url("/health", "relative URL without a base");
    check("[verify.web]", "1:9: nothing is asked of `web`: expected command, url or tcp");
    check("[verify.web]\ntcp = 80000", "2:7: 80000 is no port: expected 1 to 65535");
    check("[verify.web]\ntcp = 0", "2:7: 0 is no port: expected 1 to 65535");
    for command in ["\" \"", "[]", "[\"\", \"x\"]"] {
        check(
            &format!("[verify.web]\ncommand = {command}"),
            "2:11: expected a command such as \"redis-cli ping\": nothing is run by this one",
        );
    }
}

#[test]
fn unknown_rules_are_mistakes_with_a_guess() {
    check(
        "[rules]\nprivilegd = \"off\"",
        "2:1: unknown rule `privilegd`: did you mean `privileged`?",
    );
    check(
        "[[allow]]\nrule = \"runtime_socket\"\nreason = \"x\"",
        "2:8: unknown rule `runtime_socket`: did you mean `runtime-socket`?",
    );
    check(
        "[[allow]]\nrule = [\"privileged\", \"host-prot\"]\nreason = \"x\"",
        "2:8: unknown rule `host-prot`: did you mean `host-port`?",
    );
}

#[test]
fn values_that_make_no_sense_are_mistakes_where_they_stand() {
    check("user = \"0:0\"", "1:8: `0:0` is not UID:GID: expected two numbers, the user not 0");
    check("target = \"swarn\"", "1:10: unknown value `swarn`: did you mean `swarm`?");
    check("[rules]\nprivileged = \"hihg\"", "2:14: unknown level `hihg`: did you mean `high`?");
    check(
        "kubernetes = \"1\"",
        "1:14: `1` is not a version of Kubernetes such as \"1.34\": known are 1.25 to 1.37",
    );
    check(
        "writable = [\"/tmp\", \"/é\", \"run\"]",
        "1:12: `run` cannot be made writable: expected a path such as /var/cache, \
         without `.`, `..`, `:`, `,`, `$`, `\\` or a final slash",
    );
    check(
        "[[kind]]\nkind = \"Widget\"\npath = \"spec\"",
        "1:1: expected either `apiVersion` or `group`",
    );
}

#[test]
fn a_waiver_without_reason_rule_or_day_is_a_mistake() {
    let entry = |rest: &str| format!("[[allow]]\nrule = \"privileged\"\n{rest}");
    check(&entry(""), "1:1: missing key `reason`");
    check(&entry("reason = \" \""), "3:10: the reason is empty: say why this is allowed");
    check("[[allow]]\nrule = []\nreason = \"x\"", "2:8: expected at least one rule");
    check("[[allow]]\nrule = 7\nreason = \"x\"", "2:8: expected a rule or a list of rules");
    check(
        &entry("reason = \"x\"\nuntil = \"2027-02-30\""),
        "4:9: `2027-02-30` is not a day: expected YYYY-MM-DD, such as 2027-01-31",
    );
    check(
        &entry("reason = \"x\"\npath = \"../*.yaml\""),
        "4:8: `../*.yaml` leads out of the folder that patterns are relative to",
    );
    check(
        &entry("reason = \"x\"\npath = \"a[\""),
        "4:8: `a[` is not a pattern: unclosed character class; missing ']'",
    );
}

#[test]
fn text_that_is_not_toml_is_a_mistake_where_it_breaks() {
    check("user = \"1:1\nwritable = 1", "1:12: invalid basic string, expected `\"`");
}

#[test]
fn a_waiver_covers_its_rules_files_and_containers_until_its_day() {
    let config = read(
        r#"
        [[allow]]
        rule = "runtime-socket"
        path = "deploy/**/compose.yaml"
        container = "traefik*"
        reason = "the proxy reads labels"
        until = "2027-01-31"
        "#,
    )
    .unwrap();
    let covers = |rule: &str, path: &str, container: &str, today: &str| {
        let whom = Whom { path: Path::new(path), container, images: &["nginx:1.27".to_owned()] };
        config.allow[0].covers(rule, whom, day(today))
    };
    let path = "deploy/a/b/compose.yaml";
    assert_eq!(covers("runtime-socket", path, "traefik-2", "2027-01-31"), Covered::Yes);
    assert_eq!(covers("runtime-socket", path, "traefik", "2027-02-01"), Covered::Expired);
    assert_eq!(covers("privileged", path, "traefik", "2027-01-31"), Covered::No);
    assert_eq!(covers("runtime-socket", path, "web", "2027-02-01"), Covered::No);
    assert_eq!(covers("runtime-socket", "compose.yaml", "traefik", "2027-01-31"), Covered::No);
    assert_eq!(
        covers("runtime-socket", "deploy/compose.yaml", "traefik", "2027-01-31"),
        Covered::Yes
    );
}

#[test]
fn a_waiver_holds_for_all_rules_of_an_image() {
    let text = "[[allow]]\nrule = \"*\"\nimage = \"ghcr.io/vendor/*\"\nreason = \"x\"";
    let config = read(text).unwrap();
    let covers = |rule: &str, image: &str| {
        let images = casehard::images::names(image);
        let whom = Whom { path: Path::new("a"), container: "b", images: &images };
        config.allow[0].covers(rule, whom, day("2026-01-01"))
    };
    assert_eq!(covers("privileged", "ghcr.io/vendor/agent:1"), Covered::Yes);
    assert_eq!(covers("host-pid", "ghcr.io/vendor/agent:1"), Covered::Yes);
    assert_eq!(covers("privileged", "ghcr.io/other/agent:1"), Covered::No);
}

#[test]
fn an_image_is_meant_by_any_of_its_names() {
    let covers = |pattern: &str, image: &str| {
        let text = format!("[[allow]]\nrule = \"*\"\nimage = \"{pattern}\"\nreason = \"x\"");
        let images = casehard::images::names(image);
        let whom = Whom { path: Path::new("a"), container: "b", images: &images };
        read(&text).unwrap().allow[0].covers("privileged", whom, day("2026-01-01")) == Covered::Yes
    };
    let digest = "@sha256:0000000000000000000000000000000000000000000000000000000000000000";
    for (pattern, image) in [
        ("registry.io/x/y", &*format!("registry.io/x/y:1.2{digest}")),
        ("registry.io/x/y:1.2", &format!("registry.io/x/y:1.2{digest}")),
        ("registry.io/*", "registry.io/a/b/c:1"),
        ("*/agent", "registry.io/team/agent:1"),
        ("docker.io/x/z", "x/z"),
        ("x/z", "docker.io/x/z:1"),
        ("docker.io/library/nginx", "nginx:1.27"),
        ("nginx", "docker.io/library/nginx"),
        ("nginx:*", "nginx"),
        ("nginx:1.*", "nginx:1.27"),
        ("a/*", "a/${TAG}"),
    ] {
        assert!(covers(pattern, image), "{pattern} {image}");
    }
    for (pattern, image) in [
        ("nginx:1.26", "nginx:1.27"),
        ("nginx", "team/nginx"),
        ("nginx", "registry.io/nginx"),
        ("docker.io/x/z", "registry.io/x/z"),
    ] {
        assert!(!covers(pattern, image), "{pattern} {image}");
    }
}

#[test]
fn a_path_of_a_waiver_is_a_pattern_as_those_that_exclude() {
    let covers = |pattern: &str, path: &str| {
        let text = format!("[[allow]]\nrule = \"*\"\npath = \"{pattern}\"\nreason = \"x\"");
        let whom = Whom { path: Path::new(path), container: "b", images: &[] };
        read(&text).unwrap().allow[0].covers("privileged", whom, day("2026-01-01")) == Covered::Yes
    };
    for (pattern, path, is_covered) in [
        ("compose.yaml", "a/b/compose.yaml", true),
        ("./compose.yaml", "a/compose.yaml", false),
        ("./compose.yaml", "compose.yaml", true),
        ("d", "d/e/compose.yaml", true),
        ("a/d/", "a/d/compose.yaml", true),
        ("a/d", "b/a/d/compose.yaml", false),
        ("*.yaml", "a/x.yaml", true),
        ("d/*.yaml", "d/e/x.yaml", false),
        ("d/**", "d/e/x.yaml", true),
    ] {
        assert_eq!(covers(pattern, path), is_covered, "{pattern} {path}");
    }
    check(
        "[[allow]]\nrule = \"*\"\nreason = \"x\"\npath = \"\"",
        "4:8: `` matches nothing: write a name or a pattern such as gen/*.yaml",
    );
}

#[test]
fn a_reason_that_ends_in_a_date_is_refused() {
    let text = "[[allow]]\nrule = \"privileged\"\nreason = \"the agent until 2020-01-01\"";
    let error = read(text).unwrap_err().to_string();
    assert!(error.contains("write it as `until = \"YYYY-MM-DD\"`"), "{error}");
}

#[test]
fn a_waiver_without_limits_covers_every_file_and_container() {
    let config = read("[[allow]]\nrule = \"privileged\"\nreason = \"x\"").unwrap();
    let any = Whom { path: Path::new(""), container: "any", images: &[] };
    let covered = config.allow[0].covers("privileged", any, day("9999-12-31"));
    assert_eq!(covered, Covered::Yes);
}

#[test]
fn the_schema_knows_every_key_and_rule() {
    let schema = schema(&RULES, &casehard::images::owner_keys());
    let keys = |of: &serde_json::Value| -> Vec<String> {
        of["properties"].as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(
        keys(&schema),
        [
            "allow",
            "exclude",
            "image",
            "kind",
            "kubernetes",
            "rules",
            "target",
            "user",
            "verify",
            "writable"
        ]
    );
    assert_eq!(keys(&schema["properties"]["rules"]), RULES);
    assert_eq!(
        keys(&schema["$defs"]["AllowEntry"]),
        ["container", "image", "path", "reason", "rule", "until"]
    );
    assert_eq!(schema["additionalProperties"], false);
}
