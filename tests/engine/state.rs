//! What a container really holds, read from inside, and what its Compose file asks for.

use std::collections::BTreeSet;

use casehard::layers::capability_names;
use yaml_rust2::{Yaml, YamlLoader};

use crate::docker::Container;

const QUESTIONS: &str = r#"
sed -n 's/^Uid:\t\([0-9]*\).*/first \1/p; s/^CapBnd:\t/bounding /p; s/^NoNewPrivs:\t/nnp /p' /proc/1/status
sed -n 's/^[^ ]* \/ [^ ]* \(r[wo]\).*/root \1/p' /proc/1/mounts
for status in /proc/[0-9]*/status; do
    sed -n 's/^Name:\t/process /p; s/^Uid:\t\([0-9]*\).*/uid \1/p' $status 2>/dev/null
done"#;

/// The names of the question's own processes.
const ASKING: [&str; 3] = ["sh", "sed", "docker-init"];

/// What a running container holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// The user of process 1.
    pub first_uid: String,
    /// The users of the processes that do the work, with their names.
    pub processes: BTreeSet<(String, String)>,
    /// The bounding set.
    pub bounding: BTreeSet<&'static str>,
    /// Whether no new privileges can be gained.
    pub no_new_privileges: bool,
    /// Whether the root filesystem is read-only.
    pub read_only: bool,
}

impl State {
    /// Asks the container.
    pub(crate) fn of(container: &Container) -> Result<State, String> {
        let mut state = State::default();
        let mut process = String::new();
        for line in container.sh(QUESTIONS)?.lines() {
            let (what, value) = line.split_once(' ').unwrap_or((line, ""));
            match what {
                "first" => value.clone_into(&mut state.first_uid),
                "bounding" => state.bounding = named(value),
                "nnp" => state.no_new_privileges = value == "1",
                "root" => state.read_only = value == "ro",
                "process" => value.clone_into(&mut process),
                "uid" if ASKING.contains(&process.as_str()) => (),
                "uid" => drop(state.processes.insert((process.clone(), value.to_owned()))),
                _ => return Err(format!("not an answer: {line}")),
            }
        }
        Ok(state)
    }
}

fn named(bits: &str) -> BTreeSet<&'static str> {
    let bits = u64::from_str_radix(bits, 16).unwrap_or(u64::MAX);
    capability_names(bits).into_iter().collect()
}

/// What a service's Compose file asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    /// `user`.
    pub user: Option<String>,
    /// `cap_drop`.
    pub cap_drop: Vec<String>,
    /// `cap_add`.
    pub cap_add: Vec<String>,
    /// `security_opt`.
    pub security_opt: Vec<String>,
    /// `read_only`.
    pub read_only: bool,
    /// `tmpfs`.
    pub tmpfs: Vec<String>,
}

impl Asked {
    /// Reads it, by a reader that shares nothing with the editor.
    pub(crate) fn by(text: &str, service: &str) -> Result<Asked, String> {
        let documents = YamlLoader::load_from_str(text).map_err(|it| it.to_string())?;
        let service = &documents.first().ok_or("an empty file")?["services"][service];
        Ok(Asked {
            user: service["user"].as_str().map(str::to_owned),
            cap_drop: strings(&service["cap_drop"]),
            cap_add: strings(&service["cap_add"]),
            security_opt: strings(&service["security_opt"]),
            read_only: service["read_only"].as_bool() == Some(true),
            tmpfs: strings(&service["tmpfs"]),
        })
    }

    /// How a container differs from what was asked for; empty when it does not.
    pub(crate) fn missing_in(&self, state: &State) -> Vec<String> {
        let mut missing = Vec::new();
        if self.cap_drop.iter().any(|it| it == "ALL") {
            let asked: BTreeSet<_> = self.cap_add.iter().map(String::as_str).collect();
            if asked != state.bounding {
                missing.push(format!("the bounding set is {:?}, not {asked:?}", state.bounding));
            }
        }
        if let Some(user) = &self.user {
            let uid = match user.split(':').next().unwrap_or_default() {
                "root" => "0",
                uid => uid,
            };
            if uid != state.first_uid {
                missing.push(format!("process 1 is uid {}, not {uid}", state.first_uid));
            }
        }
        let forbids = self.security_opt.iter().any(|it| it.starts_with("no-new-privileges"));
        if forbids && !state.no_new_privileges {
            missing.push("new privileges can be gained".to_owned());
        }
        if self.read_only && !state.read_only {
            missing.push("the root filesystem is writable".to_owned());
        }
        missing
    }
}

fn strings(node: &Yaml) -> Vec<String> {
    let one = node.as_str().into_iter().map(str::to_owned);
    let many = node.as_vec().into_iter().flatten().filter_map(|it| it.as_str().map(str::to_owned));
    one.chain(many).collect()
}
