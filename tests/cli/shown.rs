//! Whatever stands in files, names and paths: it drives no terminal and forges no line.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::{WEAK, casehard, run};

/// A name in double quotes, as YAML and TOML read it, that tries everything.
const EVIL: &str =
    r#""e\u001b[2J\u001b]0;x\u0007\r\u009b\u202e\u2067\u200f\u061c\u2028\n::add-mask::x\nFORGED""#;

/// The same without what a name of a container must not hold there.
const FOLDER: &str = "d\u{1b}[31mX\u{202e}\r\n::add-mask::x\nFORGED";

fn compose() -> String {
    format!(
        "# \u{202e} a comment\nservices:\n  {EVIL}:\n    image: {EVIL}\n    privileged: true\n    user: {EVIL}\n    cap_add: [{EVIL}]\n    \
         security_opt: [{EVIL}, \"seccomp:unconfined\"]\n    command: [{EVIL}]\n    \
         environment: {{{EVIL}: {EVIL}, PUID: {EVIL}}}\n    volumes:\n      - {EVIL}\n      \
         - {{type: bind, source: \"/etc/\\e[2J\\nFORGED\", target: {EVIL}}}\n      \
         - /var/run/docker.sock:/var/run/docker.sock\n    devices: [\"/dev/\\n::x\\nFORGED:/x\"]\n    \
         tmpfs: [{EVIL}]\n    ports: [{EVIL}]\n    sysctls: {{{EVIL}: 1}}\n    labels: {{{EVIL}: {EVIL}}}\n    \
         # casehard: allow privileged\n    pid: host\n  \
         w:\n    platform: windows/amd64\n    image: {EVIL}\n  p{{0}}:\n    image: x\n  \
         {}:\n    image: x\n    provider: {{type: {EVIL}}}\n  \
         x:\n    extends: {{file: {EVIL}, service: {EVIL}}}\n  y:\n    extends: {EVIL}\ninclude:\n  - {EVIL}\n\
         volumes:\n  {EVIL}: {{}}\n",
        EVIL.replace("::x", "::y").replacen('e', "f", 1)
    )
    .replace("p{0}", "p")
}

fn pod() -> String {
    let file = r#"apiVersion: v1
kind: Pod
metadata: {name: EVIL, annotations: {EVIL: EVIL, "container.apparmor.security.beta.kubernetes.io/a": unconfined}}
spec:
  hostNetwork: true
  containers:
  - {name: EVIL, image: EVIL, securityContext: {privileged: true, capabilities: {add: [EVIL]}}}
  - name: b
    image: redis:7
    volumeMounts: [{name: EVIL, mountPath: EVIL}]
  volumes:
  - {name: EVIL, hostPath: {path: "/etc/\e[2J\n::x\nFORGED"}}
---
apiVersion: EVIL
kind: EVIL
metadata: {name: EVIL}
spec: {template: {spec: {containers: [{name: EVIL, image: EVIL}]}}}
"#;
    file.replace("EVIL", EVIL)
}

fn config() -> String {
    let file = r#"exclude = ["*.gen.yaml"]
[[allow]]
rule = "host-ipc"
container = EVIL
reason = EVIL
[[image]]
repositories = [EVIL, "::add-mask::z"]
uid = 5
gid = 5
id = EVIL
user_name = EVIL
direct = "ok"
sources = [EVIL]
notes = EVIL
read_only = "ok"
writable = ["/a"]
features = [{ name = EVIL, when = ["root"], why = EVIL }]
"#;
    file.replace("EVIL", EVIL)
}

/// Files that try to speak for the program.
fn hostile() -> TempDir {
    let it = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        let path = it.path().join(FOLDER).join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    put("compose.yaml", &compose());
    put("pod.yaml", &pod());
    put(".gitignore", "ignored*\n");
    put("ignored\u{1b}[2J\nFORGED.yaml", "");
    put("x\u{1b}[2J\nFORGED.gen.yaml", WEAK);
    put("other\u{1b}[2J\nFORGED.yaml", "a: 1\n");
    put("compose.bad.yaml", &format!("services:\n  a: {EVIL}\n  {EVIL}: 1\n"));
    put("compose.twice.yaml", &format!("services:\n  {EVIL}: {{}}\n  {EVIL}: {{}}\n"));
    put("compose.no.yaml", "services:\n  a: \"\u{202e}\\q\"\n");
    put("compose.t.yaml", "services:\n  a: {{ \u{202e} }}\n");
    fs::write(it.path().join("casehard.toml"), "").unwrap();
    it
}

