//! Waivers as they are written: comments, and the annotation of a pod.

use super::{Broken, Waiver};
use crate::config::ALL;
use crate::date::Date;
use crate::rules;
use crate::suggestion;
use crate::workload::{Dialect, Workload, view};
use crate::yaml::{Span, Tree};

/// The annotation that waives rules for a pod.
const ANNOTATION: &str = "casehard.dev/allow";

/// The waivers among the comments of a file, and what is wrong with the others.
pub(super) fn in_file(tree: &Tree, today: Date) -> (Vec<Waiver>, Vec<Broken>) {
    let mut waivers = Vec::new();
    let mut broken = Vec::new();
    // In any case: what looks like a waiver and is none should not go unseen.
    if !tree.text().contains("asehard") && !tree.text().contains("ASEHARD") {
        return (waivers, broken);
    }
    let mut looked = (0, 0);
    for comment in tree.comments() {
        let text = tree.text()[comment.span.start..comment.span.end].trim_start_matches('#').trim();
        let Some(text) = text.strip_prefix("casehard:") else {
            if let Some(message) = misspelled(text) {
                broken.push(Broken { span: comment.span, message });
            }
            continue;
        };
        let own = tree.position(comment.span.start).line;
        // Comments that follow each other speak of the same line.
        let line = match comment.own_line {
            true if (looked.0..looked.1).contains(&own) => looked.1,
            true => next_content(tree, own),
            false => own,
        };
        looked = if comment.own_line { (own, line) } else { looked };
        match read(text.trim(), comment.span, line, today) {
            Ok(it) => waivers.push(it),
            Err(it) => broken.push(it),
        }
    }
    (waivers, broken)
}

/// What is wrong with a comment that seems to be meant as a waiver.
fn misspelled(text: &str) -> Option<String> {
    let rest =
        text.get(..8).filter(|it| it.eq_ignore_ascii_case("casehard")).map(|_| &text[8..])?;
    let word = rest.trim_start_matches([':', ' ', '\t']);
    let verb = word.split(|it: char| !it.is_alphanumeric()).next().unwrap_or("").to_lowercase();
    let is_meant =
        verb.starts_with("allow") || suggestion::closest(&verb, ["allow", "ignore"]).is_some();
    is_meant.then(|| {
        "it is not read as a waiver: write `casehard: allow`, in lower case and with the colon"
            .to_owned()
    })
}

/// A waiver that holds today, or what is wrong with it.
fn read(text: &str, span: Span, line: usize, today: Date) -> Result<Waiver, Broken> {
    let waiver = parse(text, span, line).map_err(|message| Broken { span, message })?;
    match waiver.until.is_some_and(|until| until < today) {
        true => Err(Broken { span, message: "the waiver is past its date".to_owned() }),
        false => Ok(waiver),
    }
}

/// The first line below that is neither blank nor a comment.
fn next_content(tree: &Tree, line: usize) -> usize {
    let content = |it: &usize| {
        let span = tree.line_span(*it);
        let text = tree.text()[span.start..span.end].trim();
        !text.is_empty() && !text.starts_with('#')
    };
    (line + 1..=tree.line_count()).find(content).unwrap_or(line)
}

fn parse(text: &str, span: Span, line: usize) -> Result<Waiver, String> {
    let rest = text.strip_prefix("allow").filter(|it| !it.starts_with(char::is_alphanumeric));
    let rest = rest.ok_or_else(|| {
        let word = first_word(text);
        format!("`{word}` is no word that casehard knows: the waiver is not read")
    })?;
    let (names, reason) = rest.split_once("--").ok_or("the waiver gives no reason")?;
    let (reason, until) = match reason.rsplit_once(" until ") {
        Some((reason, date)) => {
            let date = date.trim();
            let until =
                date.parse().map_err(|_| format!("`{date}` is no date: write YYYY-MM-DD"))?;
            (reason, Some(until))
        }
        None => (reason, None),
    };
    if reason.trim().is_empty() {
        return Err("the waiver gives no reason".to_owned());
    }
    let rules = rule_names(names)?;
    Ok(Waiver { rules, reason: reason.trim().to_owned(), until, span, line })
}

