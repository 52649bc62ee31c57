//! The file of what was learnt: sorted, so that version control shows what changed.

use std::path::Path;

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::image::{Built, Learned};
use super::observed::{Observation, Trial, Verified};
use crate::config::ConfigError;

/// The name of the file, which lies beside `casehard.toml`.
pub const FILE_NAME: &str = "casehard.images.toml";

/// The version of the file.
const VERSION: u32 = 1;

/// The key of trials, each of which is a table of its own.
const TRIAL: &str = "trial";

/// What stands above it.
const HEAD: &str = "\
# Written by `casehard learn`, `observe` and `verify`: facts on images and on how their containers run.
# It holds no values of variables and no content of files. Commit it: CI has the facts then, without an engine.
";

/// What was learnt of all images.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Book {
    version: u32,
    /// By digest.
    #[serde(default, rename = "image", skip_serializing_if = "Vec::is_empty")]
    images: Vec<Learned>,
}

/// The version alone, which may be one that writes other keys.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

impl Book {
    /// Reads the file's text.
    ///
    /// # Errors
    /// It is not what this program writes: the line and column.
    pub fn read(text: &str, path: &Path) -> Result<Book, ConfigError> {
        let toml = |it: toml::de::Error| ConfigError::toml(path, text, &it);
        let found: Versioned = toml::from_str(text).map_err(toml)?;
        if found.version != VERSION {
            let at = text.find("version").unwrap_or_default();
            let problem = format!(
                "version {} is not known here, only {VERSION}: another casehard wrote it; delete it and learn anew",
                found.version
            );
            return Err(ConfigError::new(path, text, at, problem));
        }
        let book: Book = toml::from_str(text).map_err(toml)?;
        for image in &book.images {
            check(image).map_err(|(word, problem)| {
                let at = text.find(word).unwrap_or_default();
                ConfigError::new(path, text, at, problem)
            })?;
        }
        Ok(book)
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        let mut text = format!("{HEAD}version = {VERSION}\n");
        for image in &self.images {
            text.push_str("\n[[image]]\n");
            let table = Table::try_from(image).expect("names, numbers and lists of them are TOML");
            let (trials, own): (Vec<_>, Vec<_>) = table.iter().partition(|it| it.0 == TRIAL);
            own.into_iter().for_each(|it| entry(&mut text, "", it));
            for trial in trials.into_iter().flat_map(|it| it.1.as_array().into_iter().flatten()) {
                text.push_str("\n[[image.trial]]\n");
                let table = trial.as_table().into_iter().flatten();
                table.for_each(|it| entry(&mut text, "", it));
            }
        }
        text
    }

    /// All images.
    pub fn images(&self) -> &[Learned] {
        &self.images
    }

    /// The image with that digest.
    pub fn get(&self, id: &str) -> Option<&Learned> {
        self.images.iter().find(|it| it.id == id)
    }

    /// Takes in what was read of an image: it replaces what was read of it before. Names that lead to it now lead to no
    /// other any more, and an image without a name digest or service goes.
    pub fn learn(&mut self, mut image: Learned) {
        if let Some(at) = self.images.iter().position(|it| it.id == image.id) {
            let known = self.images.swap_remove(at);
            image.names.extend(known.names);
            image.digests.extend(known.digests);
            image.services.extend(known.services);
            image.observed = known.observed;
            image.trials = known.trials;
            let missing = |it: &super::Folder| image.folders.iter().all(|own| own.path != it.path);
            let told: Vec<_> = known.folders.into_iter().filter(missing).collect();
            image.folders.extend(told);
        }
        for names in [&mut image.names, &mut image.digests] {
            names.sort_unstable();
            names.dedup();
        }
        image.services.sort_unstable();
        image.services.dedup();
        image.folders.sort_unstable();
        for other in &mut self.images {
            other.names.retain(|it| !image.names.contains(it));
            other.services.retain(|it| !image.services.contains(it));
        }
        self.images
            .retain(|it| !(it.names.is_empty() && it.digests.is_empty() && it.services.is_empty()));
        self.images.push(image);
        self.images.sort_by(|a, b| (&a.names, &a.id).cmp(&(&b.names, &b.id)));
    }

    /// Takes in that an image was built for a service; it leads to no other any more.
    pub fn built(&mut self, id: &str, service: &Built) {
        for image in &mut self.images {
            image.services.retain(|it| it != service);
            if image.id == id || image.digests.iter().any(|it| it == id) {
                image.services.push(service.clone());
                image.services.sort_unstable();
            }
        }
    }

