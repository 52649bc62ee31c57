//! Entries with an index by repository. The built-in ones are many, and a run asks for few: each is read when it is.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::exactness::{self, Exactness};
use super::image::Image;
use super::knowledge::Book;
use super::reference::Tag;
use super::version::{Release, Version};

/// Entries with an index by repository.
#[derive(Clone, Debug, Default)]
pub(super) struct Shelf {
    entries: Vec<Entry>,
    /// Repositories by their names, in order.
    plain: Vec<(Cow<'static, str>, usize)>,
    /// Globs, each with the length of what stands before its first star.
    globs: Vec<(Cow<'static, str>, usize, usize)>,
}

/// An entry, read or not yet.
#[derive(Clone, Debug)]
struct Entry {
    /// Its part of the file; nothing where it is not read from one.
    text: &'static str,
    /// Beside the list: most are never read.
    image: OnceLock<Box<Image>>,
}

/// An entry whose repositories fit.
struct Candidate<'a> {
    image: &'a Image,
    repository: Exactness,
}

/// The entry that fits.
pub(super) enum Fit<'a> {
    /// The version is one of those that it is for.
    Inside {
        image: &'a Image,
        /// Whether the tag decides its account.
        tag_matters: bool,
        /// Whether the tag is known, or all there is holds for every tag.
        tag_told: bool,
    },
    /// It is for other versions.
    Outside(&'a Image),
}

/// What an entry begins with.
const HEAD: &str = "[[image]]";

impl Entry {
    fn image(&self) -> &Image {
        self.image.get_or_init(|| {
            let book: Book = toml::from_str(self.text).expect("the tests read all entries");
            Box::new(book.image.into_iter().next().expect("an entry begins with its head"))
        })
    }

    /// The strings behind a key at the beginning of a line, which have no escapes.
    fn strings(&self, key: &str) -> impl Iterator<Item = &'static str> + use<> {
        let at = self.text.find(key).map(|it| it + key.len());
        let list = at.map_or("", |it| self.text[it..].trim_start_matches([' ', '=']));
        let end = match list.starts_with('[') {
            true => list.find(']'),
            false => list.find('\n'),
        };
        list[..end.unwrap_or(0)].split('"').skip(1).step_by(2)
    }
}

impl Shelf {
    /// Nothing.
    pub(super) const fn empty() -> Self {
        Self { entries: Vec::new(), plain: Vec::new(), globs: Vec::new() }
    }

    /// Entries that were read.
    pub(super) fn new(images: Vec<Image>) -> Self {
        let mut shelf = Self::default();
        for image in images {
            for repository in &image.repositories {
                shelf.note(Cow::Owned(repository.clone()));
            }
            shelf.entries.push(Entry { text: "", image: OnceLock::from(Box::new(image)) });
        }
        shelf.plain.sort_unstable();
        shelf
    }

