//! Patterns for files and folders that are not to be judged.

use std::fs;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

/// A pattern for paths below a folder, as `.gitignore` reads it: without a slash it is a name at any depth.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    matcher: GlobMatcher,
}

impl Pattern {
    /// Takes a pattern as it is written.
    ///
    /// # Errors
    /// What is wrong with it, in lower case.
    pub fn parse(text: &str) -> Result<Pattern, String> {
        if text.starts_with('!') {
            return Err(format!("`{text}`: nothing is taken back by `!`: list what to pass over"));
        }
        // A slash at the end says only that it is a folder.
        let is_name = !text.trim_end_matches('/').contains('/');
        // Whatever lies in a folder is passed over with it.
        let path = text.strip_prefix("./").unwrap_or(text).trim_end_matches("/**");
        let path = path.trim_end_matches('/');
        if path.is_empty() && !text.starts_with('/') {
            return Err(format!(
                "`{text}` matches nothing: write a name or a pattern such as gen/*.yaml"
            ));
        }
        if text.starts_with('/') || path.split('/').any(|name| name == "..") {
            return Err(format!("`{text}` leads out of the folder that patterns are relative to"));
        }
        let glob = if is_name { format!("**/{path}") } else { path.to_owned() };
        let glob = GlobBuilder::new(&glob).literal_separator(true).build();
        match glob {
            Ok(glob) => Ok(Pattern { text: text.to_owned(), matcher: glob.compile_matcher() }),
            Err(error) => Err(format!("`{text}` is not a pattern: {}", error.kind())),
        }
    }

    /// Whether it covers a path relative to the folder of the pattern: as itself, or as what lies in a folder.
    pub fn covers(&self, path: &Path) -> bool {
        path.ancestors().any(|it| !it.as_os_str().is_empty() && self.matcher.is_match(it))
    }

    /// The pattern as it is written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Patterns and the folder that they are relative to.
#[derive(Debug, Clone)]
pub struct Exclude {
    folder: PathBuf,
    patterns: Vec<Pattern>,
}

impl Exclude {
    /// Patterns relative to a folder; the empty path is the current one.
    pub fn below(folder: &Path, patterns: Vec<Pattern>) -> Exclude {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf());
        Exclude { folder, patterns }
    }

    /// The pattern that matches a path without links, if one does.
    fn matching(&self, real: &Path) -> Option<&str> {
        // Outside of the folder a name is still a name.
        let path = real.strip_prefix(&self.folder).or_else(|_| real.strip_prefix("/"));
        let path = path.unwrap_or(real);
        let found = self.patterns.iter().find(|it| it.matcher.is_match(path));
        found.map(|it| it.text.as_str())
    }
}

/// What is not to be judged.
#[derive(Debug, Clone, Default)]
pub struct Excluded {
    /// The patterns of the command line and of the configuration.
    pub excludes: Vec<Exclude>,
    /// What they hold for.
    pub reach: Reach,
}

/// What patterns hold for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// What lies in folders that are walked: a path on the command line is the user's own word.
    #[default]
    Walked,
    /// What is named on the command line too, because a tool named it: such a file can be anything.
    Named,
}

impl Excluded {
    /// The pattern that excludes a path without links.
    pub(super) fn matching(&self, real: &Path) -> Option<&str> {
        self.excludes.iter().find_map(|it| it.matching(real))
    }

    /// The pattern that excludes a path without links that was named, or a folder around it.
    pub(super) fn matching_named(&self, real: &Path) -> Option<&str> {
        match self.reach {
            Reach::Walked => None,
            Reach::Named => self.excludes.iter().find_map(|it| {
                let inside = |path: &&Path| **path != it.folder && path.starts_with(&it.folder);
                let around = real.ancestors().skip(1).take_while(inside);
                std::iter::once(real).chain(around).find_map(|path| it.matching(path))
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, path: &str, matches: bool) {
        let excluded = Exclude {
            folder: PathBuf::from("/r"),
            patterns: vec![Pattern::parse(pattern).unwrap()],
        };
        let found = excluded.matching(Path::new(path)).is_some();
        assert_eq!(found, matches, "{pattern} on {path}");
    }

    #[test]
    fn a_name_holds_at_any_depth_and_a_path_from_the_folder_on() {
        check("gen", "/r/gen", true);
        check("gen/", "/r/a/gen", true);
        check("gen", "/r/a/gene", false);
        check("*.gen.yaml", "/r/a/b/x.gen.yaml", true);
        check("*.gen.yaml", "/elsewhere/x.gen.yaml", true);
        check("gen/**", "/r/gen", true);
        check("gen/**", "/r/a/gen", false);
        check("./gen", "/r/a/gen", false);
        check("a/gen", "/r/a/gen", true);
        check("a/gen/**", "/r/a/gen", true);
        check("./a/gen", "/r/b/a/gen", false);
        check("**/a/gen", "/r/b/a/gen", true);
        check("a/*.yaml", "/r/a/b/c.yaml", false);
        check("{a,b}.yaml", "/r/x/b.yaml", true);
    }

    #[test]
    fn what_is_no_pattern_below_the_folder_is_refused() {
        for (text, why) in [
            ("", "matches nothing"),
            ("./", "matches nothing"),
            ("/etc", "leads out of"),
            ("../a", "leads out of"),
            ("!a", "taken back"),
            ("a/[", "not a pattern"),
        ] {
            let error = Pattern::parse(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
