//! Knows how the owner of the files adds images of their own to the knowledge.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::check::KnowledgeError;
use super::evidence::{Basis, Evidence, Fact};
use super::image::Image;
use super::knowledge::{all as builtin_images, builtin_image};
use super::parts::{Data, Direct, Family, Feature, Level, SocketUse, Variable, Verdict, Writable};
use super::version::Version;
use crate::suggestion::closest;

/// An `[[image]]` of the configuration file: the fields of [`Image`], of which only `repositories` must be given.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct OwnerImage {
    /// The name of the entry; the first repository by default.
    pub id: Option<String>,
    /// The repositories it stands for, as globs.
    pub repositories: Vec<String>,
    /// The tags it stands for, as globs; every tag by default.
    pub tags: Option<Vec<String>>,
    /// The first version that it stands for.
    pub since: Option<Version>,
    /// The last version that it stands for.
    pub until: Option<Version>,
    /// The id of a built-in entry that settles every field not given here.
    pub like: Option<String>,
    /// How the image starts; told from the user by default.
    pub family: Option<Family>,
    /// `USER` of the image; root by default.
    pub image_user: Option<String>,
    /// The user id that the service ends up with.
    pub uid: Option<u32>,
    /// The group id that the service ends up with.
    pub gid: Option<u32>,
    /// The name of that account.
    pub user_name: Option<String>,
    /// Whether a file may start it as `uid:gid`; yes by default where both are given.
    pub direct: Option<Direct>,
    /// Names of its own start scripts.
    pub entrypoint: Option<Vec<String>>,
    /// Words that a command may begin with for it to still be the server.
    pub server: Option<Vec<String>>,
    /// The least capabilities for a start as root.
    pub caps_root: Option<Vec<String>>,
    /// Capabilities that an unprivileged start needs as well.
    pub caps_direct: Option<Vec<String>>,
    /// File capabilities of the main binary.
    pub file_caps: Option<Vec<String>>,
    /// Whether it works with no-new-privileges.
    pub nnp: Option<Verdict>,
    /// Whether it works under the default system call filter; yes by default.
    pub seccomp: Option<Verdict>,
    /// Whether it works with a read-only root filesystem; yes by default where writable paths are given.
    pub read_only: Option<Verdict>,
    /// What must stay writable beside the volumes.
    pub writable: Option<Vec<Path<Writable>>>,
    /// The `VOLUME` lines of the image.
    pub volumes: Option<Vec<String>>,
    /// Paths whose owner decides whether a change of user is safe.
    pub data: Option<Vec<Path<Data>>>,
    /// The ports it listens on.
    pub ports: Option<Vec<u16>>,
    /// Whether it needs the runtime socket.
    pub docker_socket: Option<SocketUse>,
    /// What it takes from the host by purpose.
    pub host: Option<Vec<String>>,
    /// Folders with files of the image that a mount over them would hide.
    pub ships: Option<Vec<String>>,
    /// Environment variables that fixes write.
    pub env: Option<Vec<Variable>>,
    /// What only some uses of it need.
    pub features: Option<Vec<Feature>>,
    /// What else is worth knowing.
    pub notes: Option<String>,
    /// How far the entry can be trusted; high by default.
    pub confidence: Option<Level>,
    /// Where the facts were read.
    pub sources: Option<Vec<String>>,
}

/// A path alone, or with what is known of it.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(untagged, expecting = "expected a path such as \"/tmp\", or { path = \"/tmp\", … }")]
pub enum Path<T> {
    /// The path alone.
    Bare(String),
    /// With more.
    Full(T),
}

fn settled<T: From<String>>(paths: Vec<Path<T>>) -> Vec<T> {
    let each = paths.into_iter().map(|it| match it {
        Path::Bare(path) => T::from(path),
        Path::Full(path) => path,
    });
    each.collect()
}

impl OwnerImage {
    /// The entry with every field settled.
    pub(super) fn settle(self) -> Result<Image, KnowledgeError> {
        let id = self.id.clone().or_else(|| self.repositories.first().cloned()).unwrap_or_default();
        let base = match &self.like {
            Some(like) => builtin_image(like)
                .cloned()
                .ok_or_else(|| KnowledgeError::new(&id, "like", no_entry(like)))?,
            None => blank(&self),
        };
        Ok(self.laid_over(base, id))
    }

