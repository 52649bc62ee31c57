//! Real manifests: each with its emitted patches over it means what it means when it is mended in place, and so it stays.
//!
//! `tests/oracles/kustomized.py` asks kustomize the same question.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use casehard::batch::{Batch, Emits, Project};
use casehard::finding::{Confidence, Finding};
use casehard::mend::{Mended, Policy, carry_out, resources};
use clap::Parser as _;
use rayon::prelude::*;
use serde_json::{Map, Value};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn policy(confidence: Confidence) -> Policy {
    let words = ["casehard", "check", env!("CARGO_MANIFEST_DIR")];
    let cli = casehard::cli::Cli::parse_from(words);
    let casehard::cli::Command::Check(args) = cli.command else { unreachable!() };
    casehard::commands::policy(&args.inputs, confidence).unwrap_or_else(|it| panic!("{}", it.0))
}

/// The manifests of the golden cases, and the corpus beside the repository where it is there.
fn manifests() -> Vec<PathBuf> {
    let mut open: Vec<PathBuf> =
        ["golden", "../shared/corpus/k8s"].map(|it| root().join(it)).into();
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(path).unwrap().map(|it| it.unwrap().path()));
        } else if path.extension().is_some_and(|it| it == "yaml" || it == "yml")
            && !path.ends_with("expected.yaml")
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Each file lies in a folder of its own, so that no kustomization knows it.
#[test]
fn patches_mean_what_mending_in_place_means() {
    for confidence in [Confidence::Likely, Confidence::Risky] {
        let policy = policy(confidence);
        // Where the most is written the most can differ.
        let is_wanted = |it: &&PathBuf| {
            confidence == Confidence::Risky || it.starts_with(root().join("golden/kubernetes"))
        };
        let manifests = manifests();
        let all: Vec<_> = manifests
            .par_iter()
            .filter(is_wanted)
            .flat_map(|path| {
                let folder = tempfile::tempdir().unwrap();
                let copy = folder.path().join(path.file_name().unwrap());
                fs::write(&copy, fs::read(path).unwrap()).unwrap();
                let mut batch = Batch::read(&[copy]);
                batch.projects.retain(|it| it.path().extension().is_some());
                batch.emit_patches();
                let checked = |it: &Project| checked(it, &policy, confidence);
                let all: Vec<_> = batch.projects.iter().map(checked).collect();
                all.into_iter()
                    .map(|it| it.map_err(|why| format!("{}: {why}", path.display())))
                    .collect::<Vec<_>>()
            })
            .collect();
        let wrong: Vec<&String> = all.iter().filter_map(|it| it.as_ref().err()).collect();
        assert!(wrong.is_empty(), "{} wrong: {wrong:#?}", wrong.len());
        let emitted = all.iter().flatten().filter(|it| it.patched).count();
        let refused: Vec<&String> = all.iter().flatten().flat_map(|it| &it.refused).collect();
        println!("{confidence:?}: {emitted} of {} patched; refused: {refused:#?}", all.len());
        assert!(emitted > 0);
    }
}

struct Checked {
    patched: bool,
    refused: Vec<String>,
}

fn checked(project: &Project, policy: &Policy, confidence: Confidence) -> Result<Checked, String> {
    let unproven = |it: casehard::mend::Unproven| it.message;
    let Some(Emits::Patches(patches)) = &project.emits else { return Err("no patches".to_owned()) };
    let carry = |files| project.carry_out(files, policy, Some(confidence)).map_err(unproven);
    let emitted = carry(&project.files)?;
    let in_place =
        carry_out(&project.files, &project.members, policy, Some(confidence)).map_err(unproven)?;
    let refused = |it: &Mended| it.refused.iter().map(|it| named(&it.0)).collect::<BTreeSet<_>>();
    let cannot = &refused(&emitted) - &refused(&in_place);
    if !carry(&emitted.files)?.changed.is_empty() {
        return Err("a second run changes something".to_owned());
    }
    // What is on the disk then: the manifest as it was, with the patches.
    let goal = data(&in_place.files[0].tree);
    let mut said = data(&patches.base.tree);
    for it in &patches.all {
        let tree = &emitted.files[it.file.0 as usize].tree;
        let Some(patch) = data(tree).into_iter().next() else { continue };
        said[it.resource] = match patch {
            Value::Array(all) => operated(&said[it.resource], &all)?,
            patch => merged(&said[it.resource], &patch),
        };
    }
    let goal: Vec<Value> = goal.iter().map(meant).collect();
    let said: Vec<Value> = said.iter().map(meant).collect();
    if cannot.is_empty() && said != goal {
        return Err(format!("said: {said:#?}\nin place: {goal:#?}"));
    }
    let reasons = emitted.refused.iter().filter(|it| cannot.contains(&named(&it.0)));
    let refused = reasons.map(|it| format!("{}: {}", project.path().display(), it.1)).collect();
    Ok(Checked { patched: !emitted.changed.is_empty(), refused })
}

