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
    }
    for service in &found.failed {
        let all = found.tried.get(service).into_iter().flatten();
        let good = all.clone().filter(|it| it.passed).count();
        let _ = writeln!(text, "  {service}: breaks; {good} of its fixes pass");
        for it in all.filter(|it| !it.passed) {
            let because = it.because.as_ref().map_or_else(String::new, ToString::to_string);
            let _ = writeln!(text, "    {}: {}\n      {because}", it.rule, it.title);
        }
    }
    for (service, why) in &found.sick {
        let _ = writeln!(text, "  {service}: not told: it does not work as it is: {why}");
    }
    for (service, why) in &found.left_out {
        let _ = writeln!(text, "  {service}: not tried: {why}");
    }
    text
}
