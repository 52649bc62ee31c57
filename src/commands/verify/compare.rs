//! What a hardened run did not do that the run as it was did.

use super::bench::Shows;
use crate::trial::news;

/// Why the service counts as broken; nothing where it did all that it did before.
pub(super) fn broken(before: &Shows, after: &Shows) -> Option<String> {
    let said = news(&before.log, &after.log);
    let line = said.first().map(|it| format!("`{}`", it.text));
    let with = |what: String| match &line {
        Some(line) => format!("{what}: {line}"),
        None => what,
    };
    for was in &before.stands {
        let Some(is) = after.stands.iter().find(|it| it.when == was.when) else {
            return Some(with(format!("it did not start {}", was.when)));
        };
        if was.ran.runs && !is.ran.runs {
            return Some(with(format!("it ended with status {} {}", is.ran.status, was.when)));
        }
        if !was.ran.runs && !is.ran.runs && was.ran.status != is.ran.status {
            let (was_status, status) = (was.ran.status, is.ran.status);
            return Some(with(format!(
                "it ended with status {status} in place of {was_status} {}",
                was.when
            )));
        }
        if was.ran.healthy == Some(true) && is.ran.healthy != Some(true) {
            return Some(with(format!("its health check fails {}", was.when)));
        }
        if was.refused.is_empty()
            && let Some(refused) = is.refused.first()
        {
            return Some(with(format!("{refused} ({})", was.when)));
        }
    }
    if let Some(it) = said.first() {
        return Some(match it.refused {
            true => format!("it is refused something: `{}`", it.text),
            false => format!("it says what it did not say before: `{}`", it.text),
        });
    }
    let missing = before.files.iter().find(|it| !after.files.contains(*it))?;
    Some(format!("it does not write {missing}, which it writes as it is"))
}
