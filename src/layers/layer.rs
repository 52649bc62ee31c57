//! The index of a layer: what it puts into the image and what it takes away.

use std::collections::BTreeMap;
use std::io::{self, Read};

use tar::{Archive, EntryType};

use super::capability::carried;
use super::content::{Content, content};
use super::fault::LayerError;
use super::packed::{Allowance, Hashed, unpacked};

/// How many files an image may have, those that it takes away among them.
const MOST: usize = 4_000_000;

/// How many layers; engines take 127.
const MOST_LAYERS: usize = 1000;

/// The longest path.
const LONGEST: usize = 4096;

/// The attribute that holds file capabilities.
const CAPABILITIES: &str = "SCHILY.xattr.security.capability";

/// Something that a layer has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// What it is.
    pub(super) kind: Kind,
    /// The number of its owner.
    pub(super) uid: u32,
    /// That of its group.
    pub(super) gid: u32,
    /// Its mode, with the bits above the permissions.
    pub(super) mode: u32,
    /// The capabilities that it carries.
    pub(super) capabilities: Vec<String>,
}

/// What it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A folder.
    Folder,
    /// A file.
    File(Content),
    /// A link to a path, as it is written.
    Link(String),
    /// A device or a pipe.
    Other,
}

/// What a layer does to those below it.
#[derive(Debug, Default)]
pub(super) struct Layer {
    /// What it has, by absolute path.
    pub(super) entries: BTreeMap<String, Entry>,
    /// Paths that it takes away.
    pub(super) gone: Vec<String>,
    /// Folders of which it takes away all that is below.
    pub(super) opaque: Vec<String>,
    /// Hard links to files of layers below: the path, and what it is another name of.
    pub(super) links: Vec<(String, String)>,
    /// The digest of the unpacked layer: `sha256:…`.
    pub(super) digest: String,
}

/// Reads a layer, packed or not.
///
/// # Errors
/// It ends in the middle, is no tar archive, or has a path that leaves the root.
pub(super) fn layer(packed: impl Read) -> Result<Layer, LayerError> {
    let broken = |it: &io::Error| LayerError::broken("a layer", it);
    let hashed = Hashed::new(unpacked(packed).map_err(|it| broken(&it))?);
    let allowance = Allowance::new();
    let mut archive = Archive::new(allowance.reader(hashed));
    let mut layer = Layer::default();
    for file in archive.entries().map_err(|it| broken(&it))? {
        let mut file = file.map_err(|it| broken(&it))?;
        allowance.let_through(&file).map_err(|it| broken(&it))?;
        let path = inside(&file.path_bytes())?;
        layer.take(path, &mut file).map_err(|it| broken(&it))?;
        if layer.count() > MOST {
            return Err(too_many_files());
        }
    }
    // What follows the end of the archive has to be there, or it was cut.
    allowance.to_the_end();
    let mut rest = archive.into_inner().into_inner();
    io::copy(&mut rest, &mut io::sink()).map_err(|it| broken(&it))?;
    layer.digest = rest.digest();
    Ok(layer)
}

fn too_many_files() -> LayerError {
    LayerError("it has more than four million files: it is left alone".to_owned())
}

/// What all layers together have so far.
#[derive(Default)]
pub(super) struct Count {
    files: usize,
    layers: usize,
}

impl Count {
    /// Counts a layer.
    ///
    /// # Errors
    /// It is one too many, or has too many files with the others.
    pub(super) fn add(&mut self, layer: &Layer) -> Result<(), LayerError> {
        (self.files, self.layers) = (self.files + layer.count(), self.layers + 1);
        match () {
            () if self.files > MOST => Err(too_many_files()),
            () if self.layers > MOST_LAYERS => {
                Err(LayerError(format!("it has more than {MOST_LAYERS} layers: it is left alone")))
            }
            () => Ok(()),
        }
    }
}

/// The absolute path of an entry.
fn inside(bytes: &[u8]) -> Result<String, LayerError> {
    let text = String::from_utf8_lossy(bytes);
    let shown: String = text.chars().filter(|it| !it.is_control()).take(80).collect();
    if bytes.len() > LONGEST {
        return Err(LayerError(format!(
            "a layer has a path of {} bytes ({shown}…): it is left alone",
            bytes.len()
        )));
    }
    let mut path = String::with_capacity(bytes.len() + 1);
    for part in text.split('/').filter(|it| !it.is_empty() && *it != ".") {
        if part == ".." {
            return Err(LayerError(format!(
                "a layer has a path that leaves the root ({shown}): do not run this image"
            )));
        }
        path.push('/');
        path.push_str(part);
    }
    Ok(if path.is_empty() { "/".to_owned() } else { path })
}

impl Layer {
    /// How much it says.
    fn count(&self) -> usize {
        self.entries.len() + self.gone.len() + self.opaque.len() + self.links.len()
    }

    fn take<R: Read>(&mut self, path: String, file: &mut tar::Entry<'_, R>) -> io::Result<()> {
        let name = path.rsplit('/').next().unwrap_or_default();
        let folder = &path[..path.len() - name.len()];
        let folder = if folder == "/" { folder } else { folder.trim_end_matches('/') };
        if name == ".wh..wh..opq" {
            self.opaque.push(folder.to_owned());
            return Ok(());
        }
        if let Some(gone) = name.strip_prefix(".wh.") {
            if !gone.starts_with(".wh.") {
                let slash = if folder == "/" { "" } else { "/" };
                self.gone.push(format!("{folder}{slash}{gone}"));
            }
            return Ok(());
        }
        let header = file.header();
        let number =
            |it: io::Result<u64>| Ok::<_, io::Error>(u32::try_from(it?).unwrap_or(u32::MAX));
        let (uid, gid, mode) =
            (number(header.uid())?, number(header.gid())?, header.mode()? & 0o7777);
        let (kind, size) = (header.entry_type(), header.size()?);
        let target = || {
            let target = file.link_name_bytes();
            target.map(|it| String::from_utf8_lossy(&it).into_owned()).unwrap_or_default()
        };
        let kind = match kind {
            EntryType::Directory => Kind::Folder,
            EntryType::Symlink => Kind::Link(target()),
            EntryType::Link => {
                let target = inside(target().as_bytes())?;
                match self.entries.get(&target).cloned() {
                    Some(it) => drop(self.entries.insert(path, it)),
                    None => self.links.push((path, target)),
                }
                return Ok(());
            }
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                let capabilities = capabilities(file)?;
                let kind = Kind::File(content(&path, mode, size, file)?);
                self.entries.insert(path, Entry { kind, uid, gid, mode, capabilities });
                return Ok(());
            }
            EntryType::Char | EntryType::Block | EntryType::Fifo => Kind::Other,
            _ => return Ok(()),
        };
        self.entries.insert(path, Entry { kind, uid, gid, mode, capabilities: Vec::new() });
        Ok(())
    }
}

/// The capabilities that a file carries.
fn capabilities<R: Read>(file: &mut tar::Entry<'_, R>) -> io::Result<Vec<String>> {
    let Some(extensions) = file.pax_extensions()? else { return Ok(Vec::new()) };
    for extension in extensions {
        let extension = extension?;
        if extension.key_bytes() == CAPABILITIES.as_bytes() {
            return Ok(carried(extension.value_bytes()));
        }
    }
    Ok(Vec::new())
}
