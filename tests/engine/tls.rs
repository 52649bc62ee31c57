//! An engine that is spoken to over TLS, with a certificate of one's own: by a context of Docker's client, and by its
//! variables.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::docker::{Running, engine, said};
use crate::seeds::IMAGE;

/// Speaks TLS with who shows a certificate, and hands it on to the engine's socket. Says its port first.
const PROXY: &str = r#"
import socket, ssl, sys, threading
folder, engine = sys.argv[1:]
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=f"{folder}/ca.pem")
context.verify_mode = ssl.CERT_REQUIRED
context.load_cert_chain(f"{folder}/cert.pem", f"{folder}/key.pem")
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
def pump(source, target):
    try:
        while piece := source.recv(65536): target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError: pass
def serve(raw):
    try: near = context.wrap_socket(raw, server_side=True)
    except OSError: return
    far = socket.socket(socket.AF_UNIX)
    far.connect(engine)
    threading.Thread(target=pump, args=(near, far), daemon=True).start()
    pump(far, near)
while True: threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"#;

struct Proxy {
    _process: Running,
    url: String,
}

impl Proxy {
    fn start(certificates: &Path, engine: &str) -> Proxy {
        let socket = engine.trim_start_matches("unix://");
        let mut command = Command::new("python3");
        command.args(["-c", PROXY]).arg(certificates).arg(socket).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut port).unwrap();
        let url = format!("tcp://127.0.0.1:{}", port.trim());
        Proxy { _process: Running(child), url }
    }
}

/// A certificate with its key, which `own` say more of.
fn certificate(folder: &Path, (key, file): (&str, &str), own: &[&str]) -> Command {
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
    command.args(["-nodes", "-days", "2", "-keyout", key, "-out", file]).args(own);
    command.current_dir(folder);
    command
}

/// An authority, and the certificate that it gives to both sides. Tells whether there is a program for that.
fn certificates(folder: &Path) -> bool {
    fs::create_dir_all(folder).unwrap();
    let mut root = certificate(folder, ("root.pem", "ca.pem"), &["-subj", "/CN=root"]);
    if !root.stderr(Stdio::null()).status().is_ok_and(|it| it.success()) {
        return false;
    }
    // A certificate of an authority is none of a server.
    let of_server =
        ["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=CA:FALSE"];
    let by_root = ["-subj", "/CN=engine", "-CA", "ca.pem", "-CAkey", "root.pem"];
    said(certificate(folder, ("key.pem", "cert.pem"), &[by_root.as_slice(), &of_server].concat()))
        .unwrap();
    true
}

fn learn(folder: &Path, variables: &[(&str, &str)]) -> Result<String, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_casehard"));
    command.args(["learn", IMAGE]).current_dir(folder);
    for name in ["DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"] {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied());
    said(command)
}

#[test]
fn an_engine_over_tls_is_spoken_to_as_docker_does() {
    let Some(engine) = engine() else { return };
    let folder = tempfile::tempdir().unwrap();
    let id = casehard::source::digest(b"far");
    let kept = folder.path().join("contexts/tls").join(&id).join("docker");
    if !certificates(&kept) {
        return;
    }
    let proxy = Proxy::start(&kept, engine);
    let meta = folder.path().join("contexts/meta").join(&id);
    fs::create_dir_all(&meta).unwrap();
    let context = json!({ "Name": "far", "Endpoints": { "docker": { "Host": proxy.url } } });
    fs::write(meta.join("meta.json"), context.to_string()).unwrap();

    let home = folder.path().to_str().unwrap();
    let by_context = [("DOCKER_CONFIG", home), ("DOCKER_CONTEXT", "far")];
    let learned = learn(folder.path(), &by_context).unwrap();
    assert!(learned.contains(IMAGE), "{learned}");
    fs::remove_file(folder.path().join("casehard.images.toml")).unwrap();
    let variables = [
        ("DOCKER_HOST", proxy.url.as_str()),
        ("DOCKER_TLS_VERIFY", "1"),
        ("DOCKER_CERT_PATH", kept.to_str().unwrap()),
    ];
    let learned = learn(folder.path(), &variables).unwrap();
    assert!(learned.contains(IMAGE), "{learned}");

    // Without TLS, without a certificate, and by one of another authority nothing is told.
    let refused = |variables: &[(&str, &str)], says: &str| {
        let told = learn(folder.path(), variables).unwrap_err();
        assert!(told.contains(says), "{told}");
    };
    refused(&variables[..1], &proxy.url);
    let none = tempfile::tempdir().unwrap();
    let at = |folder| [variables[0], variables[1], ("DOCKER_CERT_PATH", folder)];
    refused(&at(none.path().to_str().unwrap()), "wants ca.pem, cert.pem and key.pem there");
    assert!(certificates(none.path()));
    refused(&at(none.path().to_str().unwrap()), "certificate");
}
