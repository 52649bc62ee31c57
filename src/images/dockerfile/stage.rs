//! Reads the instructions of a stage one after the other, those of the stages below it first.

use std::collections::BTreeMap;

use parse_dockerfile::{
    Command as Words, Flag, HealthcheckArguments, Instruction, JsonOrStringArray, RunInstruction,
    Source,
};

use super::build::{self, Left, Setting};
use super::copies::{Copy, Shape};
use super::facts::{By, Granted, ImagePath, Place, Said};
use super::heredocs::Bodies;
use super::paths::Folder;
use super::scripts::{self, BaseStarts, Start};
use super::shell::{self, Command};
use super::user::{self, User};
use super::variables::Variables;
use super::{Dockerfile, accounts, copying, programs};

/// How many commands of one `RUN` are read.
const COMMANDS: usize = 4096;

/// The lines of a Dockerfile, and the here-documents that were lifted out of them.
pub(super) struct Lines {
    starts: Vec<usize>,
    bodies: Bodies,
}

impl Lines {
    pub(super) fn of(text: &str, bodies: Bodies) -> Self {
        let ends = text.bytes().zip(1..).filter(|it| it.0 == b'\n').map(|it| it.1);
        Lines { starts: std::iter::once(0).chain(ends).collect(), bodies }
    }

    fn at(&self, offset: usize) -> usize {
        self.starts.partition_point(|it| *it <= offset)
    }
}

/// Words that run, and where they stand.
#[derive(Clone, Debug)]
enum Runs {
    Exec(Vec<String>, usize),
    Shell(String, usize),
}

/// A stage as far as it has been read.
#[derive(Default)]
pub(super) struct Stage {
    says: Dockerfile,
    pub(super) variables: Variables,
    accounts: BTreeMap<String, u32>,
    left: Left,
    folder: Folder,
    /// The last `USER` of this stage as it is written, read once all accounts are known.
    user: Option<String>,
    cmd: Option<Runs>,
    has_own_cmd: bool,
    entrypoint: Option<Runs>,
    healthcheck: Option<Runs>,
}

impl Stage {
    /// A stage on an image, before its first instruction.
    pub(super) fn from(image: String) -> Stage {
        let mut stage = Stage::default();
        // The .NET images carry the number of their account, and files name it by the variable.
        if image.contains("mcr.microsoft.com/dotnet/") {
            stage.variables.set("APP_UID", "1654");
        }
        stage.says.base = Some(image);
        stage
    }

    /// Takes in the next instruction.
    pub(super) fn take(&mut self, next: &Instruction<'_>, global: &Variables, lines: &Lines) {
        match next {
            Instruction::Arg(it) => self.variables.declare_in_stage(&it.arguments.value, global),
            Instruction::Env(it) => self.variables.assign(&it.arguments.value),
            Instruction::User(it) => {
                let text = self.variables.expand(it.arguments.value.trim());
                let words = format!("USER {}", it.arguments.value);
                let line = lines.at(it.user.span.start);
                self.says.user_said = Some(Said::new(Place::Dockerfile, line, &words));
                self.says.user = Some(user::read(&text, &self.accounts));
                self.user = Some(text);
            }
            Instruction::Workdir(it) => {
                let line = lines.at(it.workdir.span.start);
                self.workdir(&it.arguments.value, line);
            }
            Instruction::Cmd(it) => {
                self.has_own_cmd = true;
                self.says.cmd = Some(words(&it.arguments));
                self.cmd = Some(runs(&it.arguments, lines));
            }
            Instruction::Entrypoint(it) => {
                self.says.entrypoint = Some(words(&it.arguments));
                self.entrypoint = Some(runs(&it.arguments, lines));
                // An entrypoint makes the command of the base void, but not one of the same stage.
                if !self.has_own_cmd {
                    self.says.cmd = None;
                    self.cmd = None;
                }
            }
            Instruction::Healthcheck(it) => match &it.arguments {
                HealthcheckArguments::Cmd { arguments, .. } => {
                    self.says.healthcheck = Some(words(arguments));
                    self.healthcheck = Some(runs(arguments, lines));
                }
                _ => {
                    self.says.healthcheck = Some(Vec::new());
                    self.healthcheck = None;
                }
            },
            Instruction::Run(it) => self.run(it, lines),
            Instruction::Copy(it) => {
                let put = (&*it.options, &*it.src, &*it.dest.value);
                self.copy(put, lines.at(it.copy.span.start));
            }
            Instruction::Add(it) => {
                let put = (&*it.options, &*it.src, &*it.dest.value);
                self.copy(put, lines.at(it.add.span.start));
            }
            other => self.note(other),
        }
    }

