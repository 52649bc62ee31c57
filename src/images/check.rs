//! Knows what makes an entry complete and sound.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::evidence::Evidence;
use super::image::Image;
use super::parts::{Direct, Family, Level, Verdict};
use super::version::Range;

/// A fault of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnowledgeError {
    /// The entry, by its id or its place.
    pub entry: String,
    /// The field at fault; empty when the entry as a whole is.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

/// The name of a capability as Docker reads it: in upper case, without its prefix.
pub fn capability_name(written: &str) -> String {
    let upper = written.to_ascii_uppercase();
    upper.strip_prefix("CAP_").unwrap_or(&upper).to_owned()
}

/// Every capability of Linux, without its prefix.
pub const CAPABILITIES: [&str; 41] = [
    "AUDIT_CONTROL",
    "AUDIT_READ",
    "AUDIT_WRITE",
    "BLOCK_SUSPEND",
    "BPF",
    "CHECKPOINT_RESTORE",
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "IPC_LOCK",
    "IPC_OWNER",
    "KILL",
    "LEASE",
    "LINUX_IMMUTABLE",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
    "MKNOD",
    "NET_ADMIN",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_RAW",
    "PERFMON",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYSLOG",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_CHROOT",
    "SYS_MODULE",
    "SYS_NICE",
    "SYS_PACCT",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "WAKE_ALARM",
];

/// Finds the first fault of entries that must be sorted, sourced and sound.
pub(super) fn check(images: &[Image]) -> Result<(), KnowledgeError> {
    check_owned(images)?;
    for pair in images.windows(2) {
        if pair[0].id >= pair[1].id {
            let message = format!("stands behind `{}`: entries are sorted by id", pair[0].id);
            return Err(KnowledgeError::new(&pair[1].id, "id", message));
        }
    }
    for image in images {
        check_sourced(image)?;
    }
    Ok(())
}

/// Finds the first fault of entries of the owner, which may stand in any order and need no source.
pub(super) fn check_owned(images: &[Image]) -> Result<(), KnowledgeError> {
    let mut claims: BTreeMap<(&str, &str), Vec<Range>> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for image in images {
        check_sound(image)?;
        check_range(image)?;
        if !ids.insert(&image.id) {
            return Err(KnowledgeError::new(&image.id, "id", "is used twice"));
        }
        for repository in &image.repositories {
            let any = [""];
            let tags: Vec<&str> = image.tags.iter().map(String::as_str).collect();
            let tags = if tags.is_empty() { &any[..] } else { &tags };
            for &tag in tags {
                let others = claims.entry((repository, tag)).or_default();
                let range = image.range();
                if others.iter().any(|it| it.meets(&range)) {
                    let message = format!("`{repository}` with the same tags is claimed twice");
                    return Err(KnowledgeError::new(&image.id, "repositories", message));
                }
                others.push(range);
            }
        }
    }
    Ok(())
}

/// The error of a text that does not fit the schema, with the entry that it is about.
pub(super) fn blame(text: &str, error: &toml::de::Error) -> KnowledgeError {
    let at = error.span().map_or(0, |it| it.start).min(text.len());
    let line_start = text[..at].rfind('\n').map_or(0, |it| it + 1);
    let line_end = text[at..].find('\n').map_or(text.len(), |it| at + it);
    let entry = text[..line_end].rfind("[[image]]").map_or("", |it| &text[it..]);
    let id = entry.lines().find_map(|it| it.strip_prefix("id = ")).map(|it| it.trim_matches('"'));
    let place = || format!("line {}", text[..line_end].lines().count());
    let field = text[line_start..line_end].split_once('=').map_or("", |(key, _)| key.trim());
    KnowledgeError::new(&id.map_or_else(place, str::to_owned), field, error.message().to_owned())
}

fn check_sound(image: &Image) -> Result<(), KnowledgeError> {
    let fault = |field: &str, message: String| Err(KnowledgeError::new(&image.id, field, message));
    if image.id.is_empty() {
        return fault("id", "is empty".to_owned());
    }
    if image.repositories.is_empty() {
        return fault("repositories", "names no repository".to_owned());
    }
    let caps = [
        ("caps_root", &image.caps_root),
        ("caps_direct", &image.caps_direct),
        ("file_caps", &image.file_caps),
    ];
    for (field, caps) in caps {
        if let Some(cap) = caps.iter().find(|it| !CAPABILITIES.contains(&it.as_str())) {
            return fault(field, format!("`{cap}` is no Linux capability"));
        }
        if !caps.is_sorted() {
            return fault(field, "is not sorted".to_owned());
        }
    }
    let paths = image.writable.iter().map(|it| ("writable", &it.path));
    let paths = paths.chain(image.volumes.iter().map(|it| ("volumes", it)));
    let paths = paths.chain(image.data.iter().map(|it| ("data", &it.path)));
    let mut paths = paths.chain(image.ships.iter().map(|it| ("ships", it)));
    if let Some((field, path)) = paths.find(|(_, path)| !is_clean(path)) {
        return fault(field, format!("`{path}` is no clean absolute path"));
    }
    let mut modes = image.writable.iter().filter_map(|it| it.mode.as_deref());
    if let Some(mode) = modes.find(|it| !is_octal(it)) {
        return fault("writable", format!("`{mode}` is no octal mode of four digits"));
    }
    Ok(())
}

