//! Whole trees: what the review accepts in a few keys is what `--yes` writes, and many files take few keys.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::ASKS;
use super::driver::{Review, Start};
use expectrl::Expect as _;

/// The files that real projects have, where they are at hand, else those of the golden cases.
fn tree(folder: &Path) -> usize {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = ["../shared/corpus/compose", "../shared/corpus/k8s"].map(|it| root.join(it));
    let sources: Vec<PathBuf> = match corpus[0].is_dir() {
        true => corpus.to_vec(),
        false => vec![root.join("golden/files"), root.join("golden/kubernetes/files")],
    };
    let mut count = 0;
    for (number, source) in sources.iter().enumerate() {
        count += copy(source, &folder.join(number.to_string()));
    }
    count
}

fn copy(from: &Path, to: &Path) -> usize {
    fs::create_dir_all(to).unwrap();
    let mut count = 0;
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            count += copy(&entry.path(), &target);
        } else if entry.file_name() != "casehard.toml" {
            fs::write(target, fs::read(entry.path()).unwrap()).unwrap();
            count += 1;
        }
    }
    count
}

/// The files of a tree, but for the answers.
fn texts(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.file_name().is_some_and(|it| it == ".casehard") {
                continue;
            }
            match entry.file_type().unwrap().is_dir() {
                true => folders.push(path),
                false => {
                    let name = path.strip_prefix(folder).unwrap().to_owned();
                    all.insert(name, fs::read(&path).unwrap());
                }
            }
        }
    }
    all
}

fn yes(folder: &Path, confidence: &str) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_casehard"));
    command.args(["fix", "--yes", "--quiet", "--confidence", confidence, "."]);
    command.current_dir(folder).env("XDG_STATE_HOME", folder.with_extension("state"));
    let output = command.output().unwrap();
    assert!(output.status.code().is_some(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Accepts everything of a confidence in the review.
fn accept(folder: tempfile::TempDir, confidence: &str) -> Review {
    let args = &["--confidence", confidence, "."];
    let mut review =
        Start { args, files: &[], patience: 600, ..Start::default() }.review_in(folder);
    review.wait("Where to begin?");
    // What is less sure is not asked about.
    review.reply(ASKS, "A");
    review.last("y");
    // What is written brings to light what stands in files that read it: that is shown before it is written too.
    review.end_writing();
    review
}

fn check(confidence: &str) {
    let (plain, asked) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert!(tree(plain.path()) > 50);
    tree(asked.path());
    yes(plain.path(), confidence);
    let review = accept(asked, confidence);
    let (one, other) = (texts(plain.path()), texts(review.folder.path()));
    let differ: Vec<_> =
        one.iter().filter(|it| other.get(it.0) != Some(it.1)).map(|it| it.0).collect();
    assert!(differ.is_empty() && one.len() == other.len(), "{confidence}: {differ:#?}");
    // Neither writes anything once more.
    yes(review.folder.path(), confidence);
    assert_eq!(texts(review.folder.path()), other, "{confidence}");
}

#[test]
fn everything_likely_is_what_yes_writes() {
    check("likely");
}

#[test]
fn everything_risky_is_what_yes_writes_of_that() {
    check("risky");
}

#[test]
fn everything_safe_is_what_yes_writes_of_that() {
    check("safe");
}

/// As many files as a migration has, of a dozen images and some weak settings.
fn many(folder: &Path, number: usize) {
    let images = ["nginx:1.27", "redis:7", "postgres:16", "example.com/api", "example.com/web"];
    let weak = [
        "privileged: true",
        "pid: host",
        "network_mode: host",
        "cap_add: [SYS_ADMIN]",
        "ipc: host",
    ];
    for at in 0..number {
        let (image, weak) = (images[at % images.len()], weak[at / 7 % weak.len()]);
        let folder = folder.join(format!("team{}/app{at}", at % 11));
        fs::create_dir_all(&folder).unwrap();
        let text = format!("services:\n  app{at}:\n    image: {image}\n    {weak}\n");
        fs::write(folder.join("compose.yaml"), text).unwrap();
    }
}

#[test]
fn hundreds_of_files_take_some_dozens_of_keys() {
    let folder = tempfile::tempdir().unwrap();
    many(folder.path(), 440);
    let mut review =
        Start { args: &["."], files: &[], patience: 300, ..Start::default() }.review_in(folder);
    let mut keys = 0;
    let mut press = |review: &mut Review, text: &str, key: &str| {
        let shown = review.wait(text);
        review.reply(ASKS, key);
        keys += key.len();
        shown
    };
    let shown = press(&mut review, "Where to begin?", "\r");
    assert!(shown.contains("in 440 files"), "{shown}");
    // One image by itself, then rule by rule: the first that is listed, what is likely of it or none.
    press(&mut review, "Accept this fix?", "i");
    press(&mut review, "Decide for all", "y");
    press(&mut review, "[y,n", "t");
    loop {
        let shown = review.wait("(Enter: ");
        if shown.contains("[y,n,v,b]") {
            review.session.send("y").unwrap();
            keys += 1;
            break;
        }
        assert!(shown.contains("Where to begin?"), "{shown}");
        // The number of the first rule that is listed: it keeps it although those before it are done.
        let row = shown.lines().skip_while(|it| !it.contains("manual")).nth(1).unwrap();
        let number = row.split_whitespace().next().unwrap().to_owned();
        review.session.send(&number[..1]).unwrap();
        review.wait("Number: ");
        review.session.send(format!("{}\r", &number[1..])).unwrap();
        keys += number.len() + 1;
        let shown = review.wait("(Enter: back)");
        let key = if shown.contains("[y,l,n]") {
            "l"
        } else if shown.contains("root-user") {
            "y"
        } else {
            "n"
        };
        review.session.send(key).unwrap();
        keys += 1;
    }
    let (rest, status) = review.end();
    assert!(keys < 60, "{keys} keys");
    assert!(status == 0 && rest.contains("of 440 files"), "{rest}");
    let answers = review.decisions().matches("answer = ").count();
    assert!(answers > 440 * 4, "{answers}");
}
