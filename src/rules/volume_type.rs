//! `volume-type`: a pod volume of a type that the restricted standard does not admit.

use super::{Case, Check, Rule, Weakness};
use crate::finding::{Severity, Site};
use crate::workload::kubernetes::ALLOWED_VOLUMES;
use crate::workload::{Dialect, view};

pub(super) static RULE: Rule = Rule {
    id: "volume-type",
    summary: "a volume is of a type that the restricted standard does not admit",
    severity: Severity::Medium,
    docs: "Drivers built into Kubernetes run with the node's rights and hold credentials in the pod spec. The restricted \
standard admits configMap, csi, downwardAPI, emptyDir, ephemeral, image, persistentVolumeClaim, projected and secret: \
move the others behind a claim.",
    example: "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers: [{name: a, image: a}]\n  volumes:\n    - name: data\n      nfs: {server: files, path: /data}\n",
    references: &["PSS restricted", "KSV-0028"],
    follows: &[],
    check: Check::Workload(check),
};

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    let Dialect::Kubernetes(pod) = &case.workload.dialect else { return Vec::new() };
    let volumes = pod.volumes().into_iter().filter_map(|volume| {
        let odd = view::entries(volume).into_iter().find(|it| {
            let name = it.key.value().unwrap_or("");
            name != "name" && !ALLOWED_VOLUMES.contains(&name)
        })?;
        let kind = odd.key.value()?;
        // A path of the host has rules of its own that say more, except where it is read-only data.
        let site = Site { file: pod.file, span: odd.key.span() };
        Some(Weakness::new(site, format!("a volume of type {kind} is not admitted by the restricted standard")).advice(
            match kind {
                "hostPath" => "move the data to a persistentVolumeClaim; a `local` PersistentVolume can hold node paths",
                _ => "move it behind a persistentVolumeClaim",
            },
        ))
    });
    volumes.collect()
}
