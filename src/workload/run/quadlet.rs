//! A container of Podman's Quadlet: each key of `[Container]` is a flag of `podman run`.

use super::clip::Clip;
use super::command::{Command, Given, New, Value};
use super::flags::{Flag, Takes};
use super::ini::{Entry, comments, entries, nothing_but, words};
use super::program::Program;
use super::read::{flags_alone, is_place};
use super::word::{Reader, Word, word};
use super::{Found, Refused};
use crate::yaml::Span;

/// How the value of a key becomes that of a flag.
#[derive(Clone, Copy, PartialEq, Eq)]
enum As {
    /// As it is.
    Whole,
    /// Each of its words.
    Words,
    /// Behind this.
    Behind(&'static str),
    /// This, where it is true.
    Told(&'static str),
    /// This with true or false behind it.
    Truth(&'static str),
}

use As::{Behind, Told, Truth, Whole, Words};

/// The keys that are judged.
static KEYS: &[(&str, &str, As)] = &[
    ("AddCapability", "cap-add", Words),
    ("AddDevice", "device", Whole),
    ("AddHost", "add-host", Whole),
    ("ContainerName", "name", Whole),
    ("DNS", "dns", Whole),
    ("DNSOption", "dns-option", Whole),
    ("DNSSearch", "dns-search", Whole),
    ("DropCapability", "cap-drop", Words),
    ("Entrypoint", "entrypoint", Whole),
    ("Environment", "env", Words),
    ("EnvironmentFile", "env-file", Whole),
    ("ExposeHostPort", "expose", Whole),
    ("GroupAdd", "group-add", Whole),
    ("HealthCmd", "health-cmd", Whole),
    ("HostName", "hostname", Whole),
    ("Label", "label", Words),
    ("Mask", "security-opt", Behind("mask=")),
    ("Mount", "mount", Whole),
    ("Network", "network", Whole),
    ("NoNewPrivileges", "security-opt", Truth("no-new-privileges:")),
    ("Pod", "pod", Whole),
    ("PublishPort", "publish", Whole),
    ("ReadOnly", "read-only", Whole),
    ("RunInit", "init", Whole),
    ("SeccompProfile", "security-opt", Behind("seccomp=")),
    ("SecurityLabelDisable", "security-opt", Told("label=disable")),
    ("SecurityLabelFileType", "security-opt", Behind("label=filetype:")),
    ("SecurityLabelLevel", "security-opt", Behind("label=level:")),
    ("SecurityLabelNested", "security-opt", Told("label=nested")),
    ("SecurityLabelType", "security-opt", Behind("label=type:")),
    ("ShmSize", "shm-size", Whole),
    ("Sysctl", "sysctl", Words),
    ("Tmpfs", "tmpfs", Whole),
    ("Unmask", "security-opt", Behind("unmask=")),
    ("User", "user", Whole),
    ("UserNS", "userns", Whole),
    ("Volume", "volume", Whole),
    ("WorkingDir", "workdir", Whole),
];

/// Finds the container of a unit.
pub(super) fn find(text: &str) -> Found {
    let all = entries(text);
    let own: Vec<&Entry<'_>> = all.iter().filter(|it| it.section == "Container").collect();
    let Some(last) = own.last() else { return Found::default() };
    let command = match command(text, &own, last) {
        Ok(it) => it,
        Err(it) => return nothing_but(it, text),
    };
    Found { commands: vec![command], refused: Vec::new(), comments: comments(text, &['#', ';']) }
}

fn command(text: &str, own: &[&Entry<'_>], last: &Entry<'_>) -> Result<Command, Refused> {
    let header = last.header;
    let mut image = None;
    let (mut flags, mut args): (Vec<Given>, Vec<Value>) = (Vec::new(), Vec::new());
    for entry in own {
        match entry.key {
            "Image" => image = Some(whole(text, entry)?),
            "Exec" => args = words(text, entry.value)?.iter().map(Value::of).collect(),
            "PodmanArgs" => {
                let all = flags_alone(&words(text, entry.value)?, Program::Podman)?;
                let of_line = |it| Given { line: Some(entry.lines), ..it };
                flags.extend(all.into_iter().map(of_line));
            }
            // The user of the engine's file is made of both.
            "Group" => {
                let message = "`Group=` beside `User=`: write `User=UID:GID` in its place";
                return Err(Refused { at: entry.lines.start, message: message.to_owned() });
            }
            _ => flags.extend(given(text, entry)?),
        }
    }
    let Some(image) = image else {
        let message = "no `Image=`: what is to be run is not in this unit".to_owned();
        return Err(Refused { at: header.start, message });
    };
    super::command::once(&flags)?;
    let end = last.lines.end;
    Ok(Command {
        program: Program::Podman,
        name: header,
        span: Span { start: header.start, end: last.value.1 },
        flags,
        image,
        args,
        new: New::Lines { at: end, opens: !text[..end].ends_with('\n') },
    })
}

fn whole(text: &str, entry: &Entry<'_>) -> Result<Value, Refused> {
    Ok(Value::of(&word(&Clip::whole(text), entry.value, Reader::Line)?))
}

fn given(text: &str, entry: &Entry<'_>) -> Result<Vec<Given>, Refused> {
    let Some((_, name, kind)) = KEYS.iter().find(|it| it.0 == entry.key) else {
        return Ok(Vec::new());
    };
    let Some(flag) = Program::Podman.flag(name) else { return Ok(Vec::new()) };
    let alone = |value: Value| {
        let span = Span { start: entry.lines.start, end: entry.value.1 };
        vec![Given { flag, value: Some(value), span, gone: vec![entry.lines], line: None }]
    };
    if entry.value.0 == entry.value.1 {
        let message = format!(
            "an empty `{}=` takes back what was said before: write what is meant",
            entry.key
        );
        return Err(Refused { at: entry.lines.start, message });
    }
    let value = whole(text, entry)?;
    let value = if is_place(flag) { value.with_places() } else { value };
    Ok(match kind {
        Words => several(flag, &words(text, entry.value)?, entry),
        Whole if flag.takes == Takes::Nothing => {
            let truth = truth(&value.text);
            let text = truth.map_or(value.text.clone(), |it| it.to_string());
            let map = vec![value.span; text.len()];
            alone(Value { text, map, ..value })
        }
        Whole => alone(value),
        Behind(sign) => alone(behind(sign, &value, entry)),
        Truth(sign) => match truth(&value.text) {
            Some(it) if it.to_string() == value.text => alone(behind(sign, &value, entry)),
            // In our words: what is written in its place takes all of it.
            Some(it) => {
                let text = it.to_string();
                let map = vec![value.span; text.len()];
                alone(behind(sign, &Value { text, map, ..value }, entry))
            }
            None => alone(behind(sign, &value, entry)),
        },
        Told(said) => match truth(&value.text) {
            Some(true) => {
                let map = vec![value.span; said.len()];
                alone(Value { text: (*said).to_owned(), map, ..value })
            }
            Some(false) | None => Vec::new(),
        },
    })
}

/// Each word of a line by itself; the last takes the line with it.
fn several(flag: &'static Flag, words: &[Word], entry: &Entry<'_>) -> Vec<Given> {
    let mut before = entry.value.0;
    let one = |word: &Word| {
        let gone = match words.len() {
            1 => entry.lines,
            _ => Span { start: before, end: word.span.end },
        };
        before = word.span.end;
        let start = if words.len() == 1 { entry.lines.start } else { word.span.start };
        let span = Span { start, end: word.span.end };
        let line = (words.len() > 1).then_some(entry.lines);
        Given { flag, value: Some(Value::of(word)), span, gone: vec![gone], line }
    };
    words.iter().map(one).collect()
}

fn behind(sign: &str, value: &Value, entry: &Entry<'_>) -> Value {
    let key = Span { start: entry.lines.start, end: entry.lines.start + entry.key.len() };
    let mut map = vec![key; sign.len()];
    map.extend(&value.map);
    Value { text: format!("{sign}{}", value.text), map, span: value.span }
}

fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "yes" | "true" | "on" | "y" | "t" => Some(true),
        "0" | "no" | "false" | "off" | "n" | "f" => Some(false),
        _ => None,
    }
}

/// The line that says what a flag does; nothing where no key does.
pub(super) fn line(name: &str, value: &str) -> Option<String> {
    let matching = KEYS.iter().filter(|it| it.1 == name);
    let say = |(key, _, kind): &(&str, &str, As)| match kind {
        Whole | Words => Some(format!("{key}={value}")),
        Behind(sign) | Truth(sign) => value.strip_prefix(sign).map(|it| format!("{key}={it}")),
        Told(said) => (value == *said).then(|| format!("{key}=true")),
    };
    matching.into_iter().find_map(say)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_flags() {
        let text = "[Unit]\nDescription=x\n\n[Container]\nImage=docker.io/library/nginx:1.27\nAddCapability=NET_ADMIN SYS_TIME\nNoNewPrivileges=false\nSecurityLabelDisable=true\nPodmanArgs=--privileged --cpus 2\nVolume=%h/a:/b:Z\n\n[Install]\nWantedBy=default.target\n";
        let found = find(text);
        assert!(found.refused.is_empty(), "{:?}", found.refused);
        let flags = &found.commands[0].flags;
        let said: Vec<(&str, Option<&str>)> = flags
            .iter()
            .map(|it| (it.flag.name, it.value.as_ref().map(|it| it.text.as_str())))
            .collect();
        assert_eq!(
            said,
            [
                ("cap-add", Some("NET_ADMIN")),
                ("cap-add", Some("SYS_TIME")),
                ("security-opt", Some("no-new-privileges:false")),
                ("security-opt", Some("label=disable")),
                ("privileged", None),
                ("cpus", Some("2")),
                ("volume", Some("${SPECIFIER_h}/a:/b:Z")),
            ]
        );
    }

    #[test]
    fn flags_are_keys() {
        assert_eq!(line("cap-drop", "ALL").as_deref(), Some("DropCapability=ALL"));
        assert_eq!(line("read-only", "true").as_deref(), Some("ReadOnly=true"));
        let closed = line("security-opt", "no-new-privileges:true");
        assert_eq!(closed.as_deref(), Some("NoNewPrivileges=true"));
        assert_eq!(
            line("security-opt", "label=disable").as_deref(),
            Some("SecurityLabelDisable=true")
        );
        assert_eq!(line("privileged", "true"), None);
    }
}