    /// Takes in what was seen of a container of an image that was read.
    pub fn observe(&mut self, id: &str, seen: Observation) {
        let Some(image) = self.images.iter_mut().find(|it| it.id == id) else { return };
        let same = |it: &Observation| {
            (&it.service, &it.project, &it.words) == (&seen.service, &seen.project, &seen.words)
        };
        let known = image.observed.iter().position(same).map(|it| image.observed.swap_remove(it));
        image.observed.push(match known {
            Some(known) => known.joined(seen),
            None => seen,
        });
        image.observed.sort_by(|a, b| (&a.project, &a.service).cmp(&(&b.project, &b.service)));
    }
}

impl Book {
    /// Takes in a trial of a service: it replaces earlier ones of the same fixes, and those of a service that was set up
    /// otherwise.
    pub fn tried(&mut self, id: &str, mut trial: Trial) {
        let Some(image) = self.images.iter_mut().find(|it| it.id == id) else { return };
        let same = image.trials.iter().filter(|it| it.is_of_same(&trial));
        let known: Vec<Verified> = same.flat_map(|it| it.fixes.iter().cloned()).collect();
        for it in known {
            if trial.fixes.iter().all(|new| (&new.rule, &new.fix) != (&it.rule, &it.fix)) {
                trial.fixes.push(it);
            }
        }
        image.trials.retain(|it| !it.is_of_service(&trial));
        trial.fixes.sort_unstable();
        image.trials.push(trial);
        image.trials.sort_by(|a, b| (&a.file, &a.service).cmp(&(&b.file, &b.service)));
    }

    /// It without what trials showed: a new trial tries also what failed before.
    #[must_use]
    pub fn untried(&self) -> Book {
        let mut book = self.clone();
        book.images.iter_mut().for_each(|it| it.trials.clear());
        book
    }

    /// This book, which began as `base`, with what somebody else made of `base` meanwhile: what either wrote stays, and
    /// of what both wrote, this one's.
    #[must_use]
    pub fn joined(self, base: &Book, other: Book) -> Book {
        let mut joined = other;
        for own in self.images {
            let before = base.get(&own.id);
            if before == Some(&own) {
                continue;
            }
            let before = before.filter(|_| joined.get(&own.id).is_some());
            let is_seen = |it: &Observation| before.is_some_and(|old| old.observed.contains(it));
            let is_tried = |it: &Trial| before.is_some_and(|old| old.trials.contains(it));
            let id = own.id.clone();
            let (observed, trials) = (own.observed.clone(), own.trials.clone());
            joined.learn(Learned { observed: Vec::new(), trials: Vec::new(), ..own });
            for it in observed.into_iter().filter(|it| !is_seen(it)) {
                joined.observe(&id, it);
            }
            for it in trials.into_iter().filter(|it| !is_tried(it)) {
                joined.tried(&id, it);
            }
        }
        joined
    }
}

/// A key with its value: of lists each item that is a table on a line of its own.
fn entry(text: &mut String, prefix: &str, (key, value): (&String, &Value)) {
    match value {
        Value::Table(table) if table.values().any(Value::is_array) => {
            let prefix = format!("{prefix}{key}.");
            table.iter().for_each(|it| entry(text, &prefix, it));
        }
        Value::Array(all) if all.iter().any(Value::is_table) => {
            let lines: String = all.iter().map(|it| format!("  {it},\n")).collect();
            text.push_str(&format!("{prefix}{key} = [\n{lines}]\n"));
        }
        value => text.push_str(&format!("{prefix}{key} = {value}\n")),
    }
}

/// What no image has: the word that is wrong, and why.
fn check(image: &Learned) -> Result<(), (&str, String)> {
    let is_digest = |it: &str| it.strip_prefix("sha256:").is_some_and(|it| it.len() == 64);
    for digest in image.digests.iter().chain([&image.id]) {
        if !is_digest(digest) {
            return Err((digest, format!("`{digest}` is no digest: `sha256:` and 64 digits")));
        }
    }
    let folders = image.folders.iter().map(|it| &it.path);
    let writes = image.observed.iter().flat_map(|it| it.writes.iter().map(|it| &it.path));
    let mounts = image.observed.iter().flat_map(|it| &it.mounts);
    for path in folders.chain(writes).chain(mounts).chain(&image.volumes) {
        if !path.starts_with('/') {
            return Err((path, format!("`{path}` is no absolute path of a container")));
        }
    }
    Ok(())
}
