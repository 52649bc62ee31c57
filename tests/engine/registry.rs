//! `casehard learn` held against a real registry, and the four kinds of source against each other.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::docker::{Running, docker, engine};

/// `own` with the password `own-password`.
const ACCOUNTS: &str = "own:$2b$04$MJGLH5dKoL6RfEfWLJ1Ijuu0tDhhPdMG/dW4nOtmZXJIhmclZWcFy\n";

/// The same for Docker's configuration.
const OWN: &str = "b3duOm93bi1wYXNzd29yZA==";

/// A registry of Debian's, that ends with it.
struct Registry {
    host: String,
    data: PathBuf,
    _process: Running,
}

impl Registry {
    /// Starts one that asks for a password; nothing where the program is not there, which is said.
    fn start(folder: &Path) -> Option<Registry> {
        let program = std::env::var("CASEHARD_ENGINE_CACHE")
            .unwrap_or_else(|_| "/var/cache/casehard-engine".to_owned());
        let program = Path::new(&program).join("registry/usr/bin/docker-registry");
        if !program.exists() {
            eprintln!("registry: SKIPPED: there is no {}", program.display());
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let host = format!("127.0.0.1:{port}");
        let data = folder.join("registry");
        let accounts = folder.join("accounts");
        fs::write(&accounts, ACCOUNTS).unwrap();
        let settings = format!(
            "version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: {host}\nauth:\n  htpasswd:\n    realm: own\n    path: {}\n",
            data.display(),
            accounts.display()
        );
        let file = folder.join("registry.yml");
        fs::write(&file, settings).unwrap();
        let process = Command::new(program)
            .arg("serve")
            .arg(file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let registry = Registry { host, data, _process: Running(process) };
        for _ in 0..100 {
            if TcpStream::connect(&registry.host).is_ok() {
                return Some(registry);
            }
            sleep(Duration::from_millis(100));
        }
        panic!("the registry does not listen");
    }

    /// A folder that is Docker's configuration, with the password for it.
    fn configuration(&self, folder: &Path) -> PathBuf {
        let at = folder.join("docker");
        fs::create_dir(&at).unwrap();
        let text = format!("{{\"auths\": {{\"{}\": {{\"auth\": \"{OWN}\"}}}}}}", self.host);
        fs::write(at.join("config.json"), text).unwrap();
        at
    }

    /// Its blobs: the digest of each, and the file.
    fn blobs(&self) -> Vec<(String, PathBuf)> {
        let all = self.data.join("docker/registry/v2/blobs/sha256");
        let folders = fs::read_dir(all).unwrap().map(|it| it.unwrap().path());
        let blobs = folders.flat_map(|it| fs::read_dir(it).unwrap().map(|it| it.unwrap().path()));
        blobs
            .map(|it| (it.file_name().unwrap().to_str().unwrap().to_owned(), it.join("data")))
            .collect()
    }

    /// An image's layout in a folder, of its blobs.
    fn layout(&self, folder: &Path) -> PathBuf {
        let at = folder.join("layout");
        fs::create_dir_all(at.join("blobs/sha256")).unwrap();
        let mut manifest = None;
        for (digest, file) in self.blobs() {
            let bytes = fs::read(&file).unwrap();
            let value = serde_json::from_slice::<serde_json::Value>(&bytes).unwrap_or_default();
            if value["config"]["digest"].is_string() {
                let kind = &value["mediaType"];
                manifest = Some(serde_json::json!({
                    "mediaType": kind, "digest": format!("sha256:{digest}"), "size": bytes.len()
                }));
            }
            fs::write(at.join("blobs/sha256").join(digest), bytes).unwrap();
        }
        let index = serde_json::json!({ "schemaVersion": 2, "manifests": [manifest.unwrap()] });
        fs::write(at.join("index.json"), index.to_string()).unwrap();
        fs::write(at.join("oci-layout"), "{\"imageLayoutVersion\": \"1.0.0\"}").unwrap();
        at
    }
}

/// Learns in a folder of its own.
fn learn(words: &[&str], configuration: &Path) -> (Output, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_casehard"));
    command.arg("learn").args(words).current_dir(folder.path()).env("DOCKER_CONFIG", configuration);
    let output = command.output().unwrap();
    let book = fs::read_to_string(folder.path().join("casehard.images.toml")).unwrap_or_default();
    (output, book)
}

/// What a source says, names aside.
fn facts(words: &[&str], configuration: &Path) -> String {
    let (output, book) = learn(words, configuration);
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    let is_fact = |it: &&str| {
        ["names", "digests", "read"].iter().all(|name| !it.starts_with(&format!("{name} = ")))
    };
    book.lines().filter(is_fact).collect::<Vec<_>>().join("\n")
}

#[test]
fn engine_archive_layout_and_registry_say_the_same() {
    let Some(engine) = engine() else { return };
    let folder = tempfile::tempdir().unwrap();
    let Some(registry) = Registry::start(folder.path()) else { return };
    let configuration = registry.configuration(folder.path());
    let name = format!("{}/own/redis:1", registry.host);
    docker(&["tag", "redis:7", &name]).unwrap();
    let push = ["--config", configuration.to_str().unwrap(), "push", &name];
    docker(&push).unwrap();
    let archive = folder.path().join("redis.tar");
    docker(&["save", "--output", archive.to_str().unwrap(), &name]).unwrap();
    docker(&["rmi", &name]).unwrap();
    let layout = registry.layout(folder.path());

    let by_engine = facts(&["redis:7", "--engine", engine], &configuration);
    assert!(by_engine.contains("redis-server"), "{by_engine}");
    let by = |words: &[&str]| facts(words, &configuration);
    assert_eq!(by(&["--no-engine", "--from", archive.to_str().unwrap()]), by_engine);
    assert_eq!(
        by(&["--no-engine", "--from", layout.to_str().unwrap(), "--name", &name]),
        by_engine
    );
    assert_eq!(by(&["--no-engine", "--pull", &name]), by_engine);

    // Without a password it refuses, and without `--pull` it is not spoken to.
    let nobody = tempfile::tempdir().unwrap();
    let refused = |words: &[&str], configuration: &Path, says: &str| {
        let (output, book) = learn(words, configuration);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), book.as_str()), (Some(2), ""), "{told}");
        assert!(told.contains(says), "{told}");
    };
    refused(&["--no-engine", "--pull", &name], nobody.path(), "docker login");
    refused(&["--no-engine", &name], &configuration, "--pull");
    refused(
        &["--no-engine", "--pull", &format!("{}/own/none:1", registry.host)],
        &configuration,
        "no such image",
    );

    // A layer that is not what the manifest says.
    let (_, layer) =
        registry.blobs().into_iter().max_by_key(|it| it.1.metadata().unwrap().len()).unwrap();
    let mut bytes = fs::read(&layer).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 0x55;
    fs::write(&layer, bytes).unwrap();
    refused(&["--no-engine", "--pull", &name], &configuration, &name);
}
