//! What a named volume is in truth: a folder or a disk of the host, by the options of its driver.

use std::path::Path;

use super::Service;
use crate::finding::FileId;
use crate::workload::host::{HostPath, judge, socket};
use crate::workload::paths::{Place, clean_target, host_path, place};
use crate::workload::text::UNKNOWN;
use crate::workload::{Origin, Text};

/// Types of file systems that come from elsewhere: what they name as a device is not of the host.
const REMOTE: &[&str] =
    &["nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "glusterfs", "9p", "fuse", "davfs", "sshfs"];

/// Types of file systems without a device.
const MEMORY: &[&str] = &["tmpfs", "ramfs", "devpts", "mqueue"];

/// The options by which drivers that bind a folder name it, other than `device`.
const FOLDERS: &[&str] = &["mountpoint", "mountPoint"];

/// A source, and how it is written where it takes working out what it means.
pub(super) struct Source {
    pub(super) origin: Origin,
    pub(super) written: Option<String>,
}

impl From<Origin> for Source {
    fn from(origin: Origin) -> Source {
        Source { origin, written: None }
    }
}

impl<'t> Service<'t> {
    /// A path of the host, from the folder of the file that names it.
    pub(super) fn host(&self, file: FileId, written: &str) -> Source {
        if written.contains(UNKNOWN) {
            return Origin::Unknown.into();
        }
        let folder = self.project.folders.get(file.0 as usize).copied().flatten();
        match place(folder, written) {
            Place::Unsure => Source { origin: Origin::Unknown, written: Some(written.to_owned()) },
            Place::At(path) => at(path, written),
        }
    }

    /// A named volume, by what its driver puts there.
    pub(super) fn named_volume(&self, name: &str) -> Source {
        let all = self.volume_paths(name);
        let worst = all.into_iter().max_by_key(|it| match &it.origin {
            Origin::Host(path) if socket(path).is_some() => (true, None),
            Origin::Host(path) => match judge(path, false, false) {
                HostPath::Bad(severity) => (false, Some(severity)),
                HostPath::Fine | HostPath::Protect => (false, None),
            },
            _ => (false, None),
        });
        worst.unwrap_or_else(|| Origin::Volume(name.to_owned()).into())
    }

    /// A value of the volume of that name, and the file that it stands in.
    fn volume_value(&self, name: &str, path: &[&str]) -> Option<(FileId, Text<'t>)> {
        let (file, value) = self.project.top_value("volumes", name, path)?;
        Some((file, self.evaluate(value)))
    }

    /// An option of a volume's driver.
    fn driver_option(&self, name: &str, key: &str) -> Option<Text<'t>> {
        self.volume_value(name, &["driver_opts", key]).map(|it| it.1)
    }

    /// The paths of the host that a named volume holds.
    fn volume_paths(&self, name: &str) -> Vec<Source> {
        let field = |key: &str| self.driver_option(name, key).map(|it| it.value.into_owned());
        let flags = field("o").unwrap_or_default();
        let mut found: Vec<Source> = flags
            .split(',')
            .filter_map(|it| it.split_once('='))
            .filter(|it| matches!(it.0, "lowerdir" | "upperdir" | "workdir"))
            .flat_map(|it| it.1.split(':').filter(|it| !it.is_empty()))
            .map(|it| self.read_by_engine(it))
            .collect();
        let mountpoints = FOLDERS.iter().filter_map(|it| field(it));
        found.extend(mountpoints.map(|it| self.read_by_engine(&it)));
        let kind = field("type").unwrap_or_default().to_ascii_lowercase();
        let device = self.volume_value(name, &["driver_opts", "device"]);
        let (file, device) =
            device.map_or((FileId(0), String::new()), |it| (it.0, it.1.value.into_owned()));
        let binds = flags.split(',').any(|it| {
            let flag = it.trim().to_ascii_lowercase();
            matches!(flag.as_str(), "bind" | "rbind")
        });
        // Compose resolves only what is a bind beyond doubt; the engine reads everything else from the root.
        let resolved = flags == "bind"
            && self.volume_value(name, &["driver"]).is_some_and(|it| it.1.value == "local");
        let plain = match kind.as_str() {
            "none" | "bind" | "rbind" => true,
            "" => is_folder(&device),
            it if REMOTE.contains(&it) || MEMORY.contains(&it) => false,
            // A disk has its own rule.
            _ => is_folder(&device) && !device.starts_with("/dev/"),
        };
        if !device.is_empty() && (binds || plain) {
            found.push(match resolved {
                true => self.host(file, &device),
                false => self.read_by_engine(&device),
            });
        }
        found
    }

    /// A path that the engine reads, not Compose.
    fn read_by_engine(&self, written: &str) -> Source {
        if written.contains(UNKNOWN) {
            return Origin::Unknown.into();
        }
        match place(Some(Path::new("/")), written) {
            Place::At(path) => at(path, written),
            Place::Unsure => Origin::Unknown.into(),
        }
    }

    /// The disk of the host whose file system a named volume is.
    pub(super) fn disk(&self, name: &str) -> Option<String> {
        let field = |key: &str| self.driver_option(name, key)?.known().map(str::to_owned);
        let kind = field("type")?.to_ascii_lowercase();
        if REMOTE.contains(&kind.as_str()) || MEMORY.contains(&kind.as_str()) {
            return None;
        }
        let device = host_path(&field("device")?);
        let labelled = ["UUID=", "LABEL=", "PARTUUID=", "PARTLABEL="];
        let disk = device.starts_with("/dev/") || labelled.iter().any(|it| device.starts_with(it));
        let binds =
            field("o").is_some_and(|it| it.split(',').any(|it| it == "bind" || it == "rbind"));
        (disk && !binds).then_some(device)
    }
}

/// The path of the host, with what is written where that reads otherwise.
fn at(path: String, written: &str) -> Source {
    let clean = match written.starts_with('/') {
        true => clean_target(written),
        false => written.trim_end_matches('/').replace('\\', "/"),
    };
    let same = clean == path || written == path || clean.strip_prefix("/var") == Some(&path);
    Source { origin: Origin::Host(path), written: (!same).then(|| written.to_owned()) }
}

/// Whether a device without a type is a folder or a file: not what a server exports.
fn is_folder(device: &str) -> bool {
    let remote = device.starts_with(':') || device.starts_with("//") || device.contains(":/");
    !remote && (device.starts_with(['/', '.', '~']))
}
