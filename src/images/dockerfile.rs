//! Knows what a Dockerfile says of the image it builds. Sees text alone, never files.

mod accounts;
mod variables;

use std::collections::BTreeMap;
use std::fmt;

use parse_dockerfile::{Command, FromInstruction, Instruction, JsonOrStringArray};

use self::variables::Variables;

/// What a Dockerfile says of one of its stages, the stages it builds on included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dockerfile {
    /// The last `USER`; without one the user is that of the base.
    pub user: Option<User>,
    /// The image that the first of the stages starts from, with variables that have no default left in place.
    pub base: Option<String>,
    /// The paths of `VOLUME`.
    pub volumes: Vec<String>,
    /// The ports of `EXPOSE`, as far as they are numbers.
    pub ports: Vec<u16>,
    /// The last `WORKDIR`.
    pub workdir: Option<String>,
    /// The last `ENTRYPOINT`, one text alone in shell form; without one it is that of the base.
    pub entrypoint: Option<Vec<String>>,
    /// The last `CMD`, under the same rule.
    pub cmd: Option<Vec<String>>,
}

/// A user as a Dockerfile names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum User {
    /// By number, or by a name whose number the Dockerfile shows.
    Ids {
        /// The user id.
        uid: u32,
        /// The group id, if one is given as a number.
        gid: Option<u32>,
    },
    /// By a name whose number only the base knows.
    Name(String),
    /// By a variable without a value.
    Open(String),
}

/// Why a Dockerfile says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DockerfileError {
    /// The line, from 1; 0 when the file as a whole is at fault.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// Reads the last stage, or the one that `target` names by name or number.
pub fn read(text: &str, target: Option<&str>) -> Result<Dockerfile, DockerfileError> {
    read_with(text, target, &BTreeMap::new())
}

/// Reads a stage as [`read`] does, with build arguments that win over the defaults of `ARG`.
pub fn read_with(
    text: &str,
    target: Option<&str>,
    arguments: &BTreeMap<String, String>,
) -> Result<Dockerfile, DockerfileError> {
    let parsed = parse_dockerfile::parse(text)
        .map_err(|it| DockerfileError { line: it.line(), message: it.to_string() })?;
    let mut global = Variables::with_arguments(arguments);
    for argument in parsed.global_args() {
        global.declare(&argument.arguments.value);
    }
    let mut stages: Vec<Stage> = Vec::new();
    for stage in parsed.stages() {
        stages.push(read_stage(stage.from, stage.instructions, &stages, &global));
        if target.is_some_and(|it| stages.last().is_some_and(|stage| stage.is(it))) {
            break;
        }
    }
    let wanted = match target {
        Some(target) => find_stage(&stages, target),
        None => stages.last(),
    };
    let missing = || DockerfileError {
        line: 0,
        message: format!("no stage `{}`", target.unwrap_or_default()),
    };
    wanted.map(|it| it.says.clone()).ok_or_else(missing)
}

/// A stage that has been read.
#[derive(Clone, Default)]
struct Stage {
    name: Option<String>,
    says: Dockerfile,
    variables: Variables,
    accounts: BTreeMap<String, u32>,
}

impl Stage {
    fn is(&self, target: &str) -> bool {
        self.name.as_deref().is_some_and(|it| it.eq_ignore_ascii_case(target))
    }
}

fn find_stage<'a>(stages: &'a [Stage], target: &str) -> Option<&'a Stage> {
    let by_number = || stages.get(target.parse::<usize>().ok()?);
    stages.iter().rfind(|it| it.is(target)).or_else(by_number)
}

