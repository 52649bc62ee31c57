//! `unknown-setting`: nothing says what a security setting is.

use std::borrow::Cow;

use super::{Case, Check, Rule, Scope, Weakness, dangerous_capabilities};
use crate::evidence::host::{may_reach, socket};
use crate::finding::{ContainerId, Finding, Severity, Site};
use crate::workload::compose::{Part, Service, Unknown, Unread};
use crate::workload::kubernetes::{Misplaced, Removal, Unfollowed};
use crate::workload::{
    Container, Dialect, Flag, Handle, Id, Joined, Mount, Namespace, Origin, State, WINDOWS,
    Workload,
};

pub(super) static RULE: Rule = Rule {
    id: "unknown-setting",
    summary: "nothing says what a security setting is",
    severity: Severity::Medium,
    docs: "What is not known may be weak. A setting can hang on a variable that has no value here, on a base, an override or \
an included file that could not be read, on a container of elsewhere (`network_mode: container:x`), on what a patch of \
kustomize takes away, or stand in a service that is left alone since something else than a Linux engine runs it. Variables are read as Docker Compose reads them: from `.env` beside the project, or from the files that \
`--env-file` names; from the environment only with `--env-from-shell`. A default (`${P:-false}`) counts as the value.\n\n\
Such a finding is never mended: give the variable a value or a default, name the file that is missing, or allow the \
setting with a reason.",
    example: "services:\n  web:\n    image: example\n    privileged: ${P}\n",
    pod: "",
    references: &[],
    // What is known of a setting after its fix is told in other words.
    follows: &["root-user", "root-group", "host-mount"],
    scope: Scope::Anywhere,
    check: Check::Container(check),
};

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    let service = match &case.workload.dialect {
        Dialect::Kubernetes(pod) => {
            let removals = pod.removals(case.container.index);
            return unreadable(case).into_iter().chain(removals.iter().map(taken_away)).collect();
        }
        Dialect::Compose(service) => service,
    };
    if let Some(why) = case.workload.skipped {
        return left_alone(case, service, why).into_iter().collect();
    }
    // One finding for each setting, whichever of its items are not known.
    let mut settings: Vec<Vec<Unknown>> = Vec::new();
    for it in service.unknown_settings() {
        if it.part == Part::Source && !may_reach(&it.value) {
            continue;
        }
        match settings.iter_mut().find(|all| all[0].setting == it.setting) {
            Some(all) => all.push(it),
            None => settings.push(vec![it]),
        }
    }
    let text = Some(case.container.node.tree()).filter(|it| it.is_shown()).map(|it| it.text());
    let of = |it: &Vec<Unknown>| match text {
        Some(text) => on_a_command_line(it, text),
        None => of_setting(it),
    };
    let mut found: Vec<Weakness> = settings.iter().map(of).collect();
    found.extend(service.unread.iter().map(unread));
    found
}

/// A shell reads no files of variables, and what it puts in has often no name.
fn on_a_command_line(all: &[Unknown], text: &str) -> Weakness {
    let (setting, site) = (all[0].setting, all[0].site);
    let weakness = match all[0].variables.is_empty() {
        true => of_setting(all),
        false => {
            let texts: Vec<&str> =
                all.iter().map(|it| &text[it.site.span.start..it.site.span.end]).collect();
            let written = texts.join(" and ");
            let written = short(&written);
            let message =
                format!("`{setting}` is {written} here, and what that is shows only once it runs");
            Weakness::new(site, message)
        }
    };
    weakness.advice("write on the command line what it stands for, or allow it with a reason")
}

/// What takes part in a project and could not be read: it may change any of the services.
pub fn judge_unread(it: &Unread) -> Finding {
    of_nobody("the project", unread(it))
}

/// A patch that a kustomization names and that could not be read.
pub fn judge_unfollowed(it: &Unfollowed) -> Finding {
    let what = format!("it names {}", it.what);
    of_nobody("Kustomization", unread(&Unread { site: it.site, what }))
}

