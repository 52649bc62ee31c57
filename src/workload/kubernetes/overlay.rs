//! What kustomizations of the run change of the pods of a file that they are built on.
//!
//! A base is rated as it stands; what an overlay makes of it is another container. What changes nothing that a fix rests
//! on, such as replicas and labels, is none of this.

mod change;
mod image;
mod security;
mod target;
mod touch;
mod within;

use std::path::Path;
use std::sync::Arc;

use super::inline::{Place, place};
use super::kustomize::{self, Form, Patch, is_kustomization};
use super::objects::objects;
use super::{Found, Pod};
use crate::finding::{FileId, Site};
use crate::workload::detect::first_line;
use crate::workload::{Files, clean};
use crate::yaml::{Kind, Node, Tree};
use image::Images;
use target::{Around, Target};
pub use touch::{Touch, What};

/// Everything that is built on the objects of one file.
pub(super) struct Overlays<'f, 't> {
    files: &'f Files<'t>,
    own: FileId,
    patches: Vec<Said>,
    images: Vec<Images>,
    around: Around,
}

/// A patch that was read, or that could not be.
struct Said {
    target: Option<Target>,
    /// Its text; nothing where its file could not be read.
    tree: Option<Arc<Tree>>,
    place: Place,
}

impl<'f, 't> Overlays<'f, 't> {
    /// Reads the kustomizations among the files that are read beside one.
    pub(super) fn read(files: &'f Files<'t>, own: FileId) -> Self {
        let (patches, images, around) = (Vec::new(), Vec::new(), Around::default());
        let mut all = Overlays { files, own, patches, images, around };
        for (id, file) in files.iter().filter(|it| it.0 != own && !it.1.emitted) {
            let is_kustomization = is_kustomization(&file.path);
            for root in file.tree.documents().map(Node::resolve) {
                if is_kustomization {
                    all.add_kustomization(root, id);
                    continue;
                }
                for object in objects(root).iter().filter(|it| it.group == "builtin") {
                    all.add_patches(kustomize::patches(object), id);
                    let image = object.node.get("imageTag");
                    all.images.extend(image.and_then(|it| Images::read(it, id)));
                }
            }
        }
        all
    }

    fn add_kustomization(&mut self, root: Node<'_>, id: FileId) {
        self.around.note(root);
        self.add_patches(kustomize::patches_of(root), id);
        let lists = ["images", "imageTags"].iter().filter_map(|it| root.get(it));
        let images = lists.flat_map(Node::items).filter_map(|it| Images::read(it, id));
        self.images.extend(images);
    }

    fn add_patches(&mut self, patches: Vec<Patch<'_>>, id: FileId) {
        for patch in patches {
            let target = patch.target.map(Target::selecting);
            let said = match patch.form {
                Form::Text => patch.written.value().and_then(|it| Tree::parse(it).ok()).map(|it| {
                    Said { target, tree: Some(Arc::new(it)), place: place(patch.written, id) }
                }),
                Form::Named => self.named(patch.written, id).map(|it| Said { target, ..it }),
            };
            self.patches.extend(said);
        }
    }

    /// A patch in a file of its own; nothing for a transformer, which is read for itself, and for one that is judged with
    /// the objects already.
    fn named(&self, path: Node<'_>, id: FileId) -> Option<Said> {
        let beside = self.files.get(id).path.parent().unwrap_or(Path::new(""));
        let at = self.files.at(&clean(&beside.join(path.value()?)));
        let Some(at) = at else {
            let site = Site { file: id, span: first_line(path) };
            return Some(Said { target: None, tree: None, place: Place::One(site) });
        };
        if self.files.get(at).emitted {
            return None;
        }
        let tree = Arc::clone(&self.files.get(at).tree);
        let is_transformer =
            |it: Node<'_>| objects(it).iter().any(|object| object.group == "builtin");
        let is_other = tree.documents().any(is_transformer);
        (!is_other).then(|| Said { target: None, tree: Some(tree), place: Place::All(at) })
    }

    /// What is changed of a pod.
    pub(super) fn touches(&self, found: &Found<'_>, pod: &Pod<'_>) -> Vec<Touch> {
        if self.patches.is_empty() && self.images.is_empty() {
            return Vec::new();
        }
        let object = target::Object::of(found);
        let mut touches = Vec::new();
        for said in &self.patches {
            let Some(tree) = &said.tree else {
                let reaches = said.target.as_ref().is_none_or(|it| it.meets(&object, &self.around));
                touches.extend(reaches.then(|| self.unread(&said.place)));
                continue;
            };
            for root in tree.documents().map(Node::resolve) {
                let own = || (root.kind() == Kind::Mapping).then(|| Target::own(root));
                let target = said.target.clone().or_else(own);
                if target.is_some_and(|it| !it.meets(&object, &self.around)) {
                    continue;
                }
                for change in change::changes(root, found) {
                    let text = tree.text();
                    let seen = |at: Node<'_>| self.called(said.place.of(text, first_line(at)));
                    touches.extend(touch::touches(pod, &change, &seen));
                }
            }
        }
        touches.extend(image::touches(&self.images, pod, &|site| self.called(site)));
        touches
    }

    fn unread(&self, place: &Place) -> Touch {
        let at = self.called(place.start());
        Touch {
            container: None,
            what: What::Unread,
            seen: format!("{at} names a patch that is not known"),
        }
    }

    /// A place by its file, as seen from where both files lie, and its line.
    fn called(&self, site: Site) -> String {
        let file = self.files.get(site.file);
        let (own, other) = (clean(&self.files.get(self.own).path), clean(&file.path));
        let folder = own.parent().unwrap_or(Path::new(""));
        let shared = folder.components().zip(other.components()).take_while(|it| it.0 == it.1);
        let rest: std::path::PathBuf = other.components().skip(shared.count()).collect();
        let line = file.tree.position(site.span.start).line;
        format!("{}:{line}", rest.display())
    }
}
