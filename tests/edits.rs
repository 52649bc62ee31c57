//! Every folder in `golden/edits` is an edit with its exact result, or the reason against it.
//!
//! `GOLDEN=bless cargo test --test edits` rewrites the results; then read the diff.

#![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

use std::fs;
use std::path::{Path, PathBuf};

use casehard::yaml::{
    Action, Change, Data, EditError, Editor, Kind, Node, Replacement, Sharing, Step, Tree, Value,
    decode, edit, prove, replacements,
};
use serde_json::Value as Json;

#[derive(Debug)]
struct Case {
    name: String,
    folder: PathBuf,
    input: Vec<u8>,
    ops: Vec<Json>,
}

fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/edits");
    let mut folders: Vec<_> = fs::read_dir(root).unwrap().map(|it| it.unwrap().path()).collect();
    folders.sort();
    let case = |folder: PathBuf| Case {
        name: folder.file_name().unwrap().to_string_lossy().into_owned(),
        input: fs::read(folder.join("input.yaml")).unwrap(),
        ops: serde_json::from_slice(&fs::read(folder.join("ops.json")).unwrap()).unwrap(),
        folder,
    };
    folders.into_iter().map(case).collect()
}

/// `services/web/ports/0`, or nothing for the root, with `doc:1` in front for another document than the first.
fn change(tree: &Tree, op: &Json) -> Change {
    let path = op[1].as_str().unwrap();
    let (document, path) = match path.strip_prefix("doc:").map(|it| it.split_once('/').unwrap()) {
        Some((number, path)) => (number.parse().unwrap(), path),
        None => (0, path),
    };
    let step = |it: &str| it.parse().map_or_else(|_| Step::Key(it.into()), Step::Index);
    let document = tree.documents().nth(document).unwrap();
    let value = || match op[0].as_str().unwrap() {
        "copy" => copy(find(document, op[2].as_str().unwrap())),
        _ => value(&op[2]),
    };
    Change {
        at: document.id(),
        path: path.split('/').filter(|it| !it.is_empty()).map(step).collect(),
        action: match op[0].as_str().unwrap() {
            "ensure" | "copy" => Action::Ensure(value()),
            "append" => Action::Append(value()),
            "replace" => Action::Replace(value()),
            "remove" => Action::Remove,
            other => panic!("no such operation: {other}"),
        },
        sharing: if op[3] == "shared" { Sharing::Allow } else { Sharing::Refuse },
    }
}

/// The node at a path of keys and numbers.
fn find<'t>(from: Node<'t>, path: &str) -> Node<'t> {
    path.split('/').fold(from, |node, step| match step.parse() {
        Ok(number) => node.items().nth(number).unwrap(),
        Err(_) => node.entry(step).unwrap().written,
    })
}

/// What stands at a node, to be written elsewhere.
fn copy(node: Node<'_>) -> Value {
    match Data::copied(node) {
        Some(it) => it.into(),
        None if node.kind() == Kind::Sequence => {
            Value::seq(node.items().map(copy).collect::<Vec<_>>())
        }
        None => Value::map(
            node.entries()
                .into_iter()
                .map(|it| (it.key.value().unwrap().to_owned(), copy(it.written)))
                .collect::<Vec<_>>(),
        ),
    }
}

/// A JSON value; an object with `#` is a value with a comment: `{"#": "why", "=": true}`.
fn value(json: &Json) -> Value {
    match json {
        Json::Null => Data::Null.into(),
        Json::Bool(it) => (*it).into(),
        Json::Number(it) => it.as_i64().unwrap().into(),
        Json::String(it) => it.as_str().into(),
        Json::Array(items) => Value::seq(items.iter().map(value)),
        Json::Object(it) if it.contains_key("#") => {
            value(&it["="]).with_comment(it["#"].as_str().unwrap())
        }
        Json::Object(it) => Value::map(it.iter().map(|(key, it)| (key.clone(), value(it)))),
    }
}

fn apply(text: &str, ops: &[Json]) -> Result<String, EditError> {
    let tree = Tree::parse(text)?;
    let changes: Vec<_> = ops.iter().map(|op| change(&tree, op)).collect();
    let new = edit(&tree, &changes)?;
    let result = Tree::parse(new.as_str());
    let result = result.unwrap_or_else(|error| panic!("the result does not parse: {error}\n{new}"));
    prove(&tree, &result, &changes)
        .unwrap_or_else(|error| panic!("not proven: {}\n{new}", error.message));
    Ok(new)
}

fn outcome(case: &Case) -> Result<String, String> {
    let text = decode(&case.input).map_err(|error| error.problem.id().to_owned())?;
    apply(text, &case.ops).map_err(|error| error.refusal.id().to_owned())
}

#[test]
fn every_case_gives_its_exact_result() {
    let mut wrong = Vec::new();
    for case in cases() {
        let outcome = std::panic::catch_unwind(|| outcome(&case));
        let Ok(outcome) = outcome else {
            wrong.push(case.name);
            continue;
        };
        let (file, other) = match &outcome {
            Ok(_) => ("expected.yaml", "refuse.txt"),
            Err(_) => ("refuse.txt", "expected.yaml"),
        };
        let found = outcome.unwrap_or_else(|reason| reason + "\n");
        if std::env::var_os("GOLDEN").is_some_and(|it| it == "bless") {
            fs::write(case.folder.join(file), &found).unwrap();
            let _ = fs::remove_file(case.folder.join(other));
            continue;
        }
        let expected = fs::read_to_string(case.folder.join(file)).unwrap_or_default();
        if found != expected {
            eprintln!("--- {}\n{found}--- expected\n{expected}", case.name);
            wrong.push(case.name);
        }
    }
    assert!(wrong.is_empty(), "{} wrong: {wrong:?}", wrong.len());
}

