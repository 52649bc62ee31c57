//! Knows every entry and finds the one that fits an image.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::Deserialize;

use super::check::{KnowledgeError, blame, check, check_owned};
use super::image::Image;
use super::learned::{Built, Learned, Learnt};
use super::owner::OwnerImage;
use super::parts::Level;
use super::reference::{Reference, Tag, origins, parse_reference};
use super::shelf::{Fit, Shelf};

/// What is known of images: the built-in entries, in front of them what was read off the images themselves, and in front
/// of that what the owner says.
///
/// The built-in ones are read at the first look-up that needs them.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    own: Shelf,
    learnt: Learnt,
    folder: Option<PathBuf>,
}

/// What is known of one image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found<'a> {
    /// The entry that fits it best, and how well it does.
    Image(&'a Image, Match),
    /// Nothing that holds for its version: what is known of the image is of others.
    OtherVersion(&'a Image),
    /// Nothing.
    Unknown,
}

/// How well an entry fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// Whether a registry or proxy had to be stripped to find the repository.
    pub via_mirror: bool,
    /// Whether the tag is known.
    pub tag_known: bool,
    /// Whether the account differs between the variants of the repository, so that an unknown tag leaves it open.
    pub tag_matters: bool,
    /// Whether the entry is known to hold for the tag: not where the tag is unknown and others hold for other tags.
    pub tag_told: bool,
    /// Whether the default of a variable was taken for a part of the reference.
    pub assumed: bool,
}

/// The file as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Book {
    pub(super) image: Vec<Image>,
}

static BUILTIN: OnceLock<Shelf> = OnceLock::new();

/// What is known of an image without entries of the owner.
pub fn find(image: &str) -> Found<'static> {
    static KNOWLEDGE: Knowledge = Knowledge::builtin();
    KNOWLEDGE.find(image)
}

/// The built-in entries, sorted by id.
pub fn all() -> impl Iterator<Item = &'static Image> {
    builtin().images()
}

/// The built-in entry of that id.
pub(super) fn builtin_image(id: &str) -> Option<&'static Image> {
    builtin().named(id)
}

/// The built-in entries as written.
#[cfg(test)]
pub(super) fn text() -> String {
    LETTERS.concat()
}

/// The files of the entries, by their first letter.
const LETTERS: &[&str] = &[
    include_str!("knowledge/0.toml"),
    include_str!("knowledge/a.toml"),
    include_str!("knowledge/b.toml"),
    include_str!("knowledge/c.toml"),
    include_str!("knowledge/d.toml"),
    include_str!("knowledge/e.toml"),
    include_str!("knowledge/f.toml"),
    include_str!("knowledge/g.toml"),
    include_str!("knowledge/h.toml"),
    include_str!("knowledge/i.toml"),
    include_str!("knowledge/j.toml"),
    include_str!("knowledge/k.toml"),
    include_str!("knowledge/l.toml"),
    include_str!("knowledge/m.toml"),
    include_str!("knowledge/n.toml"),
    include_str!("knowledge/o.toml"),
    include_str!("knowledge/p.toml"),
    include_str!("knowledge/q.toml"),
    include_str!("knowledge/r.toml"),
    include_str!("knowledge/s.toml"),
    include_str!("knowledge/t.toml"),
    include_str!("knowledge/u.toml"),
    include_str!("knowledge/v.toml"),
    include_str!("knowledge/w.toml"),
    include_str!("knowledge/y.toml"),
    include_str!("knowledge/z.toml"),
];

pub(super) fn builtin() -> &'static Shelf {
    BUILTIN.get_or_init(|| Shelf::unread(LETTERS))
}

impl Knowledge {
    /// The built-in entries alone.
    pub const fn builtin() -> Self {
        Self { own: Shelf::empty(), learnt: Learnt::nothing(), folder: None }
    }

    /// The built-in entries behind those of the owner, which win.
    pub fn with(owned: Vec<OwnerImage>) -> Result<Self, KnowledgeError> {
        let images: Result<Vec<Image>, KnowledgeError> =
            owned.into_iter().map(OwnerImage::settle).collect();
        let images = images?;
        check_owned(&images)?;
        Ok(Self { own: Shelf::new(images), ..Self::default() })
    }

    /// With what was read off images.
    #[must_use]
    pub fn and_learnt(mut self, images: &[Learned], folder: &Path) -> Self {
        let base = |it: &Reference| match self.at_any_place(it)? {
            (Fit::Inside { image, .. }, _) => Some(image),
            (Fit::Outside(_), _) => None,
        };
        let learnt = Learnt::new(images, base);
        self.learnt = learnt;
        self.folder = Some(folder.to_owned());
        self
    }

    /// The folder of what was learnt: files are named from there.
    pub fn folder(&self) -> &Path {
        self.folder.as_deref().unwrap_or(Path::new(""))
    }