fn read_stage(
    from: &FromInstruction<'_>,
    instructions: &[Instruction<'_>],
    before: &[Stage],
    global: &Variables,
) -> Stage {
    let image = global.expand(&from.image.value);
    let mut stage = match before.iter().rfind(|it| it.is(&image)) {
        Some(stage) => Stage { variables: stage.variables.environment(), ..stage.clone() },
        None => start_from(image),
    };
    stage.name = from.as_.as_ref().map(|(_, name)| name.value.to_string());
    let mut user = None;
    let mut has_cmd = false;
    for instruction in instructions {
        match instruction {
            Instruction::User(it) => user = Some(stage.variables.expand(it.arguments.value.trim())),
            Instruction::Cmd(it) => {
                has_cmd = true;
                stage.says.cmd = Some(words(&it.arguments));
            }
            Instruction::Entrypoint(it) => {
                stage.says.entrypoint = Some(words(&it.arguments));
                // An entrypoint makes the command of the base void, but not one of the same stage.
                stage.says.cmd = stage.says.cmd.filter(|_| has_cmd);
            }
            Instruction::Arg(it) => stage.variables.declare_in_stage(&it.arguments.value, global),
            other => stage.note(other),
        }
    }
    if let Some(user) = user {
        stage.says.user = Some(read_user(&user, &stage.accounts));
    }
    stage
}

fn start_from(image: String) -> Stage {
    let mut stage = Stage::default();
    // The .NET images carry the number of their account, and files name it by the variable.
    if image.contains("mcr.microsoft.com/dotnet/") {
        stage.variables.set("APP_UID", "1654");
    }
    stage.says.base = Some(image);
    stage
}

impl Stage {
    /// Takes in an instruction whose order among those of other kinds does not matter.
    fn note(&mut self, instruction: &Instruction<'_>) {
        match instruction {
            Instruction::Env(it) => self.variables.assign(&it.arguments.value),
            Instruction::Workdir(it) => {
                self.says.workdir = Some(self.variables.expand(&it.arguments.value));
            }
            Instruction::Volume(it) => {
                let paths = match &it.arguments {
                    JsonOrStringArray::Json(paths) => paths.value.as_slice(),
                    JsonOrStringArray::String(paths) => paths.as_slice(),
                };
                let paths = paths.iter().map(|it| self.variables.expand(&it.value));
                self.says.volumes.extend(paths.collect::<Vec<_>>());
            }
            Instruction::Expose(it) => {
                let texts = it.arguments.iter().map(|it| self.variables.expand(&it.value));
                self.says.ports.extend(texts.filter_map(|it| port(&it)).collect::<Vec<_>>());
            }
            Instruction::Run(it) => {
                let scripts = it.here_docs.iter().map(|it| it.value.to_string());
                let script: Vec<String> = scripts.chain(words(&it.arguments)).collect();
                let script = self.variables.expand(&script.join("\n"));
                self.accounts.extend(accounts::made_by(&script));
            }
            _ => (),
        }
    }
}

fn words(command: &Command<'_>) -> Vec<String> {
    match command {
        Command::Exec(words) => words.value.iter().map(|it| it.value.to_string()).collect(),
        Command::Shell(text) => vec![text.value.trim().to_owned()],
        _ => Vec::new(),
    }
}

fn port(text: &str) -> Option<u16> {
    text.split('/').next()?.parse().ok()
}

fn read_user(text: &str, accounts: &BTreeMap<String, u32>) -> User {
    if text.contains('$') {
        return User::Open(text.to_owned());
    }
    let (name, group) = text.split_once(':').map_or((text, None), |(it, group)| (it, Some(group)));
    let known = match name {
        "" | "root" => Some(0),
        name => name.parse().ok().or_else(|| accounts.get(name).copied()),
    };
    match known {
        Some(uid) => User::Ids { uid, gid: group.and_then(|it| it.parse().ok()) },
        None => User::Name(text.to_owned()),
    }
}

impl User {
    /// Whether it is root for certain.
    pub fn is_root(&self) -> bool {
        matches!(self, Self::Ids { uid: 0, .. })
    }
}

impl std::error::Error for DockerfileError {}

impl fmt::Display for DockerfileError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

#[cfg(test)]
mod tests;
