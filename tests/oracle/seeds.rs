//! What the documents of the run are made from: snippets, golden inputs, the corpus where it is at hand.

use std::fs;
use std::path::Path;

use super::consumer::Dialect;
use super::mutate::{Pool, collect};
use super::node::read;
use super::text::{Document, Source};
use super::write::Layout;

/// The documents of one dialect, and the entries that stand in them.
pub(crate) struct Seeds {
    /// Written for this: each is judged as it is as well.
    pub(crate) snippets: Vec<Document>,
    /// Of the corpus and of `golden`.
    pub(crate) others: Vec<Document>,
    pub(crate) pool: Pool,
}

/// Longer texts are left to the tests of the corpus.
const LONGEST: usize = 12_000;

pub(crate) fn seeds(dialect: Dialect, files: &[(String, String)]) -> Seeds {
    let texts = snippets(dialect);
    let is_ours = |text: &str| match dialect {
        Dialect::Compose => text.contains("services:") && !text.contains("apiVersion:"),
        Dialect::Kubernetes => text.contains("apiVersion:") && text.contains("containers:"),
    };
    let others = files.iter().map(|it| it.1.as_str());
    let others: Vec<&str> = others.filter(|it| is_ours(it) && it.len() < LONGEST).collect();
    let mut pool = Pool::new();
    let all = texts.iter().map(String::as_str).chain(others.iter().copied());
    for root in all.filter_map(read).flatten() {
        collect(&root, "", &mut pool);
    }
    Seeds {
        snippets: texts.iter().flat_map(|it| documents(it)).collect(),
        others: others.into_iter().flat_map(documents).collect(),
        pool,
    }
}

/// The snippets as they are written.
fn snippets(dialect: Dialect) -> Vec<String> {
    let name = match dialect {
        Dialect::Compose => "compose.txt",
        Dialect::Kubernetes => "kubernetes.txt",
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles/snippets").join(name);
    let text = fs::read_to_string(path).expect("the snippets are part of the repository");
    text.split("=====\n").map(str::to_owned).collect()
}

/// A text as lines, and as trees.
fn documents(text: &str) -> Vec<Document> {
    let of = |source| Document { source, layout: Layout::PLAIN, touches: Vec::new() };
    let lines = of(Source::Lines(text.lines().map(str::to_owned).collect()));
    let trees = read(text).map(|it| of(Source::Trees(it)));
    [lines].into_iter().chain(trees).collect()
}
