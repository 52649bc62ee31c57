//! The file of what was learnt, and what its words come to.

use std::path::Path;

use super::{
    Account, Book, Deed, Does, Learned, Observation, Outcome, Start, Trial, Verified, Words,
    without_secrets,
};
use crate::images::{Direct, Family, Found, Knowledge};

fn digest(letter: char) -> String {
    format!("sha256:{}", letter.to_string().repeat(64))
}

/// An image that drops root for an account.
fn image(name: &str, letter: char) -> Learned {
    let account = Account { name: "app".to_owned(), uid: 1234, gid: 1235 };
    let drops = Deed {
        what: Does::Drops,
        by: "gosu".to_owned(),
        account: Some(account),
        path: String::new(),
        as_root: true,
        again: true,
        at: "/start.sh:4".to_owned(),
    };
    let text =
        format!("version = 1\n[[image]]\nid = \"{}\"\nread = \"2026-11-26\"\n", digest(letter));
    let book = Book::read(&text, Path::new("x")).expect("a book");
    Learned {
        names: vec![name.to_owned()],
        start: Start { does: vec![drops], ..Start::default() },
        ..book.images()[0].clone()
    }
}

#[test]
fn what_is_written_is_read_again() {
    let mut book = Book::default();
    book.learn(image("own/app:2", 'b'));
    book.learn(image("own/app:1", 'a'));
    let text = book.text();
    let again = Book::read(&text, Path::new("casehard.images.toml")).expect("a book");
    assert_eq!(again.text(), text);
    let names: Vec<&str> = again.images().iter().map(|it| it.names[0].as_str()).collect();
    assert_eq!(names, ["own/app:1", "own/app:2"]);
}

#[test]
fn tag_that_moved_leads_to_the_new_image_alone() {
    let mut book = Book::default();
    book.learn(image("own/app:1", 'a'));
    book.learn(image("own/app:1", 'b'));
    let ids: Vec<&str> = book.images().iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, [digest('b')]);
}

#[track_caller]
fn refuses(text: &str, place: &str, words: &str) {
    let error = Book::read(text, Path::new("casehard.images.toml")).expect_err("it is refused");
    let told = error.to_string();
    assert!(told.contains(place) && told.contains(words), "{told}");
}

#[test]
fn file_that_nobody_wrote_is_refused_with_the_place() {
    refuses("version = 2\n", ":1:1", "version 2 is not known");
    refuses("version = 1\n[[image]]\nid = \"x\"\nread = \"2026-11-26\"\n", ":3:", "is no digest");
    refuses("version = 1\n[[image]]\nidd = 1\n", ":3:1", "did you mean `id`");
    let id = digest('a');
    let folder = format!(
        "version = 1\n[[image]]\nid = \"{id}\"\nread = \"2026-11-26\"\nvolumes = [\"a/b\"]\n"
    );
    refuses(&folder, ":5:", "no absolute path");
}

#[test]
fn image_is_found_by_its_tag_and_by_its_digest() {
    let mut learned = image("own/app:1", 'a');
    learned.digests = vec![digest('d')];
    let knowledge = Knowledge::builtin().and_learnt(&[learned], Path::new("/"));
    let pinned = format!("own/app@{}", digest('d'));
    for name in ["own/app:1", "docker.io/own/app:1", pinned.as_str()] {
        let Found::Image(found, how) = knowledge.find(name) else { panic!("{name} is not found") };
        assert_eq!((found.uid, found.gid), (Some(1234), Some(1235)));
        assert_eq!((found.family, found.direct), (Family::Drop, Direct::Ok));
        assert!(how.tag_told);
    }
    let other = format!("own/app:1@{}", digest('e'));
    for name in ["own/app:2", "own/app", other.as_str()] {
        assert_eq!(knowledge.find(name), Found::Unknown, "{name}");
    }
}

#[test]
fn looks_at_one_service_come_together() {
    let seen = |alive, path: &str| -> Observation {
        let text = format!(
            "service = \"web\"\non = \"2026-11-26\"\nseconds = 5\nalive = {alive}\nwords = {{}}\n\
             writes = [{{ path = \"{path}\", uid = 0, gid = 0 }}]\n"
        );
        toml::from_str(&text).expect("an observation")
    };
    let mut book = Book::default();
    book.learn(image("own/app:1", 'a'));
    book.observe(&digest('a'), seen(90, "/run/a"));
    book.observe(&digest('a'), seen(30, "/run/b"));
    let [one] = book.images()[0].observed.as_slice() else { panic!("one service") };
    let paths: Vec<&str> = one.writes.iter().map(|it| it.path.as_str()).collect();
    assert_eq!((one.seconds, one.alive, paths), (10, 90, vec!["/run/a", "/run/b"]));
}

