//! The files of a run: their texts parsed, and what the run has to do with them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use foldhash::HashMap;

use super::Variables;
use super::run::{self, Script};
use crate::finding::FileId;
use crate::images::dockerfile::Dockerfile;
use crate::source::clean;
use crate::yaml::{self, Change, EditError, ProofError, Tree};

/// A file of the run, parsed.
#[derive(Clone)]
pub struct File {
    /// Its path as the user named it or as it was found.
    pub path: PathBuf,
    /// The folder that it lies in, from the root; nothing for standard input.
    pub folder: Option<PathBuf>,
    /// Its text and spans.
    pub tree: Arc<Tree>,
    /// The command lines that its tree stands for, where it is no YAML.
    pub script: Option<Arc<Script>>,
    /// Whether the user asked for it: only such files are written.
    pub in_scope: bool,
    /// Whether it is judged in a project of its own and only read in this one.
    pub judged_elsewhere: bool,
    /// Whether nothing of it is read beside the others: it holds what was mended in another file of its project, which
    /// is judged with that already, or is to hold it.
    pub emitted: bool,
    /// Why files that it names could not be read, by cleaned path.
    pub unread: Arc<BTreeMap<PathBuf, &'static str>>,
    /// What is known of the variables that its project reads.
    pub variables: Arc<Variables>,
    /// What the Dockerfiles beside it say, by the service that they build.
    pub builds: Arc<Builds>,
    /// What is mounted from beside it, by the path as it is mounted.
    pub texts: Arc<Texts>,
    /// The paths that it is found by, once they are asked for: cleaned, and that from the root.
    pub found_by: FoundBy,
}

/// What is mounted from beside a Compose file, by the path as it is mounted.
pub type Texts = BTreeMap<PathBuf, Content>;

/// What was read of something that is mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A file.
    Text(String),
    /// A folder: the settings in it by their names, each with its text where that could be read.
    Folder(Vec<(String, Option<String>)>),
    /// What is there and could not be read: too large, no text, outside of the project's folder.
    Closed,
}

/// The paths that a file is found by, once they are asked for.
#[derive(Clone, Default)]
pub struct FoundBy(Arc<OnceLock<[Option<Arc<OsStr>>; 2]>>);

impl File {
    /// The same file with another text.
    pub fn with_tree(&self, tree: Tree) -> File {
        File { tree: Arc::new(tree), ..self.clone() }
    }

    /// The same file with another text, read as this one is.
    ///
    /// # Errors
    /// Why it cannot be.
    pub fn reread(&self, text: &str) -> Result<File, String> {
        let Some(script) = &self.script else {
            return Tree::parse(text).map(|it| self.with_tree(it)).map_err(|it| it.to_string());
        };
        let reading = run::read(script.form, text);
        match reading.script {
            Some((script, tree)) => Ok(File { script: Some(script), ..self.with_tree(tree) }),
            None => {
                let why = reading.refused.into_iter().next().map(|it| it.message);
                Err(why.unwrap_or_else(|| "it has no command that makes a container".to_owned()))
            }
        }
    }

    /// Its text with these changes.
    ///
    /// # Errors
    /// Those that cannot be made.
    pub fn edited(&self, changes: &[Change]) -> Result<String, Vec<EditError>> {
        match &self.script {
            None => yaml::edit_all(&self.tree, changes),
            Some(script) => script.edited(&self.tree, changes),
        }
    }

    /// Whether a later state of it is this one with the changes and nothing else.
    ///
    /// # Errors
    /// What differs.
    pub fn prove(&self, new: &File, changes: &[Change]) -> Result<(), ProofError> {
        match (&self.script, &new.script) {
            (Some(old), Some(script)) => old.prove(&self.tree, (script, &new.tree), changes),
            _ => yaml::prove(&self.tree, &new.tree, changes),
        }
    }

    fn found_by(&self) -> impl Iterator<Item = &Arc<OsStr>> {
        let paths = self.found_by.0.get_or_init(|| {
            let cleaned = |it: &Path| Arc::from(clean(it).into_os_string());
            let below = self.folder.as_ref().zip(self.path.file_name());
            [Some(cleaned(&self.path)), below.map(|(folder, name)| cleaned(&folder.join(name)))]
        });
        paths.iter().flatten()
    }

    /// The same file without what stands in it: only its places are asked.
    pub fn only_text(&self) -> File {
        File { tree: Arc::new(self.tree.only_text()), ..plain(self.path.clone(), "") }
    }

    /// Why a file that it names could not be read.
    pub fn unread(&self, name: &Path) -> &'static str {
        self.unread.get(&beside(&self.path, name)).copied().unwrap_or("which was not read")
    }
}

/// A file on its own, named outright.
pub fn alone(path: impl Into<PathBuf>, tree: Arc<Tree>) -> File {
    File {
        path: path.into(),
        folder: None,
        tree,
        script: None,
        in_scope: true,
        judged_elsewhere: false,
        emitted: false,
        unread: Arc::default(),
        variables: Arc::default(),
        builds: Arc::default(),
        texts: Arc::default(),
        found_by: FoundBy::default(),
    }
}

/// What Dockerfiles say, by the service that they build.
pub type Builds = BTreeMap<String, Dockerfile>;

/// The files of a run, by number.
#[derive(Default)]
pub struct Files<'f> {
    list: Vec<&'f File>,
    /// Their numbers by cleaned path, and by that from the root, once one is asked for.
    paths: OnceLock<HashMap<Arc<OsStr>, FileId>>,
}

impl<'f> Files<'f> {
    /// Adds a file.
    pub fn push(&mut self, file: &'f File) -> FileId {
        self.list.push(file);
        self.paths.take();
        FileId(u32::try_from(self.list.len() - 1).expect("fewer than 2^32 files"))
    }

    /// The file of that number.
    pub fn get(&self, id: FileId) -> &'f File {
        self.list[id.0 as usize]
    }

    /// The file at that path, compared after cleaning `.` and `..`.
    pub fn at(&self, path: &Path) -> Option<FileId> {
        let paths = self.paths.get_or_init(|| {
            let mut paths = HashMap::default();
            for (id, file) in self.iter() {
                for it in file.found_by() {
                    paths.entry(Arc::clone(it)).or_insert(id);
                }
            }
            paths
        });
        paths.get(clean(path).as_os_str()).copied()
    }

    /// The file that another one names.
    pub fn named_by(&self, file: &File, name: &str) -> Option<FileId> {
        let beside = file.path.parent().unwrap_or(Path::new("")).join(name);
        // From a folder above the way down is another one than that of who stands below.
        self.at(&beside).or_else(|| self.at(&file.folder.as_ref()?.join(name)))
    }

    /// Every file with its number.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &'f File)> {
        self.list.iter().zip(0..).map(|(file, id)| (FileId(id), *file))
    }
}

/// A path as a file names it.
pub fn beside(file: &Path, name: impl AsRef<Path>) -> PathBuf {
    clean(&file.parent().unwrap_or(Path::new("")).join(name))
}

/// A file that is spoken of and was not judged: only its places are asked.
pub fn plain(path: PathBuf, text: &str) -> File {
    File {
        path,
        folder: None,
        tree: Arc::new(Tree::plain(text)),
        script: None,
        in_scope: false,
        judged_elsewhere: true,
        emitted: false,
        unread: Arc::default(),
        variables: Arc::default(),
        builds: Arc::default(),
        texts: Arc::default(),
        found_by: FoundBy::default(),
    }
}
