//! Paths of the host and of the container, cleaned so that they can be compared.

pub use crate::images::dockerfile::clean as clean_target;

/// A host path as it is compared: cleaned, `/var/run` read as `/run`, pipes with slashes.
pub fn host_path(path: &str) -> String {
    let path = path.replace('\\', "/");
    if !path.starts_with('/') || path.starts_with("//./") {
        return path;
    }
    let clean = clean_target(&path);
    match clean.strip_prefix("/var/run") {
        Some("") => "/run".to_owned(),
        Some(rest) if rest.starts_with('/') => format!("/run{rest}"),
        _ => clean,
    }
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
    }
}
