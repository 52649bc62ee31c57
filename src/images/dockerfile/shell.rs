//! Splits shell text into commands and words, as far as that needs no running of it.

use std::collections::BTreeMap;
use std::mem;

use super::terms::{arithmetic, assignment, is_letter};

/// How deep commands may stand within each other.
const DEPTH: usize = 8;

/// How many commands of a line may wait for a here-document.
const LINE: usize = 16;

/// How much may be put in place of variables.
const FILLED: usize = 1 << 16;

/// A command with its words, quotes taken off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Command {
    /// The line of its first word.
    pub(super) line: usize,
    /// Its words; a variable without a value and a command within stay as they are written.
    pub(super) words: Vec<String>,
    /// The files that its output goes to.
    pub(super) writes: Vec<String>,
    /// The here-document that it reads.
    pub(super) body: Option<String>,
}

/// What the next word is for.
#[derive(Clone, Copy, Default, PartialEq)]
enum Next {
    #[default]
    Word,
    Output,
    Ignored,
    Delimiter,
}

/// A command that is being read.
#[derive(Default)]
struct Frame {
    command: Command,
    word: Option<String>,
    next: Next,
    quoted: bool,
    /// The letter that ends it, and where it began.
    close: Option<(char, usize)>,
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    line: usize,
    frame: Frame,
    outer: Vec<Frame>,
    done: Vec<Command>,
    /// Where the current pipeline begins among the done ones.
    pipeline: usize,
    known: BTreeMap<String, Option<String>>,
    filled: usize,
    delimiters: Vec<String>,
}

