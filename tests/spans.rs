//! Every node of a text knows its bytes: nodes nest, and between them is nothing but trivia.

use casehard::yaml::{Kind, Node, Problem, Scalar, Style, Tree};

mod corpus;

/// Spans nest and do not overlap, and the gaps hold white space, comments and indicators only.
#[track_caller]
fn check_spans(name: &str, tree: &Tree) {
    let text = tree.text();
    let mut covered = vec![false; text.len()];
    let mut stack: Vec<Node<'_>> = tree.documents().collect();
    while let Some(node) = stack.pop() {
        let (span, full) = (node.span(), node.full_span());
        assert!(full.start <= span.start && span.start <= span.end, "{name}: {node:?}");
        if let Some(parent) = node.parent() {
            let outer = parent.span();
            assert!(outer.start <= full.start && full.end <= outer.end, "{name}: {}", node.raw());
        }
        covered[full.start..span.start].fill(true);
        match node.kind() {
            Kind::Scalar | Kind::Alias => covered[span.start..span.end].fill(true),
            Kind::Mapping => stack.extend(node.children()),
            Kind::Sequence => stack.extend(node.items()),
        }
    }
    for comment in tree.comments() {
        covered[comment.span.start..comment.span.end].fill(true);
    }
    for line in text.lines().filter(|line| line.starts_with('%')) {
        let start = line.as_ptr() as usize - text.as_ptr() as usize;
        covered[start..start + line.len()].fill(true);
    }
    for unread in tree.unread() {
        covered[unread.span.start..unread.span.end].fill(true);
    }
    for (at, byte) in text.bytes().enumerate().filter(|(at, _)| !covered[*at]) {
        let indicator = b" \t\r\n-?:,[]{}.\xef\xbb\xbf".contains(&byte);
        assert!(indicator, "{name}: byte {at} ({:?}) is in no node", byte as char);
    }
}

#[test]
fn spans_of_the_corpus_nest_and_leave_only_trivia() {
    for (name, text) in corpus::files() {
        for variant in [text.clone(), text.replace('\n', "\r\n"), text.trim_end().to_owned()] {
            match Tree::parse(variant) {
                Ok(tree) => check_spans(&name, &tree),
                Err(error) => {
                    let known = [Problem::Syntax, Problem::Template].contains(&error.problem);
                    assert!(known, "{name}: {error} at {:?}", error.position);
                }
            }
        }
    }
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let tree = Tree::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    check_spans(text, &tree);
    let mut found = Vec::new();
    let mut stack: Vec<Node<'_>> = tree.documents().collect();
    stack.reverse();
    while let Some(node) = stack.pop() {
        found.push(node.raw());
        let children: Vec<_> = node.children().collect();
        stack.extend(children.into_iter().rev());
    }
    assert_eq!(found, expected, "{text:?}");
}

#[test]
fn odd_places_are_found() {
    check("a:\n- x\n-\nb:\n", &["a:\n- x\n-\nb:", "a", "- x\n-", "x", "", "b", ""]);
    check("[a: b, c]\n", &["[a: b, c]", "a: b", "a", "b", "c"]);
    check("[{a: b}: c]\n", &["[{a: b}: c]", "{a: b}: c", "{a: b}", "a", "b", "c"]);
    check("{a, b: , 'c':d}\n", &["{a, b: , 'c':d}", "a", "", "b", "", "'c'", "d"]);
    check("? a\n? b\n: c\n", &["? a\n? b\n: c", "a", "", "b", "c"]);
    check("? ? a\n: b\n", &["? ? a\n: b", "? a", "a", "", "b"]);
    check("? ? a\n  :\n: b\n", &["? ? a\n  :\n: b", "? a\n  :", "a", "", "b"]);
    check(": v\n", &[": v", "", "v"]);
    check("{a: b}: c\n", &["{a: b}: c", "{a: b}", "a", "b", "c"]);
    check("&m\n&k key: !t v\n", &["&k key: !t v", "key", "v"]);
    check(
        "a: |\n  x\n\n  y \n\nb: 1\n",
        &["a: |\n  x\n\n  y \n\nb: 1", "a", "|\n  x\n\n  y ", "b", "1"],
    );
    check(
        "a: |+ # c\n  x\n\nb: >-\n\n  x\n\n   y\n  z\n",
        &[
            "a: |+ # c\n  x\n\nb: >-\n\n  x\n\n   y\n  z",
            "a",
            "|+ # c\n  x\n",
            "b",
            ">-\n\n  x\n\n   y\n  z",
        ],
    );
    check(
        "a: >2\n    x\n   \nb: |\n",
        &["a: >2\n    x\n   \nb: |", "a", ">2\n    x\n   ", "b", "|"],
    );
    check(
        "a: one\n  two\n\n  three # c\n",
        &["a: one\n  two\n\n  three", "a", "one\n  two\n\n  three"],
    );
    check(
        "image:\tnginx\t# t\n# x:\ty\nb: 'q:\tq'\n",
        &["image:\tnginx\t# t\n# x:\ty\nb: 'q:\tq'", "image", "nginx", "b", "'q:\tq'"],
    );
    check("\u{feff}a: {b: [1]}\n", &["a: {b: [1]}", "a", "{b: [1]}", "b", "[1]", "1"]);
    check("--- # c\n--- a\n...\n%YAML 1.1\n---\n&x\n", &["", "a", ""]);
    check("# only\n", &[""]);
    check(
        "- - a\n  - b\n-   c: d\n",
        &["- - a\n  - b\n-   c: d", "- a\n  - b", "a", "b", "c: d", "c", "d"],
    );
    check("- !!null\n- &a\n- ''\n", &["- !!null\n- &a\n- ''", "", "", "''"]);
    check(
        "[a, [b, c: d],\n # x\n]\n",
        &["[a, [b, c: d],\n # x\n]", "a", "[b, c: d]", "b", "c: d", "c", "d"],
    );
}

#[test]
fn nodes_answer_questions() {
    let text = "a: &x [1, \"two\\n\", 'it''s']\nb: *x\nc: !!str 5\na: ~\nd: &r [*r]\n";
    let tree = Tree::parse(text).unwrap();
    let root = tree.documents().next().unwrap();
    let a = root.get("a").unwrap();
    assert_eq!(
        a.items().map(|it| it.scalar().unwrap()).collect::<Vec<_>>(),
        [Scalar::Int(1), Scalar::Str("two\n"), Scalar::Str("it's"),]
    );
    assert_eq!((a.anchor(), a.aliases(), a.style()), (Some("x"), 1, Style::Flow));
    let b = root.entry("b").unwrap().written;
    assert_eq!((b.kind(), b.resolve() == a, b.is_recursive_alias()), (Kind::Alias, true, false));
    let c = root.get("c").unwrap();
    assert_eq!((c.tag(), c.scalar()), (Some("!!str"), Some(Scalar::Str("5"))));
    assert_eq!(root.duplicate_key().unwrap().span().start, text.rfind("a: ~").unwrap());
    assert!(root.get("d").unwrap().items().next().unwrap().is_recursive_alias());
    let item = a.items().nth(2).unwrap();
    assert_eq!(
        (item.index(), a.key().unwrap().raw(), item.parent() == Some(a)),
        (Some(2), "a", true)
    );
    assert_eq!(tree.position(a.span().start).column, 7);
}
