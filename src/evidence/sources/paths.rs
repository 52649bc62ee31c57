//! Paths that the command or the environment of a container names, and that lie in nothing that it may write to.

use crate::evidence::scratch;
use crate::evidence::subject::{Subject, is_below};
use crate::workload::Scratch;

/// A path that a word or a variable names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::evidence) struct Strange {
    /// The path.
    pub(in crate::evidence) path: String,
    /// What names it: `--log-file`, `DATA_DIR`, `its command`.
    pub(in crate::evidence) by: String,
    /// Whether it is a file by what is done to it, whatever its name.
    is_file: bool,
}

/// Where images keep programs and settings, which are read.
const READ: &[&str] = &[
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib64",
    "/etc",
    "/opt",
    "/proc",
    "/sys",
    "/dev",
    "/run/secrets",
    "/var/run/secrets",
    "/app",
    "/src",
    "/code",
    "/entrypoint.sh",
    "/docker-entrypoint.sh",
    "/docker-entrypoint-initdb.d",
    "/scripts",
];

/// Where a tmpfs costs nothing.
const FLEETING: &[&str] = &["/tmp", "/run", "/var/run", "/var/cache", "/var/tmp"];

/// Paths that lie under no mount, in no folder that the image declares or is known to write, and where nothing is only read.
pub(in crate::evidence) fn strange_paths(subject: &Subject<'_, '_>) -> Vec<Strange> {
    let mut found = in_words(subject);
    found.extend(in_variables(subject));
    let image = subject.found.image();
    let declared: Vec<&str> = image
        .into_iter()
        .flat_map(|it| {
            it.volumes
                .iter()
                .map(String::as_str)
                .chain(it.writable.iter().map(|it| it.path.as_str()))
        })
        .collect();
    found.retain(|it| {
        !subject.is_mounted(&it.path)
            && !READ.iter().any(|read| is_below(&it.path, read))
            && !declared.iter().any(|folder| is_below(&it.path, folder))
    });
    found
}

/// The paths to keep writable for them: only where a tmpfs costs nothing.
pub(super) fn kept(strange: &[Strange]) -> Vec<Scratch> {
    let mut kept: Vec<Scratch> = Vec::new();
    for it in strange {
        let is_file = strange.iter().any(|other| other.is_file && other.path == it.path);
        let Some(path) = folder_of(&it.path, is_file || has_ending(&it.path)) else { continue };
        if kept.iter().all(|known| known.path != path) {
            kept.push(scratch(&path));
        }
    }
    kept
}

/// The folder to keep for a path where a tmpfs costs nothing: what has an extension is a file in it.
pub(in crate::evidence) fn fleeting(path: &str) -> Option<String> {
    folder_of(path, has_ending(path))
}

fn has_ending(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|it| it.contains('.'))
}

fn folder_of(path: &str, is_file: bool) -> Option<String> {
    let top = FLEETING.iter().find(|it| is_below(path, it))?;
    if matches!(*top, "/tmp" | "/var/tmp") || path == *top {
        return Some((*top).to_owned());
    }
    let (above, _) = path.rsplit_once('/')?;
    let folder = if is_file { above } else { path };
    // Images link /var/run to /run.
    Some(
        folder
            .strip_prefix("/var")
            .filter(|it| it.starts_with("/run"))
            .unwrap_or(folder)
            .to_owned(),
    )
}

/// Parts of names of flags and variables whose value is no path of files, though it looks like one.
const ROUTES: &[&str] = &[
    "url", "uri", "prefix", "base", "route", "context", "endpoint", "api", "health", "web", "host",
    "link",
];

fn is_route(name: &str) -> bool {
    let mut parts = name.split(|it: char| !it.is_ascii_alphanumeric());
    parts.any(|part| is_one_of(ROUTES, part))
}

