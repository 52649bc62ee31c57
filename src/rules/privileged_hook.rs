//! `privileged-hook`: a hook runs with more than its service.

use super::{Case, Check, Proposal, Rule, Scope, Weakness};
use crate::finding::{Severity, Site};
use crate::workload::compose::{Hook, Service};
use crate::workload::{Blocked, Dialect, text};
use crate::yaml::Value;

pub(super) static RULE: Rule = Rule {
    id: "privileged-hook",
    summary: "a hook runs with more rights than its service",
    severity: Severity::High,
    docs: "A privileged hook gets every capability, whatever its service gave up; a hook that runs as root is root in the \
service's files.\n\n**The fix may break** a hook that changes owners or mounts something.",
    example: "services:\n  web:\n    image: example\n    post_start:\n      - command: ./prepare\n        privileged: true\n",
    pod: "",
    references: &[],
    follows: &[],
    scope: Scope::saying(&["post_start", "pre_stop", "pre_start", "develop"]),
    check: Check::Workload(check),
};

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    let Dialect::Compose(service) = &case.workload.dialect else { return Vec::new() };
    let mut found = Vec::new();
    for hook in service.hooks() {
        found.extend(privileged(service, &hook));
        found.extend(root(service, &hook));
    }
    found
}

fn privileged(service: &Service<'_>, hook: &Hook<'_>) -> Option<Weakness> {
    let flag = hook.item.node.get("privileged")?;
    let written = flag.value()?;
    let on = service.interpolate(written).known().and_then(text::boolean) == Some(true);
    let off = text::with_default(written, "false").map_or_else(|| Value::from(false), Value::from);
    let edits = service
        .refuse_told(flag)
        .and_then(|()| alone(service, hook))
        .and_then(|()| service.set_within(&hook.item, &hook.way, "privileged", off));
    let site = Site { file: hook.item.file, span: flag.span() };
    on.then(|| {
        Weakness::new(site, format!("a {} hook is privileged", hook.key)).fix(Proposal::risky(
            "set privileged to false",
            edits,
            "what the hook does with its rights",
        ))
    })
}

/// Hooks that become alike would be run once.
fn alone(service: &Service<'_>, hook: &Hook<'_>) -> Result<(), Blocked> {
    match service.has_a_twin(hook) {
        true => Err(Blocked(
            "another document or base has the same hook with other rights, and Compose would keep one of the two: \
             change them by hand"
                .into(),
        )),
        false => Ok(()),
    }
}

fn root(service: &Service<'_>, hook: &Hook<'_>) -> Option<Weakness> {
    let user = hook.item.node.get("user")?;
    let name = service.evaluate(user);
    let root = matches!(name.value.split(':').next(), Some("0" | "root" | "00" | ""));
    let site = Site { file: hook.item.file, span: user.span() };
    let weakness = Weakness::new(site, format!("a {} hook runs as root", hook.key))
        .severity(Severity::Medium)
        .advice("run it as the service's own user, and prepare owners when the image is built");
    let edits =
        alone(service, hook).and_then(|()| service.unset_within(&hook.item, &hook.way, "user"));
    let fix = Proposal::risky("run it as the service's user", edits, "what the hook does as root");
    // A pre_start hook is a container of its own, and takes no user from the service.
    root.then(|| if hook.key == "pre_start" { weakness } else { weakness.fix(fix) })
}
