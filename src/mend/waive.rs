//! A waiver from the owner's words into the file, proven to allow that finding and nothing else.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Analysis, Members, Mended, Policy, Shared, analyse};
use crate::date::Date;
use crate::decisions::{Answer, Waiver};
use crate::finding::{Finding, Site};
use crate::rules;
use crate::waiver::comment;
use crate::workload::clean;
use crate::yaml::{comment_above, prove_comment};

/// Takes a reason that a comment can hold and that is read back as it was written.
pub fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("a waiver needs a reason".to_owned());
    }
    if text.chars().any(|it| it.is_control() || matches!(it, '\u{2028}' | '\u{2029}' | '\u{feff}'))
    {
        return Err("the reason is one line of text".to_owned());
    }
    if text.contains(" until ") {
        return Err("the word `until` starts a date: say it in other words".to_owned());
    }
    Ok(text.to_owned())
}

/// Takes a day that is not past, or nothing.
pub fn until(text: &str, today: Date) -> Result<Option<Date>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<Date>() {
        Ok(date) if date < today => Err(format!("{date} is past")),
        Ok(date) => Ok(Some(date)),
        Err(_) => Err(format!("`{text}` is no date: write YYYY-MM-DD, or nothing")),
    }
}

impl Mended {
    /// Writes the waivers that were decided, after the fixes: what they remove needs none.
    pub(super) fn write_waivers(&mut self, members: &Members, policy: &Policy) {
        if policy.decisions.is_empty() {
            return;
        }
        let wanted = |files: &[Shared], it: &Finding| match policy
            .decided(&files[it.site.file.0 as usize], it)?
        {
            Answer::Allow(waiver) => Some((it.clone(), waiver)),
            _ => None,
        };
        let open = &self.after.judged.open;
        let all: Vec<_> = open.iter().filter_map(|it| wanted(&self.files, it)).collect();
        for (finding, waiver) in all {
            let same = self.after.judged.open.iter().find(|it| it.key() == finding.key());
            let Some(same) = same.cloned() else { continue };
            match waive(&self.files, members, policy, &self.after, &same, &waiver) {
                Ok(done) => {
                    self.changed.push(done.site.file);
                    self.files = done.files;
                    self.after = done.analysis;
                    self.waived += 1;
                }
                Err(why) => self.refused.push((same, why)),
            }
        }
        self.changed.sort_unstable();
        self.changed.dedup();
    }
}

/// A project whose file holds the waiver.
pub struct Waived {
    /// The files.
    pub files: Vec<Shared>,
    /// What they say with it.
    pub analysis: Analysis,
    /// Where it stands: above the finding or above its container.
    pub site: Site,
}

/// Writes a waiver above the finding's line, or else above its container's name.
///
/// # Errors
/// Why it cannot stand in the file, and what to do.
pub fn waive(
    files: &[Shared],
    members: &Members,
    policy: &Policy,
    analysis: &Analysis,
    finding: &Finding,
    waiver: &Waiver,
) -> Result<Waived, String> {
    if finding.rule == rules::BROKEN_WAIVER.id {
        return Err("a waiver that does not hold is mended or removed, not waived".to_owned());
    }
    let text = comment(finding.rule, &waiver.reason, waiver.until.as_ref());
    let subject = analysis.subjects.iter().find(|it| it.id == finding.container);
    let mut why = "its file is not one of those to be mended";
    for site in [Some(finding.site), subject.map(|it| it.site)].into_iter().flatten() {
        let commented = match commented(files, site, &text) {
            Ok(it) => it,
            Err(message) => {
                why = message;
                continue;
            }
        };
        let after = analyse(&commented, members, policy);
        if allows_only(analysis, &after, finding) {
            return Ok(Waived { files: commented, analysis: after, site });
        }
        why = "a comment there would allow other findings too";
    }
    Err(format!("{why}: {}", instead(files, policy, finding, waiver)))
}

/// The files with the comment above the site.
fn commented(files: &[Shared], site: Site, text: &str) -> Result<Vec<Shared>, &'static str> {
    let number = site.file.0 as usize;
    let old = &files[number];
    if !old.in_scope {
        return Err("its file is not one of those to be mended");
    }
    let unreadable = "the file could not be read back with a comment there";
    let new = match &old.script {
        Some(script) => script.commented(&old.tree, site.span.start, text)?,
        None => comment_above(&old.tree, site.span.start, text).map_err(|it| it.message)?,
    };
    let new = old.reread(&new).map_err(|_| unreadable)?;
    match (&old.script, &new.script) {
        (Some(old), Some(new)) if old.is_same(new) => (),
        (Some(_), _) => return Err(unreadable),
        (None, _) => prove_comment(&old.tree, &new.tree, text).map_err(|_| unreadable)?,
    }
    let mut files = files.to_vec();
    files[number] = Arc::new(new);
    Ok(files)
}

