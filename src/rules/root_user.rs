//! `root-user`: the container runs as root.

use super::{Case, Check, Proposal, Rule, Scope, Weakness};
use crate::evidence::RunsAs;
use crate::finding::{Confidence, Severity};
use crate::images::Aspect;
use crate::workload::kubernetes::scalar;
use crate::workload::{Dialect, Id, State, Written};
use crate::yaml::{Node, Value};

pub(super) static RULE: Rule = Rule {
    id: "root-user",
    summary: "the container runs as root, or may",
    severity: Severity::High,
    docs: "A process that is not uid 0 cannot use most of what an exploit of it would want. Where nothing says otherwise \
the image decides, and most images say root. On Windows the same is said of ContainerAdministrator.\n\n**The fix may break** services whose entrypoint must start as root, and \
data on volumes that belong to another user: change the owner of the data first. Files that are put into a volume from \
outside, as by `docker cp`, belong to root, and an image that starts as its own user no longer takes them over.",
    example: "services:\n  web:\n    image: example\n",
    pod: "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: web\n      image: example\n",
    references: &[
        "CIS Docker 4.1",
        "CIS Kubernetes 5.2.7",
        "PSS restricted",
        "CKV_K8S_23",
        "KSV-0012",
        "C-0013",
    ],
    follows: &["root-user"],
    scope: Scope::Anywhere,
    check: Check::Container(check),
};

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    if case.workload.is_windows() {
        return administrator(case).into_iter().collect();
    }
    let partial = case.workload.is_fragment(case.container);
    let identity = &case.evidence.identity;
    let site = identity.site.unwrap_or(case.container.site);
    let mut found = overridden(case);
    found.extend(refused(case).filter(|_| !partial));
    found.extend(match case.evidence.runs_as {
        RunsAs::Undecided if partial && !matches!(identity.non_root, State::Off(_)) => Vec::new(),
        RunsAs::Root => vec![another_user(case, Weakness::new(site, "the container runs as root"))],
        RunsAs::Undecided => {
            vec![another_user(
                case,
                Weakness::new(site, "nothing keeps the container from running as root"),
            )]
        }
        RunsAs::User(uid) => not_enforced(case, uid),
        RunsAs::SomeoneElse | RunsAs::Opaque => Vec::new(),
    });
    found
}

/// Kubernetes: the pod says root, every container says otherwise; the standard looks at both.
fn overridden(case: &Case<'_, '_>) -> Vec<Weakness> {
    let Dialect::Kubernetes(pod) = &case.workload.dialect else { return Vec::new() };
    if case.container.index != 0 {
        return Vec::new();
    }
    let weak = |key: &&str| {
        let entry = pod.pod_level(key)?;
        let root =
            scalar::integer(entry.value) == Some(0) || scalar::boolean(entry.value) == Some(false);
        let mut slots = pod.written_slots();
        (root && slots.all(|(index, _)| pod.own(index, key).is_some())).then_some(entry)
    };
    let entries = ["runAsUser", "runAsNonRoot"].iter().filter_map(weak);
    let found = entries.map(|it| {
        let key = it.key.value().unwrap_or("");
        let message = format!("the pod says {key}: {}", it.value.value().unwrap_or(""));
        let fix = Proposal::safe("remove it from the pod", pod.remove_key(it.key))
            .because(Confidence::Safe, "every container says otherwise for itself");
        Weakness::new(pod.site(&it), message).severity(Severity::Low).fix(fix)
    });
    found.collect()
}

/// Windows: the kubelet refuses administrators where `runAsNonRoot` is set, as it refuses root elsewhere. Processes of
/// the host have a rule of their own.
fn administrator(case: &Case<'_, '_>) -> Option<Weakness> {
    let Dialect::Kubernetes(pod) = &case.workload.dialect else { return None };
    let index = case.container.index;
    let entry = pod.effective(index, "runAsNonRoot");
    let message = match pod.state(entry) {
        State::On(_) | State::Unknown(_) => return None,
        _ if pod.is_host_process() => return None,
        State::Unset if case.workload.is_fragment(case.container) => return None,
        State::Unset => "nothing keeps the container from running as ContainerAdministrator",
        State::Off(_) => "runAsNonRoot is false: the container may run as ContainerAdministrator",
    };
    let weakness = Weakness::new(entry.map_or(case.container.site, |it| pod.site(&it)), message);
    let options = pod.effective(index, "windowsOptions");
    let user = options.and_then(|it| it.value.get("runAsUserName"));
    if user.and_then(Node::value).is_some_and(|it| it.eq_ignore_ascii_case(ADMINISTRATOR)) {
        return Some(weakness.advice(
            "runAsUserName says ContainerAdministrator: name ContainerUser, if the image can run as that",
        ));
    }
    let written = pod.set_shared(index, "runAsNonRoot", Value::from(true), &[]);
    let risk = "images that start as ContainerAdministrator, as most of Windows Server Core do: the kubelet refuses them";
    let fix = Proposal::risky("set runAsNonRoot to true", written, risk);
    Some(
        weakness
            .fix(fix.because(Confidence::Risky, "nothing shows which user the image starts as")),
    )
}

