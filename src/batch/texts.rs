//! The configuration files that the services of a Compose file mount from beside it.

use std::path::{Path, PathBuf};

use crate::source::{Folder, Within};
use crate::workload::{Content, Texts, Variables, clean, compose, view};
use crate::yaml::{Kind, Node, Tree};

/// The largest file that is read.
const LIMIT: u64 = 1 << 20;

/// How deep folders are read.
const DEPTH: usize = 3;

/// How many files are read of a folder, and folders and files for one Compose file.
const MANY: usize = 128;

/// Reads what is mounted from within the project's folder, by the path as it is mounted.
pub(super) fn read(path: &Path, tree: &Tree, variables: &Variables) -> Texts {
    let folder = Folder::new(path.parent().unwrap_or(Path::new("")));
    let mut texts = Texts::new();
    for root in tree.documents() {
        let services = compose::services(root.resolve());
        let volumes = services.filter_map(|it| view::lookup(it.1.resolve(), "volumes"));
        let mounted =
            volumes.flat_map(|it| it.value.items()).filter_map(|it| source_of(it, variables));
        let named = ["configs", "secrets"]
            .into_iter()
            .flat_map(|section| files_of(root, section, variables));
        let handed = compose::services(root.resolve()).flat_map(|it| env_files(it.1, variables));
        let included =
            compose::include_items(root).flat_map(|it| compose::include_env_files(it, variables));
        let handed: Vec<String> = handed.chain(included).collect();
        for name in mounted.chain(named).chain(handed) {
            if texts.len() >= MANY {
                return texts;
            }
            let name = PathBuf::from(name);
            if !texts.contains_key(&clean(&name)) {
                let content = content(&folder, &name);
                texts.extend(content.map(|it| (clean(&name), it)));
            }
        }
    }
    texts
}

/// The relative path that a volume mounts.
fn source_of(volume: Node<'_>, variables: &Variables) -> Option<String> {
    let volume = volume.resolve();
    let text = match volume.kind() {
        Kind::Mapping => {
            let source = view::lookup(volume, "source").or_else(|| view::lookup(volume, "src"))?;
            variables.interpolate(source.value.value()?).known()?.to_owned()
        }
        _ => {
            let text = variables.interpolate(volume.value()?);
            compose::parse_short(text.known()?).source?.to_owned()
        }
    };
    text.starts_with('.').then_some(text)
}

/// The files that a service takes variables from.
fn env_files(service: Node<'_>, variables: &Variables) -> Vec<String> {
    let Some(list) = view::lookup(service.resolve(), "env_file").map(|it| it.value) else {
        return Vec::new();
    };
    let names = compose::env_file_paths(list, variables);
    names.into_iter().filter(|it| !it.starts_with(['/', '~'])).collect()
}

/// The files of configs or secrets.
fn files_of<'t>(
    root: Node<'t>,
    section: &'static str,
    variables: &Variables,
) -> impl Iterator<Item = String> {
    let all = view::lookup(root, section).map(|it| view::entries(it.value)).unwrap_or_default();
    all.into_iter().filter_map(|it| {
        let file = view::lookup(it.value, "file")?;
        let text = variables.interpolate(file.value.value()?).known()?.to_owned();
        (!text.starts_with(['/', '~'])).then_some(text)
    })
}

fn content(folder: &Folder, path: &Path) -> Option<Content> {
    Some(match folder.read(path, LIMIT) {
        Within::Bytes(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Content::Text(text),
            Err(_) => Content::Closed,
        },
        Within::Folder => {
            let mut files = Vec::new();
            collect(folder, path, "", &mut files);
            if files.len() < MANY { Content::Folder(files) } else { Content::Closed }
        }
        Within::Missing => return None,
        Within::Outside | Within::TooLarge | Within::Refused => Content::Closed,
    })
}

/// The files of a folder and of those in it, by their path below it.
fn collect(folder: &Folder, path: &Path, below: &str, files: &mut Vec<(String, Option<String>)>) {
    for name in folder.names(path, MANY) {
        if files.len() >= MANY {
            return;
        }
        let inner = path.join(&name);
        let known = format!("{below}{name}");
        // A folder may be named `conf.d`.
        let is_other = !is_settings(&name) && name.contains('.') && !name.ends_with(".d");
        if is_other {
            files.push((known, None));
            continue;
        }
        match folder.read(&inner, LIMIT) {
            Within::Bytes(bytes) => files.push((known, String::from_utf8(bytes).ok())),
            Within::Folder if below.matches('/').count() < DEPTH => {
                collect(folder, &inner, &format!("{known}/"), files);
            }
            _ => files.push((known, None)),
        }
    }
}

/// Whether a file's name is one that servers read settings from; those without an ending often are as well.
fn is_settings(name: &str) -> bool {
    const ENDINGS: &[&str] =
        &[".conf", ".cnf", ".cfg", ".ini", ".toml", ".yml", ".yaml", ".json", ".inc", ".template"];
    name == "Caddyfile" || ENDINGS.iter().any(|it| name.ends_with(it))
}
