//! Knows how Docker reads the account that `USER` names.

use std::collections::BTreeMap;

/// A user as a Dockerfile names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum User {
    /// By number, or by a name whose number the Dockerfile shows.
    Ids {
        /// The user id.
        uid: u32,
        /// The group id, if one is given as a number.
        gid: Option<u32>,
    },
    /// By a name whose number only the base knows.
    Name(String),
    /// By a variable without a value.
    Open(String),
}

impl User {
    /// Whether it is root for certain.
    pub fn is_root(&self) -> bool {
        matches!(self, Self::Ids { uid: 0, .. })
    }
}

/// Reads `NAME`, `NUMBER`, `NAME:GROUP`; quotes are taken off, as Docker does.
pub(super) fn read(text: &str, accounts: &BTreeMap<String, u32>) -> User {
    // Compose leaves a zero byte where a variable has no value.
    if text.contains(['$', '\0']) {
        return User::Open(text.replace('\0', "$"));
    }
    let text: String = text.chars().filter(|it| !matches!(it, '"' | '\'' | '\\')).collect();
    let text = text.trim();
    let (name, group) = text.split_once(':').map_or((text, None), |(it, group)| (it, Some(group)));
    let known = match name {
        "" | "root" => Some(0),
        name => id(name).or_else(|| accounts.get(name).copied()),
    };
    let gid = group.and_then(|it| if it == "root" { Some(0) } else { id(it) });
    match known {
        Some(uid) => User::Ids { uid, gid },
        None => User::Name(text.to_owned()),
    }
}

/// A number as Go's `Atoi` reads it, sign and leading zeros included; Docker refuses negative ones.
fn id(text: &str) -> Option<u32> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned.is_empty() || !unsigned.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let number: u32 = unsigned.parse().ok()?;
    (number == 0 || !text.starts_with('-')).then_some(number)
}
