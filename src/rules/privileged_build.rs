//! `privileged-build`: a build is given the builder's host.

use super::{Case, Check, Rule, Scope, Weakness};
use crate::finding::{Severity, Site};
use crate::workload::{Dialect, text, view};
use crate::yaml::Node;

pub(super) static RULE: Rule = Rule {
    id: "privileged-build",
    summary: "the build is given rights on the builder's host",
    severity: Severity::Medium,
    docs: "`build.privileged`, the entitlements security.insecure and network.host, and `build.network: host` let every \
line of a Dockerfile reach the host of the builder. Only its owner knows which line needs that.",
    example: "services:\n  web:\n    build:\n      context: .\n      network: host\n",
    references: &[],
    follows: &[],
    scope: Scope::saying(&["build"]),
    check: Check::Workload(check),
};

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    let Dialect::Compose(service) = &case.workload.dialect else { return Vec::new() };
    let Some(build) = service.entry("build") else { return Vec::new() };
    let get = |key: &str| view::lookup(build.entry.value, key).map(|it| it.written);
    let on = |it: &Node<'_>| service.evaluate(*it).known().and_then(text::boolean) == Some(true);
    let mut found = Vec::new();
    let mut report = |node: Node<'_>, message: &'static str| {
        let site = Site { file: build.file, span: node.span() };
        found.push(
            Weakness::new(site, message)
                .advice("give the build only the step that needs it, or a builder of its own"),
        );
    };
    if let Some(it) = get("privileged").filter(on) {
        report(it, "the build is privileged");
    }
    if let Some(it) = get("network").filter(|it| service.evaluate(*it).value == "host") {
        report(it, "the build is in the host's network");
    }
    for it in get("entitlements").into_iter().flat_map(|it| it.resolve().items()) {
        if matches!(&*service.evaluate(it).value, "security.insecure" | "network.host") {
            report(it, "the build is entitled to the host");
        }
    }
    found
}