    /// What was read off the image of that name.
    pub fn learnt(&self, image: &str) -> Option<&Learned> {
        // Asked of every container and of each of its fixes, and mostly of nothing.
        let learnt = Some(&self.learnt).filter(|it| !it.is_empty())?;
        Some(learnt.find(&parse_reference(image)?)?.0)
    }

    /// What was read off the image that was built for a service, whose file gives it no name.
    pub fn built(&self, service: impl FnOnce() -> Option<Built>) -> Option<&Learned> {
        let learnt = Some(&self.learnt).filter(|it| !it.is_empty())?;
        learnt.built(&service()?)
    }

    /// The entries of a text in the schema of the built-in ones, each checked to be complete, sourced and sound.
    pub fn parse(text: &str) -> Result<Vec<Image>, KnowledgeError> {
        let book: Book = toml::from_str(text).map_err(|error| blame(text, &error))?;
        check(&book.image)?;
        Ok(book.image)
    }

    /// The entries, the owner's first.
    pub fn images(&self) -> impl Iterator<Item = &Image> {
        self.own.images().chain(self.learnt.images()).chain(builtin().images())
    }

    /// Whether the owner says something of an image.
    pub fn is_owned(&self, image: &str) -> bool {
        let Some(reference) = parse_reference(image) else { return false };
        let found = self.own.look_up(&reference.repository, &reference.tag);
        matches!(found, Some(Fit::Inside { .. }))
    }

    /// What is known of an image, named as in a file: with variables, a tag, a digest, behind a mirror.
    pub fn find(&self, image: &str) -> Found<'_> {
        let Some(reference) = parse_reference(image) else {
            return Found::Unknown;
        };
        let is_owned = || self.own.look_up(&reference.repository, &reference.tag).is_some();
        if let Some((_, image)) = self.learnt.find(&reference).filter(|_| !is_owned()) {
            return Found::Image(image, Match::exact(reference.assumed));
        }
        match self.at_any_place(&reference) {
            Some((found, via_mirror)) => found.into_found(&reference, via_mirror),
            None => Found::Unknown,
        }
    }

    /// What fits the repository, or that which a mirror has it from.
    fn at_any_place(&self, reference: &Reference) -> Option<(Fit<'_>, bool)> {
        if let Some(found) = self.look_up(&reference.repository, reference) {
            return Some((found, false));
        }
        let origins = origins(&reference.repository);
        origins.iter().find_map(|it| self.look_up(it, reference)).map(|it| (it, true))
    }

    fn look_up(&self, repository: &str, reference: &Reference) -> Option<Fit<'_>> {
        let own = self.own.look_up(repository, &reference.tag);
        own.or_else(|| builtin().look_up(repository, &reference.tag))
    }
}

impl<'a> Fit<'a> {
    fn into_found(self, reference: &Reference, via_mirror: bool) -> Found<'a> {
        let (image, tag_matters, tag_told) = match self {
            Self::Inside { image, tag_matters, tag_told } => (image, tag_matters, tag_told),
            Self::Outside(image) => return Found::OtherVersion(image),
        };
        let how = Match {
            via_mirror,
            tag_known: reference.tag != Tag::Unknown,
            tag_matters,
            tag_told,
            assumed: reference.assumed,
        };
        Found::Image(image, how)
    }
}

impl<'a> Found<'a> {
    /// The entry, if there is one.
    pub fn image(self) -> Option<&'a Image> {
        match self {
            Self::Image(image, _) => Some(image),
            Self::OtherVersion(_) | Self::Unknown => None,
        }
    }

    /// The `uid:gid` of the service, unless the tag or the release leaves it open.
    pub fn account(self) -> Option<(u32, u32)> {
        match self {
            Self::Image(image, how) if how.settles_account() && !image.user_varies => {
                image.account()
            }
            Self::Image(..) | Self::OtherVersion(_) | Self::Unknown => None,
        }
    }

    /// How far the entry can be trusted for this image: one level less behind a mirror.
    pub fn confidence(self) -> Option<Level> {
        let Self::Image(image, how) = self else { return None };
        Some(match (image.confidence, how.via_mirror) {
            (Level::High, false) => Level::High,
            (Level::Medium, false) | (Level::High, true) => Level::Medium,
            (Level::Low, _) | (Level::Medium, true) => Level::Low,
        })
    }
}

impl Match {
    /// How what was read off the very image fits.
    fn exact(assumed: bool) -> Match {
        Match { via_mirror: false, tag_known: true, tag_matters: false, tag_told: true, assumed }
    }

    /// Whether what is known of the tag is enough to name the account.
    pub fn settles_account(&self) -> bool {
        self.tag_known || !self.tag_matters
    }
}
