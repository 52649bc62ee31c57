//! Tests over all entries, and over the ways an image is named.

use super::check::CAPABILITIES;
use super::*;

#[test]
fn every_entry_is_complete_sorted_and_sourced() {
    let parsed = Knowledge::parse(&knowledge::text());
    assert_eq!(parsed, Ok(all().cloned().collect()));
    assert!(all().count() >= 202);
    assert!(CAPABILITIES.is_sorted());
}

#[test]
fn every_capability_has_a_reason() {
    for image in all() {
        for cap in image.caps_root.iter().chain(&image.caps_direct).chain(&image.file_caps) {
            assert_ne!(why(cap, image), "named by the image's knowledge", "{} {cap}", image.id);
        }
    }
}

#[test]
fn every_repository_is_found() {
    for image in all() {
        let bound = image.since.as_ref().or(image.until.as_ref());
        let version = bound.map_or("1.2.3".to_owned(), ToString::to_string);
        let tag = image.tags.first().map_or(version.clone(), |it| it.replace('*', ""));
        for repository in &image.repositories {
            let name = format!("{}:{tag}", repository.replace('*', "some-name"));
            assert!(find(&name).image().is_some(), "{name}");
        }
    }
}

#[track_caller]
fn check(image: &str, expected: &str) {
    let found = find(image).image().map_or("", |it| it.id.as_str());
    assert_eq!(found, expected, "{image}");
}

#[test]
fn official_images_are_told_apart_by_their_tag() {
    check("postgres", "postgres18");
    check("postgres:16", "postgres");
    check("postgres:16-alpine", "postgres-alpine");
    check("postgres:18", "postgres18");
    check("postgres:18.1-alpine3.22", "postgres18-alpine");
    check("postgres:alpine", "postgres18-alpine");
    check("postgis/postgis:16-3.4-alpine", "postgres-alpine");
    check("pgvector/pgvector:pg17", "postgres-pgvector");
    check("redis", "redis8");
    check("redis:7", "redis");
    check("redis:7.2-alpine", "redis-alpine");
    check("redis:8-alpine", "redis8-alpine");
    check("valkey/valkey:8-alpine", "valkey-8-alpine");
    check("mariadb:11", "mariadb");
    check("mariadb:11-ubi9", "mariadb-ubi");
    check("mysql:8.4", "mysql");
    check("mongo:7.0", "mongo");
    check("rabbitmq:3-management-alpine", "rabbitmq-3-alpine");
    check("rabbitmq:4-management", "rabbitmq");
    check("nginx:1.27-alpine-slim", "nginx");
    check("nginxinc/nginx-unprivileged", "nginx-unprivileged");
    check("wordpress", "wordpress");
    check("wordpress:6-php8.3-fpm-alpine", "wordpress-fpm-alpine");
    check("wordpress:cli-php8.3", "wordpress-cli");
    check("php:8.3-fpm", "php-fpm");
    check("php:8.3-apache-bookworm", "php-apache");
    check("php:8.3-cli", "php-cli");
    check("influxdb:2.8", "influxdb2");
    check("influxdb:2.7", "");
    check("influxdb:3-core", "influxdb3");
    check("influxdb:1.8", "influxdb-1.8");
    check("docker:27-dind", "dind");
    check("docker:27-cli", "docker-cli");
    check("louislam/uptime-kuma:2-rootless", "uptime-kuma-rootless");
    check("louislam/uptime-kuma:1", "uptime-kuma-1");
    check("gcr.io/distroless/static:nonroot", "distroless-nonroot");
    check("gcr.io/distroless/base-debian12", "distroless");
}

#[test]
fn registries_mirrors_and_digests_are_seen_through() {
    check("docker.io/library/nginx:1.27", "nginx");
    check("index.docker.io/nginx", "nginx");
    check("registry-1.docker.io/library/mongo:7", "mongo");
    check("public.ecr.aws/docker/library/redis:7", "redis");
    check("mirror.gcr.io/library/postgres:16", "postgres");
    check("mirror.gcr.io/grafana/grafana", "grafana");
    check("harbor.example.com/dockerhub-proxy/library/nginx:1.27", "nginx");
    check("registry.example.com:5000/docker.io/library/redis:7", "redis");
    check("registry.example.com/ghcr.io/linuxserver/sonarr", "linuxserver-read-only-nonroot");
    check("123456789012.dkr.ecr.eu-west-1.amazonaws.com/docker-hub/library/mysql:8", "mysql");
    check("localhost:5000/redis:7", "redis");
    check("localhost:5000/team/redis:7", "");
    check("nginx@sha256:0000", "nginx");
    check("redis:7.2-alpine@sha256:0000", "redis-alpine");
    check("influxdb@sha256:0000", "");
    check("bitnami/redis:7.2", "bitnami-redis");
    check("docker.io/bitnamilegacy/postgresql:16", "bitnami-postgresql");
    check("bitnami/oauth2-proxy", "bitnami");
    check("quay.io/oauth2-proxy/oauth2-proxy", "oauth2-proxy");
    check("lscr.io/linuxserver/sonarr:latest", "linuxserver-read-only-nonroot");
    check("ghcr.io/linuxserver/swag", "linuxserver-swag");
    check("linuxserver/calibre-web", "linuxserver-plain");
    check("linuxserver/socket-proxy", "linuxserver-socket-proxy");
    check("ghcr.io/home-operations/sonarr", "home-operations");
    check("quay.io/prometheus/prometheus:v3.1.0", "prometheus");
    check("prom/prometheus:v3.1.0-distroless", "prometheus-distroless");
}