#[track_caller]
fn shown(words: &[&str], expected: &[&str]) {
    let words: Vec<String> = words.iter().map(|it| (*it).to_owned()).collect();
    assert_eq!(without_secrets(&words), expected);
}

#[test]
fn words_that_may_be_secrets_are_left_out() {
    shown(
        &["redis-server", "--requirepass", "s3cret", "-p", "80"],
        &["redis-server", "--requirepass", "…", "-p", "…"],
    );
    shown(
        &["app", "--token=s3cret", "TOKEN=s3cret", "/etc/app.conf"],
        &["app", "--token=…", "…", "/etc/app.conf"],
    );
    shown(&["/bin/sh", "-c", "app --token s3cret"], &["/bin/sh", "-c", "…"]);
    shown(&["mysql", "-ps3cret"], &["mysql", "…"]);
    shown(&["sh -c 'x s3cret'"], &["sh …"]);
    shown(&["https://u:s3cret@host/"], &["…"]);
}

#[test]
fn words_are_told_apart_without_being_written_down() {
    let of = |word: &str| Words::of(&[], &[word.to_owned()]);
    assert_eq!(of("a"), of("a"));
    assert_ne!(of("a"), of("b"));
    assert_eq!(of("a").command.len(), 8);
    assert_eq!(of("a").entrypoint, "");
}

#[test]
fn paths_that_no_mount_can_have_are_kept_and_never_mounted() {
    let mut book = Book::default();
    let odd = "/a\n:b".to_owned();
    book.learn(Learned {
        volumes: vec![odd.clone(), "/data".to_owned()],
        ..image("own/app:1", 'a')
    });
    let again = Book::read(&book.text(), Path::new("x")).expect("a book");
    assert_eq!(again.images()[0].volumes[0], odd);
    let knowledge = Knowledge::builtin().and_learnt(again.images(), Path::new("/"));
    let Found::Image(image, _) = knowledge.find("own/app:1") else { panic!("it is known") };
    assert_eq!(image.volumes, ["/data"]);
}

fn trial(file: &str, command: &str, fix: &str, outcome: Outcome) -> Trial {
    let words = Words::of(&[], &[command.to_owned()]);
    let fix = Verified {
        on: "2026-11-26".parse().expect("a day"),
        rule: "root-user".to_owned(),
        fix: fix.to_owned(),
        outcome,
        because: String::new(),
    };
    Trial {
        service: "app".to_owned(),
        file: file.to_owned(),
        words,
        mounts: Vec::new(),
        rest: String::new(),
        variables: vec!["A".to_owned()],
        fixes: vec![fix],
    }
}

#[test]
fn trial_of_one_project_says_nothing_of_another() {
    let mut book = Book::default();
    book.learn(image("own/app:1", 'a'));
    let id = digest('a');
    book.tried(&id, trial("a/compose.yaml", "run", "1", Outcome::Failed));
    book.tried(&id, trial("b/compose.yaml", "run", "1", Outcome::Passed));
    book.tried(&id, trial("b/compose.yaml", "run", "2", Outcome::Passed));
    let again = Book::read(&book.text(), Path::new("x")).expect("a book");
    assert_eq!(again.images(), book.images());
    let all: Vec<(&str, usize, Outcome)> = again.images()[0]
        .trials
        .iter()
        .map(|it| (it.file.as_str(), it.fixes.len(), it.fixes[0].outcome))
        .collect();
    assert_eq!(
        all,
        [("a/compose.yaml", 1, Outcome::Failed), ("b/compose.yaml", 2, Outcome::Passed)]
    );
    // One that is set up otherwise now is not what was tried.
    book.tried(&id, trial("b/compose.yaml", "other", "3", Outcome::Passed));
    assert_eq!(book.images()[0].trials[1].fixes.len(), 1);
}

#[test]
fn what_others_wrote_meanwhile_stays() {
    let mut base = Book::default();
    base.learn(image("own/app:1", 'a'));
    let (mut own, mut other) = (base.clone(), base.clone());
    own.tried(&digest('a'), trial("a", "run", "1", Outcome::Passed));
    other.tried(&digest('a'), trial("b", "run", "1", Outcome::Passed));
    other.learn(image("own/more:1", 'b'));
    let joined = own.joined(&base, other);
    let files: Vec<&str> = joined.images()[0].trials.iter().map(|it| it.file.as_str()).collect();
    assert_eq!((files, joined.images().len()), (vec!["a", "b"], 2));
}
