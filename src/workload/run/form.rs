//! What holds command lines: which of its readers finds them, and by which names such files go.

use std::path::Path;

use super::{Found, make, quadlet, shell, unit};

/// What a file is that holds command lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A script of a shell.
    Shell,
    /// A Makefile.
    Make,
    /// A unit of systemd.
    Unit,
    /// A container of Podman's Quadlet.
    Quadlet,
}

impl Form {
    /// What a file is by its name.
    #[must_use]
    pub fn of(path: &Path) -> Option<Form> {
        let name = path.file_name()?.to_str()?;
        if matches!(name, "Makefile" | "makefile" | "GNUmakefile") {
            return Some(Form::Make);
        }
        match path.extension()?.to_str()? {
            "sh" | "bash" => Some(Form::Shell),
            "mk" => Some(Form::Make),
            "service" => Some(Form::Unit),
            "container" => Some(Form::Quadlet),
            "conf" if adds_to_a_unit(path) => Some(Form::Unit),
            _ => None,
        }
    }

    /// Whether the first line of a text names a shell.
    #[must_use]
    pub fn of_first_line(text: &[u8]) -> Option<Form> {
        let line = text.split(|it| *it == b'\n').next()?;
        let line = std::str::from_utf8(line).ok()?.strip_prefix("#!")?;
        let program = line.split_whitespace().find(|it| !it.ends_with("env"))?;
        let shells = ["sh", "bash", "dash", "ash", "ksh", "zsh"];
        shells.contains(&program.rsplit('/').next()?).then_some(Form::Shell)
    }

    /// What people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Form::Shell => "a shell script",
            Form::Make => "a Makefile",
            Form::Unit => "a unit of systemd",
            Form::Quadlet => "a Quadlet of Podman",
        }
    }

    /// Finds the commands of a text.
    pub(super) fn find(self, text: &str) -> Found {
        match self {
            Form::Shell => shell::find(text),
            Form::Make => make::find(text),
            Form::Unit => unit::find(text),
            Form::Quadlet => quadlet::find(text),
        }
    }
}

/// Whether a file lies where systemd looks for what is added to a unit.
fn adds_to_a_unit(path: &Path) -> bool {
    let folder = path.parent().and_then(Path::file_name).and_then(|it| it.to_str());
    folder.is_some_and(|it| it.ends_with(".service.d"))
}
