//! `volume-type`: a pod volume of a type that the restricted standard does not admit.

use foldhash::HashSet;

use super::{Case, Check, Rule, Scope, Weakness};
use crate::evidence::host::{HostPath, judge, socket};
use crate::finding::{Severity, Site};
use crate::workload::kubernetes::{ALLOWED_VOLUMES, scalar};
use crate::workload::{Dialect, Handle, Mount, Origin, view};
use crate::yaml::{Node, NodeId};

pub(super) static RULE: Rule = Rule {
    id: "volume-type",
    summary: "a volume is of a type that the restricted standard does not admit",
    severity: Severity::Medium,
    docs: "Drivers built into Kubernetes run with the node's rights and hold credentials in the pod spec. The restricted \
standard admits configMap, csi, downwardAPI, emptyDir, ephemeral, image, persistentVolumeClaim, projected and secret: \
move the others behind a claim.",
    example: "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers: [{name: a, image: a}]\n  volumes:\n    - name: data\n      nfs: {server: files, path: /data}\n",
    pod: "",
    references: &["PSS restricted", "KSV-0028"],
    follows: &["host-mount"],
    scope: Scope::Pods,
    check: Check::Workload(check),
};

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    let Dialect::Kubernetes(pod) = &case.workload.dialect else { return Vec::new() };
    let hosts = pod.host_paths();
    let judged = hosts.iter().filter(|it| has_own_rule(it)).filter_map(volume);
    let judged: HashSet<NodeId> = judged.map(Node::id).collect();
    let odd = pod.volumes().iter().filter(|it| !judged.contains(&it.id())).filter_map(|volume| {
        view::entries(*volume).into_iter().find(|it| {
            let name = it.key.value().unwrap_or("");
            name != "name" && !ALLOWED_VOLUMES.contains(&name) && !scalar::is_null(it.value)
        })
    });
    odd.map(|entry| {
        let kind = entry.key.value().unwrap_or("");
        let site = Site { file: pod.file, span: entry.key.span() };
        let advice = match kind {
            "hostPath" => {
                "move the data to a persistentVolumeClaim; a `local` PersistentVolume can hold node paths"
            }
            _ => "move it behind a persistentVolumeClaim",
        };
        let message =
            format!("a volume of type {kind} is not admitted by the restricted standard");
        Weakness::new(site, message).advice(advice)
    })
    .collect()
}

/// A path of the host has rules that say more, except where it is harmless data that is only read.
fn has_own_rule(mount: &Mount<'_>) -> bool {
    match &mount.origin {
        Origin::Host(path) => {
            socket(path).is_some()
                || mount.propagation.is_some()
                || judge(path, mount.read_only, true) != HostPath::Fine
        }
        Origin::Volume(_)
        | Origin::Anonymous
        | Origin::Scratch
        | Origin::Other(_)
        | Origin::Unknown => false,
    }
}

fn volume<'t>(mount: &Mount<'t>) -> Option<Node<'t>> {
    match mount.handle {
        Handle::Pod { volume, .. } => volume,
        Handle::Item(_) | Handle::Key(..) => None,
    }
}
