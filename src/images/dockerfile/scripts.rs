//! Follows what a container starts: its command and entrypoint, and the scripts that these run.

use std::collections::{BTreeMap, BTreeSet};

use super::build::FACTS;
use super::copies::{self, Copy, Found, Origin};
use super::facts::{Act, Place, Said, Script, Unread, Why};
use super::paths::{Folder, clean};
use super::programs::{self, is_shell, name};
use super::shell::Command;
use super::start;

/// How many scripts are read.
const SCRIPTS: usize = 16;

/// How many names are looked for.
const NAMES: usize = 256;

/// The folders that programs are looked for in.
const PATH: [&str; 6] =
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// Folders all of whose files run at the start.
pub(super) const ALL_RUN: [&str; 9] = [
    "/docker-entrypoint.d",
    "/docker-entrypoint-init.d",
    "/docker-entrypoint-initdb.d",
    "/etc/cont-init.d",
    "/etc/entrypoint.d",
    "/etc/my_init.d",
    "/etc/s6-overlay",
    "/etc/services.d",
    "/etc/service",
];

/// Programs that start what their own configuration names.
const SUPERVISORS: [&str; 12] = [
    "circusd",
    "forego",
    "foreman",
    "hivemind",
    "honcho",
    "init",
    "my_init",
    "runsvdir",
    "s6-svscan",
    "supervisord",
    "systemd",
    "runit",
];

/// What starting the container does, as far as it could be read.
#[derive(Debug, Default)]
pub(super) struct Started {
    pub(super) acts: Vec<Act>,
    pub(super) unread: Vec<Unread>,
}

/// Looks into the build context.
pub(super) type Files<'f> = dyn FnMut(&str) -> Script + 'f;

/// What is known when the container starts.
pub(super) struct Start<'s, 'f> {
    pub(super) copies: &'s [Copy],
    pub(super) environment: &'s BTreeMap<String, String>,
    pub(super) workdir: Folder,
    pub(super) files: &'s mut Files<'f>,
}

/// A script that is to be followed.
struct Open {
    place: Place,
    commands: Vec<Command>,
}

struct Follower<'s, 'f> {
    start: Start<'s, 'f>,
    started: Started,
    open: Vec<Open>,
    seen: BTreeSet<String>,
    scripts: usize,
}

/// Follows commands of the Dockerfile and all that they start.
pub(super) fn follow(
    commands: Vec<Command>,
    base_starts: BaseStarts,
    start: Start<'_, '_>,
) -> Started {
    let mut follower = Follower {
        start,
        started: Started::default(),
        open: Vec::new(),
        seen: BTreeSet::new(),
        scripts: 0,
    };
    let commands = programs::unfold(commands, follower.start.environment);
    follower.open.push(Open { place: Place::Dockerfile, commands });
    follower.all_in_folders(base_starts);
    while let Some(open) = follower.open.pop() {
        follower.script(open);
    }
    follower.started
}

/// Whether the entrypoint is that of the base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BaseStarts {
    /// It is.
    Yes,
    /// The Dockerfile has one.
    No,
}

impl Follower<'_, '_> {
    fn script(&mut self, open: Open) {
        let mut folder = self.start.workdir.clone();
        for command in open.commands {
            let said = Said::new(open.place.clone(), command.line, &command.words.join(" "));
            if matches!(command.words.first().map(String::as_str), Some("cd" | "pushd")) {
                folder.enter(command.words.get(1).map_or("", String::as_str));
                continue;
            }
            for (what, path) in start::acts(&command, &folder) {
                self.act(Act { what, path, said: said.clone() });
            }
            for program in programs::run_by(&command.words) {
                if let Some(file) = programs::file_of_shell(program) {
                    self.run(file, &folder, &said);
                } else {
                    self.run_program(&program[0], &folder, &said);
                }
            }
        }
    }

    fn act(&mut self, act: Act) {
        if self.started.acts.len() >= FACTS {
            let name = act.said.words.clone();
            return self.unread(&name, Why::TooMany, &act.said);
        }
        if !self.started.acts.contains(&act) {
            self.started.acts.push(act);
        }
    }

    fn unread(&mut self, name: &str, why: Why, said: &Said) {
        let has = |it: &Unread| it.name == name || (why == Why::TooMany && it.why == why);
        if self.started.unread.len() < FACTS && !self.started.unread.iter().any(has) {
            let unread = Unread { name: name.to_owned(), why, said: said.clone() };
            self.started.unread.push(unread);
        }
    }

    /// Follows a program, which may be one of the base and no script at all.
    fn run_program(&mut self, program: &str, folder: &Folder, said: &Said) {
        let is_script = looks_like_script(program);
        if SUPERVISORS.contains(&name(program)) {
            return self.unread(program, Why::Supervisor, said);
        }
        if program.contains('$') {
            if is_script || (said.place == Place::Dockerfile && !is_positional(program)) {
                self.unread(program, Why::Open, said);
            }
            return;
        }
        let paths: Vec<String> = match program.contains('/') {
            true => folder.exact(program).into_iter().collect(),
            false => PATH.iter().map(|it| format!("{it}/{program}")).collect(),
        };
        if self.is_new(program, said) && !self.one_of(&paths, program, said) && is_script {
            self.unread(program, Why::OfTheBase, said);
        }
    }

