//! Hardened services, tried for real: started by Compose on a Docker Engine, with the data that they wrote before.
//!
//! The engine and the images are the suite's own (`tests/engine/start.sh`, `tests/engine/build.sh`). Where they are
//! missing the suite says so, and its tests pass untried.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

#[path = "engine/built.rs"]
mod built;
#[path = "engine/copies.rs"]
mod copies;
#[path = "engine/docker.rs"]
mod docker;
#[path = "engine/fake.rs"]
mod fake;
#[path = "engine/flags.rs"]
mod flags;
#[path = "engine/hangs.rs"]
mod hangs;
#[path = "engine/learned.rs"]
mod learned;
#[path = "engine/observe.rs"]
mod observe;
#[path = "engine/project.rs"]
mod project;
#[path = "engine/proxies.rs"]
mod proxies;
#[path = "engine/registry.rs"]
mod registry;
#[path = "engine/report.rs"]
mod report;
#[path = "engine/seeds.rs"]
mod seeds;
#[path = "engine/services.rs"]
mod services;
#[path = "engine/state.rs"]
mod state;
#[path = "engine/sweeps.rs"]
mod sweeps;
#[path = "engine/terminal.rs"]
mod terminal;
#[path = "engine/tls.rs"]
mod tls;
#[path = "engine/told.rs"]
mod told;
#[path = "engine/traps.rs"]
mod traps;
#[path = "engine/trial.rs"]
mod trial;
#[path = "engine/users.rs"]
mod users;
#[path = "engine/verify.rs"]
mod verify;

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
            let cases: Vec<_> = services::ALL.iter().map(|it| it.case).collect();
            assert_eq!(cases, [$($case),*]);
        }
    };
}

services! {
    adguardhome_keeps_its_notes_in_a_folder_of_nobody: "adguardhome",
    built_image_keeps_its_notes: "built",
    built_image_keeps_its_notes_by_sudo: "built-sudo",
    caddy_serves_its_page: "caddy",
    caddy_keeps_a_log_of_its_own: "caddy-own-log",
    code_server_takes_over_a_folder_of_the_host_by_sudo: "code-server",
    consul_writes_its_configuration_into_a_folder_of_its_account: "consul",
    haproxy_answers: "haproxy",
    haproxy_of_root_makes_its_socket: "haproxy-socket",
    haproxy_makes_its_socket_at_home: "haproxy-socket-at-home",
    httpd_serves_its_page: "httpd",
    mariadb_keeps_its_rows: "mariadb",
    mariadb_under_an_init_keeps_its_rows_in_a_folder_of_the_host: "mariadb-bind",
    mariadb_logs_where_its_command_says: "mariadb-log-by-command",
    mariadb_logs_where_its_configuration_says: "mariadb-log-by-file",
    memcached_keeps_a_key: "memcached",
    metabase_keeps_its_notes_in_a_folder_that_root_makes: "metabase",
    mosquitto_keeps_its_messages: "mosquitto",
    nginx_serves_its_page: "nginx",
    nginx_keeps_a_cache_in_tmp: "nginx-cache-in-tmp",
    nginx_keeps_a_log_of_its_own: "nginx-own-log",
    nginx_has_a_configuration_of_its_own: "nginx-own-main",
    nginx_renders_its_templates: "nginx-templates",
    node_under_an_init_keeps_its_uploads: "node",
    postgres_keeps_its_rows: "postgres",
    postgres_of_alpine_keeps_its_rows: "postgres-alpine",
    postgres_keeps_its_rows_in_a_folder_of_the_host: "postgres-bind",
    postgres_keeps_its_rows_where_the_image_has_no_folder: "postgres-elsewhere",
    postgres_keeps_its_rows_in_a_folder_of_the_container: "postgres-in-layer",
    postgres_logs_where_its_command_says: "postgres-log-by-command",
    postgres_logs_where_its_configuration_says: "postgres-log-by-file",
    postgres_reads_a_secret_that_only_root_may_read: "postgres-secret",
    python_keeps_its_notes: "python",
    redis_keeps_its_keys: "redis",
    redis_reads_its_configuration_from_the_host: "redis-conf",
    redis_saves_to_tmp: "redis-dir-in-tmp",
    redis_under_an_init_saves_to_a_folder_of_the_host: "redis-init",
    redis_is_restored_from_a_dump: "redis-restored",
    redis_makes_its_socket_in_tmp: "redis-socket-in-tmp",
    redis_8_keeps_its_keys: "redis8",
    unknown_image_keeps_its_notes: "unknown",
    unknown_image_keeps_its_notes_by_sudo: "unknown-sudo",
    uptime_kuma_clears_its_groups: "uptime-kuma",
    uptime_kuma_2_keeps_its_notes_in_a_folder_of_its_account: "uptime-kuma2",
    vault_locks_its_memory: "vault",
}

#[test]
fn report_says_what_was_tried() {
    let Some(trials) = trials() else { return };
    report::write(trials).unwrap();
}

#[test]
fn what_risky_breaks_was_called_risky_with_a_reason() {
    let broken = trials().unwrap_or_default().iter().filter(|it| !it.passed());
    for trial in broken.filter(|it| it.variant == Variant::Risky && !it.text.is_empty()) {
        assert!(trial.warnings().next().is_some(), "nothing was called risky: {}", trial.story());
        for warning in trial.warnings() {
            assert!(!warning.may_break.is_empty(), "{warning:?} says nothing: {}", trial.story());
        }
    }
}
