//! What was learnt, found by the names of images.

use std::collections::BTreeMap;

use super::entry::entry;
use super::image::{Built, Learned};
use crate::images::image::Image;
use crate::images::reference::{Reference, Tag, parse_reference};

/// Images that were read, by name and by digest.
#[derive(Clone, Debug, Default)]
pub(in crate::images) struct Learnt {
    all: Vec<(Learned, Image)>,
    names: BTreeMap<String, Vec<(String, usize)>>,
    digests: BTreeMap<String, usize>,
    services: BTreeMap<Built, usize>,
}

impl Learnt {
    /// Nothing.
    pub(in crate::images) const fn nothing() -> Learnt {
        Learnt {
            all: Vec::new(),
            names: BTreeMap::new(),
            digests: BTreeMap::new(),
            services: BTreeMap::new(),
        }
    }

    /// What was read of images, each laid over what `base` finds built in under its name.
    pub(in crate::images) fn new<'b>(
        images: &[Learned],
        base: impl Fn(&Reference) -> Option<&'b Image>,
    ) -> Learnt {
        let mut learnt = Learnt::nothing();
        for image in images {
            let at = learnt.all.len();
            let references: Vec<Reference> =
                image.names.iter().filter_map(|it| parse_reference(it)).collect();
            let below = references.iter().find_map(&base);
            for it in references {
                if let Tag::Known(tag) = it.tag {
                    learnt.names.entry(it.repository).or_default().push((tag, at));
                }
            }
            for digest in image.digests.iter().chain([&image.id]) {
                learnt.digests.insert(digest.clone(), at);
            }
            learnt.services.extend(image.services.iter().map(|it| (it.clone(), at)));
            learnt.all.push((image.clone(), entry(image, below)));
        }
        learnt
    }

    /// What was read of the very image that a reference names: by its digest where it has one, else by its tag.
    pub(in crate::images) fn find(&self, reference: &Reference) -> Option<(&Learned, &Image)> {
        let at = match (&reference.digest, &reference.tag) {
            (Some(digest), _) => *self.digests.get(digest)?,
            (None, Tag::Known(tag)) => {
                self.names.get(&reference.repository)?.iter().find(|it| it.0 == *tag)?.1
            }
            (None, Tag::Unknown) => return None,
        };
        self.all.get(at).map(|it| (&it.0, &it.1))
    }

    /// What was read of the image that was built for a service.
    pub(in crate::images) fn built(&self, service: &Built) -> Option<&Learned> {
        self.services.get(service).and_then(|it| self.all.get(*it)).map(|it| &it.0)
    }

    /// Whether nothing was read.
    pub(in crate::images) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// All entries.
    pub(in crate::images) fn images(&self) -> impl Iterator<Item = &Image> {
        self.all.iter().map(|it| &it.1)
    }
}
