//! Random edits of random documents, and of real files: each result parses and is proven.

use casehard::yaml::{
    Action, Change, Data, Kind, Node, NodeId, Sharing, Step, Tree, Value, edit, prove,
};
use proptest::prelude::*;

mod corpus;
mod document;

use document::Dice;

/// A few changes at random places.
fn changes(tree: &Tree, dice: &mut Dice) -> Vec<Change> {
    let count = 1 + dice.below(4);
    (0..count).map(|_| change(tree, dice)).collect()
}

fn change(tree: &Tree, dice: &mut Dice) -> Change {
    let documents: Vec<_> = tree.documents().collect();
    let mut node = documents[dice.below(documents.len())];
    let at = node.id();
    let mut path = Vec::new();
    while dice.below(5) > 0 {
        let Some((step, child)) = child(node, dice) else { break };
        path.push(step);
        node = child;
    }
    if node.kind() == Kind::Mapping && dice.below(2) == 0 {
        path.push(Step::Key(dice.pick(&["new", "k0", "a b", "yes", "securityContext"]).into()));
        if dice.below(3) == 0 {
            path.push(Step::Key("below".into()));
        }
    }
    let action = match dice.below(7) {
        6 => Action::Ensure(copy(documents[0], dice)),
        0 | 1 => Action::Ensure(value(dice, 2)),
        2 => Action::Replace(value(dice, 2)),
        3 => Action::Append(value(dice, 1)),
        _ => Action::Remove,
    };
    let sharing = if dice.below(4) == 0 { Sharing::Allow } else { Sharing::Refuse };
    Change { at, path, action, sharing }
}

/// What stands at a random scalar, to be written elsewhere.
fn copy(mut node: Node<'_>, dice: &mut Dice) -> Value {
    while let Some((_, inner)) = child(node, dice) {
        node = inner;
    }
    Data::copied(node).unwrap_or(Data::Null).into()
}

fn child<'t>(node: Node<'t>, dice: &mut Dice) -> Option<(Step, Node<'t>)> {
    let children: Vec<_> = node.children().collect();
    if children.is_empty() {
        return None;
    }
    if node.kind() == Kind::Mapping {
        let entry = &children[2 * dice.below(children.len() / 2)..];
        return Some((Step::Key(entry[0].value()?.into()), entry[1]));
    }
    let index = dice.below(children.len());
    Some((Step::Index(index), children[index]))
}

fn value(dice: &mut Dice, depth: usize) -> Value {
    let value: Value = match dice.below(if depth > 0 { 8 } else { 5 }) {
        0 => true.into(),
        1 => 7.into(),
        2 => Data::Null.into(),
        3 | 4 => dice
            .pick(&[
                "x",
                "",
                "10001:10001",
                "a: b",
                "it's",
                "no",
                "a, b",
                "line\nline",
                "é\u{2028}",
            ])
            .into(),
        5 | 6 => Value::seq((0..dice.below(3)).map(|_| value(dice, depth - 1)).collect::<Vec<_>>()),
        _ => {
            let count = dice.below(3);
            Value::map(
                (0..count).map(|at| (format!("m{at}"), value(dice, depth - 1))).collect::<Vec<_>>(),
            )
        }
    };
    if dice.below(5) == 0 { value.with_comment("why") } else { value }
}

/// Applies changes where they are not refused: the result parses, is proven, and is stable.
fn check(name: &str, tree: &Tree, changes: &[Change]) -> bool {
    let text = tree.text();
    let new = match edit(tree, changes) {
        Ok(new) => new,
        Err(error) => {
            assert!(!error.message.contains("same bytes"), "{name}: {error}\n{changes:?}\n{text}");
            return false;
        }
    };
    let fail =
        |message: &str| -> ! { panic!("{name}: {message}\n{changes:?}\n{text}\n--->\n{new}") };
    let Ok(result) = Tree::parse(new.as_str()) else { fail("the result does not parse") };
    if let Err(error) = prove(tree, &result, changes) {
        fail(&error.message);
    }
    let removes = changes.iter().any(|it| it.action == Action::Remove);
    let roots: Vec<NodeId> = tree.documents().map(|it| it.id()).collect();
    let new_roots: Vec<NodeId> = result.documents().map(|it| it.id()).collect();
    let moved = changes.iter().cloned().map(|it| {
        let document = roots.iter().position(|root| *root == it.at);
        Change { at: document.map_or(it.at, |at| new_roots[at]), ..it }
    });
    if !removes && roots.len() == new_roots.len() {
        match edit(&result, &moved.collect::<Vec<_>>()) {
            Ok(again) if again != new => fail(&format!("not stable:\n{again}")),
            Ok(_) => (),
            Err(error) => fail(&format!("the second time is refused: {error}")),
        }
    }
    true
}

#[test]
fn edits_of_the_corpus_are_proven() {
    let (mut made, mut all) = (0, 0);
    for (number, (name, text)) in corpus::files().into_iter().enumerate() {
        let Ok(tree) = Tree::parse(text) else { continue };
        if tree.editable().is_err() || tree.text().len() > 100_000 {
            continue;
        }
        let mut dice = Dice(number as u64 + seed());
        for _ in 0..6 {
            all += 1;
            made += usize::from(check(&name, &tree, &changes(&tree, &mut dice)));
        }
    }
    assert!(made * 2 >= all, "only {made} of {all} edits were made");
}

fn seed() -> u64 {
    std::env::var("SEED").ok().and_then(|it| it.parse().ok()).unwrap_or(1)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn edits_of_random_documents_are_proven(seed in any::<u64>()) {
        let mut dice = Dice(seed);
        let text = document::write(&mut dice);
        let tree = Tree::parse(text.as_str())
            .unwrap_or_else(|error| panic!("{error} at {:?}\n{text}", error.position));
        prop_assert_eq!(tree.text(), text.as_str());
        tree.editable().unwrap();
        for _ in 0..4 {
            check("random", &tree, &changes(&tree, &mut dice));
        }
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in "[ \\t\\n\\r\\-?:,\\[\\]{}#&*!|>'\"%a0~é\u{feff}]{0,40}") {
        if let Ok(tree) = Tree::parse(text) {
            for root in tree.documents() {
                let change = Change {
                    at: root.id(),
                    path: vec!["a".into()],
                    action: Action::Ensure(true.into()),
                    sharing: Sharing::Refuse,
                };
                if let Ok(new) = edit(&tree, std::slice::from_ref(&change))
                    && let Ok(result) = Tree::parse(new)
                {
                    let _ = prove(&tree, &result, &[change]);
                }
            }
        }
    }
}

fn cases() -> u32 {
    std::env::var("CASES").ok().and_then(|it| it.parse().ok()).unwrap_or(1500)
}
