//! `privileged`: the container is given the host.

use super::{Case, Check, Proposal, Rule, Scope, Weakness};
use crate::finding::Severity;
use crate::workload::act::Switch;
use crate::workload::{Flag, State};

pub(super) static RULE: Rule = Rule {
    id: "privileged",
    summary: "the container is privileged",
    severity: Severity::Critical,
    docs: "A privileged container gets every capability, every device and no system call filter, so that the other \
settings stop mattering.\n\n**The fix may break** whatever needs a device, a mount or a kernel setting: add back the \
one device or capability that it needs, with a comment that says why.",
    example: "services:\n  web:\n    image: example\n    privileged: true\n",
    pod: "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: web\n      image: example\n      securityContext:\n        privileged: true\n",
    references: &[
        "CIS Docker 5.5",
        "CIS Kubernetes 5.2.2",
        "PSS baseline",
        "CKV_K8S_16",
        "KSV-0017",
        "C-0057",
    ],
    follows: &[],
    scope: Scope::saying(&["privileged"]),
    check: Check::Container(check),
};

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    let State::On(site) = case.workload.flag(case.container, Flag::Privileged) else {
        return Vec::new();
    };
    let weakness = Weakness::new(site, "the container is privileged");
    let mounts = &case.container.mounts;
    if case.workload.is_kubernetes() && mounts.iter().any(|it| it.propagation.is_some()) {
        return vec![weakness.advice(
            "it mounts a volume with Bidirectional propagation, which only privileged containers may: change the mount first",
        )];
    }
    if case.evidence.needs_host {
        return vec![weakness.advice("the image uses the host on purpose: give it only the devices and capabilities that its documentation names")];
    }
    let written = case.workload.set_flag(case.container, Flag::Privileged, Switch::Off);
    let devices = case.workload.device_paths();
    let probably = match devices.is_empty() {
        true => "devices, mounts and kernel settings".to_owned(),
        false => format!("the use of {}, mounts and kernel settings", devices.join(", ")),
    };
    vec![weakness.fix(Proposal::risky("set privileged to false", written, probably))]
}