    fn laid_over(self, base: Image, id: String) -> Image {
        let evidence = self.evidence(&base);
        // An account given here is another one than the base's, so that its name and group go as well.
        let (gid, user_name) = match self.uid {
            Some(_) => (self.gid, self.user_name),
            None => (self.gid.or(base.gid), self.user_name.or(base.user_name)),
        };
        Image {
            id,
            repositories: self.repositories,
            tags: self.tags.unwrap_or_default(),
            since: self.since,
            until: self.until,
            family: self.family.unwrap_or(base.family),
            image_user: self.image_user.or(base.image_user),
            user_varies: false,
            uid: self.uid.or(base.uid),
            gid,
            user_name,
            direct: self.direct.unwrap_or(base.direct),
            entrypoint: self.entrypoint.unwrap_or(base.entrypoint),
            server: self.server.unwrap_or(base.server),
            caps_root: self.caps_root.unwrap_or(base.caps_root),
            caps_direct: self.caps_direct.unwrap_or(base.caps_direct),
            file_caps: self.file_caps.unwrap_or(base.file_caps),
            nnp: self.nnp.unwrap_or(base.nnp),
            seccomp: self.seccomp.unwrap_or(base.seccomp),
            read_only: self.read_only.unwrap_or(base.read_only),
            writable: self.writable.map_or(base.writable, settled),
            volumes: self.volumes.unwrap_or(base.volumes),
            data: self.data.map_or(base.data, settled),
            ports: self.ports.unwrap_or(base.ports),
            docker_socket: self.docker_socket.or(base.docker_socket),
            host: self.host.unwrap_or(base.host),
            ships: self.ships.unwrap_or(base.ships),
            env: self.env.unwrap_or(base.env),
            features: self.features.unwrap_or(base.features),
            notes: self.notes.or(base.notes),
            evidence,
            confidence: self.confidence.unwrap_or(base.confidence),
            sources: self.sources.unwrap_or(base.sources),
            ..base
        }
    }

    /// What the owner states is known by the owner, the rest as in the base.
    fn evidence(&self, base: &Image) -> BTreeMap<Fact, Evidence> {
        let stated = [
            (Fact::User, self.family.is_some() || self.image_user.is_some() || self.uid.is_some()),
            (Fact::Caps, self.caps_root.is_some() || self.caps_direct.is_some()),
            (Fact::ReadOnly, self.read_only.is_some() || self.writable.is_some()),
            (Fact::Writable, self.writable.is_some()),
            (Fact::Nnp, self.nnp.is_some()),
            (Fact::DockerSocket, self.docker_socket.is_some()),
        ];
        let mut evidence = base.evidence.clone();
        for (fact, _) in stated.into_iter().filter(|(_, stated)| *stated) {
            evidence.insert(fact, Evidence { basis: vec![Basis::Owner], seen_on: None });
        }
        evidence
    }
}

/// Says that no entry is called so, and which one may be meant.
fn no_entry(like: &str) -> String {
    let known = builtin_images().map(|it| it.id.as_str());
    match closest(like, known) {
        Some(it) => format!("no entry `{like}`: did you mean `{it}`?"),
        None => format!("no entry `{like}`: `casehard images` lists them"),
    }
}

/// The keys of an entry, as the reader knows them.
pub fn owner_keys() -> Vec<String> {
    // The refusal of a key that there is not lists those that there are.
    let refusal = toml::from_str::<OwnerImage>("\"\" = 0")
        .map_or_else(|it| it.message().to_owned(), |_| String::new());
    refusal.split('`').skip(3).step_by(2).map(str::to_owned).collect()
}

/// What an entry without `like` is laid over.
fn blank(owner: &OwnerImage) -> Image {
    let user = owner.image_user.clone().unwrap_or_else(|| "root".to_owned());
    let account = owner.uid.is_some() && owner.gid.is_some();
    let mut image = Image {
        family: Family::Rootplain,
        image_user: Some(user),
        direct: if account { Direct::Ok } else { Direct::Unknown },
        read_only: if owner.writable.is_some() { Verdict::Ok } else { Verdict::Unknown },
        ..Image::of_nothing()
    };
    if !image.starts_as_root() {
        image.family = Family::Nonroot;
        image.direct = Direct::Already;
    }
    image
}
