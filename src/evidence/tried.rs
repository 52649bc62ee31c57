//! What trials of a service showed, as long as it is set up as it was then.

use std::path::Path;

use super::subject::Subject;
use crate::images::Knowledge;
use crate::images::learned::{Trial, Verified, Words};
use crate::workload::host::socket;
use crate::workload::{Container, Dialect, Workload, absolute};

/// A trial of a container that is set up like this one, without any fix; nothing of a pod, which is not tried. Files are
/// named from the folder of what was learnt.
pub fn trial(workload: &Workload<'_>, container: &Container<'_>, folder: &Path) -> Option<Trial> {
    let words = workload.words(container);
    let targets = container.mounts.iter().filter_map(|it| it.target.as_deref());
    // A fix takes those away.
    let mounts = targets.filter(|it| socket(it).is_none()).map(str::to_owned);
    let mut mounts: Vec<String> = mounts.collect();
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
        variables,
        fixes: Vec::new(),
    })
}

/// The first file of its project, from a folder.
fn file(workload: &Workload<'_>, folder: &Path) -> Option<String> {
    let Dialect::Compose(service) = &workload.dialect else { return None };
    let file = absolute(&service.project.path);
    Some(file.strip_prefix(folder).unwrap_or(&file).to_string_lossy().into_owned())
}

/// What trials of this very container showed, told to run the same, with at least the same mounts and variables.
pub(super) fn tried(subject: &Subject<'_, '_>, knowledge: &Knowledge) -> Vec<Verified> {
    let Some(learnt) = subject.learnt.filter(|it| !it.trials.is_empty()) else {
        return Vec::new();
    };
    let Some(file) = file(subject.workload, knowledge.folder()) else { return Vec::new() };
    let words = Words::of(&subject.words.entrypoint, &subject.words.command);
    let is_mounted = |it: &String| subject.is_mounted(it) || learnt.volumes.contains(it);
    let is_set = |it: &String| subject.variables.iter().any(|own| own.name == *it);
    let fits = |it: &&Trial| {
        it.service == *subject.container.name
            && it.file == file
            && it.words == words
            && it.mounts.iter().all(is_mounted)
            && it.variables.iter().all(is_set)
    };
    learnt.trials.iter().filter(fits).flat_map(|it| it.fixes.iter().cloned()).collect()
}