    /// The entries of files, of which no more is read than their repositories.
    pub(super) fn unread(files: &[&'static str]) -> Self {
        let mut shelf = Self::default();
        for file in files {
            let mut starts: Vec<usize> = memchr::memmem::find_iter(file.as_bytes(), HEAD).collect();
            starts.push(file.len());
            for it in starts.windows(2) {
                let entry = Entry { text: &file[it[0]..it[1]], image: OnceLock::new() };
                entry.strings("\nrepositories").for_each(|it| shelf.note(Cow::Borrowed(it)));
                shelf.entries.push(entry);
            }
        }
        shelf.plain.sort_unstable();
        shelf
    }

    /// Notes a repository of the entry that comes next.
    fn note(&mut self, repository: Cow<'static, str>) {
        let at = self.entries.len();
        match memchr::memchr(b'*', repository.as_bytes()) {
            Some(fixed) => self.globs.push((repository, fixed, at)),
            None => self.plain.push((repository, at)),
        }
    }

    /// All of them, read.
    pub(super) fn images(&self) -> impl Iterator<Item = &Image> {
        self.entries.iter().map(Entry::image)
    }

    /// The entry of a file with that id.
    pub(super) fn named(&self, id: &str) -> Option<&Image> {
        let found = self.entries.iter().find(|it| it.strings("\nid").next() == Some(id));
        found.map(Entry::image)
    }

    pub(super) fn look_up(&self, repository: &str, tag: &Tag) -> Option<Fit<'_>> {
        if self.entries.is_empty() {
            return None;
        }
        let candidates = self.candidates(repository);
        let best = candidates.iter().map(|it| it.repository).max()?;
        let variants = || candidates.iter().filter(|it| it.repository == best);
        let release = match tag {
            Tag::Known(tag) => Release::of(tag),
            Tag::Unknown => Release::Odd,
        };
        let fitting = match tag {
            Tag::Known(tag) => by_tag(&candidates, tag),
            // The variant for every other tag is the least wrong one; without it nothing is known.
            Tag::Unknown => variants().map(|it| it.image).filter(|it| it.tags.is_empty()).collect(),
        };
        let newest = newest(&fitting)?;
        let image = match &release {
            Release::Newest | Release::Odd => Some(newest),
            Release::Numbered(version) => {
                fitting.iter().copied().find(|it| it.range().holds(version))
            }
        };
        let Some(image) = image else { return Some(Fit::Outside(newest)) };
        let accounts_differ = variants().any(|it| account(it.image) != account(image));
        let versions_differ = fitting.len() > 1 || !image.range().is_open();
        Some(Fit::Inside {
            image,
            tag_matters: image.user_varies || accounts_differ,
            tag_told: release != Release::Odd || !(accounts_differ || versions_differ),
        })
    }

    fn candidates(&self, repository: &str) -> Vec<Candidate<'_>> {
        let first = self.plain.partition_point(|it| *it.0 < *repository);
        let plain = self.plain[first..].iter().take_while(|it| it.0 == repository);
        let plain = plain.map(|(_, at)| (repository, at));
        let begins = |glob: &str, fixed: usize| repository.starts_with(&glob[..fixed]);
        let globs = self.globs.iter().filter(|(glob, fixed, _)| begins(glob, *fixed));
        let globs = globs.map(|(glob, _, at)| (&**glob, at));
        let globs = globs.filter(|(glob, _)| exactness::fits(glob, repository));
        plain
            .chain(globs)
            .map(|(glob, at)| Candidate {
                image: self.entries[*at].image(),
                repository: exactness::of(glob),
            })
            .collect()
    }
}

/// The entries that fit a tag most exactly: several where each is for other versions.
fn by_tag<'a>(candidates: &[Candidate<'a>], tag: &str) -> Vec<&'a Image> {
    let fitting = candidates.iter().filter_map(|candidate| {
        let tags = &candidate.image.tags;
        let exactness = if tags.is_empty() { exactness::ANY } else { exactness::best(tags, tag)? };
        Some(((candidate.repository, exactness), candidate.image))
    });
    let fitting: Vec<_> = fitting.collect();
    let best = fitting.iter().map(|it| it.0).max();
    fitting.into_iter().filter(|it| Some(it.0) == best).map(|it| it.1).collect()
}

/// The entry for the newest versions.
fn newest<'a>(images: &[&'a Image]) -> Option<&'a Image> {
    let last = |it: &&Image| (it.until.is_none(), it.until.clone(), it.since.clone());
    images
        .iter()
        .copied()
        .max_by_key(|it: &&Image| -> (bool, Option<Version>, Option<Version>) { last(it) })
}

fn account(image: &Image) -> (Option<&str>, Option<u32>, Option<u32>) {
    (image.image_user.as_deref(), image.uid, image.gid)
}

#[cfg(test)]
mod tests {
    use super::super::knowledge::{self, all};
    use super::*;

    #[test]
    fn what_is_known_of_entries_before_they_are_read_is_what_they_say() {
        let whole: Book = toml::from_str(&knowledge::text()).unwrap();
        let (whole, unread) = (Shelf::new(whole.image), knowledge::builtin());
        assert_eq!(whole.plain, unread.plain);
        assert_eq!(whole.globs, unread.globs);
        assert!(whole.images().eq(all()));
        for image in all() {
            assert_eq!(unread.named(&image.id), Some(image));
        }
    }
}
