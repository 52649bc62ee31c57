//! Knows what a Dockerfile, and the scripts that it copies, say of the image it builds.
//!
//! It sees text alone, never files: who has the build context hands over what is asked for.

mod accounts;
mod build;
mod capabilities;
mod copies;
mod copying;
mod facts;
mod heredocs;
pub mod image;
mod packages;
mod paths;
mod programs;
mod scripts;
mod shell;
mod stage;
mod start;
mod terms;
mod user;
mod variables;

use std::collections::BTreeMap;
use std::fmt;

use parse_dockerfile::FromInstruction;

pub use self::facts::{Act, By, Grant, Granted, ImagePath, Place, Said, Script, Unread, What, Why};
pub use self::paths::clean;
use self::stage::{Lines, Stage};
pub use self::user::User;
use self::variables::Variables;

/// What a Dockerfile says of one of its stages, the stages it builds on included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dockerfile {
    /// The last `USER`; without one the user is that of the base.
    pub user: Option<User>,
    /// The words of that `USER`.
    pub user_said: Option<Said>,
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
    /// The last `HEALTHCHECK`, under the same rule; empty where it is switched off.
    pub healthcheck: Option<Vec<String>>,
    /// What is done when the container starts and when it is probed.
    pub acts: Vec<Act>,
    /// What runs at the start and could not be read: while there is any, no act may be taken for absent.
    pub unread: Vec<Unread>,
    /// What gives processes more privileges than their account has.
    pub grants: Vec<Grant>,
    /// The files and folders that it makes, copies or hands over.
    pub paths: Vec<ImagePath>,
}

impl Dockerfile {
    /// The words of the Dockerfile's own `USER` that say root, which is its owner's will.
    pub fn root_by_owner(&self) -> Option<&Said> {
        self.user_said.as_ref().filter(|_| self.user.as_ref().is_some_and(User::is_root))
    }
}

/// The arguments of a build; one without a value has one that is not known.
pub type Arguments = BTreeMap<String, Option<String>>;

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
    read_with(text, target, &Arguments::new(), &mut |_| Script::Unread(Why::NotLooked))
}

/// Reads a stage as [`read`] does, with build arguments that win over the defaults of `ARG`.
///
/// The scripts that it starts are asked for by their paths in the build context, which have no `..`.
pub fn read_with(
    text: &str,
    target: Option<&str>,
    arguments: &Arguments,
    files: &mut dyn FnMut(&str) -> Script,
) -> Result<Dockerfile, DockerfileError> {
    let (text, bodies) = heredocs::lift(text);
    let parsed = parse_dockerfile::parse(&text)
        .map_err(|it| DockerfileError { line: it.line(), message: it.to_string() })?;
    let lines = Lines::of(&text, bodies);
    let mut global = Variables::with_arguments(arguments);
    for argument in parsed.global_args() {
        global.declare(&argument.arguments.value);
    }
    let stages: Vec<_> = parsed.stages().collect();
    let froms: Vec<&FromInstruction<'_>> = stages.iter().map(|it| it.from).collect();
    let Some(wanted) = find_stage(&froms, target) else {
        let message = format!("no stage `{}`", target.unwrap_or_default());
        return Err(DockerfileError { line: 0, message });
    };
    let (chain, base) = chain(&froms, wanted, &global);
    let mut stage = Stage::from(base);
    for number in chain {
        // The arguments of a stage hold in those that build on it.
        for instruction in stages[number].instructions {
            stage.take(instruction, &global, &lines);
        }
        stage.end();
    }
    Ok(stage.finish(files))
}

fn name<'a>(from: &'a FromInstruction<'_>) -> Option<&'a str> {
    from.as_.as_ref().map(|it| &*it.1.value)
}

fn find_stage(froms: &[&FromInstruction<'_>], target: Option<&str>) -> Option<usize> {
    let Some(target) = target else { return froms.len().checked_sub(1) };
    let is = |it: &&FromInstruction<'_>| name(it).is_some_and(|it| it.eq_ignore_ascii_case(target));
    let by_number = || target.parse().ok().filter(|it| *it < froms.len());
    froms.iter().position(is).or_else(by_number)
}

/// The stages that one builds on, the first of them first, and the image that this starts from.
fn chain(
    froms: &[&FromInstruction<'_>],
    wanted: usize,
    global: &Variables,
) -> (Vec<usize>, String) {
    let mut named: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (number, from) in froms.iter().enumerate().take(wanted) {
        if let Some(name) = name(from) {
            named.entry(name.to_ascii_lowercase()).or_default().push(number);
        }
    }
    let mut chain = vec![wanted];
    let mut current = wanted;
    loop {
        let image = global.expand(&froms[current].image.value);
        let image = image.trim_matches(['"', '\'']);
        // A stage builds on those before it alone.
        let before = named.get(&image.to_ascii_lowercase()).and_then(|it| {
            let later = it.partition_point(|it| *it < current);
            it[..later].last().copied()
        });
        let Some(before) = before else {
            chain.reverse();
            return (chain, image.to_owned());
        };
        chain.push(before);
        current = before;
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