fn run_words(folder: &Path, words: &[&str]) -> (String, String) {
    let mut command = casehard();
    command.env_remove("CLICOLOR_FORCE").env_remove("COMPOSE_FILE").current_dir(folder);
    let output = command.args(words).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

#[track_caller]
fn harmless(words: &[&str], text: &str) {
    let drives = |it: char| {
        it.is_control() && !matches!(it, '\n' | '\t')
            || matches!(it, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    // A patch holds the lines as they are.
    let patch = words.contains(&"--diff");
    for line in text.lines() {
        let drives = if patch { line.contains('\u{1b}') } else { line.contains(drives) };
        assert!(!drives, "{words:?}: {line:?}");
        let start = line.trim_start();
        assert!(!start.starts_with("FORGED") && !start.starts_with("::"), "{words:?}: {text}");
    }
}

#[cfg(unix)]
#[test]
fn no_command_shows_what_a_file_wants_to_do() {
    let (evil, forged) = ("e\u{1b}[2J\n::add-mask::x\nFORGED", "::add-mask::x");
    for words in [
        &["check"][..],
        &["check", "-v"],
        &["check", "--min-severity", "critical", "--config", "own.toml"],
        &["fix", "--diff", "--confidence", "risky"],
        &["fix", "--diff", "--config", "own.toml"],
        &["fix", "--yes", "-v"],
        &["fix", "--yes", "--confidence", "risky"],
        &["fix"],
        &["images", "--config", "own.toml"],
        &["images", "--config", "own.toml", "--format", "json"],
        &["images", "--config", "own.toml", "--format", "markdown"],
        &["images", "--config", "own.toml", forged],
        &["images", evil],
        &["explain", evil],
        &["explain"],
        &["rules"],
        &["check", "--rule", evil],
        &["check", "--config", evil],
        &["check", evil],
        &["check", "--config", "broken.toml"],
        &["check", "--config", "strange.toml"],
        &["check", "--config", "image.toml"],
    ] {
        let it = hostile();
        let own = |name: &str, text: &str| fs::write(it.path().join(name), text).unwrap();
        own("own.toml", &config());
        own("broken.toml", &format!("{EVIL} = 1\n"));
        own("strange.toml", &format!("exclude = [{}]\n", EVIL.replacen('e', "!", 1)));
        own("image.toml", &format!("[[image]]\nrepositories = [\"a\"]\nlike = {EVIL}\n"));
        let (out, err) = run_words(it.path(), words);
        assert!(!out.is_empty() || !err.is_empty(), "{words:?}");
        harmless(words, &out);
        harmless(words, &err);
    }
}

#[cfg(unix)]
#[test]
fn a_folder_commands_no_runner_of_jobs() {
    let it =
        super::folder(&[("::add-mask::x/compose.yaml", WEAK), ("##vso[a]b/compose.yaml", WEAK)]);
    for command in ["check", "fix --yes", "check -v --exclude compose.yaml"] {
        let ran = run(&it, command);
        harmless(&[], &ran.out);
        harmless(&[], &ran.err);
        assert!(
            !ran.out.contains("##vso[") && !ran.err.contains("##vso["),
            "{}{}",
            ran.out,
            ran.err
        );
    }
}

/// What a program applies of a patch of files with such names is what `--yes` writes.
#[cfg(unix)]
#[track_caller]
fn applied(program: &str, arguments: &[&str], names: &[&str]) {
    let files: Vec<(&str, &str)> = names.iter().map(|it| (*it, WEAK)).collect();
    super::applied(program, arguments, &files, |name, patched| assert!(patched != WEAK, "{name}"));
}

#[cfg(unix)]
#[test]
fn patches_name_any_file_as_git_and_patch_read_it() {
    let names = [
        "d\u{1b}[31mX/compose.yaml",
        "a \"b\" \\c/compose.yaml",
        "two words/compose.yaml",
        "é/compose.yaml",
        "é\u{202e}/compose.yaml",
        "tab\there/compose.yaml",
    ];
    applied("git", &["apply", "-"], &names);
    applied("git", &["apply", "-"], &["line\nend/compose.yaml"]);
    applied("patch", &["-p1", "--binary"], &names);
}
