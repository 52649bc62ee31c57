//! Compose interpolation: what a string value is once variables are read.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use foldhash::HashMap;

use super::dotenv::{self, Misread, Written};
use super::text::{Certainty, Text};

/// How deep variables may stand in defaults of others: what is deeper is not known.
const DEPTH: usize = 64;

/// How much variables may add to a text, so that none doubles without end: what is longer is not known.
const LONGEST: usize = 8 << 10;

/// What is known of the variables that a project reads.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    values: HashMap<String, Value>,
}

#[derive(Debug, Clone)]
struct Value {
    text: Text<'static>,
    place: Place,
}

/// Where the value of a variable stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a file of variables.
    Line {
        /// The file, as people call it.
        file: String,
        /// The line, from 1.
        line: usize,
    },
    /// In the environment of the process.
    Shell,
    /// Nowhere: every shell has one.
    Everywhere,
}

/// A variable with a value, and where it has it from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its name.
    pub name: String,
    /// Where the value stands.
    pub place: Place,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match &self.place {
            Place::Line { file, line } => write!(f, "`{file}:{line}` sets {name}"),
            Place::Shell => write!(f, "the environment sets {name}"),
            Place::Everywhere => write!(f, "every shell sets {name}"),
        }
    }
}

/// The variables that take part in a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uses {
    /// Those with a value.
    pub told: Vec<Told>,
    /// The names of those without one that would have to have it.
    pub unknown: Vec<String>,
    /// The names of those without one that have a default.
    pub open: Vec<String>,
}

impl Variables {
    /// The variables of files, of which later ones win.
    pub fn of_files<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Variables {
        let mut all = Variables::default();
        for (name, text) in files {
            // What is wrong in a file is told by whoever reads it first.
            let _ = all.add_file(name, text);
        }
        all
    }

    /// The variables of what is included: those of the file that includes it win over its own.
    pub fn within(outer: &Arc<Variables>, own: &Arc<Variables>) -> Arc<Variables> {
        if own.values.keys().all(|it| outer.values.contains_key(it)) {
            return Arc::clone(outer);
        }
        let mut all = Variables::clone(own);
        all.values.extend(outer.values.iter().map(|it| (it.0.clone(), it.1.clone())));
        Arc::new(all)
    }

    /// Adds the variables of the process, which win over those of files.
    pub fn add_shell(&mut self, variables: impl IntoIterator<Item = (String, String)>) {
        for (name, value) in variables {
            let text = Text { value: value.into(), certainty: Certainty::Known };
            self.values.insert(name, Value { text, place: Place::Shell });
        }
    }

    /// Adds the variables of a file, which win over those of earlier ones.
    ///
    /// # Errors
    /// A line that Compose refuses; what stands before it counts.
    pub fn add_file(&mut self, file: &str, text: &str) -> Result<(), Misread> {
        let (assignments, misread) = dotenv::assignments(text);
        for it in assignments {
            if let Some(text) = self.assigned(&it.value) {
                let place = Place::Line { file: file.to_owned(), line: it.line };
                self.add(it.name, Value { text, place });
            }
        }
        misread.map_or(Ok(()), Err)
    }

