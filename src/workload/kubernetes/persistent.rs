//! PersistentVolumes that stand for a path of the node: pods get them through a claim.

use super::{Object, object_name, objects, scalar};
use crate::finding::{FileId, Site};
use crate::workload::detect::first_line;
use crate::workload::paths::host_path;
use crate::workload::{Files, view};

/// A volume of the cluster that holds a path of its node.
pub struct HostVolume {
    /// What people call it: `PersistentVolume/data`.
    pub name: String,
    /// The path, cleaned.
    pub path: String,
    /// Where the path is written.
    pub site: Site,
}

/// The volumes of a file that hold a path of the node, whether `local` or `hostPath`.
pub fn host_volumes(files: &Files<'_>, file: FileId) -> Vec<HostVolume> {
    let objects = files.get(file).tree.documents().flat_map(objects);
    objects.flat_map(|it| host_paths(&it, file)).collect()
}

fn host_paths(object: &Object<'_>, file: FileId) -> Vec<HostVolume> {
    let is_volume = object.group.is_empty() && object.kind == "PersistentVolume";
    let object = object.node;
    let Some(spec) = view::lookup(object, "spec").filter(|_| is_volume) else { return Vec::new() };
    let sources = ["local", "hostPath"].iter().filter_map(|it| view::lookup(spec.value, it));
    let volume = |source: view::Entry<'_>| {
        let path = scalar(source.value, "path").filter(|it| !it.contains("${"))?;
        let written = view::lookup(source.value, "path")?.written;
        Some(HostVolume {
            name: format!("PersistentVolume/{}", object_name(object)),
            path: host_path(path),
            site: Site { file, span: first_line(written) },
        })
    };
    sources.filter_map(volume).collect()
}