#[test]
fn a_second_application_changes_nothing() {
    for case in cases() {
        let Ok(new) = outcome(&case) else { continue };
        // Removing an item by its number takes the next one, and a removed key is a conflict-free
        // nothing, so only the others are applied again.
        let again: Vec<_> = case.ops.iter().filter(|op| op[0] != "remove").cloned().collect();
        if again.len() == case.ops.len() {
            assert_eq!(apply(&new, &again).unwrap(), new, "{}", case.name);
        }
    }
}

#[test]
fn each_change_alone_is_proven() {
    for case in cases() {
        let Ok(text) = decode(&case.input) else { continue };
        for op in &case.ops {
            let _ = apply(text, std::slice::from_ref(op));
        }
    }
}

/// Programs that apply a fix by themselves get the same text.
#[test]
fn replacements_make_the_same_text() {
    let patched = |text: &str, all: &[Replacement]| {
        let mut new = text.to_owned();
        for it in all.iter().rev() {
            new.replace_range(it.span.start..it.span.end, &it.text);
        }
        new
    };
    for case in cases() {
        let Ok(text) = decode(&case.input) else { continue };
        let Ok(tree) = Tree::parse(text) else { continue };
        let editor = Editor::new(&tree);
        for ops in case.ops.iter().map(std::slice::from_ref).chain([&*case.ops]) {
            let changes: Vec<_> = ops.iter().map(|op| change(&tree, op)).collect();
            let Ok(new) = edit(&tree, &changes) else {
                assert!(editor.edit(&changes).is_err(), "{}", case.name);
                continue;
            };
            let all = editor.edit(&changes).unwrap();
            assert_eq!(patched(text, &all), new, "{}", case.name);
            let apart = |it: &[Replacement]| it[0].span.end < it[1].span.start;
            assert!(all.windows(2).all(apart), "{}: {all:?}", case.name);
            assert_eq!(patched(text, &replacements(text, &new)), new, "{}", case.name);
        }
    }
}

/// Another letter or digit anywhere must not pass for the result.
#[test]
fn a_result_with_one_wrong_byte_is_not_proven() {
    for case in cases() {
        let Ok(new) = outcome(&case) else { continue };
        let tree = Tree::parse(decode(&case.input).unwrap()).unwrap();
        let changes: Vec<_> = case.ops.iter().map(|op| change(&tree, op)).collect();
        for (at, byte) in new.bytes().enumerate().filter(|(_, it)| it.is_ascii_alphanumeric()) {
            let other = if byte.is_ascii_digit() { b'0' + (byte - b'0' + 1) % 10 } else { b'q' };
            let mut wrong = new.clone().into_bytes();
            wrong[at] = if other == byte { b'z' } else { other };
            let wrong = String::from_utf8(wrong).unwrap();
            if let Ok(result) = Tree::parse(wrong.as_str()) {
                assert!(prove(&tree, &result, &changes).is_err(), "{}:\n{wrong}", case.name);
            }
        }
        for line in new.lines().filter(|it| !it.trim().is_empty()) {
            let wrong = new.replacen(line, "", 1);
            if let Ok(result) = Tree::parse(wrong.as_str()) {
                assert!(prove(&tree, &result, &changes).is_err(), "{}:\n{wrong}", case.name);
            }
        }
    }
}

/// What stands between values that nobody touches is proven as well: blanks, line ends, indentation.
#[test]
fn a_blank_more_or_less_is_not_proven() {
    let text = "a:  1 \n\n\nb: [ 2,3 ]\nc:\n- x\n\n- y\nd:\n  e: 4\n\n  f: 5\n\n";
    let tree = Tree::parse(text).unwrap();
    let at = tree.documents().next().unwrap().id();
    let path = vec![Step::Key("d".into()), Step::Key("g".into())];
    let change = Change { at, path, action: Action::Ensure(6.into()), sharing: Sharing::Refuse };
    let new = edit(&tree, std::slice::from_ref(&change)).unwrap();
    assert_eq!(new, text.replace("f: 5\n", "f: 5\n  g: 6\n"));
    let wrong = [
        ("a:  1", "a: 1"),
        ("1 \n", "1\n"),
        ("\n\n\nb", "\n\nb"),
        ("\n\n\nb", "\n\n\n\nb"),
        ("[ 2,3 ]", "[2,3 ]"),
        ("2,3", "2, 3"),
        ("c:\n", "c: \n"),
        ("- x\n\n", "- x\n"),
        ("- y", "-  y"),
        ("4\n\n", "4\n"),
        ("g: 6\n\n", "g: 6\n"),
    ];
    for (right, wrong) in wrong {
        let result = Tree::parse(new.replacen(right, wrong, 1)).unwrap();
        assert!(prove(&tree, &result, std::slice::from_ref(&change)).is_err(), "{wrong:?}");
    }
    prove(&tree, &Tree::parse(new).unwrap(), &[change]).unwrap();
}
