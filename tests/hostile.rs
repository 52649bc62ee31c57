//! Input that is wrong, odd or meant to hurt: a reason with a place, in linear time, no panic.

#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use casehard::yaml::{
    Action, Change, Data, Problem, Refusal, Scalar, Sharing, Tree, decode, edit, prove,
};

#[track_caller]
fn check_unreadable(text: &str, problem: Problem, offset: usize) {
    let error = Tree::parse(text).unwrap_err();
    assert_eq!((error.problem, error.offset), (problem, offset), "{text:?}: {error}");
}

#[track_caller]
fn check_uneditable(text: &str, problem: Problem, offset: usize) {
    let tree = Tree::parse(text).unwrap();
    let error = tree.editable().unwrap_err();
    assert_eq!((error.problem, error.offset), (problem, offset), "{text:?}: {error}");
    let root = tree.documents().next().unwrap().id();
    let path = vec!["new".into()];
    let change =
        Change { at: root, path, action: Action::Ensure(true.into()), sharing: Sharing::Refuse };
    assert_eq!(edit(&tree, &[change]).unwrap_err().refusal, Refusal::Text(problem));
}

#[test]
fn what_readers_read_differently_is_read_but_not_edited() {
    check_uneditable("# x\u{2028}privileged: true\na: 1\n", Problem::AmbiguousCharacter, 3);
    check_uneditable("a: \"\u{85}\"\n", Problem::AmbiguousCharacter, 4);
    check_uneditable("a: x\u{7}\n", Problem::AmbiguousCharacter, 4);
    check_uneditable("a: 1\rb: 2\n", Problem::AmbiguousCharacter, 4);
    check_uneditable("a: &b: {c: d}\n", Problem::AmbiguousAnchor, 3);
    check_uneditable("a: &x 1\n---\nb: *x\n", Problem::AmbiguousAnchor, 15);
    check_uneditable("--- |\n a\n", Problem::AmbiguousSyntax, 4);
    check_uneditable("[?x]\n", Problem::AmbiguousSyntax, 1);
    check_uneditable("{a: |x}\n", Problem::AmbiguousSyntax, 4);
    check_uneditable("[>-]\n", Problem::AmbiguousSyntax, 1);
    check_uneditable("a: {{ x }}\n", Problem::Template, 3);
}

#[test]
fn what_is_not_yaml_is_refused_with_its_place() {
    check_unreadable("a: 1\nb: \0\n", Problem::AmbiguousCharacter, 8);
    check_unreadable("a:\n\tb: 1\n", Problem::Syntax, 4);
    check_unreadable("a: [1\n", Problem::Syntax, 6);
    check_unreadable("a: 1\n{{- if .x }}\nb: 2\n{{- end }}\n", Problem::Template, 7);
    check_unreadable("a: *x\n", Problem::Syntax, 3);
    assert_eq!(decode(b"a: \xff").unwrap_err().offset, 3);
    assert_eq!(Tree::parse("é: [\n\u{10ffff} 1\n").unwrap_err().position.line, 2);
}

#[test]
fn what_is_only_odd_is_read() {
    for (text, value) in [
        ("\u{feff}a: x\n", "x"),
        ("a: x", "x"),
        ("a:\tx\t# c\n", "x"),
        ("%YAML 1.1\n---\na: x\n...\n", "x"),
        ("--- {a: x}\n", "x"),
        ("? a\n: x\n", "x"),
        ("\"\\x61\": x\n", "x"),
        ("a: !!str x\n", "x"),
        ("a:\n\n  # c\n  x\n", "x"),
        ("# \u{a0}\u{200b}😀\na: x\n", "x"),
        ("\t\n  \t \na: x\n", "x"),
        ("a: {x: [\n  y\n]}\nb: [\n]\n", ""),
        ("a: |\n", ""),
        ("a: |\n\n", ""),
        ("a: >-\n  \n", ""),
        ("a: |+\n", ""),
        ("a: |+\n\n", "\n"),
        ("a: |+\n\nb: x\n", "\n"),
    ] {
        let tree = Tree::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        let root = tree.documents().next().unwrap();
        let found = root.get("a").unwrap().scalar().unwrap_or(Scalar::Str(""));
        assert_eq!(found, Scalar::Str(value), "{text:?}");
        assert!(tree.editable().is_ok(), "{text:?}");
    }
    for empty in ["", "\n\n", "# c\n", "---\n", "\u{feff}"] {
        let tree = Tree::parse(empty).unwrap();
        assert!(tree.documents().all(|root| root.is_empty()), "{empty:?}");
        assert_eq!(tree.documents().count(), 1, "{empty:?}");
    }
}

#[test]
fn a_key_that_ends_with_a_colon_is_copied_as_a_value() {
    let tree = Tree::parse("a:: x\n").unwrap();
    let root = tree.documents().next().unwrap();
    let action = Action::Ensure(Data::copied(root.children().next().unwrap()).unwrap().into());
    let change = Change { at: root.id(), path: vec!["b".into()], action, sharing: Sharing::Refuse };
    let new = edit(&tree, std::slice::from_ref(&change)).unwrap();
    assert_eq!(new, "a:: x\nb: \"a:\"\n");
    prove(&tree, &Tree::parse(new).unwrap(), &[change]).unwrap();
}

#[test]
fn depth_is_limited_and_bombs_are_not_expanded() {
    for deep in ["[", "{a: ", "- ", "? ", "a: {b: ["] {
        check_too_deep(&deep.repeat(20_000));
    }
    check_too_deep(&(0..400).map(|at| format!("{}a:\n", " ".repeat(at))).collect::<String>());
    assert!(Tree::parse("[".repeat(250) + &"]".repeat(250)).is_ok());
    let bomb: String =
        (1..60).map(|at| format!("k{at}: &k{at} [*k{0}, *k{0}]\n", at - 1)).collect();
    let tree = Tree::parse(format!("k0: &k0 x\n{bomb}")).unwrap();
    let root = tree.documents().next().unwrap();
    let action = Action::Ensure(casehard::yaml::Value::seq(["x", "x"]));
    let change =
        Change { at: root.id(), path: vec!["k59".into()], action, sharing: Sharing::Refuse };
    let new = Tree::parse(edit(&tree, std::slice::from_ref(&change)).unwrap()).unwrap();
    prove(&tree, &new, &[change]).unwrap();
    let tree = Tree::parse("a: &a [*a, {b: *a}]\n").unwrap();
    let a = tree.documents().next().unwrap().get("a").unwrap();
    assert!(a.items().next().unwrap().is_recursive_alias());
}

#[track_caller]
fn check_too_deep(text: &str) {
    let problem = Tree::parse(text).unwrap_err().problem;
    assert_eq!(problem, Problem::TooDeep, "{}", &text[..20]);
}
