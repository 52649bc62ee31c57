//! `lsm-off`: AppArmor or SELinux is switched off or told to look away.

use super::{Case, Check, Proposal, Rule, Scope, Weakness};
use crate::finding::{Confidence, Severity};
use crate::workload::{Origin, Wall};

pub(super) static RULE: Rule = Rule {
    id: "lsm-off",
    summary: "AppArmor or SELinux is switched off",
    severity: Severity::High,
    docs: "The platform profile is a second wall that costs nothing to leave standing.\n\n**The fix may break** access to \
folders of the host that are not labelled for containers, on hosts with SELinux: give those mounts `:z`.",
    example: "services:\n  web:\n    image: example\n    security_opt:\n      - apparmor:unconfined\n",
    pod: "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: web\n      image: example\n      securityContext:\n        appArmorProfile: {type: Unconfined}\n",
    references: &[
        "CIS Docker 5.2",
        "CIS Docker 5.3",
        "PSS baseline",
        "KSV-0002",
        "KSV-0025",
        "C-0055",
    ],
    follows: &[],
    scope: Scope::saying(&["security_opt"]),
    check: Check::Container(check),
};

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    if case.workload.is_windows() {
        return Vec::new();
    }
    let breaches = &case.container.breaches;
    let off = breaches.iter().filter(|it| it.wall == Wall::SecurityModule);
    let host_data = || {
        let mut mounts = case.workload.containers.iter().flat_map(|it| &it.mounts);
        mounts.any(|it| matches!(it.origin, Origin::Host(_)))
    };
    let labels = |it: &str| it.contains("label") || it.starts_with("seLinuxOptions");
    let found = off.map(|it| {
        let written = case.workload.restore(case.container, it);
        let title = "keep the platform's profile";
        let fix = match labels(&it.written) && host_data() {
            true => Proposal::risky(
                title,
                written,
                "access to mounted folders of the host, on hosts with SELinux",
            )
            .because(
                Confidence::Risky,
                "folders of the host are mounted, and may not be labelled for containers",
            ),
            false => Proposal::risky(title, written, "what the profile was switched off for"),
        };
        Weakness::new(it.site, format!("the platform's policy is switched off: {}", it.written))
            .fix(fix)
    });
    found.collect()
}
