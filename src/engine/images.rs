//! Images of the engine.

use super::{Engine, Fault};
use crate::layers::{self, Picture, Platform};

impl Engine {
    /// The digest by which the engine has an image.
    ///
    /// # Errors
    /// The engine does not have it.
    pub fn id_of(&self, image: &str) -> Result<String, Fault> {
        let known = self.ask(image, self.api().inspect_image(image))?;
        known.id.ok_or_else(|| Fault::new(format!("{image}: the engine has no digest for it")))
    }

    /// An image of the engine, read off what it exports.
    ///
    /// # Errors
    /// The engine does not have it, or it cannot be read.
    pub fn picture(&self, image: &str) -> Result<Picture, Fault> {
        let known = self.ask(image, self.api().inspect_image(image))?;
        let export = self.read(self.api().export_image(image));
        let mut all = layers::archive(export, &Platform::here())
            .map_err(|it| Fault::new(format!("{image}: {it}")))?;
        let mut picture = all.pop().ok_or_else(|| {
            Fault::new(format!("{image}: the engine exports no image of that name"))
        })?;
        let digests = known.repo_digests.unwrap_or_default();
        let digests = digests.iter().filter_map(|it| it.split_once('@')).map(|it| it.1.to_owned());
        picture.digests.extend(digests);
        Ok(picture)
    }
}
