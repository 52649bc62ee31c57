//! The user a container is to run as.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;

/// A user that is not root and a group, by number. Group 0 is one that images of Bitnami, Grafana or OpenShift are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub struct User {
    /// The number of the user.
    pub uid: u32,
    /// The number of the group.
    pub gid: u32,
}

/// A text that is not a `User`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserError {
    /// The text in question.
    pub text: String,
}

impl FromStr for User {
    type Err = UserError;

    fn from_str(text: &str) -> Result<User, UserError> {
        let parsed = text
            .split_once(':')
            .and_then(|(uid, gid)| Some((id(uid).filter(|it| *it > 0)?, id(gid)?)));
        match parsed {
            Some((uid, gid)) => Ok(User { uid, gid }),
            None => Err(UserError { text: text.to_owned() }),
        }
    }
}

impl TryFrom<String> for User {
    type Error = UserError;

    fn try_from(text: String) -> Result<User, UserError> {
        text.parse()
    }
}

/// Reads a number of a user or a group.
fn id(text: &str) -> Option<u32> {
    // Kubernetes ends at the largest signed number; the largest unsigned one means "unchanged".
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let id = text.parse().ok().filter(|id| *id <= i32::MAX as u32);
    if digits { id } else { None }
}

impl fmt::Display for User {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.uid, self.gid)
    }
}

impl fmt::Display for UserError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}` is not UID:GID: expected two numbers, the user not 0", self.text)
    }
}

impl std::error::Error for UserError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_numbers_are_a_user() {
        assert_eq!("1000:50".parse(), Ok(User { uid: 1000, gid: 50 }));
        assert_eq!("1000:50".parse::<User>().unwrap().to_string(), "1000:50");
        assert_eq!("1001:0".parse(), Ok(User { uid: 1001, gid: 0 }));
    }

    #[test]
    fn root_names_and_half_a_user_are_refused() {
        for text in ["", "0", "1000", "0:1000", "0:0", "app:app", ":1", "1:", "+1:1", "1:1:1"] {
            let error = text.parse::<User>().unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("`{text}` is not UID:GID: expected two numbers, the user not 0")
            );
        }
        assert!("4294967295:1".parse::<User>().is_err());
    }
}