#[test]
fn variables_are_seen_through() {
    check("postgres:${POSTGRES_TAG:-16-alpine}", "postgres-alpine");
    check("postgres:${POSTGRES_TAG}", "postgres18");
    check("redis:$TAG", "redis8");
    check("${REGISTRY:-docker.io}/library/nginx", "nginx");
    check("${REGISTRY}/nginx", "");
    check("my-app", "");
    check("", "");
}

#[track_caller]
fn how(image: &str) -> Match {
    match find(image) {
        Found::Image(_, how) => how,
        Found::OtherVersion(_) | Found::Unknown => panic!("{image} is not known"),
    }
}

#[test]
fn unknown_tag_leaves_the_account_open_where_variants_differ() {
    for image in ["postgres", "redis", "rabbitmq", "php", "wordpress", "valkey/valkey"] {
        let image = format!("{image}:${{TAG}}");
        assert!(!how(&image).settles_account(), "{image}");
        assert_eq!(find(&image).account(), None);
    }
    assert!(how("mongo:${TAG}").settles_account());
    assert_eq!(find("postgres:16").account(), Some((999, 999)));
    assert_eq!(find("postgres:16-alpine").account(), Some((70, 70)));
    assert_eq!(find("redis:7-alpine").account(), Some((999, 1000)));
}

#[test]
fn mirror_lowers_the_confidence() {
    assert_eq!(find("postgres:16").confidence(), Some(Level::High));
    assert!(how("harbor.example.com/postgres:16").via_mirror);
    assert_eq!(find("harbor.example.com/postgres:16").confidence(), Some(Level::Medium));
    assert!(!how("docker.io/library/postgres:16").via_mirror);
}

#[test]
fn owner_entries_win_and_take_the_rest_from_a_built_in_one() {
    let text = r#"
        repositories = ["registry.example.com/team/postgres-*"]
        like = "postgres"
        uid = 1500
        gid = 1500
        nnp = "caveat"
    "#;
    let owned: OwnerImage = toml::from_str(text).expect("an entry");
    let knowledge = Knowledge::with(vec![owned]).expect("sound entries");
    let found = knowledge.find("registry.example.com/team/postgres-gis:3");
    let image = found.image().expect("an entry");
    assert_eq!(found.account(), Some((1500, 1500)));
    assert_eq!(image.nnp, Verdict::Caveat);
    assert_eq!(image.family, Family::Drop);
    assert!(image.runs_server(Some("postgres")));
    assert!(image.known_by(Fact::Nnp).is_some_and(|it| it.basis == [Basis::Owner]));
    assert_eq!(knowledge.find("nginx"), find("nginx"));
}

#[test]
fn owner_entry_with_a_user_alone_is_unprivileged() {
    let owned = OwnerImage {
        repositories: vec!["team/app".to_owned()],
        image_user: Some("1000".to_owned()),
        ..OwnerImage::default()
    };
    let knowledge = Knowledge::with(vec![owned]).expect("sound entries");
    let image = knowledge.find("team/app").image().expect("an entry");
    assert_eq!((image.family, image.direct), (Family::Nonroot, Direct::Already));
    assert!(!image.starts_as_root());
}

#[track_caller]
fn fault(change: (&str, &str), expected: &str) {
    let text = r#"
[[image]]
id = "app"
repositories = ["app"]
family = "drop"
image_user = "root"
direct = "ok"
server = ["app"]
caps_root = ["SETGID", "SETUID"]
nnp = "ok"
read_only = "ok"
writable = [{ path = "/tmp", mode = "1777" }]
evidence = { user = "source" }
confidence = "high"
sources = ["team/app@0123456:Dockerfile"]
checked = "2026-11"
"#;
    assert!(Knowledge::parse(text).is_ok());
    let error = Knowledge::parse(&text.replacen(change.0, change.1, 1)).expect_err("a fault");
    assert_eq!(error.to_string(), expected);
}

#[test]
fn faults_name_the_entry_and_the_field() {
    fault(("\"SETUID\"", "\"SETUSER\""), "image `app`.caps_root: `SETUSER` is no Linux capability");
    fault(("/tmp", "tmp/"), "image `app`.writable: `tmp/` is no clean absolute path");
    fault(("1777", "789"), "image `app`.writable: `789` is no octal mode of four digits");
    fault(("[\"team/app@0123456:Dockerfile\"]", "[]"), "image `app`.sources: names no source");
    fault(
        ("server = [\"app\"]\n", ""),
        "image `app`.server: is required where the entrypoint tells its server by the command",
    );
    fault(
        ("\"drop\"", "\"drops\""),
        "image `app`.family: unknown variant `drops`, expected one of `nonroot`, `drop`, `master`, `rootplain`, `s6`, `lsio`, `host`, `base`, `base-master`, `tool`, `review`",
    );
    fault(("nnp = \"ok\"\n", ""), "image `app`: missing field `nnp`");
    fault(
        ("@0123456:", "@"),
        "image `app`.sources: are each `owner/repository@commit:path`, or `knowledge`",
    );
    fault(
        ("checked = \"2026-11\"\n", ""),
        "image `app`.checked: is missing: the month in which the sources were read",
    );
    fault(
        ("nnp = \"ok\"", "nnp = \"no\""),
        "image `app`.why.nnp: is missing: what breaks, in a clause",
    );
    let mut owner = OwnerImage { repositories: vec!["a".to_owned()], ..OwnerImage::default() };
    owner.like = Some("nothing".to_owned());
    let error = Knowledge::with(vec![owner]).expect_err("a fault");
    assert_eq!(
        error.to_string(),
        "image `a`.like: no entry `nothing`: `casehard images` lists them"
    );
}