fn named(it: &Finding) -> String {
    format!("{}: {}", it.subject, it.rule)
}

fn data(tree: &casehard::yaml::Tree) -> Vec<Value> {
    resources(tree).unwrap().into_iter().map(|it| it.data).collect()
}

const BY: &[(&str, &str)] = &[
    ("containers", "name"),
    ("initContainers", "name"),
    ("ephemeralContainers", "name"),
    ("volumes", "name"),
    ("env", "name"),
    ("volumeMounts", "mountPath"),
    ("ports", "containerPort"),
];

/// A strategic merge by what SPEC 5.8 says of it.
fn merged(base: &Value, patch: &Value) -> Value {
    let (Value::Object(base), Value::Object(patch)) = (base, patch) else { return patch.clone() };
    let mut all = base.clone();
    for (key, value) in patch {
        let by = BY.iter().find(|it| it.0 == key).map(|it| it.1);
        let old = all.remove(key);
        let new = match (value, old, by) {
            (Value::Null, _, _) => continue,
            (Value::Array(items), Some(Value::Array(old)), Some(by)) => {
                // What the patch names comes first.
                let of = |it: &Value| old.iter().find(|other| other[by] == it[by]);
                let first = items.iter().filter(|it| it["$patch"] != "delete");
                let first = first.map(|it| of(it).map_or(it.clone(), |old| merged(old, it)));
                let rest = old.iter().filter(|it| !items.iter().any(|own| own[by] == it[by]));
                Value::Array(first.chain(rest.cloned()).collect())
            }
            (value, Some(old @ Value::Object(_)), _) => merged(&old, value),
            (value, _, _) => value.clone(),
        };
        all.insert(key.clone(), new);
    }
    Value::Object(all)
}

/// Operations of which each rests on what it tests.
fn operated(base: &Value, operations: &[Value]) -> Result<Value, String> {
    let mut all = base.clone();
    for it in operations {
        let path = it["path"].as_str().unwrap();
        let (holder, key) = path.rsplit_once('/').unwrap();
        let key = key.replace("~1", "/").replace("~0", "~");
        let op = it["op"].as_str().unwrap();
        if op == "test" {
            let is_it = all.pointer(path) == Some(&it["value"]);
            is_it.then_some(()).ok_or_else(|| format!("{path} is not what is tested"))?;
            continue;
        }
        let holder = all.pointer_mut(holder).ok_or_else(|| format!("nothing at {holder}"))?;
        match (op, holder) {
            ("add" | "replace", Value::Object(map)) => drop(map.insert(key, it["value"].clone())),
            ("remove", Value::Object(map)) => drop(map.remove(&key).ok_or("nothing to remove")?),
            ("add", Value::Array(list)) if key == "-" => list.push(it["value"].clone()),
            ("remove", Value::Array(list)) => drop(list.remove(key.parse().unwrap())),
            ("replace", Value::Array(list)) => {
                let at: usize = key.parse().unwrap();
                list[at] = it["value"].clone();
            }
            (op, _) => return Err(format!("{op} at {path}")),
        }
    }
    Ok(all)
}

/// Without empty lists and contexts; mounts and volumes have no order.
fn meant(value: &Value) -> Value {
    match value {
        Value::Object(all) => {
            let mut kept = Map::new();
            for (key, it) in all {
                let mut it = meant(it);
                if let (Value::Array(all), "volumes" | "volumeMounts") = (&mut it, &**key) {
                    all.sort_by_cached_key(Value::to_string);
                }
                let empty = it.as_array().is_some_and(Vec::is_empty)
                    || key != "emptyDir" && it.as_object().is_some_and(Map::is_empty);
                if !empty && !it.is_null() {
                    kept.insert(key.clone(), it);
                }
            }
            Value::Object(kept)
        }
        Value::Array(all) => Value::Array(all.iter().map(meant).collect()),
        it => it.clone(),
    }
}
