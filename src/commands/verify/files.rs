//! What a service of a run wrote: in its volumes, and beside them.

use std::collections::{BTreeMap, BTreeSet};

use super::originals::Originals;
use crate::engine::{Change, Content, Engine, Fault, How, Kind as Is, is_of_accounts, numberless};
use crate::evidence::is_fleeting;
use crate::trial::Isolated;
use crate::workload::paths::is_below;

/// How many files beside the mounts are looked at: those first that somebody may miss.
const MOST: usize = 200;

/// What names such files have.
const BY_THE_WAY: [&str; 3] = ["/__pycache__/", "/.cache/", "_history"];

/// Where they lie.
const FOLDERS: [&str; 2] = ["/tmp", "/var/tmp"];

/// A file that was written: at which point, and its path without numbers.
pub(super) type File = (&'static str, String);

/// A container of a run.
pub(super) struct Place<'p> {
    pub(super) form: &'p Isolated,
    pub(super) originals: Option<&'p Originals<'p>>,
    /// The first point of the run.
    pub(super) when: &'static str,
    /// Its number and its service.
    pub(super) container: (&'p str, &'p str),
}

impl Place<'_> {
    /// Where it has something mounted that it may write to, with the key of a volume.
    fn targets(&self) -> impl Iterator<Item = (&str, &str)> {
        let service = &self.form.model["services"][self.container.1];
        let all = service["volumes"].as_array().into_iter().flatten();
        let written = all.filter(|it| it["type"] == "volume" && it["read_only"] != true);
        written.filter_map(|it| it["target"].as_str().zip(it["source"].as_str()))
    }

    /// Where it has memory.
    pub(super) fn memory(&self) -> impl Iterator<Item = &str> {
        let service = &self.form.model["services"][self.container.1];
        let listed = service["tmpfs"].as_array().into_iter().flatten().filter_map(|it| it.as_str());
        let single = service["tmpfs"].as_str();
        let mounted = service["volumes"].as_array().into_iter().flatten();
        let mounted =
            mounted.filter(|it| it["type"] == "tmpfs").filter_map(|it| it["target"].as_str());
        listed.chain(single).map(|it| it.split(':').next().unwrap_or(it)).chain(mounted)
    }

    /// Where it has something mounted that it may write to.
    fn mounts(&self) -> Vec<&str> {
        self.targets().map(|it| it.0).chain(self.memory()).collect()
    }

    /// A file of it, as it is told.
    pub(super) fn told(&self, path: &str) -> File {
        (self.when, numberless(path))
    }
}

/// What it did in its volumes: the files that it wrote, that is all but those that lay there before as they are, and those
/// that it took away.
pub(super) fn written(
    engine: &Engine,
    it: &Place<'_>,
) -> Result<(BTreeSet<File>, BTreeSet<File>), Fault> {
    let (mut all, mut gone) = (BTreeSet::new(), BTreeSet::new());
    for (target, key) in it.targets() {
        let before = it.originals.and_then(|all| all.get(key)).map(|it| &it.files);
        let files = engine.files(it.container.0, target)?;
        let is_new = |(path, states): &(String, BTreeSet<(u64, u64)>)| {
            let known = before.and_then(|it| it.get(path));
            known.is_none_or(|known| !states.is_subset(known))
        };
        let told = |path: &str| it.told(&format!("{target}/{path}"));
        let lost = before.into_iter().flat_map(|it| it.keys());
        gone.extend(lost.filter(|it| !files.contains_key(*it)).map(|it| told(it)));
        let new = files.into_iter().filter(is_new);
        all.extend(new.map(|(path, _)| told(&path)));
    }
    Ok((all, gone))
}

/// Files, links and folders that hold nothing, by their paths.
pub(super) type Contents = BTreeMap<String, Content>;

/// What it made or changed outside of its mounts.
pub(super) fn outside(engine: &Engine, it: &Place<'_>, changes: &[Change]) -> Contents {
    let mounts = it.mounts();
    let is_mounted = |path: &str| mounts.iter().any(|it| is_below(path, it));
    let is_folder =
        |path: &str| changes.iter().any(|it| it.path != path && is_below(&it.path, path));
    let paths = changes.iter().filter(|it| it.how != How::Deleted).map(|it| it.path.as_str());
    // Who runs as another user needs no account made.
    let own = paths.filter(|it| !is_of_accounts(it) && !is_mounted(it) && !is_folder(it));
    let mut own: Vec<&str> = own.collect();
    own.sort_by_key(|it| is_by_the_way(it) || is_fleeting(it));
    let content = |path: &str| Some((path.to_owned(), engine.content(it.container.0, path)?));
    own.into_iter().take(MOST).filter_map(content).collect()
}

/// What it takes away of its image, and hardened also where memory hides it.
pub(super) fn removed(it: &Place<'_>, changes: &[Change]) -> BTreeSet<File> {
    let is_told = |path: &str| !is_of_accounts(path) && !is_by_the_way(path) && !is_fleeting(path);
    let paths = changes.iter().filter(|it| it.how == How::Deleted).map(|it| it.path.as_str());
    let hidden = it.memory().map(|it| format!("{it}/"));
    let all = paths.filter(|it| is_told(it)).map(str::to_owned).chain(hidden);
    all.map(|path| it.told(&path)).collect()
}

/// The files among that which somebody may miss.
pub(super) fn made(it: &Place<'_>, all: &Contents) -> BTreeSet<File> {
    let files = all.iter().filter(|it| it.1.kind == Is::File && !is_by_the_way(it.0));
    files.map(|(path, _)| it.told(path)).collect()
}

/// Whether a file is made by the way, and missed by nobody.
pub(super) fn is_by_the_way(path: &str) -> bool {
    BY_THE_WAY.iter().any(|it| path.contains(it)) || FOLDERS.iter().any(|it| is_below(path, it))
}

/// What a hardened one made outside of its mounts, and the places where it may.
pub(super) fn open(it: &Place<'_>, changes: &[Change]) -> BTreeSet<File> {
    let made =
        changes.iter().filter(|it| it.how != How::Deleted).map(|change| it.told(&change.path));
    let places = it.mounts().into_iter().map(|mount| it.told(&format!("{mount}/")));
    made.chain(places).collect()
}

/// Whether what was made is there, or may have been made where nobody can see it.
pub(super) fn has(made: &BTreeSet<File>, file: &File) -> bool {
    let (when, path) = file;
    let is_place = |it: &str| it.ends_with('/') && path.starts_with(it);
    made.iter().any(|it| it.0 == *when && (it.1 == *path || is_place(&it.1)))
}
