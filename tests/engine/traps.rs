//! The ways in which a well-meant hardening breaks a service late or without a word, shown on the engine.
//!
//! Each test shows the trap itself and, where the trials do not, that what casehard writes stays out of it.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::docker::{Container, docker, engine, said};
use crate::project::Project;
use crate::services;
use crate::state::{Asked, State};

const LIMIT: Duration = Duration::from_secs(60);
const PASSWORD: &str = "POSTGRES_PASSWORD=secret";
const REDIS: [&str; 5] = [
    "--cap-drop=ALL",
    "--cap-add=CHOWN",
    "--cap-add=DAC_OVERRIDE",
    "--cap-add=SETGID",
    "--cap-add=SETUID",
];

/// A container, or the end of the test where there is no engine.
macro_rules! container {
    ($($arg:expr),+ $(,)?) => {{
        if engine().is_none() {
            return;
        }
        Container::run(&[$($arg),+]).unwrap()
    }};
}

/// A container with more arguments than can be listed.
fn run(parts: &[&[&str]]) -> Container {
    Container::run(&parts.concat()).unwrap()
}

/// Mode and owner of a path, as the container sees them.
fn owner(container: &Container, path: &str) -> String {
    container.sh(&format!("stat -c '%a %u:%g' {path}")).unwrap().trim().to_owned()
}

/// What the likely fixes make of a golden case, as it runs.
fn hardened(case: &str, confidence: &str, name: &str) -> (Project, Container) {
    let service = services::ALL.iter().find(|it| it.case == case).unwrap();
    let project = Project::copy_of(case, name).unwrap();
    project.fix(confidence).unwrap();
    let container = project.up(service.name).unwrap();
    (project, container)
}

#[test]
fn s1_tmpfs_on_a_path_that_the_image_lacks_belongs_to_root_after_a_restart() {
    let plain =
        container!("--user=10001:10001", "--tmpfs=/scratch", "casehard/base", "sleep", "600");
    plain.sh("touch /scratch/x").unwrap();
    plain.restart().unwrap();
    assert_eq!(owner(&plain, "/scratch"), "755 0:0");
    assert!(plain.sh("touch /scratch/x").is_err());
}

#[test]
fn s1_tmpfs_with_an_owner_stays_writable_through_a_restart() {
    let owned = container!(
        "--user=10001:10001",
        "--tmpfs=/scratch:uid=10001,gid=10001,mode=0755",
        "casehard/base",
        "sleep",
        "600",
    );
    owned.restart().unwrap();
    owned.sh("touch /scratch/x").unwrap();
}

#[test]
fn s2_tmpfs_takes_the_mode_of_what_it_covers_and_never_its_owner() {
    let covered = ["--tmpfs=/var/cache/nginx", "--tmpfs=/run/postgresql"];
    let plain = container!(covered[0], "nginx:1.27", "sleep", "600");
    assert_eq!(owner(&plain, "/var/cache/nginx"), "755 0:0");
    let plain = container!(covered[1], "postgres:16", "sleep", "600");
    assert!(owner(&plain, "/run/postgresql").ends_with(" 0:0"));
    let owned =
        container!("--tmpfs=/var/cache/nginx:uid=101,gid=101", "nginx:1.27", "sleep", "600");
    assert_eq!(owner(&owned, "/var/cache/nginx"), "755 101:101");
}

#[test]
fn s3_postgres_without_dac_override_boots_once_and_never_again() {
    if engine().is_none() {
        return;
    }
    let volume = Volume::new("s3");
    let mount = volume.at("/var/lib/postgresql/data");
    let caps = ["--cap-drop=ALL", "--cap-add=SETGID", "--cap-add=SETUID"];
    let start = || run(&[&caps, &["--env", PASSWORD, "--volume", &mount, "postgres:16"]]);
    let first = start();
    first.sh_within(LIMIT, "psql -h 127.0.0.1 -U postgres -tAc 'SELECT 1' | grep -qx 1").unwrap();
    assert_eq!(first.stop(), Ok(0));
    drop(first);
    let second = start();
    assert_ne!(second.end(), Ok(0));
    assert!(second.logs().contains("Permission denied"), "{}", second.logs());
}

#[test]
fn s4_redis_8_without_setuid_and_setgid_stays_root_without_a_word() {
    let dropped = container!("--cap-drop=ALL", "redis:8");
    dropped.sh_within(LIMIT, "redis-cli ping | grep -qx PONG").unwrap();
    assert_eq!(State::of(&dropped).unwrap().first_uid, "0");
    let (_project, fixed) = hardened("redis8", "likely", "s4");
    fixed.sh_within(LIMIT, "redis-cli ping | grep -qx PONG").unwrap();
    assert_eq!(State::of(&fixed).unwrap().first_uid, "999");
}

