//! `root-group`: the user is not root, but its group is.

use super::{Case, Check, Proposal, Rule, Scope, Weakness};
use crate::evidence::RunsAs;
use crate::finding::{Confidence, Severity};
use crate::workload::{Dialect, Id};
use crate::yaml::Value;

pub(super) static RULE: Rule = Rule {
    id: "root-group",
    summary: "the group is root, since none is named",
    severity: Severity::Low,
    docs: "Leaving the group out silently means group 0, unless the image knows the user.\n\n**The fix may break** images \
that are made for arbitrary users and keep their folders writable for group 0 (OpenShift style, Bitnami); where that is \
known of the image, the group is left as it is.",
    example: "services:\n  web:\n    image: example\n    user: \"10001\"\n",
    references: &["C-0013", "KSV-0021", "KSV-0116"],
    follows: &["root-user"],
    scope: Scope::Anywhere,
    check: Check::Container(check),
};

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    let identity = &case.evidence.identity;
    let RunsAs::User(uid) = case.evidence.runs_as else { return Vec::new() };
    if case.workload.is_windows() || case.evidence.for_group_zero {
        return Vec::new();
    }
    let message = match &identity.group {
        Id::Unset => "no group is named, which means group 0",
        Id::Number(0) => "the group is root",
        Id::Name(name) if name == "root" => "the group is root",
        Id::Number(_) | Id::Name(_) | Id::Unknown => return Vec::new(),
    };
    let site = identity.site.unwrap_or(case.container.site);
    let written = match &case.workload.dialect {
        Dialect::Compose(service) => service.run_in_group(uid),
        Dialect::Kubernetes(pod) => {
            pod.set_shared(case.container.index, "runAsGroup", Value::from(i64::from(uid)), &[])
        }
    };
    let fix = Proposal::risky(
        format!("run in group {uid}"),
        written,
        "files that only group 0 may write",
    )
    .because(Confidence::Risky, "nothing shows which folders the image keeps for group 0");
    vec![Weakness::new(site, message).fix(fix)]
}
