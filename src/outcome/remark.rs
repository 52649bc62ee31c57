//! What is said once of a project, whatever is found in it: what was left alone, and for what engine it is judged.

use std::path::PathBuf;

use super::Action;
use crate::batch::{Emits, Project, Reach};
use crate::config::Target;
use crate::evidence::SAID;
use crate::finding::FileId;
use crate::mend::{Analysis, Members, Mended, least_version};

/// Something to know about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The file.
    pub path: PathBuf,
    /// The line, from one, where it is about one.
    pub line: Option<usize>,
    /// The services or pods that it is about; none where it is about all of them.
    pub names: Vec<String>,
    /// What is to be said of them, as the end of a sentence.
    pub text: String,
}

/// How many names are said.
const NAMED: usize = 12;

impl Remark {
    /// The sentence, without the file.
    pub fn sentence(&self) -> String {
        if self.names.is_empty() {
            return self.text.clone();
        }
        let verb = if self.names.len() == 1 { "is" } else { "are" };
        let more = match self.names.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let named = self.names[..self.names.len().min(NAMED)].join(", ");
        format!("{named}{more} {verb} left alone: {}", self.text)
    }
}

/// What is to be said of a project.
pub fn remarks(project: &Project, analysis: &Analysis) -> Vec<Remark> {
    let path = project.files.first().map(|it| it.path.clone()).unwrap_or_default();
    let mut all: Vec<Remark> = Vec::new();
    for (name, why) in &analysis.skipped {
        match all.iter_mut().find(|it| it.text == *why) {
            Some(it) => it.names.push(name.to_string()),
            None => all.push(Remark {
                path: path.clone(),
                line: None,
                names: vec![name.to_string()],
                text: (*why).to_owned(),
            }),
        }
    }
    for note in &analysis.notes {
        let (engine, means) = match note.platform.target {
            Target::Docker => continue,
            Target::Swarm => ("a stack of Docker Swarm", "security_opt and tmpfs do nothing there"),
            Target::Podman => ("Podman", "a tmpfs takes no owner there"),
        };
        let Some(by) = &note.platform.shown_by else { continue };
        let other = if by == SAID { "" } else { " (use --target if it is another)" };
        let text = format!("judged for {engine} ({by}): {means}{other}");
        if all.iter().all(|it| it.text != text) {
            all.push(Remark { path: path.clone(), line: None, names: Vec::new(), text });
        }
    }
    all
}

/// What is to be known of an override that takes what is fixed.
pub(super) fn emitted(project: &Project, mended: &Mended, action: Action) -> Option<Remark> {
    let emits = project.emits.as_ref()?;
    let (id, reach) = match emits {
        Emits::Override { file, reach } => (*file, *reach),
        Emits::Patches(_) => return patched(project, emits.file(), mended),
    };
    if !mended.changed.contains(&id) {
        return None;
    }
    let file = &mended.files[id.0 as usize];
    let Members::Compose(together) = &project.members else { return None };
    let option = |it: &FileId| format!(" -f {}", project.files[it.0 as usize].path.display());
    let reach = match reach {
        Reach::ByItself => "Docker Compose loads it by itself".to_owned(),
        Reach::ByList => "add it to the end of COMPOSE_FILE".to_owned(),
        Reach::ByName => {
            let options: String = together.merged.iter().map(option).collect();
            format!("use it by `docker compose{options}`")
        }
    };
    let version = match least_version(&file.tree) {
        Some((tag, version)) => format!("; `{tag}` in it needs Docker Compose {version} or newer"),
        None => String::new(),
    };
    // The journal keeps what is written over, and here was nothing.
    let is_new = project.files[id.0 as usize].tree.text().is_empty();
    let way = if is_new && action == Action::Write { "; to take it back, remove it" } else { "" };
    let text =
        format!("takes what is fixed in {}: {reach}{version}{way}", project.path().display());
    Some(Remark { path: file.path.clone(), line: None, names: Vec::new(), text })
}

/// What is to be known of patches that take what is fixed in a manifest.
fn patched(project: &Project, kustomization: FileId, mended: &Mended) -> Option<Remark> {
    if mended.changed.is_empty() {
        return None;
    }
    let path = project.files[kustomization.0 as usize].path.clone();
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    let folder = folder.map_or(".".to_owned(), |it| it.display().to_string());
    let text = format!(
        "puts its patches over {}, which stays as it is: `kubectl apply -k {folder}` or `kustomize build {folder}`",
        project.path().display()
    );
    Some(Remark { path, line: None, names: Vec::new(), text })
}
