//! `writable-rootfs`: the root filesystem can be written.

use super::{Case, Check, Proposal, Rule, Scope, Weakness};
use crate::evidence::{Target, holds_logs};
use crate::finding::Severity;
use crate::images::Aspect;
use crate::series::series;
use crate::workload::act::Switch;
use crate::workload::kubernetes::{Shape, Told};
use crate::workload::{Dialect, Flag, Handle, Mount, Origin, State, Written};

pub(super) static RULE: Rule = Rule {
    id: "writable-rootfs",
    summary: "the root filesystem is writable",
    severity: Severity::Medium,
    docs: "If the image cannot be changed at run time, neither can an attacker's tools be left in it. The paths that the \
service writes to stay writable as tmpfs mounts (Compose) or emptyDir volumes (Kubernetes), which are empty at every \
start and hide what the image ships there. A folder in which a Compose service was seen to keep data, or the one in which \
its image keeps them, goes into a new named volume instead, where who writes it may write to a fresh one.\n\n**The fix \
may break** services that write elsewhere, and loses what they write to memory when they restart: give other data that \
must stay a volume. What lies where a new volume comes goes with the old container, as with each change of a service: \
copy it first. Files can no longer be put into the container by `docker cp`, nor dumped \
beside its mounts (`pg_dumpall -f /backup.sql`): use a volume, or a pipe.",
    example: "services:\n  web:\n    image: example\n    user: \"10001:10001\"\n    cap_drop: [ALL]\n    security_opt: [\"no-new-privileges:true\"]\n",
    pod: "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: web\n      image: example\n      securityContext:\n        runAsNonRoot: true\n        runAsUser: 10001\n        allowPrivilegeEscalation: false\n        capabilities: {drop: [ALL]}\n",
    references: &["CIS Docker 5.13", "CKV_K8S_22", "KSV-0014", "C-0017"],
    follows: &[],
    scope: Scope::Anywhere,
    check: Check::Container(check),
};

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    if case.workload.is_windows() {
        return Vec::new();
    }
    let off = case.workload.flag(case.container, Flag::ReadOnlyRoot);
    let site = match off {
        State::On(_) | State::Unknown(_) => return Vec::new(),
        State::Unset if case.workload.is_fragment(case.container) => return Vec::new(),
        State::Unset => case.container.site,
        State::Off(site) => site,
    };
    let weakness = Weakness::new(site, "the root filesystem is writable");
    if let Some(why) = impossible(case) {
        return vec![weakness.advice(why)];
    }
    let advice = &case.evidence.scratch;
    let paths: Vec<&str> = advice.value.iter().map(|it| it.path.as_str()).collect();
    let volumes: Vec<&str> = case.evidence.volumes.iter().map(String::as_str).collect();
    let mut title = "make the root filesystem read-only".to_owned();
    if !paths.is_empty() {
        title += &format!(", keep {} writable", paths.join(", "));
    }
    if !volumes.is_empty() {
        let what = if volumes.len() == 1 { "a new volume" } else { "new volumes" };
        // What lies there goes with the old container, whoever makes the new one.
        title += &format!(", keep {} in {what} (copy what lies there first)", volumes.join(", "));
    }
    let written = case.with_variables(Aspect::ReadOnly, written(case));
    let mut fix = Proposal::advised(title, advice, written).needs(&case.evidence.user_first());
    if matches!(off, State::Off(_)) {
        let what = match case.workload.is_kubernetes() {
            true => "readOnlyRootFilesystem: false",
            false => "read_only: false",
        };
        fix = fix.against_what_is_written(what);
    }
    let weakness = match &case.workload.dialect {
        Dialect::Compose(_) => weakness.advice(from_then_on(case, &paths)),
        Dialect::Kubernetes(_) => weakness,
    };
    vec![weakness.fix(fix)]
}

/// What changes for people.
fn from_then_on(case: &Case<'_, '_>, scratch: &[&str]) -> String {
    let mut told =
        "from then on `docker cp` reaches volumes alone, and dumps go to a volume or a pipe"
            .to_owned();
    let logs: Vec<&str> = scratch.iter().copied().filter(|it| holds_logs(it)).collect();
    if !logs.is_empty() {
        told += &format!(
            "; logs in {} go with each restart: mount a volume there to keep them",
            series(&logs)
        );
    }
    let name = shell_words::quote(&case.container.name);
    for (number, path) in (1..).zip(&case.evidence.volumes) {
        // In a stream owners stay numbers, and nothing runs that could go on writing.
        let archive =
            shell_words::quote(&format!("{}-{number}.tar", case.container.name)).into_owned();
        let place = format!("\"$(docker compose ps -aq {name})\":{}", shell_words::quote(path));
        told += &format!(
            "; to keep what lies in {path} now, before: `docker compose stop {name} && docker cp {place}/. - > {archive}`, and \
             then: `docker compose up --no-start {name} && docker cp - {place} < {archive} && docker compose start {name}`"
        );
    }
    told
}

fn written(case: &Case<'_, '_>) -> Written {
    let mut edits = case.workload.set_flag(case.container, Flag::ReadOnlyRoot, Switch::On)?;
    for scratch in &case.evidence.scratch.value {
        // A stack ignores `tmpfs:` without a word.
        edits.extend(match (&case.workload.dialect, case.evidence.platform.target) {
            (Dialect::Compose(service), Target::Swarm) => {
                service.add_stack_scratch(&scratch.path)?
            }
            _ => case.workload.add_scratch(case.container, scratch)?,
        });
    }
    edits.extend(case.workload.add_own_volumes(&case.evidence.volumes)?);
    Ok(edits)
}

/// Why the platform would refuse or break the container with a read-only root.
fn impossible(case: &Case<'_, '_>) -> Option<String> {
    match &case.workload.dialect {
        Dialect::Compose(service) if let Some(what) = service.injects() => Some(format!(
            "Compose writes {what} into the container at its start and refuses a read-only root: mount it from a file \
             instead"
        )),
        Dialect::Kubernetes(pod) if pod.shape == Shape::Pod && pod.told == Told::Part => {
            Some("the rest of the pod stands elsewhere, with volumes that are not known here: set readOnlyRootFilesystem and add the volumes by hand".to_owned())
        }
        // What is not known may be mounted where a tmpfs would go.
        Dialect::Compose(service) if service.missing_base.is_some() => Some(format!(
            "what it extends is not known ({}): mend that first, then run again",
            service.missing_base.as_deref().unwrap_or("")
        )),
        Dialect::Compose(service) => {
            let unknown = |it: &&Mount<'_>| {
                it.target.is_none() && !matches!(it.origin, Origin::Other(_))
            };
            let mount = case.container.mounts.iter().find(unknown)?;
            let what = match &mount.handle {
                Handle::Item(item) => format!("`{}`", service.called(item)),
                _ => "one of its volumes".to_owned(),
            };
            let or = match case.container.node.tree().is_shown() {
                true => "",
                false => ", or set the variable in `.env`,",
            };
            Some(format!(
                "a variable says where {what} is mounted, perhaps where a tmpfs would go: write the path{or} and run \
                 again"
            ))
        }
        Dialect::Kubernetes(_) if !case.workload.is_whole() => {
            Some("volumes of this kind depend on its operator: set readOnlyRootFilesystem and add the volumes by hand".to_owned())
        }
        Dialect::Kubernetes(_) => None,
    }
}
