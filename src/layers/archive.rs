//! Images in one file: what `docker save` writes, and archives of the OCI's image layout.

use std::collections::BTreeMap;
use std::io::{self, Read};

use serde::Deserialize;
use tar::{Archive, EntryType};

use super::blobs::{Descriptor, Index, Manifest, Platform, chosen, reference};
use super::config::Config;
use super::fault::LayerError;
use super::layer::{Count, Layer, layer};
use super::packed::{Allowance, BLOCK, digest_of, unpacked};
use super::tree::{Picture, Root};

/// The longest JSON file that is read, in bytes.
pub const LONGEST_TEXT: u64 = 8 << 20;

/// The most that all of them are together, in bytes.
const ALL_TEXTS: usize = 64 << 20;

/// An image of `docker save`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    layers: Vec<String>,
}

/// What an archive holds, in whatever order it came.
#[derive(Default)]
struct Held {
    /// Small files, by path.
    texts: BTreeMap<String, Vec<u8>>,
    /// How long they are together, in bytes.
    length: usize,
    /// What its layers have.
    count: Count,
    /// Layers, by path.
    layers: BTreeMap<String, Layer>,
    /// Names that stand for other files of the archive.
    links: BTreeMap<String, String>,
}

/// Reads the images of an archive, packed or not.
///
/// # Errors
/// It holds no image, ends in the middle, or a layer is not what its image says.
pub fn archive(packed: impl Read, platform: &Platform) -> Result<Vec<Picture>, LayerError> {
    let broken = |it: &io::Error| LayerError::broken("the archive", it);
    let allowance = Allowance::new();
    let mut unpacked = allowance.reader(unpacked(packed).map_err(|it| broken(&it))?);
    let mut first = Vec::new();
    unpacked.by_ref().take(BLOCK).read_to_end(&mut first).map_err(|it| broken(&it))?;
    // A header is filled up with zeros.
    let is_text = first.iter().all(|it| it.is_ascii_graphic() || it.is_ascii_whitespace());
    if is_text && !first.is_empty() {
        let told = "the archive is no tar archive, as `docker save` and tools for OCI images write";
        return Err(LayerError(told.to_owned()));
    }
    let mut archive = Archive::new(io::Cursor::new(first).chain(unpacked));
    let mut held = Held::default();
    for file in archive.entries().map_err(|it| broken(&it))? {
        let mut file = file.map_err(|it| broken(&it))?;
        allowance.let_through(&file).map_err(|it| broken(&it))?;
        let path = String::from_utf8_lossy(&file.path_bytes()).trim_start_matches("./").to_owned();
        match file.header().entry_type() {
            EntryType::Regular | EntryType::Continuous => held.take(path, &mut file)?,
            EntryType::Symlink | EntryType::Link => {
                let target = file.link_name_bytes().unwrap_or_default();
                let target = String::from_utf8_lossy(&target).into_owned();
                held.links.insert(path.clone(), beside(&path, &target));
            }
            _ => (),
        }
    }
    held.pictures(platform)
}

