//! Answers and their places.

use std::sync::Arc;

use super::*;
use crate::finding::{Confidence, ContainerId, FileId, Fix, Severity, Site};
use crate::workload::alone;
use crate::yaml::{Span, Tree};

fn file(path: &str, text: &str) -> File {
    alone(path, Arc::new(Tree::parse(text).unwrap()))
}

fn finding(title: &'static str, text: &str, of: &str) -> Finding {
    let start = text.find(of).unwrap();
    let fix = Fix {
        title: title.into(),
        confidence: Confidence::Risky,
        basis: "nothing".into(),
        may_break: Some("all".into()),
        edits: Vec::new(),
        needs: Vec::new(),
    };
    Finding {
        rule: "privileged",
        severity: Severity::High,
        container: ContainerId(0),
        subject: "service web".into(),
        site: Site { file: FileId(0), span: Span { start, end: start + of.len() } },
        message: "it is privileged".into(),
        fixes: vec![fix],
        advice: None,
    }
}

fn today() -> Date {
    "2026-11-26".parse().unwrap()
}

fn said(word: Word, fix: &str) -> Said {
    let by = By { name: "Ann".to_owned(), on: "2026-11-26".parse().unwrap() };
    Said { word, fix: Some(fix.to_owned()), confidence: None, image: None, by, against: None }
}

#[test]
fn an_answer_survives_what_changes_elsewhere_and_not_what_changes_there() {
    let old = "services:\n  web:\n    privileged: true\n";
    let new = "services:\n  db:\n    image: a\n  web:\n    hostname: h\n    privileged: true\n";
    let other = "services:\n  web:\n    privileged: yes\n";
    let mut all = Decisions::none("/p".into());
    let here = all.place(&finding("set it", old, "true"), &file("/p/a/../c.yaml", old));
    all.say(&here, said(Word::No, "set it"));
    let ask =
        |title, text, of| all.answer(&finding(title, text, of), &file("/p/c.yaml", text), today());
    assert_eq!(ask("set it", new, "true"), Some(Answer::Leave));
    assert_eq!(ask("set it", other, "yes"), Some(Answer::Stale(Word::No)), "left until asked");
    assert_eq!(ask("set it otherwise", new, "true"), Some(Answer::Stale(Word::No)));
    let elsewhere = all.place(&finding("set it", other, "yes"), &file("/p/c.yaml", other));
    let others = |at| all.elsewhere(at).map(|it| (it.0, it.1.word.clone())).collect::<Vec<_>>();
    assert_eq!(others(&elsewhere), [(here.clone(), Word::No)]);
    assert_eq!(others(&here), []);
}

#[test]
fn yes_is_to_one_fix() {
    let text = "services:\n  web:\n    privileged: true\n";
    let mut all = Decisions::none("/p".into());
    let file = file("/p/c.yaml", text);
    let one = finding("set it", text, "true");
    let here = all.place(&one, &file);
    assert_eq!(all.say(&here, said(Word::Yes, "set it")), None);
    assert_eq!(all.answer(&one, &file, today()), Some(Answer::Fix(0)));
    let mut two = finding("another", text, "true");
    two.fixes.extend(one.fixes.clone());
    assert_eq!(all.answer(&two, &file, today()), Some(Answer::Fix(1)));
    let mut none = one;
    none.fixes.clear();
    assert_eq!(all.answer(&none, &file, today()), Some(Answer::Stale(Word::Yes)));
    all.restore(&here, None);
    assert!(all.is_empty());
}

#[test]
fn places_that_say_the_same_are_told_apart() {
    let pod = |namespace: &str| {
        format!(
            "kind: Pod\nmetadata: {{name: p, namespace: {namespace}}}\nspec:\n  containers:\n    - name: c\n      image: a\n      ports:\n        - {{hostPort: 53, protocol: UDP}}\n        - {{hostPort: 53, protocol: TCP}}\n"
        )
    };
    let all = Decisions::none("/p".into());
    let (one, two) = (pod("one"), pod("two"));
    let place = |text: &str, at: usize| {
        let start = text.match_indices("53").nth(at).unwrap().0;
        let mut finding = finding("set it", text, "53");
        finding.site.span = Span { start, end: start + 2 };
        all.place(&finding, &file("/p/c.yaml", text))
    };
    assert_ne!(place(&one, 0), place(&one, 1));
    assert_ne!(place(&one, 0), place(&two, 0));
    assert_eq!(place(&one, 1), place(&one.replace("image: a", "image: a:2"), 1));
    assert_ne!(place(&one, 1), place(&one.replace("image: a", "image: b"), 1));
}

#[test]
fn yes_is_to_one_image_and_a_waiver_ends() {
    let text = "services:\n  web:\n    image: a:1\n    privileged: true\n";
    let mut all = Decisions::none("/p".into());
    let (one, here) = (finding("set it", text, "true"), file("/p/c.yaml", text));
    let image = Decisions::image(&one, &here);
    assert_eq!(image.as_deref(), Some("a"));
    let yes = Said { image, ..said(Word::Yes, "set it") };
    all.say(&all.place(&one, &here), yes);
    assert_eq!(all.answer(&one, &here, today()), Some(Answer::Fix(0)));
    let other = text.replace("a:1", "b:1");
    let there = file("/p/c.yaml", &other);
    assert_eq!(all.answer(&one, &there, today()), None);
    let waiver = Waiver { reason: "agent".to_owned(), until: Some(today()) };
    all.say(&all.place(&one, &here), said(Word::Allow(waiver.clone()), "set it"));
    assert_eq!(all.answer(&one, &here, today()), Some(Answer::Allow(waiver)));
    let later = "2026-11-27".parse().unwrap();
    assert!(matches!(all.answer(&one, &here, later), Some(Answer::Stale(_))));
}

#[test]
fn who_left_what_could_not_be_mended_said_nothing_against_a_fix() {
    let text = "services:\n  web:\n    privileged: true\n";
    let mut all = Decisions::none("/p".into());
    let (file, mut found) = (file("/p/c.yaml", text), finding("set it", text, "true"));
    let here = all.place(&found, &file);
    all.say(&here, Said { fix: None, ..said(Word::No, "") });
    assert_eq!(all.answer(&found, &file, today()), None);
    found.fixes.clear();
    assert_eq!(all.answer(&found, &file, today()), Some(Answer::Leave));
}

#[test]
fn what_two_branches_said_is_asked_again_and_left_until_then() {
    let text = "services:\n  web:\n    privileged: true\n";
    let (file, found) = (file("/p/c.yaml", text), finding("set it", text, "true"));
    let one = |word| {
        let mut all = Decisions::none("/p".into());
        let here = all.place(&found, &file);
        all.say(&here, said(word, "set it"));
        all.text()
    };
    let root = Path::new("/p");
    for (first, last) in [(Word::No, Word::Yes), (Word::Yes, Word::No)] {
        let both = one(first) + one(last).lines().last().unwrap() + "\n";
        let mut all = Decisions::parse(&both, Path::new("d.toml"), root).unwrap();
        assert_eq!(all.answer(&found, &file, today()), Some(Answer::Stale(Word::No)), "{both}");
        assert_eq!(all.text(), both, "neither is lost");
        let here = all.place(&found, &file);
        all.say(&here, said(Word::Yes, "set it"));
        assert_eq!(all.answer(&found, &file, today()), Some(Answer::Fix(0)), "it is settled");
    }
}
