//! The settings of a pod that take a wall of the platform down.

use super::{Pod, Shape, scalar};
use crate::workload::view::{self, Entry};
use crate::workload::{Breach, Remedy, Wall};
use crate::yaml::Node;

const SECURITY: &str = "securityContext";

impl<'t> Pod<'t> {
    /// The settings that take a wall down: those of the pod count for its first container.
    pub fn breaches(&self, index: usize) -> Vec<Breach<'t>> {
        let mut all = Vec::new();
        let mut contexts = vec![self.context(self.slots[index].node)];
        if index == 0 && self.shape == Shape::Pod {
            contexts.push(self.context(self.spec));
        }
        for context in contexts.into_iter().flatten() {
            self.profiles(context, index, &mut all);
            self.labels(context, &mut all);
        }
        if let Some(entry) = self.own(index, "procMount")
            && entry.value.value() == Some("Unmasked")
        {
            all.push(self.breach(
                Wall::MaskedPaths,
                &entry,
                Remedy::RemoveKeys(vec![(self.file, entry.key)]),
            ));
        }
        if self.shape == Shape::Pod {
            self.old_annotations(index, &mut all);
        }
        all
    }

    fn context(&self, holder: Node<'t>) -> Option<Node<'t>> {
        view::lookup(holder, SECURITY).map(|it| it.value)
    }

    fn profiles(&self, context: Node<'t>, index: usize, all: &mut Vec<Breach<'t>>) {
        for (key, wall) in
            [("seccompProfile", Wall::Seccomp), ("appArmorProfile", Wall::SecurityModule)]
        {
            let Some(profile) = view::lookup(context, key) else { continue };
            let Some(kind) = view::lookup(profile.value, "type") else { continue };
            if kind.value.value() != Some("Unconfined") {
                continue;
            }
            let remedy = match wall {
                Wall::Seccomp => Remedy::Replace {
                    file: self.file,
                    scalar: kind.written,
                    by: "RuntimeDefault",
                    remove: Vec::new(),
                },
                Wall::SecurityModule | Wall::MaskedPaths => {
                    let annotation = self.apparmor_annotation(index).map(|it| (self.file, it.key));
                    Remedy::RemoveKeys(
                        [(self.file, profile.key)].into_iter().chain(annotation).collect(),
                    )
                }
            };
            all.push(self.breach(wall, &kind, remedy));
        }
    }

    fn labels(&self, context: Node<'t>, all: &mut Vec<Breach<'t>>) {
        const FINE: &[&str] =
            &["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
        let Some(labels) = view::lookup(context, "seLinuxOptions") else { return };
        for entry in view::entries(labels.value) {
            let weak = match entry.key.value() {
                Some("type") => entry.value.value().is_some_and(|it| !FINE.contains(&it)),
                Some("user" | "role") => entry.value.value().is_some_and(|it| !it.is_empty()),
                _ => false,
            };
            if weak {
                all.push(self.breach(
                    Wall::SecurityModule,
                    &entry,
                    Remedy::RemoveKeys(vec![(self.file, entry.key)]),
                ));
            }
        }
    }

    fn old_annotations(&self, index: usize, all: &mut Vec<Breach<'t>>) {
        if let Some(entry) = self.apparmor_annotation(index) {
            let known = all.iter().any(|it| matches!(&it.remedy, Remedy::RemoveKeys(keys) if keys.iter().any(|key| key.1.id() == entry.key.id())));
            if entry.value.value() == Some("unconfined") && !known {
                all.push(self.breach(
                    Wall::SecurityModule,
                    &entry,
                    Remedy::RemoveKeys(vec![(self.file, entry.key)]),
                ));
            }
        }
        let name = scalar(self.slots[index].node, "name").unwrap_or("");
        let own = format!("container.seccomp.security.alpha.kubernetes.io/{name}");
        let pod = (index == 0).then_some("seccomp.security.alpha.kubernetes.io/pod");
        for key in [Some(own.as_str()), pod].into_iter().flatten() {
            let Some(entry) = self.annotation(key) else { continue };
            if entry.value.value() == Some("unconfined") {
                all.push(self.breach(
                    Wall::Seccomp,
                    &entry,
                    Remedy::RemoveKeys(vec![(self.file, entry.key)]),
                ));
            }
        }
    }

    fn breach(&self, wall: Wall, entry: &Entry<'t>, remedy: Remedy<'t>) -> Breach<'t> {
        let key = entry.key.value().unwrap_or("");
        let written = format!("{key}: {}", entry.value.value().unwrap_or(""));
        Breach { wall, written, custom: false, site: self.site(entry), remedy }
    }

    fn apparmor_annotation(&self, index: usize) -> Option<Entry<'t>> {
        let name = scalar(self.slots[index].node, "name")?;
        self.annotation(&format!("container.apparmor.security.beta.kubernetes.io/{name}"))
    }
}
