//! Any list of changes to any document: it is refused, or the result is proven and all else is left as it was.

use super::{check_places, nodes};
use arbitrary::{Arbitrary, Unstructured};
use casehard::yaml::{
    Action, Change, Data, Editor, Kind, Node, Replacement, Sharing, Step, Tree, Value, edit, prove,
    replacements,
};

/// The wishes stand before the text, each in as many bytes, so that seeds are texts behind a head.
pub const HEAD: usize = 48;

/// A change to whatever document comes.
#[derive(Arbitrary, Debug)]
struct Wish {
    /// Which of the nodes the way leads to.
    node: u16,
    /// A key that is looked for or made there.
    key: Option<Key>,
    act: Act,
    shared: bool,
}

#[derive(Arbitrary, Debug)]
enum Key {
    New,
    Below,
    Odd(u8),
    Item(u8),
}

#[derive(Arbitrary, Debug)]
enum Act {
    Ensure(Wanted),
    Append(Wanted),
    Remove,
    Replace(Wanted),
    Copy(u16),
}

#[derive(Arbitrary, Debug)]
enum Wanted {
    Null,
    Bool(bool),
    Int(i32),
    Text(u8),
    Seq(Vec<bool>, u8),
    Map(u8, u8),
    Commented(u8),
}

/// Texts that are hard to write, and keys.
const TEXTS: [&str; 24] = [
    "x",
    "",
    "no",
    "10001:10001",
    "a: b",
    "it's",
    "a, b",
    "line\nline",
    "é\u{2028}",
    "a #b",
    "~",
    "null",
    "0x1f",
    "1_000",
    "2020-01-01",
    "- a",
    "{a}",
    "\\",
    "\"",
    " a ",
    "%a",
    "&a",
    "<<",
    "\t",
];

fn text(number: u8) -> &'static str {
    TEXTS[usize::from(number) % TEXTS.len()]
}

impl Wanted {
    fn value(&self) -> Value {
        match self {
            Wanted::Null => Data::Null.into(),
            Wanted::Bool(it) => (*it).into(),
            Wanted::Int(it) => i64::from(*it).into(),
            Wanted::Text(it) => text(*it).into(),
            Wanted::Seq(all, it) => {
                let items = all.iter().take(4).map(|is_text| match is_text {
                    true => Value::from(text(*it)),
                    false => Value::seq([text(*it)]),
                });
                Value::seq(items.collect::<Vec<_>>())
            }
            Wanted::Map(key, it) => {
                Value::map([(text(*key), Value::from(text(*it))), ("z", Value::seq(["x", "y"]))])
            }
            Wanted::Commented(it) => Value::from(text(*it)).with_comment("why"),
        }
    }
}

/// The steps to a node from the root of its document, and that root; nothing behind a key that is no text.
fn way(node: Node<'_>) -> Option<(Node<'_>, Vec<Step>)> {
    let (mut path, mut at) = (Vec::new(), node);
    while let Some(parent) = at.parent() {
        path.push(match (at.key(), at.index()) {
            (Some(key), _) => Step::Key(key.value()?.into()),
            (None, Some(index)) => Step::Index(index),
            (None, None) => return None,
        });
        at = parent;
    }
    path.reverse();
    Some((at, path))
}

