//! What the targets ask, for the fuzzers and for the tests; and what several of them do: a policy, and what holds of every
//! tree.

pub mod archive;
pub mod config;
pub mod edit;
pub mod fix;
pub mod parse;

use std::sync::OnceLock;

use casehard::cli::{Cli, Command};
use casehard::finding::Confidence;
use casehard::mend::Policy;
use casehard::yaml::{Node, NodeId, Span, Tree};
use clap::Parser as _;

/// What holds for a run without a configuration that accepts every fix.
pub fn policy() -> &'static Policy {
    static POLICY: OnceLock<Policy> = OnceLock::new();
    POLICY.get_or_init(|| policy_of(&["-"]).expect("the arguments are those of fix"))
}

/// What holds for a run of `fix` with more words, or what is wrong with them.
pub fn policy_of(words: &[&str]) -> Result<Policy, String> {
    let words = ["casehard", "fix", "--yes"].iter().chain(words);
    let Command::Fix(args) = Cli::try_parse_from(words).map_err(|it| it.to_string())?.command
    else {
        return Err("these are not the words of fix".to_owned());
    };
    casehard::commands::policy(&args.inputs, Confidence::Risky).map_err(|it| it.0)
}

/// The nodes of a tree that its documents lead to, in the order of the text.
pub fn nodes(tree: &Tree) -> Vec<Node<'_>> {
    let mut open: Vec<Node<'_>> = tree.documents().collect();
    open.reverse();
    let mut found = Vec::new();
    while let Some(node) = open.pop() {
        found.push(node);
        let children: Vec<_> = node.children().collect();
        open.extend(children.into_iter().rev());
    }
    found
}

/// Spans are bytes of the text, begin and end between characters, lie in those around them and follow each other.
pub fn check_places(tree: &Tree) {
    let text = tree.text();
    let is_place = |it: Span| text.get(it.start..it.end).is_some();
    let mut ends: Vec<(NodeId, usize)> = Vec::new();
    for node in nodes(tree) {
        let (span, full) = (node.span(), node.full_span());
        assert!(is_place(span) && is_place(full), "a span is no part of the text: {node:?}");
        assert!(full.start <= span.start && span.end == full.end, "a node is beside its own tag");
        if let Some(parent) = node.parent() {
            let around = parent.span();
            assert!(
                around.start <= full.start && full.end <= around.end,
                "a node leaves its parent"
            );
            while ends.last().is_some_and(|it| it.0 != parent.id()) {
                ends.pop();
            }
            let before = ends.last_mut().expect("a parent comes before its children");
            assert!(before.1 <= full.start, "two nodes overlap");
            before.1 = full.end;
        }
        ends.push((node.id(), full.start));
    }
    for comment in tree.comments() {
        assert!(is_place(comment.span), "a comment is no part of the text");
        assert!(text[comment.span.start..].starts_with('#'), "a comment begins elsewhere");
    }
    for line in 1..=tree.line_count() {
        assert!(is_place(tree.line_span(line)), "a line is no part of the text");
    }
}