/// Whether the finding is waived now and everything else is as it was.
fn allows_only(before: &Analysis, after: &Analysis, finding: &Finding) -> bool {
    let mut left = after.judged.open.iter();
    let mut gone = before.judged.open.iter().filter(|it| match left.as_slice().first() {
        Some(next) if it.key() == next.key() => {
            left.next();
            false
        }
        _ => true,
    });
    let only = gone.next().is_some_and(|it| it.key() == finding.key()) && gone.next().is_none();
    only && left.next().is_none() && after.judged.waived.len() == before.judged.waived.len() + 1
}

/// The path of a file as the configuration in that folder names it; as it was given where there is none.
fn relative(path: &Path, folder: &Path) -> PathBuf {
    let below = std::path::absolute(path).ok().filter(|_| folder != Path::new(""));
    let below = below.and_then(|it| clean(&it).strip_prefix(folder).map(Path::to_owned).ok());
    below.unwrap_or_else(|| path.strip_prefix(".").unwrap_or(path).to_owned())
}

/// The entry of the configuration that allows the same.
fn instead(files: &[Shared], policy: &Policy, finding: &Finding, waiver: &Waiver) -> String {
    let text = |it: &str| toml::Value::String(it.to_owned()).to_string();
    let path = relative(&files[finding.site.file.0 as usize].path, &policy.allowed.folder);
    // A name alone would hold at any depth.
    let path = if path.components().count() == 1 { Path::new(".").join(path) } else { path };
    let name = finding.subject.rsplit(' ').next().unwrap_or("");
    let until = waiver.until.map(|it| format!("\n  until = \"{it}\"")).unwrap_or_default();
    format!(
        "put this into casehard.toml instead\n  [[allow]]\n  rule = {}\n  path = {}\n  container = {}\n  reason = {}{until}",
        text(finding.rule),
        text(&path.to_string_lossy()),
        text(name),
        text(&waiver.reason),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mend::fixtures::project;

    fn waived(text: &str, rule: &str) -> Result<String, String> {
        let (files, members, policy) = project(text);
        let analysis = analyse(&files, &members, &policy);
        let finding = analysis.judged.open.iter().find(|it| it.rule == rule).unwrap();
        let waiver =
            Waiver { reason: "agent".to_owned(), until: Some("2030-01-02".parse().unwrap()) };
        let done = waive(&files, &members, &policy, &analysis, finding, &waiver)?;
        Ok(done.files[0].tree.text().to_owned())
    }

    #[test]
    fn a_waiver_stands_above_the_weak_line() {
        assert_eq!(
            waived("services:\n  web:\n    image: a\n    privileged: true\n", "privileged"),
            Ok("services:\n  web:\n    image: a\n    # casehard: allow privileged -- agent until 2030-01-02\n    privileged: true\n".to_owned())
        );
    }

    #[test]
    fn a_waiver_for_what_is_missing_stands_above_the_service() {
        assert_eq!(
            waived("services:\n  web:\n    image: a\n", "writable-rootfs"),
            Ok("services:\n  # casehard: allow writable-rootfs -- agent until 2030-01-02\n  web:\n    image: a\n".to_owned())
        );
    }

    #[test]
    fn a_shared_fragment_is_waived_for_one_service_only() {
        let text = "x-a: &a\n  privileged: true\nservices:\n  web:\n    <<: *a\n    image: a\n  app:\n    <<: *a\n    image: a\n";
        let new = waived(text, "privileged").unwrap();
        assert!(new.contains("services:\n  # casehard: allow privileged"), "{new}");
    }

    #[test]
    fn json_gets_an_entry_of_the_configuration() {
        let text = "{\"services\": {\"web\": {\n\"image\": \"a\",\n\"privileged\": true}}}\n";
        let error = waived(text, "privileged").unwrap_err();
        assert!(error.contains("[[allow]]\n  rule = \"privileged\"\n  path = \"./compose.yaml\"\n  container = \"web\"\n  reason = \"agent\"\n  until = \"2030-01-02\""), "{error}");
    }

    #[test]
    fn reasons_and_dates_that_would_not_be_read_back_are_refused() {
        assert_eq!(reason(" it is the agent "), Ok("it is the agent".to_owned()));
        for text in ["", "  ", "a\nb", "wait until it is gone"] {
            assert!(reason(text).is_err(), "{text}");
        }
        let today = "2030-01-01".parse().unwrap();
        assert_eq!(until(" ", today), Ok(None));
        assert_eq!(until("2030-01-01", today), Ok(Some(today)));
        assert!(until("2029-12-31", today).unwrap_err().contains("past"));
        assert!(until("soon", today).unwrap_err().contains("YYYY-MM-DD"));
    }
}
