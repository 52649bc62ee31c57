//! The variables that a service takes from files.

use std::sync::Arc;

use foldhash::HashSet;

use super::Service;
use crate::finding::{FileId, Site};
use crate::workload::detect::first_line;
use crate::workload::text::UNKNOWN;
use crate::workload::{Content, Files, Setting, Variables, clean, view};
use crate::yaml::{Kind, Node};

/// A file that variables come from.
#[derive(Debug, Clone)]
pub struct EnvFile<'t> {
    /// Its path as written.
    pub path: String,
    /// What it holds; nothing where it could not be read.
    pub text: Option<&'t str>,
    /// Where it is named.
    pub site: Site,
}

/// The paths of an `env_file`.
pub fn env_file_paths(list: Node<'_>, variables: &Variables) -> Vec<String> {
    named_files(list, variables).into_iter().map(|it| it.1).collect()
}

/// The paths of an `env_file` and where they stand: one, or a list of paths or mappings with one.
fn named_files<'t>(list: Node<'t>, variables: &Variables) -> Vec<(Node<'t>, String)> {
    let list = list.resolve();
    let path = |written: Node<'t>| {
        let it = written.resolve();
        let node = if it.kind() == Kind::Mapping { view::lookup(it, "path")?.value } else { it };
        Some((written, variables.interpolate(node.value()?).value.into_owned()))
    };
    match list.kind() {
        Kind::Scalar => path(list).into_iter().collect(),
        Kind::Sequence => list.items().filter_map(path).collect(),
        Kind::Mapping | Kind::Alias => Vec::new(),
    }
}

impl<'t> Service<'t> {
    /// The files that it takes variables from, the last wins.
    pub(super) fn read_env_files(&self, files: &Files<'t>) -> Vec<EnvFile<'t>> {
        let mut found = Vec::new();
        for level in &*self.levels {
            let Some(list) = level.lookup("env_file") else { continue };
            let paths = named_files(list.value, &self.variables).into_iter();
            found.extend(paths.map(|(node, path)| EnvFile {
                text: content(files, level.file, &path),
                path,
                site: Site { file: level.file, span: first_line(node) },
            }));
        }
        found
    }

    /// The variables of its files; those of `environment` win over them.
    pub fn variables_of_files(&self) -> Vec<Setting> {
        self.settings_of_files().map(|it| it.1).collect()
    }

    /// The variables that it has from its files in the end, and the file of each.
    pub fn variables_left_by_files(&self) -> Vec<(&EnvFile<'t>, Setting)> {
        let mut all: Vec<_> = self.settings_of_files().collect();
        if all.is_empty() {
            return all;
        }
        let mut taken: HashSet<String> = self.environment().map(|it| it.name.to_owned()).collect();
        all.reverse();
        all.retain(|it| taken.insert(it.1.name.clone()));
        all.reverse();
        all
    }

    fn settings_of_files(&self) -> impl Iterator<Item = (&EnvFile<'t>, Setting)> {
        let read = |text: &'t str| {
            let all = self.variables.settings_of(text).into_iter();
            all.map(|(name, value)| Setting { name: name.to_owned(), value }).collect()
        };
        // Services that take variables from one file read it once.
        let which = |text: &str| (text.as_ptr() as usize, Arc::as_ptr(&self.variables) as usize);
        self.env_files.iter().flat_map(move |file| {
            let all = file.text.map(|it| self.project.settings.get(which(it), || read(it)));
            let all: Arc<[Setting]> = all.unwrap_or_else(|| Arc::from(Vec::new()));
            (0..all.len()).map(move |at| (file, all[at].clone()))
        })
    }
}

fn content<'t>(files: &Files<'t>, file: FileId, path: &str) -> Option<&'t str> {
    if path.contains(UNKNOWN) {
        return None;
    }
    match files.get(file).texts.get(&clean(std::path::Path::new(path)))? {
        Content::Text(text) => Some(text),
        Content::Folder(_) | Content::Closed => None,
    }
}