/// An object of a kind that the configuration names whose pod is not where it says.
pub fn judge_misplaced(it: &Misplaced) -> Finding {
    let message = format!(
        "nothing of a pod stands at `{}`, where [[kind]] in casehard.toml says that it is",
        it.paths.join("` or `")
    );
    let advice =
        format!("mend the path of {}: it is judged as if it were not named there", it.kind);
    of_nobody(&it.name, Weakness::new(it.site, message).advice(advice))
}

fn of_nobody(subject: &str, weakness: Weakness) -> Finding {
    Finding {
        rule: RULE.id,
        severity: RULE.severity,
        container: ContainerId::NOBODY,
        subject: subject.into(),
        site: weakness.site,
        message: weakness.message,
        fixes: Vec::new(),
        advice: weakness.advice,
    }
}

fn of_setting(all: &[Unknown]) -> Weakness {
    let it = &all[0];
    let setting = it.setting;
    let mut variables: Vec<&str> = Vec::new();
    for name in all.iter().flat_map(|it| &it.variables) {
        if !variables.contains(&name.as_str()) {
            variables.push(name);
        }
    }
    let texts: Vec<&str> = all.iter().map(|it| it.written.as_str()).collect();
    let written = texts.join("`, `");
    let written = short(&written);
    let what = match it.part {
        Part::Whole => format!("`{setting}` is `{written}`"),
        Part::Item => format!("an item of `{setting}` is `{written}`"),
        Part::Source | Part::Target => format!("`{setting}` mounts `{written}`"),
        Part::Elsewhere => {
            let message =
                format!("`{setting}` names `{written}`: nothing says what that container reaches");
            return Weakness::new(it.site, message)
                .advice("name a service of the project, or allow it with a reason");
        }
        Part::HandedOn => {
            let message = format!("{setting} is handed on from the shell that starts the project");
            return Weakness::new(it.site, message)
                .advice("give it a value here, or take it away: it may name a container runtime");
        }
    };
    let Some(first) = variables.first() else {
        let message = format!("{what}, which Compose cannot read");
        return Weakness::new(it.site, message).advice("write it as Compose reads it");
    };
    let names = variables.join(" or ");
    let names = short(&names);
    // What must be given has no default.
    let demanded = all.iter().any(|it| it.written.contains(&format!("{{{first}:?")));
    let or = match demanded {
        true => String::new(),
        false => format!(", or write a default: `${{{first}:-…}}`"),
    };
    let all_names = variables.join(", ");
    let advice = format!("give {all_names} a value in `.env` or by `--env-file`{or}");
    Weakness::new(it.site, format!("{what}, and nothing says what {names} is")).advice(advice)
}

/// A text that fits into a line.
fn short(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]).into(),
        None => text.into(),
    }
}

fn unread(it: &Unread) -> Weakness {
    let message = format!("not all of it is known: {}", it.what);
    let advice = match it.what.ends_with("not judged") {
        true => "name that file as well, or run casehard in its folder",
        false => "mend the name, or add what is missing: what it says is not judged",
    };
    Weakness::new(it.site, message).advice(advice)
}

