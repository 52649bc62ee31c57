//! The model of a project, as Compose resolves it, made so that it runs beside the project and touches nothing of it: no
//! published port, no name of its own, one internal network, copies in the place of volumes and folders of the host.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::severity::Severity;
use crate::workload::host::{HostPath, judge, socket};

/// What stands in the place of data.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A named volume, by its name in the engine.
    Volume(String),
    /// A folder of the host.
    Folder(String),
}

/// Data that a run gets a copy of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Copied {
    /// What is copied.
    pub origin: Origin,
    /// The key of the copy among the volumes of the model.
    pub key: String,
    /// A service that mounts it.
    pub service: String,
    /// Where it does.
    pub target: String,
}

/// A model that may run beside the project.
#[derive(Debug, Clone, Default)]
pub struct Isolated {
    /// The model, without what its copies are called in the engine.
    pub model: Value,
    /// What is copied.
    pub copies: Vec<Copied>,
    /// The services that it has, with their images.
    pub services: BTreeMap<String, String>,
    /// Services that it leaves out, with the reason.
    pub left_out: BTreeMap<String, String>,
}

/// What a service says that concerns others than itself.
const DROPPED: [&str; 17] = [
    "ports",
    "container_name",
    "profiles",
    "logging",
    "build",
    "networks",
    "network_mode",
    "external_links",
    "expose",
    "scale",
    "deploy",
    "develop",
    "pull_policy",
    "mac_address",
    "cgroup_parent",
    "blkio_config",
    "restart",
];

/// How a model is made to run beside its project.
pub struct Terms<'t> {
    /// What the project is called in the engine.
    pub project: &'t str,
    /// Whether it may reach other networks.
    pub open: bool,
    /// Whether a path of the host is a folder, or nothing that the engine would make one of.
    pub is_folder: &'t dyn Fn(&str) -> bool,
}

/// The model of a project that touches nothing of it.
pub fn isolate(model: &Value, terms: &Terms<'_>) -> Isolated {
    let project = terms.project;
    let services = model["services"].as_object().cloned().unwrap_or_default();
    let mut done = Isolated::default();
    let mut kept: BTreeMap<String, Value> = BTreeMap::new();
    for (name, service) in &services {
        match reaches_host(service, &model["volumes"]) {
            Some(why) => drop(done.left_out.insert(name.clone(), why)),
            None => drop(kept.insert(name.clone(), service.clone())),
        }
    }
    // Who shares the network or the volumes of one that is left out cannot run without it.
    loop {
        let lacks = |it: &Value| needs(it).into_iter().find(|it| !kept.contains_key(it));
        let Some((name, other)) = kept.iter().find_map(|it| Some((it.0.clone(), lacks(it.1)?)))
        else {
            break;
        };
        kept.remove(&name);
        done.left_out.insert(name, format!("it cannot run without {other}, which is left out"));
    }
    let names: BTreeSet<String> = kept.keys().cloned().collect();
    let mut all = Map::new();
    for (name, service) in kept {
        let Value::Object(mut service) = service else { continue };
        let image = service.get("image").and_then(Value::as_str).map(str::to_owned);
        let image = image.unwrap_or_else(|| format!("{project}_{name}"));
        service.insert("image".to_owned(), Value::String(image.clone()));
        done.services.insert(name.clone(), image);
        if let Some(mode) = service.get("network_mode").and_then(Value::as_str)
            && mode.starts_with("service:")
        {
            let mode = Value::String(mode.to_owned());
            DROPPED.iter().for_each(|it| drop(service.remove(*it)));
            service.insert("network_mode".to_owned(), mode);
        } else {
            let aliases = aliases(&service);
            DROPPED.iter().for_each(|it| drop(service.remove(*it)));
            service.insert("networks".to_owned(), json!({ "default": { "aliases": aliases } }));
        }
        service.insert("restart".to_owned(), json!("no"));
        depend(&mut service, &names);
        mounts(&mut service, &name, (model, terms), &mut done.copies);
        all.insert(name, Value::Object(service));
    }
    let volumes: Map<String, Value> =
        done.copies.iter().map(|it| (it.key.clone(), json!({ "external": true }))).collect();
    let mut whole = json!({
        "services": all,
        "volumes": volumes,
        "networks": { "default": { "internal": !terms.open } },
    });
    for key in ["version", "secrets", "configs"] {
        if let Some(it) = model.get(key) {
            whole[key] = it.clone();
        }
    }
    done.model = whole;
    done
}

