//! What the real consumers read: the program `facts`, asked line by line.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

/// The dialects, as `facts` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Dialect {
    Compose,
    Kubernetes,
}

impl Dialect {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Dialect::Compose => "compose",
            Dialect::Kubernetes => "k8s",
        }
    }

    pub(crate) fn file(self) -> &'static str {
        match self {
            Dialect::Compose => "compose.yaml",
            Dialect::Kubernetes => "pod.yaml",
        }
    }
}

/// What a consumer read.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// Why it refuses the file, or a part of it.
    pub(crate) error: Option<String>,
    /// Rules, and whom they hold for.
    pub(crate) facts: BTreeMap<String, Vec<String>>,
    /// All that was read.
    pub(crate) data: Value,
}

/// A consumer that runs.
pub(crate) struct Consumer {
    child: Child,
    asked: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// The folder of the oracles' programs, where they are built (`tests/oracles/build.sh`).
pub(crate) fn programs() -> Option<PathBuf> {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/oracles");
    let folder = std::env::var_os("CASEHARD_ORACLES").map_or(built, PathBuf::from);
    folder.join("facts").is_file().then_some(folder)
}

/// Said where they are not.
pub(crate) const MISSING: &str =
    "oracles: NOT AVAILABLE HERE, not compared with the real consumers (tests/oracles/build.sh)";

impl Consumer {
    /// In a folder, from which it reads names of files.
    pub(crate) fn start(programs: &Path, kind: &str, folder: &Path) -> Consumer {
        let mut child = Command::new(programs.join("facts"))
            .args(["-dump", kind])
            .current_dir(folder)
            .env_clear()
            .envs([("HOME", "/root"), ("PATH", "/usr/bin:/bin")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the oracle starts");
        let asked = child.stdin.take().expect("it is piped");
        let answers = BufReader::new(child.stdout.take().expect("it is piped"));
        Consumer { child, asked, answers }
    }

    pub(crate) fn read(&mut self, path: &Path) -> Facts {
        writeln!(self.asked, "{}", path.display()).expect("the oracle listens");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the oracle answers");
        let mut answer: Value = serde_json::from_str(&line).expect("it answers in JSON");
        let words = |it: &Value| -> Vec<String> {
            let all = it.as_array().into_iter().flatten();
            all.filter_map(|it| it.as_str().map(str::to_owned)).collect()
        };
        let facts = answer["facts"].as_object();
        let folder = path.parent().filter(|it| it.is_absolute());
        let folder = folder.map_or("\0".to_owned(), |it| format!("{}/", it.display()));
        Facts {
            error: answer["err"].as_str().map(|it| it.replace(&folder, "")),
            facts: facts.into_iter().flatten().map(|it| (it.0.clone(), words(it.1))).collect(),
            data: answer["data"].take(),
        }
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
