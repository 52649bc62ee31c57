//! Two readers that share no code make the same of a text: the byte scanner and yaml-rust2.

use casehard::yaml::{Reader, Tree};

mod corpus;
mod document;

use document::Dice;

/// Reads by both, and tells whether the scanner took the text.
#[track_caller]
fn check(name: &str, text: &str) -> bool {
    let Ok(one) = Tree::parse(text) else { return false };
    if one.reader() == Reader::Parser {
        return false;
    }
    let other = match Tree::parse_by_parser(text) {
        Ok(other) => other,
        // What is wrong with two documents may need two ways to read them.
        Err(_) if one.is_in_pieces() && one.referee().is_ok() => return false,
        Err(error) => panic!("{name}: only the scanner reads this: {error}\n{text:?}"),
    };
    if !one.is_same(&other) {
        let (one, other) = (format!("{one:?}"), format!("{other:?}"));
        let at = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
        let around =
            |it: &str| String::from_utf8_lossy(&it.as_bytes()[at - 80..][..160]).into_owned();
        panic!("{name}: the readers part\n{text:?}\n{}\n{}", around(&one), around(&other));
    }
    assert!(one.referee().is_ok(), "{name}: the referee objects\n{text}");
    true
}

/// All texts of the golden cases, and those of the corpus where it is there.
fn texts() -> Vec<(String, String)> {
    let mut found = corpus::below("golden");
    found.extend(corpus::files());
    found
}

/// The ways in which a text may be written otherwise.
fn variants(text: &str) -> [String; 5] {
    [
        text.to_owned(),
        text.replace('\n', "\r\n"),
        text.trim_end().to_owned(),
        format!("\u{feff}{text}"),
        text.replace('e', "é"),
    ]
}

#[test]
fn both_readers_agree_on_real_files() {
    let files = texts();
    let mut taken = 0;
    for (name, text) in &files {
        for (number, text) in variants(text).iter().enumerate() {
            taken += usize::from(check(name, text) && number == 0);
        }
    }
    assert!(taken * 10 >= files.len() * 8, "the scanner took only {taken} of {}", files.len());
}

/// Texts that one of the two readers takes, each with whether the scanner does.
fn readable() -> Vec<(String, bool)> {
    let short = texts().into_iter().map(|it| it.1).filter(|it| it.len() < 3000);
    let read = short.filter_map(|text| {
        let by_scanner = Tree::parse(text.as_str()).ok()?.reader() == Reader::Scanner;
        Some((text, by_scanner))
    });
    read.collect()
}

#[test]
fn what_the_scanner_takes_of_a_stream_is_what_the_parser_makes_of_it() {
    let (plain, odd): (Vec<_>, Vec<_>) = readable().into_iter().partition(|it| it.1);
    assert!(odd.len() > 10, "too few texts that the scanner declines: {}", odd.len());
    let mut taken = 0;
    for seed in 0..3_000 {
        let mut dice = Dice(seed);
        let mut stream =
            ["", "", "\u{feff}", "# above\n\n", "---\n", "\n"][dice.below(6)].to_owned();
        for number in 0..2 + dice.below(4) {
            let all = if dice.below(3) == 0 { &odd } else { &plain };
            let text = all[dice.below(all.len())].0.trim_start_matches('\u{feff}');
            let text = text.strip_prefix("---\n").unwrap_or(text);
            if number > 0 {
                stream.push_str(
                    ["---\n", "--- # a comment\n", "---\n---\n", "---\n# c\n"][dice.below(4)],
                );
            }
            stream.push_str(text);
            if !stream.ends_with('\n') {
                stream.push('\n');
            }
        }
        if seed % 5 == 0 {
            stream = stream.replace('\n', "\r\n");
        }
        taken += usize::from(check(&format!("stream {seed}"), &stream));
    }
    assert!(taken > 1_000, "only {taken} streams were taken");
}

#[test]
fn streams_that_once_came_out_otherwise() {
    for text in [
        "...\n\n---\n# a\n",
        "|-\n|-\n \n---\n a:\n",
        "- [ 1 e\n- \"\"\n--- # é✓",
        "a: [\nb]\n---\nk: >\ré\n c\n",
        "a: {{ x }}\n---\na: [\nb]\n---\nb: 1\n",
    ] {
        check("a stream", text);
    }
}

#[test]
fn both_readers_agree_on_random_documents() {
    let taken = (0..3_000).filter(|seed| {
        let text = document::write(&mut Dice(*seed));
        check("a document", &text)
    });
    assert!(taken.count() > 500);
}

/// What is put into texts at random.
const PIECES: &[&str] = &[
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    ":",
    ": ",
    "-",
    "- ",
    "\n- ",
    "#",
    " # c",
    "'",
    "\"",
    "\\",
    "[",
    "]",
    "{",
    "}",
    ",",
    ", ",
    "|",
    ">",
    "|-\n",
    ">\n  ",
    "&a ",
    "*a",
    "!t ",
    "? ",
    "%",
    "@",
    "`",
    "---\n",
    "...\n",
    "---",
    "é",
    "a",
    "0",
    "\r\n",
    "<<: *a\n",
    "~",
    "\"\":",
    "''",
    "\\\n",
    "\\\n  ",
    "\n    x",
    "\n  'y",
    "\\u0041",
    "\"\n   ",
    ">\n    a\n     b\n    c\n\n    d\n",
    "|+\n   a\n\n",
    "\\ ",
    "\n\n   z",
    "\\n",
];

/// A text with a few pieces put in, taken out, doubled or moved.
fn mutated(text: &str, dice: &mut Dice) -> String {
    let mut text = text.to_owned();
    for _ in 0..1 + dice.below(4) {
        let mut at = dice.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let mut end = (at + dice.below(12)).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let end = end.max(at);
        match dice.below(4) {
            0 | 1 => text.insert_str(at, dice.pick(PIECES)),
            2 => text.replace_range(at..end, ""),
            _ => {
                let piece = text[at..end].to_owned();
                let mut to = dice.below(text.len() + 1);
                while !text.is_char_boundary(to) {
                    to -= 1;
                }
                text.insert_str(to, &piece);
            }
        }
    }
    text
}

/// Some consecutive lines of a text.
fn fragment(text: &str, dice: &mut Dice) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    if lines.is_empty() {
        return String::new();
    }
    let from = dice.below(lines.len());
    let count = 1 + dice.below(20);
    lines[from..(from + count).min(lines.len())].concat()
}

#[test]
fn both_readers_agree_on_mutated_texts() {
    let rounds = std::env::var("READERS").ok().and_then(|it| it.parse().ok()).unwrap_or(20_000);
    let files = texts();
    let (mut taken, mut dice) = (0, Dice(rounds));
    for round in 0..rounds {
        let text = match round % 3 == 0 {
            true => document::write(&mut dice),
            false => fragment(&files[dice.below(files.len())].1, &mut dice),
        };
        taken += u64::from(check("a mutation", &mutated(&text, &mut dice)));
    }
    assert!(taken * 10 > rounds, "the scanner took only {taken} of {rounds}");
}
