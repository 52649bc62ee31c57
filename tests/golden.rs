//! Every folder in `golden/rules/<rule>/`, `golden/evidence/<signal>/`, `golden/images/` and `golden/files/` is a test.
//!
//! `input.yaml`, or a tree `input/`, is judged by the folder's rule, or as `args.txt` says; `casehard.toml` beside it
//! counts. `findings.txt` says what is found, and what is left after `fix --yes --confidence risky`; `expected.yaml`, or
//! `expected/`, is what that writes. `GOLDEN=bless cargo test --test golden` rewrites both; then read the diff.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

#[path = "golden/case.rs"]
mod case;
#[path = "golden/subsets.rs"]
mod subsets;

use std::fs;
use std::path::Path;

use case::Case;
use casehard::plan::accept;
use rayon::prelude::*;

/// Runs a check over every case and names those that fail.
fn for_each(check: impl Fn(&Case) -> Result<(), String> + Sync) {
    let cases = case::all();
    assert!(!cases.is_empty());
    let wrong: Vec<String> = cases
        .par_iter()
        .filter_map(|case| Some(format!("--- {}\n{}", case.name, check(case).err()?)))
        .collect();
    assert!(wrong.is_empty(), "{} of {} wrong\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn every_case_gives_its_findings_and_its_text() {
    for_each(|case| {
        let outcome = case.run(&case.input())?;
        let bless = std::env::var_os("GOLDEN").is_some_and(|it| it == "bless");
        let listing = case.folder.join("findings.txt");
        if bless {
            fs::write(&listing, &outcome.listing).unwrap();
            case.write_expected(&outcome.files);
            return Ok(());
        }
        let expected = fs::read_to_string(&listing).unwrap_or_default();
        if expected != outcome.listing {
            return Err(format!("found\n{}expected\n{expected}", outcome.listing));
        }
        for (path, bytes) in &outcome.files {
            let expected = fs::read(case.expected(path)).unwrap_or_default();
            if expected != *bytes {
                let text = String::from_utf8_lossy(bytes);
                return Err(format!("{} became\n{text}", path.display()));
            }
        }
        Ok(())
    });
}

#[test]
fn every_signal_has_a_case() {
    let cases = case::all();
    let missing = casehard::evidence::SIGNALS.iter().map(|it| format!("evidence/{}/", it.id));
    let missing: Vec<String> =
        missing.filter(|it| cases.iter().all(|case| !case.name.starts_with(it))).collect();
    assert!(missing.is_empty(), "no golden case: {missing:?}");
}

/// Copies a tree with everything beside the files that are judged: Dockerfiles, scripts, configuration.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

#[test]
fn a_second_run_changes_nothing() {
    for_each(|case| {
        let folder = tempfile::tempdir().unwrap();
        let first = case.run(&case.input())?;
        copy(&case.folder, folder.path());
        let again = case.at(folder.path());
        for (path, bytes) in &first.files {
            let target = match case.is_tree() {
                true => again.input().join(path),
                false => again.input(),
            };
            fs::create_dir_all(target.parent().unwrap_or(Path::new("."))).unwrap();
            fs::write(target, bytes).unwrap();
        }
        let second = again.run(&again.input())?;
        match second.changed.as_slice() {
            [] => Ok(()),
            [path, ..] => {
                let text = second.files.iter().find(|it| it.0 == *path).map(|it| it.1.clone());
                let text = String::from_utf8(text.unwrap_or_default()).unwrap();
                Err(format!("a second run writes {}\n{text}", path.display()))
            }
        }
    });
}

#[test]
fn each_fix_and_every_pair_is_proven() {
    for_each(|case| case.each_project(subsets::singles_and_pairs));
}

#[test]
fn any_subset_in_any_order_gives_the_same_text() {
    for_each(|case| case.each_project(subsets::orders));
}

#[test]
fn what_a_rule_finds_it_does_not_find_after_its_fix() {
    for_each(|case| {
        let mut batch = case.batch(case.input());
        let outcomes = batch.mend(&case.policy(), |all| accept(all, case.threshold()));
        for mended in outcomes.into_iter().flatten() {
            let refused = |rule: &str, message: &str| {
                mended.refused.iter().any(|it| it.0.rule == rule && it.0.message == message)
            };
            let left = mended.after.judged.open.iter().find(|it| {
                it.fixes.iter().any(|fix| fix.confidence >= case.threshold())
                    && !refused(it.rule, &it.message)
            });
            if let Some(it) = left {
                return Err(format!("{} can still be fixed: {}", it.rule, it.message));
            }
        }
        Ok(())
    });
}
