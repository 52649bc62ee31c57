//! What the platforms demand of a file, whatever its posture (SPEC 5.6).

mod pod;

use foldhash::HashSet;

use crate::finding::FileId;
use crate::workload::compose::Service;
use crate::workload::view::Entry;
use crate::workload::{Container, Dialect, Origin, State, Workload};

/// Something that the platform would refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Violation {
    /// The file.
    pub(super) file: FileId,
    /// What.
    pub(super) message: String,
}

/// What the platform would refuse in a workload.
pub(super) fn check(workload: &Workload<'_>) -> Vec<Violation> {
    let Some(file) = workload.containers.first().map(|it| it.site.file) else { return Vec::new() };
    let messages = match &workload.dialect {
        Dialect::Compose(service) => compose(service, &workload.containers),
        Dialect::Kubernetes(pod) => pod::check(workload, pod),
    };
    let name = &workload.name;
    messages.into_iter().map(|it| Violation { file, message: format!("{name}: {it}") }).collect()
}

fn compose(service: &Service<'_>, containers: &[Container<'_>]) -> Vec<String> {
    let mut found = Vec::new();
    let mut targets = HashSet::default();
    for mount in containers.iter().flat_map(|it| &it.mounts) {
        if matches!(&mount.origin, Origin::Other(_)) {
            continue;
        }
        if let Some(target) = mount.target.as_ref().filter(|it| !targets.insert(*it)) {
            found.push(format!("two mounts at {target}"));
        }
    }
    if service.entry("network_mode").is_some() && service.entry("networks").is_some() {
        found.push("network_mode beside networks".to_owned());
    }
    if service.boolean("read_only") != State::Unset && service.injects().is_some() {
        found.push("a read-only root beside files that are written at start".to_owned());
    }
    found.extend(twice(service));
    for key in ["cap_add", "cap_drop", "security_opt", "tmpfs", "volumes", "user"] {
        let null = |it: Entry<'_>| it.value.is_null() && it.written.tag().is_none();
        let null = service.levels.iter().any(|it| it.lookup(key).is_some_and(null));
        if null {
            found.push(format!("{key} is left empty"));
        }
    }
    found
}

/// Items that stand twice: Compose unites the capabilities of its layers, and appends the security options.
fn twice(service: &Service<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for key in ["cap_add", "cap_drop", "security_opt"] {
        let items = service.list(key);
        if items.len() < 2 {
            continue;
        }
        let mut known = HashSet::default();
        for item in items {
            let layer = (key != "security_opt").then(|| (item.file, item.list.value.id()));
            // The schema is held against what the variables leave.
            let text = item.node.resolve().value().map(|_| service.evaluate(item.node).value);
            if let Some(text) = text.filter(|it| !known.insert((layer, it.clone()))) {
                found.push(format!("{text} stands twice in {key}"));
            }
        }
    }
    found
}