#[test]
fn s4_apache_without_setuid_and_setgid_has_workers_of_root() {
    let dropped = container!("--cap-drop=ALL", "httpd:2.4");
    dropped.sh_within(LIMIT, "ls /usr/local/apache2/logs/httpd.pid").unwrap();
    dropped.sh("sleep 1").unwrap();
    assert!(dropped.logs().contains("AH02156"), "{}", dropped.logs());
    let state = State::of(&dropped).unwrap();
    assert!(state.processes.iter().all(|(_, uid)| uid == "0"), "{state:?}");
}

#[test]
fn s5_init_without_kill_cannot_stop_a_service_that_dropped() {
    if engine().is_none() {
        return;
    }
    let without = run(&[&["--init"], &REDIS, &["redis:7"]]);
    without.sh_within(LIMIT, "redis-cli ping | grep -qx PONG").unwrap();
    assert_ne!(without.stop(), Ok(0));
    let with = run(&[&["--init", "--cap-add=KILL"], &REDIS, &["redis:7"]]);
    with.sh_within(LIMIT, "redis-cli ping | grep -qx PONG").unwrap();
    assert_eq!(with.stop(), Ok(0));
}

#[test]
fn s6_added_capability_does_nothing_for_a_user_other_than_root() {
    let added = container!(
        "--user=10001:10001",
        "--cap-drop=ALL",
        "--cap-add=CHOWN",
        "casehard/base",
        "sleep",
        "600"
    );
    let held = added.sh("grep -E '^Cap(Eff|Bnd)' /proc/1/status | tr -s '\\t\\n' ' '").unwrap();
    assert_eq!(held.trim(), "CapEff: 0000000000000000 CapBnd: 0000000000000001");
    assert!(added.sh("touch /tmp/x && chown 1 /tmp/x").is_err());
}

#[test]
fn s7_binary_with_a_file_capability_cannot_be_executed_without_it() {
    if engine().is_none() {
        return;
    }
    for user in ["0", "10001"] {
        let args = ["run", "--rm", "--cap-drop=ALL", "--user", user];
        let dropped = docker(&[&args[..], &["caddy:2", "caddy", "version"]].concat());
        let said = dropped.unwrap_err();
        assert!(said.contains("operation not permitted"), "{said}");
        let kept = ["--cap-add=NET_BIND_SERVICE", "caddy:2", "caddy", "version"];
        docker(&[&args[..], &kept].concat()).unwrap();
    }
}

#[test]
fn s8_redis_of_another_user_answers_and_never_saves() {
    if engine().is_none() {
        return;
    }
    let volume = Volume::new("s8");
    let wrong = Container::run(&["--user=10001:10001", "--volume", &volume.at("/data"), "redis:7"]);
    let wrong = wrong.unwrap();
    wrong.sh_within(LIMIT, "redis-cli ping | grep -qx PONG").unwrap();
    let said = wrong.sh("redis-cli set key value; redis-cli save 2>&1").unwrap();
    assert!(said.contains("OK") && said.contains("ERR"), "{said}");
}

#[test]
fn s9_templates_of_nginx_vanish_under_a_read_only_root() {
    if engine().is_none() {
        return;
    }
    let golden =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/engine/nginx-templates/templates");
    let mount = format!("{}:/etc/nginx/templates:ro", golden.display());
    let tmpfs =
        ["--read-only", "--tmpfs=/var/cache/nginx", "--tmpfs=/run", "--env=SITE=example.org"];
    let frozen = run(&[&tmpfs, &["--volume", &mount, "nginx:1.27"]]);
    let page = frozen.sh_within(LIMIT, "wget -qO- http://127.0.0.1/").unwrap();
    assert!(page.contains("the stock page"), "{page}");
    let warm = run(&[&tmpfs, &["--tmpfs=/etc/nginx/conf.d", "--volume", &mount, "nginx:1.27"]]);
    let page = warm.sh_within(LIMIT, "wget -qO- http://127.0.0.1/").unwrap();
    assert!(page.contains("rendered for example.org"), "{page}");
}

#[test]
fn s10_root_without_dac_override_cannot_read_what_belongs_to_a_user_of_the_host() {
    if engine().is_none() {
        return;
    }
    let volume = Volume::new("s10");
    let mount = volume.at("/kept");
    let writer = Container::run(&["--volume", &mount, "casehard/base", "sleep", "600"]).unwrap();
    writer.sh("echo secret > /kept/acme.json && chown 1000 /kept/acme.json && chmod 600 /kept/acme.json").unwrap();
    let args = ["--cap-drop=ALL", "--volume", &mount];
    let without = run(&[&args, &["casehard/base", "sleep", "600"]]);
    assert!(without.sh("cat /kept/acme.json").is_err());
    let with = run(&[&args, &["--cap-add=DAC_OVERRIDE", "casehard/base", "sleep", "600"]]);
    assert_eq!(with.sh("cat /kept/acme.json").unwrap().trim(), "secret");
}

