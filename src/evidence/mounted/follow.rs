//! From the mounted files to the settings of those that the server reads.

use std::sync::Arc;

use foldhash::HashSet;

use super::Mounted;
use super::grammar::Grammar;
use super::path::{self, Glob};
use super::setting::{Below, Files, Include, Setting};

/// How deep files include files.
const DEPTH: usize = 8;
/// How many includes are followed.
const INCLUDES: usize = 1000;

/// A file that is to be read.
struct Open {
    /// Its number among the mounted ones.
    file: usize,
    depth: usize,
    /// The folder of the file at which the reading began.
    start: Arc<str>,
}

struct Reading<'a> {
    mounted: &'a [Mounted<'a>],
    /// Where the server sees each.
    places: Vec<String>,
    open: Vec<Open>,
    known: HashSet<usize>,
    /// Includes that were followed: a text may repeat them at no cost.
    includes: HashSet<String>,
    settings: Vec<Setting>,
    unread: Vec<String>,
}

/// The settings of the files that the server reads, and the files that it reads and we cannot.
pub(super) fn follow(
    grammar: &Grammar,
    mounted: &[Mounted<'_>],
    named: &Files,
) -> (Vec<Setting>, Vec<String>) {
    let mut reading = Reading {
        mounted,
        places: mounted.iter().map(|it| (grammar.stands_for)(it.target)).collect(),
        open: Vec::new(),
        known: HashSet::default(),
        includes: HashSet::default(),
        settings: Vec::new(),
        unread: Vec::new(),
    };
    let main: Vec<&str> = match named.instead.as_slice() {
        [] => grammar.main.to_vec(),
        named => named.iter().map(String::as_str).collect(),
    };
    let mut replaced = false;
    for pattern in main {
        replaced |= reading.begin(pattern);
    }
    for pattern in &named.besides {
        reading.begin(pattern);
    }
    let blind = reading.open.iter().any(|it| mounted[it.file].text.is_none());
    if !replaced || blind || grammar.layered {
        for pattern in grammar.drop_ins {
            reading.begin(pattern);
        }
    }
    reading.run(grammar);
    (reading.settings, reading.unread)
}

impl Reading<'_> {
    /// Opens what a pattern matches, as the beginning of a reading; whether it matches anything.
    fn begin(&mut self, pattern: &str) -> bool {
        let found = self.find(pattern);
        for file in &found {
            let start = Arc::from(path::folder(&self.places[*file]));
            self.open(Open { file: *file, depth: 0, start });
        }
        !found.is_empty()
    }

    fn open(&mut self, open: Open) {
        if self.known.insert(open.file) {
            self.open.push(open);
        }
    }

    /// The mounted files that a path or a glob names.
    fn find(&self, pattern: &str) -> Vec<usize> {
        let all = self.places.iter().enumerate();
        if !pattern.contains(['*', '?', '[']) {
            return all.filter(|(_, place)| *place == pattern).map(|it| it.0).collect();
        }
        let glob = Glob::of(pattern);
        all.filter(|it| glob.as_ref().is_some_and(|glob| glob.fits(it.1))).map(|it| it.0).collect()
    }

    /// Reads what is open, and what that includes, in the order in which it is found.
    fn run(&mut self, grammar: &Grammar) {
        let mut next = 0;
        while let Some(open) = self.open.get(next) {
            let Open { file, depth, start } = Open { start: open.start.clone(), ..*open };
            next += 1;
            let Mounted { target, text } = self.mounted[file];
            let content = text.filter(|_| depth <= DEPTH).and_then(|it| (grammar.read)(it, target));
            let Some(content) = content else {
                self.unread.push(target.to_owned());
                continue;
            };
            let name: Arc<str> = Arc::from(target);
            let named = |it: Setting| Setting { file: Some(name.clone()), ..it };
            self.settings.extend(content.settings.into_iter().map(named));
            for include in content.includes {
                self.include(&include, (file, depth, &start));
            }
        }
    }

    fn include(&mut self, include: &Include, (file, depth, start): (usize, usize, &Arc<str>)) {
        let base = match include.below {
            Below::File => path::folder(&self.places[file]),
            Below::Start => start,
        };
        let Some(pattern) = path::absolute(Some(base), &include.pattern) else { return };
        if self.includes.contains(&pattern) {
            return;
        }
        if self.includes.len() == INCLUDES {
            self.unread.push(pattern);
            return;
        }
        for file in self.find(&pattern) {
            self.open(Open { file, depth: depth + 1, start: start.clone() });
        }
        self.includes.insert(pattern);
    }
}
