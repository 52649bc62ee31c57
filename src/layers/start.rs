//! What the start of an image does, by the scripts in it.

use std::collections::{BTreeMap, BTreeSet};

use super::accounts::account;
use super::content::Content;
use super::guard::is_of_root;
use super::layer::Kind;
use super::tree::{Picture, Root};
use crate::images::dockerfile::image::{Starts, innermost, place, runs_all, started};
use crate::images::dockerfile::{Act, Script, What, Why};
use crate::images::learned::{Carries, Deed, Does, Main, Start, Unread};

/// Where programs are looked for if the image does not say.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What stands for a compiled program.
const COMPILED: &str = "\u{7f}ELF\0";

impl Picture {
    /// What starting it does, `volumes` being where something is mounted.
    pub(super) fn start(&self, volumes: &[String]) -> Start {
        let environment = self.environment(volumes);
        let words = self.words();
        let all_run = self.all_run();
        let workdir = self.settings.working_dir.as_deref().filter(|it| !it.is_empty());
        let mut scripts = BTreeSet::new();
        let starts = Starts {
            words: &words,
            workdir: workdir.unwrap_or("/"),
            environment: &environment,
            all_run: &all_run,
        };
        let (acts, unread) = started(&starts, &mut |path| self.script(path, &mut scripts));
        let mut does: Vec<Deed> = acts.iter().map(|it| self.deed(it)).collect();
        does.sort_unstable();
        does.dedup();
        let unread = unread.iter().map(|it| Unread {
            // What follows the name may be anything.
            name: it.name.split_whitespace().next().unwrap_or_default().to_owned(),
            why: why(it.why).to_owned(),
        });
        let mut unread: Vec<Unread> = unread.collect();
        unread.sort_unstable();
        unread.dedup();
        Start { scripts: scripts.into_iter().collect(), does, unread }
    }

    /// The words that it starts with.
    pub(super) fn words(&self) -> Vec<String> {
        let own = [&self.settings.entrypoint, &self.settings.cmd];
        own.into_iter().flatten().flatten().cloned().collect()
    }

    /// The program that starts, behind what only starts others.
    pub(super) fn program(&self) -> Option<Main> {
        let entrypoint = self.settings.entrypoint.clone().unwrap_or_default();
        let words = self.words();
        let of = |words: &[String]| innermost(words).first().map(|it| self.main(it));
        let first = of(&entrypoint);
        match first {
            // A script hands over to the command.
            Some(it) if it.is == Carries::Script => {
                let command = self.settings.cmd.as_deref().unwrap_or_default();
                of(command).filter(|it| it.is != Carries::Unknown).or(Some(it))
            }
            _ => of(&words),
        }
    }

    /// A program by the word that calls it.
    pub(super) fn main(&self, word: &str) -> Main {
        let folders = self.variable("PATH").unwrap_or(PATH);
        let path = match word.contains('/') {
            true => Some(word.to_owned()),
            false => {
                let paths = folders.split(':').map(|it| format!("{it}/{word}"));
                paths.into_iter().find(|it| self.root.find(it).is_some())
            }
        };
        let found = path.as_deref().and_then(|it| self.root.find(it));
        let is = match found.as_ref().map(|it| &it.1.kind) {
            Some(Kind::File(Content::Static)) => Carries::Static,
            Some(Kind::File(Content::Dynamic)) => Carries::Dynamic,
            Some(Kind::File(Content::Text(_) | Content::Long)) => Carries::Script,
            _ => Carries::Unknown,
        };
        let capabilities = found.map(|it| it.1.capabilities.clone()).unwrap_or_default();
        let path = path.unwrap_or_else(|| word.to_owned());
        let plain = path.split_whitespace().next().unwrap_or_default();
        Main { path: plain.to_owned(), is, capabilities }
    }

