//! Values that an owner changes for one container, read from a line of text.

use crate::config::{User, writable_path};
use crate::decisions::may_be_kept;
use crate::evidence::Own;
use crate::images::{CAPABILITIES, capability_name};
use crate::suggestion::unknown;

/// A value that can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// The user to run as.
    User,
    /// The paths that stay writable.
    Writable,
    /// The capabilities to keep.
    Keep,
}

impl Field {
    /// The field behind a key.
    pub(super) fn of(key: char) -> Option<Field> {
        match key {
            'u' => Some(Field::User),
            'p' => Some(Field::Writable),
            'k' => Some(Field::Keep),
            _ => None,
        }
    }

    /// What is asked for.
    pub(super) fn prompt(self) -> &'static str {
        match self {
            Field::User => "User as UID:GID",
            Field::Writable => "Writable paths (or none)",
            Field::Keep => "Capabilities to keep (or none)",
        }
    }

    /// The value that holds, as it would be typed.
    pub(super) fn current(self, proposed: &Own) -> String {
        match self {
            Field::User => proposed.user.map(|it| it.to_string()).unwrap_or_default(),
            Field::Writable => list(proposed.writable.as_deref()),
            Field::Keep => list(proposed.keep.as_deref()),
        }
    }

    /// Takes a typed value into what the owner chose.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn take(self, text: &str, own: &mut Own) -> Result<(), String> {
        match self {
            Field::User => {
                let user = text.trim().parse::<User>().map_err(|it| it.to_string())?;
                own.user = Some(user);
            }
            Field::Writable => own.writable = Some(words(text, path)?),
            Field::Keep => own.keep = Some(words(text, capability)?),
        }
        Ok(())
    }
}

fn list(words: Option<&[String]>) -> String {
    match words {
        Some([]) | None => "none".to_owned(),
        Some(words) => words.join(" "),
    }
}

fn words(text: &str, take: impl Fn(&str) -> Result<String, String>) -> Result<Vec<String>, String> {
    if text.trim() == "none" {
        return Ok(Vec::new());
    }
    let mut words: Vec<String> = Vec::new();
    for word in text.split([',', ' ']).filter(|it| !it.is_empty()) {
        let word = take(word)?;
        if !words.contains(&word) {
            words.push(word);
        }
    }
    Ok(words)
}

fn path(text: &str) -> Result<String, String> {
    writable_path(text).map_err(|it| it.to_string())
}

fn capability(text: &str) -> Result<String, String> {
    let name = capability_name(text);
    match (CAPABILITIES.contains(&name.as_str()), may_be_kept(&name)) {
        (true, true) => Ok(name),
        (true, false) => {
            Err(format!("{name} is not one that a container has by itself: it cannot be kept"))
        }
        (false, _) => Err(unknown_capability(&name)),
    }
}

/// All names would fill a narrow screen: only the one that may be meant is shown.
fn unknown_capability(name: &str) -> String {
    let text = unknown("capability", name, CAPABILITIES.iter().copied());
    match text.split_once(": expected one of") {
        Some((text, _)) => format!("{text}: see capabilities(7)"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(field: Field, text: &str, expected: Result<Own, &str>) {
        let mut own = Own::default();
        match (field.take(text, &mut own), expected) {
            (Ok(()), Ok(expected)) => assert_eq!(own, expected),
            (Err(message), Err(expected)) => assert!(message.contains(expected), "{message}"),
            (got, expected) => panic!("{got:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn values_are_read_from_a_line() {
        let user = Some(User { uid: 999, gid: 50 });
        check(Field::User, " 999:50 ", Ok(Own { user, ..Own::default() }));
        let writable = Some(vec!["/run".to_owned(), "/tmp".to_owned()]);
        check(Field::Writable, "/run, /tmp /run", Ok(Own { writable, ..Own::default() }));
        let keep = Some(vec!["CHOWN".to_owned()]);
        check(Field::Keep, "cap_chown", Ok(Own { keep, ..Own::default() }));
        check(Field::Keep, "none", Ok(Own { keep: Some(Vec::new()), ..Own::default() }));
    }

    #[test]
    fn values_that_mean_nothing_are_refused() {
        check(Field::User, "root", Err("UID:GID"));
        check(Field::Writable, "tmp", Err("/var/cache"));
        check(Field::Keep, "CHOWM", Err("did you mean `CHOWN`"));
        check(Field::Keep, "SYS_ADMIN", Err("cannot be kept"));
        check(Field::Keep, "everything", Err("capabilities(7)"));
    }
}
