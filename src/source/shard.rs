//! A part of what a search found, for one of several machines: each of them divides alike, and what belongs together
//! stays together.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use foldhash::HashSet;

use super::find::Search;
use super::lexical::{absolute, clean};
use crate::parallel;

/// One of several parts, `I/N`: the first is 1, and `0+1` where something counts from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    number: usize,
    count: usize,
}

impl Shard {
    /// Whether it is the part that tells what belongs to no part.
    pub fn is_first(self) -> bool {
        self.number == 1
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let parts = text.split_once('/').and_then(|(number, count)| {
            let (number, from_zero) = match number.strip_suffix("+1") {
                Some(number) => (number, 1),
                None => (number, 0),
            };
            let number = number.parse::<usize>().ok()?.checked_add(from_zero)?;
            Some(Shard { number, count: count.parse().ok()? })
        });
        parts.filter(|it| (1..=it.count).contains(&it.number)).ok_or_else(|| {
            "write I/N, the first of three parts is 1/3; 0+1/3 where something counts from 0"
                .to_owned()
        })
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.number, self.count)
    }
}

/// The largest text of variables that is looked at.
const SETTINGS: u64 = 64 << 10;

impl Search {
    /// Leaves what belongs to this part.
    ///
    /// The files of a folder stay together, and with them those of folders whose files they name, as far as their texts
    /// show: includes, bases, what a kustomization lists, `COMPOSE_FILE`. These units go to the parts by how many files
    /// they have, the largest first. What could not be looked into is told by the first part.
    pub fn divide(&mut self, shard: Shard) {
        let part_of = self.division(shard.count);
        let is_own = |path: &Path| part_of(path).unwrap_or(0) == shard.number - 1;
        self.found.retain(|it| it.as_ref().map_or(shard.is_first(), |it| is_own(&it.path)));
        self.passed.retain(|it| is_own(&it.path));
        self.shard = Some(shard);
    }

    /// The same in several searches, each of about so many files: a run that takes one after the other holds no more at
    /// once than what belongs together. What could not be looked into and what was passed over is in the first.
    #[must_use]
    pub fn in_parts(self, files: usize) -> Vec<Search> {
        let count = self.found.len().div_ceil(files.max(1));
        if count < 2 {
            return vec![self];
        }
        let part_of = self.division(count);
        let empty =
            || Search { folders: self.folders.clone(), shard: self.shard, ..Search::default() };
        let mut parts: Vec<Search> = (0..count).map(|_| empty()).collect();
        for it in self.found {
            let part = it.as_ref().ok().and_then(|it| part_of(&it.path)).unwrap_or(0);
            parts[part].found.push(it);
        }
        parts[0].passed = self.passed;
        parts.retain(|it| !it.found.is_empty());
        parts
    }

    /// The part of each path, from zero, where there are so many; nothing where its folder holds no file that was found.
    fn division(&self, count: usize) -> impl Fn(&Path) -> Option<usize> + use<> {
        let paths = self.found.iter().filter_map(|it| Some(it.as_ref().ok()?.path.as_path()));
        let paths: Vec<PathBuf> = paths.map(absolute).collect();
        let own: HashMap<PathBuf, usize> = parts(&paths, count);
        move |path| own.get(absolute(path).parent().unwrap_or(Path::new(""))).copied()
    }
}