    /// The value of a variable of the image.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        let all = self.settings.env.iter().flatten();
        all.filter_map(|it| it.split_once('=')).find(|it| it.0 == name).map(|it| it.1)
    }

    /// The variables by which scripts name a folder of the image or an account of it: values that are nothing else.
    fn environment(&self, volumes: &[String]) -> BTreeMap<String, String> {
        let all = self.settings.env.iter().flatten().filter_map(|it| it.split_once('='));
        let names = |value: &str| {
            let plain = value.bytes().all(|it| it.is_ascii_alphanumeric() || b"/._-".contains(&it));
            let is_path = value.starts_with('/')
                && (volumes.iter().any(|it| value.starts_with(it.as_str()))
                    || self.root.find(value).is_some());
            plain
                && (is_path
                    || account(&self.root, value).is_some_and(|it| it.account.name == value))
        };
        let named = all.filter(|it| names(it.1));
        named.map(|it| (it.0.to_owned(), it.1.to_owned())).collect()
    }

    /// The files in folders all of whose files run.
    fn all_run(&self) -> Vec<String> {
        let runs = |path: &&String| {
            let mut folder = path.as_str();
            while let Some((above, _)) = folder.rsplit_once('/').filter(|it| !it.0.is_empty()) {
                if runs_all(above) {
                    return true;
                }
                folder = above;
            }
            false
        };
        let is_text = |it: &(&String, &super::layer::Entry)| {
            matches!(it.1.kind, Kind::File(Content::Text(_) | Content::Long))
        };
        self.root.all().filter(is_text).map(|it| it.0).filter(runs).cloned().collect()
    }

    /// A file that the start may run.
    fn script(&self, path: &str, seen: &mut BTreeSet<String>) -> Script {
        let Some((real, entry)) = self.root.find(path) else { return Script::Unread(Why::Missing) };
        match &entry.kind {
            Kind::File(Content::Text(text)) => {
                if is_program(text, path) {
                    return Script::Text(COMPILED.to_owned());
                }
                seen.insert(real);
                Script::Text(text.to_string())
            }
            Kind::File(Content::Long) => Script::Unread(Why::TooLarge),
            Kind::File(_) => Script::Text(COMPILED.to_owned()),
            Kind::Folder => Script::Unread(Why::Folder),
            Kind::Link(_) | Kind::Other => Script::Unread(Why::Missing),
        }
    }

    fn deed(&self, act: &Act) -> Deed {
        let (script, line) = place(act);
        let text = script.as_deref().and_then(|it| self.root.text(it));
        let (what, by, named) = match &act.what {
            What::Drops { tool, account } => (Does::Drops, *tool, account.as_deref()),
            What::Raises(tool) => (Does::Raises, *tool, None),
            What::ChangesOwner => (Does::ChangesOwner, "", None),
            What::ChangesMode => (Does::ChangesMode, "", None),
            What::SetsCapabilities => (Does::SetsCapabilities, "", None),
            What::ChangesAccounts => (Does::ChangesAccounts, "", None),
            What::MakesFolder => (Does::MakesFolder, "", None),
            What::Writes => (Does::Writes, "", None),
            What::Removes => (Does::Removes, "", None),
            What::Installs => (Does::Installs, "", None),
            What::SetsKernel => (Does::SetsKernel, "", None),
            What::Mounts => (Does::Mounts, "", None),
            What::SetsNetwork => (Does::SetsNetwork, "", None),
        };
        Deed {
            what,
            by: by.to_owned(),
            account: named.and_then(|it| account(&self.root, it)).map(|it| it.account),
            path: act.path.clone().unwrap_or_default(),
            as_root: text.is_some_and(|it| is_of_root(it, line)),
            again: what == Does::Drops
                && script.as_deref().is_some_and(|it| runs_again(&act.said.words, it)),
            at: match script {
                Some(script) => format!("{script}:{line}"),
                None => "its entrypoint".to_owned(),
            },
        }
    }
}

/// Whether the words that drop root run the script that they stand in.
fn runs_again(words: &str, script: &str) -> bool {
    words.split_whitespace().any(|it| {
        let plain = it.trim_matches(['"', '\'']);
        matches!(plain, "$0" | "${0}" | "$BASH_SOURCE" | "${BASH_SOURCE}" | "${BASH_SOURCE[0]}")
            || plain == script
    })
}

/// Whether a script is the service itself, in a language in which services are written: what it does is no start.
fn is_program(text: &str, path: &str) -> bool {
    const LANGUAGES: [&str; 7] = ["python", "node", "ruby", "php", "perl", "java", "deno"];
    let first = text.lines().next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or(path);
    let starts = ["entrypoint", "init", "start", "boot", "run"].iter().any(|it| name.contains(it));
    first.starts_with("#!") && LANGUAGES.iter().any(|it| first.contains(it)) && !starts
}

/// Why something could not be read, for the file of facts.
fn why(why: Why) -> &'static str {
    match why {
        Why::Supervisor => "starts what its own configuration names",
        Why::OtherLanguage => "is in a language that is not read",
        Why::TooLarge => "is too large",
        Why::TooMany => "starts more than is read",
        Why::Open => "is named by a variable",
        Why::Folder => "is a folder all of whose files run",
        Why::Missing | Why::OfTheBase | Why::OfAnotherStage | Why::Fetched | Why::Outside => {
            "is not in the image"
        }
        Why::Refused | Why::NotLooked => "cannot be read",
    }
}

/// Whether a folder may hold what starts.
pub(super) fn is_there(root: &Root, path: &str) -> bool {
    root.find(path).is_some_and(|it| it.1.kind == Kind::Folder)
}