/// The path of a link's target in the archive.
fn beside(path: &str, target: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => (),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

impl Held {
    fn take<R: Read>(
        &mut self,
        path: String,
        file: &mut tar::Entry<'_, R>,
    ) -> Result<(), LayerError> {
        let size = file.size();
        let broken = |it: &io::Error| LayerError::broken("the archive", it);
        let mut head = [0; 1];
        let filled = file.read(&mut head).map_err(|it| broken(&it))?;
        let is_json = matches!(head[..filled], [b'{' | b'[']);
        if is_json && size <= LONGEST_TEXT {
            let mut text = head[..filled].to_vec();
            file.read_to_end(&mut text).map_err(|it| broken(&it))?;
            self.length += text.len();
            if self.length > ALL_TEXTS {
                let told = "the archive has more than 64 MiB of JSON: it is left alone";
                return Err(LayerError(told.to_owned()));
            }
            self.texts.insert(path, text);
            return Ok(());
        }
        // What says which version the layout has, and names of old forms.
        if size < 512 {
            return Ok(());
        }
        let whole = io::Cursor::new(head).take(filled as u64).chain(file);
        let read = layer(whole).map_err(|it| LayerError(format!("{path}: {it}")))?;
        self.count.add(&read)?;
        self.layers.insert(path, read);
        Ok(())
    }

    fn pictures(&self, platform: &Platform) -> Result<Vec<Picture>, LayerError> {
        if let Some(saved) = self.texts.get("manifest.json") {
            let saved: Vec<Saved> = serde_json::from_slice(saved)
                .map_err(|it| LayerError(format!("manifest.json of the archive: {it}")))?;
            let all: Result<Vec<_>, _> = saved.iter().map(|it| self.saved(it)).collect();
            return all;
        }
        let Some(index) = self.texts.get("index.json") else {
            let told = "the archive holds no image: it has neither manifest.json nor index.json, as `docker save` \
                        and the OCI's layout have";
            return Err(LayerError(told.to_owned()));
        };
        let index: Index = serde_json::from_slice(index)
            .map_err(|it| LayerError(format!("index.json of the archive: {it}")))?;
        let mut all = Vec::new();
        for it in index.manifests.iter().filter(|it| it.is_image(platform)) {
            all.push(self.of_layout(it, platform)?);
        }
        Ok(all)
    }

    fn saved(&self, saved: &Saved) -> Result<Picture, LayerError> {
        let config = self.text(&saved.config)?;
        let layers: Result<Vec<&Layer>, _> = saved.layers.iter().map(|it| self.layer(it)).collect();
        let names = saved.repo_tags.clone().unwrap_or_default();
        let mut digests = Vec::new();
        // New archives of Docker's are layouts as well, which know the manifest.
        if let Some(index) = self.texts.get("index.json")
            && let Ok(index) = serde_json::from_slice::<Index>(index)
        {
            for it in &index.manifests {
                let manifest = self.text(&blob(&it.digest)).ok();
                let manifest = manifest.and_then(|it| serde_json::from_slice::<Manifest>(it).ok());
                if manifest.is_some_and(|it| blob(&it.config.digest) == saved.config) {
                    digests.push(it.digest.clone());
                }
            }
        }
        picture(config, &layers?, names, digests)
    }

    fn of_layout(&self, found: &Descriptor, platform: &Platform) -> Result<Picture, LayerError> {
        let read = |digest: &str| -> Result<Vec<u8>, LayerError> {
            let bytes = self.text(&blob(digest))?;
            match digest_of(bytes) == digest {
                true => Ok(bytes.to_vec()),
                false => Err(LayerError(format!("the archive holds something else as {digest}"))),
            }
        };
        let (manifest, digests) = chosen(found, platform, read)?;
        let config = read(&manifest.config.digest)?;
        let layers: Result<Vec<&Layer>, _> =
            manifest.layers.iter().map(|it| self.layer(&blob(&it.digest))).collect();
        picture(&config, &layers?, reference(found).into_iter().collect(), digests)
    }

    fn text(&self, path: &str) -> Result<&[u8], LayerError> {
        let found = self.texts.get(self.behind(path));
        found
            .map(Vec::as_slice)
            .ok_or_else(|| LayerError(format!("the archive lacks {path}: save it again")))
    }

    fn layer(&self, path: &str) -> Result<&Layer, LayerError> {
        let found = self.layers.get(self.behind(path));
        found
            .ok_or_else(|| LayerError(format!("the archive lacks the layer {path}: save it again")))
    }

    fn behind<'p>(&'p self, path: &'p str) -> &'p str {
        self.links.get(path).map_or(path, String::as_str)
    }
}

fn blob(digest: &str) -> String {
    format!("blobs/{}", digest.replacen(':', "/", 1))
}

/// The image of a configuration and its layers, which have to be those that it names.
pub(super) fn picture(
    config: &[u8],
    layers: &[&Layer],
    names: Vec<String>,
    digests: Vec<String>,
) -> Result<Picture, LayerError> {
    let read = Config::read(config)?;
    let named = &read.rootfs.diff_ids;
    if named.len() != layers.len() {
        let (has, says) = (layers.len(), named.len());
        return Err(LayerError(format!(
            "the image has {has} layers and its configuration names {says}"
        )));
    }
    let strange = named.iter().zip(layers).find(|(named, it)| **named != it.digest);
    if let Some((named, it)) = strange {
        return Err(LayerError(format!(
            "a layer is not what the image says: {named} is named, {} is there: fetch or save it again",
            it.digest
        )));
    }
    Ok(Picture {
        id: digest_of(config),
        names,
        digests,
        settings: read.config.unwrap_or_default(),
        root: Root::of(layers.iter().copied()),
    })
}