    /// What a file sets that is read with these variables and is none of them: the environment of a service.
    pub fn settings_of<'t>(&self, text: &'t str) -> Vec<(&'t str, Option<String>)> {
        let mut scope = self.clone();
        let read = |it: dotenv::Assignment<'t>| match scope.assigned(&it.value) {
            None => (it.name, self.value(it.name).map(str::to_owned)),
            Some(text) => {
                let known = text.known().map(str::to_owned);
                scope.add(it.name, Value { text, place: Place::Everywhere });
                (it.name, known)
            }
        };
        dotenv::assignments(text).0.into_iter().map(read).collect()
    }

    fn add(&mut self, name: &str, value: Value) {
        let of_shell = self.values.get(name).is_some_and(|it| it.place == Place::Shell);
        if !of_shell {
            self.values.insert(name.to_owned(), value);
        }
    }

    /// The value of an assignment; nothing where the shell's is handed on.
    fn assigned(&self, value: &Written<'_>) -> Option<Text<'static>> {
        let text = match value {
            Written::HandedOn => return None,
            Written::Literal(text) => Text::plain(text).into_owned(),
            Written::Template(text) => self.interpolate(text).into_owned(),
        };
        Some(if text.value.len() > LONGEST { Text::unknown() } else { text })
    }

    /// The value of a variable.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.text.known()
    }

    /// Reads the variables of a Compose value: `$V ${V} ${V-d} ${V:-d} ${V?e} ${V:?e} ${V+r} ${V:+r} $$`, nested.
    pub fn interpolate<'t>(&self, text: &'t str) -> Text<'t> {
        self.read(text, 0, &mut Uses::default())
    }

    /// The variables that take part in a value.
    pub fn uses(&self, text: &str) -> Uses {
        let mut uses = Uses::default();
        self.read(text, 0, &mut uses);
        uses
    }

    /// The first variable of a value that a file or the shell sets: there it is to be changed.
    pub fn told(&self, text: &str) -> Option<Told> {
        let mut told = self.uses(text).told.into_iter();
        told.find(|it| it.place != Place::Everywhere)
    }

    fn read<'t>(&self, text: &'t str, depth: usize, uses: &mut Uses) -> Text<'t> {
        if !text.contains('$') {
            return Text::plain(text);
        }
        if depth == DEPTH {
            return Text::unknown();
        }
        let mut out = String::with_capacity(text.len());
        let mut certainty = Certainty::Known;
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            // Compose refuses a value as a whole.
            let Some((piece, used)) = self.variable(rest, depth, uses) else {
                return Text::unknown();
            };
            certainty = certainty.max(piece.certainty);
            // A home folder is known by its sign alone, which means one at the start of a path.
            match piece.value.starts_with('~') && !out.is_empty() && !out.ends_with([':', '=']) {
                true => return Text::unknown(),
                false => out.push_str(&piece.value),
            }
            rest = &rest[used..];
            if out.len() > text.len() + LONGEST {
                return Text::unknown();
            }
        }
        out.push_str(rest);
        Text { value: Cow::Owned(out), certainty }
    }

    /// What stands after a `$`, and how many bytes of it belong to the variable; nothing where Compose refuses it.
    fn variable(&self, rest: &str, depth: usize, uses: &mut Uses) -> Option<(Text<'_>, usize)> {
        match rest.as_bytes().first() {
            Some(b'$') => Some((Text::plain("$"), 1)),
            Some(b'{') => {
                let end = closing(rest)?;
                Some((self.braced(&rest[1..end], depth, uses)?, end + 1))
            }
            Some(_) => match name_length(rest) {
                0 => Some((Text::plain("$"), 0)),
                length => Some((self.required(&rest[..length], uses), length)),
            },
            None => Some((Text::plain("$"), 0)),
        }
    }

    /// The value of what stands within braces.
    fn braced(&self, inner: &str, depth: usize, uses: &mut Uses) -> Option<Text<'_>> {
        let length = name_length(inner);
        let (name, operator) = inner.split_at(length);
        if name.is_empty() {
            return None;
        }
        let (operator, counts_empty) = match operator.strip_prefix(':') {
            Some(it) => (it, false),
            None => (operator, true),
        };
        if operator.is_empty() && counts_empty {
            return Some(self.required(name, uses));
        }
        let word = operator.get(1..)?;
        let has = |it: &Text<'_>| counts_empty || !it.value.is_empty();
        match (operator.as_bytes()[0], self.lookup(name, uses)) {
            (b'-' | b'?' | b'+', Some(it)) if it.certainty == Certainty::Unknown => Some(it),
            (b'-' | b'?', Some(it)) if has(&it) => Some(it),
            (b'-', Some(it)) => Some(self.owned(word, depth, uses).at_most(it.certainty)),
            (b'-', None) => {
                uses.open.push(name.to_owned());
                Some(self.owned(word, depth, uses).at_most(Certainty::Default))
            }
            (b'+', Some(it)) if has(&it) => {
                Some(self.owned(word, depth, uses).at_most(it.certainty))
            }
            (b'+', Some(it)) => Some(it),
            (b'?' | b'+', _) => {
                uses.unknown.push(name.to_owned());
                Some(Text::unknown())
            }
            _ => None,
        }
    }

    fn owned(&self, word: &str, depth: usize, uses: &mut Uses) -> Text<'static> {
        self.read(word, depth + 1, uses).into_owned()
    }

    /// The value of a variable that has to have one.
    fn required(&self, name: &str, uses: &mut Uses) -> Text<'_> {
        self.lookup(name, uses).unwrap_or_else(|| {
            uses.unknown.push(name.to_owned());
            Text::unknown()
        })
    }

    fn lookup(&self, name: &str, uses: &mut Uses) -> Option<Text<'_>> {
        if let Some(text) = everywhere(name) {
            uses.told.push(Told { name: name.to_owned(), place: Place::Everywhere });
            return Some(Text::plain(text));
        }
        let found = self.values.get(name)?;
        uses.told.push(Told { name: name.to_owned(), place: found.place.clone() });
        if found.text.certainty == Certainty::Unknown {
            uses.unknown.push(name.to_owned());
        }
        let value = Cow::Borrowed(&*found.text.value);
        Some(Text { value, certainty: found.text.certainty })
    }
}

/// What stands for a variable that no shell is without.
fn everywhere(name: &str) -> Option<&'static str> {
    match name {
        "HOME" => Some("~"),
        "XDG_RUNTIME_DIR" => Some("/run/user/1000"),
        _ => None,
    }
}

/// How long the name of a variable at the start is.
fn name_length(text: &str) -> usize {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return 0;
    }
    text.bytes().take_while(|c| c.is_ascii_alphanumeric() || *c == b'_').count()
}

/// The default of `V-d` or `V:-d` and the offset at which it starts.
pub(super) fn default_branch(inner: &str) -> Option<(&str, usize)> {
    let name = name_length(inner);
    let operator = &inner[name..];
    let skip = if operator.starts_with(":-") {
        2
    } else if operator.starts_with('-') {
        1
    } else {
        return None;
    };
    (name > 0).then(|| (&operator[skip..], name + skip))
}

/// The offset of the `}` that closes the `{` at the start: as in Compose it stands in the same line, and is the last one
/// there where braces do not pair.
pub(super) fn closing(text: &str) -> Option<usize> {
    let line = text.find('\n').map_or(text, |it| &text[..it]);
    let mut depth = 0usize;
    let mut at = 0;
    let bytes = line.as_bytes();
    while at < bytes.len() {
        match bytes[at] {
            // What follows an opening brace is passed over.
            b'{' => {
                depth += 1;
                at += 1;
            }
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => (),
        }
        at += 1;
    }
    line.rfind('}')
}

#[cfg(test)]
mod tests;