#[test]
fn s12_socket_mounted_read_only_still_takes_orders_from_root_without_capabilities() {
    let Some(socket) = engine().and_then(|it| it.strip_prefix("unix://")) else { return };
    let mount = format!("{socket}:/var/run/docker.sock:ro");
    let client = container!(
        "--cap-drop=ALL",
        "--read-only",
        "--volume",
        &mount,
        "python:3.12",
        "sleep",
        "600"
    );
    let said = client.sh(ORDER).unwrap();
    docker(&["volume", "rm", "casehard-s12"]).unwrap();
    assert!(said.contains("201 Created"), "{said}");
}

/// An order to the engine, through the socket.
const ORDER: &str = r#"python3 -c '
import socket
s = socket.socket(socket.AF_UNIX)
s.connect("/var/run/docker.sock")
body = b"{\"Name\":\"casehard-s12\"}"
head = b"POST /volumes/create HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: "
s.sendall(head + str(len(body)).encode() + b"\r\n\r\n" + body)
print(s.recv(4096).decode())'"#;

#[test]
fn s13_postgres_cannot_use_the_root_of_a_volume_that_only_its_group_owns() {
    if engine().is_none() {
        return;
    }
    let volume = Volume::new("s13");
    let mount = volume.at("/claim");
    // What fsGroup makes of a volume: root's, with the group, setgid and writable by the group.
    let kubelet = Container::run(&["--volume", &mount, "casehard/base", "sleep", "600"]).unwrap();
    kubelet.sh("chown 0:999 /claim && chmod 2775 /claim").unwrap();
    let start = |data: &str| {
        let user = ["--user=999:999", "--cap-drop=ALL", "--env", PASSWORD];
        let data = format!("PGDATA={data}");
        run(&[&user, &["--env", &data, "--volume", &mount, "postgres:16"]])
    };
    let root = start("/claim");
    assert_ne!(root.end(), Ok(0));
    assert!(root.logs().contains("could not change permissions"), "{}", root.logs());
    let below = start("/claim/pgdata");
    below.sh_within(LIMIT, "psql -h 127.0.0.1 -U postgres -tAc 'SELECT 1' | grep -qx 1").unwrap();
}

#[test]
fn tmpfs_with_an_owner_locks_out_a_root_master_without_dac_override() {
    if engine().is_none() {
        return;
    }
    let caps = [
        "--cap-drop=ALL",
        "--cap-add=CHOWN",
        "--cap-add=SETGID",
        "--cap-add=SETUID",
        "--read-only",
    ];
    let owned = ["--tmpfs=/var/cache/nginx:uid=101,gid=101", "--tmpfs=/run:uid=101,gid=101"];
    let locked = run(&[&caps, &owned, &["nginx:1.27"]]);
    assert_ne!(locked.end(), Ok(0));
    let plain = ["--tmpfs=/var/cache/nginx", "--tmpfs=/run"];
    let open = run(&[&caps, &plain, &["nginx:1.27"]]);
    open.sh_within(LIMIT, "wget -qO- http://127.0.0.1/").unwrap();
}

#[test]
fn new_volume_where_the_image_has_no_folder_belongs_to_root() {
    if engine().is_none() {
        return;
    }
    let volume = Volume::new("elsewhere");
    let mounted =
        Container::run(&["--volume", &volume.at("/elsewhere"), "postgres:16", "sleep", "600"]);
    assert_eq!(owner(&mounted.unwrap(), "/elsewhere"), "755 0:0");
    let (project, _container) = hardened("postgres-elsewhere", "likely", "elsewhere");
    let text = std::fs::read_to_string(project.file()).unwrap();
    assert_eq!(Asked::by(&text, "db").unwrap().user, None);
}

#[test]
fn docker_cp_reaches_the_volumes_of_a_read_only_container_and_nothing_else() {
    if engine().is_none() {
        return;
    }
    let volume = Volume::new("cp");
    let mount = volume.at("/kept");
    let frozen = ["--read-only", "--tmpfs=/tmp", "--volume", &mount];
    let frozen = run(&[&frozen, &["casehard/base", "sleep", "600"]]);
    let handed_in = |target: &str| docker(&["cp", file!(), &format!("{}:{target}", frozen.0)]);
    for target in ["/backup", "/tmp/backup"] {
        let said = handed_in(target).unwrap_err();
        assert!(said.contains("read-only"), "{said}");
    }
    handed_in("/kept/backup").unwrap();
    assert!(owner(&frozen, "/kept/backup").ends_with(" 0:0"));
}

#[test]
fn what_a_read_only_root_does_to_docker_cp_is_explained() {
    let mut explain = Command::new(env!("CARGO_BIN_EXE_casehard"));
    explain.args(["explain", "writable-rootfs"]);
    let explained = said(explain).unwrap();
    assert!(explained.contains("docker cp"), "{explained}");
}

/// A named volume, removed at the end.
struct Volume(String);

impl Volume {
    fn new(name: &str) -> Volume {
        let name = format!("casehard-{name}-{}", std::process::id());
        docker(&["volume", "create", &name]).unwrap();
        Volume(name)
    }

    fn at(&self, target: &str) -> String {
        format!("{}:{target}", self.0)
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        let _ = docker(&["volume", "rm", "--force", &self.0]);
    }
}
