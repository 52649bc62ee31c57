//! `useless-capabilities`: capabilities are added that the process cannot use.

use std::borrow::Cow;

use super::added_capabilities::ADMITTED;
use super::dangerous_capabilities::severity;
use super::{Case, Check, Proposal, Rule, Scope, Weakness};
use crate::finding::{Confidence, Severity};
use crate::workload::State;

pub(super) static RULE: Rule = Rule {
    id: "useless-capabilities",
    summary: "a capability is added that the process cannot use",
    severity: Severity::Low,
    docs: "A process that is not root holds no capability, and with new privileges forbidden it gains none: an added \
capability is only a promise to the next bug.\n\n**The fix may break** programs with file capabilities, which refuse to \
start when theirs is missing.",
    example: "services:\n  web:\n    image: example\n    user: \"10001:10001\"\n    cap_add: [CHOWN]\n    security_opt: [\"no-new-privileges:true\"]\n",
    pod: "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: web\n      image: example\n      securityContext:\n        runAsUser: 10001\n        allowPrivilegeEscalation: false\n        capabilities: {add: [NET_BIND_SERVICE]}\n",
    references: &["CIS Docker 5.4"],
    follows: &["root-user", "privilege-escalation"],
    scope: Scope::saying(&["cap_add"]),
    check: Check::Container(check),
};

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    let locked = matches!(case.workload.no_new_privileges(case.container), State::On(_));
    if !locked || !case.evidence.runs_as.is_not_root() {
        return Vec::new();
    }
    let lists = &case.container.capabilities;
    // In a pod the others are `added-capabilities`, whoever the process is.
    let judged = |name: &str| !case.workload.is_kubernetes() || name == ADMITTED;
    let idle = lists.add.iter().filter(|it| {
        severity(&it.name).is_none() && judged(&it.name) && !case.settings.keep.contains(&it.name)
    });
    let idle = idle.filter(|it| !case.evidence.keep.value.iter().any(|kept| kept.name == it.name));
    let keep = &case.evidence.keep;
    let basis: Cow<'static, str> = match case.evidence.image {
        Some(_) if keep.confidence >= Confidence::Likely => {
            "no program of this image is known to have it as a file capability".into()
        }
        Some(_) => keep.basis.clone(),
        None => "nothing is known of file capabilities in this image".into(),
    };
    let idle = idle.map(|it| {
        let written = case.workload.remove_capabilities(case.container, &[it]);
        let title = format!("do not add {}", it.name);
        let fix = Proposal::risky(title, written, "programs with file capabilities");
        let sure = match case.evidence.image {
            Some(_) => keep.confidence.min(Confidence::Likely),
            None => Confidence::Risky,
        };
        let fix = fix.because(sure, basis.clone());
        Weakness::new(it.site, format!("{} is added for a process that cannot use it", it.name))
            .fix(fix)
    });
    idle.collect()
}