fn rule_names(names: &str) -> Result<Vec<String>, String> {
    let names: Vec<String> =
        names.split([',', ' ']).filter(|it| !it.is_empty()).map(str::to_owned).collect();
    if names.is_empty() {
        return Err("the waiver names no rule".to_owned());
    }
    match names.iter().find(|it| rules::find(it).is_none()) {
        Some(name) if name == ALL => {
            Err("`*` is taken in an [[allow]] of casehard.toml alone: name the rules here"
                .to_owned())
        }
        Some(name) => Err(rules::unknown(name)),
        None => Ok(names),
    }
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or("")
}

/// The waivers in a pod's annotation, `RULE: reason` on each line.
pub(super) fn annotation(workload: &Workload<'_>, today: Date) -> (Vec<Waiver>, Vec<Broken>) {
    let (mut waivers, mut broken) = (Vec::new(), Vec::new());
    let Dialect::Kubernetes(pod) = &workload.dialect else { return (waivers, broken) };
    let metadata =
        view::lookup(pod.object, "metadata").and_then(|it| view::lookup(it.value, "annotations"));
    let entry = pod
        .annotation(ANNOTATION)
        .or_else(|| metadata.and_then(|it| view::lookup(it.value, ANNOTATION)));
    let Some((entry, text)) = entry.and_then(|it| Some((it, it.value.value()?))) else {
        return (waivers, broken);
    };
    let whole = entry.written.span();
    let raw = entry.written.raw();
    let mut from = 0;
    for line in text.split(['\n', ';']).map(str::trim).filter(|it| !it.is_empty()) {
        let (rules, reason) = line.split_once(':').unwrap_or((line, ""));
        // Each stands in a line of its own, unless the text folds them.
        let found = raw[from..].find(line).map(|it| from + it);
        let span = found.map_or(whole, |at| {
            from = at + line.len();
            Span { start: whole.start + at, end: whole.start + from }
        });
        match read(&format!("allow {rules} -- {reason}"), span, 0, today) {
            Ok(it) => waivers.push(it),
            Err(it) => broken.push(it),
        }
    }
    (waivers, broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(Vec<String>, String, Option<String>), String> {
        let it = parse(text, Span { start: 0, end: 0 }, 1)?;
        Ok((it.rules, it.reason, it.until.map(|it| it.to_string())))
    }

    #[test]
    fn waivers_need_rules_and_a_reason() {
        let ok = read("allow privileged,host-pid -- it is the agent until 2030-01-31").unwrap();
        assert_eq!(ok.0, ["privileged", "host-pid"]);
        assert_eq!((ok.1.as_str(), ok.2.as_deref()), ("it is the agent", Some("2030-01-31")));
        assert!(read("allow privileged").unwrap_err().contains("reason"));
        assert!(read("allow privileged -- ").unwrap_err().contains("reason"));
        assert!(read("allow priviledged -- x").unwrap_err().contains("privileged"));
        assert!(read("allow privileged -- x until soon").unwrap_err().contains("date"));
        assert!(read("ignore privileged").unwrap_err().contains("ignore"));
        assert!(read("allowed privileged -- x").unwrap_err().contains("`allowed`"));
        assert!(read("allow * -- x").unwrap_err().contains("[[allow]]"));
    }

    #[test]
    fn what_is_close_to_a_waiver_is_told() {
        for text in
            ["Casehard: allow privileged -- x", "casehard allow privileged -- x", "CASEHARD:alow x"]
        {
            assert!(misspelled(text).is_some(), "{text}");
        }
        for text in [
            "casehard wants this",
            "casehard",
            "hard: allow x",
            "caseharden: allow",
            "see casehard.toml",
        ] {
            assert_eq!(misspelled(text), None, "{text}");
        }
    }
}