    fn note(&mut self, instruction: &Instruction<'_>) {
        match instruction {
            Instruction::Volume(it) => {
                let paths = match &it.arguments {
                    JsonOrStringArray::Json(paths) => paths.value.as_slice(),
                    JsonOrStringArray::String(paths) => paths.as_slice(),
                };
                let paths = paths.iter().map(|it| self.variables.expand_word(&it.value));
                self.says.volumes.extend(paths.collect::<Vec<_>>());
            }
            Instruction::Expose(it) => {
                let texts = it.arguments.iter().map(|it| self.variables.expand(&it.value));
                self.says.ports.extend(texts.filter_map(|it| port(&it)).collect::<Vec<_>>());
            }
            _ => (),
        }
    }

    fn workdir(&mut self, written: &str, line: usize) {
        let text = self.variables.expand_word(written.trim());
        // Below a folder that only the base knows it stays as it is written.
        let path =
            if text.starts_with('/') { Some(text.clone()) } else { self.folder.exact(&text) };
        self.folder = Folder::new(path.as_deref());
        if let Some(path) = self.folder.exact(".") {
            let owner = self.says.user.clone();
            let said = Said::new(Place::Dockerfile, line, &format!("WORKDIR {written}"));
            self.left.put(ImagePath { path, owner, mode: None, by: By::Workdir, said });
        }
        self.says.workdir = Some(path.unwrap_or(text));
    }

    fn run(&mut self, run: &RunInstruction<'_>, lines: &Lines) {
        let nothing = BTreeMap::new();
        let line = lines.at(run.run.span.start);
        let mut commands = Vec::new();
        let mut texts = Vec::new();
        for body in &run.here_docs {
            texts.push((self.variables.expand(&body.value), lines.at(body.span.start)));
        }
        match runs(&run.arguments, lines) {
            Runs::Exec(words, line) => {
                let words = words.iter().map(|it| self.variables.expand(it)).collect();
                let command = Command { line, words, ..Command::default() };
                commands.extend(programs::unfold(vec![command], &nothing));
            }
            Runs::Shell(text, line_of_text) => {
                let body = lines.bodies.get(&line).map_or("", String::as_str);
                texts.push((self.variables.expand(&format!("{text}\n{body}")), line_of_text));
            }
        }
        for (text, line) in texts {
            self.accounts.extend(accounts::made_by(&text));
            commands.extend(programs::commands(&text, line, &nothing));
        }
        commands.truncate(COMMANDS);
        let (folder, user) = (self.folder.clone(), self.says.user.as_ref());
        self.left.run(&commands, Setting { folder, user, accounts: &self.accounts });
    }

    fn copy(&mut self, put: (&[Flag<'_>], &[Source<'_>], &str), line: usize) {
        let (flags, sources, to) = put;
        let option = |name: &str| {
            let flag = flags.iter().find(|it| it.name.value.eq_ignore_ascii_case(name))?;
            let value = flag.value.as_ref();
            Some(value.map_or(String::new(), |it| self.variables.expand_word(&it.value)))
        };
        let to = self.variables.expand_word(to);
        let is_folder = to.ends_with('/') || to == "." || to.ends_with("/.") || sources.len() > 1;
        let Some(to) = self.folder.exact(&to) else { return };
        let shape = match (option("parents"), is_folder) {
            (Some(value), _) if value != "false" => Shape::Parents,
            (_, true) => Shape::Folder,
            (_, false) => Shape::File,
        };
        let said = Said::new(Place::Dockerfile, line, &format!("COPY to {to}"));
        let mode = option("chmod");
        let owner = match option("chown") {
            Some(owner) => user::read(&owner, &self.accounts),
            None => User::Ids { uid: 0, gid: Some(0) },
        };
        let origins = copying::origins(sources, option("from").as_deref(), &self.variables);
        if to.starts_with("/etc/sudoers") || to.starts_with("/etc/doas") {
            self.left.grant(Granted::Sudoers, &said);
        }
        for origin in origins {
            let copy = Copy { origin, to: to.clone(), shape, line };
            for path in copying::places(&copy) {
                if mode.as_deref().is_some_and(build::sets_user) {
                    self.left.grant(Granted::SetUser { file: path.clone() }, &said);
                }
                let mode = mode.as_deref().and_then(build::octal);
                let (owner, said) = (Some(owner.clone()), said.clone());
                self.left.put(ImagePath { path, owner, mode, by: By::Copied, said });
            }
            self.left.copy(copy);
        }
    }

