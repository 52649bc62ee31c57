//! `privileged-hook`: a hook runs with more than its service.

use super::{Case, Check, Proposal, Rule, Weakness};
use crate::finding::{Severity, Site};
use crate::workload::compose::Service;
use crate::workload::{Dialect, Item, text};
use crate::yaml::{Action, Step, Value};

pub(super) static RULE: Rule = Rule {
    id: "privileged-hook",
    summary: "a hook runs with more rights than its service",
    severity: Severity::High,
    docs: "A privileged hook gets every capability, whatever its service gave up; a hook that runs as root is root in the \
service's files.\n\n**The fix may break** a hook that changes owners or mounts something.",
    example: "services:\n  web:\n    image: example\n    post_start:\n      - command: ./prepare\n        privileged: true\n",
    references: &[],
    follows: &[],
    check: Check::Workload(check),
};

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    let Dialect::Compose(service) = &case.workload.dialect else { return Vec::new() };
    let mut found = Vec::new();
    for key in ["post_start", "pre_stop", "pre_start"] {
        for item in service.list(key) {
            found.extend(privileged(service, &item, key));
            found.extend(root(&item, key));
        }
    }
    found
}

fn privileged(service: &Service<'_>, item: &Item<'_>, key: &str) -> Option<Weakness> {
    let flag = item.node.resolve().get("privileged")?;
    let on =
        text::interpolate(flag.resolve().value()?).known().and_then(text::boolean) == Some(true);
    let site = Site { file: item.file, span: flag.span() };
    let written = service.change_item(
        item,
        vec![Step::from("privileged")],
        Action::Ensure(Value::from(false)),
    );
    on.then(|| {
        Weakness::new(site, format!("a {key} hook is privileged"))
            .fix(Proposal::safe("set privileged to false", written))
    })
}

fn root(item: &Item<'_>, key: &str) -> Option<Weakness> {
    let user = item.node.resolve().get("user")?;
    let name = user.resolve().value()?;
    let root = matches!(name.split(':').next(), Some("0" | "root" | "00"));
    let site = Site { file: item.file, span: user.span() };
    root.then(|| {
        Weakness::new(site, format!("a {key} hook runs as root"))
            .severity(Severity::Medium)
            .advice("run it as the service's own user, and prepare owners when the image is built")
    })
}