const ADMINISTRATOR: &str = "ContainerAdministrator";

/// Kubernetes: the kubelet checks `runAsNonRoot` by number: an image that names its user by a name has none, and root's
/// is refused.
fn refused(case: &Case<'_, '_>) -> Option<Weakness> {
    let identity = &case.evidence.identity;
    let State::On(site) = identity.non_root else { return None };
    let name = case.evidence.image_user.as_deref()?;
    let user = name.split(':').next().unwrap_or(name);
    if identity.user != Id::Unset || !case.workload.is_kubernetes() {
        return None;
    }
    let what = match user.parse::<u32>() {
        _ if user == "root" => "starts as root".to_owned(),
        Ok(0) => "starts as root".to_owned(),
        Ok(_) => return None,
        Err(_) => format!("names its user {name}"),
    };
    let message =
        format!("runAsNonRoot is true, and the image {what}: the kubelet refuses to start it");
    let weakness = Weakness::new(site, message).severity(Severity::Low);
    let Some(advice) = &case.evidence.user else { return Some(weakness.advice("add runAsUser")) };
    let written = case.workload.run_as(case.container, advice.value.uid, advice.value.gid);
    Some(weakness.fix(Proposal::advised(format!("run as {}", advice.value), advice, written)))
}

fn another_user(case: &Case<'_, '_>, weakness: Weakness) -> Weakness {
    let Some(advice) = &case.evidence.user else {
        return weakness.advice(
            case.evidence
                .no_user
                .clone()
                .unwrap_or("name the user that the image is made for".into()),
        );
    };
    let user = advice.value;
    let low_ports = low_ports(case);
    let title = match &low_ports {
        Ok(edits) if !edits.is_empty() => {
            format!("run as {user}, with the ports below 1024 open to it")
        }
        Ok(_) | Err(_) => format!("run as {user}"),
    };
    let mut written = case.workload.run_as(case.container, user.uid, user.gid);
    if let (Ok(edits), Ok(more)) = (&mut written, low_ports) {
        edits.extend(more);
    }
    let written = case.with_variables(Aspect::User, written);
    let fix = Proposal::advised(title, advice, written);
    weakness.fix(match case.evidence.identity.non_root {
        State::Off(_) => fix.against_what_is_written("runAsNonRoot: false"),
        State::On(_) | State::Unset | State::Unknown(_) => fix,
    })
}

/// Kubernetes: whether a user may listen there depends on the node's runtime, unless the pod says it.
fn low_ports(case: &Case<'_, '_>) -> Written {
    match &case.workload.dialect {
        Dialect::Kubernetes(pod) if case.evidence.low_port => pod.open_low_ports(),
        Dialect::Kubernetes(_) | Dialect::Compose(_) => Ok(Vec::new()),
    }
}

/// Kubernetes: a user is named, but nothing refuses the start as root.
fn not_enforced(case: &Case<'_, '_>, uid: u32) -> Vec<Weakness> {
    let Dialect::Kubernetes(pod) = &case.workload.dialect else { return Vec::new() };
    let (site, message) = match case.evidence.identity.non_root {
        State::On(_) | State::Unknown(_) => return Vec::new(),
        State::Off(site) => (site, "runAsNonRoot is false"),
        State::Unset if case.workload.is_fragment(case.container) => return Vec::new(),
        State::Unset => (
            case.evidence.identity.site.unwrap_or(case.container.site),
            "nothing enforces that the user is not root",
        ),
    };
    let written = pod.set_shared(case.container.index, "runAsNonRoot", Value::from(true), &[]);
    let fix = Proposal::safe("set runAsNonRoot to true", written)
        .because(Confidence::Safe, format!("it already runs as uid {uid}"));
    vec![Weakness::new(site, message).severity(Severity::Medium).fix(fix)]
}
