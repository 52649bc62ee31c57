//! Knows what a `RUN` leaves in the image: paths with their owners, and ways to more privileges.

use std::collections::BTreeMap;

use super::capabilities;
use super::copies::{Copy, Origin, Shape};
use super::facts::{By, Grant, Granted, ImagePath, Place, Said};
use super::packages;
use super::paths::{Folder, below};
use super::programs::{self, name, operands};
use super::shell::Command;
use super::user::{self, User};

/// How many facts of a kind are kept.
pub(super) const FACTS: usize = 512;

/// What the stage leaves in the image.
#[derive(Clone, Debug, Default)]
pub(super) struct Left {
    /// Paths in the order in which they came.
    pub(super) paths: Vec<ImagePath>,
    /// What gives privileges.
    pub(super) grants: Vec<Grant>,
    /// What puts files there.
    pub(super) copies: Vec<Copy>,
}

/// Who runs a command, and where.
pub(super) struct Setting<'s> {
    /// The folder that it runs in.
    pub(super) folder: Folder,
    /// The account that it runs as; nothing where it is that of the base.
    pub(super) user: Option<&'s User>,
    /// The accounts whose number is known.
    pub(super) accounts: &'s BTreeMap<String, u32>,
}

impl Left {
    /// Takes in the commands of a `RUN`.
    pub(super) fn run(&mut self, commands: &[Command], mut setting: Setting<'_>) {
        for command in commands {
            let said = Said::new(Place::Dockerfile, command.line, &command.words.join(" "));
            for program in programs::run_by(&command.words) {
                if matches!(program[0].as_str(), "cd" | "pushd") {
                    setting.folder.enter(program.get(1).map_or("", String::as_str));
                    continue;
                }
                self.program(program, &setting, &said);
                self.grants_of(program, &setting, &said);
            }
            self.written(command, &setting, &said);
        }
    }

    fn program(&mut self, program: &[String], setting: &Setting<'_>, said: &Said) {
        let after = |flags: [&str; 2]| word_after(program, flags);
        let mode = after(["-m", "--mode"]).and_then(octal);
        let user = setting.user.cloned();
        match name(&program[0]) {
            "mkdir" => {
                for path in operands(program, &["-m"]).filter_map(|it| setting.folder.path(it)) {
                    self.put(ImagePath {
                        path,
                        owner: user.clone(),
                        mode,
                        by: By::Made,
                        said: said.clone(),
                    });
                }
            }
            "install" => {
                let given = after(["-o", "--owner"]).map(|it| user::read(it, setting.accounts));
                let owner = given.or(user);
                let makes = program.iter().any(|it| {
                    it == "-d"
                        || it == "--directory"
                        || (it.starts_with('-') && !it.starts_with("--") && it.ends_with('d'))
                });
                let paths: Vec<&str> = operands(program, &["-o", "-g", "-m"]).collect();
                let paths =
                    if makes { paths.as_slice() } else { &paths[paths.len().saturating_sub(1)..] };
                for path in paths.iter().filter_map(|it| setting.folder.path(it)) {
                    self.put(ImagePath {
                        path,
                        owner: owner.clone(),
                        mode,
                        by: By::Made,
                        said: said.clone(),
                    });
                }
            }
            "chown" => self.chown(program, setting, said),
            "chmod" => self.chmod(program, setting, said),
            "ln" | "cp" | "mv" => self.linked(program, setting, said.line),
            _ => (),
        }
    }

    fn chown(&mut self, program: &[String], setting: &Setting<'_>, said: &Said) {
        let mut words = operands(program, &["--from", "--reference"]);
        let Some(owner) = words.next() else { return };
        // The old form has a dot in place of the colon, and `app:` is the group of its account.
        let owner = owner.trim_end_matches(':');
        let owner = match owner.split_once('.') {
            Some((name, group)) if !owner.contains(':') => format!("{name}:{group}"),
            _ => owner.to_owned(),
        };
        // `chown :group` leaves the owner.
        if owner.starts_with(':') || owner.is_empty() {
            return;
        }
        let owner = Some(user::read(&owner, setting.accounts));
        let recursive = has_short(program, 'R') || program.iter().any(|it| it == "--recursive");
        for path in words.filter_map(|it| setting.folder.path(it)) {
            if recursive {
                for held in self.paths.iter_mut().filter(|it| below(&it.path, &path).is_some()) {
                    (held.owner, held.by) = (owner.clone(), By::Handed);
                }
            }
            let mode = self.paths.iter().find(|it| it.path == path).and_then(|it| it.mode);
            let owner = owner.clone();
            self.put(ImagePath { path, owner, mode, by: By::Handed, said: said.clone() });
        }
    }

    fn chmod(&mut self, program: &[String], setting: &Setting<'_>, said: &Said) {
        let mut words = operands(program, &["--reference"]);
        let Some(bits) = words.next() else { return };
        let mode = octal(bits);
        let files: Vec<&str> = words.collect();
        if sets_user(bits) {
            for file in &files {
                let what = Granted::SetUser { file: (*file).to_owned() };
                self.grant(what, said);
            }
        }
        for path in files.iter().filter_map(|it| setting.folder.path(it)) {
            match self.paths.iter_mut().find(|it| it.path == path) {
                Some(held) => held.mode = mode,
                None if mode.is_some() => {
                    self.put(ImagePath {
                        path,
                        owner: None,
                        mode,
                        by: By::Opened,
                        said: said.clone(),
                    });
                }
                None => (),
            }
        }
    }

