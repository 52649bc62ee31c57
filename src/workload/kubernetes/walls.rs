//! The settings of a pod that take a wall of the platform down.

use std::collections::HashMap;

use super::{Pod, Shape, scalar};
use crate::workload::view::{self, Entry};
use crate::workload::{Breach, Remedy, Repair, Wall};
use crate::yaml::Node;

const SECURITY: &str = "securityContext";
const APPARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";
const SECCOMP: &str = "container.seccomp.security.alpha.kubernetes.io/";
const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";

/// SELinux types that keep a container contained.
const SELINUX_TYPES: &[&str] =
    &["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

/// Whether a type of SELinux keeps a container contained.
pub fn is_contained_type(name: &str) -> bool {
    SELINUX_TYPES.contains(&name)
}

/// A security context, with how it is reached.
#[derive(Clone, Copy)]
struct Context<'t> {
    at: Node<'t>,
    key: &'static str,
    node: Node<'t>,
}

impl<'t> Context<'t> {
    fn repair(&self, path: &[&'t str], by: Option<&'static str>) -> Repair<'t> {
        let path = [self.key].into_iter().chain(path.iter().copied());
        Repair { at: self.at, path: path.collect(), by }
    }
}

/// The container, where it has a security context that says how /proc is mounted.
fn setting_holder(container: Node<'_>) -> Option<Node<'_>> {
    container.get(SECURITY)?.get("procMount").map(|_| container)
}

/// Whether an annotation from before the fields names a profile.
pub(super) fn is_profile(annotation: &Entry<'_>) -> bool {
    let key = annotation.key.value().unwrap_or("");
    key == SECCOMP_POD || [APPARMOR, SECCOMP].iter().any(|it| key.starts_with(it))
}

/// Whether the annotations of a template name profiles.
pub(super) fn has_profiles(template: Node<'_>) -> bool {
    let metadata = view::lookup(template, "metadata");
    let all = metadata.and_then(|it| view::lookup(it.value, "annotations"));
    all.is_some_and(|it| view::entries(it.value).iter().any(is_profile))
}

impl<'t> Pod<'t> {
    /// The settings that take a wall down: those of the pod count for its first container.
    pub fn breaches(&self, index: usize) -> Vec<Breach<'t>> {
        let mut all = Vec::new();
        let node = self.slots[index].node;
        let mut holders = vec![(node, SECURITY)];
        if index == 0 && self.shape != Shape::Containers {
            holders.push((self.spec, self.pod_context_key()));
        }
        if index == 0 {
            holders.extend(self.step_template(node).map(|it| (it, SECURITY)));
        }
        for (at, key) in holders {
            let Some(context) = at.get(key) else { continue };
            let context = Context { at, key, node: context };
            all.extend(self.seccomp(context));
            all.extend(self.apparmor(context, index));
            self.labels(context, &mut all);
        }
        let masks = self.own(index, "procMount");
        all.extend(masks.filter(|it| it.value.value() != Some("Default")).map(|it| {
            let at = setting_holder(node).or_else(|| self.step_template(node)).unwrap_or(node);
            let path = vec![SECURITY, "procMount"];
            let remedy = Remedy::Settings(vec![Repair { at, path, by: None }]);
            self.breach(Wall::MaskedPaths, "", &it, remedy)
        }));
        if self.shape != Shape::Containers {
            self.old_annotations(index, &mut all);
        }
        all
    }

    fn seccomp(&self, context: Context<'t>) -> Option<Breach<'t>> {
        let profile = view::lookup(context.node, "seccompProfile")?;
        let kind = view::lookup(profile.value, "type").filter(is_no_profile)?;
        let mut repairs = vec![context.repair(&["seccompProfile", "type"], Some("RuntimeDefault"))];
        // A file of its own beside the default profile would be refused.
        if profile.value.get("localhostProfile").is_some() {
            repairs.push(context.repair(&["seccompProfile", "localhostProfile"], None));
        }
        Some(self.breach(Wall::Seccomp, "seccompProfile.", &kind, Remedy::Settings(repairs)))
    }

    /// The field goes with the older annotation, which must agree with it.
    fn apparmor(&self, context: Context<'t>, index: usize) -> Option<Breach<'t>> {
        let profile = view::lookup(context.node, "appArmorProfile")?;
        let kind = view::lookup(profile.value, "type").filter(is_no_profile)?;
        let mut repairs = vec![context.repair(&["appArmorProfile"], None)];
        repairs.extend(self.apparmor_annotation(index).and_then(|it| self.without(&it)));
        Some(self.breach(
            Wall::SecurityModule,
            "appArmorProfile.",
            &kind,
            Remedy::Settings(repairs),
        ))
    }

    /// An annotation goes.
    fn without(&self, annotation: &Entry<'t>) -> Option<Repair<'t>> {
        let path = vec!["metadata", "annotations", annotation.key.value()?];
        Some(Repair { at: self.template, path, by: None })
    }

    fn labels(&self, context: Context<'t>, all: &mut Vec<Breach<'t>>) {
        let Some(labels) = view::lookup(context.node, "seLinuxOptions") else { return };
        for entry in view::entries(labels.value) {
            let said = entry.value.value().filter(|_| !scalar::is_null(entry.value));
            let weak = match entry.key.value() {
                Some("type") => said.is_some_and(|it| !is_contained_type(it)),
                Some("user" | "role") => said.is_some_and(|it| !it.is_empty()),
                _ => false,
            };
            if weak {
                let key = entry.key.value().unwrap_or("");
                let repair = context.repair(&["seLinuxOptions", key], None);
                let remedy = Remedy::Settings(vec![repair]);
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
            if profile || scalar::is_null(entry.value) {
                continue;
            }
            let wall = match key.starts_with(APPARMOR) {
                true => Wall::SecurityModule,
                false => Wall::Seccomp,
            };
            let goes_with = |it: &Breach<'_>| matches!(&it.remedy, Remedy::Settings(all) if all.iter().any(|it| it.path.last() == Some(&key)));
            if !all.iter().any(goes_with) {
                let remedy = Remedy::Settings(self.without(entry).into_iter().collect());
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
    !matches!(text, "RuntimeDefault" | "Localhost")
        && !text.contains("${")
        && !scalar::is_null(kind.value)
}
