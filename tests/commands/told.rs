//! What is told of command lines that are not as safe as they look, or that cannot be read.

use std::fs;

use super::{casehard, mended, open};

#[test]
fn what_is_shared_with_others_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let rest =
        "--user 1:1 --cap-drop ALL --security-opt no-new-privileges:true --read-only alpine:3.20";
    for (name, flags) in [
        ("network.sh", "docker run --network name=host,alias=x"),
        ("volumes.sh", "docker run --volumes-from other:ro"),
        ("pod.sh", "podman run --pod web"),
    ] {
        fs::write(folder.path().join(name), format!("{flags} {rest}\n")).unwrap();
    }
    let open = open(folder.path());
    assert!(open["network.sh"].contains("host-network"), "{open:?}");
    assert!(open["volumes.sh"].contains("unknown-setting"), "{open:?}");
    assert!(open["pod.sh"].contains("unknown-setting"), "{open:?}");
}

#[test]
fn a_unit_of_podman_that_cannot_be_read_fails_wherever_it_lies() {
    let folder = tempfile::tempdir().unwrap();
    let unit = "[Container]\nImage=nginx:1.27\nUser=0\nGroup=0\n";
    fs::write(folder.path().join("a.container"), unit).unwrap();
    let (code, out, err) = casehard(folder.path(), "check .");
    assert!(code == 2 && err.contains("a.container:4:1: `Group=`"), "{out}{err}");
}

#[test]
fn weaknesses_of_single_flags_are_seen() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.sh"), "docker run --use-api-socket redis:7\n").unwrap();
    let podman = "podman run --security-opt unmask=ALL docker.io/library/redis:7\n";
    fs::write(folder.path().join("b.sh"), podman).unwrap();
    let podman = "podman run --security-opt unmask=/proc/sys docker.io/library/redis:7\n";
    fs::write(folder.path().join("d.sh"), podman).unwrap();
    let unit = "[Container]\nImage=docker.io/library/redis:7\nUnmask=ALL\n";
    fs::write(folder.path().join("c.container"), unit).unwrap();
    let open = open(folder.path());
    assert!(open["a.sh"].contains("runtime-socket"), "{open:?}");
    assert!(open["b.sh"].contains("unmasked-paths"), "{open:?}");
    assert!(open["c.container"].contains("unmasked-paths"), "{open:?}");
    assert!(open["d.sh"].contains("unmasked-paths"), "{open:?}");
}

#[test]
fn a_unit_is_not_read_where_flags_or_names_are_not_known() {
    for (line, why) in [
        ("/usr/bin/docker run --rm \"${OPTS}\" redis:7", "may be flags"),
        ("-@/usr/bin/docker docker run --privileged redis:7", "another name"),
    ] {
        let unit = format!("[Service]\nExecStart={line}\n");
        let (new, said) = mended("a.service", &unit);
        assert!(new == unit && said.contains(why), "{new}{said}");
    }
}
