//! The variables that a service takes from files.

use std::sync::Arc;

use super::Service;
use crate::finding::FileId;
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
}

/// The paths of an `env_file`: one, or a list of paths or mappings with one.
pub fn env_file_paths(list: Node<'_>, variables: &Variables) -> Vec<String> {
    let list = list.resolve();
    let path = |it: Node<'_>| {
        let it = it.resolve();
        let node = if it.kind() == Kind::Mapping { view::lookup(it, "path")?.value } else { it };
        Some(variables.interpolate(node.value()?).value.into_owned())
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
            let paths = env_file_paths(list.value, &self.variables).into_iter();
            found.extend(
                paths.map(|path| EnvFile { text: content(files, level.file, &path), path }),
            );
        }
        found
    }

    /// The variables of its files; those of `environment` win over them.
    pub fn variables_of_files(&self) -> Vec<Setting> {
        let texts = self.env_files.iter().filter_map(|it| it.text);
        let read = |text: &'t str| {
            let all = self.variables.settings_of(text).into_iter();
            all.map(|(name, value)| Setting { name: name.to_owned(), value }).collect()
        };
        // Services that take variables from one file read it once.
        let which = |text: &str| (text.as_ptr() as usize, Arc::as_ptr(&self.variables) as usize);
        let mut all = Vec::new();
        for text in texts {
            all.extend_from_slice(&self.project.settings.get(which(text), || read(text)));
        }
        all
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
