//! The decision checklist, answered for one container: who it runs as, what it can write, what it may do, and who says so.
//!
//! The answers are those of SPEC 2: what the engine or the cluster makes of the settings, not how they are written. What
//! cannot be known is an answer of its own, with what would make it known.

mod account;
mod ask;
mod bounding;
mod capabilities;
mod debug;
mod escalation;
mod fact;
mod host;
mod image;
mod profiles;
mod socket;
mod writable;

use std::path::PathBuf;

use crate::evidence::Settings;
use crate::workload::{Container, Dialect, Files, Workload};
use ask::Ask;
pub use bounding::{Bounding, Lists, by_containerd, by_docker};

/// What is answered of one container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posture {
    /// In the order of [`Question::ALL`].
    pub answers: [Answer; 8],
}

/// A question of the checklist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Question {
    /// Which UID and GID it runs as.
    User,
    /// Which folders it can write.
    Writable,
    /// Which capabilities remain.
    Capabilities,
    /// Whether it can gain privileges.
    Escalation,
    /// Which system call filter and security module stand.
    Profiles,
    /// Whether it holds a socket of a container runtime.
    Socket,
    /// What of the host it shares, and whether it is privileged.
    Host,
    /// How operators debug it.
    Debug,
}

impl Question {
    /// All of them, in the order of the checklist.
    pub const ALL: [Question; 8] = [
        Question::User,
        Question::Writable,
        Question::Capabilities,
        Question::Escalation,
        Question::Profiles,
        Question::Socket,
        Question::Host,
        Question::Debug,
    ];

    /// One word for programs and narrow columns.
    pub fn name(self) -> &'static str {
        match self {
            Question::User => "user",
            Question::Writable => "writable",
            Question::Capabilities => "capabilities",
            Question::Escalation => "escalation",
            Question::Profiles => "profiles",
            Question::Socket => "socket",
            Question::Host => "host",
            Question::Debug => "debug",
        }
    }

    /// The question.
    pub fn asks(self) -> &'static str {
        match self {
            Question::User => "Which user and groups does it run as?",
            Question::Writable => "Which directories can it write?",
            Question::Capabilities => "Which Linux capabilities remain?",
            Question::Escalation => "Can it gain new privileges?",
            Question::Profiles => "Do the default seccomp profile and the security module stand?",
            Question::Socket => "Does it hold the socket of a container runtime?",
            Question::Host => "Does it share the host's namespaces, or run privileged?",
            Question::Debug => "How do operators debug it without tools in its image?",
        }
    }

    /// What it is to hold, as the end of "N of M containers …".
    pub fn wanted(self) -> &'static str {
        match self {
            Question::User => "do not run as root",
            Question::Writable => "write to declared mounts alone",
            Question::Capabilities => "keep no capability that was not asked for",
            Question::Escalation => "cannot gain privileges",
            Question::Profiles => "keep the default filters",
            Question::Socket => "hold no runtime socket",
            Question::Host => "share nothing with the host",
            Question::Debug => "can be debugged from outside",
        }
    }
}

/// Whether the posture is held in one respect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holds {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// That cannot be known here.
    Unknown,
    /// It does not apply: a Windows container, a service that something else provides.
    Inapplicable,
}

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The question.
    pub question: Question,
    /// Whether the posture is held.
    pub holds: Holds,
    /// What it consists of.
    pub parts: Vec<Part>,
}

/// One thing that is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is about: `uid`, `bounding`, `seccomp`.
    pub name: &'static str,
    /// What is told.
    pub value: Value,
    /// Who says so.
    pub by: By,
}

/// What is told of one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// This.
    Is(String),
    /// These; none of them is an answer too.
    All(Vec<String>),
    /// No container: the engine or the cluster refuses it, for this reason.
    Refused(String),
    /// It cannot be known here; this would make it known.
    Unknown(String),
}

/// Who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// The file.
    File(Place),
    /// The Dockerfile that the image is built from, in its words.
    Dockerfile(String),
    /// What is known of images.
    Image {
        /// The entry: `casehard images NAME` shows it.
        entry: String,
        /// Whether it was read at its source for this image.
        read: bool,
    },
    /// Nobody: the engine's or the cluster's default.
    Default,
    /// Nobody here.
    Nobody,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, as the user names it.
    pub path: PathBuf,
    /// The line, from one.
    pub line: usize,
    /// Whether a variable takes part, whose default holds here.
    pub varies: bool,
}

impl Value {
    /// In one line.
    pub fn text(&self) -> String {
        match self {
            Value::Is(text) => text.clone(),
            Value::All(all) if all.is_empty() => "none".to_owned(),
            Value::All(all) => all.join(", "),
            Value::Refused(why) => format!("refused: {why}"),
            Value::Unknown(_) => "unknown".to_owned(),
        }
    }
}

impl Answer {
    /// The value of a part.
    pub fn part(&self, name: &str) -> Option<&Part> {
        self.parts.iter().find(|it| it.name == name)
    }

    /// What would make known what is not, each once.
    pub fn lacking(&self) -> Vec<&str> {
        let mut all: Vec<&str> = Vec::new();
        for it in &self.parts {
            match &it.value {
                Value::Unknown(how) if !all.contains(&how.as_str()) => all.push(how),
                Value::Unknown(_) | Value::Is(_) | Value::All(_) | Value::Refused(_) => (),
            }
        }
        all
    }
}

impl Posture {
    /// The answer to a question.
    pub fn answer(&self, question: Question) -> &Answer {
        &self.answers[question as usize]
    }

    /// Answers for a container. `all` are the workloads of its project, whose namespaces it may share.
    pub fn of(
        files: &Files<'_>,
        all: &[Workload<'_>],
        (workload, container): (&Workload<'_>, &Container<'_>),
        settings: &Settings,
    ) -> Posture {
        if let Some(why) = inapplicable(workload) {
            return Posture { answers: Question::ALL.map(|it| not_asked(it, why)) };
        }
        let settings = settings.for_container(container.id);
        let ask = Ask::new(files, all, (workload, container), &settings);
        let user = account::user(&ask);
        Posture {
            answers: [
                account::answer(&ask, &user),
                writable::answer(&ask, &user),
                capabilities::answer(&ask, &user),
                escalation::answer(&ask),
                profiles::answer(&ask),
                socket::answer(&ask),
                host::answer(&ask),
                debug::answer(&ask),
            ],
        }
    }
}

/// Why the questions of Linux are not asked of a workload.
fn inapplicable(workload: &Workload<'_>) -> Option<&'static str> {
    match &workload.dialect {
        Dialect::Compose(_) => workload.skipped,
        Dialect::Kubernetes(pod) => pod.windows.then_some(crate::workload::WINDOWS),
    }
}

fn not_asked(question: Question, why: &str) -> Answer {
    let part = Part { name: "why", value: Value::Is(why.to_owned()), by: By::Nobody };
    Answer { question, holds: Holds::Inapplicable, parts: vec![part] }
}
