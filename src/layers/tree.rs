//! The layers laid over each other: what a container sees.

use std::collections::BTreeMap;

use super::config::Settings;
use super::content::Content;
use super::layer::{Entry, Kind, Layer};

/// How many links are followed.
const LINKS: usize = 32;

/// An image, read.
#[derive(Debug)]
pub struct Picture {
    /// The digest of its configuration.
    pub id: String,
    /// Its names, where the source has any.
    pub names: Vec<String>,
    /// The digests of manifests that lead to it.
    pub digests: Vec<String>,
    /// How it runs.
    pub(super) settings: Settings,
    /// What is in it.
    pub(super) root: Root,
}

/// All files of an image.
#[derive(Debug, Default)]
pub(super) struct Root {
    entries: BTreeMap<String, Entry>,
}

impl Root {
    /// The layers laid over each other, the lowest first.
    pub(super) fn of<'l>(layers: impl IntoIterator<Item = &'l Layer>) -> Root {
        let mut root = Root::default();
        for layer in layers {
            root.lay(layer);
        }
        root
    }

    fn lay(&mut self, layer: &Layer) {
        for folder in &layer.opaque {
            self.clear(folder);
        }
        for path in &layer.gone {
            self.entries.remove(path);
            self.clear(path);
        }
        // Another name of a file below that this layer replaces is one of the old file.
        let links: Vec<(String, Entry)> = layer
            .links
            .iter()
            .filter_map(|(path, target)| Some((path.clone(), self.entries.get(target)?.clone())))
            .collect();
        for (path, entry) in &layer.entries {
            let is_folder = entry.kind == Kind::Folder;
            let was_folder = self.entries.get(path).is_some_and(|it| it.kind == Kind::Folder);
            if was_folder && !is_folder {
                self.clear(path);
            }
            self.entries.insert(path.clone(), entry.clone());
        }
        self.entries.extend(links);
    }

    /// Takes away all that is below a folder.
    fn clear(&mut self, folder: &str) {
        let from = format!("{}/", folder.trim_end_matches('/'));
        let below: Vec<String> = self.below(&from).map(|it| it.0.clone()).collect();
        for path in below {
            self.entries.remove(&path);
        }
    }

    fn below<'r>(&'r self, from: &'r str) -> impl Iterator<Item = (&'r String, &'r Entry)> {
        self.entries.range(from.to_owned()..).take_while(move |it| it.0.starts_with(from))
    }

    /// What is at a path, and where it is once links are followed.
    pub(super) fn find(&self, path: &str) -> Option<(String, &Entry)> {
        let mut links = LINKS;
        let real = self.real(path, &mut links)?;
        let entry = self.entries.get(&real)?;
        Some((real, entry))
    }

    /// The path without links.
    fn real(&self, path: &str, links: &mut usize) -> Option<String> {
        let mut real = String::new();
        for part in path.split('/').filter(|it| !it.is_empty() && *it != ".") {
            if part == ".." {
                real.truncate(real.rfind('/').unwrap_or(0));
                continue;
            }
            let folder = real.len();
            real.push('/');
            real.push_str(part);
            if let Some(Entry { kind: Kind::Link(target), .. }) = self.entries.get(&real) {
                *links = links.checked_sub(1)?;
                let target = match target.starts_with('/') {
                    true => target.clone(),
                    false => format!("{}/{target}", &real[..folder]),
                };
                real = self.real(&target, links)?;
            }
        }
        Some(if real.is_empty() { "/".to_owned() } else { real })
    }

    /// The text of a file.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        match &self.find(path)?.1.kind {
            Kind::File(Content::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The names of what lies in a folder, by the folder's own path, links not followed.
    pub(super) fn names(&self, folder: &str) -> Vec<String> {
        let from = format!("{}/", folder.trim_end_matches('/'));
        let name =
            |path: &String| path[from.len()..].split('/').next().unwrap_or_default().to_owned();
        let mut names: Vec<String> = self.below(&from).map(|it| name(it.0)).collect();
        names.dedup();
        names
    }

    /// Whether anything but folders lies below a folder.
    pub(super) fn holds(&self, folder: &str) -> bool {
        let from = format!("{}/", folder.trim_end_matches('/'));
        self.below(&from).any(|it| it.1.kind != Kind::Folder)
    }

    /// All that there is.
    pub(super) fn all(&self) -> impl Iterator<Item = (&String, &Entry)> {
        self.entries.iter()
    }
}
