//! `unmasked-paths`: the masks over /proc and /sys are off.

use super::{Case, Check, Proposal, Rule, Scope, Weakness};
use crate::finding::Severity;
use crate::workload::Wall;

pub(super) static RULE: Rule = Rule {
    id: "unmasked-paths",
    summary: "the masks over /proc and /sys are off",
    severity: Severity::High,
    docs: "Runtimes hide or protect the files under /proc and /sys that configure the kernel. Without the masks a root \
process in the container writes to them.\n\n**The fix may break** containers inside of the container, and tools that \
read the kernel's settings.",
    example: "services:\n  web:\n    image: example\n    security_opt:\n      - systempaths=unconfined\n",
    pod: "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: web\n      image: example\n      securityContext:\n        procMount: Unmasked\n",
    references: &["PSS baseline", "CKV_K8S_27", "KSV-0027", "C-0211"],
    follows: &[],
    scope: Scope::saying(&["security_opt"]),
    check: Check::Container(check),
};

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    let breaches = &case.container.breaches;
    let off = breaches.iter().filter(|it| it.wall == Wall::MaskedPaths);
    let found = off.map(|it| {
        let written = case.workload.restore(case.container, it);
        Weakness::new(it.site, format!("the masks over /proc and /sys are off: {}", it.written))
            .fix(Proposal::risky("keep the masks", written, "what the masks were taken off for"))
    });
    found.collect()
}