    /// Ends a stage, which the next one of the chain builds on.
    pub(super) fn end(&mut self) {
        self.has_own_cmd = false;
        if let Some(text) = self.user.take() {
            self.says.user = Some(user::read(&text, &self.accounts));
        }
    }

    /// What all stages say, with what is started followed.
    pub(super) fn finish(mut self, files: &mut scripts::Files<'_>) -> Dockerfile {
        let environment = self.variables.at_run_time();
        let base_starts = match self.entrypoint {
            Some(_) => BaseStarts::No,
            None => BaseStarts::Yes,
        };
        let commands = self.started(&environment);
        let start = Start {
            copies: &self.left.copies,
            environment: &environment,
            workdir: self.folder,
            files,
        };
        let started = scripts::follow(commands, base_starts, start);
        (self.says.acts, self.says.unread) = (started.acts, started.unread);
        (self.says.grants, self.says.paths) = (self.left.grants, self.left.paths);
        self.says
    }

    /// The commands that the engine runs.
    fn started(&self, environment: &BTreeMap<String, String>) -> Vec<Command> {
        let read = |it: &Runs| match it {
            Runs::Exec(words, line) => {
                vec![Command { line: *line, words: words.clone(), ..Command::default() }]
            }
            Runs::Shell(text, line) => shell::commands(text, *line, environment),
        };
        let commands = |it: &Option<Runs>| it.as_ref().map(read).unwrap_or_default();
        let (mut entrypoint, cmd) = (commands(&self.entrypoint), commands(&self.cmd));
        let mut all = match (&self.entrypoint, &self.cmd) {
            // The shell of an entrypoint takes no arguments.
            (Some(Runs::Shell(..)), _) => entrypoint,
            // `tini --` and `sh` run the command through the words of the entrypoint.
            (Some(Runs::Exec(..)), Some(Runs::Exec(words, _))) => {
                if let Some(first) = entrypoint.first_mut() {
                    first.words.extend(words.iter().cloned());
                    let reached = programs::run_by(&first.words);
                    if !reached.iter().any(|it| it.len() == words.len()) {
                        entrypoint.extend(cmd);
                    }
                }
                entrypoint
            }
            _ => entrypoint.into_iter().chain(cmd).collect(),
        };
        all.extend(commands(&self.healthcheck));
        all
    }
}

fn words(command: &Words<'_>) -> Vec<String> {
    match command {
        Words::Exec(words) => words.value.iter().map(|it| it.value.to_string()).collect(),
        Words::Shell(text) => vec![text.value.trim().to_owned()],
        _ => Vec::new(),
    }
}

fn runs(command: &Words<'_>, lines: &Lines) -> Runs {
    match command {
        Words::Exec(list) => Runs::Exec(words(command), lines.at(list.span.start)),
        Words::Shell(text) => {
            // Comments between the lines of an instruction do not end it.
            let line = |it: &str| match it.trim_start().starts_with('#') {
                true => "\\\n".to_owned(),
                false => it.to_owned(),
            };
            let first = lines.at(text.span.start);
            Runs::Shell(text.value.split_inclusive('\n').map(line).collect(), first)
        }
        _ => Runs::Exec(Vec::new(), 0),
    }
}

fn port(text: &str) -> Option<u16> {
    text.split('/').next()?.parse().ok()
}
