//! What the owner says of images in the configuration, with the place of what is wrong there.

use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::Failure;
use crate::config::{Config, ConfigError};
use crate::images::{Knowledge, KnowledgeError, OwnerImage};
use crate::report::shown::clean;

/// The `[[image]]` entries of a configuration with their places; what else stands there was read before.
#[derive(Deserialize)]
struct Entries {
    image: Vec<Spanned<OwnerImage>>,
}

/// The built-in knowledge of images, with what the owner adds.
///
/// # Errors
/// An entry that makes no sense, with its place.
pub(super) fn images(config: &Config) -> Result<Knowledge, Failure> {
    let Some((path, text)) = config.source.as_ref().filter(|_| !config.images.is_empty()) else {
        return Ok(Knowledge::builtin());
    };
    let told = |it: ConfigError| Failure(it.to_string());
    let placed: Entries =
        toml::from_str(text).map_err(|it| told(ConfigError::toml(path, text, &it)))?;
    let owned: Result<Vec<OwnerImage>, _> =
        config.images.iter().map(|it| in_line(it.clone()).try_into()).collect();
    let owned = owned.map_err(|it: toml::de::Error| told(ConfigError::toml(path, text, &it)))?;
    Knowledge::with(owned).map_err(|it| told(at(path, text, &placed, &it)))
}

/// The fault of an entry where that stands: at the field, or at the head of the entry.
fn at(path: &Path, text: &str, entries: &Entries, fault: &KnowledgeError) -> ConfigError {
    let is_it = |it: &&Spanned<OwnerImage>| {
        let own = it.get_ref();
        own.id.as_ref().or(own.repositories.first()) == Some(&fault.entry)
    };
    // Of entries of one name the last is too many.
    let span = entries.image.iter().rev().find(is_it).map(Spanned::span).unwrap_or_default();
    let mut start = span.start;
    // The span of an entry is that of its head: its keys stand up to the next one.
    let lines = text.get(start..).unwrap_or_default().split_inclusive('\n').enumerate();
    for (_, line) in lines.take_while(|it| it.0 == 0 || !it.1.starts_with('[')) {
        let key = line.split('=').next().unwrap_or_default().trim();
        if !fault.field.is_empty() && key == fault.field {
            return ConfigError::new(path, text, start, fault.to_string());
        }
        start += line.len();
    }
    ConfigError::new(path, text, span.start, fault.to_string())
}

/// An entry whose texts are lines: they are shown on pages that are laid out in lines.
fn in_line(value: toml::Value) -> toml::Value {
    match value {
        toml::Value::String(text) => {
            let line = text.trim().replace("\r\n", " ").replace('\n', " ");
            toml::Value::String(clean(&line).into_owned())
        }
        toml::Value::Array(all) => all.into_iter().map(in_line).collect::<Vec<_>>().into(),
        toml::Value::Table(all) => {
            let all = all.into_iter().map(|(key, it)| (clean(&key).into_owned(), in_line(it)));
            toml::Value::Table(all.collect())
        }
        other => other,
    }
}
