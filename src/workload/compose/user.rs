//! Who a service runs as: read, and written.

use super::Service;
use crate::workload::{Id, Identity, State, Written, text};
use crate::yaml::Value;

impl Service<'_> {
    /// The `user` of the service.
    pub fn identity(&self) -> Identity {
        let found = self.text("user");
        let unset =
            Identity { user: Id::Unset, group: Id::Unset, site: None, non_root: State::Unset };
        let Some(it) = found else {
            let unknown = self.missing_base.is_some();
            return Identity { user: if unknown { Id::Unknown } else { Id::Unset }, ..unset };
        };
        let site = Some(it.found.site());
        let (user, group) = match it.text.value.split_once(':') {
            Some((user, group)) => (id(user), id(group)),
            None => (id(&it.text.value), Id::Unset),
        };
        // An empty user part means root, whatever the image says.
        let user = if user == Id::Unset { Id::Number(0) } else { user };
        Identity { user, group, site, non_root: State::Unset }
    }

    /// Whether variables of the shell can make its `user` another one than its file says.
    pub fn user_may_differ(&self) -> bool {
        self.text("user").is_some_and(|it| it.text.certainty != text::Certainty::Known)
    }

    /// Runs the service as this user and group; variables keep their say, with other defaults.
    pub fn run_as(&self, uid: u32, gid: u32) -> Written {
        let written = self.entry("user").and_then(|it| it.entry.value.value()).unwrap_or("");
        let both = format!("{uid}:{gid}");
        let (user, group) = parts(written);
        let new = match text::with_default(user, &uid.to_string()) {
            // One variable holds both, or may: `1000:1000` stays one.
            Some(_) if group.is_none() => text::with_default(user, &both).unwrap_or(both),
            Some(user) => format!("{user}:{}", self.in_group(group, gid)),
            None if group.is_some_and(|it| it.contains('$')) => {
                format!("{uid}:{}", self.in_group(group, gid))
            }
            None => both,
        };
        self.set("user", Value::from(new))
    }

    /// Runs the service in this group, as the user that it has.
    pub fn run_in_group(&self, gid: u32) -> Written {
        let written = self.entry("user").and_then(|it| it.entry.value.value()).unwrap_or("");
        let (user, group) = parts(written);
        let new = match self.evaluates_to_pair(user) {
            true => {
                let value = self.interpolate(user).value.into_owned();
                let name = value.split(':').next().unwrap_or("");
                let both = format!("{name}:{gid}");
                text::with_default(user, &both).unwrap_or(both)
            }
            false => format!("{user}:{}", self.in_group(group, gid)),
        };
        self.set("user", Value::from(new))
    }
}

impl Service<'_> {
    fn evaluates_to_pair(&self, user: &str) -> bool {
        user.contains('$') && self.interpolate(user).value.contains(':')
    }

    /// The group part with another default, or the group; what only a variable knows stays.
    fn in_group(&self, group: Option<&str>, gid: u32) -> String {
        let number = gid.to_string();
        match group {
            Some(it) if self.interpolate(it).known().is_none() => it.to_owned(),
            Some(it) => text::with_default(it, &number).unwrap_or(number),
            None => number,
        }
    }
}

/// The user and the group as written; a colon inside of `${…}` parts nothing.
fn parts(written: &str) -> (&str, Option<&str>) {
    let mut depth = 0usize;
    for (at, c) in written.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => return (&written[..at], Some(&written[at + 1..])),
            _ => (),
        }
    }
    (written, None)
}

/// A numeric or named id; text that cannot be known stays unknown.
fn id(text: &str) -> Id {
    if text.contains(text::UNKNOWN) {
        Id::Unknown
    } else if text.is_empty() {
        Id::Unset
    } else {
        text.parse().map_or_else(|_| Id::Name(text.to_owned()), Id::Number)
    }
}