impl Wish {
    fn change(&self, all: &[Node<'_>]) -> Option<Change> {
        let (root, mut path) = way(all[usize::from(self.node) % all.len()])?;
        match &self.key {
            None => (),
            Some(Key::New) => path.push("new".into()),
            Some(Key::Below) => path.extend(["new".into(), "below".into()]),
            Some(Key::Odd(it)) => path.push(text(*it).into()),
            Some(Key::Item(it)) => path.push(Step::Index(usize::from(*it))),
        }
        let action = match &self.act {
            Act::Ensure(it) => Action::Ensure(it.value()),
            Act::Append(it) => Action::Append(it.value()),
            Act::Remove => Action::Remove,
            Act::Replace(it) => Action::Replace(it.value()),
            Act::Copy(it) => {
                let from = all[usize::from(*it) % all.len()];
                Action::Ensure(Data::copied(from)?.into())
            }
        };
        let sharing = if self.shared { Sharing::Allow } else { Sharing::Refuse };
        Some(Change { at: root.id(), path, action, sharing })
    }
}

/// Fails where that does not hold of these.
pub fn run(bytes: &[u8]) {
    let Some((head, body)) = bytes.split_at_checked(HEAD) else { return };
    let Ok(body) = std::str::from_utf8(body) else { return };
    let Ok(tree) = Tree::parse(body) else { return };
    let all = nodes(&tree);
    let mut head = Unstructured::new(head);
    let count = 1 + head.int_in_range(0..=4).unwrap_or(0);
    let wishes = (0..count).map_while(|_| Wish::arbitrary(&mut head).ok());
    let changes: Vec<Change> = wishes.filter_map(|it| it.change(&all)).collect();
    if changes.is_empty() {
        return;
    }
    let new = match edit(&tree, &changes) {
        Ok(new) => new,
        Err(error) => {
            assert!(!error.message.contains("same bytes"), "{error}");
            assert!(tree.text().get(error.span.start..error.span.end).is_some(), "no place");
            return;
        }
    };
    assert!(tree.editable().is_ok(), "what may not be edited was edited");
    check(&tree, &new, &changes);
}

fn check(tree: &Tree, new: &str, changes: &[Change]) {
    let result =
        Tree::parse(new).unwrap_or_else(|it| panic!("not parsed: {it}\n{changes:?}\n{new}"));
    check_places(&result);
    if tree.referee().is_ok() {
        prove(tree, &result, changes)
            .unwrap_or_else(|it| panic!("not proven: {it}\n{changes:?}\n{new}"));
    }
    let alone = Editor::new(tree).edit(changes).expect("one by one as all together");
    for all in [alone, replacements(tree.text(), new)] {
        assert_eq!(replaced(tree.text(), &all), new, "the replacements are others");
    }
    check_untouched(tree, &result, changes);
    check_again(tree, &result, changes);
}

fn replaced(old: &str, all: &[Replacement]) -> String {
    let mut text = old.to_owned();
    for it in all.iter().rev() {
        text.replace_range(it.span.start..it.span.end, &it.text);
    }
    text
}

/// Every comment and every scalar that no change leads to is there, in the old order, as it was written.
fn check_untouched(tree: &Tree, new: &Tree, changes: &[Change]) {
    let targets: Vec<Node<'_>> = changes.iter().filter_map(|it| it.target(tree)).collect();
    let is_inside = |outer: &Node<'_>, it: &Node<'_>| {
        let key = outer.key().map_or(outer.full_span(), Node::full_span);
        key.start <= it.full_span().start && it.full_span().end <= outer.full_span().end
    };
    let is_shared = changes.iter().any(|it| it.sharing == Sharing::Allow);
    if is_shared && tree.has_properties() {
        return;
    }
    let mut scalars = nodes(new).into_iter().filter(|it| it.kind() == Kind::Scalar);
    for node in nodes(tree) {
        let leaf = node.kind() == Kind::Scalar && !node.is_empty() && !node.is_null();
        if leaf && !targets.iter().any(|it| is_inside(it, &node)) {
            let same = scalars.any(|it| it.raw() == node.raw() && it.style() == node.style());
            assert!(same, "a scalar that nobody speaks of is gone: {}", node.raw());
        }
    }
}

/// What was asked for is there: a second time changes nothing.
fn check_again(tree: &Tree, new: &Tree, changes: &[Change]) {
    let removes = changes.iter().any(|it| it.action == Action::Remove);
    let roots = |tree: &Tree| tree.documents().map(|it| it.id()).collect::<Vec<_>>();
    let (old_roots, new_roots) = (roots(tree), roots(new));
    assert_eq!(old_roots.len(), new_roots.len(), "there are other documents");
    if removes {
        return;
    }
    let moved = changes.iter().cloned().map(|it| {
        let document = old_roots.iter().position(|root| *root == it.at).expect("it is a root");
        Change { at: new_roots[document], ..it }
    });
    match edit(new, &moved.collect::<Vec<_>>()) {
        Ok(again) => assert_eq!(again, new.text(), "a second time changes more"),
        Err(error) => panic!("the second time is refused: {error}"),
    }
}
