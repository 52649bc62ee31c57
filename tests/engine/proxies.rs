//! A filtering proxy in place of the engine's socket: the client goes on with its work, and can do no more than that.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::docker::{Container, docker, engine, said};

/// What speaks to the engine.
struct Client {
    image: &'static str,
    /// What stands in its service beside the image.
    service: &'static str,
    works: Works,
}

/// How one sees that a client has done its work.
enum Works {
    /// A line of shell in it, about the container `$NAME` with the number `$ID`.
    Shell(&'static str),
    /// It logs this.
    Says(&'static str),
}

const GLANCES: Client = Client {
    image: "nicolargo/glances:latest",
    service: "",
    works: Works::Shell("wget -qO- http://127.0.0.1:61208/api/3/docker | grep -q $NAME"),
};

const NETDATA: Client = Client {
    image: "netdata/netdata:v1.37.1",
    service: "",
    works: Works::Shell(
        "/usr/lib/netdata/plugins.d/cgroup-name.sh /docker/$ID docker_$ID | grep -qx $NAME",
    ),
};

/// Built by `tests/engine/clients.sh` alone.
const DIUN: Client = Client {
    image: "crazymax/diun:v4.28.0",
    service: "    environment:\n      LOG_LEVEL: debug\n      DIUN_WATCH_SCHEDULE: 0 0 1 1 *\n      \
              DIUN_PROVIDERS_DOCKER: 'true'\n      DIUN_PROVIDERS_DOCKER_WATCHBYDEFAULT: 'true'\n",
    works: Works::Says("Skip locally built image"),
};

/// What nobody gets through, and what the proxies let through.
const ASKED: [(&str, &str, &str); 8] = [
    ("GET", "containers/json", "200"),
    ("GET", "version", "200"),
    ("POST", "containers/create", "403"),
    ("POST", "containers/x/exec", "403"),
    ("POST", "build", "403"),
    ("POST", "images/create", "403"),
    ("DELETE", "images/x", "403"),
    ("GET", "secrets", "403"),
];

/// A project that runs.
struct Project<'p>(&'p Path);

impl Project<'_> {
    fn compose(&self, words: &[&str]) -> Result<String, String> {
        let mut command = Command::new("docker-compose");
        command.current_dir(self.0).env("DOCKER_HOST", engine().unwrap()).args(words);
        said(command)
    }
}

impl Drop for Project<'_> {
    fn drop(&mut self) {
        self.compose(&["down", "--volumes"]).unwrap();
    }
}

/// How long a client may take.
const LIMIT: Duration = Duration::from_secs(60);

/// Waits until a container says something.
#[track_caller]
fn says(id: &str, line: &str) {
    let begun = Instant::now();
    loop {
        let mut logs = Command::new("docker");
        let logs = logs.args(["--host", engine().unwrap(), "logs", id]).output().unwrap();
        let logs = String::from_utf8([logs.stdout, logs.stderr].concat()).unwrap();
        if logs.contains(line) {
            return;
        }
        assert!(begun.elapsed() < LIMIT, "{logs}");
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// Puts a proxy between a client and the socket, and has it work.
#[track_caller]
fn works_through_a_proxy(client: &Client) {
    let folder = tempfile::tempdir().unwrap();
    // The name by which a socket is known to be the engine's.
    let socket = folder.path().join("docker.sock");
    symlink(engine().unwrap().trim_start_matches("unix://"), &socket).unwrap();
    let file = folder.path().join("compose.yaml");
    let Client { image, service, works } = client;
    let socket = socket.display();
    let text = format!(
        "services:\n  client:\n    image: {image}\n{service}    volumes:\n      - {socket}:/var/run/docker.sock:ro\n"
    );
    fs::write(&file, text).unwrap();
    let mut fix = Command::new(env!("CARGO_BIN_EXE_casehard"));
    fix.args(["fix", "--yes", "--confidence", "risky", "--rule", "runtime-socket"]).arg(&file);
    assert!(fix.output().unwrap().status.success());
    let text = fs::read_to_string(&file).unwrap();
    let (own, proxy) = text.split_once("  client-socket-proxy:").expect("a proxy is added");
    assert!(!own.contains("docker.sock") && proxy.contains("internal: true"), "{text}");
    let project = Project(folder.path());
    project.compose(&["up", "--detach"]).unwrap();
    let id = project.compose(&["ps", "--quiet", "client"]).unwrap();
    let id = id.trim().to_owned();
    let name = docker(&["inspect", "--format", "{{.Name}}", &id]).unwrap();
    let name = name.trim().trim_start_matches('/').to_owned();
    // Compose ends it.
    let own = std::mem::ManuallyDrop::new(Container(id.clone()));
    match works {
        Works::Says(line) => says(&id, line),
        Works::Shell(line) => {
            let line = line.replace("$NAME", &name).replace("$ID", &id);
            drop(own.sh_within(LIMIT, &line).unwrap());
        }
    }
    let format = "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}";
    let network = docker(&["inspect", "--format", format, &id]).unwrap();
    let network = network.split_whitespace().find(|it| it.ends_with("socket-proxy")).unwrap();
    for (method, path, status) in ASKED {
        let asks = format!(
            "import http.client as c; c = c.HTTPConnection('client-socket-proxy', 2375); c.request('{method}', '/v1.41/{path}'); print(c.getresponse().status)"
        );
        let words = ["run", "--rm", "--network", network, "python:3.12", "python3", "-c", &asks];
        assert_eq!(docker(&words).unwrap().trim(), status, "{method} {path}");
    }
}

#[test]
fn glances_reads_containers_through_a_proxy() {
    if engine().is_some() {
        works_through_a_proxy(&GLANCES);
    }
}

#[test]
fn netdata_names_containers_through_a_proxy() {
    if engine().is_some() {
        works_through_a_proxy(&NETDATA);
    }
}

#[test]
fn diun_reads_images_through_a_proxy() {
    if engine().is_none() {
        return;
    }
    if docker(&["image", "inspect", DIUN.image]).is_err() {
        use std::io::Write as _;
        let told = "engine: SKIPPED: diun is not there: run tests/engine/clients.sh";
        return writeln!(std::io::stderr(), "{told}").unwrap();
    }
    works_through_a_proxy(&DIUN);
}
