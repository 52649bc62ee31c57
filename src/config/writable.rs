//! Paths inside a container that are to stay writable.

use std::fmt;

/// A text that is no path where a temporary file system can be mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WritableError {
    /// The text in question.
    pub text: String,
}

/// Takes a path inside a container that is to stay writable.
///
/// It has to be absolute and clean, because mounts are compared by text, and free of what
/// separates options or stands for a variable in a Compose file.
pub fn writable_path(text: &str) -> Result<String, WritableError> {
    let is_plain = |name: &str| {
        !matches!(name, "" | "." | "..")
            && !name.contains([':', ',', '$', '\\'])
            && !name.contains(char::is_control)
    };
    let is_clean = text.strip_prefix('/').is_some_and(|it| it.split('/').all(is_plain));
    if is_clean { Ok(text.to_owned()) } else { Err(WritableError { text: text.to_owned() }) }
}

impl fmt::Display for WritableError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "`{}` cannot be made writable: expected a path such as /var/cache, \
             without `.`, `..`, `:`, `,`, `$`, `\\` or a final slash",
            self.text
        )
    }
}

impl std::error::Error for WritableError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_clean_paths_are_taken() {
        for text in ["/tmp", "/var/cache/nginx", "/a b", "/..data"] {
            assert_eq!(writable_path(text), Ok(text.to_owned()));
        }
    }

    #[test]
    fn other_paths_are_refused() {
        for text in [
            "",
            "/",
            "tmp",
            "./tmp",
            "/tmp/",
            "//tmp",
            "/tmp/../etc",
            "/a:b",
            "/a,b",
            "/$HOME",
            "/a\nb",
            "C:\\tmp",
            "/./tmp",
        ] {
            assert!(writable_path(text).is_err(), "{text}");
        }
    }
}
