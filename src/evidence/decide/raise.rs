//! What would make the risky fixes of a container likely, said once.

use std::fmt;

use super::Matter;
use crate::evidence::facts::Doubt;
use crate::evidence::tried::tried;
use crate::images::{Fact, Found, Image};
use crate::workload::host::socket;
use crate::workload::text::UNKNOWN;
use crate::workload::{Mount, Origin};

/// What would make risky fixes likely: what is lacking and what to do, in the words `LACKS ABOUT: HOW`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Raise {
    /// What is lacking; `{}` stands for what it is about.
    pub lacks: &'static str,
    /// What it is about, where that is one thing among others: an image, a file.
    pub about: Option<String>,
    /// What to do.
    pub how: &'static str,
}

impl Raise {
    fn new(lacks: &'static str, about: impl Into<Option<String>>, how: &'static str) -> Raise {
        Raise { lacks, about: about.into(), how }
    }
}

impl fmt::Display for Raise {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lacks = match &self.about {
            Some(about) => self.lacks.replacen("{}", about, 1),
            None => self.lacks.to_owned(),
        };
        write!(out, "{lacks}: {}", self.how)
    }
}

/// What the image shows.
const LEARN: &str =
    "`casehard learn` reads its image, or tell what it is by [[image]] in casehard.toml";

/// What a trial shows.
const VERIFY: &str = "`casehard verify` tries it beside the running project, on copies of its data";

/// What its running container shows.
const OBSERVE: &str = "`casehard observe` looks at its running container";

/// What it shows where it was looked at for a moment.
const AGAIN: &str = "`casehard observe --for 1m` looks once more, and counts from a minute on";

/// What would make the risky fixes of a container likely; nothing where no more than a try would.
pub(super) fn raise(matter: &Matter<'_, '_, '_>, doubts: &[Doubt]) -> Option<Raise> {
    let subject = matter.subject;
    if subject.built.is_some() {
        return Some(Raise::new(
            "what the built program writes is not known",
            None,
            "`casehard learn` reads its image once it is built, `casehard observe` looks at its container",
        ));
    }
    match subject.found {
        Found::Unknown if subject.is_built() => Some(Raise::new(
            "its Dockerfile is not beside the file",
            None,
            "run casehard where it is",
        )),
        Found::Unknown => Some(unknown(subject.workload.image_text(subject.container)?)),
        Found::OtherVersion(_) => {
            let image = subject.workload.image_text(subject.container)?;
            let lacks = "other versions of {} are known, not this one";
            Some(Raise::new(lacks, image.to_owned(), LEARN))
        }
        Found::Image(image, how) if !how.tag_told => {
            let lacks = "what is known of {} depends on its tag";
            Some(Raise::new(lacks, image.id.clone(), "name the tag"))
        }
        Found::Image(image, _) => known(matter, image, doubts),
    }
}

fn unknown(image: &str) -> Raise {
    match image.contains(UNKNOWN) {
        true => Raise::new(
            "a variable names the image",
            None,
            "give the variable a default, or name the image",
        ),
        false => Raise::new("nothing is known of {}", image.to_owned(), LEARN),
    }
}

fn known(matter: &Matter<'_, '_, '_>, image: &Image, doubts: &[Doubt]) -> Option<Raise> {
    let Matter { subject, facts, .. } = matter;
    let is_seen = facts.seen.is_some();
    if subject.is_overridden() && !is_seen {
        let lacks = "another program than the image's own runs in it";
        return Some(Raise::new(lacks, None, OBSERVE));
    }
    let unread = doubts.iter().find(|it| it.seen.contains("cannot be read"));
    if let Some(doubt) = unread {
        let how = "run casehard where the file is, below the Compose file's folder";
        let about = doubt.seen.replace(" cannot be read here", "");
        return Some(Raise::new("{} cannot be read here", about, how));
    }
    if let Some(lived) = facts.seen.as_ref().and_then(|it| it.briefly.clone()) {
        return Some(Raise::new("it was seen to run for {} only", lived, AGAIN));
    }
    let is_of_host =
        |it: &Doubt| it.rules.contains(&"root-user") && it.seen.contains("of the host");
    if doubts.iter().any(is_of_host) && hosts(matter).next().is_some() {
        return Some(of_the_host(matter));
    }
    if is_seen {
        let tried = !tried(subject, &matter.settings.images).is_empty();
        let lacks = "what is risky was not tried";
        return (!tried && !subject.is_kubernetes()).then(|| Raise::new(lacks, None, VERIFY));
    }
    let is_read = |fact| image.is_verified(fact);
    match (is_read(Fact::User), is_read(Fact::ReadOnly)) {
        (false, _) => {
            let lacks = "what is known of {} was not read at its source";
            Some(Raise::new(lacks, image.id.clone(), LEARN))
        }
        (true, false) if subject.learnt.is_some() => {
            let lacks = "what {} writes and which capabilities it uses is not known";
            Some(Raise::new(lacks, image.id.clone(), OBSERVE))
        }
        (true, _) => None,
    }
}

/// What it mounts of the host, sockets of runtimes aside, whose owner no change of its files' mends.
fn hosts<'s>(matter: &'s Matter<'_, '_, '_>) -> impl Iterator<Item = &'s Mount<'s>> {
    let is_file =
        |it: &&Mount<'_>| matches!(&it.origin, Origin::Host(path) if socket(path).is_none());
    matter.subject.mounts().iter().filter(is_file)
}

/// Files of the host that are not known to belong to its account.
fn of_the_host(matter: &Matter<'_, '_, '_>) -> Raise {
    let Matter { subject, facts, .. } = matter;
    let known =
        |it: &Mount<'_>| it.target.as_deref().is_some_and(|it| facts.owner_of(it).is_some());
    let unknown = "whose the mounted files of the host are is not known";
    match (hosts(matter).all(known), subject.is_kubernetes()) {
        (true, false) => Raise::new(
            "mounted files of the host belong to another user",
            None,
            "change their owner first, or have `casehard verify` show that it works as they are",
        ),
        (false, false) => Raise::new(
            unknown,
            None,
            "`casehard observe` sees it; or set `user:` to their owner, or keep them on a volume",
        ),
        (_, true) => {
            Raise::new(unknown, None, "set `user:` to their owner, or keep them on a volume")
        }
    }
}
