//! `runtime-socket`: the container holds the socket of a container runtime.

use super::{Case, Check, Proposal, Rule, Scope, Weakness, below, socket_proxy};
use crate::evidence::host::{Reach, socket};
use crate::finding::{ContainerId, Finding, Severity, Site};
use crate::images::SocketUse;
use crate::workload::compose::{Service, Variable};
use crate::workload::kubernetes::{EnvironmentEntry, HostVolume, Pod};
use crate::workload::{Container, Dialect, Handle, Mount, Origin, State, Written};

pub(super) static RULE: Rule = Rule {
    id: "runtime-socket",
    summary: "the container holds the socket of a container runtime",
    severity: Severity::Critical,
    docs: "Whoever can write to the runtime's API can start a container that owns the host, whatever this one is \
forbidden. Mounting the socket read-only changes nothing: the API stays writable.\n\n**The fix may break** whatever the \
service does with the runtime. Where it is known what an image reads of the engine (traefik, dozzle, nginx-proxy, diun, \
glances, netdata), the fix puts a filtering proxy in between: a service in the posture, on an internal network of the two, \
which answers to reading alone. What reads containers still reads their environment variables. Elsewhere prefer an API \
made for the purpose, or a remote builder.",
    example: "services:\n  web:\n    image: example\n    volumes:\n      - /var/run/docker.sock:/var/run/docker.sock\n",
    pod: "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: web\n      image: example\n      volumeMounts:\n        - {name: docker, mountPath: /var/run/docker.sock}\n  volumes:\n    - name: docker\n      hostPath: {path: /var/run/docker.sock}\n",
    references: &[
        "CIS Docker 5.32",
        "CIS Kubernetes 5.2.12",
        "PSS baseline",
        "CKV_K8S_27",
        "KSV-0006",
        "C-0074",
    ],
    follows: &[],
    scope: Scope::saying(&[
        "volumes",
        "configs",
        "secrets",
        "environment",
        "env_file",
        "volumes_from",
        "use_api_socket",
    ]),
    check: Check::Workload(check),
};

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    let mounts = case.workload.host_mounts();
    let mut found: Vec<Weakness> = mounts.iter().filter_map(|it| mounted(case, it)).collect();
    if let Dialect::Compose(service) = &case.workload.dialect {
        found.extend(api_socket(case, service));
        found.extend(service.environment().filter_map(|it| remote(service, it)));
        found.extend(remote_of_files(service));
        found.extend(service.borrowed().into_iter().filter_map(borrowed));
    }
    if let Dialect::Kubernetes(pod) = &case.workload.dialect {
        found.extend(case.workload.containers.iter().flat_map(|it| remote_of_pod(case, pod, it)));
    }
    found
}

/// A volume of the cluster that hands the socket to whichever pod claims it: what it is for only its owner knows.
pub fn judge_volume(volume: &HostVolume) -> Option<Finding> {
    let what = match socket(&volume.path)? {
        Reach::Socket => "a runtime socket",
        Reach::Folder => "a folder with runtime sockets",
    };
    Some(Finding {
        rule: RULE.id,
        severity: RULE.severity,
        container: ContainerId::NOBODY,
        subject: volume.name.as_str().into(),
        site: volume.site,
        message: format!("whoever claims the volume holds {what}: {}", volume.path).into(),
        fixes: Vec::new(),
        advice: Some(
            "remove it, and what claims it: put a filtering socket proxy between them".to_owned(),
        ),
    })
}

fn mounted(case: &Case<'_, '_>, mount: &Mount<'_>) -> Option<Weakness> {
    let (path, reach) = match &mount.origin {
        Origin::Host(path) => (path.as_str(), socket(path)?),
        Origin::Unknown => {
            let target = mount.target.as_deref()?;
            (target, socket(target).filter(|it| *it == Reach::Socket)?)
        }
        Origin::Volume(_) | Origin::Anonymous | Origin::Scratch | Origin::Other(_) => return None,
    };
    let message = match reach {
        Reach::Socket => "a runtime socket",
        Reach::Folder => "a folder with runtime sockets",
    };
    let message = format!("the container holds {message}: {}", mount.called(path));
    let holders = holders(case, mount);
    if !holders.is_empty() && holders.iter().all(|it| is_proxy(case, it)) {
        return Some(Weakness::new(mount.site, message).severity(Severity::Medium).advice(
            "it filters what others may ask of the runtime: mount the socket read-only, publish no port, and allow only what is needed",
        ));
    }
    let weakness = Weakness::new(mount.site, message);
    let (weakness, told) = match between(case, mount, (path, reach)) {
        Some(Ok(proxy)) => (weakness.fix(proxy), None),
        Some(Err(told)) => (weakness, Some(told)),
        None => (weakness, None),
    };
    let or = |it: String| told.clone().unwrap_or(it);
    if holders.iter().any(|it| is_required(case, it)) {
        return Some(weakness.advice(or(
            "the image is of no use without it: put a filtering socket proxy that allows only what it needs between them, on an internal network"
                .to_owned(),
        )));
    }
    let used = |it: &&Container<'_>| used(case, it).or_else(|| labelled(case, it));
    if let Some(by) = holders.iter().find_map(used) {
        return Some(weakness.advice(or(format!(
            "{by}, so it is in use: put a filtering socket proxy that allows only what it needs between them"
        ))));
    }
    if let Some(advice) = told.is_none().then(|| socket_proxy::elsewhere(case, mount)).flatten() {
        return Some(weakness.advice(advice));
    }
    let (title, written) = below::removal(case, mount);
    let written = with_variable(case, mount, written);
    let what = match reach {
        Reach::Socket => "whatever the service does with the container runtime",
        Reach::Folder => "whatever the service does with the folder",
    };
    let weakness = weakness.fix(Proposal::risky(title, written, what));
    Some(weakness.advice(or(
        "if the service needs the runtime, put a filtering socket proxy between them".to_owned(),
    )))
}

