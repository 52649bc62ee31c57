//! Services whose images are built and have no name in their files: the engine has them by what Compose calls them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::observe::{named, project_of};
use crate::batch::Batch;
use crate::engine::{Engine, Running};
use crate::images::learned::Built;
use crate::images::with_tag;
use crate::layers::Picture;
use crate::mend::{Policy, built_of};
use crate::workload::absolute;

/// A service that is built.
pub(super) struct BuiltService {
    /// Which.
    pub(super) built: Built,
    /// The paths at which something is mounted into it.
    pub(super) targets: BTreeSet<String>,
    /// The first file of its project.
    path: PathBuf,
    /// What Compose calls its project, unless it was started by another name.
    project: String,
}

/// Those of some files, with these files of variables. Files are named from `folder`.
pub(super) fn built_services(
    batch: &Batch,
    policy: &Policy,
    (variables, folder): (&[PathBuf], &Path),
) -> Vec<BuiltService> {
    let mut all = Vec::new();
    for project in &batch.projects {
        let path = absolute(project.path());
        for (built, targets) in built_of(&project.files, &project.members, policy, folder) {
            let (path, project) = (path.clone(), named(&path, variables));
            all.push(BuiltService { built, targets, path, project });
        }
    }
    all
}

impl BuiltService {
    /// Whether Compose gives its image one of these names.
    pub(super) fn is_called(&self, names: &[String]) -> bool {
        called(&self.project, &self.built.service).iter().any(|it| names.contains(&with_tag(it)))
    }

    /// Its image, with the name by which the engine has it.
    ///
    /// # Errors
    /// It is not built yet, or cannot be read.
    pub(super) fn picture(&self, engine: &Engine) -> Result<Picture, String> {
        let Built { service, file } = &self.built;
        let made = engine.containers().map_err(|it| it.to_string())?;
        let project = project_of(&made, &self.path).unwrap_or_else(|| self.project.clone());
        let names = called(&project, service);
        for name in &names {
            match engine.picture(name) {
                Err(it) if it.is_absent() => (),
                Err(it) => return Err(it.to_string()),
                Ok(mut picture) => {
                    picture.names = vec![with_tag(name)];
                    return Ok(picture);
                }
            }
        }
        Err(format!(
            "service {service} of {file}: it is not built yet, as the engine has neither {} nor {}: `docker compose \
             build {service}` first",
            names[0], names[1]
        ))
    }
}

/// What the image of a service is called that is built: by Compose, and by the one before it.
fn called(project: &str, service: &str) -> [String; 2] {
    ["-", "_"].map(|it| format!("{project}{it}{service}"))
}

/// The service that a container is of whose image was built for it, by the name of that image.
pub(super) fn built_for(running: &Running, image: &str, folder: &Path) -> Option<Built> {
    let names = called(&running.project, &running.service);
    let is_built = names.iter().any(|it| with_tag(it) == with_tag(image));
    let file = running.files.first().filter(|_| is_built)?;
    let file = file.strip_prefix(folder).unwrap_or(file).to_string_lossy().into_owned();
    Some(Built { file, service: running.service.clone() })
}