    /// Follows a file that a shell runs.
    fn run(&mut self, file: &str, folder: &Folder, said: &Said) {
        if is_positional(file) {
            return;
        }
        if file.contains('$') {
            return self.unread(file, Why::Open, said);
        }
        let mut paths: Vec<String> = folder.exact(file).into_iter().collect();
        if !file.contains('/') {
            paths.extend(PATH.iter().map(|it| format!("{it}/{file}")));
        }
        if self.is_new(file, said) && !self.one_of(&paths, file, said) {
            self.unread(file, Why::OfTheBase, said);
        }
    }

    /// Whether the name has not been followed and there is room for one more.
    fn is_new(&mut self, name: &str, said: &Said) -> bool {
        if self.seen.contains(name) {
            return false;
        }
        if self.seen.len() >= NAMES {
            self.unread(name, Why::TooMany, said);
            return false;
        }
        self.seen.insert(name.to_owned())
    }

    /// Follows the first of the paths that something puts into the image, and tells whether one is.
    fn one_of(&mut self, paths: &[String], name: &str, said: &Said) -> bool {
        let mut is_missing = false;
        for path in paths {
            match copies::find(self.start.copies, path) {
                Found::Nothing => (),
                Found::Written(text) => {
                    self.read(&text, path, name, said);
                    return true;
                }
                Found::Unknown(why) => {
                    self.unread(name, why, said);
                    return true;
                }
                Found::Perhaps(why) => {
                    if looks_like_script(name) {
                        self.unread(name, why, said);
                        return true;
                    }
                }
                Found::Context(candidates) => {
                    if self.first_of(&candidates, name, said) {
                        return true;
                    }
                    is_missing |= looks_like_script(name);
                }
            }
        }
        if is_missing {
            self.unread(name, Why::Missing, said);
        }
        is_missing
    }

    /// Reads the first of the files that is in the context, and tells whether one is.
    fn first_of(&mut self, candidates: &[String], name: &str, said: &Said) -> bool {
        for candidate in candidates {
            if self.scripts >= SCRIPTS {
                self.unread(name, Why::TooMany, said);
                return true;
            }
            match (self.start.files)(candidate) {
                Script::Unread(Why::Missing | Why::Folder) => (),
                Script::Unread(why) => {
                    self.unread(name, why, said);
                    return true;
                }
                Script::Text(text) => {
                    self.read(&text, candidate, name, said);
                    return true;
                }
            }
        }
        false
    }

    fn read(&mut self, text: &str, place: &str, name: &str, said: &Said) {
        self.scripts += 1;
        match language(text) {
            Language::Shell => {
                let commands = programs::commands(text, 1, self.start.environment);
                self.open.push(Open { place: Place::Script(place.to_owned()), commands });
            }
            Language::Program => (),
            Language::Other => self.unread(name, Why::OtherLanguage, said),
        }
    }

    /// Reads the files that are put where the base runs all there is, and over its entrypoint.
    fn all_in_folders(&mut self, base_starts: BaseStarts) {
        let copies = self.start.copies;
        for copy in copies {
            let within = |folder: &str| copy.to == folder || copies_below(&copy.to, folder);
            let replaces = base_starts == BaseStarts::Yes && name(&copy.to).contains("entrypoint");
            if !replaces && !ALL_RUN.iter().any(|it| within(it)) {
                continue;
            }
            let said = Said::new(Place::Dockerfile, copy.line, &format!("COPY to {}", copy.to));
            match &copy.origin {
                Origin::Context(sources) => {
                    for source in sources {
                        if !self.first_of(std::slice::from_ref(source), &copy.to, &said) {
                            self.unread(&copy.to, Why::Folder, &said);
                        }
                    }
                }
                Origin::Written(text) => self.read(text, &copy.to, &copy.to, &said),
                Origin::Unknown(why, _) => self.unread(&copy.to, *why, &said),
                Origin::Image(_) => (),
            }
        }
    }
}

fn copies_below(path: &str, folder: &str) -> bool {
    super::paths::below(&clean(path), folder).is_some()
}

/// `$@`, `$1`, `${1}`, `$*`: words of the command, which is followed by itself.
fn is_positional(word: &str) -> bool {
    let body = word.trim_start_matches(['$', '{']).trim_end_matches('}');
    word.starts_with('$')
        && !body.is_empty()
        && body.bytes().all(|it| it.is_ascii_digit() || b"@*#?!$-".contains(&it))
}

fn looks_like_script(program: &str) -> bool {
    let name = name(program);
    name.ends_with(".sh") || name.ends_with(".bash") || name.contains("entrypoint")
}

/// What a file is written in.
enum Language {
    Shell,
    /// It is compiled.
    Program,
    Other,
}

fn language(text: &str) -> Language {
    if text.contains('\0') || text.starts_with("\u{7f}ELF") {
        return Language::Program;
    }
    let first = text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default();
    let Some(shebang) = first.strip_prefix("#!") else { return Language::Shell };
    let is_shell =
        |it: &str| is_shell(name(it)) || matches!(name(it), "execlineb" | "with-contenv");
    match shebang.split_whitespace().any(is_shell) {
        true => Language::Shell,
        false => Language::Other,
    }
}
