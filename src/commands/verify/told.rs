//! What a trial showed, for people.

use std::fmt::Write as _;
use std::path::Path;

use super::search::Found;

/// It, service by service.
pub(super) fn report(path: &Path, found: &Found) -> String {
    let mut text = format!("{}\n", path.display());
    let passed = |it: &&String| !found.failed.contains(*it);
    for service in found.tried.keys().filter(passed) {
        let count = found.tried[service].len();
        let fixes = if count == 1 { "fix" } else { "fixes" };
        let _ = writeln!(text, "  {service}: passes with {count} {fixes}");
        text.push_str(&repaired(found, service));
    }
    for service in &found.failed {
        let all = found.tried.get(service).into_iter().flatten();
        let good = all.clone().filter(|it| it.passed).count();
        let _ = writeln!(text, "  {service}: breaks; {good} of its fixes pass");
        text.push_str(&repaired(found, service));
        for it in all.filter(|it| !it.passed) {
            let because = it.because.as_ref().map_or_else(String::new, ToString::to_string);
            let _ = writeln!(text, "    {}: {}\n      {because}", it.rule, it.title);
        }
    }
    for (service, why) in &found.sick {
        let _ = writeln!(text, "  {service}: not told: it does not work as it is: {why}");
    }
    for (service, why) in &found.partly {
        let _ = writeln!(text, "  {service}: in part not compared: as it is, too, {why}");
    }
    for (service, why) in &found.left_out {
        let _ = writeln!(text, "  {service}: not tried: {why}");
    }
    text
}

/// What was done another way for a service, and why.
fn repaired(found: &Found, service: &str) -> String {
    let Some(it) = found.repaired.get(service) else { return String::new() };
    let mut text = format!("    at first it broke: {}\n", it.broke);
    for title in &it.titles {
        let _ = writeln!(text, "      tried in its place: {title}");
    }
    text
}
