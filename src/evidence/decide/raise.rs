//! What would make the risky fixes of a container likely, said once.

use super::Matter;
use crate::evidence::facts::Doubt;
use crate::evidence::subject::Subject;
use crate::images::{Found, Image};
use crate::workload::text::UNKNOWN;

/// What the owner can tell.
const TELL: &str = "tell its account, what it writes and which capabilities it needs by [[image]] in casehard.toml";

/// What would make the risky fixes of a container likely; nothing where no more than a try would.
pub(super) fn raise(matter: &Matter<'_, '_, '_>, doubts: &[Doubt]) -> Option<String> {
    let subject = matter.subject;
    if subject.built.is_some() {
        return Some(format!(
            "what the built program writes is not known: name it by `image:`, and {TELL}"
        ));
    }
    match subject.found {
        Found::Unknown if subject.is_built() => {
            Some("its Dockerfile is not beside the file: run casehard where it is".to_owned())
        }
        Found::Unknown => Some(unknown(subject.workload.image_text(subject.container)?)),
        Found::OtherVersion(_) => {
            let image = subject.workload.image_text(subject.container)?;
            Some(format!("other versions of {image} are known, not this one: {TELL}"))
        }
        Found::Image(image, how) if !how.tag_told => {
            Some(format!("what is known of {} depends on its tag: name the tag", image.id))
        }
        Found::Image(image, _) => known(subject, image, doubts),
    }
}

fn unknown(image: &str) -> String {
    match image.contains(UNKNOWN) {
        true => {
            "a variable names the image: give the variable a default, or name the image".to_owned()
        }
        false => format!("nothing is known of {image}: {TELL}"),
    }
}

fn known(subject: &Subject<'_, '_>, image: &Image, doubts: &[Doubt]) -> Option<String> {
    if subject.is_overridden() {
        return Some(format!("another program than the image's own runs in it: {TELL}"));
    }
    let unread = doubts.iter().find(|it| it.seen.contains("cannot be read"));
    if let Some(doubt) = unread {
        return Some(format!(
            "{}: run casehard where the file is, below the Compose file's folder",
            doubt.seen
        ));
    }
    if doubts.iter().any(|it| it.rules.contains(&"root-user") && it.seen.contains("of the host")) {
        return Some(
            "whose the mounted files of the host are is not known: set `user:` to their owner, or keep them on a volume"
                .to_owned(),
        );
    }
    let verified = image.evidence.values().any(crate::images::Evidence::is_verified);
    (!verified).then(|| format!("what is known of {} was not read at its source: {TELL}", image.id))
}
