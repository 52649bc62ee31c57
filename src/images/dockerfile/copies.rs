//! Knows where a file of the image comes from: which `COPY`, link or written text puts it there.

use super::facts::Why;
use super::paths::{below, clean, fits};
use super::programs::name;

/// How many links are followed.
const LINKS: usize = 4;

/// How many files of the context may be the one that is looked for.
const CANDIDATES: usize = 16;

/// Files that are put into the image.
#[derive(Clone, Debug)]
pub(super) struct Copy {
    /// Where they come from.
    pub(super) origin: Origin,
    /// Where they go, absolute.
    pub(super) to: String,
    /// What is at `to`.
    pub(super) shape: Shape,
    /// The line that puts them there.
    pub(super) line: usize,
}

/// What stands at the place where files go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// The file itself, or a folder where there is one.
    File,
    /// A folder for certain.
    Folder,
    /// A folder, under which each keeps its path.
    Parents,
}

/// Where files come from.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// The build context, by paths in it without a leading `/`.
    Context(Vec<String>),
    /// Somewhere that is not read; the paths there.
    Unknown(Why, Vec<String>),
    /// The Dockerfile itself.
    Written(String),
    /// Other paths of the image, absolute.
    Image(Vec<String>),
}

/// Where a file of the image may come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// From the first of these paths of the context that is there.
    Context(Vec<String>),
    /// The text is in the Dockerfile.
    Written(String),
    /// From somewhere that is not read.
    Unknown(Why),
    /// Perhaps from a folder that is not read.
    Perhaps(Why),
    /// Nothing puts it there.
    Nothing,
}

/// A path of the context without `.`, `..` and a leading `/`, as Docker keeps it inside.
pub(super) fn in_context(path: &str) -> String {
    clean(path)[1..].to_owned()
}

/// Where a path of the image comes from, the last that puts it there first.
pub(super) fn find(copies: &[Copy], path: &str) -> Found {
    find_through(copies, path, LINKS)
}

fn find_through(copies: &[Copy], path: &str, links: usize) -> Found {
    let mut candidates: Vec<String> = Vec::new();
    let mut perhaps = None;
    let or = |candidates: Vec<String>, other: Found| match candidates.is_empty() {
        true => other,
        false => Found::Context(candidates),
    };
    for copy in copies.iter().rev() {
        match &copy.origin {
            Origin::Context(sources) => {
                candidates.extend(sources.iter().filter_map(|it| copy.source_of(path, it)));
                let is_certain = copy.shape == Shape::File && copy.to == path;
                if candidates.len() >= CANDIDATES || (is_certain && !candidates.is_empty()) {
                    break;
                }
            }
            Origin::Unknown(why, sources) => {
                let last = name(path);
                if copy.to == path
                    || sources
                        .iter()
                        .any(|it| name(it) == last && copy.source_of(path, it).is_some())
                {
                    return or(candidates, Found::Unknown(*why));
                }
                if below(path, &copy.to).is_some() {
                    perhaps = perhaps.or(Some(*why));
                }
            }
            Origin::Written(text) if copy.to == path => {
                return or(candidates, Found::Written(text.clone()));
            }
            Origin::Written(_) => (),
            Origin::Image(sources) => {
                let source = sources.iter().find_map(|it| copy.source_of(path, it));
                if let Some(source) = source.filter(|_| candidates.is_empty() && links > 0) {
                    match find_through(copies, &clean(&source), links - 1) {
                        Found::Nothing => (),
                        found => return found,
                    }
                }
            }
        }
    }
    candidates.truncate(CANDIDATES);
    or(candidates, perhaps.map_or(Found::Nothing, Found::Perhaps))
}

impl Copy {
    /// The path of the file that comes to lie at a path of the image, if it is below this source.
    fn source_of(&self, path: &str, source: &str) -> Option<String> {
        if self.shape == Shape::Parents {
            return (clean(&format!("{}/{source}", self.to)) == path).then(|| source.to_owned());
        }
        let (parent, last) = source.rsplit_once('/').unwrap_or(("", source));
        let join = |folder: &str, rest: &str| match folder {
            "" => rest.to_owned(),
            folder => format!("{folder}/{rest}"),
        };
        if source.contains(['*', '?', '[']) {
            let rest = below(path, &self.to)?;
            let is_there = !parent.contains(['*', '?', '[']) && fits(rest, last);
            return (is_there && !rest.contains('/')).then(|| join(parent, rest));
        }
        if self.to == path {
            return (self.shape == Shape::File).then(|| source.to_owned());
        }
        let rest = below(path, &self.to)?;
        // A file keeps its name below a folder; the content of a folder goes there without it.
        match rest == last && name(source) == last {
            true => Some(source.to_owned()),
            false => Some(join(source, rest)),
        }
    }
}
