//! What is known of the image behind a container, for what its file leaves to it.

use super::By;
use super::fact::Fact;
use crate::evidence::Settings;
use crate::images::dockerfile::{Dockerfile, User};
use crate::images::{self, Family, Found};
use crate::workload::{Container, Workload};

/// The image: an entry of the knowledge, a Dockerfile beside the file, or neither.
pub(super) struct Image<'k> {
    found: Found<'k>,
    built: Option<&'k Dockerfile>,
    /// Whether something is known of images at all that fits it.
    is_built: bool,
}

/// A user as it is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Uid {
    /// By its number.
    Number(u32),
    /// By a name that only the image's passwd knows.
    Name(String),
    /// Somebody other than root.
    NotRoot,
}

impl Uid {
    /// Whether it is root for certain.
    pub(super) fn is_root(&self) -> bool {
        *self == Uid::Number(0)
    }
}

impl<'k> Image<'k> {
    pub(super) fn of<'t: 'k>(
        workload: &'k Workload<'t>,
        container: &'k Container<'t>,
        settings: &'k Settings,
    ) -> Self {
        let knowledge = &settings.images;
        let name = workload.image_text(container);
        // What the owner says of the image that is built says more than its Dockerfile.
        let told = name.is_some_and(|it| knowledge.is_owned(it));
        let built = workload.built().filter(|_| !told);
        let base = match built {
            Some(file) => file.base.as_deref(),
            None => name,
        };
        Image {
            found: base.map_or(Found::Unknown, |it| knowledge.find(it)),
            built,
            is_built: built.is_some(),
        }
    }

    /// The entry, where what it says holds for the tag.
    fn told(&self) -> Option<&'k images::Image> {
        match self.found {
            Found::Image(image, how) if how.tag_told => Some(image),
            Found::Image(..) | Found::OtherVersion(_) | Found::Unknown => None,
        }
    }

    fn by(image: &images::Image, fact: images::Fact) -> By {
        By::Image { entry: image.id.clone(), read: image.is_verified(fact) }
    }

    /// The user that the image names; nothing where that is not known.
    pub(super) fn user(&self) -> Option<Fact<Uid>> {
        if let Some((file, user)) = self.built.and_then(|it| Some((it, it.user.as_ref()?))) {
            let by = By::Dockerfile(said(file));
            return Some(match user {
                User::Ids { uid, .. } => Fact::Is(Uid::Number(*uid), by),
                User::Name(name) => Fact::Is(self.named(name), by),
                User::Open(name) => {
                    Fact::Unknown(format!("give {name} a value in the Dockerfile"), by)
                }
            });
        }
        let image = self.told().filter(|it| !it.user_varies)?;
        let by = Self::by(image, images::Fact::User);
        let uid = match (image.image_user.as_deref(), image.family) {
            (_, Family::Nonroot) => image.uid.map_or(Uid::NotRoot, Uid::Number),
            (Some(user), _) => self.named(user.split(':').next().unwrap_or(user)),
            (None, Family::Host | Family::Base | Family::Tool | Family::Review) => return None,
            (None, _) => Uid::Number(0),
        };
        Some(Fact::Is(uid, by))
    }

    /// The number of a name in the image's passwd, where that is known.
    pub(super) fn named(&self, name: &str) -> Uid {
        if matches!(name, "" | "root") {
            return Uid::Number(0);
        }
        if let Ok(number) = name.parse() {
            return Uid::Number(number);
        }
        let known = self.told().filter(|it| it.user_name.as_deref() == Some(name));
        known.and_then(|it| it.uid).map_or_else(|| Uid::Name(name.to_owned()), Uid::Number)
    }

    /// Whether the image names its user by a name, which the kubelet cannot tell from root.
    pub(super) fn names_by_name(&self) -> Option<&'k str> {
        if self.is_built {
            return match self.built?.user.as_ref()? {
                User::Name(name) => Some(name),
                User::Ids { .. } | User::Open(_) => None,
            };
        }
        let user = self.told()?.image_user.as_deref()?.split(':').next()?;
        user.parse::<u32>().is_err().then_some(user)
    }

    /// The group that the image's passwd gives a user.
    pub(super) fn group_of(&self, uid: u32) -> Option<Fact<u32>> {
        if let Some((file, User::Ids { uid: own, gid: Some(gid) })) =
            self.built.and_then(|it| Some((it, it.user.as_ref()?)))
            && *own == uid
        {
            return Some(Fact::Is(*gid, By::Dockerfile(said(file))));
        }
        if uid == 0 {
            return Some(Fact::Is(0, By::Default));
        }
        let image = self.told().filter(|it| it.uid == Some(uid) && !it.user_varies)?;
        Some(Fact::Is(image.gid?, Self::by(image, images::Fact::User)))
    }

    /// What it does once it has started as root, as a clause; nothing where it stays root.
    pub(super) fn drops(&self) -> Option<String> {
        if self.is_built {
            return None;
        }
        let image = self.told()?;
        let drops = matches!(
            image.family,
            Family::Drop | Family::Master | Family::BaseMaster | Family::S6 | Family::Lsio
        );
        drops.then(|| image.start())
    }

    /// The folders that the image declares as volumes; nothing where that is not known.
    pub(super) fn volumes(&self) -> Option<(Vec<&'k str>, By)> {
        let own = self.built.map(|it| it.volumes.iter().map(String::as_str));
        let base = self.told();
        match (own, base) {
            (Some(own), Some(base)) => {
                let all = own.chain(base.volumes.iter().map(String::as_str)).collect();
                Some((all, By::Dockerfile("VOLUME".to_owned())))
            }
            (None, Some(base)) => {
                let by = Self::by(base, images::Fact::Writable);
                Some((base.volumes.iter().map(String::as_str).collect(), by))
            }
            (_, None) => None,
        }
    }

    /// Capabilities that its main program carries in its file.
    pub(super) fn file_capabilities(&self) -> Option<&'k [String]> {
        self.told().filter(|_| !self.is_built).map(|it| it.file_caps.as_slice())
    }
}

/// The words of a Dockerfile that name its user, with their line.
fn said(file: &Dockerfile) -> String {
    file.user_said
        .as_ref()
        .map_or_else(|| "USER".to_owned(), |it| format!("line {}: {}", it.line, it.words))
}
