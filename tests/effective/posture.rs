//! The decision checklist against the states that are computed by other means: what both know has to be the same.

use casehard::mend::Policy;
use casehard::posture::{Posture, Question, Value};
use casehard::workload::{Container, Dialect, Files, Workload};

use super::compose::{self, World};
use super::pods;
use super::state::{Fact, State};

/// What was compared.
#[derive(Default)]
pub(crate) struct Compared {
    agreed: usize,
    wrong: Vec<String>,
}

impl Compared {
    /// Compares the containers of a project.
    pub(crate) fn add(&mut self, files: &Files<'_>, all: &[Workload<'_>], policy: &Policy) {
        for workload in all.iter().filter(|it| is_usual(it)) {
            for container in &workload.containers {
                let posture = Posture::of(files, all, (workload, container), &policy.settings);
                let states = states(workload, container);
                if states.iter().any(|it| is_beyond(it)) {
                    continue;
                }
                let path = files.get(container.site.file).path.display().to_string();
                for (question, part, field) in PAIRS {
                    let told = posture.answer(*question).part(part).map(|it| &it.value);
                    let Some(told) = told else { continue };
                    self.compare(
                        &format!("{path}: {}: {part}", container.subject),
                        told,
                        (&states, field),
                    );
                }
            }
        }
    }

    fn compare(&mut self, place: &str, told: &Value, (states, field): (&[State], &str)) {
        let facts: Vec<Option<&Fact>> = states.iter().map(|it| it.fact(field)).collect();
        // What hangs on variables one of them reads from files beside it.
        if facts.windows(2).any(|it| it[0] != it[1]) {
            return;
        }
        let Some(fact) = facts[0] else { return };
        let same = match (told, fact) {
            (Value::Unknown(_), Fact::Is(it)) => it.contains('$') || it.contains("image"),
            (Value::Refused(_), Fact::Refused(_)) => true,
            // Only one of them reads numbers in all the ways that YAML has, and asks whether that user may start.
            (Value::Is(_) | Value::Refused(_), Fact::Is(it))
                if field == "user" && !is_plain(it) =>
            {
                return;
            }
            (Value::Refused(why), Fact::Is(it)) if field == "user" => {
                why.contains("is no number")
                    || it == "the image's"
                    || matches!(states[0].fact("may start"), Some(Fact::Refused(_)))
                    || why.contains("the kubelet")
            }
            // A cluster takes neither, and only one of them asks.
            (Value::Refused(why), _)
                if why.contains("is no list") || why.contains("is no type") =>
            {
                return;
            }
            (Value::Unknown(_) | Value::Refused(_), _) | (_, Fact::Refused(_)) => false,
            (Value::Is(_) | Value::All(_), Fact::Is(it))
                if it.contains('$') || it.contains("image") =>
            {
                return;
            }
            // What number a name has only one of them knows.
            (Value::Is(told), Fact::Is(it))
                if field == "user"
                    && told.bytes().all(|it| it.is_ascii_digit())
                    && it.parse::<u32>().is_err() =>
            {
                return;
            }
            (Value::Is(told), Fact::Is(it)) => is_same(told, it),
            (Value::All(all), Fact::Is(it)) => all.join(" ") == *it,
        };
        match same {
            true => self.agreed += 1,
            false => self.wrong.push(format!("{place} is {told:?}, and {field} {fact:?}")),
        }
    }

    /// Fails where they do not agree, or too little was compared.
    pub(crate) fn agree(&self, least: usize) {
        println!("{} answers agree", self.agreed);
        let first: Vec<&str> = self.wrong.iter().take(30).map(String::as_str).collect();
        assert!(self.wrong.is_empty(), "{} answers differ\n{}", self.wrong.len(), first.join("\n"));
        assert!(self.agreed >= least, "only {} answers were compared", self.agreed);
    }
}

/// Whether a setting is none that the other means can read: one that a variable beside the file holds, or a boolean in
/// words of old YAML.
fn is_beyond(state: &State) -> bool {
    let fields = ["privileged", "read-only root", "new privileges"];
    fields.iter().filter_map(|it| state.fact(it)).any(|it| match it {
        Fact::Is(it) => it.contains('$'),
        Fact::Refused(why) => why.starts_with("no boolean"),
    })
}

/// Whether a user is a number or a name as everybody writes them.
fn is_plain(user: &str) -> bool {
    user.starts_with(|it: char| it.is_ascii_alphabetic())
        || user == "0"
        || !user.starts_with('0') && user.bytes().all(|it| it.is_ascii_digit())
}

/// The parts of answers, and the settings that they are to agree with.
const PAIRS: &[(Question, &str, &str)] = &[
    (Question::User, "uid", "user"),
    (Question::Writable, "root filesystem", "read-only root"),
    (Question::Capabilities, "bounding", "bounding capabilities"),
    (Question::Escalation, "new privileges", "new privileges"),
    (Question::Profiles, "seccomp", "seccomp"),
    (Question::Host, "privileged", "privileged"),
    (Question::Host, "network", "network_mode"),
    (Question::Host, "processes", "pid"),
    (Question::Host, "shared memory", "ipc"),
];

/// Whether all of it is told here and Docker or a cluster runs it.
fn is_usual(workload: &Workload<'_>) -> bool {
    let usual = match &workload.dialect {
        Dialect::Compose(service) => {
            // The other means do not read tags of a base.
            let tagged =
                service.levels.iter().any(|it| it.base.is_some()) && service.levels.len() > 2;
            !tagged
                && service.project.engine().is_none()
                && service.missing_base.is_none()
                && service.unread.is_empty()
        }
        Dialect::Kubernetes(pod) => !pod.windows,
    };
    usual
        && (workload.skipped.is_none() || workload.is_kubernetes())
        && !workload.containers.iter().any(|it| workload.is_fragment(it))
}

fn states(workload: &Workload<'_>, container: &Container<'_>) -> Vec<State> {
    match &workload.dialect {
        Dialect::Compose(service) => {
            [World::Defaults, World::Set].map(|it| compose::state(service, it)).into()
        }
        Dialect::Kubernetes(pod) => vec![pods::state(pod, container.index)],
    }
}

/// Whether words and a setting mean the same.
fn is_same(told: &str, setting: &str) -> bool {
    let told = told.split(": everything").next().unwrap_or(told);
    match (told, setting) {
        ("every capability of Linux", "all") => true,
        ("read-only", it) => it == "yes",
        ("writable", it) => it == "no",
        ("the default profile", it) => it == "default" || it.contains("RuntimeDefault"),
        ("the host's", it) => it == "host" || it.starts_with("service:"),
        ("its own", it) => it != "host",
        (told, it) if told.starts_with("that of ") => {
            it.starts_with("service:") || it.starts_with("container:") || told[8..] == *it
        }
        (told, it) if told.starts_with("none") => {
            it.starts_with("none") || it.contains("Unconfined")
        }
        (told, it) if told.starts_with("its own, to be reviewed: ") => it.contains(&told[25..]),
        (told, it) => told == it,
    }
}
