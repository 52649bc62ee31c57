//! The model of a project, as Compose resolves it, made so that it runs beside the project and touches nothing of it: no
//! published port, no name of its own, one internal network, copies in the place of volumes and folders of the host.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::mount::Mount;
use super::reach::{needs, reaches_out};

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
    /// What services wait for that is left out.
    pub lacks: BTreeMap<String, Vec<String>>,
}

/// What a service says of itself alone. Whatever else there is, or comes to be, is not tried: a port, a name, a label that
/// others of the host go by.
const KEPT: [&str; 53] = [
    "cap_add",
    "cap_drop",
    "cgroup",
    "command",
    "configs",
    "cpu_count",
    "cpu_percent",
    "cpu_period",
    "cpu_quota",
    "cpu_shares",
    "cpus",
    "cpuset",
    "depends_on",
    "dns",
    "dns_opt",
    "dns_search",
    "domainname",
    "entrypoint",
    "env_file",
    "environment",
    "extra_hosts",
    "group_add",
    "healthcheck",
    "hostname",
    "image",
    "init",
    "ipc",
    "links",
    "mem_limit",
    "mem_reservation",
    "mem_swappiness",
    "memswap_limit",
    "oom_score_adj",
    "pid",
    "pids_limit",
    "post_start",
    "pre_stop",
    "privileged",
    "read_only",
    "runtime",
    "secrets",
    "security_opt",
    "shm_size",
    "stdin_open",
    "stop_grace_period",
    "stop_signal",
    "storage_opt",
    "sysctls",
    "tmpfs",
    "tty",
    "ulimits",
    "user",
    "userns_mode",
];

/// What else of it is kept, made so that it is its own.
const CHANGED: [&str; 6] =
    ["deploy", "network_mode", "networks", "volumes", "volumes_from", "working_dir"];

/// How a model is made to run beside its project.
pub struct Terms<'t> {
    /// What the project is called in the engine.
    pub project: &'t str,
    /// Whether it may reach other networks.
    pub open: bool,
    /// What lies at a path of the host.
    pub place: &'t dyn Fn(&str) -> Place,
    /// What lies in a folder of the host that leads to others, or why that cannot be told.
    pub leads_out: &'t dyn Fn(&str) -> Option<String>,
    /// The name among some under which the engine has an image.
    pub image: &'t dyn Fn(&[String]) -> Option<String>,
}

/// What lies at a path of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Nothing: the engine would make a folder.
    Absent,
    /// A folder, or what cannot be seen from here.
    Folder,
    /// A file.
    File,
    /// A socket, a pipe, a device.
    Special,
}

/// The model of a project that touches nothing of it.
pub fn isolate(model: &Value, terms: &Terms<'_>) -> Isolated {
    let services = model["services"].as_object().cloned().unwrap_or_default();
    let mut done = Isolated::default();
    let mut kept: BTreeMap<String, Value> = BTreeMap::new();
    for (name, service) in &services {
        let image = image(name, service, terms);
        match reaches_out(service, &model["volumes"], terms).map_or(image, Err) {
            Err(why) => drop(done.left_out.insert(name.clone(), why)),
            Ok(image) => {
                done.services.insert(name.clone(), image);
                kept.insert(name.clone(), service.clone());
            }
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
        done.services.remove(&name);
        done.left_out.insert(name, format!("it cannot run without {other}, which is left out"));
    }
    let names: BTreeSet<String> = kept.keys().cloned().collect();
    let mut all = Map::new();
    for (name, service) in kept {
        let Value::Object(mut service) = service else { continue };
        service.insert("image".to_owned(), json!(done.services[&name]));
        network(&mut service);
        service.retain(|key, _| KEPT.contains(&key.as_str()) || CHANGED.contains(&key.as_str()));
        if let Some(Value::Object(deploy)) = service.remove("deploy")
            && let limits @ Value::Object(_) = &deploy["resources"]["limits"]
        {
            service.insert("deploy".to_owned(), json!({ "resources": { "limits": limits } }));
        }
        service.insert("restart".to_owned(), json!("no"));
        let lacks = depend(&mut service, &names);
        if !lacks.is_empty() {
            done.lacks.insert(name.clone(), lacks);
        }
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

/// The image that a service runs, as the engine has it.
///
/// # Errors
/// It does not have it.
fn image(name: &str, service: &Value, terms: &Terms<'_>) -> Result<String, String> {
    let named = service["image"].as_str().map(str::to_owned);
    let built = || ["-", "_"].map(|it| format!("{}{it}{name}", terms.project)).to_vec();
    let names = named.map_or_else(built, |it| vec![it]);
    (terms.image)(&names).ok_or_else(|| {
        let how = if service["build"].is_null() { "pull" } else { "build" };
        format!("its image {} is not in the engine: `docker compose {how}` brings it", names[0])
    })
}

/// Puts a service into the one network of the trial, unless it has none or shares that of another.
fn network(service: &mut Map<String, Value>) {
    let mode = service.get("network_mode").and_then(Value::as_str);
    let stays = mode.is_some_and(|it| it == "none" || it.starts_with("service:"));
    if stays {
        service.remove("networks");
        return;
    }
    let aliases = aliases(service);
    service.remove("network_mode");
    service.insert("networks".to_owned(), json!({ "default": { "aliases": aliases } }));
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

/// Keeps what it waits for as far as that is there, and tells what is not.
fn depend(service: &mut Map<String, Value>, names: &BTreeSet<String>) -> Vec<String> {
    let mut lacks = Vec::new();
    let mut is_there = |it: &str| {
        if !names.contains(it) {
            lacks.push(it.to_owned());
        }
        names.contains(it)
    };
    match service.get_mut("depends_on") {
        Some(Value::Object(all)) => all.retain(|it, _| is_there(it)),
        Some(Value::Array(all)) => all.retain(|it| it.as_str().is_some_and(&mut is_there)),
        _ => (),
    }
    if let Some(Value::Array(links)) = service.get_mut("links") {
        links.retain(|it| {
            it.as_str().and_then(|it| it.split(':').next()).is_some_and(|it| names.contains(it))
        });
    }
    lacks
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
            "bind" if mount.read_only || (terms.place)(&source) == Place::File => {
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