/// The other names that others find it by.
fn aliases(service: &Map<String, Value>) -> Vec<String> {
    let networks = service.get("networks").and_then(Value::as_object).into_iter().flatten();
    let named = networks.filter_map(|it| it.1["aliases"].as_array()).flatten();
    let mut all: Vec<String> = named.filter_map(Value::as_str).map(str::to_owned).collect();
    all.extend(service.get("container_name").and_then(Value::as_str).map(str::to_owned));
    all.sort_unstable();
    all.dedup();
    all
}

/// Why a service acts on the host, so that it is not run a second time.
fn reaches_host(service: &Value, volumes: &Value) -> Option<String> {
    let is = |key: &str, value: &str| service[key].as_str() == Some(value);
    if service["privileged"] == true {
        return Some("it is privileged".to_owned());
    }
    for (key, what) in [
        ("network_mode", "the host's network"),
        ("pid", "the host's processes"),
        ("ipc", "the host's shared memory"),
        ("uts", "the host's name"),
    ] {
        if is(key, "host") {
            return Some(format!("it is in {what}"));
        }
    }
    if service["devices"].as_array().is_some_and(|it| !it.is_empty()) {
        return Some("it holds devices of the host".to_owned());
    }
    let mounts = service["volumes"].as_array().into_iter().flatten().filter_map(Mount::of);
    for it in mounts {
        let device =
            it.source.as_deref().and_then(|name| volumes[name]["driver_opts"]["device"].as_str());
        let path = device.or(it.source.as_deref()).filter(|it| it.starts_with('/'));
        // A folder of its own is copied, wherever it lies.
        let gives_host_away = |path: &str| match judge(path, it.read_only, false) {
            HostPath::Bad(severity) => severity >= Severity::High,
            HostPath::Fine | HostPath::Protect => false,
        };
        if let Some(path) = path
            && (socket(path).is_some() || gives_host_away(path))
            && !it.read_only
        {
            return Some(format!("it holds {path} of the host"));
        }
        if path.is_some_and(|it| socket(it).is_some()) {
            return Some("it holds a socket of the runtime".to_owned());
        }
    }
    None
}

/// The services that one cannot start without.
fn needs(service: &Value) -> Vec<String> {
    let mut all = Vec::new();
    for key in ["network_mode", "pid", "ipc"] {
        all.extend(
            service[key].as_str().and_then(|it| it.strip_prefix("service:")).map(str::to_owned),
        );
    }
    let from = service["volumes_from"].as_array().into_iter().flatten().filter_map(Value::as_str);
    all.extend(from.filter_map(|it| it.split(':').next()).map(str::to_owned));
    all
}

/// What it waits for, as far as that is there.
fn depend(service: &mut Map<String, Value>, names: &BTreeSet<String>) {
    match service.get_mut("depends_on") {
        Some(Value::Object(all)) => all.retain(|it, _| names.contains(it)),
        Some(Value::Array(all)) => {
            all.retain(|it| it.as_str().is_some_and(|it| names.contains(it)));
        }
        _ => (),
    }
    if let Some(Value::Array(links)) = service.get_mut("links") {
        links.retain(|it| {
            it.as_str().and_then(|it| it.split(':').next()).is_some_and(|it| names.contains(it))
        });
    }
}

/// A mount in either form.
struct Mount {
    kind: String,
    source: Option<String>,
    target: String,
    read_only: bool,
}

impl Mount {
    fn of(value: &Value) -> Option<Mount> {
        if let Some(text) = value.as_str() {
            let mut parts = text.split(':');
            let first = parts.next()?.to_owned();
            let Some(target) = parts.next() else {
                return Some(Mount {
                    kind: "volume".to_owned(),
                    source: None,
                    target: first,
                    read_only: false,
                });
            };
            let read_only = parts.next().is_some_and(|it| it.split(',').any(|it| it == "ro"));
            let kind = if first.starts_with('/') { "bind" } else { "volume" };
            let target = target.to_owned();
            return Some(Mount { kind: kind.to_owned(), source: Some(first), target, read_only });
        }
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        Some(Mount {
            kind: text("type")?,
            source: text("source"),
            target: text("target")?,
            read_only: value["read_only"] == true,
        })
    }
}