/// The part of each folder, from zero.
fn parts(paths: &[PathBuf], count: usize) -> HashMap<PathBuf, usize> {
    let mut folders = Folders::of(paths);
    let settings: Vec<Vec<usize>> = parallel::map(&folders.paths, 1, |it| folders.listed(it));
    for (own, named) in settings.into_iter().enumerate() {
        named.into_iter().for_each(|it| folders.join(own, it));
    }
    let looked: Vec<Named> = parallel::map(paths, 1, |it| folders.named_in(it));
    // Files are counted: their sizes change while other parts are written.
    let mut sizes = vec![0_usize; folders.paths.len()];
    let mut outside: HashMap<PathBuf, usize> = HashMap::new();
    for (path, named) in paths.iter().zip(looked) {
        let Some(own) = folders.holding(path) else { continue };
        sizes[own] += 1;
        named.folders.into_iter().for_each(|it| folders.join(own, it));
        for path in named.outside {
            let first = *outside.entry(path).or_insert(own);
            folders.join(own, first);
        }
    }
    let mut units: BTreeMap<usize, (usize, Vec<usize>)> = BTreeMap::new();
    for (folder, size) in sizes.iter().enumerate() {
        let unit = units.entry(folders.root(folder)).or_default();
        unit.0 += size;
        unit.1.push(folder);
    }
    // The folders have the order of their paths, which is the same on every machine.
    let mut units: Vec<(usize, Vec<usize>)> = units.into_values().collect();
    units.sort_by_key(|it| std::cmp::Reverse(it.0));
    let mut loads = vec![0; count];
    let mut parts = HashMap::new();
    for (size, members) in units {
        let part = (0..count).min_by_key(|it| loads[*it]).unwrap_or(0);
        loads[part] += size;
        parts.extend(members.into_iter().map(|it| (folders.paths[it].clone(), part)));
    }
    parts
}

/// What a file names.
#[derive(Default)]
struct Named {
    /// The folders of files that were found.
    folders: Vec<usize>,
    /// Files that were not, of a list of files: who else names them judges them too.
    outside: Vec<PathBuf>,
}

/// The folders that hold files, and which of them belong together.
struct Folders<'p> {
    /// In order.
    paths: Vec<PathBuf>,
    numbers: HashMap<PathBuf, usize>,
    files: HashMap<&'p Path, usize>,
    /// What the files are called: most words of a text are no path to one.
    names: HashSet<&'p OsStr>,
    /// Whether a path has a space in it.
    are_spaced: bool,
    /// For each the one that it was joined to, else itself.
    joined: Vec<usize>,
}

