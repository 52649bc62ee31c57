//! `root-group`: the user is not root, but its group is.

use super::{Case, Check, Proposal, Rule, Scope, Weakness};
use crate::evidence::RunsAs;
use crate::finding::{Confidence, Severity, Site};
use crate::workload::kubernetes::scalar;
use crate::workload::{Dialect, Id, Item};
use crate::yaml::{Action, Node, Value};

pub(super) static RULE: Rule = Rule {
    id: "root-group",
    summary: "the group is root, since none is named",
    severity: Severity::Low,
    docs: "Leaving the group out silently means group 0, unless the image knows the user. In Kubernetes `fsGroup` and \
`supplementalGroups` put every process of the pod into a group beside its own, in Compose `group_add` does.\n\n**The fix may break** images \
that are made for arbitrary users and keep their folders writable for group 0 (OpenShift style, Bitnami); where that is \
known of the image, the group is left as it is.",
    example: "services:\n  web:\n    image: example\n    user: \"10001\"\n",
    pod: "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: web\n      image: example\n      securityContext:\n        runAsUser: 10001\n",
    references: &["C-0013", "KSV-0021", "KSV-0116"],
    follows: &["root-user"],
    scope: Scope::Anywhere,
    check: Check::Container(check),
};

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    if case.workload.is_windows() {
        return Vec::new();
    }
    let mut found = of_the_container(case);
    found.extend(of_the_service(case));
    if case.container.index == 0 && case.known.iter().all(|it| !it.for_group_zero) {
        found.extend(of_the_pod(case));
    }
    found
}

/// Compose: groups that its process is in beside its own.
fn of_the_service(case: &Case<'_, '_>) -> Vec<Weakness> {
    let Dialect::Compose(service) = &case.workload.dialect else { return Vec::new() };
    if case.evidence.for_group_zero {
        return Vec::new();
    }
    let is_root = |it: &Item<'_>| {
        let text = service.evaluate(it.node.resolve());
        text.known().is_some_and(|it| it == "root" || it.parse() == Ok(0))
    };
    let weakness = |item: Item<'_>| {
        let site = Site { file: item.file, span: item.node.span() };
        let written = case.workload.remove_items(case.container, "group_add", &[item]);
        let fix = Proposal::risky(
            "take group 0 from the added groups",
            written,
            "files that only group 0 may read or write",
        );
        Weakness::new(site, "its process is in group 0 as well").fix(fix)
    };
    service.list("group_add").into_iter().filter(is_root).map(weakness).collect()
}

/// Kubernetes: groups that every process of the pod is in beside its own.
fn of_the_pod(case: &Case<'_, '_>) -> Vec<Weakness> {
    let Dialect::Kubernetes(pod) = &case.workload.dialect else { return Vec::new() };
    let is_root = |it: Node<'_>| scalar::integer(it) == Some(0);
    let mut found = Vec::new();
    if let Some(entry) = pod.pod_level("fsGroup").filter(|it| is_root(it.value)) {
        let message = "fsGroup is root: its volumes belong to group 0, and every process is in it";
        let weakness = Weakness::new(pod.site(&entry), message);
        found.push(match group(case) {
            Some(gid) => {
                let value = Action::Ensure(Value::from(i64::from(gid)));
                let written = pod.change(pod.spec, &["securityContext", "fsGroup"], value);
                let title = format!("give the volumes to group {gid}");
                weakness.fix(Proposal::risky(title, written, "what reads the volumes as group 0"))
            }
            None => weakness.advice("name the group that the containers run in"),
        });
    }
    for item in pod.pod_items("supplementalGroups") {
        if is_root(item.node) {
            let site = Site { file: pod.file, span: item.node.span() };
            let written = pod.remove_pod_items(&[item]);
            let fix = Proposal::risky(
                "take group 0 from the supplemental groups",
                written,
                "files that only group 0 may read or write",
            );
            found.push(Weakness::new(site, "every process of the pod is in group 0").fix(fix));
        }
    }
    found
}

/// The group that all containers of the pod run in, where that is named and not root's.
fn group(case: &Case<'_, '_>) -> Option<u32> {
    let mut groups = case.known.iter().map(|it| match it.identity.group {
        Id::Number(gid) if gid > 0 => Some(gid),
        Id::Number(_) | Id::Unset | Id::Name(_) | Id::Unknown => None,
    });
    let first = groups.next()??;
    groups.all(|it| it == Some(first)).then_some(first)
}

fn of_the_container(case: &Case<'_, '_>) -> Vec<Weakness> {
    let identity = &case.evidence.identity;
    let RunsAs::User(uid) = case.evidence.runs_as else { return Vec::new() };
    if case.evidence.for_group_zero {
        return Vec::new();
    }
    let message = match &identity.group {
        Id::Unset if case.workload.is_fragment(case.container) => return Vec::new(),
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
