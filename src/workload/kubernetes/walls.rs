//! The settings of a pod that take a wall of the platform down.

use std::collections::HashMap;

use super::{Pod, Shape, scalar};
use crate::workload::view::{self, Entry};
use crate::workload::{Breach, Remedy, Wall};
use crate::yaml::Node;

const SECURITY: &str = "securityContext";
const APPARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";
const SECCOMP: &str = "container.seccomp.security.alpha.kubernetes.io/";
const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";

/// SELinux types that keep a container contained.
const SELINUX_TYPES: &[&str] =
    &["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

impl<'t> Pod<'t> {
    /// The settings that take a wall down: those of the pod count for its first container.
    pub fn breaches(&self, index: usize) -> Vec<Breach<'t>> {
        let mut all = Vec::new();
        let mut contexts = vec![self.context(self.slots[index].node)];
        if index == 0 && self.shape != Shape::Containers {
            contexts.push(self.pod_context());
        }
        if index == 0 {
            let template = self.step_template(self.slots[index].node);
            contexts.push(template.and_then(|it| self.context(it)));
        }
        for context in contexts.into_iter().flatten() {
            all.extend(self.seccomp(context));
            all.extend(self.apparmor(context, index));
            self.labels(context, &mut all);
        }
        let masks = self.own(index, "procMount");
        all.extend(masks.filter(|it| it.value.value() != Some("Default")).map(|it| {
            self.breach(Wall::MaskedPaths, "", &it, Remedy::RemoveKeys(vec![(self.file, it.key)]))
        }));
        if self.shape != Shape::Containers {
            self.old_annotations(index, &mut all);
        }
        all
    }

    fn context(&self, holder: Node<'t>) -> Option<Node<'t>> {
        view::lookup(holder, SECURITY).map(|it| it.value)
    }

    fn seccomp(&self, context: Node<'t>) -> Option<Breach<'t>> {
        let profile = view::lookup(context, "seccompProfile")?;
        let kind = view::lookup(profile.value, "type").filter(is_no_profile)?;
        // A file of its own beside the default profile would be refused.
        let file = view::lookup(profile.value, "localhostProfile").map(|it| it.key);
        let remedy = Remedy::Replace {
            file: self.file,
            scalar: kind.written,
            by: "RuntimeDefault",
            remove: file.into_iter().collect(),
        };
        Some(self.breach(Wall::Seccomp, "seccompProfile.", &kind, remedy))
    }

    /// The field goes with the older annotation, which must agree with it.
    fn apparmor(&self, context: Node<'t>, index: usize) -> Option<Breach<'t>> {
        let profile = view::lookup(context, "appArmorProfile")?;
        let kind = view::lookup(profile.value, "type").filter(is_no_profile)?;
        let annotation = self.apparmor_annotation(index).map(|it| it.key);
        let keys = [profile.key].into_iter().chain(annotation);
        let remedy = Remedy::RemoveKeys(keys.map(|it| (self.file, it)).collect());
        Some(self.breach(Wall::SecurityModule, "appArmorProfile.", &kind, remedy))
    }

    fn labels(&self, context: Node<'t>, all: &mut Vec<Breach<'t>>) {
        let Some(labels) = view::lookup(context, "seLinuxOptions") else { return };
        for entry in view::entries(labels.value) {
            let weak = match entry.key.value() {
                Some("type") => entry.value.value().is_some_and(|it| !SELINUX_TYPES.contains(&it)),
                Some("user" | "role") => {
                    entry.value.value().is_some_and(|it| !it.is_empty()) && !entry.value.is_null()
                }
                _ => false,
            };
            if weak {
                let remedy = Remedy::RemoveKeys(vec![(self.file, entry.key)]);
                all.push(self.breach(Wall::SecurityModule, "seLinuxOptions.", &entry, remedy));
            }
        }
    }

    /// Reads the annotations from before the fields; those for containers that the pod lacks count for its first one.
    pub(super) fn read_annotations(&self) -> HashMap<usize, Vec<Entry<'t>>> {
        let mut all: HashMap<usize, Vec<Entry<'t>>> = HashMap::default();
        if self.shape == Shape::Containers {
            return all;
        }
        let mut names = None;
        for entry in self.annotations("") {
            let key = entry.key.value().unwrap_or("");
            let name = [APPARMOR, SECCOMP].iter().find_map(|it| key.strip_prefix(it));
            let owner = match name {
                Some(name) => names.get_or_insert_with(|| self.names()).get(name).copied(),
                None if key == SECCOMP_POD => None,
                None => continue,
            };
            all.entry(owner.unwrap_or(0)).or_default().push(entry);
        }
        all
    }

    /// Annotations from before the fields that take a wall down.
    fn old_annotations(&self, index: usize, all: &mut Vec<Breach<'t>>) {
        for entry in self.old_annotations.get(&index).into_iter().flatten() {
            let key = entry.key.value().unwrap_or("");
            let value = entry.value.value().unwrap_or("");
            // The older name of the runtime's default filter.
            let docker = value == "docker/default" && !key.starts_with(APPARMOR);
            let default = value.is_empty() || value == "runtime/default" || docker;
            let profile = default || value.starts_with("localhost/");
            if profile {
                continue;
            }
            let wall = match key.starts_with(APPARMOR) {
                true => Wall::SecurityModule,
                false => Wall::Seccomp,
            };
            let goes_with = |it: &Breach<'_>| matches!(&it.remedy, Remedy::RemoveKeys(keys) if keys.iter().any(|it| it.1.id() == entry.key.id()));
            if !all.iter().any(goes_with) {
                let remedy = Remedy::RemoveKeys(vec![(self.file, entry.key)]);
                all.push(self.breach(wall, "", entry, remedy));
            }
        }
    }

    /// Whether the annotation from before the fields leaves all system calls to every container of the pod.
    pub fn says_unconfined(&self) -> bool {
        self.shape != Shape::Containers
            && self.annotation(SECCOMP_POD).is_some_and(|it| it.value.value() == Some("unconfined"))
    }

    fn breach(
        &self,
        wall: Wall,
        holder: &str,
        entry: &Entry<'t>,
        remedy: Remedy<'t>,
    ) -> Breach<'t> {
        let key = entry.key.value().unwrap_or("");
        let written = format!("{holder}{key}: {}", entry.value.value().unwrap_or(""));
        Breach { wall, written, custom: false, site: self.site(entry), remedy }
    }

    /// The older annotation that names the container's AppArmor profile.
    pub fn apparmor_annotation(&self, index: usize) -> Option<Entry<'t>> {
        let name = scalar(self.slots[index].node, "name")?;
        self.annotation(&format!("{APPARMOR}{name}"))
    }
}

/// Whether a profile's type stands for none; what cannot be known is let be.
fn is_no_profile(kind: &Entry<'_>) -> bool {
    let text = kind.value.value().unwrap_or("");
    !matches!(text, "RuntimeDefault" | "Localhost") && !text.contains("${") && !kind.value.is_null()
}
