//! The suite's own Docker Engine, spoken to through the command line client.

use std::env;
use std::io::Write as _;
use std::process::{Child, Command, Output};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// The engine, by its address. Never the machine's own: the images bear the names of real ones.
static ENGINE: LazyLock<Option<String>> = LazyLock::new(find);

fn find() -> Option<String> {
    let address = env::var("CASEHARD_ENGINE")
        .unwrap_or_else(|_| "unix:///run/casehard-engine.sock".to_owned());
    let missing = [
        answers(&address, &["version"], "no engine answers there: run tests/engine/start.sh"),
        answers(
            &address,
            &["image", "inspect", "casehard/ready"],
            "its images are missing: run tests/engine/build.sh",
        ),
    ];
    let Some(reason) = missing.into_iter().flatten().next() else { return Some(address) };
    // Straight to the terminal, past the capture of the test runner: a skipped suite must be seen.
    let mut stderr = std::io::stderr();
    writeln!(stderr, "engine: SKIPPED at {address}: {reason}").unwrap();
    None
}

/// The reason, when the engine does not answer.
fn answers(address: &str, question: &[&str], reason: &'static str) -> Option<&'static str> {
    let output = Command::new("docker").args(["--host", address]).args(question).output();
    match output.is_ok_and(|it| it.status.success()) {
        true => None,
        false => Some(reason),
    }
}

/// The engine's address, if there is an engine to try things on.
pub(crate) fn engine() -> Option<&'static str> {
    ENGINE.as_deref()
}

/// What a command said, when it succeeded; all it said, when not.
pub(crate) fn said(mut command: Command) -> Result<String, String> {
    let Output { status, stdout, stderr } = command.output().map_err(|it| it.to_string())?;
    let stdout = String::from_utf8_lossy(&stdout).into_owned();
    match status.success() {
        true => Ok(stdout),
        false => Err(format!("{stdout}{}", String::from_utf8_lossy(&stderr))),
    }
}

/// Runs the client.
pub(crate) fn docker(args: &[&str]) -> Result<String, String> {
    let mut command = Command::new("docker");
    command.args(["--host", engine().expect("only asked where there is an engine")]).args(args);
    said(command)
}

/// A container that is removed, with its anonymous volumes, at the end of the test.
pub(crate) struct Container(pub String);

impl Container {
    /// Starts one: `docker run -d` with these arguments.
    pub(crate) fn run(args: &[&str]) -> Result<Container, String> {
        let id = docker(&[&["run", "--detach"], args].concat())?;
        Ok(Container(id.trim().to_owned()))
    }

    /// Runs a line of shell in it.
    pub(crate) fn sh(&self, line: &str) -> Result<String, String> {
        docker(&["exec", &self.0, "sh", "-c", line])
    }

    /// Runs a line of shell in it again and again until it succeeds, the container ends or the time is over.
    pub(crate) fn sh_within(&self, limit: Duration, line: &str) -> Result<String, String> {
        let start = Instant::now();
        // To ask costs more than most services do: the longer one takes, the less it is asked.
        let mut pause = Duration::from_millis(100);
        loop {
            let said = self.sh(line);
            if said.is_ok() {
                return said;
            }
            if start.elapsed() > limit || !self.stays()? {
                return said.map_err(|it| format!("{it}{}", self.logs()));
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(800));
        }
    }

    /// Waits for its end and gives its exit status.
    pub(crate) fn end(&self) -> Result<i32, String> {
        let status = docker(&["wait", &self.0])?;
        status.trim().parse().map_err(|_| status)
    }

    /// Stops it and gives its exit status.
    pub(crate) fn stop(&self) -> Result<i32, String> {
        docker(&["stop", "--time", "10", &self.0])?;
        self.end()
    }

    /// Stops and starts it.
    pub(crate) fn restart(&self) -> Result<(), String> {
        docker(&["restart", "--time", "10", &self.0]).map(drop)
    }

    /// Whether it runs, and did not have to be started again by the engine.
    fn stays(&self) -> Result<bool, String> {
        let state =
            docker(&["inspect", "--format", "{{.State.Running}} {{.RestartCount}}", &self.0])?;
        Ok(state.trim() == "true 0")
    }

    /// The last lines it logged.
    pub(crate) fn logs(&self) -> String {
        let mut command = Command::new("docker");
        command.args(["--host", engine().unwrap_or_default(), "logs", "--tail", "8", &self.0]);
        let output = command.output().map(|it| [it.stdout, it.stderr].concat()).unwrap_or_default();
        String::from_utf8_lossy(&output).into_owned()
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        let _ = docker(&["rm", "--force", "--volumes", &self.0]);
    }
}

/// A process that ends where it is done with.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
