//! Compose volumes in short syntax, as compose-go splits them.

use crate::workload::{Variables, text};
use crate::yaml::{Kind, Node};

/// `[SOURCE:]TARGET[:OPTIONS]`, interpolated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Short<'s> {
    /// The host path or volume name.
    pub source: Option<&'s str>,
    /// Where it appears.
    pub target: &'s str,
    /// `ro`, `z`, `rshared`, …
    pub options: Vec<&'s str>,
}

/// Splits a short volume; a one-letter source before `:` is a Windows drive, as Compose reads it.
pub fn parse_short(text: &str) -> Short<'_> {
    let mut parts = split(text);
    let options = match parts.len() {
        0..=2 => Vec::new(),
        _ => parts.split_off(2).into_iter().flat_map(|it| it.split(',')).collect(),
    };
    match parts[..] {
        [source, target] => Short { source: Some(source), target, options },
        [target] => Short { source: None, target, options },
        _ => Short { source: None, target: text, options },
    }
}

fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices(':') {
        let drive = at == start + 1
            && text[start..].starts_with(|it: char| it.is_ascii_alphabetic())
            && text[at + 1..].starts_with(['\\', '/']);
        if !drive {
            parts.push(&text[start..at]);
            start = at + 1;
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Whether a source is a path of the host rather than the name of a volume.
pub(super) fn is_path(source: &str) -> bool {
    source.starts_with(['.', '/', '~', '\\', text::UNKNOWN])
        || source.as_bytes().get(1) == Some(&b':')
}

/// Whether a path is of Windows: on a drive, or a pipe.
pub(super) fn is_drive(path: &str) -> bool {
    let drive = path.starts_with(|it: char| it.is_ascii_alphabetic())
        && path[1..].starts_with(':')
        && path[2..].starts_with(['\\', '/']);
    drive || path.starts_with(r"\\.\pipe\")
}

/// The top-level volume that an item names.
pub(super) fn named(item: Node<'_>, variables: &Variables) -> Option<String> {
    if item.kind() == Kind::Mapping {
        let kind = item.get("type").and_then(|it| it.resolve().value());
        let source = item.get("source").or_else(|| item.get("src"))?.resolve().value()?;
        return matches!(kind, None | Some("volume")).then(|| source.to_owned());
    }
    let text = variables.interpolate(item.value()?);
    let short = parse_short(&text.value);
    short.source.filter(|it| !is_path(it)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, source: Option<&str>, target: &str, options: &[&str]) {
        let options = options.to_vec();
        assert_eq!(parse_short(text), Short { source, target, options }, "{text}");
    }

    #[test]
    fn short_volumes_split_as_compose_does() {
        check("/data", None, "/data", &[]);
        check("./a:/b:ro,Z", Some("./a"), "/b", &["ro", "Z"]);
        check("data:/b", Some("data"), "/b", &[]);
        check(r"C:\x:C:\y:ro", Some(r"C:\x"), r"C:\y", &["ro"]);
        check("c:/x:/y", Some("c:/x"), "/y", &[]);
        check(
            r"\\.\pipe\docker_engine:\\.\pipe\docker_engine",
            Some(r"\\.\pipe\docker_engine"),
            r"\\.\pipe\docker_engine",
            &[],
        );
        check("/a:/b:cached", Some("/a"), "/b", &["cached"]);
        check("b\u{fc}cher:/b:ro", Some("b\u{fc}cher"), "/b", &["ro"]);
        check("/a:b\u{e9}", Some("/a"), "b\u{e9}", &[]);
        check("c\u{e9}", None, "c\u{e9}", &[]);
    }
}
