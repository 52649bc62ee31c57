//! What trials of a service showed, as long as it is set up as it was then.

use std::path::Path;

use super::subject::Subject;
use crate::images::Knowledge;
use crate::images::learned::{Built, Trial, Verified, Words, short_digest};
use crate::workload::host::socket;
use crate::workload::json::json;
use crate::workload::{Container, Dialect, Mount, Origin, Workload, absolute};

/// A trial of a container that is set up like this one, without any fix; nothing of a pod, which is not tried. Files are
/// named from the folder of what was learnt.
pub fn trial(workload: &Workload<'_>, container: &Container<'_>, folder: &Path) -> Option<Trial> {
    let words = workload.words(container);
    let mut mounts: Vec<String> = container.mounts.iter().filter_map(mounted).collect();
    mounts.sort_unstable();
    mounts.dedup();
    let mut variables: Vec<String> =
        workload.variables(container).into_iter().map(|it| it.name).collect();
    variables.sort_unstable();
    variables.dedup();
    Some(Trial {
        service: container.name.clone(),
        file: file(workload, folder)?,
        words: Words::of(&words.entrypoint, &words.command),
        mounts,
        rest: rest(workload),
        variables,
        fixes: Vec::new(),
    })
}

/// What a service says that no fix changes, and by which it may need something else.
const REST: [&str; 13] = [
    "build",
    "configs",
    "depends_on",
    "env_file",
    "healthcheck",
    "hostname",
    "init",
    "post_start",
    "pre_stop",
    "runtime",
    "secrets",
    "stop_signal",
    "working_dir",
];

/// A digest of that.
fn rest(workload: &Workload<'_>) -> String {
    let Dialect::Compose(service) = &workload.dialect else { return String::new() };
    let mut text = String::new();
    for key in REST {
        for entry in service.levels.iter().filter_map(|it| it.lookup(key)) {
            let value = json(entry.value).map_or_else(String::new, |it| it.to_string());
            text.push_str(&format!("{key}={value}\n"));
        }
    }
    if text.is_empty() { text } else { short_digest(&text) }
}

/// Where something is mounted that no fix takes away, and whether it is the host's.
fn mounted(mount: &Mount<'_>) -> Option<String> {
    let target = mount.target.as_deref()?;
    let host = match &mount.origin {
        Origin::Host(path) if socket(path).is_some() => return None,
        Origin::Host(_) => "host:",
        _ => "",
    };
    socket(target).is_none().then(|| format!("{host}{target}"))
}

/// The service of a container that is built and whose file gives its image no name. Files are named from the folder of
/// what was learnt.
pub fn built(workload: &Workload<'_>, container: &Container<'_>, folder: &Path) -> Option<Built> {
    let Dialect::Compose(service) = &workload.dialect else { return None };
    let has_no_name = container.image.is_none() && service.entry("build").is_some();
    let service = container.name.clone();
    has_no_name.then_some(())?;
    Some(Built { file: file(workload, folder)?, service })
}

/// The first file of its project, from a folder.
fn file(workload: &Workload<'_>, folder: &Path) -> Option<String> {
    let Dialect::Compose(service) = &workload.dialect else { return None };
    let file = absolute(&service.project.path);
    Some(file.strip_prefix(folder).unwrap_or(&file).to_string_lossy().into_owned())
}

/// What trials of this very container showed, set up the same.
pub(super) fn tried(subject: &Subject<'_, '_>, knowledge: &Knowledge) -> Vec<Verified> {
    let Some(learnt) = subject.learnt.filter(|it| !it.trials.is_empty()) else {
        return Vec::new();
    };
    let Some(file) = file(subject.workload, knowledge.folder()) else { return Vec::new() };
    let words = Words::of(&subject.words.entrypoint, &subject.words.command);
    let mounts: Vec<String> = subject.mounts().iter().filter_map(mounted).collect();
    let rest = rest(subject.workload);
    let is_set = |it: &String| subject.variables.iter().any(|own| own.name == *it);
    let fits = |it: &&Trial| {
        it.service == *subject.container.name
            && it.file == file
            && it.words == words
            && it.rest == rest
            && it.mounts.iter().all(|it| mounts.contains(it))
            && mounts.iter().all(|own| !own.starts_with("host:") || it.mounts.contains(own))
            && it.variables.iter().all(is_set)
            && subject.variables.iter().all(|own| it.variables.contains(&own.name))
    };
    learnt.trials.iter().filter(fits).flat_map(|it| it.fixes.iter().cloned()).collect()
}
