//! A mount of Compose's model.

use serde_json::Value;

/// A mount in either form.
pub(super) struct Mount {
    pub(super) kind: String,
    pub(super) source: Option<String>,
    pub(super) target: String,
    pub(super) read_only: bool,
}

impl Mount {
    pub(super) fn of(value: &Value) -> Option<Mount> {
        if let Some(text) = value.as_str() {
            let mut parts = text.split(':');
            let first = parts.next()?.to_owned();
            let Some(target) = parts.next() else {
                return Some(Mount {
                    kind: "volume".to_owned(),
                    source: None,
                    target: first,
                    read_only: false,
                });
            };
            let read_only = parts.next().is_some_and(|it| it.split(',').any(|it| it == "ro"));
            let kind = if first.starts_with('/') { "bind" } else { "volume" };
            let target = target.to_owned();
            return Some(Mount { kind: kind.to_owned(), source: Some(first), target, read_only });
        }
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        Some(Mount {
            kind: text("type")?,
            source: text("source"),
            target: text("target")?,
            read_only: value["read_only"] == true,
        })
    }
}
