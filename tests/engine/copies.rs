//! Copies of data for a trial: whole, as they were, or not there.

use std::fs;
use std::process::Command;

use casehard::engine::{Data, Engine};

use crate::docker::{docker, engine, said};

/// An image with a shell.
const IMAGE: &str = "casehard/notes";

/// A volume that goes with the test.
struct Volume(String);

impl Volume {
    fn new(name: &str, options: &[&str]) -> Volume {
        let name = format!("casehard-copies-{name}-{}", std::process::id());
        docker(&[&["volume", "create"], options, &[&name]].concat()).unwrap();
        Volume(name)
    }

    /// What a line of shell prints, run by root in its folder.
    fn sh(&self, line: &str) -> String {
        let mount = format!("{}:/d", self.0);
        let start = ["run", "--rm", "--user", "0", "--workdir", "/d", "--volume", &mount];
        docker(&[&start[..], &["--entrypoint", "sh", IMAGE, "-ec", line]].concat()).unwrap()
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        let _ = docker(&["volume", "rm", "--force", &self.0]);
    }
}

#[test]
fn a_copy_has_the_owners_modes_and_links_of_what_is_copied() {
    let Some(address) = engine() else { return };
    let [from, to] = ["from", "to"].map(|it| Volume::new(it, &[]));
    from.sh(
        "mkdir -p own 'with blank' empty; echo x > own/file; ln own/file own/hard; ln -s ../own/file own/soft; \
         ln -s /nowhere own/broken; mkfifo own/pipe; cp /bin/true own/program; echo y > 'with blank/ä'; \
         head -c 70000 /dev/urandom > own/large; chown -R 1234:2345 own; chown -h 7:8 own/soft; chown 60000:60001 empty; \
         chmod 4755 own/program; chmod 2770 own; chmod 1777 empty; chmod 0 own/file; chown 1000:999 .; chmod 0750 .; \
         touch -d @1000000000 'with blank/ä'",
    );
    let sums = "find . -printf '%P %y %U:%G %m %n %l\\n' | sort; find . -type f | sort | xargs -d '\\n' sha256sum; \
                stat -c %Y 'with blank/ä'";
    let engine = Engine::connect(Some(address)).unwrap();
    let copied = engine.copy(IMAGE, Data::Volume(&from.0), &to.0, ("own", 1 << 20)).unwrap();
    assert!(copied.is_some_and(|it| it > 70_000), "{copied:?}");
    assert_eq!(to.sh(sums), from.sh(sums));
    assert!(to.sh(sums).contains("own/program f 1234:2345 4755 1"), "{}", to.sh(sums));
    // More than is wanted is none.
    assert_eq!(engine.copy(IMAGE, Data::Volume(&from.0), &to.0, ("own", 9000)).unwrap(), None);
}

#[test]
fn a_full_disk_is_told_with_what_was_copied_and_what_to_do() {
    let Some(address) = engine() else { return };
    let small =
        ["--driver", "local", "--opt", "type=tmpfs", "--opt", "device=tmpfs", "--opt", "o=size=1m"];
    let (from, to) = (Volume::new("large", &[]), Volume::new("small", &small));
    from.sh("head -c 30000000 /dev/urandom > file");
    let engine = Engine::connect(Some(address)).unwrap();
    let refused = engine.copy(IMAGE, Data::Volume(&from.0), &to.0, ("own", u64::MAX)).unwrap_err();
    assert!(refused.is_full(), "{refused}");
    let told = format!(
        "copying volume {}: the engine's disk is full: free some space there (`docker system df` tells what takes it)",
        from.0
    );
    assert_eq!(refused.to_string(), told);
    let left = docker(&["ps", "--all", "--quiet", "--filter", &format!("volume={}", from.0)]);
    assert_eq!(left.unwrap(), "", "what handed it over is gone");
}

#[test]
fn what_runs_and_its_volume_that_is_too_much_is_said_not_to_be_compared() {
    let Some(address) = engine() else { return };
    let volume = Volume::new("much", &[]);
    volume.sh("head -c 3000000 /dev/urandom > file");
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "services:\n  a:\n    image: {IMAGE}\n    stop_signal: SIGKILL\n    entrypoint: [sleep, '600']\n    volumes: ['d:/d']\n\
         volumes:\n  d:\n    external: true\n    name: {}\n",
        volume.0
    );
    fs::write(folder.path().join("compose.yaml"), text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_casehard"));
    command.current_dir(folder.path()).args(["verify", "--most", "1", "--settle", "1"]);
    command.args(["--engine", address]);
    let told = said(command).unwrap();
    assert!(told.contains("a: passes"), "{told}");
    let why = format!(
        "a: in part not compared: it was tried on a fresh volume alone, not on its data: {}: more than 1 MiB (--most)",
        volume.0
    );
    assert!(told.contains(&why), "{told}");
}
