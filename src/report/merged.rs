//! The reports of several parts joined: what comes out is what one run over all files would have told.

mod json;
mod sarif;

use super::shown::Shown;

/// A report that one run wrote.
pub struct Part<'p> {
    /// What its file is called.
    pub name: String,
    /// Its text.
    pub text: &'p str,
}

/// What the reports come to.
pub struct Merged {
    /// All of them as one.
    pub text: Shown,
    /// Whether one of the runs found something that fails it.
    pub found: bool,
    /// Whether one of them could not do some input.
    pub failed: bool,
}

/// Joins reports of one format.
///
/// # Errors
/// The name of one that cannot be joined with the others, and why.
pub fn merged(parts: &[Part<'_>]) -> Result<Merged, String> {
    let forms = parts.iter().map(|it| form(it).ok_or_else(|| unknown(it)));
    let forms: Vec<Form> = forms.collect::<Result<_, _>>()?;
    let [first, ..] = forms.as_slice() else { return Err("no report is named".to_owned()) };
    if let Some(at) = forms.iter().position(|it| it != first) {
        let (one, other) = (&parts[0].name, &parts[at].name);
        return Err(format!("{other}: of another format than {one}: name reports of one format"));
    }
    match first {
        Form::Json => json::whole(parts),
        Form::Lines => json::lines(parts),
        Form::Sarif => sarif::merged(parts),
    }
}

/// How a report is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Lines,
    Sarif,
}

fn form(part: &Part<'_>) -> Option<Form> {
    #[derive(serde::Deserialize)]
    struct Looks {
        #[serde(rename = "type")]
        kind: Option<String>,
        runs: Option<serde::de::IgnoredAny>,
        findings: Option<serde::de::IgnoredAny>,
    }
    let line = part.text.lines().next().unwrap_or("");
    let looks = serde_json::from_str::<Looks>(line).or_else(|_| serde_json::from_str(part.text));
    match looks.ok()? {
        Looks { runs: Some(_), .. } => Some(Form::Sarif),
        Looks { findings: Some(_), .. } => Some(Form::Json),
        Looks { kind, .. } => (kind.as_deref() == Some("run")).then_some(Form::Lines),
    }
}

fn unknown(part: &Part<'_>) -> String {
    format!(
        "{}: no report of casehard in json, jsonl or sarif: write it by `casehard check --format json`",
        part.name
    )
}

/// Sees to it that the parts are all there, each once, where they say which they are.
///
/// # Errors
/// Which is missing, or there twice.
fn complete(parts: &[Part<'_>], shards: &[Option<String>]) -> Result<(), String> {
    if shards.iter().all(Option::is_none) {
        return Ok(());
    }
    let mut told: Vec<(usize, usize, &str)> = Vec::new();
    for (part, shard) in parts.iter().zip(shards) {
        let numbers = shard.as_deref().and_then(|it| it.split_once('/'));
        let numbers = numbers.and_then(|it| Some((it.0.parse().ok()?, it.1.parse().ok()?)));
        let Some((number, count)) = numbers else {
            return Err(format!("{}: of all files, and the others are of parts", part.name));
        };
        told.push((number, count, &part.name));
    }
    let count = told[0].1;
    if let Some(it) = told.iter().find(|it| it.1 != count) {
        return Err(format!("{}: one of {} parts, and {} of {count}", it.2, it.1, told[0].2));
    }
    let mut names: Vec<Option<&str>> = vec![None; count];
    for (number, _, name) in &told {
        let place = number.checked_sub(1).and_then(|it| names.get_mut(it));
        let Some(place) = place else {
            return Err(format!("{name}: there is no part {number}/{count}"));
        };
        if let Some(other) = place.replace(name) {
            return Err(format!("{name}: part {number}/{count}, which {other} is too"));
        }
    }
    match names.iter().position(Option::is_none) {
        Some(at) => Err(format!("part {}/{count} is missing: name its report too", at + 1)),
        None => Ok(()),
    }
}

/// Lists that each have the order of one run, in the order that one run over all would have: of their heads the least
/// comes next.
fn in_turn<T, K: Ord>(lists: Vec<Vec<(K, T)>>) -> Vec<(K, T)> {
    let mut all = Vec::with_capacity(lists.iter().map(Vec::len).sum());
    let mut lists: Vec<_> = lists.into_iter().map(|it| it.into_iter().peekable()).collect();
    loop {
        let heads = lists.iter_mut().enumerate();
        let heads = heads.filter_map(|(at, it)| it.peek().map(|head| (&head.0, at)));
        let Some(at) = heads.min().map(|it| it.1) else { return all };
        all.extend(lists[at].next());
    }
}