/// The commands of a shell text that begins at a line, with the values that are known at its begin.
pub(super) fn commands(
    text: &str,
    line: usize,
    environment: &BTreeMap<String, String>,
) -> Vec<Command> {
    let known = environment.iter().map(|(name, value)| (name.clone(), Some(value.clone())));
    let mut reader = Reader {
        text,
        at: 0,
        line,
        frame: Frame::default(),
        outer: Vec::new(),
        done: Vec::new(),
        pipeline: 0,
        known: known.collect(),
        filled: 0,
        delimiters: Vec::new(),
    };
    while let Some(letter) = reader.take() {
        reader.read(letter);
    }
    while !reader.outer.is_empty() {
        reader.close();
    }
    reader.end_command();
    reader.done
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += letter.len_utf8();
        self.line += usize::from(letter == '\n');
        Some(letter)
    }

    fn take_if(&mut self, wanted: char) -> bool {
        let is = self.peek() == Some(wanted);
        if is {
            self.take();
        }
        is
    }

    fn word(&mut self) -> &mut String {
        if self.frame.command.words.is_empty() && self.frame.word.is_none() {
            self.frame.command.line = self.line;
        }
        self.frame.word.get_or_insert_default()
    }

    fn read(&mut self, letter: char) {
        match letter {
            '\\' => self.escaped(),
            '"' => {
                self.word();
                self.frame.quoted = !self.frame.quoted;
            }
            '$' => self.dollar(),
            '`' => match self.frame.close {
                Some(('`', _)) => self.close(),
                _ => self.open('`'),
            },
            letter if self.frame.quoted => self.word().push(letter),
            '\'' => self.single(),
            letter => self.unquoted(letter),
        }
    }

    fn unquoted(&mut self, letter: char) {
        match letter {
            '\n' => {
                self.end_command();
                self.pipeline = self.done.len();
                self.documents();
            }
            '&' if self.peek() == Some('>') => self.end_word(),
            ';' | '&' | '|' => {
                self.end_command();
                if letter == ';' || self.take_if(letter) {
                    self.pipeline = self.done.len();
                }
            }
            '(' => {
                self.end_command();
                self.open('(');
            }
            ')' => self.closing(),
            '>' => self.output(),
            '<' => self.input(),
            '#' if self.frame.word.is_none() => {
                while self.peek().is_some_and(|it| it != '\n') {
                    self.take();
                }
            }
            letter if letter.is_whitespace() => self.end_word(),
            letter => self.word().push(letter),
        }
    }

    fn escaped(&mut self) {
        let quoted = self.frame.quoted;
        match self.take() {
            Some('\n') | None => (),
            Some('\r') => {
                self.take_if('\n');
            }
            Some(letter) if quoted && !matches!(letter, '$' | '`' | '"' | '\\') => {
                let word = self.word();
                word.push('\\');
                word.push(letter);
            }
            Some(letter) => self.word().push(letter),
        }
    }

    fn single(&mut self) {
        self.word();
        while let Some(letter) = self.take().filter(|it| *it != '\'') {
            self.word().push(letter);
        }
    }

    fn dollar(&mut self) {
        // Nothing in it is a command, so that its `>` leads nowhere.
        if let Some(sum) = arithmetic(&self.text[self.at..]) {
            self.line += sum.matches('\n').count();
            self.at += sum.len();
            return self.word().push_str(&format!("${sum}"));
        }
        match self.peek() {
            Some('(') => {
                self.take();
                self.open(')');
            }
            Some('\'') if !self.frame.quoted => {
                self.take();
                self.single();
            }
            Some('{') => {
                let rest = &self.text[self.at..];
                let Some(end) = rest.bytes().take(256).position(|it| it == b'}') else {
                    return self.word().push('$');
                };
                self.line += rest[..end].matches('\n').count();
                self.at += end + 1;
                let body = &rest[1..end];
                let value = self.value(body);
                self.fill(value, &format!("${{{body}}}"));
            }
            _ => {
                let rest = &self.text[self.at..];
                let mut end = rest.find(|it| !is_letter(it)).unwrap_or(rest.len());
                if end == 0 && rest.starts_with(['@', '*', '#', '?', '!', '$', '-']) {
                    end = 1;
                }
                self.at += end;
                let value = self.value(&rest[..end]);
                self.fill(value, &format!("${}", &rest[..end]));
            }
        }
    }

    /// The value of `NAME`, or of `NAME:-default` where it has none.
    fn value(&self, body: &str) -> Option<String> {
        let end = body.find(|it| !is_letter(it)).unwrap_or(body.len());
        let (name, operator) = body.split_at(end);
        let known = self.known.get(name).cloned();
        let default = [":-", ":=", "-", "="].iter().find_map(|it| operator.strip_prefix(it));
        match (known, default) {
            (Some(value), _) if operator.is_empty() || default.is_some() => value,
            (None, Some(default)) if !default.contains(['$', '`']) && !name.is_empty() => {
                Some(default.trim_matches(['"', '\'']).to_owned())
            }
            _ => None,
        }
    }

    fn fill(&mut self, value: Option<String>, written: &str) {
        let Some(value) = value.filter(|it| self.filled + it.len() < FILLED) else {
            return self.word().push_str(written);
        };
        self.filled += value.len();
        let quoted = self.frame.quoted;
        for letter in value.chars() {
            match letter.is_whitespace() && !quoted {
                true => self.end_word(),
                false => self.word().push(letter),
            }
        }
    }

    fn output(&mut self) {
        // The number before it is that of a stream.
        if self.frame.word.as_ref().is_some_and(|it| it.bytes().all(|it| it.is_ascii_digit())) {
            self.frame.word = None;
        }
        self.end_word();
        let _ = self.take_if('>') || self.take_if('|');
        self.frame.next = match self.take_if('&') {
            true if self.peek().is_some_and(|it| it.is_ascii_digit() || it == '-') => Next::Ignored,
            _ => Next::Output,
        };
    }

    fn input(&mut self) {
        self.end_word();
        self.frame.next = Next::Ignored;
        if self.peek() == Some('(') {
            self.frame.next = Next::Word;
        } else if self.take_if('<') && !self.take_if('<') {
            self.take_if('-');
            self.frame.next = Next::Delimiter;
        }
    }

    fn open(&mut self, close: char) {
        if self.outer.len() >= DEPTH {
            return self.end_command();
        }
        let close = if close == '(' { ')' } else { close };
        let inner = Frame { close: Some((close, self.at)), ..Frame::default() };
        self.outer.push(mem::replace(&mut self.frame, inner));
    }

    fn closing(&mut self) {
        if matches!(self.frame.close, Some((')', _))) {
            return self.close();
        }
        // What stands before a lone `)` is a pattern of `case`.
        self.frame = Frame { close: self.frame.close, ..Frame::default() };
        self.done.truncate(self.pipeline);
    }

    fn close(&mut self) {
        self.end_command();
        let Some(outer) = self.outer.pop() else { return };
        let inner = mem::replace(&mut self.frame, outer);
        self.pipeline = self.done.len();
        let Some((close, start)) = inner.close else { return };
        let end = self.at.saturating_sub(1).max(start);
        let within = self.text.get(start..end).unwrap_or_default();
        // A subshell is no word; what a command prints is.
        let text = self.text.as_bytes();
        if close == '`' || (start >= 2 && text[start - 2] == b'$') {
            let written = format!("$({within})");
            self.word().push_str(&written);
        }
    }

    fn end_word(&mut self) {
        let Some(word) = self.frame.word.take() else { return };
        match mem::take(&mut self.frame.next) {
            Next::Word => self.frame.command.words.push(word),
            Next::Output => self.frame.command.writes.push(word),
            Next::Ignored => (),
            Next::Delimiter => {
                self.frame.command.body = Some(String::new());
                self.delimiters.push(word);
            }
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        self.frame.next = Next::Word;
        self.frame.quoted = false;
        let command = mem::take(&mut self.frame.command);
        if command.words.is_empty() && command.writes.is_empty() {
            return;
        }
        self.assign(&command.words);
        self.done.push(command);
    }

    /// Remembers what `A=b` and `export A=b` give a value to.
    fn assign(&mut self, words: &[String]) {
        const DECLARE: [&str; 5] = ["export", "local", "readonly", "declare", "typeset"];
        let words = match words.first() {
            Some(first) if DECLARE.contains(&first.as_str()) => &words[1..],
            _ if words.iter().all(|it| assignment(it).is_some()) => words,
            _ => return,
        };
        for (name, value) in words.iter().filter_map(|it| assignment(it)) {
            let literal = Some(value.to_owned()).filter(|it| !it.contains('$'));
            self.known.insert(name.to_owned(), literal);
        }
    }

    /// Takes the here-documents that the line before announced.
    fn documents(&mut self) {
        for delimiter in mem::take(&mut self.delimiters) {
            let mut body = String::new();
            while self.at < self.text.len() {
                let rest = &self.text[self.at..];
                let line = rest.split_inclusive('\n').next().unwrap_or_default();
                self.at += line.len();
                self.line += usize::from(line.ends_with('\n'));
                if line.trim_end().trim_start_matches('\t') == delimiter {
                    break;
                }
                body.push_str(line);
            }
            self.hand_over(body);
        }
        self.pipeline = self.done.len();
    }
}

impl Reader<'_> {
    /// Gives a here-document to the command that waits for it, and to a `tee` behind that.
    fn hand_over(&mut self, body: String) {
        let near = self.done.len().saturating_sub(LINE);
        let waits = |it: &Command| it.body.as_ref().is_some_and(String::is_empty);
        let Some(at) = self.done[near..].iter().position(waits) else { return };
        let (waiting, behind) = self.done[near + at..].split_at_mut(1);
        if let Some(tee) = behind.first_mut().filter(|it| it.words.iter().any(|it| it == "tee")) {
            tee.body = Some(body.clone());
        }
        waiting[0].body = Some(body);
    }
}
