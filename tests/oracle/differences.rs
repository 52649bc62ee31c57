//! Where the consumer and the library differ over one document.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::consumer::{Dialect, Facts};
use super::excuses::{is_refused, is_taken_away};
use super::ours::{PASSED, Said, Verdict};

/// A kind of difference: what is wrong, and with which rule or message.
pub(crate) type Kind = (&'static str, String);

/// What the consumer sees and the library does not say, before any fix.
pub(crate) fn before(facts: &Facts, ours: &Verdict) -> Vec<Kind> {
    if let Some((what, message)) = &ours.fault {
        return vec![(*what, folded(message))];
    }
    match &ours.refused {
        Some(why) if why == PASSED && !facts.facts.is_empty() => {
            vec![("passed over in silence", String::new())]
        }
        Some(_) => Vec::new(),
        None => missed(facts, &ours.checked, ours)
            .into_iter()
            .map(|rule| ("the consumer alone sees it", rule))
            .collect(),
    }
}

/// What is wrong with the text that the fixes leave.
pub(crate) fn after(dialect: Dialect, old: &Facts, new: &Facts, ours: &Verdict) -> Vec<Kind> {
    if old.error.is_some() {
        return Vec::new();
    }
    if let Some(error) = &new.error {
        return vec![("loads no more after fix", folded(error))];
    }
    let mut found: Vec<Kind> = Vec::new();
    let known = missed(old, &ours.checked, ours);
    for rule in missed(new, &ours.left, ours) {
        // What is mounted read-only is still mounted.
        if known.contains(&rule) || rule == "host-mount" {
            continue;
        }
        let claimed = ours.fixed.iter().any(|it| it.0 == rule);
        let what = if claimed { "called fixed and still there" } else { "unsaid after fix" };
        found.push((what, rule));
    }
    let (old, new) = (elsewhere(dialect, &old.data), elsewhere(dialect, &new.data));
    let mut at = Vec::new();
    unequal(&old, &new, "", &mut at);
    let places: BTreeSet<String> = at.into_iter().collect();
    found.extend(places.into_iter().map(|it| ("reads otherwise after fix", it)));
    found
}

/// What a service lacks; the others are what it has.
const LACKS: &[&str] =
    &["root-user", "kept-capabilities", "privilege-escalation", "writable-rootfs", "seccomp-off"];

/// What a container of Windows may have written and cannot have: the API server refuses it beside `os.name`, and the
/// kubelet lets it be where a selector alone says Windows (SPEC 5.5).
const LINUX: &[&str] = &["dangerous-capabilities", "lsm-off"];

/// What a service that is skipped may say: only of what gives the host away is told there (SPEC 1.7).
const SKIPPED: &[&str] = &["dangerous-capabilities", "host-cgroup", "host-mount"];

/// Rules that hold for somebody for whom they are not said.
///
/// What a container lacks need not be said where something else runs it (SPEC 1.7), or where only a part of it stands.
fn missed(facts: &Facts, said: &[Said], ours: &Verdict) -> Vec<String> {
    let (mut parts, mut windows) = (BTreeSet::new(), BTreeSet::new());
    excused_containers(&facts.data, &mut parts, &mut windows);
    let excused = |rule: &str, who: &str| {
        let container = who.split_once(':').and_then(|it| it.1.split_once('/'));
        let part = || container.is_some_and(|it| parts.contains(it.1));
        let on_windows = || container.is_some_and(|it| windows.contains(it.1));
        // Of a pod the consumer does not tell the path.
        let harmless = || match who.rsplit_once(' ').filter(|it| it.1.starts_with('/')) {
            Some((_, path)) => is_harmless(path),
            None => of_workloads(&facts.data).flat_map(host_paths).all(is_harmless),
        };
        let skipped = || ours.skipped.iter().any(|it| of(it, who));
        LACKS.contains(&rule)
            && (part() || rule == "root-user" && is_no_root(&facts.data, who) || skipped())
            || SKIPPED.contains(&rule) && skipped()
            || is_taken_away(&facts.data, who)
            || is_refused(&facts.data)
            || rule == "host-mount" && harmless()
            || LINUX.contains(&rule) && on_windows()
    };
    let silent = |rule: &str, who: &str| {
        // What the whole pod says is told of its first container, whatever that is called, and a folder that holds a
        // socket as the socket.
        let of_pod = who.contains('/')
            && (rule == "seccomp-off" || rule == "lsm-off" && is_off_for_a_pod(&facts.data));
        let says = |it: &Said| {
            let same = it.0 == rule || rule == "host-mount" && it.0 == "runtime-socket";
            same && (of(&it.1, who) || of_pod && it.1.contains(" container "))
        };
        let owns = |it: &(String, String)| of(&it.0, who) && is_about(rule, &it.1);
        !excused(rule, who) && !said.iter().any(says) && !ours.unknown.iter().any(owns)
    };
    let holds = |(rule, whom): (&String, &Vec<String>)| {
        whom.iter().any(|who| silent(rule, who)).then(|| rule.clone())
    };
    facts.facts.iter().filter_map(holds).collect()
}

fn is_harmless(path: &str) -> bool {
    let parts = path.split('/').filter(|it| !it.is_empty() && *it != ".");
    let own = parts.fold(String::new(), |all, it| all + "/" + it);
    let ends = |it: &str| it.is_empty() || it.starts_with('/');
    let below = |it: &&str| own.strip_prefix(*it).is_some_and(ends);
    let is_pipe = path.replace('\\', "/").starts_with("//./pipe/csi-");
    is_pipe || HARMLESS.iter().any(below)
}

/// The objects that say what they are: what else stands in a file mounts nothing.
fn of_workloads(data: &Value) -> impl Iterator<Item = &Value> {
    let is_one = |it: &&Value| it["kind"].is_string() && it["apiVersion"].is_string();
    data.as_array().into_iter().flatten().filter(is_one)
}

/// The paths of the host that pods mount.
fn host_paths(data: &Value) -> Vec<&str> {
    match data {
        Value::Array(items) => items.iter().flat_map(host_paths).collect(),
        Value::Object(object) => {
            let own = object.get("hostPath").and_then(|it| it["path"].as_str());
            let inner = object.iter().filter(|it| it.0 != "metadata");
            own.into_iter().chain(inner.flat_map(|it| host_paths(it.1))).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether the service leaves its user to an image that is known not to start as root, which no reader of files knows.
fn is_no_root(data: &Value, service: &str) -> bool {
    let service = &data["services"][service];
    let image = service["image"].as_str().and_then(|it| casehard::images::find(it).image());
    service["user"].is_null() && image.is_some_and(|it| !it.starts_as_root())
}

/// Whether a pod, rather than one of its containers, says that AppArmor is off.
fn is_off_for_a_pod(data: &Value) -> bool {
    match data {
        Value::Array(items) => items.iter().any(is_off_for_a_pod),
        Value::Object(object) => {
            let is_pod = ["containers", "initContainers", "ephemeralContainers"]
                .iter()
                .any(|it| object.contains_key(*it));
            is_pod && data["securityContext"]["appArmorProfile"]["type"] == "Unconfined"
                || object.values().any(is_off_for_a_pod)
        }
        _ => false,
    }
}

/// Whether what is not known can be what a rule asks for: it names its setting, or where settings come from.
fn is_about(rule: &str, words: &str) -> bool {
    let settings: &[&str] = match rule {
        "root-user" => &["user", "runAs"],
        "kept-capabilities" | "dangerous-capabilities" => &["cap_drop", "cap_add", "capabilities"],
        "privilege-escalation" => &["security_opt", "no-new-privileges", "PrivilegeEscalation"],
        "seccomp-off" | "lsm-off" | "unmasked-paths" => &["security_opt", "rofile", "procMount"],
        "writable-rootfs" => &["read_only", "readOnly"],
        "runtime-socket" | "host-mount" => &["volume", "mount", "config", "secret", "driver"],
        "host-users" => &["userns"],
        "host-network" => &["network_mode", "hostNetwork"],
        "privileged-hook" => &["post_start", "pre_stop", "hook", "privileged"],
        "privileged-build" => &["build", "privileged"],
        other => &[other.strip_prefix("host-").unwrap_or(other)],
    };
    const FROM: &[&str] =
        &["extends", "base", "override", "include", "platform", "isolation", "credential"];
    let words = words.to_lowercase();
    settings.iter().chain(FROM).any(|it| words.contains(&it.to_lowercase()))
}

/// The names of containers that nothing is asked of: those that name no image, being a part of a patch or of an
/// operator's resource, and those of Windows, which are told apart.
fn excused_containers<'a>(
    data: &'a Value,
    found: &mut BTreeSet<&'a str>,
    windows: &mut BTreeSet<&'a str>,
) {
    match data {
        Value::Array(items) => items.iter().for_each(|it| excused_containers(it, found, windows)),
        Value::Object(object) => {
            let is_windows = data["os"]["name"] == "windows"
                || data["nodeSelector"]["kubernetes.io/os"] == "windows"
                || data["nodeSelector"]["beta.kubernetes.io/os"] == "windows"
                || data["affinity"].to_string().contains("windows");
            for key in ["containers", "initContainers", "ephemeralContainers"] {
                for it in object.get(key).and_then(Value::as_array).into_iter().flatten() {
                    if is_windows {
                        windows.insert(it["name"].as_str().unwrap_or(""));
                    }
                    if is_windows || it["image"].as_str().is_none_or(str::is_empty) {
                        found.insert(it["name"].as_str().unwrap_or(""));
                    }
                }
            }
            object.values().for_each(|it| excused_containers(it, found, windows));
        }
        _ => (),
    }
}

/// Files of the host that every container may read; what is written to them is a finding of another kind.
const HARMLESS: &[&str] = &[
    "/etc/localtime",
    "/etc/timezone",
    "/etc/machine-id",
    "/etc/nsswitch.conf",
    "/etc/ssl",
    "/etc/hosts",
    "/etc/resolv.conf",
    "/lib/modules",
    "/etc/pki",
];

/// Whether a subject can mean somebody: the very one, or something that is no service or container.
fn of(subject: &str, who: &str) -> bool {
    if let Some(name) = subject.strip_prefix("service ") {
        return who == name || who.strip_prefix(name).is_some_and(|it| it.starts_with(' '));
    }
    // `0.0:Deployment/container`
    let Some((_, pod)) = who.split_once(':') else { return true };
    let (kind, container) = pod.split_once(['/', ' ']).unwrap_or((pod, ""));
    let container = if pod.contains('/') { container } else { "" };
    let same_kind = subject.split_once('/').is_none_or(|it| it.0 == kind);
    // A container without a name is called by its place.
    let same = |it: (&str, &str)| it.1 == container || container.is_empty();
    same_kind && subject.rsplit_once(" container ").is_none_or(same)
}

/// A message without what differs from document to document.
fn folded(message: &str) -> String {
    let mut text = String::new();
    for part in message.split(['`', '"', '\'']).step_by(2) {
        text += part;
    }
    let text: String = text.chars().filter(|it| !it.is_ascii_digit()).collect();
    text.lines().next().unwrap_or("").chars().take(120).collect()
}

/// Settings that hardening is for.
const COMPOSE: &[&str] = &[
    "user",
    "security_opt",
    "cap_add",
    "cap_drop",
    "read_only",
    "privileged",
    "tmpfs",
    "devices",
    "device_cgroup_rules",
    "use_api_socket",
    "shm_size",
    "group_add",
    "pid",
    "ipc",
    "uts",
    "userns_mode",
    "cgroup",
    "network_mode",
    "volumes",
    "sysctls",
    "networks",
    "ports",
    "configs",
    "secrets",
];
const KUBERNETES: &[&str] = &[
    "securityContext",
    "hostPID",
    "hostIPC",
    "hostNetwork",
    "hostUsers",
    "shareProcessNamespace",
    "automountServiceAccountToken",
    "volumes",
    "volumeMounts",
    "hostPort",
    "dnsPolicy",
];

/// What was read, without what a fix may change.
fn elsewhere(dialect: Dialect, data: &Value) -> Value {
    match (dialect, data) {
        (Dialect::Compose, Value::Object(project)) => {
            let mut kept = without(project, &[]);
            if let Some(Value::Object(services)) = kept.get_mut("services") {
                services.retain(|name, _| !name.ends_with(PROXY));
                for service in services.values_mut() {
                    if let Value::Object(it) = service {
                        *it = without(it, COMPOSE);
                        drop_hooks(it);
                    }
                }
            }
            kept.retain(|key, _| key != "networks" && key != "volumes");
            Value::Object(kept)
        }
        _ => masked(data),
    }
}

fn without(object: &Map<String, Value>, keys: &[&str]) -> Map<String, Value> {
    let kept = object.iter().filter(|it| !it.0.starts_with("x-") && !keys.contains(&it.0.as_str()));
    kept.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// What the names of filtering proxies end with.
const PROXY: &str = "-socket-proxy";

/// Variables that name the socket of an engine.
const ENGINES: &[&str] = &["DOCKER_HOST", "CONTAINER_HOST", "BUILDKIT_HOST"];

/// Hooks, builds and watches lose privileges, the environment loses the engine's address.
fn drop_hooks(service: &mut Map<String, Value>) {
    for hook in ["post_start", "pre_stop"] {
        for it in service.get_mut(hook).and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(it) = it.as_object_mut() {
                it.retain(|key, _| key != "privileged" && key != "user");
            }
        }
    }
    if let Some(build) = service.get_mut("build").and_then(Value::as_object_mut) {
        build.remove("privileged");
        build.remove("entitlements");
    }
    service.remove("develop");
    // A filtering proxy in place of the engine's socket.
    if let Some(all) = service.get_mut("depends_on").and_then(Value::as_object_mut) {
        all.retain(|name, _| !name.ends_with(PROXY));
    }
    let is_told = |it: &Value| it.as_str().is_some_and(|it| it.contains(PROXY));
    if let Some(all) = service.get_mut("command").and_then(Value::as_array_mut) {
        all.retain(|it| !is_told(it));
    }
    if let Some(all) = service.get_mut("environment").and_then(Value::as_object_mut) {
        all.retain(|key, value| !ENGINES.contains(&key.as_str()) && !is_told(value));
    }
    service.retain(|_, it| *it != Value::Object(Map::new()) && !it.is_null());
}

fn masked(data: &Value) -> Value {
    match data {
        Value::Array(items) => items.iter().map(masked).collect(),
        Value::Object(object) => {
            let mut kept = without(object, KUBERNETES);
            kept.retain(|key, _| !key.ends_with("SecurityContext"));
            if let Some(Value::Object(it)) = kept.get_mut("annotations") {
                it.retain(|key, _| !key.contains("seccomp") && !key.contains("apparmor"));
            }
            // With the engine's socket goes what points there.
            if let Some(Value::Array(all)) = kept.get_mut("env") {
                all.retain(|it| !it["name"].as_str().is_some_and(|it| ENGINES.contains(&it)));
            }
            kept.retain(|key, it| key != "env" || *it != Value::Array(Vec::new()));
            for probe in ["httpGet", "tcpSocket"] {
                if let Some(Value::Object(it)) = kept.get_mut(probe) {
                    it.remove("host");
                }
            }
            let values = kept.into_iter().map(|(key, it)| (key, masked(&it)));
            let full = |it: &(String, Value)| !it.1.is_null() && it.1 != Value::Object(Map::new());
            Value::Object(values.filter(full).collect())
        }
        other => other.clone(),
    }
}

/// The places that differ, items without their number.
fn unequal(old: &Value, new: &Value, at: &str, found: &mut Vec<String>) {
    match (old, new) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let child = match at {
                    ".services" => format!("{at}.*"),
                    _ => format!("{at}.{key}"),
                };
                let none = &Value::Null;
                unequal(a.get(key).unwrap_or(none), b.get(key).unwrap_or(none), &child, found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).for_each(|(a, b)| unequal(a, b, &format!("{at}.-"), found));
        }
        // What an image needs is set.
        (Value::Null, _) if at.contains(".environment") => (),
        _ if old != new => found.push(at.to_owned()),
        _ => (),
    }
}
