//! What of a model is kept, and which services are left out.

use serde_json::{Value, json};

use super::{Origin, Place, Terms, isolate};

/// A host with sockets in one folder, and an engine that lacks one image.
const TERMS: Terms<'static> = Terms {
    project: "app",
    open: false,
    place: &|it| if it.ends_with(".sock") { Place::Special } else { Place::Folder },
    leads_out: &|it| if it == "/run/db" { Some("it has a socket".to_owned()) } else { None },
    image: &|names| names.iter().find(|it| *it != "gone").cloned(),
};

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
            "gone": { "image": "gone" },
            "alone": { "image": "x", "network_mode": "none" },
        },
        "volumes": { "data": {} },
    });
    let done = isolate(&model, &TERMS);
    let web = &done.model["services"]["web"];
    assert!(web.get("ports").is_none() && web.get("container_name").is_none(), "{web}");
    assert_eq!(web["restart"], "no");
    assert_eq!(web["depends_on"], json!({ "db": { "condition": "service_started" } }));
    assert_eq!(web["volumes"][0]["source"], "copy0");
    assert_eq!(done.model["services"]["db"]["volumes"][0]["source"], "copy0");
    assert_eq!(done.model["services"]["db"]["image"], "app-db");
    assert_eq!(done.model["services"]["alone"]["network_mode"], "none");
    assert!(done.left_out["gone"].contains("not in the engine"), "{:?}", done.left_out);
    assert_eq!(done.copies.len(), 2);
    assert_eq!(done.copies[1].origin, Origin::Folder("/srv/app/data".to_owned()));
    let files = &done.model["services"]["files"]["volumes"];
    assert_eq!((&files[0]["source"], &files[1]["source"]), (&json!("copy1"), &json!("/srv/app/a")));
    assert_eq!(done.left_out["home"], "it holds /home/ann of the host");
    assert_eq!(done.copies[0].origin, Origin::Volume("app_data".to_owned()));
    assert_eq!(done.model["networks"]["default"]["internal"], true);
    assert_eq!(done.left_out["spy"], "it holds a socket of the runtime");
    assert!(done.left_out["beside"].contains("without spy"), "{:?}", done.left_out);
}

#[track_caller]
fn is_left_out(service: &Value, why: &str) {
    let done = isolate(&json!({ "services": { "it": service } }), &TERMS);
    let told = done.left_out.get("it").map_or("", String::as_str);
    assert!(told.contains(why) && done.services.is_empty(), "{service}: {told}");
}

#[test]
fn what_acts_on_others_is_left_out() {
    is_left_out(&json!({ "image": "x", "pid": "container:db" }), "container db");
    is_left_out(&json!({ "image": "x", "ipc": "container:db" }), "container db");
    is_left_out(&json!({ "image": "x", "network_mode": "container:db" }), "container db");
    is_left_out(&json!({ "image": "x", "volumes_from": ["container:db:ro"] }), "container db");
    is_left_out(&json!({ "image": "x", "cgroup": "host" }), "control groups");
    for cap in ["SYS_TIME", "cap_sys_module", "SYS_RAWIO", "SYS_ADMIN", "ALL", "BPF", "NEW_ONE"] {
        is_left_out(&json!({ "image": "x", "cap_add": [cap] }), "acts on the host");
    }
    is_left_out(&json!({ "image": "x", "device_cgroup_rules": ["c 1:3 mr"] }), "devices");
    is_left_out(&json!({ "image": "x", "use_api_socket": true }), "socket of the runtime");
    is_left_out(&json!({ "image": "x", "security_opt": ["systempaths=unconfined"] }), "/proc");
    is_left_out(&json!({ "image": "x", "volumes": ["/run/db:/run/db:ro"] }), "a socket");
    is_left_out(&json!({ "image": "x", "volumes": ["/srv/a.sock:/a.sock"] }), "listen");
}

#[test]
fn what_others_go_by_is_not_kept() {
    let service = json!({
        "image": "x", "ports": ["80:80"], "labels": { "traefik.enable": "true" }, "expose": [1],
        "annotations": {}, "logging": {}, "gpus": "all", "from_tomorrow": 1, "platform": "linux/arm64",
        "deploy": { "replicas": 3, "resources": { "limits": { "pids": 9 }, "reservations": {} } },
        "user": "1:1", "working_dir": "/x",
    });
    let done = isolate(&json!({ "services": { "it": service } }), &TERMS);
    let kept: Vec<&String> = done.model["services"]["it"].as_object().unwrap().keys().collect();
    assert_eq!(kept, ["deploy", "image", "networks", "restart", "user", "working_dir"]);
    assert_eq!(
        done.model["services"]["it"]["deploy"],
        json!({ "resources": { "limits": { "pids": 9 } } })
    );
}
