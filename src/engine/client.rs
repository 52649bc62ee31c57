//! The program that starts Compose projects: `docker compose`, `docker-compose` or `podman compose`, whichever is there.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{Address, Fault};

/// How long it may take to start or stop a project.
const PATIENCE: Duration = Duration::from_secs(300);

/// The forms in which it may be there.
const FORMS: [&[&str]; 4] =
    [&["docker", "compose"], &["docker-compose"], &["podman", "compose"], &["podman-compose"]];

/// The program, with the engine that it speaks to.
pub struct Client<'s> {
    words: &'static [&'static str],
    address: Address,
    /// Whether the run is to end.
    stopped: &'s dyn Fn() -> bool,
}

/// What of a folder's name Compose keeps in that of its project.
pub fn project_name(folder: &str) -> String {
    let kept = |it: &char| it.is_ascii_alphanumeric() || "_-".contains(*it);
    folder.to_lowercase().chars().filter(kept).collect()
}

/// What it is asked to read.
pub struct Model<'m> {
    /// The folder that paths are relative to.
    pub folder: &'m Path,
    /// The files, the first of them the one that the others are laid over.
    pub files: &'m [PathBuf],
    /// Files of variables; the one beside the project where none is named.
    pub variables: &'m [PathBuf],
}

impl<'s> Client<'s> {
    /// The one that is there.
    ///
    /// # Errors
    /// None is.
    pub fn find(address: &Address, stopped: &'s dyn Fn() -> bool) -> Result<Client<'s>, Fault> {
        let answers = |words: &&&[&str]| {
            let mut asked = Command::new(words[0]);
            asked.args(&words[1..]).arg("version").stdin(Stdio::null());
            let told = asked.stdout(Stdio::null()).stderr(Stdio::null()).status();
            told.is_ok_and(|it| it.success())
        };
        let words = FORMS.iter().find(answers).ok_or_else(|| {
            Fault::new(
                "neither `docker compose`, `docker-compose` nor `podman compose` is there: install one of them, it \
                 starts what is tried"
                    .to_owned(),
            )
        })?;
        Ok(Client { words, address: address.clone(), stopped })
    }

    /// The model of a project, as it resolves it.
    ///
    /// # Errors
    /// It refuses the files.
    pub fn config(&self, model: &Model<'_>) -> Result<String, Fault> {
        let mut words = vec!["--project-directory".to_owned(), model.folder.display().to_string()];
        for it in model.files {
            words.extend(["-f".to_owned(), it.display().to_string()]);
        }
        for it in model.variables {
            words.extend(["--env-file".to_owned(), it.display().to_string()]);
        }
        words.push("config".to_owned());
        if self.words.len() == 2 {
            words.extend(["--format", "json"].map(str::to_owned));
        }
        self.run(&words)
    }

    /// Starts a project that is written in one file.
    ///
    /// # Errors
    /// It does not start.
    pub fn up(&self, project: &str, file: &Path) -> Result<(), Fault> {
        self.of(project, file, &["up", "-d", "--no-build"], self.stopped)
    }

    /// Starts its containers anew, once they have stopped.
    ///
    /// # Errors
    /// They do not start.
    pub fn start(&self, project: &str, file: &Path) -> Result<(), Fault> {
        self.of(project, file, &["start"], self.stopped)
    }

    /// Stops its containers, each with ten seconds to end by itself.
    ///
    /// # Errors
    /// They do not stop.
    pub fn stop(&self, project: &str, file: &Path) -> Result<(), Fault> {
        self.of(project, file, &["stop", "-t", "10"], self.stopped)
    }

    /// Takes a project away with all that is its own.
    ///
    /// # Errors
    /// Something of it stays.
    pub fn down(&self, project: &str, file: &Path) -> Result<(), Fault> {
        self.of(project, file, &["down", "-v", "-t", "2", "--remove-orphans"], &|| false)
    }

    /// Has it do something with a project that is written in one file.
    fn of(
        &self,
        project: &str,
        file: &Path,
        words: &[&str],
        stopped: &dyn Fn() -> bool,
    ) -> Result<(), Fault> {
        let file = file.display().to_string();
        let all = ["-p", project, "-f", &file].into_iter().chain(words.iter().copied());
        let all: Vec<String> = all.map(str::to_owned).collect();
        self.started(&all, stopped).map(drop)
    }

    fn run(&self, words: &[String]) -> Result<String, Fault> {
        self.started(words, self.stopped)
    }

    fn started(&self, words: &[String], stopped: &dyn Fn() -> bool) -> Result<String, Fault> {
        let shown = self.words.join(" ");
        let broken = |it: std::io::Error| Fault::new(format!("{shown}: cannot be run: {it}"));
        let mut out = tempfile::tempfile().map_err(broken)?;
        let mut told = tempfile::tempfile().map_err(broken)?;
        let mut command = Command::new(self.words[0]);
        command.args(&self.words[1..]).args(words).env("DOCKER_HOST", &self.address.url);
        if let Some(certificates) = &self.address.certificates {
            command.env("DOCKER_TLS_VERIFY", "1").env("DOCKER_CERT_PATH", certificates);
        }
        command.stdin(Stdio::null());
        command.stdout(out.try_clone().map_err(broken)?);
        command.stderr(told.try_clone().map_err(broken)?);
        // Ctrl-C is for this program, which then has it clean up.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(broken)?;
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().map_err(broken)? {
                break status;
            }
            if stopped() || begun.elapsed() > PATIENCE {
                let _ = child.kill();
                let _ = child.wait();
                let why = if stopped() { "stopped" } else { "took too long" };
                return Err(Fault::new(format!("{shown}: {why}")));
            }
            sleep(Duration::from_millis(50));
        };
        let text = |file: &mut std::fs::File| {
            let mut text = Vec::new();
            let _ = file.seek(SeekFrom::Start(0));
            let _ = file.take(16 << 20).read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        };
        match status.success() {
            true => Ok(text(&mut out)),
            false => {
                let told = text(&mut told);
                Err(Fault::new(format!("{shown}: {}", reason(&told))))
            }
        }
    }
}

/// What it gives as its reason: the last lines of what it said, without those on what it does.
fn reason(told: &str) -> String {
    const LINES: usize = 6;
    let lines = told.lines().map(str::trim).filter(|it| {
        !it.is_empty() && !it.ends_with("... ") && !it.ends_with("... done") && !it.ends_with("...")
    });
    let lines: Vec<&str> = lines.collect();
    match &lines[lines.len().saturating_sub(LINES)..] {
        [] => "no reason given".to_owned(),
        last => last.join("; "),
    }
}
