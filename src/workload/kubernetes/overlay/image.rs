//! The images that kustomizations put in the place of others.

use std::collections::HashSet;

use super::touch::{Touch, What};
use crate::finding::{FileId, Site};
use crate::workload::detect::first_line;
use crate::workload::kubernetes::{Pod, scalar};
use crate::yaml::Node;

/// What takes the place of an image.
pub(super) struct Images {
    name: String,
    new_name: Option<String>,
    tag: Option<String>,
    digest: Option<String>,
    site: Site,
}

impl Images {
    /// Reads an item of `images`.
    pub(super) fn read(item: Node<'_>, file: FileId) -> Option<Images> {
        let text = |key| scalar(item, key).filter(|it| !it.is_empty()).map(str::to_owned);
        let site = Site { file, span: first_line(item) };
        let (new_name, tag) = (text("newName"), text("newTag"));
        Some(Images { name: text("name")?, new_name, tag, digest: text("digest"), site })
    }

    /// What it makes of an image: another one, or another version of it.
    fn what(&self, tag: Option<&str>) -> Option<What> {
        if self.new_name.as_ref().is_some_and(|it| *it != self.name) {
            return Some(What::Image);
        }
        let is_other =
            self.digest.is_some() || self.tag.as_deref().is_some_and(|it| Some(it) != tag);
        is_other.then_some(What::Tag)
    }
}

/// What becomes of the images of a pod.
pub(super) fn touches(
    images: &[Images],
    pod: &Pod<'_>,
    called: &dyn Fn(Site) -> String,
) -> Vec<Touch> {
    let mut found = Vec::new();
    for (number, slot) in pod.slots.iter().enumerate() {
        let Some(image) = scalar(slot.node, "image") else { continue };
        let (name, tag) = split(image);
        // Of several kustomizations one may change what another has made of it.
        let mut names = HashSet::from([name]);
        for _ in images {
            let known = images.iter().filter(|it| names.contains(it.name.as_str()));
            let new: Vec<&str> = known.filter_map(|it| it.new_name.as_deref()).collect();
            names.extend(new);
        }
        for it in images.iter().filter(|it| names.contains(it.name.as_str())) {
            let Some(what) = it.what(tag) else { continue };
            let seen = format!("{} {}", called(it.site), how(it));
            found.push(Touch { container: Some(number), what, seen });
        }
    }
    found
}

fn how(images: &Images) -> String {
    match (&images.new_name, &images.tag, &images.digest) {
        (Some(name), Some(tag), _) => format!("makes the image {name}:{tag}"),
        (Some(name), None, _) => format!("makes the image {name}"),
        (None, _, Some(_)) => "pins the image by another digest".to_owned(),
        (None, Some(tag), None) => format!("gives the image the tag {tag}"),
        (None, None, None) => "changes the image".to_owned(),
    }
}

/// An image's name, and its tag where it has no digest.
pub(super) fn split(image: &str) -> (&str, Option<&str>) {
    let (named, digest) = image.split_once('@').map_or((image, None), |it| (it.0, Some(it.1)));
    let start = named.rfind('/').map_or(0, |it| it + 1);
    match named[start..].split_once(':') {
        Some((name, tag)) => (&named[..start + name.len()], Some(tag).filter(|_| digest.is_none())),
        None => (named, None),
    }
}
