//! Compose files that Compose would refuse, and those that only look like Compose.

use crate::attempt::{named, walked};

#[track_caller]
fn refused(text: &str, place: &str, why: &str) {
    named("compose.yaml", text).is_refused(place, why);
    named("stack.yaml", text).is_refused(place, why);
}

#[test]
fn services_must_be_a_mapping() {
    named("compose.yaml", "services:\n  - web\n").is_refused("2:3", "mapping of names to services");
    named("stack.yaml", "services:\n  - web\n").is_refused("2:3", "mapping of names to services");
    named("compose.yaml", "services: web\n").is_refused("1:11", "mapping of names to services");
}

#[test]
fn a_service_must_be_a_mapping() {
    refused("services:\n  web: nginx\n", "2:8", "under the service `web`");
    refused("services:\n  web:\n    - nginx\n", "3:5", "under the service `web`");
}

#[test]
fn a_service_without_anything_is_refused() {
    refused("services:\n  web:\n  api:\n    image: a\n", "2:3", "under the service `web`");
    refused("services:\n  web: ~\n", "2:8", "under the service `web`");
}

#[test]
fn values_must_have_their_shape() {
    let web = |rest: &str| format!("services:\n  web:\n    image: a\n    {rest}\n");
    refused(&web("user: {a: b}"), "4:11", "single value under `web.user`");
    refused(&web("user: [a]"), "4:11", "single value under `web.user`");
    refused(&web("cap_drop: ALL"), "4:15", "list under `web.cap_drop`");
    refused(&web("cap_drop: {ALL: true}"), "4:15", "list under `web.cap_drop`");
    refused(&web("security_opt:\n      - no-new-privileges: true"), "5:9", "in quotes");
    refused(&web("privileged: [true]"), "4:17", "single value");
    refused(&web("volumes: /a:/b"), "4:14", "list under `web.volumes`");
    refused(&web("tmpfs: {a: b}"), "4:12", "list or a single path");
}

#[test]
fn the_first_version_is_refused() {
    named("compose.yml", "web:\n  image: a\n  privileged: true\n")
        .is_refused("1:1", "first version");
    named("docker-compose.yml", "web:\n  build: .\ndb:\n  image: b\n")
        .is_refused("1:1", "first version");
}

#[test]
fn fragments_without_services_are_left_in_peace() {
    for text in [
        "networks:\n  a:\n",
        "volumes:\n  a: {}\n",
        "include:\n  - other.yaml\n",
        "x-a: 1\nsecrets: {}\n",
    ] {
        named("compose.yaml", text).is_left_in_peace();
    }
}

#[test]
fn what_only_looks_like_compose_is_left_in_peace() {
    let symfony = "services:\n  App\\Kernel:\n    autowire: true\n";
    let gitlab = "image: ruby\nservices:\n  - postgres:16\ntest:\n  script: [rake]\n";
    let actions =
        "on: push\njobs:\n  a:\n    services:\n      db: {image: postgres, privileged: true}\n";
    let kong = "_format_version: \"3.0\"\nservices:\n  - name: a\n    url: http://a\n";
    for text in [symfony, gitlab, actions, kong] {
        walked("thing.yaml", text).is_left_in_peace();
        assert_eq!(named("thing.yaml", text).code, 2);
    }
}

#[test]
fn names_of_services_mean_nothing() {
    let text = "services:\n  image:\n    image: a\n  privileged:\n    image: b\n    environment: {privileged: \"true\"}\n    labels: [cap_add=ALL]\n  \"on\":\n    image: c\n  123:\n    image: d\n  a.b:\n    image: e\nvolumes:\n  privileged:\n";
    let new = named("compose.yaml", text).is_mended();
    assert_eq!(new.matches("cap_drop:").count(), 5, "{new}");
    assert!(
        new.contains("environment: {privileged: \"true\"}")
            && new.contains("labels: [cap_add=ALL]")
    );
}

#[test]
fn extends_in_a_circle_ends() {
    let text = "services:\n  a: {extends: b, image: a}\n  b: {extends: a, image: b}\n  c: {extends: c, image: c}\n";
    named("compose.yaml", text).is_left_in_peace();
}