/// What a service that nobody judges says all the same.
fn left_alone(case: &Case<'_, '_>, service: &Service<'_>, why: &str) -> Option<Weakness> {
    let mut said: Vec<(Site, Cow<'static, str>)> = Vec::new();
    if let State::On(site) = case.workload.flag(case.container, Flag::Privileged) {
        said.push((site, "`privileged: true`".into()));
    }
    let namespaces = [
        (Namespace::Network, "`network_mode: host`"),
        (Namespace::Pid, "`pid: host`"),
        (Namespace::Ipc, "`ipc: host`"),
    ];
    for (namespace, words) in namespaces {
        if let Joined::Host(site) = case.workload.namespace(namespace) {
            said.push((site, words.into()));
        }
    }
    if let Some(device) = service.devices().first() {
        let site = Site { file: device.item.file, span: device.item.node.span() };
        said.push((site, "`devices` of the host".into()));
    }
    // The engine's pipe is judged in a Windows container too, which holds no capabilities.
    if why != WINDOWS {
        said.extend(case.container.capabilities.add.iter().filter_map(|it| {
            let critical = dangerous_capabilities::severity(&it.name) == Some(Severity::Critical);
            critical.then(|| (it.site, format!("the capability {}", it.name).into()))
        }));
        if let State::On(site) = service.boolean("use_api_socket") {
            said.push((site, "`use_api_socket: true`".into()));
        }
        said.extend(case.container.mounts.iter().filter_map(|it| match &it.origin {
            Origin::Host(path) if socket(path).is_some() => {
                Some((it.site, format!("a mount of {path}").into()))
            }
            _ => None,
        }));
    }
    let (site, _) = *said.first().map(|it| (it.0, ())).as_ref()?;
    let words: Vec<&str> = said.iter().map(|it| &*it.1).collect();
    let message = format!("{why}, so it is not judged, and it says {}", words.join(", "));
    let cause =
        if why == WINDOWS { "it is no container of Windows" } else { "no provider runs it" };
    Some(Weakness::new(site, message).advice(format!("take these away, or say that {cause}")))
}

/// Kubernetes: what a patch takes away of what another file says.
fn taken_away(it: &Removal) -> Weakness {
    let message = format!(
        "a patch takes `{}` away: nothing says what is left of it where it is applied",
        it.key
    );
    Weakness::new(it.site, message).advice("say here what has to hold, or leave it as it is")
}

/// Kubernetes: values that a decoder refuses, as before a template is rendered.
fn unreadable(case: &Case<'_, '_>) -> Vec<Weakness> {
    let (workload, container) = (case.workload, case.container);
    let mut all = unreadable_in(workload, container);
    let path = |it: &&Mount<'_>| {
        it.origin == Origin::Unknown && matches!(it.handle, Handle::Pod { volume: Some(_), .. })
    };
    // What the whole pod says, and what no container mounts, is told of the first.
    match workload.containers.first().filter(|_| container.index > 0) {
        Some(first) => {
            let told = unreadable_in(workload, first);
            all.retain(|it| !told.contains(it));
        }
        None => {
            all.extend(workload.host_mounts().iter().find(path).map(|it| (it.site, "hostPath")));
        }
    }
    let tree = container.node.tree();
    let tell = |(site, key): (Site, &str)| {
        let written = tree.text()[site.span.start..site.span.end].trim();
        let message = match key {
            "hostPath" => "nothing says which `hostPath` is mounted here".to_owned(),
            _ => format!("`{key}` is `{written}`, which Kubernetes cannot read"),
        };
        Weakness::new(site, message).advice("render the file first, or write the value")
    };
    all.into_iter().map(tell).collect()
}

/// The settings of a container that cannot be read, and those of its pod.
fn unreadable_in(workload: &Workload<'_>, container: &Container<'_>) -> Vec<(Site, &'static str)> {
    let mut all = Vec::new();
    let mut state = |it: State, key| {
        if let State::Unknown(site) = it {
            all.push((site, key));
        }
    };
    state(workload.flag(container, Flag::Privileged), "privileged");
    state(workload.flag(container, Flag::ReadOnlyRoot), "readOnlyRootFilesystem");
    state(workload.no_new_privileges(container), "allowPrivilegeEscalation");
    let identity = workload.identity(container);
    state(identity.non_root, "runAsNonRoot");
    if let (Id::Unknown, Some(site)) = (&identity.user, identity.site) {
        all.push((site, "runAsUser"));
    }
    let lists = container.capabilities.add.iter().chain(&container.capabilities.drop);
    all.extend(lists.filter(|it| it.written.contains("${")).map(|it| (it.site, "capabilities")));
    let namespaces = [
        (Namespace::Network, "hostNetwork"),
        (Namespace::Pid, "hostPID"),
        (Namespace::Ipc, "hostIPC"),
    ];
    for (namespace, key) in namespaces {
        if let Joined::Unknown(site) = workload.namespace(namespace) {
            all.push((site, key));
        }
    }
    all
}
