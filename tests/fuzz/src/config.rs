//! Any text as the configuration, as what was learnt of images, and as waivers: what is wrong has its place.

use std::fmt::Write as _;
use std::path::Path;

use super::policy;
use casehard::batch::Batch;
use casehard::config::{Config, ConfigError, load};
use casehard::images::learned::Book;
use casehard::images::{Knowledge, OwnerImage};
use casehard::rules::{self, ALL};

/// Fails where that does not hold of these.
pub fn run(text: &str) {
    let path = Path::new("folder/casehard.toml");
    let known: Vec<&str> = ALL.iter().map(|it| it.id).collect();
    match load(text, path, &known) {
        Ok(config) => check_images(&config),
        Err(error) => check_place(&error, path, text),
    }
    match Book::read(text, path) {
        Ok(book) => {
            let again = Book::read(&book.text(), path).expect("what is written can be read");
            assert_eq!(again.images(), book.images(), "what is written says something else");
        }
        Err(error) => check_place(&error, path, text),
    }
    let head = text.as_bytes().iter().take_while(|it| it.is_ascii_whitespace()).count();
    if text[head..].starts_with('#') {
        check_waivers(text);
    }
}

/// An error names the file, a line of the text and a column of that line.
fn check_place(error: &ConfigError, path: &Path, text: &str) {
    assert_eq!(error.path, path);
    assert!(!error.problem.is_empty(), "an error says nothing");
    let line = text.split('\n').nth(error.line - 1).expect("the line of an error is in the text");
    assert!((1..=line.chars().count() + 1).contains(&error.column), "{error}: {line:?}");
}

/// What a configuration says of images is taken, or refused with the entry and a reason.
fn check_images(config: &Config) {
    let all: Result<Vec<OwnerImage>, _> =
        config.images.iter().map(|it| it.clone().try_into()).collect();
    let Ok(all) = all else { return };
    match Knowledge::with(all) {
        Ok(knowledge) => drop(knowledge.find("example/app:1.2")),
        Err(error) => assert!(!error.to_string().is_empty(), "an error says nothing"),
    }
}

/// The lines of a text as comments of a service, and as the annotation of a pod.
fn check_waivers(text: &str) {
    let mut compose = "services:\n  web:\n    image: example\n".to_owned();
    let mut pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  annotations:\n    casehard.dev/allow: |\n".to_owned();
    for line in text.lines() {
        let _ = writeln!(compose, "    # {}", line.trim_start_matches(['#', ' ']));
        let _ = writeln!(pod, "      {line}");
    }
    compose.push_str("    privileged: true\n");
    pod.push_str("spec:\n  containers:\n    - name: c\n      image: example\n");
    for text in [compose, pod] {
        let batch = Batch::stream(text.as_bytes());
        let analyses = batch.analyse(policy(), true, &|_, _| ());
        for judged in analyses.iter().map(|it| &it.judged) {
            for finding in judged.all() {
                let span = finding.site.span;
                assert!(text.get(span.start..span.end).is_some(), "a finding has no place");
            }
            for held in &judged.held {
                let waiver = &held.waiver;
                assert!(!waiver.reason.trim().is_empty(), "a waiver without a reason holds");
                assert!(waiver.rules.iter().all(|it| rules::find(it).is_some()), "no such rule");
            }
        }
    }
}