impl<'p> Folders<'p> {
    fn of(files: &'p [PathBuf]) -> Folders<'p> {
        let mut paths: Vec<PathBuf> =
            files.iter().filter_map(|it| it.parent()).map(Path::to_owned).collect();
        paths.sort();
        paths.dedup();
        let numbers: HashMap<PathBuf, usize> = paths.iter().cloned().zip(0..).collect();
        let holding = |it: &'p PathBuf| Some((it.as_path(), numbers.get(it.parent()?).copied()?));
        let names = files.iter().filter_map(|it| it.file_name()).collect();
        let are_spaced = files.iter().any(|it| it.as_os_str().as_encoded_bytes().contains(&b' '));
        let files = files.iter().filter_map(holding).collect();
        Folders { joined: (0..paths.len()).collect(), paths, numbers, files, names, are_spaced }
    }

    fn holding(&self, file: &Path) -> Option<usize> {
        self.files.get(file).copied()
    }

    /// The folders of what the text of variables in a folder names.
    fn listed(&self, folder: &Path) -> Vec<usize> {
        let settings = folder.join(".env");
        if !fs::metadata(&settings).is_ok_and(|it| it.is_file() && it.len() < SETTINGS) {
            return Vec::new();
        }
        self.named(folder, &fs::read(settings).unwrap_or_default(), false).folders
    }

    /// What a file names.
    fn named_in(&self, file: &Path) -> Named {
        let folder = file.parent().unwrap_or(Path::new(""));
        let Ok(text) = fs::read(file) else { return Named::default() };
        let lists = file.file_stem().is_some_and(|it| it.eq_ignore_ascii_case("kustomization"));
        let mut named = self.named(folder, &text, lists);
        // A file that only says more of the services of another one may be laid over one in the folder above.
        let says = |it: &str| memchr::memmem::find(&text, it.as_bytes()).is_some();
        if says("services:") && !says("image:") && !says("build") {
            named.folders.extend(folder.parent().and_then(|it| self.numbers.get(it)));
        }
        named
    }

    /// Those of the words of a text that are paths of files, or of folders where it lists such.
    fn named(&self, folder: &Path, text: &[u8], lists: bool) -> Named {
        let is_named = |it: &&str| {
            let name = it.rsplit('/').next().unwrap_or(it);
            it.len() < 4096 && (lists || self.names.contains(OsStr::new(name)))
        };
        let text_of = |it| std::str::from_utf8(it).ok();
        let spaced = text_of(text).filter(|_| self.are_spaced).map(spaced);
        let words = paths(text).filter_map(text_of).chain(spaced.into_iter().flatten());
        let mut named = Named::default();
        for path in words.filter(is_named).map(|it| clean(&folder.join(it))) {
            let within = || self.numbers.get(&path).copied().filter(|_| lists);
            match self.files.get(path.as_path()).copied().or_else(within) {
                Some(folder) => named.folders.push(folder),
                None if lists && path.is_file() => named.outside.push(path),
                None => (),
            }
        }
        named.folders.sort_unstable();
        named.folders.dedup();
        named
    }

    fn root(&mut self, folder: usize) -> usize {
        let mut at = folder;
        while self.joined[at] != at {
            self.joined[at] = self.joined[self.joined[at]];
            at = self.joined[at];
        }
        at
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        let (low, high) = (one.min(other), one.max(other));
        self.joined[high] = low;
    }
}

/// The words of a text that have a dot or a slash in them.
fn paths(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = |it: &u8| it.is_ascii_whitespace() || b"\"'`,;:=[]{}()".contains(it);
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + memchr::memchr2(b'.', b'/', text.get(from..)?)?;
        let start = text[from..at].iter().rposition(ends).map_or(from, |it| from + it + 1);
        let end = text[at..].iter().position(ends).map_or(text.len(), |it| at + it);
        from = end;
        Some(&text[start..end])
    })
}

/// The values of a text and what stands in quotes that have a space in them and may be a path.
fn spaced(text: &str) -> impl Iterator<Item = &str> {
    let values = text.lines().map(|it| {
        let value = it.rsplit_once(": ").map_or(it, |it| it.1).trim();
        value.trim_start_matches("- ").trim_matches(['"', '\'', ' '])
    });
    let quoted = text.split(['"', '\'']).filter(|it| !it.contains('\n'));
    values.chain(quoted).filter(|it| it.contains(' ') && it.contains(['.', '/']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_dots_or_slashes_may_be_paths() {
        let found = |it: &'static str| -> Vec<&str> {
            paths(it.as_bytes()).map(|it| std::str::from_utf8(it).unwrap()).collect()
        };
        assert_eq!(found("a: ./b.yaml\nc"), ["./b.yaml"]);
        assert_eq!(found("- ../x\n- {file: \"y.yml\",z.yml}\n/"), ["../x", "y.yml", "z.yml", "/"]);
        assert_eq!(found("none here\n"), [""; 0]);
        assert_eq!(found("ä.yaml ü/ö"), ["ä.yaml", "ü/ö"]);
        let spaced: Vec<_> = spaced("a: the last/b.yaml\n- 'x y/z'\n- b c\n").collect();
        assert_eq!(spaced, ["the last/b.yaml", "x y/z", "x y/z"]);
    }

    #[test]
    fn parts_count_from_one() {
        let read = |it: &str| it.parse::<Shard>().map(|it| it.to_string()).ok();
        for (text, part) in [("1/3", "1/3"), ("3/3", "3/3"), ("0+1/3", "1/3"), ("2+1/3", "3/3")] {
            assert_eq!(read(text).as_deref(), Some(part));
        }
        for text in ["0/3", "4/3", "3+1/3", "1", "/3", "1/", "a/3", "-1/3", "1/0", "0/0"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
