//! Pods that serve the platform itself.

use super::{Pod, Shape, scalar};
use crate::workload::Origin;
use crate::workload::view::{self, Entry};
use crate::yaml::Node;

/// Host paths that only the platform itself mounts.
const PLATFORM_PATHS: &[&str] = &[
    "/opt/cni",
    "/etc/cni",
    "/var/lib/kubelet",
    "/var/lib/cni",
    "/lib/modules",
    "/run/flannel",
    "/var/run/calico",
    "/run/calico",
];

impl<'t> Pod<'t> {
    /// Whether the pod serves the platform itself.
    pub fn is_system(&self) -> bool {
        let metadata = view::lookup(self.object, "metadata").map(|it| it.value);
        let namespace = metadata.and_then(|it| scalar(it, "namespace")).unwrap_or("");
        let reserved = namespace == "kube-node-lease" || namespace.ends_with("-system");
        if reserved || self.shape == Shape::Containers {
            return reserved;
        }
        let critical = scalar(self.spec, "priorityClassName")
            .is_some_and(|it| it.starts_with("system-") && it.ends_with("-critical"));
        let hosts = self.host_paths();
        let platform = hosts.iter().any(|it| match &it.origin {
            Origin::Host(path) => PLATFORM_PATHS.iter().any(|known| {
                path == known || path.strip_prefix(known).is_some_and(|rest| rest.starts_with('/'))
            }),
            _ => false,
        });
        critical || platform || self.shares_mounts() || self.on_every_node(!hosts.is_empty())
    }

    /// Whether what a container mounts shows up on the node, be the volume a path of the host or not.
    fn shares_mounts(&self) -> bool {
        let mounts = |node| view::lookup(node, "volumeMounts").into_iter();
        let mut mounts =
            self.slots.iter().flat_map(|it| mounts(it.node)).flat_map(|it| it.value.items());
        mounts.any(|it| scalar(it.resolve(), "mountPropagation") == Some("Bidirectional"))
    }

    fn on_every_node(&self, has_host_path: bool) -> bool {
        let tolerations = view::lookup(self.spec, "tolerations");
        let blanket = tolerations
            .into_iter()
            .flat_map(|it| it.value.items())
            .any(|it| scalar(it, "operator") == Some("Exists") && it.get("key").is_none());
        let mirrored = metadata_annotation(self.object, "kubernetes.io/config.source").is_some();
        (self.kind == "DaemonSet" && blanket && has_host_path) || mirrored
    }
}

fn metadata_annotation<'t>(object: Node<'t>, key: &str) -> Option<Entry<'t>> {
    let metadata = view::lookup(object, "metadata")?.value;
    view::lookup(view::lookup(metadata, "annotations")?.value, key)
}
