//! Signals in what runs or is said beside the command: hooks, labels, mounted start scripts, variables that are not known.

use super::Scene;
use crate::evidence::sources::holds_paths;
use crate::evidence::subject::{Subject, is_below};
use crate::workload::text::UNKNOWN;
use crate::workload::{Content, Dialect, view};

pub(super) fn has_hooks(scene: &Scene<'_, '_, '_>) -> Option<String> {
    match &scene.subject.workload.dialect {
        Dialect::Compose(service) => {
            if let Some(hook) = service.hooks().first() {
                return Some(format!("its {} hook runs in it", hook.key));
            }
            service.entry("develop").map(|_| "develop.watch copies files into it".to_owned())
        }
        Dialect::Kubernetes(_) => {
            let hooks = view::lookup(scene.subject.container.node, "lifecycle")?.value;
            let name = ["postStart", "preStop"].into_iter().find(|it| {
                view::lookup(hooks, it).is_some_and(|it| view::lookup(it.value, "exec").is_some())
            })?;
            Some(format!("its {name} hook runs in it"))
        }
    }
}

/// Labels by which other services run commands in this one.
pub(super) fn labels_that_run(scene: &Scene<'_, '_, '_>) -> Option<String> {
    const RUN: &[&str] = &[
        "docker-volume-backup.",
        "ofelia.job-exec",
        "chadburn.job-exec",
        "deck-chores.",
        "cronicle.",
    ];
    let Dialect::Compose(service) = &scene.subject.workload.dialect else { return None };
    let label =
        service.labels().into_iter().find(|it| RUN.iter().any(|run| it.starts_with(run)))?;
    Some(format!("the label {label} runs a command in it"))
}

/// Scripts that are mounted to where an image runs them at its start; files of data are only read there.
pub(super) fn mounted_scripts(scene: &Scene<'_, '_, '_>) -> Option<String> {
    const FOLDERS: &[&str] =
        &["/docker-entrypoint.d", "/docker-entrypoint-initdb.d", "/docker-entrypoint-init.d"];
    const DATA: &[&str] =
        &[".sql", ".sql.gz", ".sql.xz", ".sql.zst", ".json", ".dump", ".conf", ".envsh.template"];
    let is_data = |name: &str| DATA.iter().any(|it| name.ends_with(it));
    scene.subject.mounts().iter().find_map(|mount| {
        let target = mount.target.as_deref()?;
        let comes = Subject::is_brought(mount);
        let data = match mount.content {
            Some(Content::Folder(files)) => files.iter().all(|it| is_data(&it.0)),
            Some(Content::Text(_) | Content::Closed) | None => is_data(target),
        };
        let runs = FOLDERS.iter().any(|it| is_below(target, it));
        (comes && runs && !data).then(|| format!("its start runs what is mounted at {target}"))
    })
}

pub(super) fn unread_variables(scene: &Scene<'_, '_, '_>) -> Option<String> {
    let subject = scene.subject;
    if let Some(source) = subject.workload.unread_environment(subject.container) {
        return Some(format!("{source} cannot be read here"));
    }
    let unknown =
        subject.variables.iter().find(|it| it.value.is_none() && holds_paths(&it.name))?;
    Some(format!("the value of {} is not known", unknown.name))
}

pub(super) fn unknown_words(scene: &Scene<'_, '_, '_>) -> Option<String> {
    let unknown = scene.subject.command().any(|it| it.contains(UNKNOWN));
    unknown.then(|| "its command holds a variable that is not known".to_owned())
}

pub(super) fn unread_base(scene: &Scene<'_, '_, '_>) -> Option<String> {
    let Dialect::Compose(service) = &scene.subject.workload.dialect else { return None };
    let base = service.missing_base.as_deref()?;
    Some(format!("what it extends is not known ({base})"))
}
