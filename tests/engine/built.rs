//! Services whose images are built and have no name in their files.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::docker::{docker, engine, said};

fn casehard(folder: &Path, words: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_casehard"));
    command.current_dir(folder).env("DOCKER_HOST", engine().unwrap()).args(words);
    let output = command.output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(told).unwrap())
}

/// The images of a project, which go with the test.
struct Images<'i>(&'i str);

impl Drop for Images<'_> {
    fn drop(&mut self) {
        let names = [format!("{}_app", self.0), format!("{}-app", self.0)];
        names.iter().for_each(|it| drop(docker(&["rmi", "--force", it])));
    }
}

#[test]
fn a_built_image_is_learnt_for_its_service() {
    if engine().is_none() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let name = format!("casehard-learn-{}", std::process::id());
    let folder = place.path().join(&name);
    let _images = Images(&name);
    fs::create_dir(&folder).unwrap();
    let text = "version: \"3\"\nservices:\n  app:\n    build: .\n    volumes: ['/data']\n";
    fs::write(folder.join("compose.yaml"), text).unwrap();
    let dockerfile = "FROM casehard/notes\nRUN mkdir /data && chown 7:8 /data\nUSER 7:8\n";
    fs::write(folder.join("Dockerfile"), dockerfile).unwrap();
    let learnt = folder.join("casehard.images.toml");

    let (status, told) = casehard(&folder, &["learn"]);
    let expected = format!(
        "service app of compose.yaml: it is not built yet, as the engine has neither {name}-app nor {name}_app: `docker \
         compose build app` first\n"
    );
    assert_eq!((status, told), (Some(2), expected));
    assert!(!learnt.exists());

    let mut build = Command::new("docker-compose");
    build.current_dir(&folder).env("DOCKER_HOST", engine().unwrap()).arg("build");
    said(build).unwrap();
    let (status, told) = casehard(&folder, &["learn"]);
    assert_eq!(status, Some(0), "{told}");
    let kept = fs::read_to_string(&learnt).unwrap();
    assert!(kept.contains("{ file = \"compose.yaml\", service = \"app\" }"), "{kept}");
    assert!(kept.contains("path = \"/data\", uid = 7, gid = 8"), "{kept}");
    let (_, told) = casehard(&folder, &["check"]);
    assert!(
        told.contains("writes and which capabilities it uses is not known: `casehard observe`")
    );

    // From an archive it is the same, without an engine.
    let archive = folder.join("app.tar").display().to_string();
    docker(&["save", "--output", &archive, &format!("{name}_app")]).unwrap();
    fs::remove_file(&learnt).unwrap();
    let words = ["learn", "--no-engine", "--from", "app.tar"];
    let (status, told) = casehard(&folder, &words);
    assert_eq!(status, Some(0), "{told}");
    assert_eq!(fs::read_to_string(&learnt).unwrap(), kept);
}
