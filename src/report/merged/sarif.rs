//! SARIF: the results and notifications of all runs in one, since a reader such as code scanning takes one for each tool.

use std::path::PathBuf;

use serde_sarif::sarif::{Invocation, Notification, Result as Found, ResultLevel, Run, Sarif};

use super::{Merged, Part, complete, in_turn};
use crate::report::shown::Shown;

/// Joins logs.
pub(super) fn merged(parts: &[Part<'_>]) -> Result<Merged, String> {
    let strange =
        |it: &Part<'_>, why: &str| format!("{}: no log of one run of casehard: {why}", it.name);
    let mut logs: Vec<Sarif> = Vec::new();
    for part in parts {
        let log: Sarif =
            serde_json::from_str(part.text).map_err(|why| strange(part, &why.to_string()))?;
        match log.runs.as_slice() {
            [run] if run.tool.driver.name == "casehard" => logs.push(log),
            [_] => return Err(strange(part, "another tool made it")),
            all => return Err(strange(part, &format!("it has {} runs", all.len()))),
        }
    }
    let version = |it: &Sarif| it.runs[0].tool.driver.version.clone();
    if let Some(at) = logs.iter().position(|it| version(it) != version(&logs[0])) {
        let (one, other) = (&parts[0].name, &parts[at].name);
        return Err(format!("{other}: made by another version of casehard than {one}"));
    }
    let shards: Vec<Option<String>> = logs.iter_mut().map(|it| shard(&mut it.runs[0])).collect();
    complete(parts, &shards)?;
    let mut runs: Vec<Run> = logs.iter_mut().flat_map(|it| std::mem::take(&mut it.runs)).collect();
    let results: Vec<Vec<Found>> =
        runs.iter_mut().map(|it| it.results.take().unwrap_or_default()).collect();
    let results = of_all(results, |it| uri(it.locations.as_deref()));
    let invocation = invocation(&mut runs);
    let failed = !invocation.execution_successful;
    let fails = |it: &Found| it.suppressions.is_none() && it.level != Some(ResultLevel::Note);
    let found = results.iter().any(fails);
    let mut run = runs.swap_remove(0);
    run.results = Some(results);
    run.invocations = Some(vec![invocation]);
    let mut log = logs.swap_remove(0);
    log.runs = vec![run];
    Ok(Merged { text: Shown::value(&log, true), found, failed })
}

/// The part that a run was of, which is taken out.
fn shard(run: &mut Run) -> Option<String> {
    let properties = run.properties.as_mut()?;
    let part = properties.additional_properties.remove("shard")?;
    if properties.additional_properties.is_empty() && properties.tags.is_none() {
        run.properties = None;
    }
    part.as_str().map(str::to_owned)
}

/// How all runs went.
fn invocation(runs: &mut [Run]) -> Invocation {
    let all = runs.iter_mut().flat_map(|it| it.invocations.take().unwrap_or_default());
    let mut all: Vec<Invocation> = all.collect();
    let successful = all.iter().all(|it| it.execution_successful);
    let told: Vec<Vec<Notification>> = all
        .iter_mut()
        .map(|it| it.tool_execution_notifications.take().unwrap_or_default())
        .collect();
    let told = of_all(told, |it| uri(it.locations.as_deref()));
    Invocation::builder()
        .execution_successful(successful)
        .tool_execution_notifications(told)
        .build()
}

/// What all lists have, in the order of the files that it is about.
fn of_all<T>(lists: Vec<Vec<T>>, path: impl Fn(&T) -> PathBuf) -> Vec<T> {
    let with = |it: T| (path(&it), it);
    let lists = lists.into_iter().map(|it| it.into_iter().map(with).collect()).collect();
    in_turn(lists).into_iter().map(|it| it.1).collect()
}

fn uri(locations: Option<&[serde_sarif::sarif::Location]>) -> PathBuf {
    let place = locations.and_then(|it| it.first()?.physical_location.as_ref());
    let uri = place.and_then(|it| it.artifact_location.as_ref()?.uri.as_deref());
    uri.map(PathBuf::from).unwrap_or_default()
}
