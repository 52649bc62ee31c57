//! Interpolation, with and without values.

use super::*;

#[track_caller]
fn check(text: &str, value: &str, certainty: Certainty) {
    let it = Variables::default().interpolate(text);
    assert_eq!((&*it.value, it.certainty), (value, certainty), "{text}");
}

#[test]
fn variables_are_known_by_default_or_unknown() {
    check("a", "a", Certainty::Known);
    check("$$HOMES", "$HOMES", Certainty::Known);
    check("$NAME/x", "\0/x", Certainty::Unknown);
    check("${P:-true}", "true", Certainty::Default);
    check("${P-true}", "true", Certainty::Default);
    check("${P:?missing}", "\0", Certainty::Unknown);
    check("${P:+x}", "\0", Certainty::Unknown);
    check("${A:-${B:-c}}d", "cd", Certainty::Default);
    check("${A:-${B}}", "\0", Certainty::Unknown);
    check("${SOCK:-/var/run/docker.sock}:/x", "/var/run/docker.sock:/x", Certainty::Default);
    check("cost: 5$", "cost: 5$", Certainty::Known);
    check("$1 and $é", "$1 and $é", Certainty::Known);
    check("${open", "\0", Certainty::Unknown);
    check("${é:-x}", "\0", Certainty::Unknown);
    check("${A~x}${B}", "\0", Certainty::Unknown);
    check("${A:-{}}", "{}", Certainty::Default);
    check("${A:-b\n}", "\0", Certainty::Unknown);
    check("${A:é}", "\0", Certainty::Unknown);
}

#[test]
fn every_shell_has_a_home() {
    check("$HOME/x:/y", "~/x:/y", Certainty::Known);
    check("${HOME:+true}", "true", Certainty::Known);
    check("${S:-$HOME}/x", "~/x", Certainty::Default);
    check("${XDG_RUNTIME_DIR:-/tmp}/docker.sock", "/run/user/1000/docker.sock", Certainty::Known);
    check("/host$HOME", "\0", Certainty::Unknown);
}

#[test]
fn files_give_values_with_their_places() {
    let file = "P=true\nE=\nQ=${P}y\nR='$P'\nS=${T}\nH=$HOME/z\nL=${T:-t}\n";
    let variables = Variables::of_files([(".env", file), ("two.env", "P=false\n")]);
    #[track_caller]
    fn check(variables: &Variables, text: &str, value: &str, certainty: Certainty) {
        let it = variables.interpolate(text);
        assert_eq!((&*it.value, it.certainty), (value, certainty), "{text}");
    }
    let check = |text, value, certainty| check(&variables, text, value, certainty);
    check("${P}", "false", Certainty::Known);
    check("${P:-x} ${P-x} ${P:?x} ${P?x}", "false false false false", Certainty::Known);
    check("${P:+x}${P+y}", "xy", Certainty::Known);
    check("${E:-x}${E-y}${E:+z}${E+w}", "xw", Certainty::Known);
    check("$E", "", Certainty::Known);
    check("${E:?x}", "\0", Certainty::Unknown);
    check("$Q$R", "truey$P", Certainty::Known);
    check("$S ${S:-x}", "\0 \0", Certainty::Unknown);
    check("$H $L", "~/z t", Certainty::Default);
    check("$H", "~/z", Certainty::Known);
    check("$L", "t", Certainty::Default);
    let told = |text| variables.told(text).map(|it| it.to_string());
    assert_eq!(told("${P:-x}").as_deref(), Some("`two.env:1` sets P"));
    assert_eq!(told("${X:-$Q}").as_deref(), Some("`.env:3` sets Q"));
    assert_eq!(told("${X:-y}$HOME"), None);
    assert_eq!(variables.uses("${X:-$Y}$Z${P}").unknown, ["Y", "Z"]);
}

#[test]
fn hostile_texts_cost_no_more_than_their_length() {
    let deep = |count: usize| "${A:-".repeat(count) + &"}".repeat(count);
    assert_eq!(Variables::default().interpolate(&deep(60)).value, "");
    assert_eq!(Variables::default().interpolate(&deep(45_000)), Text::unknown());
    assert_eq!(Variables::default().interpolate(&"${".repeat(100_000)), Text::unknown());
    let doubled: String = (1..40).map(|it| format!("A{it}=$A{}$A{}\n", it - 1, it - 1)).collect();
    let variables = Variables::of_files([(".env", &*format!("A0=xxxxxxxx\n{doubled}"))]);
    assert_eq!(variables.interpolate("$A39"), Text::unknown());
}