/// The proxy that can stand in place of a mount, or why none can. Only the engine's own socket has one.
fn between(
    case: &Case<'_, '_>,
    mount: &Mount<'_>,
    (path, reach): (&str, Reach),
) -> Option<Result<Proposal, String>> {
    let is_engine = reach == Reach::Socket && path.ends_with("/docker.sock");
    let is_known = matches!(mount.origin, Origin::Host(_));
    if is_engine && is_known { socket_proxy::proposal(case, mount, path) } else { None }
}

/// What of the service's command or environment says that it speaks to the runtime.
fn used(case: &Case<'_, '_>, container: &Container<'_>) -> Option<String> {
    const SAYS: &[&str] = &[
        "providers.docker",
        "providers_docker",
        "providers.swarm",
        "--docker.",
        "docker.sock",
        "docker-compose",
    ];
    let says = |text: &str| {
        let lower = text.to_lowercase();
        SAYS.iter().any(|it| lower.contains(it))
    };
    let off = |name: &str, value: Option<&str>| {
        let lower = name.to_lowercase();
        let switch = ["providers.docker", "providers_docker", "providers.swarm"];
        value == Some("false") && switch.iter().any(|it| lower.ends_with(it))
    };
    let words = case.workload.words(container);
    let used = |it: &&String| {
        let (name, value) = it.split_once('=').map_or((it.as_str(), None), |it| (it.0, Some(it.1)));
        says(it) && !off(name, value)
    };
    if let Some(word) = words.entrypoint.iter().chain(&words.command).find(used) {
        return Some(format!("its command says {}", word.split('=').next().unwrap_or(word)));
    }
    let variables = case.workload.variables(container);
    let found = variables.into_iter().find(|it| {
        // An address goes with the mount.
        !it.name.ends_with("_HOST")
            && (says(&it.name) || it.value.as_deref().is_some_and(says))
            && !off(&it.name, it.value.as_deref())
    })?;
    Some(format!("{} is set", found.name))
}

/// A label in the project by which the image is told what to do: it reads labels through the socket.
fn labelled(case: &Case<'_, '_>, container: &Container<'_>) -> Option<String> {
    let Dialect::Compose(service) = &case.workload.dialect else { return None };
    let image = case.workload.image_text(container)?;
    let name = image.rsplit('/').next()?.split([':', '@']).next()?;
    let mut labels = service.project.labels().iter();
    let label = labels.find(|label| {
        let mut parts = label.split(['.', '_']);
        parts.any(|part| part.len() > 3 && name.split('-').any(|it| it == part))
    })?;
    Some(format!("a service has the label {label}"))
}

/// The containers that a mount is for.
fn holders<'c, 't>(case: &Case<'c, 't>, mount: &Mount<'t>) -> Vec<&'c Container<'t>> {
    let Handle::Pod { volume: Some(volume), .. } = mount.handle else {
        return vec![case.container];
    };
    let Dialect::Kubernetes(pod) = &case.workload.dialect else { return Vec::new() };
    let mut holders: Vec<usize> = pod.mounts_of(volume).map(|it| it.0).collect();
    holders.dedup();
    holders.into_iter().map(|it| &case.workload.containers[it]).collect()
}

/// Whether the image is one of the proxies that stand between a service and the socket.
fn is_proxy(case: &Case<'_, '_>, container: &Container<'_>) -> bool {
    case.workload.image_text(container).is_some_and(|it| it.contains("socket-proxy"))
}

/// Whether the image is of no use without the socket.
fn is_required(case: &Case<'_, '_>, container: &Container<'_>) -> bool {
    case.known[container.index].socket == Some(SocketUse::Required)
}

/// A `DOCKER_HOST` that points to the mount goes with it.
fn with_variable(case: &Case<'_, '_>, mount: &Mount<'_>, written: Written) -> Written {
    let mut edits = written?;
    let service = match &case.workload.dialect {
        Dialect::Compose(service) => service,
        Dialect::Kubernetes(pod) => {
            edits.extend(with_variables_of_pod(pod, mount)?);
            return Ok(edits);
        }
    };
    let target = mount.target.as_deref().unwrap_or("");
    for variable in service.environment() {
        // Where it hides another address, that one would count.
        if leads_to(target, variable.name, &variable.value.value)
            && !service.is_above_another(variable)
        {
            edits.extend(service.remove_items("environment", &[variable.item])?);
        }
    }
    Ok(edits)
}

