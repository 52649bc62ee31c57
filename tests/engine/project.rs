//! A Compose project: a copy of a golden folder, started on the engine under a name of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::docker::{Container, docker, engine, said};

/// A project, taken down with its volumes at the end.
pub(crate) struct Project {
    folder: TempDir,
    name: String,
}

impl Project {
    /// A copy of the golden case. The name is the project's, and must be unique in a run.
    pub(crate) fn copy_of(case: &str, name: &str) -> Result<Project, String> {
        let folder = tempfile::tempdir().map_err(|it| it.to_string())?;
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/engine").join(case);
        let copied = copy(&golden, folder.path());
        copied.map_err(|it| format!("{}: {it}", golden.display()))?;
        // Mounts of the host are read by users that they do not belong to, but for secrets.
        change_mode("a+rX", folder.path())?;
        let secrets = folder.path().join("secrets");
        if secrets.exists() {
            change_mode("go=", &secrets)?;
        }
        Ok(Project { folder, name: format!("casehard-{name}-{}", std::process::id()) })
    }

    /// Its Compose file.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("compose.yaml")
    }

    /// Gives its images names that nobody knows.
    pub(crate) fn rename_images(&self) -> Result<(), String> {
        let text = fs::read_to_string(self.file()).map_err(|it| it.to_string())?;
        let mut lines = Vec::new();
        for line in text.lines() {
            let Some((before, image)) = line.split_once("image: ") else {
                lines.push(line.to_owned());
                continue;
            };
            let rest = image.trim_start_matches('"');
            let end = rest.find(['"', ',', ' ', '}']).unwrap_or(rest.len());
            let (image, rest) = rest.split_at(end);
            let rest = rest.trim_start_matches('"');
            let plain: String =
                image.chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '-' }).collect();
            let own = format!("registry.example.com/own/{}:1", plain.trim_matches('-'));
            docker(&["tag", image, &own])?;
            lines.push(format!("{before}image: \"{own}\"{rest}"));
        }
        fs::write(self.file(), lines.join("\n") + "\n").map_err(|it| it.to_string())
    }

    /// Lets casehard look at it, with the words before its file.
    pub(crate) fn asks(&self, words: &[&str]) -> Result<String, String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_casehard"));
        let engine = engine().expect("only asked where there is an engine");
        command.args(words).args(["--engine", engine]).arg(self.file());
        said(command)
    }

    /// Lets casehard write all that is at least so sure.
    pub(crate) fn fix(&self, confidence: &str) -> Result<String, String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_casehard"));
        command.env("XDG_STATE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/state"));
        command.args(["fix", "--yes", "--confidence", confidence]).arg(self.file());
        said(command)
    }

    /// What casehard says of the file.
    pub(crate) fn check(&self) -> Result<String, String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_casehard"));
        let output = command
            .args(["check", "--format", "full", "--color", "never"])
            .arg(self.file())
            .output();
        let output = output.map_err(|it| it.to_string())?;
        let [said, trouble] =
            [output.stdout, output.stderr].map(|it| String::from_utf8_lossy(&it).into_owned());
        match output.status.code() {
            Some(0 | 1) => Ok(said),
            Some(_) | None => Err(trouble),
        }
    }

    /// Runs a line of shell of the host in its folder, with the client's name for the container in `$CONTAINER`.
    pub(crate) fn outside(&self, container: &Container, line: &str) -> Result<String, String> {
        let mut command = Command::new("sh");
        command
            .args(["-c", line])
            .current_dir(self.folder.path())
            .env("DOCKER_HOST", engine().expect("only asked where there is an engine"))
            .env("CONTAINER", &container.0);
        said(command)
    }

    /// Starts new containers on the volumes that there are.
    pub(crate) fn up(&self, service: &str) -> Result<Container, String> {
        self.compose(&["up", "--detach", service])?;
        let ids = docker(&[
            "ps",
            "--all",
            "--quiet",
            "--filter",
            &format!("label=com.docker.compose.project={}", self.name),
            "--filter",
            &format!("label=com.docker.compose.service={service}"),
        ])?;
        let id = ids.lines().next().ok_or_else(|| format!("{service} has no container"))?;
        Ok(Container(id.to_owned()))
    }

    fn compose(&self, args: &[&str]) -> Result<String, String> {
        let mut command = Command::new("docker-compose");
        command
            .env("DOCKER_HOST", engine().expect("only asked where there is an engine"))
            .args(["--project-name", &self.name, "--file"])
            .arg(self.file())
            .args(args);
        said(command)
    }
}

impl Drop for Project {
    /// Takes it down, without Compose: the client of the engine starts ten times as fast.
    fn drop(&mut self) {
        let label = format!("label=com.docker.compose.project={}", self.name);
        let built = format!("reference={}_*", self.name);
        // Images by name: what was built alike is one image under many.
        let names: &[&str] = &["images", "--format", "{{.Repository}}:{{.Tag}}"];
        let left: [(&[&str], &str, &[&str]); 4] = [
            (&["ps", "--all", "--quiet"], &label, &["rm", "--force", "--volumes"]),
            (&["volume", "ls", "--quiet"], &label, &["volume", "rm"]),
            (&["network", "ls", "--quiet"], &label, &["network", "rm"]),
            (names, &built, &["rmi"]),
        ];
        for (list, filter, remove) in left {
            let ids = docker(&[list, &["--filter", filter]].concat());
            let ids = ids.unwrap_or_default();
            let ids: Vec<_> = ids.lines().collect();
            if !ids.is_empty() {
                let _ = docker(&[remove, &ids].concat());
            }
        }
    }
}

fn change_mode(mode: &str, path: &Path) -> Result<String, String> {
    let mut command = Command::new("chmod");
    command.args(["-R", mode]).arg(path);
    said(command)
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &target)?,
            false => fs::copy(entry.path(), &target).map(drop)?,
        }
    }
    Ok(())
}
