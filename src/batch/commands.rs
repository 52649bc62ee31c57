//! Inputs that are no YAML but hold commands that make containers.

use std::path::PathBuf;

use super::load::{Loaded, Outcome, Refusal};
use crate::source::{COMMAND, Found, Named, Source};
use crate::workload::detect::FileKind;
use crate::workload::run::{self, Form, Reading};
use crate::yaml::Tree;

/// What an input is, if it is read for its commands.
pub(super) fn form(found: &Found, bytes: &[u8]) -> Option<Form> {
    Form::of(&found.path).or_else(|| Form::of_first_line(bytes))
}

/// Whether an input was only looked at for commands, and has none.
pub(super) fn is_silent(input: &Loaded) -> bool {
    let passed = matches!(input.outcome, Outcome::Passed);
    let has_program = || {
        let bytes = input.source.as_ref().map_or(&[][..], |it| &it.bytes);
        input.path.extension().is_none() && bytes.starts_with(b"#!")
    };
    passed && input.unread.is_empty() && (Form::of(&input.path).is_some() || has_program())
}

/// Reads the commands of an input.
pub(super) fn load(found: &Found, source: Source, form: Form) -> Loaded {
    // What lies there as a unit of Podman is meant to be one.
    let outright =
        found.named == Named::Outright || form == Form::Quadlet && is_unit(&source.bytes);
    let nothing = || {
        let message = "no command that makes a container: no `docker run`, `docker create`, `podman run`, \
                       `podman create` or `nerdctl run`";
        refused_with(message)
    };
    let (outcome, unread, script) = match std::str::from_utf8(&source.bytes) {
        _ if !run::may_hold(form, &source.bytes) && outright => (nothing(), Vec::new(), None),
        _ if !run::may_hold(form, &source.bytes) => (Outcome::Passed, Vec::new(), None),
        Err(_) if outright => (refused_with("not UTF-8 text: save it so"), Vec::new(), None),
        Err(_) => (Outcome::Passed, Vec::new(), None),
        Ok(text) => match (told(run::read(form, text), text), outright) {
            ((Outcome::Passed, refusals, _), true) => match refusals.is_empty() {
                true => (nothing(), Vec::new(), None),
                false => (Outcome::Refused(refusals), Vec::new(), None),
            },
            (it, _) => it,
        },
    };
    let loaded = Loaded::new(found.path.clone(), Some(source), outcome);
    Loaded { unread, unread_fails: outright, script, ..loaded }
}

/// A command line as it was typed.
pub(super) fn given(text: &str) -> Loaded {
    let (outcome, unread, script) = told(run::read(Form::Shell, text), text);
    let (outcome, unread) = match (outcome, unread.is_empty()) {
        (Outcome::Passed, true) => {
            (refused_with("it makes no container: give a `docker run`, in quotes"), unread)
        }
        // Half of a command is none.
        (_, false) => (Outcome::Refused(unread), Vec::new()),
        (outcome, true) => (outcome, unread),
    };
    let loaded = Loaded::new(PathBuf::from(COMMAND), None, outcome);
    Loaded { unread, unread_fails: true, script, ..loaded }
}

/// Whether a text has the section that makes a container.
fn is_unit(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, b"[Container]").is_some()
}

fn refused_with(message: &str) -> Outcome {
    Outcome::Refused(vec![Refusal { place: None, message: message.to_owned() }])
}

type Told = (Outcome, Vec<Refusal>, Option<std::sync::Arc<run::Script>>);

fn told(reading: Reading, text: &str) -> Told {
    let tree = Tree::plain(text);
    let refusal = |it: run::Refused| {
        let position = tree.position(it.at);
        Refusal { place: Some((position.line, position.column)), message: it.message }
    };
    let refusals = reading.refused.into_iter().map(refusal).collect();
    match reading.script {
        None => (Outcome::Passed, refusals, None),
        Some((script, tree)) => {
            (Outcome::Ready(Box::new(tree), FileKind::Commands), refusals, Some(script))
        }
    }
}
