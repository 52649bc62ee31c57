//! What a trial showed, for people.

use std::fmt::{Display, Write as _};
use std::path::Path;

use super::plans::Tried;
use super::search::{Found, join};
use crate::cli::Verify;
use crate::images::learned::without;

/// It, service by service.
pub(super) fn report(path: &Path, found: &Found, args: &Verify) -> String {
    let mut text = format!("{}\n", path.display());
    if found.is_empty() && found.untried.is_empty() {
        text.push_str("  no fix to try\n");
    }
    let passed = |it: &&String| !found.failed.contains(*it);
    for service in found.tried.keys().filter(passed) {
        let count = found.tried[service].len();
        let fixes = if count == 1 { "fix" } else { "fixes" };
        let _ = writeln!(text, "  {service}: passes with {count} {fixes}");
        text.push_str(&repaired(found, service));
        if let Some(line) = found.silent.get(service) {
            let line = hidden(found, line);
            let _ = writeln!(text, "    it does not say any more: `{line}`");
        }
        text.push_str(&fleeting(found, service));
        text.push_str(&untried(found, service));
    }
    for service in &found.failed {
        let all = found.tried.get(service).into_iter().flatten();
        let good = all.clone().filter(|it| it.passed).count();
        let _ = writeln!(text, "  {service}: breaks; {good} of its fixes pass");
        text.push_str(&repaired(found, service));
        for it in all.filter(|it| !it.passed) {
            let because = it.because.as_ref().map_or_else(String::new, |it| hidden(found, it));
            let _ = writeln!(text, "    {}: {}\n      {because}", it.rule, it.title);
        }
        text.push_str(&untried(found, service));
    }
    let named = |it: &&String| {
        found.tried.contains_key(*it)
            || found.sick.contains_key(*it)
            || found.left_out.contains_key(*it)
    };
    for service in found.untried.keys().filter(|it| !named(it)) {
        let _ = writeln!(text, "  {service}: no fix to try");
        text.push_str(&untried(found, service));
    }
    for (service, why) in &found.sick {
        let _ = writeln!(text, "  {service}: not told: {why}");
    }
    for (service, why) in &found.partly {
        let _ = writeln!(text, "  {service}: in part not compared: {why}");
    }
    for (service, why) in &found.uncopied {
        let _ = writeln!(text, "  {service}: not tried on its data: {why}");
    }
    for (service, why) in &found.left_out {
        let _ = writeln!(text, "  {service}: not tried: {why}");
    }
    if !found.tried.is_empty() {
        let settle = args.trial.settle;
        let _ = writeln!(
            text,
            "  each was looked at for {settle} seconds or more after each start (--settle): what shows later was not seen"
        );
    }
    text
}

/// What there was nothing to try of.
fn untried(found: &Found, service: &str) -> String {
    match found.untried.get(service) {
        None => String::new(),
        Some(1) => "    1 finding has no fix to try: `casehard check` tells why\n".to_owned(),
        Some(it) => format!("    {it} findings have no fix to try: `casehard check` tells why\n"),
    }
}

/// What a service said or wrote, without its secrets: it may stand in the log of a pipeline.
fn hidden(found: &Found, said: &dyn Display) -> String {
    without(&said.to_string(), &found.secrets)
}

/// What goes with each restart and breaks nothing that was seen.
fn fleeting(found: &Found, service: &str) -> String {
    const SOME: usize = 3;
    let Some(all) = found.fleeting.get(service).filter(|it| !it.is_empty()) else {
        return String::new();
    };
    let more = match all.len().saturating_sub(SOME) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let some = join(all.iter().take(SOME));
    format!("    goes with each restart now, taken for no data: {some}{more}\n")
}

/// What was done another way for a service, and why.
fn repaired(found: &Found, service: &str) -> String {
    let repaired = found.repaired.get(service).filter(|it| !it.fixes.is_empty());
    let Some(it) = repaired else { return String::new() };
    let mut text = format!("    at first it broke: {}\n", hidden(found, &it.broke));
    for Tried { title, .. } in &it.fixes {
        let _ = writeln!(text, "      tried in its place: {title}");
    }
    text
}
