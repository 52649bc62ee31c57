//! A filtering proxy between a service and the socket of the engine: what stands in place of the mount.

use super::{Case, Proposal, below};
use crate::config::Target;
use crate::finding::Confidence;
use crate::images::{Api, Way};
use crate::workload::compose::Service;
use crate::workload::{Blocked, Dialect, Handle, Mount, Setting, Written};
use crate::yaml::Value;

/// The proxy: what it is told to let through it lets through to read, and nothing else.
const IMAGE: &str = "tecnativa/docker-socket-proxy:v0.4.2";

/// Where it listens.
const PORT: u16 = 2375;

/// The proxy that a service can have in place of the socket that it mounts, or why none can be written; nothing where it
/// is not known what the service asks of the engine.
pub(super) fn proposal(
    case: &Case<'_, '_>,
    mount: &Mount<'_>,
    path: &str,
) -> Option<Result<Proposal, String>> {
    let api = case.evidence.api.as_ref()?;
    if let Some(but) = &api.but {
        return Some(Err(but.clone()));
    }
    let Dialect::Compose(service) = &case.workload.dialect else {
        let parts = api.asks.join(", ");
        return Some(Err(format!(
            "give it a filtering socket proxy in place of the socket, which lets through {parts} alone, to be read"
        )));
    };
    if let Some(more) = asks_more(case, api) {
        return Some(Err(format!(
            "{more} makes it ask for more than to read: put a filtering socket proxy that allows only what it needs between them"
        )));
    }
    let way = api.ways.iter().find(|it| is_open(case, it))?;
    let by = way.option.as_ref().or(way.variable.as_ref())?;
    if case.container.node.tree().is_shown() {
        return Some(Err(format!(
            "start a filtering socket proxy ({IMAGE}, with {}) in an internal network of the two, give it by {by}, and \
             take the socket away",
            allowed(api)
        )));
    }
    let name = format!("{}-socket-proxy", service.name);
    let written = put_between(case, service, (mount, path), (&name, api), way);
    let title = format!("put a filtering proxy, {name}, between it and the socket");
    let basis = format!(
        "the image reads {} of the engine, which the proxy lets through, and is told of it by {}",
        api.asks.join(", "),
        by
    );
    let may_break = "whatever else it asks of the engine; the environment variables of all containers it can read as before";
    Some(Ok(Proposal::risky(title, written, may_break).because(Confidence::Risky, basis)))
}

/// What to do where an image may be told of the engine in a configuration of its own that is mounted: options of its
/// command would take the place of that.
pub(super) fn elsewhere(case: &Case<'_, '_>, socket: &Mount<'_>) -> Option<String> {
    let api = case.evidence.api.as_ref().filter(|it| it.but.is_none() && !it.ways.is_empty())?;
    let names_file = |it: &str| it.to_lowercase().starts_with("--configfile");
    let is_option = |it: &String| it.starts_with("--") && !names_file(it);
    let is_told_here = api.ways.iter().any(|it| it.beside.is_none() || is_open(case, it))
        || case.workload.words(case.container).command.iter().any(is_option);
    let mut others = case.container.mounts.iter().filter(|it| it.site != socket.site);
    (!is_told_here && others.any(|it| it.target != socket.target)).then(|| {
        format!(
            "what it asks the engine, if anything, stands in a configuration of its own: name a filtering socket proxy \
             there ({IMAGE}, with {}), and take the socket away",
            allowed(api)
        )
    })
}

/// What the proxy is told to let through.
fn allowed(api: &Api) -> String {
    api.asks.iter().map(|it| format!("{it}=1")).collect::<Vec<_>>().join(" ")
}

/// What of its command or environment makes it ask for more than is known.
fn asks_more(case: &Case<'_, '_>, api: &Api) -> Option<String> {
    let words = case.workload.words(case.container);
    let variables = case.workload.variables(case.container);
    let said = |text: &str| {
        let lower = text.to_lowercase();
        api.unless.iter().any(|it| lower.contains(&it.to_lowercase()))
    };
    let is_off = |value: Option<&str>| matches!(value, Some("false" | "0" | ""));
    let word = words.entrypoint.iter().chain(&words.command).find(|it| {
        let (name, value) = it.split_once('=').map_or((it.as_str(), None), |it| (it.0, Some(it.1)));
        said(name) && !is_off(value)
    });
    let variable = || variables.iter().find(|it| said(&it.name) && !is_off(it.value.as_deref()));
    word.cloned().or_else(|| Some(variable()?.name.clone()))
}

/// Whether it can be told so: where a configuration file is read instead, that is where it has to stand.
fn is_open(case: &Case<'_, '_>, way: &Way) -> bool {
    let Some(beside) = &way.beside else { return true };
    let begins = |it: &str| {
        let lower = it.to_lowercase();
        let rest = lower.strip_prefix(&beside.to_lowercase());
        rest.is_some_and(|it| it != "=false")
    };
    match way.option {
        Some(_) => case.workload.words(case.container).command.iter().any(|it| begins(it)),
        None => {
            let said = |it: &Setting| format!("{}={}", it.name, it.value.as_deref().unwrap_or(""));
            case.workload.variables(case.container).iter().any(|it| begins(&said(it)))
        }
    }
}

/// Everything that is written.
fn put_between(
    case: &Case<'_, '_>,
    service: &Service<'_>,
    (mount, path): (&Mount<'_>, &str),
    (name, api): (&str, &Api),
    way: &Way,
) -> Written {
    if case.evidence.platform.target == Target::Swarm {
        return Err(Blocked(
            "a stack of Docker Swarm places services on any node, and each node has an engine of its own: put a \
             filtering socket proxy on the managers"
                .to_owned(),
        ));
    }
    let scheme = if way.bare { "" } else { "tcp://" };
    let address = format!("{scheme}{name}:{PORT}");
    let mut edits = below::removal(case, mount).1?;
    edits.extend(match (&way.option, &way.variable) {
        (Some(option), _) => service.give_option(option, &address)?,
        (None, Some(variable)) => service.give_variable(variable, &address)?,
        (None, None) => Vec::new(),
    });
    edits.extend(service.without_engine_group()?);
    edits.extend(service.join_network(name)?);
    edits.extend(service.start_after(name)?);
    let source = match mount.handle {
        Handle::Item(item) => service.source_as_written(&item),
        Handle::Pod { .. } | Handle::Key(..) => None,
    };
    // What another volume or a file stands for is told by its path.
    let source = source.filter(|it| is_path(it)).unwrap_or_else(|| path.to_owned());
    edits.extend(service.beside(name, proxy(&source, name, api))?);
    edits.extend(service.declare_network(name, Value::map([("internal", true)]))?);
    Ok(edits)
}

/// Whether a source is one of the host, and not the name of a volume.
fn is_path(source: &str) -> bool {
    source.starts_with(['/', '.', '~', '$'])
}

/// The proxy as a service, in the posture.
fn proxy(path: &str, name: &str, api: &Api) -> Value {
    let socket = format!("{path}:/var/run/docker.sock:ro");
    let allowed = api.asks.iter().map(|it| (it.as_str(), Value::from("1")));
    Value::map([
        ("image", Value::from(IMAGE)),
        ("restart", Value::from("unless-stopped")),
        ("environment", Value::map(allowed.collect::<Vec<_>>())),
        ("volumes", Value::seq([socket])),
        ("networks", Value::seq([name])),
        ("read_only", Value::from(true)),
        ("tmpfs", Value::seq(["/run", "/tmp"])),
        ("cap_drop", Value::seq(["ALL"])),
        ("security_opt", Value::seq(["no-new-privileges:true"])),
    ])
}
