//! An engine whose containers have users of their own (`userns-remap`), in the shapes of its API: it tells users and owners
//! by its host.

use std::fs;

use serde_json::{Value, json};

use crate::docker::said;
use crate::fake::{Fake, one, with};

/// An archive of one folder.
fn archive(name: &str, (uid, gid): (u64, u64)) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(tar::EntryType::Directory);
    header.set_mode(0o750);
    header.set_size(0);
    header.set_uid(uid);
    header.set_gid(gid);
    builder.append_data(&mut header, name, &b""[..]).unwrap();
    builder.into_inner().unwrap()
}

/// The image of the container, which was read before.
const IMAGE: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000001";

/// What is told of a container on such an engine.
fn observed(mode: &str) -> Value {
    const SINCE: &str = "2026-01-01T00:00:00Z";
    let mount = |it: &str| json!({ "Destination": it, "Source": it, "Type": "bind" });
    let inspected = json!({
        "Id": "c0ffee",
        "Created": SINCE,
        "Image": IMAGE,
        "State": { "Running": true, "Pid": 4_194_304, "StartedAt": SINCE },
        "HostConfig": { "UsernsMode": mode },
        "Mounts": [mount("/data"), mount("/foreign")],
    });
    let fake = Fake::start(move |question| {
        let info = json!({
            "SecurityOptions": ["name=seccomp,profile=default", "name=userns"],
            "DockerRootDir": "/var/lib/docker/100000.200000",
        });
        match question {
            it if it.contains("/info") => Some(with("200 OK", info.to_string())),
            it if it.contains("/changes") => Some(with("200 OK", "null")),
            it if it.contains("path=%2Fdata") => {
                Some(with("200 OK", archive("data", (100_999, 200_998))))
            }
            it if it.contains("path=%2Fforeign") => {
                Some(with("200 OK", archive("foreign", (1000, 1000))))
            }
            it => one(it, &inspected.to_string(), ["1", "101005", "201006", "app"]),
        }
    });
    let read = format!(
        "version = 1\n[[image]]\nid = \"{IMAGE}\"\nnames = [\"own/app:1\"]\nread = \"2026-01-01\"\n"
    );
    fs::write(fake.folder.path().join("casehard.images.toml"), read).unwrap();
    let command = fake.casehard(&["observe", "--container", "app", "--format", "json"]);
    let told: Value = serde_json::from_str(&said(command).unwrap()).unwrap();
    told[0].clone()
}

#[test]
fn users_and_owners_are_told_as_the_container_sees_them() {
    let seen = observed("");
    assert_eq!(seen["users"], json!(["1005:1006"]), "{seen}");
    let owners = json!([{ "path": "/data", "uid": 999, "gid": 998, "mode": "0750" }]);
    assert_eq!(seen["owners"], owners, "{seen}");
    let foreign =
        "whose /foreign is: it belongs to a user of the host whom the container does not have";
    // Where one has the host's users all the same, nothing is another number.
    let own = observed("host");
    assert_eq!(own["users"], json!(["101005:201006"]), "{own}");
    assert_eq!(own["owners"][1]["uid"], 1000, "{own}");
    assert!(seen["notes"].to_string().contains(foreign), "{seen}");
}
