//! `privileged-build`: a build is given the builder's host.

use super::{Case, Check, Rule, Scope, Weakness};
use crate::finding::{FileId, Severity, Site};
use crate::workload::{Dialect, text, view};
use crate::yaml::Node;

pub(super) static RULE: Rule = Rule {
    id: "privileged-build",
    summary: "the build is given rights on the builder's host",
    severity: Severity::Medium,
    docs: "`build.privileged`, the entitlements security.insecure and network.host, and `build.network: host` let every \
line of a Dockerfile reach the host of the builder. Only its owner knows which line needs that.",
    example: "services:\n  web:\n    build:\n      context: .\n      network: host\n",
    pod: "",
    references: &[],
    follows: &[],
    scope: Scope::saying(&["build"]),
    check: Check::Workload(check),
};

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    let Dialect::Compose(service) = &case.workload.dialect else { return Vec::new() };
    let builds = service.mappings("build");
    let all = |key: &str| -> Vec<_> {
        let said = builds.iter().map(|it| (it.file, view::lookup(it.entry.value, key)));
        said.filter_map(|(file, it)| Some((file, it?.written))).collect()
    };
    // Of a single value the strongest layer's counts.
    let get = |key: &str| all(key).pop();
    let on = |it: Node<'_>| service.evaluate(it).known().and_then(text::boolean) == Some(true);
    let mut found = Vec::new();
    let mut report = |(file, node): (FileId, Node<'_>), message: &'static str| {
        let site = Site { file, span: node.span() };
        found.push(
            Weakness::new(site, message)
                .advice("give the build only the step that needs it, or a builder of its own"),
        );
    };
    if let Some(it) = get("privileged").filter(|it| on(it.1)) {
        report(it, "the build is privileged");
    }
    if let Some(it) = get("network").filter(|it| service.evaluate(it.1).value == "host") {
        report(it, "the build is in the host's network");
    }
    let entitlements = all("entitlements").into_iter();
    for it in entitlements.flat_map(|(file, list)| list.items().map(move |it| (file, it))) {
        if matches!(&*service.evaluate(it.1).value, "security.insecure" | "network.host") {
            report(it, "the build is entitled to the host");
        }
    }
    found
}
