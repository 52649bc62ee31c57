//! A saved plan: what would be written, to be read in one place and done in another.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::Decisions;
use super::entries::{Tables, read};
use super::text::quoted;
use crate::config::ConfigError;

/// The version of the file.
const VERSION: u32 = 1;

/// What would be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// The options and paths of the run, word by word.
    pub arguments: Vec<String>,
    /// The files.
    pub writes: Vec<Planned>,
    /// The fixes, each as an answer.
    pub decisions: Decisions,
}

/// A file that would be written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Planned {
    /// Its path, from the folder that the run was started in.
    pub path: PathBuf,
    /// What it is made from, by SHA-256.
    pub before: String,
    /// What is made of it, by SHA-256.
    pub after: String,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: Spanned<u32>,
    arguments: Vec<String>,
    #[serde(default)]
    writes: Vec<Planned>,
    #[serde(default)]
    files: Tables,
}

impl Saved {
    /// Reads the text of a plan at `path`, whose files are named from `root`, which is absolute.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str, path: &Path, root: PathBuf) -> Result<Saved, ConfigError> {
        let written: Written =
            toml::from_str(text).map_err(|it| ConfigError::toml(path, text, &it))?;
        let version = *written.version.get_ref();
        if version != VERSION {
            let problem = format!(
                "a plan of version {version}, this program reads version {VERSION}: make it anew by `casehard fix --plan`"
            );
            return Err(ConfigError::new(path, text, written.version.span().start, problem));
        }
        let decisions = read(written.files, root)
            .map_err(|(at, problem)| ConfigError::new(path, text, at, problem))?;
        Ok(Saved { arguments: written.arguments, writes: written.writes, decisions })
    }

    /// The text of the plan; `head` says in a line what it comes to.
    pub fn text(&self, head: &str) -> String {
        let arguments: Vec<String> = self.arguments.iter().map(|it| quoted(it)).collect();
        let mut out = format!(
            "# {head}\n# `casehard apply` does exactly that, and refuses what changed since.\nversion = {VERSION}\narguments = [{}]\n",
            arguments.join(", ")
        );
        for it in &self.writes {
            let path = quoted(&it.path.to_string_lossy());
            let (before, after) = (&it.before, &it.after);
            let _ = write!(
                out,
                "\n[[writes]]\npath = {path}\nbefore = \"{before}\"\nafter = \"{after}\"\n"
            );
        }
        out + &self.decisions.tables()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::digest;

    #[test]
    fn what_is_written_is_read_back() {
        let planned =
            Planned { path: "a b/c.yaml".into(), before: digest(b"a"), after: digest(b"b") };
        let saved = Saved {
            arguments: vec!["--user".to_owned(), "1:0".to_owned(), "a \"b\"".to_owned()],
            writes: vec![planned],
            decisions: Decisions::none("/p".into()),
        };
        let text = saved.text("2 fixes");
        assert!(text.starts_with("# 2 fixes\n"), "{text}");
        let path = Path::new("p.toml");
        assert_eq!(Saved::parse(&text, path, "/p".into()).unwrap(), saved);
        let error = Saved::parse(&text.replace("version = 1", "version = 9"), path, "/p".into());
        assert!(error.unwrap_err().to_string().starts_with("p.toml:3:11: a plan of version 9"));
        let error = Saved::parse("version = 1\n", path, "/p".into());
        assert!(error.unwrap_err().to_string().contains("missing key `arguments`"));
    }
}