    fn linked(&mut self, program: &[String], setting: &Setting<'_>, line: usize) {
        let mut words: Vec<&str> = operands(program, &["-t", "-S"]).collect();
        let Some(to) = words.pop().filter(|_| !words.is_empty()) else { return };
        let shape = if to.ends_with('/') || words.len() > 1 { Shape::Folder } else { Shape::File };
        let Some(to) = setting.folder.exact(to) else { return };
        let sources = words.iter().filter_map(|it| setting.folder.exact(it)).collect();
        self.copy(Copy { origin: Origin::Image(sources), to, shape, line });
    }

    fn grants_of(&mut self, program: &[String], setting: &Setting<'_>, said: &Said) {
        for package in packages::installed(program) {
            self.grant(Granted::Package(package), said);
        }
        let word = name(&program[0]);
        if word == "setcap" {
            for set in capabilities::settings(&program[1..]) {
                let file = setting
                    .folder
                    .exact(&set.file)
                    .filter(|_| set.file.contains('/'))
                    .unwrap_or(set.file);
                self.grants.retain(|it| !matches!(&it.what, Granted::Capabilities { file: other, .. } if *other == file));
                if !set.names.is_empty() {
                    self.grant(Granted::Capabilities { names: set.names, file }, said);
                }
            }
        }
        let joins = matches!(word, "usermod" | "adduser" | "addgroup" | "useradd" | "gpasswd");
        let admins = |it: &String| it.split(',').any(|it| matches!(it, "sudo" | "wheel"));
        if joins && program[1..].iter().any(admins) {
            self.grant(Granted::Sudoers, said);
        }
    }

    /// Takes in the files that a command writes its output to.
    fn written(&mut self, command: &Command, setting: &Setting<'_>, said: &Said) {
        let program = command.words.first().map_or("", |it| name(it));
        let tee =
            command.words.iter().skip(1).filter(|it| program == "tee" && !it.starts_with('-'));
        for path in command.writes.iter().chain(tee) {
            let Some(path) = setting.folder.exact(path) else { continue };
            if path == "/etc/sudoers"
                || path.starts_with("/etc/sudoers.d/")
                || path.starts_with("/etc/doas")
            {
                self.grant(Granted::Sudoers, said);
            }
            let text = match (&command.body, program) {
                (Some(body), _) => body.clone(),
                (None, "echo" | "printf") => echoed(&command.words[1..]),
                _ => continue,
            };
            let shape = Shape::File;
            let earlier = self.copies.iter_mut().rev().find(|it| it.to == path);
            match earlier.map(|it| &mut it.origin) {
                // A script is often written line by line.
                Some(Origin::Written(before)) => {
                    before.push('\n');
                    before.push_str(&text);
                }
                _ => self.copy(Copy {
                    origin: Origin::Written(text),
                    to: path,
                    shape,
                    line: said.line,
                }),
            }
        }
    }

    /// Takes in a path, in place of what was said of it before.
    pub(super) fn put(&mut self, path: ImagePath) {
        let at = self.paths.iter().position(|it| it.path == path.path);
        match at {
            // `WORKDIR`, `mkdir -p` and `COPY` leave the owner of a folder that is there.
            Some(_) if matches!(path.by, By::Workdir | By::Made | By::Copied) => (),
            Some(at) => self.paths[at] = path,
            None if self.paths.len() < FACTS => self.paths.push(path),
            None => (),
        }
    }

    /// Takes in what gives privileges.
    pub(super) fn grant(&mut self, what: Granted, said: &Said) {
        if self.grants.len() < FACTS && self.grants.iter().all(|it| it.what != what) {
            self.grants.push(Grant { what, said: said.clone() });
        }
    }

    /// Takes in what puts files into the image.
    pub(super) fn copy(&mut self, copy: Copy) {
        if self.copies.len() < FACTS {
            self.copies.push(copy);
        }
    }
}

/// The text that `echo` and `printf` write, their escapes for lines read.
fn echoed(words: &[String]) -> String {
    let words: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|it| !matches!(*it, "-e" | "-n" | "-en" | "-ne"))
        .collect();
    // The words after a lone format are lines of their own, those after other words are not.
    let between = if words.first().is_some_and(|it| it.contains("%s")) { "\n" } else { " " };
    words.join(between).replace("\\n", "\n").replace("\\t", "\t")
}

/// Whether a mode, in numbers or letters, has the setuid bit.
pub(super) fn sets_user(mode: &str) -> bool {
    if let Some(mode) = octal(mode) {
        return mode & 0o4000 != 0;
    }
    mode.split(',').any(|clause| {
        let Some((who, what)) = clause.split_once(['+', '=']) else { return false };
        what.contains('s') && (who.is_empty() || who.contains(['u', 'a']))
    })
}

/// A mode in numbers.
pub(super) fn octal(text: &str) -> Option<u32> {
    let is_octal =
        (3..=5).contains(&text.len()) && text.bytes().all(|it| (b'0'..b'8').contains(&it));
    u32::from_str_radix(text, 8).ok().filter(|_| is_octal)
}

fn has_short(program: &[String], flag: char) -> bool {
    program.iter().any(|it| it.starts_with('-') && !it.starts_with("--") && it.contains(flag))
}

fn word_after<'p>(program: &'p [String], flags: [&str; 2]) -> Option<&'p str> {
    let at = program.iter().position(|it| flags.contains(&it.as_str()));
    let joined =
        || program.iter().filter_map(|it| it.split_once('=')).find(|it| flags.contains(&it.0));
    at.and_then(|it| program.get(it + 1)).map(String::as_str).or_else(|| joined().map(|it| it.1))
}
