//! What the Dockerfile says that a service is built from.

use crate::evidence::fact::{Known, Source, Strength};
use crate::evidence::facts::Facts;
use crate::evidence::subject::{Start, Subject};
use crate::images::dockerfile::User;

/// What it says.
pub(super) fn facts(subject: &Subject<'_, '_>, _: Start) -> Facts {
    let Some(file) = subject.built else { return Facts::default() };
    let account = match file.user {
        Some(User::Ids { uid, gid }) if uid != 0 => Some((uid, gid.unwrap_or(uid))),
        Some(User::Ids { .. } | User::Name(_) | User::Open(_)) | None => None,
    };
    let read = |value| Known { value, source: Source::Dockerfile, strength: Strength::Read };
    Facts {
        account: account.map(read),
        volumes: file.volumes.clone(),
        ports: file.ports.clone(),
        ..Facts::default()
    }
}
