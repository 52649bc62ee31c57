//! The Dockerfiles that the services of a Compose file are built from.

use std::path::Path;

use crate::images::dockerfile::{self, Dockerfile};
use crate::source;
use crate::workload::{Builds, clean, compose, view};
use crate::yaml::{Kind, Node, Tree};

/// Reads the Dockerfile of each service that has one beside the file; what cannot be read says nothing.
pub(super) fn read(path: &Path, tree: &Tree) -> Builds {
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut builds = Builds::new();
    for root in tree.documents() {
        for (name, service) in compose::services(root.resolve()) {
            let Some(build) = view::lookup(service.resolve(), "build") else { continue };
            if let (Some(name), Some(file)) = (name.value(), dockerfile(folder, build.value)) {
                builds.insert(name.to_owned(), file);
            }
        }
    }
    builds
}

fn dockerfile(folder: &Path, build: Node<'_>) -> Option<Dockerfile> {
    let field = |key: &str| view::lookup(build, key).and_then(|it| it.value.value());
    if let Some(text) = field("dockerfile_inline") {
        return dockerfile::read(text, field("target")).ok();
    }
    let context = match build.kind() {
        Kind::Scalar => build.value()?,
        _ => field("context").unwrap_or("."),
    };
    let name = field("dockerfile").unwrap_or("Dockerfile");
    let remote = context.contains("://") || context.starts_with("git@");
    if remote || context.contains('$') || name.contains('$') {
        return None;
    }
    let path = clean(&folder.join(context).join(name));
    let bytes = source::read_beside(&path).ok().flatten()?;
    dockerfile::read(&String::from_utf8_lossy(&bytes), field("target")).ok()
}
