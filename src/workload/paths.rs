//! Paths of the host and of the container, cleaned so that they can be compared.

use std::path::Path;

use super::host;
pub use crate::images::dockerfile::clean as clean_target;

/// Where a source of a Compose file leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// To a path of the host as it is compared; what stays within the project is as it is written.
    At(String),
    /// Out of a folder that is not known, perhaps to where nobody should be.
    Unsure,
}

/// Where a source leads, from the folder of the file that names it.
///
/// What leads to no place that gives the host away stays as it is written: findings are the same in every folder.
pub fn place(folder: Option<&Path>, source: &str) -> Place {
    let written = source.replace('\\', "/");
    if let Some(rest) = written.strip_prefix('~') {
        return Place::At(at_home(rest));
    }
    let drive = written.as_bytes().get(1) == Some(&b':');
    if written.starts_with('/') || drive || host::socket(&written).is_some() {
        return Place::At(host_path(&written));
    }
    let Some(folder) = folder else {
        let (climbs, below) = climb(&written);
        let unsure = climbs > 0 && host::gives_away(&host_path(&format!("/{below}")));
        return if unsure { Place::Unsure } else { Place::At(written) };
    };
    let whole = host_path(&format!("{}/{written}", folder.display()));
    Place::At(if host::gives_away(&whole) { whole } else { written })
}

/// A path below the home of whoever starts the project, as Compose reads it: `~me` is `~/me`. What climbs out of it is
/// read as if the home were root's.
fn at_home(rest: &str) -> String {
    match climb(rest) {
        (0, below) if below.is_empty() => "~".to_owned(),
        (0, below) => format!("~/{below}"),
        (_, below) => host_path(&format!("/{below}")),
    }
}

/// How many folders a relative path climbs out of, and what is left of it below them.
fn climb(path: &str) -> (usize, String) {
    let (mut climbs, mut below) = (0, Vec::new());
    for part in path.split('/') {
        match part {
            "" | "." => (),
            ".." if below.pop().is_none() => climbs += 1,
            ".." => (),
            part => below.push(part),
        }
    }
    (climbs, below.join("/"))
}

/// Whether a path is a folder or lies in it.
pub fn is_below(path: &str, folder: &str) -> bool {
    folder == "/"
        || path.strip_prefix(folder).is_some_and(|it| it.is_empty() || it.starts_with('/'))
}

/// A host path as it is compared: cleaned, `/var/run` read as `/run`, pipes with slashes, the root of a process of the
/// host as the host's own.
pub fn host_path(path: &str) -> String {
    let path = path.replace('\\', "/");
    if !path.starts_with('/') || path.starts_with("//./pipe/") {
        return path;
    }
    let clean = clean_target(&path);
    let clean = root_of_process(&clean).unwrap_or(clean);
    match clean.strip_prefix("/var/run") {
        Some("") => "/run".to_owned(),
        Some(rest) if rest.starts_with('/') => format!("/run{rest}"),
        _ => clean,
    }
}

/// What lies behind `/proc/1/root`, and behind the folder that the engine runs in.
fn root_of_process(path: &str) -> Option<String> {
    let (process, inside) = path.strip_prefix("/proc/")?.split_once('/')?;
    let is_process =
        process.bytes().all(|it| it.is_ascii_digit()) || matches!(process, "self" | "thread-self");
    let below = inside.strip_prefix("root").or_else(|| inside.strip_prefix("cwd"))?;
    (is_process && (below.is_empty() || below.starts_with('/')))
        .then(|| clean_target(&format!("/{below}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_cleaned() {
        assert_eq!(clean_target("/tmp/"), "/tmp");
        assert_eq!(clean_target("//a/./b/../c"), "/a/c");
        assert_eq!(clean_target("/"), "/");
    }

    #[test]
    fn host_paths_are_compared_by_what_they_mean() {
        assert_eq!(host_path("//var/run/../run/docker.sock"), "/run/docker.sock");
        assert_eq!(host_path(r"\\.\pipe\docker_engine"), "//./pipe/docker_engine");
        assert_eq!(host_path("./data"), "./data");
        assert_eq!(host_path("/var/runner"), "/var/runner");
        assert_eq!(host_path("/proc/1/root/var/run"), "/run");
        assert_eq!(host_path("/proc/self/cwd"), "/");
        assert_eq!(host_path("/proc/sys/net"), "/proc/sys/net");
    }

    #[track_caller]
    fn leads(folder: &str, source: &str, to: &str) {
        let folder = Path::new(folder);
        assert_eq!(place(Some(folder), source), Place::At(to.to_owned()), "{source}");
    }

    #[test]
    fn sources_are_read_from_the_folder_of_their_file() {
        leads("/srv/app", "../..", "/");
        leads("/srv/app", "../../../../var//run/", "/run");
        leads("/srv/app", "./x/../../../etc", "/etc");
        leads("/srv/app", "../data", "../data");
        leads("/srv/app", ".", ".");
        leads("/root", ".", "/root");
        leads("/home/me/app", "..", "/home/me");
        leads("/srv/app", "./docker.sock", "./docker.sock");
        leads("/srv/app", "/etc/../var/run/", "/run");
        leads("/srv/app", "c:/x", "c:/x");
    }

    #[test]
    fn homes_are_read_as_compose_does() {
        leads("/srv", "~", "~");
        leads("/srv", "~/", "~");
        leads("/srv", "~/.docker//run/./docker.sock", "~/.docker/run/docker.sock");
        leads("/srv", "~/x/../.ssh/", "~/.ssh");
        leads("/srv", "~root/.ssh", "~/root/.ssh");
        leads("/srv", "~/../etc", "/etc");
        leads("/srv", "~/..", "/");
    }

    #[test]
    fn what_climbs_out_of_an_unknown_folder_is_unsure() {
        assert_eq!(place(None, "../.."), Place::Unsure);
        assert_eq!(place(None, "../../etc"), Place::Unsure);
        assert_eq!(place(None, "../data"), Place::At("../data".to_owned()));
        assert_eq!(place(None, "./etc"), Place::At("./etc".to_owned()));
    }
}
