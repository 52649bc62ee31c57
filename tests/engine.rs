//! Hardened services, tried for real: started by Compose on a Docker Engine, with the data that they wrote before.
//!
//! The engine and the images are the suite's own (`tests/engine/start.sh`, `tests/engine/build.sh`). Where they are
//! missing the suite says so, and its tests pass untried.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

#[path = "engine/docker.rs"]
mod docker;
#[path = "engine/project.rs"]
mod project;
#[path = "engine/report.rs"]
mod report;
#[path = "engine/services.rs"]
mod services;
#[path = "engine/state.rs"]
mod state;
#[path = "engine/traps.rs"]
mod traps;
#[path = "engine/trial.rs"]
mod trial;

use trial::{Variant, trials};

#[track_caller]
fn works_under_what_is_likely(case: &str) {
    let Some(trials) = trials() else { return };
    let trial = trials.iter().find(|it| it.case == case && it.variant == Variant::Likely);
    let trial = trial.unwrap_or_else(|| panic!("services.rs does not name {case}"));
    assert!(trial.passed(), "{}", trial.story());
}

macro_rules! services {
    ($($test:ident: $case:literal,)*) => {
        $(#[test]
        fn $test() {
            works_under_what_is_likely($case);
        })*

        #[test]
        fn every_service_of_the_list_is_a_test() {
            let cases = services::ALL.each_ref().map(|it| it.case);
            assert_eq!(cases, [$($case),*]);
        }
    };
}

services! {
    built_image_keeps_its_notes: "built",
    caddy_serves_its_page: "caddy",
    haproxy_answers: "haproxy",
    httpd_serves_its_page: "httpd",
    mariadb_keeps_its_rows: "mariadb",
    mariadb_under_an_init_keeps_its_rows_in_a_folder_of_the_host: "mariadb-bind",
    memcached_keeps_a_key: "memcached",
    mosquitto_keeps_its_messages: "mosquitto",
    nginx_serves_its_page: "nginx",
    nginx_renders_its_templates: "nginx-templates",
    node_under_an_init_keeps_its_uploads: "node",
    postgres_keeps_its_rows: "postgres",
    postgres_of_alpine_keeps_its_rows: "postgres-alpine",
    postgres_keeps_its_rows_in_a_folder_of_the_host: "postgres-bind",
    postgres_keeps_its_rows_where_the_image_has_no_folder: "postgres-elsewhere",
    postgres_reads_a_secret_that_only_root_may_read: "postgres-secret",
    python_keeps_its_notes: "python",
    redis_keeps_its_keys: "redis",
    redis_reads_its_configuration_from_the_host: "redis-conf",
    redis_under_an_init_saves_to_a_folder_of_the_host: "redis-init",
    redis_8_keeps_its_keys: "redis8",
    unknown_image_keeps_its_notes: "unknown",
}

#[test]
fn report_says_what_was_tried() {
    let Some(trials) = trials() else { return };
    report::write(trials).unwrap();
}
