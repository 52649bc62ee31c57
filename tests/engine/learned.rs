//! Services under names that nobody knows: their images are read and their containers looked at, and then what is likely
//! is written, which must keep every one of them working.

use std::path::Path;
use std::sync::Mutex;

use crate::docker::engine;
use crate::services::{self, Service};
use crate::trial::{Trial, Variant, run};

/// One service of each image.
const CASES: [&str; 19] = [
    "adguardhome",
    "caddy",
    "code-server",
    "consul",
    "haproxy",
    "httpd",
    "mariadb",
    "memcached",
    "metabase",
    "mosquitto",
    "nginx",
    "nginx-own-log",
    "node",
    "postgres",
    "python",
    "redis",
    "uptime-kuma",
    "uptime-kuma2",
    "vault",
];

/// How many of them have to hold all that is asked of a container, but for its user.
const WHOLE: usize = 12;

/// Whether it holds the posture: no capability but those it was seen to use, no new privileges, a read-only root.
fn is_whole(trial: &Trial) -> bool {
    let state = &trial.state;
    state.no_new_privileges && state.read_only && state.bounding.len() < 8
}

#[test]
fn services_that_nobody_knows_work_hardened_once_they_were_looked_at() {
    if engine().is_none() {
        return;
    }
    let wanted = |it: &&&'static Service| CASES.contains(&it.case);
    let services: Vec<&'static Service> = services::ALL.iter().filter(wanted).copied().collect();
    assert_eq!(services.len(), CASES.len());
    let next = Mutex::new(services.into_iter());
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        // Nearly all of it is waiting.
        for _ in 0..10 {
            scope.spawn(|| {
                loop {
                    let Some(service) = next.lock().unwrap().next() else { break };
                    let trial = run(service, Variant::Learned);
                    done.lock().unwrap().push(trial);
                }
            });
        }
    });
    let trials: Vec<Trial> = done.into_inner().unwrap();
    let broken: Vec<String> = trials.iter().filter(|it| !it.passed()).map(Trial::story).collect();
    let whole = trials.iter().filter(|it| is_whole(it)).count();
    for it in &trials {
        let state = &it.state;
        println!(
            "{:<14} {} user {:<6} capabilities {:?} nnp {} read-only {}",
            it.case,
            if it.passed() { "works " } else { "BREAKS" },
            state.first_uid,
            state.bounding,
            state.no_new_privileges,
            state.read_only
        );
        println!("{}", it.text);
    }
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
    // Without them nothing tells that a container uses no others.
    let traced = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];
    if traced.iter().any(|it| Path::new(it).join("events/capability/cap_capable").exists()) {
        assert!(whole >= WHOLE, "{whole} of {} hold the posture", trials.len());
    } else {
        println!(
            "this kernel does not tell which capabilities are used: how many hold the posture is not asked"
        );
    }
}