/// Puts copies in the place of what is mounted.
fn mounts(
    service: &mut Map<String, Value>,
    name: &str,
    (model, terms): (&Value, &Terms<'_>),
    copies: &mut Vec<Copied>,
) {
    let Some(Value::Array(all)) = service.get_mut("volumes") else { return };
    for value in all {
        let Some(mount) = Mount::of(value) else { continue };
        let Some(source) = mount.source.clone() else { continue };
        let origin = match mount.kind.as_str() {
            "volume" => {
                let said = &model["volumes"][&source];
                let called = said["name"].as_str().map(str::to_owned);
                let is_external = said["external"] == true;
                let default =
                    if is_external { source } else { format!("{}_{source}", terms.project) };
                Origin::Volume(called.unwrap_or(default))
            }
            // What is only read is read where it is; a file cannot be a volume.
            "bind" if mount.read_only || !(terms.is_folder)(&source) => {
                *value = json!({ "type": "bind", "source": source, "target": mount.target, "read_only": true });
                continue;
            }
            "bind" => Origin::Folder(source),
            _ => continue,
        };
        let known = copies.iter().find(|it| it.origin == origin);
        let key = match known {
            Some(it) => it.key.clone(),
            None => {
                let key = format!("copy{}", copies.len());
                let (service, target) = (name.to_owned(), mount.target.clone());
                copies.push(Copied { origin: origin.clone(), key: key.clone(), service, target });
                key
            }
        };
        let mut new = json!({
            "type": "volume",
            "source": key,
            "target": mount.target,
            "read_only": mount.read_only,
        });
        // A folder of the host takes nothing from the image.
        if matches!(origin, Origin::Folder(_)) {
            new["volume"] = json!({ "nocopy": true });
        }
        *value = new;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_project_is_touched() {
        let model = json!({
            "services": {
                "web": {
                    "image": "web", "container_name": "web", "ports": ["80:80"], "restart": "always",
                    "volumes": ["data:/data", "/etc/hostname:/h:ro"],
                    "depends_on": { "db": { "condition": "service_started" }, "spy": {} },
                },
                "db": { "build": ".", "volumes": [
                    { "type": "volume", "source": "data", "target": "/d" }] },
                "files": { "image": "files", "volumes": ["/srv/app/data:/data", "/srv/app/a:/a:ro"] },
                "home": { "image": "files", "volumes": ["/home/ann:/data"] },
                "spy": { "image": "spy", "volumes": ["/var/run/docker.sock:/var/run/docker.sock:ro"] },
                "beside": { "image": "x", "network_mode": "service:spy" },
            },
            "volumes": { "data": {} },
        });
        let terms = Terms { project: "app", open: false, is_folder: &|_| true };
        let done = isolate(&model, &terms);
        let web = &done.model["services"]["web"];
        assert!(web.get("ports").is_none() && web.get("container_name").is_none(), "{web}");
        assert_eq!(web["restart"], "no");
        assert_eq!(web["depends_on"], json!({ "db": { "condition": "service_started" } }));
        assert_eq!(web["volumes"][0]["source"], "copy0");
        assert_eq!(done.model["services"]["db"]["volumes"][0]["source"], "copy0");
        assert_eq!(done.model["services"]["db"]["image"], "app_db");
        assert_eq!(done.copies.len(), 2);
        assert_eq!(done.copies[1].origin, Origin::Folder("/srv/app/data".to_owned()));
        let files = &done.model["services"]["files"]["volumes"];
        assert_eq!(
            (&files[0]["source"], &files[1]["source"]),
            (&json!("copy1"), &json!("/srv/app/a"))
        );
        assert_eq!(done.left_out["home"], "it holds /home/ann of the host");
        assert_eq!(done.copies[0].origin, Origin::Volume("app_data".to_owned()));
        assert_eq!(done.model["networks"]["default"]["internal"], true);
        assert_eq!(done.left_out["spy"], "it holds a socket of the runtime");
        assert!(done.left_out["beside"].contains("without spy"), "{:?}", done.left_out);
    }
}
