//! Whose files of a container are: the headers of an archive that the engine makes of a path. Their contents are
//! passed over.

use std::io::{self, Read as _};

use bollard::errors::Error;
use bollard::query_parameters::DownloadFromContainerOptionsBuilder;

use super::{Engine, Fault};
use crate::source::digest;

/// How much of an archive is read, contents included.
const BYTES: u64 = 64 << 20;

/// A file or folder of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Its path.
    pub path: String,
    /// The number of its owner.
    pub uid: u32,
    /// That of its group.
    pub gid: u32,
    /// Its mode.
    pub mode: u32,
    /// What it is.
    pub kind: Kind,
    /// When it was written last, in seconds since 1970.
    pub modified: u64,
}

/// What a header is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A folder.
    Folder,
    /// A file.
    File,
    /// A link, a device, a pipe.
    Other,
}

/// What lies at a path and below it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// The path itself first.
    pub headers: Vec<Header>,
    /// Whether that is all of it.
    pub whole: bool,
}

/// What lies at a path at a point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// What it is.
    pub kind: Kind,
    /// When it was written last, in seconds since 1970.
    pub modified: u64,
    /// The checksum of the beginning of a file.
    pub digest: String,
    /// The same, with one sign for each number in it.
    pub numberless: String,
}

/// How much of a file is read to tell it from what it was.
const BEGINNING: u64 = 4 << 20;

impl Content {
    /// What is told by the beginning of a file of so many bytes.
    fn of(header: &Header, mut beginning: Vec<u8>, size: u64) -> Content {
        // What changes behind it is told by its size and its time, which are no numbers of the file's own.
        if size > BEGINNING {
            beginning.extend(digest(format!("{size} {}", header.modified).as_bytes()).bytes());
        }
        Content {
            kind: header.kind,
            modified: header.modified,
            digest: digest(&beginning),
            numberless: digest(&without_numbers(&beginning)),
        }
    }
}

impl Engine {
    /// What lies at a path of a container; nothing where nothing does.
    pub fn content(&self, id: &str, path: &str) -> Option<Content> {
        let options = DownloadFromContainerOptionsBuilder::new().path(path).build();
        let stream = self.read(self.api().download_from_container(id, Some(options)));
        let mut archive = tar::Archive::new(stream);
        let mut entry = archive.entries().ok()?.next()?.ok()?;
        let header = header(&entry, "").ok()?;
        let mut beginning = Vec::new();
        entry.by_ref().take(BEGINNING).read_to_end(&mut beginning).ok()?;
        // Where a link leads.
        beginning.extend(entry.link_name_bytes().into_iter().flat_map(|it| it.into_owned()));
        Some(Content::of(&header, beginning, entry.size()))
    }

    /// Looks at a path of a container and what lies below it, as far as so many headers.
    ///
    /// # Errors
    /// It is not there, or the engine refuses.
    pub fn look(&self, (id, name): (&str, &str), path: &str, most: usize) -> Result<Look, Fault> {
        let options = DownloadFromContainerOptionsBuilder::new().path(path).build();
        let stream = self.read(self.api().download_from_container(id, Some(options)));
        let mut archive = tar::Archive::new(stream.take(BYTES));
        let above = path.rfind('/').map_or("", |it| &path[..it]).to_owned();
        let mut look = Look::default();
        let entries = archive.entries().map_err(|it| fault(name, path, &it))?;
        for entry in entries {
            let header = entry.and_then(|it| header(&it, &above));
            match header {
                Ok(it) => look.headers.push(it),
                Err(it) if look.headers.is_empty() => return Err(fault(name, path, &it)),
                // The end of what is read, or an archive that breaks off because files change while it is made.
                Err(_) => return Ok(look),
            }
            if look.headers.len() >= most {
                return Ok(look);
            }
        }
        look.whole = true;
        Ok(look)
    }
}

/// Bytes with one sign for each number.
fn without_numbers(bytes: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    for it in bytes {
        match it.is_ascii_digit() {
            true if out.last() == Some(&b'#') => (),
            true => out.push(b'#'),
            false => out.push(*it),
        }
    }
    out
}

fn header(entry: &tar::Entry<'_, impl io::Read>, above: &str) -> io::Result<Header> {
    let header = entry.header();
    let own = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    let own = own.trim_start_matches("./").trim_matches('/').to_owned();
    let number = |it: u64| u32::try_from(it).unwrap_or(u32::MAX);
    let kind = match header.entry_type() {
        tar::EntryType::Directory => Kind::Folder,
        it if it.is_file() => Kind::File,
        _ => Kind::Other,
    };
    Ok(Header {
        path: format!("{above}/{own}"),
        uid: number(header.uid()?),
        gid: number(header.gid()?),
        mode: header.mode()? & 0o7777,
        kind,
        modified: header.mtime()?,
    })
}

fn fault(name: &str, path: &str, error: &io::Error) -> Fault {
    let what = format!("{name}: {path} cannot be looked at");
    match error.get_ref().and_then(|it| it.downcast_ref::<Error>()) {
        Some(error) => Fault::of(&what, error),
        None => Fault::new(format!("{what}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_large_file_says_behind_its_beginning_is_told_by_its_size_and_time() {
        let content = |modified: u64, size: u64| {
            let (path, kind) = (String::new(), Kind::File);
            let header = Header { path, uid: 0, gid: 0, mode: 0o644, kind, modified };
            let it = Content::of(&header, b"begins".to_vec(), size);
            (it.digest, it.numberless)
        };
        let grown = (content(1, BEGINNING + 1), content(2, BEGINNING + 9));
        assert!(grown.0.0 != grown.1.0 && grown.0.1 != grown.1.1);
        assert_eq!(content(1, BEGINNING + 1), content(1, BEGINNING + 1));
        assert_eq!(content(1, 6), content(2, 6));
    }
}
