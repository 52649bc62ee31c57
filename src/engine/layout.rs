//! A folder in the OCI's image layout.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::Fault;
use crate::layers::{Blobs, LONGEST_TEXT, LayerError, Picture, Platform, manifests, pulled};

/// A folder with `index.json` and `blobs`.
pub struct Layout {
    folder: PathBuf,
}

impl Layout {
    /// The layout of a folder.
    pub fn of(folder: &Path) -> Layout {
        Layout { folder: folder.to_owned() }
    }

    /// The images in it.
    ///
    /// # Errors
    /// It holds none, or one that is not what it says.
    pub fn pictures(&mut self, platform: &Platform) -> Result<Vec<Picture>, Fault> {
        let shown = self.folder.display().to_string();
        let told = |it: LayerError| Fault::new(format!("{shown}: {it}"));
        let index = read(&self.folder.join("index.json")).map_err(|_| {
            Fault::new(format!("{shown}: no image layout: it has no index.json that can be read"))
        })?;
        let found = manifests(&index, platform).map_err(&told)?;
        let mut all = Vec::new();
        for (digest, name) in found {
            all.push(pulled(self, &digest, name.into_iter().collect(), platform).map_err(&told)?);
        }
        Ok(all)
    }

    fn blob(&self, digest: &str) -> Result<PathBuf, LayerError> {
        let (kind, digits) = digest.split_once(':').unwrap_or(("", digest));
        let plain = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric());
        match plain(kind) && plain(digits) {
            true => Ok(self.folder.join("blobs").join(kind).join(digits)),
            false => Err(LayerError(format!("`{digest}` is no digest"))),
        }
    }
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST_TEXT).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl Blobs for Layout {
    fn text(&mut self, digest: &str) -> Result<Vec<u8>, LayerError> {
        let path = self.blob(digest)?;
        read(&path).map_err(|it| LayerError(format!("{}: {it}", path.display())))
    }

    fn layer(
        &mut self,
        digest: &str,
        take: &mut dyn FnMut(&mut dyn Read) -> Result<(), LayerError>,
    ) -> Result<(), LayerError> {
        let path = self.blob(digest)?;
        let mut file =
            fs::File::open(&path).map_err(|it| LayerError(format!("{}: {it}", path.display())))?;
        take(&mut file)
    }
}
