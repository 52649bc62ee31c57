//! A folder in the OCI's image layout.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
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

/// A blob that the layout names and nobody can read.
fn unreadable(path: &Path, error: &io::Error) -> LayerError {
    let shown = path.display();
    LayerError(match error.kind() {
        ErrorKind::NotFound => format!("the layout lacks {shown}: fetch or save it again"),
        _ => format!("{shown}: {error}"),
    })
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST_TEXT).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl Blobs for Layout {
    fn text(&mut self, digest: &str) -> Result<Vec<u8>, LayerError> {
        let path = self.blob(digest)?;
        read(&path).map_err(|it| unreadable(&path, &it))
    }

    fn layer(
        &mut self,
        digest: &str,
        take: &mut dyn FnMut(&mut dyn Read) -> Result<(), LayerError>,
    ) -> Result<(), LayerError> {
        let path = self.blob(digest)?;
        let mut file = File::open(&path).map_err(|it| unreadable(&path, &it))?;
        take(&mut file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_without_a_blob_is_said_to_be_fetched_again() {
        let folder = tempfile::tempdir().unwrap();
        let digest = "a".repeat(64);
        let index = format!(
            r#"{{"schemaVersion":2,"manifests":[{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:{digest}","size":1}}]}}"#
        );
        std::fs::write(folder.path().join("index.json"), index).unwrap();
        let read = Layout::of(folder.path()).pictures(&Platform::here());
        let told = read.unwrap_err().to_string();
        assert!(told.contains("the layout lacks "), "{told}");
        assert!(told.ends_with(&format!("{digest}: fetch or save it again")), "{told}");
    }
}
