//! `casehard init`: a repository gets its configuration, and on request a hook and a pipeline.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::new_files::{NewFile, Others, write_all};
use super::output::print;
use super::{DONE, Failure};
use crate::cli::{BASELINE, Ci, Init};
use crate::config;
use crate::evidence::NEWEST_KUBERNETES;
use crate::report::shown::Shown;
use crate::rules;
use crate::source;

const CONFIGURATION: &str = include_str!("casehard.toml");
const HOOK: &str = include_str!("pre-commit.yaml");
const GITHUB: &str = include_str!("github.yml");
const GITLAB: &str = include_str!("../../../docs/gitlab/casehard.gitlab-ci.yml");
const HOOKS: &str = ".pre-commit-config.yaml";
const INCLUDE: &str = "include:\n  - local: .gitlab/casehard.gitlab-ci.yml\n";

/// A file that is wanted.
struct Wanted {
    /// Below the folder.
    name: &'static str,
    text: String,
    owner: Owner,
}

/// Whose a file is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// Casehard's alone: `--force` writes over it.
    Casehard,
    /// Other tools' too: where it is there it is never touched, and what to add is told.
    All,
}

/// Writes what is wanted and not there, and tells what to do next.
pub(super) fn init(args: &Init) -> Result<u8, Failure> {
    let folder = folder(args.folder.as_deref())?;
    let is_there = |it: &Wanted| folder.join(it.name).symlink_metadata().is_ok();
    let is_kept = |it: &Wanted| is_there(it) && (!args.force || it.owner == Owner::All);
    let (kept, written): (Vec<Wanted>, Vec<Wanted>) =
        wanted(args, &folder).into_iter().partition(is_kept);
    // What others' files lack is told in any case.
    let is_own = kept.iter().all(|it| it.owner == Owner::Casehard);
    if let ([first, ..], [], true) = (kept.as_slice(), written.as_slice(), is_own) {
        let path = shown(&folder.join(first.name));
        return Err(Failure(format!(
            "{path}: is there already: nothing was written; --force writes over it"
        )));
    }
    let new =
        |it: &Wanted| NewFile { path: folder.join(it.name), bytes: it.text.clone().into_bytes() };
    let others = if args.force { Others::Replaced } else { Others::Kept };
    write_all(&written.iter().map(new).collect::<Vec<_>>(), others)?;

    let mut told = String::new();
    for it in &written {
        let _ = writeln!(told, "{}: written", shown(&folder.join(it.name)));
    }
    for it in &kept {
        let path = shown(&folder.join(it.name));
        let _ = match it.owner {
            Owner::Casehard => writeln!(told, "{path}: left as it is; --force writes over it"),
            Owner::All if is_said(&folder.join(it.name), &it.text) => {
                writeln!(told, "{path}: left as it is; casehard stands in it")
            }
            Owner::All => {
                let (key, items) = it.text.split_once('\n').unwrap_or(("", &it.text));
                writeln!(told, "{path}: left as it is; add this below its `{key}`:\n\n{items}")
            }
        };
    }
    print(&Shown::own(&(told + &next(args, &folder))))?;
    Ok(DONE)
}

/// Whether a file of others names casehard already.
fn is_said(path: &Path, wanted: &str) -> bool {
    says(path, if wanted == INCLUDE { "casehard.gitlab-ci.yml" } else { "id: casehard" })
}

/// Whether a file has a text outside of its comments.
fn says(path: &Path, text: &str) -> bool {
    let has = |it: &str| it.contains(text) && !it.trim_start().starts_with('#');
    fs::read_to_string(path).is_ok_and(|it| it.lines().any(has))
}

/// The folder that is meant: the root of this repository, unless another one is named.
///
/// # Errors
/// There is no such folder.
fn folder(named: Option<&Path>) -> Result<PathBuf, Failure> {
    match named {
        Some(it) if it.is_dir() => Ok(it.to_owned()),
        Some(it) => Err(Failure(format!("{}: there is no such folder", it.display()))),
        None => Ok(source::root(Path::new(".")).unwrap_or_else(|| PathBuf::from("."))),
    }
}

/// A path as somebody in the current folder would name it.
fn shown(path: &Path) -> String {
    let here = Path::new(".").canonicalize().unwrap_or_default();
    let path = path.strip_prefix(here).or_else(|_| path.strip_prefix(".")).unwrap_or(path);
    path.display().to_string()
}

fn wanted(args: &Init, folder: &Path) -> Vec<Wanted> {
    let own = |name, text: &str| Wanted { name, text: text.to_owned(), owner: Owner::Casehard };
    let shared = |name, text: &str| Wanted { name, text: text.to_owned(), owner: Owner::All };
    let mut all = vec![own(config::FILE_NAME, &configuration())];
    if args.hook {
        all.push(shared(HOOKS, &hook(folder)));
    }
    match args.ci {
        Some(Ci::Github) => all.push(own(".github/workflows/casehard.yml", GITHUB)),
        Some(Ci::Gitlab) => {
            all.push(own(".gitlab/casehard.gitlab-ci.yml", GITLAB));
            all.push(shared(".gitlab-ci.yml", INCLUDE));
        }
        None => (),
    }
    all
}

/// The hook, which heeds the baseline where there is one.
fn hook(folder: &Path) -> String {
    match folder.join(BASELINE).exists() {
        true => HOOK.replace(
            "# args: [--baseline, casehard-baseline.json] # once `casehard baseline` was called",
            "args: [--baseline, casehard-baseline.json]",
        ),
        false => HOOK.to_owned(),
    }
}

/// The configuration that says what holds without it.
fn configuration() -> String {
    let rules: String = rules::ALL
        .iter()
        .map(|it| {
            let level = format!("#{} = \"{}\"", it.id, it.severity);
            format!("{level:<38} # {}\n", it.summary)
        })
        .collect();
    let (major, minor) = NEWEST_KUBERNETES;
    let version = format!("{major}.{minor}");
    CONFIGURATION.replace("{kubernetes}", &version).replace("{rules}", &rules)
}

fn next(args: &Init, folder: &Path) -> String {
    let mut steps = vec![
        ("casehard check", "what is weak today"),
        ("casehard fix --diff", "what --yes would write"),
    ];
    if !folder.join(BASELINE).exists() {
        steps.push((
            "casehard baseline",
            "takes what is weak today as known; the pipeline heeds it",
        ));
    }
    steps.push(("casehard check --baseline casehard-baseline.json", "fails on what is new alone"));
    let is_heeded = says(&folder.join(HOOKS), BASELINE);
    if args.hook && !is_heeded {
        steps.push((
            "args: [--baseline, casehard-baseline.json]",
            "put it in force in .pre-commit-config.yaml then, else the hook fails on what is known",
        ));
    }
    if args.hook {
        steps.push(("pre-commit install", "from then on the hook runs before each commit"));
    }
    let lines = steps.iter().map(|(command, why)| format!("  {command:<50} {why}\n"));
    format!("\nNext:\n{}", lines.collect::<String>())
}
