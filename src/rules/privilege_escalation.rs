//! `privilege-escalation`: a setuid program can hand back the power that the container gave up.

use super::{Case, Check, Proposal, Rule, Scope, Weakness};
use crate::evidence::Target;
use crate::finding::Severity;
use crate::images::Aspect;
use crate::workload::{Flag, State};

pub(super) static RULE: Rule = Rule {
    id: "privilege-escalation",
    summary: "new privileges can be gained",
    severity: Severity::High,
    docs: "With no-new-privileges set, no setuid program can hand back the power the container gave up. Entrypoints that \
drop from root to their own user (gosu, su-exec, setpriv) are not affected.\n\n**The fix may break** sudo and su from a \
user that is not root, and setuid mail helpers.",
    example: "services:\n  web:\n    image: example\n    user: \"10001:10001\"\n    cap_drop: [ALL]\n",
    pod: "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: web\n      image: example\n      securityContext:\n        runAsNonRoot: true\n        runAsUser: 10001\n        capabilities: {drop: [ALL]}\n",
    references: &[
        "CIS Docker 5.26",
        "CIS Kubernetes 5.2.6",
        "PSS restricted",
        "CKV_K8S_20",
        "KSV-0001",
        "C-0016",
    ],
    follows: &[],
    scope: Scope::Anywhere,
    check: Check::Container(check),
};

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    if case.workload.is_windows() {
        return Vec::new();
    }
    let is_stack = case.evidence.platform.target == Target::Swarm && !case.workload.is_kubernetes();
    let off = case.workload.no_new_privileges(case.container);
    let (site, message) = match off {
        State::On(site) if is_stack => (site, "a stack does not apply security_opt"),
        State::On(_) | State::Unknown(_) => return Vec::new(),
        State::Unset if case.workload.is_fragment(case.container) => return Vec::new(),
        State::Unset => (case.container.site, "new privileges are not forbidden"),
        State::Off(site) => (site, "new privileges are allowed"),
    };
    let weakness = Weakness::new(site, message);
    if is_stack {
        return vec![weakness.advice(
            "a stack cannot say so: set \"no-new-privileges\": true in the daemon.json of every node",
        )];
    }
    let advice = &case.evidence.no_new_privileges;
    let written = case.workload.forbid_new_privileges(case.container);
    let written = case.with_variables(Aspect::Nnp, written);
    let mut fix = Proposal::advised("forbid new privileges", advice, written);
    if matches!(off, State::Off(_)) {
        let what = match case.workload.is_kubernetes() {
            true => "allowPrivilegeEscalation: true",
            false => "no-new-privileges:false",
        };
        fix = fix.against_what_is_written(what);
    }
    for rule in against(case) {
        let basis = format!("the API server takes it only once `{rule}` is mended");
        let risk = "whatever the container holds those privileges for";
        fix = fix.needs(&[rule]).no_more_than_risky(basis, risk);
    }
    vec![weakness.fix(fix)]
}

/// The rules whose weaknesses the platform refuses beside this fix.
fn against(case: &Case<'_, '_>) -> Vec<&'static str> {
    let privileged = matches!(case.workload.flag(case.container, Flag::Privileged), State::On(_));
    let lists = &case.container.capabilities;
    let admin = lists.add.iter().any(|it| it.name == "SYS_ADMIN");
    let mut rules = Vec::new();
    if case.workload.is_kubernetes() {
        rules.extend(privileged.then_some("privileged"));
        rules.extend(admin.then_some("dangerous-capabilities"));
    }
    rules
}