/// The same for each container of a pod that mounts it.
fn with_variables_of_pod(pod: &Pod<'_>, mount: &Mount<'_>) -> Written {
    let Handle::Pod { volume: Some(volume), .. } = mount.handle else { return Ok(Vec::new()) };
    let mut edits = Vec::new();
    for (index, it) in pod.mounts_of(volume) {
        let target = it.get("mountPath").and_then(|it| it.value()).unwrap_or("");
        let leads = |it: &EnvironmentEntry<'_>| {
            it.value.is_some_and(|value| leads_to(target, &it.name, value))
        };
        let items = pod.environment(index).into_iter().filter(leads).filter_map(|it| it.item);
        let items: Vec<_> = items.collect();
        edits.extend(pod.remove_items(index, &items)?);
    }
    Ok(edits)
}

/// Whether a variable hands a client the socket at a path.
fn leads_to(target: &str, name: &str, value: &str) -> bool {
    let target = target.trim_start_matches("/var");
    let path = value.strip_prefix("unix://").map(|it| it.trim_start_matches("/var"));
    is_address(name) && path == Some(target)
}

/// Whether clients of a container runtime take its address from a variable.
fn is_address(name: &str) -> bool {
    matches!(name, "DOCKER_HOST" | "CONTAINER_HOST" | "BUILDKIT_HOST")
}

/// A socket that comes along with another service's volumes; it goes when that one loses it.
fn borrowed((path, holder, site): (String, String, Site)) -> Option<Weakness> {
    socket(&path)?;
    let message = format!("the container takes over a runtime socket from {holder}: {path}");
    Some(Weakness::new(site, message).advice(format!("take it away from {holder}")))
}

fn api_socket(case: &Case<'_, '_>, service: &Service<'_>) -> Option<Weakness> {
    let State::On(site) = service.boolean("use_api_socket") else { return None };
    let written = service.unset("use_api_socket");
    let fix = Proposal::risky(
        "remove use_api_socket",
        written,
        "whatever the service does with the container runtime",
    );
    Some(
        Weakness::new(site, format!("{} is handed the engine's API socket", case.container.name))
            .fix(fix),
    )
}

/// A variable of a pod that leads to a runtime elsewhere, unless a filtering proxy stands between.
fn remote_of_pod(case: &Case<'_, '_>, pod: &Pod<'_>, container: &Container<'_>) -> Vec<Weakness> {
    let variables = pod.environment(container.index).into_iter();
    let remote = variables.filter(|it| {
        let Some(value) = it.value.filter(|value| is_remote(&it.name, value)) else { return false };
        let host = host(value);
        let local = matches!(host, "localhost" | "127.0.0.1" | "[");
        let beside = local && case.workload.containers.iter().any(|it| is_proxy(case, it));
        !beside && !host.contains("socket-proxy")
    });
    let weakness = |it: EnvironmentEntry<'_>| {
        let of = it.of.map_or(String::new(), |it| format!(" of {it}"));
        let message =
            format!("{}{of} gives container {} a container runtime", it.name, container.name);
        Weakness::new(it.site, message).severity(Severity::High).advice(THROUGH_A_PROXY)
    };
    remote.map(weakness).collect()
}

const THROUGH_A_PROXY: &str =
    "let it speak to a filtering proxy that allows only what the service needs";

fn is_remote(name: &str, value: &str) -> bool {
    is_address(name) && ["tcp://", "ssh://"].iter().any(|it| value.starts_with(it))
}

fn host(value: &str) -> &str {
    let address = value.split("://").nth(1).unwrap_or("");
    address.rsplit('@').next().unwrap_or("").split([':', '/']).next().unwrap_or("")
}

fn remote(service: &Service<'_>, variable: &Variable<'_>) -> Option<Weakness> {
    let site = Site { file: variable.item.file, span: variable.item.node.span() };
    let name = variable.name;
    is_given(service, name, &variable.value.value).then(|| given(site, name))
}

/// The same where a file of variables says it.
fn remote_of_files(service: &Service<'_>) -> Vec<Weakness> {
    let left = service.variables_left_by_files().into_iter().filter(|(_, it)| {
        it.value.as_deref().is_some_and(|value| is_given(service, &it.name, value))
    });
    left.map(|(file, it)| given(file.site, &format!("{} of {}", it.name, file.path))).collect()
}

fn given(site: Site, by: &str) -> Weakness {
    Weakness::new(site, format!("{by} gives the container a container runtime"))
        .severity(Severity::High)
        .advice(THROUGH_A_PROXY)
}

/// Whether a variable leads to a runtime elsewhere. What it is told to do is done where a filtering proxy of the project
/// stands between.
fn is_given(service: &Service<'_>, name: &str, value: &str) -> bool {
    let between = || service.project.image_of(host(value));
    is_remote(name, value) && !between().is_some_and(|it| it.contains("socket-proxy"))
}
