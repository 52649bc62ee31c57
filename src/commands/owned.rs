//! What the review learns of an image goes into `casehard.toml`, as an entry behind all others.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Failure;
use super::new_files::{NewFile, Others, remove, write_all};
use super::policy::knowledge;
use crate::config;
use crate::evidence::Own;
use crate::images::{Knowledge, parse_reference};
use crate::review::OfImage;
use crate::source::{self, Journal};

/// The configuration while a review adds to it.
pub(super) struct Owned<'j> {
    file: PathBuf,
    /// Who keeps what is written over.
    journal: &'j RefCell<Journal>,
    /// What it was before each addition; nothing where it was not there.
    before: Vec<Option<String>>,
}

impl<'j> Owned<'j> {
    /// That of a run: the one that holds, or a new one in that folder.
    pub(super) fn new(
        source: Option<&Path>,
        root: &Path,
        journal: &'j RefCell<Journal>,
    ) -> Owned<'j> {
        let file = source.map_or_else(|| root.join(config::FILE_NAME), Path::to_owned);
        Owned { file, journal, before: Vec::new() }
    }

    /// Adds an entry, or takes the last one back; yields what is known of images then.
    ///
    /// # Errors
    /// Why it is as it was.
    pub(super) fn change(&mut self, what: OfImage<'_>) -> Result<Arc<Knowledge>, String> {
        match what {
            OfImage::Add { image, own } => self.add(image, own).map(Arc::new),
            OfImage::TakeBack => {
                match self.before.pop() {
                    Some(Some(text)) => self.write(&text)?,
                    Some(None) => remove(&self.file)?,
                    None => (),
                }
                let path = self.file.is_file().then_some(&*self.file);
                knowledge(path).map(Arc::new).map_err(|it| it.0)
            }
        }
    }

    fn add(&mut self, image: &str, own: &Own) -> Result<Knowledge, String> {
        let reference = parse_reference(image)
            .ok_or_else(|| format!("`{image}` names no image that an entry could stand for"))?;
        let old = match fs::read_to_string(&self.file) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(format!("{}: {error}", self.file.display())),
        };
        let path = old.is_some().then_some(&*self.file);
        let known = knowledge(path).map_err(|it| it.0)?;
        if known.is_owned(image) {
            let file = self.file.display();
            return Err(format!("{file} has an [[image]] for it already: change it there"));
        }
        let like = known.find(image).image().map(|it| it.id.clone());
        let entry = entry(&reference.repository, like.as_deref(), own);
        let text = old.clone().unwrap_or_default();
        let gap = match text.as_str() {
            "" => "",
            it if it.ends_with('\n') => "\n",
            _ => "\n\n",
        };
        self.write(&format!("{text}{gap}{entry}"))?;
        self.before.push(old);
        match knowledge(Some(&self.file)) {
            Ok(it) => Ok(it),
            Err(Failure(why)) => {
                let _ = self.change(OfImage::TakeBack);
                Err(why)
            }
        }
    }

    fn write(&self, text: &str) -> Result<(), String> {
        if self.file.is_file() {
            let source = source::read(&self.file).map_err(|it| it.to_string())?;
            let journal = &mut self.journal.borrow_mut();
            return source::write(journal, &source, text.as_bytes()).map_err(|it| it.to_string());
        }
        let bytes = text.as_bytes().to_vec();
        let new = NewFile { path: self.file.clone(), bytes };
        write_all(&[new], Others::Kept).map_err(|it| it.0)
    }
}

/// The entry that says the values of an image.
fn entry(repository: &str, like: Option<&str>, own: &Own) -> String {
    let text = |it: &str| toml::Value::String(it.to_owned()).to_string();
    let list = |all: &[String]| {
        format!("[{}]", all.iter().map(|it| text(it)).collect::<Vec<_>>().join(", "))
    };
    let mut lines = vec!["[[image]]".to_owned(), format!("repositories = [{}]", text(repository))];
    lines.extend(like.map(|it| format!("like = {}", text(it))));
    if let Some(user) = own.user {
        lines.push(format!("uid = {}\ngid = {}\ndirect = \"ok\"", user.uid, user.gid));
    }
    if let Some(keep) = &own.keep {
        let keep = list(keep);
        lines.push(format!("caps_root = {keep}\ncaps_direct = {keep}"));
    }
    if let Some(writable) = &own.writable {
        lines.push(format!("read_only = \"ok\"\nwritable = {}", list(writable)));
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Cause;

    fn own() -> Own {
        Own {
            user: Some("999:0".parse().unwrap()),
            writable: Some(vec!["/run".to_owned()]),
            ..Own::default()
        }
    }

    #[test]
    fn an_entry_stands_behind_what_is_there_and_is_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::below(&folder.path().join("state"), Cause::Fix);
        let journal = RefCell::new(journal);
        let mut owned = Owned::new(None, folder.path(), &journal);
        let file = folder.path().join("casehard.toml");
        let old = "# mine\nuser = \"1:1\"";
        write_all(&[NewFile { path: file.clone(), bytes: old.into() }], Others::Kept).unwrap();
        let add = OfImage::Add { image: "example.com/a:1", own: &own() };
        let known = owned.change(add).unwrap();
        assert!(known.is_owned("example.com/a:2"));
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(
            text,
            format!(
                "{old}\n\n[[image]]\nrepositories = [\"example.com/a\"]\nuid = 999\ngid = 0\ndirect = \"ok\"\nread_only = \"ok\"\nwritable = [\"/run\"]\n"
            )
        );
        let add = OfImage::Add { image: "example.com/a:1", own: &own() };
        assert!(owned.change(add).unwrap_err().contains("change it there"));
        assert!(!owned.change(OfImage::TakeBack).unwrap().is_owned("example.com/a:2"));
        assert_eq!(fs::read_to_string(&file).unwrap(), old);
    }

    #[test]
    fn a_file_that_was_not_there_is_not_there_again() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::below(&folder.path().join("state"), Cause::Fix);
        let journal = RefCell::new(journal);
        let mut owned = Owned::new(None, folder.path(), &journal);
        owned.change(OfImage::Add { image: "postgres:16", own: &own() }).unwrap();
        let text = fs::read_to_string(folder.path().join("casehard.toml")).unwrap();
        assert!(text.contains("like = \"postgres\""), "{text}");
        owned.change(OfImage::TakeBack).unwrap();
        assert!(!folder.path().join("casehard.toml").exists());
    }
}
