//! Images by their digests: a folder of the OCI's image layout, or a registry.

use std::collections::BTreeMap;
use std::io::Read;

use serde::Deserialize;

use super::archive::picture;
use super::fault::LayerError;
use super::layer::{Count, Layer, layer};
use super::packed::digest_of;
use super::tree::Picture;

/// The platform that an image is for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Platform {
    /// `amd64`, as Go calls it.
    pub architecture: String,
    /// `linux`.
    pub os: String,
}

impl Platform {
    /// That of this machine, with Linux as its system.
    pub fn here() -> Platform {
        let architecture = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            "x86" => "386",
            other => other,
        };
        Platform { architecture: architecture.to_owned(), os: "linux".to_owned() }
    }
}

/// What a manifest or an index names.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    pub(super) digest: String,
    #[serde(default)]
    platform: Option<Platform>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

/// A list of manifests.
#[derive(Debug, Deserialize)]
pub(super) struct Index {
    pub(super) manifests: Vec<Descriptor>,
}

/// The manifest of an image.
#[derive(Debug, Deserialize)]
pub(super) struct Manifest {
    pub(super) config: Descriptor,
    pub(super) layers: Vec<Descriptor>,
}

impl Descriptor {
    /// Whether it may be the image for a platform, and no attestation.
    pub(super) fn is_image(&self, platform: &Platform) -> bool {
        !self.annotations.contains_key("vnd.docker.reference.type")
            && self.platform.as_ref().is_none_or(|it| it.os == platform.os && it.os != "unknown")
    }
}

/// The name that a layout has for an image.
pub(super) fn reference(found: &Descriptor) -> Option<String> {
    let named = |key: &str| found.annotations.get(key).cloned();
    named("io.containerd.image.name").or_else(|| {
        let name = named("org.opencontainers.image.ref.name")?;
        // A tag alone is no name.
        (name.contains(['/', ':'])).then_some(name)
    })
}

/// Where blobs are fetched from.
pub trait Blobs {
    /// A manifest, an index or a configuration.
    ///
    /// # Errors
    /// It is not there, or cannot be fetched.
    fn text(&mut self, digest: &str) -> Result<Vec<u8>, LayerError>;

    /// A layer, as it is packed, handed over as it streams by.
    ///
    /// # Errors
    /// It is not there, cannot be fetched, or `read` refuses it.
    fn layer(
        &mut self,
        digest: &str,
        read: &mut dyn FnMut(&mut dyn Read) -> Result<(), LayerError>,
    ) -> Result<(), LayerError>;
}

/// Reads the image that the manifest or index with that digest leads to.
///
/// # Errors
/// Something of it is missing, or is not what its digest says.
pub fn pulled(
    blobs: &mut dyn Blobs,
    digest: &str,
    names: Vec<String>,
    platform: &Platform,
) -> Result<Picture, LayerError> {
    let first =
        Descriptor { digest: digest.to_owned(), platform: None, annotations: BTreeMap::new() };
    let (manifest, digests) = chosen(&first, platform, |it| checked(blobs, it))?;
    let config = checked(blobs, &manifest.config.digest)?;
    let mut layers: Vec<Layer> = Vec::new();
    let mut count = Count::default();
    for it in &manifest.layers {
        let mut found = None;
        blobs.layer(&it.digest, &mut |packed| {
            found = Some(layer(packed)?);
            Ok(())
        })?;
        let found =
            found.ok_or_else(|| LayerError(format!("{}: it was not handed over", it.digest)))?;
        count.add(&found)?;
        layers.push(found);
    }
    picture(&config, &layers.iter().collect::<Vec<_>>(), names, digests)
}

/// A text that is what its digest says.
fn checked(blobs: &mut dyn Blobs, digest: &str) -> Result<Vec<u8>, LayerError> {
    let bytes = blobs.text(digest)?;
    match digest_of(&bytes) == digest {
        true => Ok(bytes),
        false => Err(LayerError(format!(
            "{digest} was asked for and {} came: do not trust where it came from",
            digest_of(&bytes)
        ))),
    }
}

/// The manifest for a platform behind a manifest or an index, and the digests that led to it.
pub(super) fn chosen(
    found: &Descriptor,
    platform: &Platform,
    mut read: impl FnMut(&str) -> Result<Vec<u8>, LayerError>,
) -> Result<(Manifest, Vec<String>), LayerError> {
    let mut digests = vec![found.digest.clone()];
    // An index of indexes is one too many.
    for _ in 0..3 {
        let digest = digests.last().expect("the first stands there").clone();
        let bytes = read(&digest)?;
        let Ok(index) = serde_json::from_slice::<Index>(&bytes) else {
            let manifest = serde_json::from_slice(&bytes)
                .map_err(|it| LayerError(format!("{digest} is no manifest of an image: {it}")))?;
            return Ok((manifest, digests));
        };
        let fits = |it: &&Descriptor| {
            it.is_image(platform)
                && it.platform.as_ref().is_none_or(|it| it.architecture == platform.architecture)
        };
        let images = || index.manifests.iter().filter(|it| it.is_image(platform));
        let next = images().find(fits).or_else(|| images().next());
        let next = next.ok_or_else(|| {
            LayerError(format!("there is no image for {} in {digest}", platform.os))
        })?;
        digests.push(next.digest.clone());
    }
    Err(LayerError(format!("{} is a list of lists: it is left alone", found.digest)))
}

/// The images that the index of a layout names: digests, with names where it has any.
///
/// # Errors
/// It is no index, or names no image for the platform.
pub fn manifests(
    index: &[u8],
    platform: &Platform,
) -> Result<Vec<(String, Option<String>)>, LayerError> {
    let index: Index =
        serde_json::from_slice(index).map_err(|it| LayerError(format!("index.json: {it}")))?;
    let found = index.manifests.iter().filter(|it| it.is_image(platform));
    let found: Vec<_> = found.map(|it| (it.digest.clone(), reference(it))).collect();
    match found.is_empty() {
        true => Err(LayerError(format!("index.json names no image for {}", platform.os))),
        false => Ok(found),
    }
}