fn in_words(subject: &Subject<'_, '_>) -> Vec<Strange> {
    let words: Vec<&String> = subject.command().collect();
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if word.contains([' ', '\n']) {
            found.extend(in_text(word, "its command"));
            continue;
        }
        // The first word is the program.
        if at == 0 {
            continue;
        }
        let (flag, path) = match word.split_once('=') {
            Some((flag, path)) if word.starts_with('-') => (flag.to_owned(), path),
            _ => (words[at - 1].clone(), word.as_str()),
        };
        let is_flag = flag.starts_with('-');
        if is_path(path) && !(is_flag && is_route(&flag)) {
            let by = if is_flag { flag } else { "its command".to_owned() };
            found.push(Strange { path: clean(path), by, is_file: false });
        }
    }
    let asides = subject.asides.iter().flatten().filter(|it| it.contains(' '));
    found.extend(asides.flat_map(|it| in_text(it, "its health check or hook")));
    found
}

/// The paths in a text of several words.
fn in_text(text: &str, by: &str) -> Vec<Strange> {
    let apart = |it: char| {
        it.is_whitespace()
            || matches!(it, ';' | '&' | '|' | '(' | ')' | '"' | '\'' | '`' | '>' | '<' | '=')
    };
    let paths = text.split(apart).filter(|it| is_path(it));
    let is_file = |path: &str| is_of_a_file(&text[..path.as_ptr().addr() - text.as_ptr().addr()]);
    paths.map(|it| Strange { path: clean(it), by: by.to_owned(), is_file: is_file(it) }).collect()
}

/// Whether what is said before a path makes it a file: only files are written to, read from and touched.
fn is_of_a_file(before: &str) -> bool {
    const OF_FILES: [&str; 4] = ["touch", "tee", "cat", "-a"];
    let before = before.trim_end_matches([' ', '\t', '"', '\'']);
    let last = before.rsplit([' ', '\t', '\n', ';', '|', '&', '(']).next().unwrap_or_default();
    before.ends_with(['>', '<']) || OF_FILES.contains(&last)
}

/// Whether the name of a variable speaks of a file or a folder.
fn speaks_of_files(name: &str) -> bool {
    const FILES: &[&str] = &[
        "dir",
        "directory",
        "path",
        "file",
        "filename",
        "log",
        "logs",
        "data",
        "cache",
        "storage",
        "root",
        "home",
        "tmp",
        "tmpdir",
        "temp",
        "sock",
        "socket",
        "pid",
        "pidfile",
        "db",
        "database",
        "pgdata",
        "waldir",
        "rootdirectory",
        "datadir",
        "folder",
    ];
    let mut parts = name.split(|it: char| !it.is_ascii_alphanumeric());
    parts.any(|part| is_one_of(FILES, part))
}

/// Whether a word is one of those, in letters of any case.
fn is_one_of(words: &[&str], word: &str) -> bool {
    words.iter().any(|it| it.len() == word.len() && it.eq_ignore_ascii_case(word))
}

/// Whether a variable holds a path, or words that may hold one, by the end of its name: `DB_PATH`, not `DB_PASSWORD`.
pub(in crate::evidence) fn holds_paths(name: &str) -> bool {
    const NAMES: &[&str] = &["db", "database", "root", "storage"];
    const WORDS: &[&str] = &["args", "flags", "options", "opts", "paths"];
    let last = name.rsplit(|it: char| !it.is_ascii_alphanumeric()).next().unwrap_or_default();
    is_one_of(WORDS, last) || !is_one_of(NAMES, last) && speaks_of_files(last)
}

fn in_variables(subject: &Subject<'_, '_>) -> Vec<Strange> {
    let named =
        subject.variables.iter().filter(|it| speaks_of_files(&it.name) && !is_route(&it.name));
    let paths = named.filter_map(|it| {
        let path = it.value.as_deref().filter(|it| is_path(it))?;
        Some(Strange { path: clean(path), by: it.name.clone(), is_file: false })
    });
    paths.collect()
}

pub(super) fn is_path(text: &str) -> bool {
    text.starts_with('/')
        && text.len() > 1
        && !text.starts_with("//")
        && !text.contains([':', '$', '*', '?', '{', ',', ' ', '\n', '\0'])
}

fn clean(path: &str) -> String {
    crate::workload::paths::clean_target(path)
}
