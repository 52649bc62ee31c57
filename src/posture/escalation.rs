//! Whether it can gain privileges that it was not started with (SPEC 2.4).

use super::ask::Ask;
use super::capabilities::adds_admin;
use super::fact::Fact;
use super::{Answer, By, Question, Value};
use crate::finding::Site;
use crate::workload::compose::said_of;

pub(super) fn answer(ask: &Ask<'_, '_>) -> Answer {
    let forbidden = match ask.pod() {
        Some(_) => in_pod(ask),
        None => in_service(ask),
    };
    let tell = |it: &bool| Value::Is(if *it { "forbidden" } else { "allowed" }.to_owned());
    Answer {
        question: Question::Escalation,
        holds: forbidden.holds(|it| *it),
        parts: vec![forbidden.part("new privileges", tell)],
    }
}

fn in_pod(ask: &Ask<'_, '_>) -> Fact<bool> {
    let forbidden = ask.boolean(ask.workload.no_new_privileges(ask.container), false);
    let held = ask.privileged().known() == Some(&true) || adds_admin(ask);
    match forbidden {
        Fact::Is(true, by) if held => Fact::Refused(
            "allowPrivilegeEscalation is false beside privileged or SYS_ADMIN".to_owned(),
            by,
        ),
        other => other,
    }
}

/// The last entry of `security_opt` that speaks of it wins; one that is no boolean keeps the container from starting.
fn in_service(ask: &Ask<'_, '_>) -> Fact<bool> {
    if ask.is_stack() {
        return Fact::Is(false, By::Default);
    }
    let mut state = ask.unset(false);
    for (site, value) in options(ask, "no-new-privileges") {
        let by = ask.by(site);
        state = match value.as_deref() {
            None => Fact::Unknown(ask.tell_variable(), by),
            Some("" | "1" | "t" | "T" | "TRUE" | "true" | "True") => Fact::Is(true, by),
            Some("0" | "f" | "F" | "FALSE" | "false" | "False") => Fact::Is(false, by),
            Some(other) => {
                return Fact::Refused(format!("no-new-privileges is no `{other}`"), by);
            }
        };
    }
    state
}

/// The entries of `security_opt` that speak of something, or may: with their values, nothing for one that is not known.
pub(super) fn options(ask: &Ask<'_, '_>, name: &str) -> Vec<(Site, Option<String>)> {
    let Some(service) = ask.service() else { return Vec::new() };
    let mut found = Vec::new();
    for item in service.list("security_opt") {
        let text = service.evaluate(item.node).value;
        let site = Site { file: item.file, span: item.node.span() };
        found.extend(said_of(&text, name).map(|it| (site, it.map(str::to_owned))));
    }
    found
}
