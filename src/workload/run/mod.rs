//! Containers that command lines make: `docker run` and its like in scripts, recipes of Make, units of systemd, and the
//! units of Podman. Each is read as a service of Compose, is judged as one, and what is mended of it is written as flags.

mod change;
mod clip;
mod command;
mod flags;
mod form;
mod ini;
mod make;
mod mention;
mod program;
mod project;
mod quadlet;
mod read;
mod runner;
mod shell;
mod unit;
mod word;

use std::sync::Arc;

use super::shapes::misshapes;
use crate::yaml::{self, Change, EditError, ProofError, Refusal, Span, Tree};
use command::Command;
pub use form::Form;

/// The commands of a file, as a project.
#[derive(Debug, Clone)]
pub struct Script {
    /// What the file is.
    pub form: Form,
    commands: Vec<Command>,
    /// The project as Compose would have it.
    document: Tree,
    /// Of each node the flag that says it.
    flags: Vec<Option<usize>>,
}

/// Why a command is left as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The byte of the file at which it shows.
    pub at: usize,
    /// What it is, and what to do.
    pub message: String,
}

/// What was read of a file.
#[derive(Debug, Default)]
pub struct Reading {
    /// Its commands, and the tree that stands for them; nothing where there is none that can be judged.
    pub script: Option<(Arc<Script>, Tree)>,
    /// What of it is left as it is.
    pub refused: Vec<Refused>,
}

/// Bounds what is read of a text that nests without end.
const LARGEST: usize = 256 << 10;

/// Commands found in a file, not yet a project.
#[derive(Debug, Default)]
struct Found {
    commands: Vec<Command>,
    refused: Vec<Refused>,
    comments: Vec<yaml::Comment>,
}

/// Whether a file may hold a command that makes a container: a cheap look.
#[must_use]
pub fn may_hold(form: Form, bytes: &[u8]) -> bool {
    let has = |word: &str| memchr::memmem::find(bytes, word.as_bytes()).is_some();
    form == Form::Quadlet
        || ["docker", "podman", "nerdctl"].iter().any(|it| has(it))
            && (has("run") || has("create") || has("$"))
}

/// Reads the commands of a file.
#[must_use]
pub fn read(form: Form, text: &str) -> Reading {
    if text.len() > LARGEST {
        let message =
            "larger than 256 KiB, which no script that people keep is: name a smaller one";
        return Reading {
            script: None,
            refused: vec![Refused { at: 0, message: message.to_owned() }],
        };
    }
    if text.contains('\r') {
        let message = match form {
            Form::Shell | Form::Make => {
                "lines end in carriage returns, which a shell takes for a part of the last word: save it with line feeds"
            }
            Form::Unit | Form::Quadlet => "lines end in carriage returns: save it with line feeds",
        };
        let at = text.find('\r').unwrap_or(0);
        let refused = vec![Refused { at, message: message.to_owned() }];
        return Reading { script: None, refused };
    }
    let Found { mut commands, mut refused, comments } = form.find(text);
    let script = loop {
        if commands.is_empty() {
            break None;
        }
        let (script, shown) = match built(form, text, &commands, &comments) {
            Ok(it) => it,
            Err(it) => {
                refused.push(it);
                break None;
            }
        };
        let wrong = misshapes(&shown);
        if wrong.is_empty() {
            break Some((Arc::new(script), shown));
        }
        let before = commands.len();
        for it in &wrong {
            let is_in = |command: &Command| {
                command.span.start <= it.span.start && it.span.start < command.span.end
            };
            if commands.iter().any(is_in) {
                refused.push(Refused { at: it.span.start, message: it.message.clone() });
            }
            commands.retain(|it| !is_in(it));
        }
        if commands.len() == before {
            refused.push(Refused { at: wrong[0].span.start, message: wrong[0].message.clone() });
            break None;
        }
    };
    refused.sort_by_key(|it| it.at);
    Reading { script, refused }
}

/// The project of commands, and the tree that shows the file in its place.
fn built(
    form: Form,
    text: &str,
    commands: &[Command],
    comments: &[yaml::Comment],
) -> Result<(Script, Tree), Refused> {
    let written = project::text(&project::project(commands));
    let document = Tree::parse(written.text).map_err(|it| Refused {
        at: commands[0].span.start,
        message: format!("it cannot be said as a project: {it}"),
    })?;
    let places: Vec<Span> = written.places.iter().map(|it| it.0).collect();
    let shown = document.clone().shown(text.to_owned(), &places, comments.to_vec());
    let flags = written.places.into_iter().map(|it| it.1).collect();
    Ok((Script { form, commands: commands.to_vec(), document, flags }, shown))
}

impl Script {
    /// The text with these changes of its project.
    ///
    /// # Errors
    /// What flags cannot say, and where.
    pub fn edited(&self, shown: &Tree, changes: &[Change]) -> Result<String, Vec<EditError>> {
        let text =
            yaml::edit_all(&self.document, changes).map_err(|all| self.placed(shown, all))?;
        let mended = Tree::parse(text).map_err(|it| vec![EditError::from(it)])?;
        change::edited(self, shown, &mended)
    }

    /// Whether another text has the commands of this one with the changes, and all else as it is.
    ///
    /// # Errors
    /// What is otherwise.
    pub fn prove(
        &self,
        shown: &Tree,
        (new, new_shown): (&Script, &Tree),
        changes: &[Change],
    ) -> Result<(), ProofError> {
        let failed = |message: String| ProofError { message, old: None };
        let text = yaml::edit_all(&self.document, changes)
            .map_err(|it| failed(it.first().map_or(String::new(), ToString::to_string)))?;
        let mended = Tree::parse(text).map_err(|it| failed(it.to_string()))?;
        yaml::prove(&self.document, &mended, changes)?;
        change::prove((self, shown.text()), (new, new_shown.text()), &mended).map_err(failed)
    }

    /// Whether the commands of another text say the same.
    #[must_use]
    pub fn is_same(&self, other: &Script) -> bool {
        self.document.text() == other.document.text()
    }

    /// The text with a comment on a line of its own above the one of a byte.
    ///
    /// # Errors
    /// Why it cannot stand there.
    pub fn commented(
        &self,
        shown: &Tree,
        at: usize,
        comment: &str,
    ) -> Result<String, &'static str> {
        let text = shown.text();
        let start = text[..at].rfind('\n').map_or(0, |it| it + 1);
        if text[..start].trim_end_matches(['\n', '\r']).ends_with('\\') {
            return Err("a comment would end the continued line there");
        }
        let blanks = text[start..].len() - text[start..].trim_start_matches([' ', '\t']).len();
        // What is indented in a recipe is handed to the shell, comments too.
        let indent = if self.form == Form::Make { "" } else { &text[start..start + blanks] };
        Ok(format!("{}{indent}{comment}\n{}", &text[..start], &text[start..]))
    }

    /// Errors of the project where the file shows them.
    fn placed(&self, shown: &Tree, all: Vec<EditError>) -> Vec<EditError> {
        let place = |it: EditError| {
            let node = self.document.node_at(it.span.start).map(|it| shown.node(it.id()));
            let span = node.map_or(Span { start: 0, end: 0 }, |it| it.span());
            EditError { span, ..it }
        };
        all.into_iter().map(place).collect()
    }

    fn error(span: Span, message: String) -> EditError {
        EditError { refusal: Refusal::Path, message, span }
    }
}

#[cfg(test)]
mod tests;