/// What an entry stands for has to be something: versions in order, repositories without a tag.
fn check_range(image: &Image) -> Result<(), KnowledgeError> {
    let fault = |field: &str, message: String| Err(KnowledgeError::new(&image.id, field, message));
    let range = image.range();
    if !range.meets(&range) {
        return fault("since", "is later than `until`: no version is between them".to_owned());
    }
    let is_tagged =
        |it: &&String| it.contains('@') || it.rsplit('/').next().is_some_and(|it| it.contains(':'));
    match image.repositories.iter().find(is_tagged) {
        Some(it) => {
            let message = format!(
                "`{it}` has a tag: write the repository alone, and `tags` or `since` and `until`"
            );
            fault("repositories", message)
        }
        None => Ok(()),
    }
}

fn check_sourced(image: &Image) -> Result<(), KnowledgeError> {
    let fault = |field: &str, message: &str| Err(KnowledgeError::new(&image.id, field, message));
    if image.sources.is_empty() {
        return fault("sources", "names no source");
    }
    check_read(image)?;
    check_reasons(image)?;
    if image.evidence.is_empty() {
        return fault("evidence", "does not say how anything is known");
    }
    if image.image_user.is_none() && !image.user_varies {
        return fault("image_user", "is neither given nor said to vary");
    }
    let drops = matches!(image.family, Family::Drop | Family::Master);
    if drops && image.server.is_empty() {
        return fault("server", "is required where the entrypoint tells its server by the command");
    }
    if drops && image.caps_root.is_empty() {
        return fault("caps_root", "is required where root changes the user");
    }
    Ok(())
}

/// What is called read has a source that can be opened, and a month in which it was.
fn check_read(image: &Image) -> Result<(), KnowledgeError> {
    let fault = |field: &str, message: &str| Err(KnowledgeError::new(&image.id, field, message));
    let read = image.sources.iter().filter(|it| is_opened(it)).count();
    if image.sources.iter().any(|it| !is_opened(it) && it != "knowledge") {
        return fault("sources", "are each `owner/repository@commit:path`, or `knowledge`");
    }
    let verified = image.evidence.values().any(Evidence::is_verified);
    match (read, &image.checked) {
        (0, _) if verified => fault("evidence", "says more than knowledge, and no source was read"),
        (0, _) if image.confidence != Level::Low => {
            fault("confidence", "is more than low, and no source was read")
        }
        (0, _) => Ok(()),
        (_, None) => fault("checked", "is missing: the month in which the sources were read"),
        (_, Some(month)) if !is_month(month) => fault("checked", "is no month such as 2026-11"),
        (_, Some(_)) => Ok(()),
    }
}

/// What is not fine says in a clause what breaks.
fn check_reasons(image: &Image) -> Result<(), KnowledgeError> {
    let rooted = matches!(image.family, Family::S6 | Family::Lsio | Family::Host | Family::Review);
    let doubtful = |it: Verdict| matches!(it, Verdict::Caveat | Verdict::No);
    let direct = matches!(image.direct, Direct::Caveat | Direct::No) && !rooted;
    let reasons = [
        ("direct", direct, &image.why.direct),
        ("caps", false, &image.why.caps),
        ("nnp", doubtful(image.nnp), &image.why.nnp),
        ("read_only", doubtful(image.read_only), &image.why.read_only),
        ("seccomp", doubtful(image.seccomp), &image.why.seccomp),
    ];
    for (field, asked, why) in reasons {
        let message = match why {
            None if asked => "is missing: what breaks, in a clause",
            Some(why) if why.len() > CLAUSE => "is longer than a line",
            Some(why) if why.ends_with('.') => "is a clause, without a full stop",
            Some(_) | None => continue,
        };
        return Err(KnowledgeError::new(&image.id, &format!("why.{field}"), message));
    }
    Ok(())
}

/// The longest clause, in bytes.
const CLAUSE: usize = 120;

/// Whether a source can be opened: `owner/repository@commit:path`.
fn is_opened(source: &str) -> bool {
    let parts = source.split_once('@').and_then(|(name, rest)| Some((name, rest.split_once(':')?)));
    let Some((name, (commit, path))) = parts else { return false };
    let hexadecimal = commit.len() >= 7 && commit.bytes().all(|it| it.is_ascii_hexdigit());
    name.split('/').count() == 2 && hexadecimal && !path.is_empty()
}

fn is_month(text: &str) -> bool {
    let Some((year, month)) = text.split_once('-') else { return false };
    let digits = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
    year.len() == 4 && digits(year) && month.len() == 2 && digits(month)
}

/// Whether a path is absolute, without `//`, `.`, `..` or a slash at its end.
fn is_clean(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else { return false };
    rest.is_empty() || rest.split('/').all(|it| !matches!(it, "" | "." | "..") && !it.contains(':'))
}

fn is_octal(mode: &str) -> bool {
    mode.len() == 4 && mode.bytes().all(|it| matches!(it, b'0'..=b'7'))
}

impl KnowledgeError {
    pub(super) fn new(entry: &str, field: &str, message: impl Into<String>) -> Self {
        Self { entry: entry.to_owned(), field: field.to_owned(), message: message.into() }
    }
}

impl std::error::Error for KnowledgeError {}

impl fmt::Display for KnowledgeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = if self.field.is_empty() { "" } else { "." };
        write!(formatter, "image `{}`{field}{}: {}", self.entry, self.field, self.message)
    }
}
