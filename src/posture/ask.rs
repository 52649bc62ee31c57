//! What is asked: a container in its workload and project, with what is known of it, and how its settings are read.

use std::borrow::Cow;

use super::fact::Fact;
use super::image::Image;
use super::{By, Place};
use crate::evidence::{Evidence, Settings, Target};
use crate::finding::Site;
use crate::workload::compose::Service;
use crate::workload::kubernetes::Pod;
use crate::workload::text::UNKNOWN;
use crate::workload::{Container, Dialect, Files, Flag, State, Workload};

/// A container, and what its answers come from.
pub(super) struct Ask<'a, 't> {
    pub(super) files: &'a Files<'t>,
    /// The workloads of its project.
    pub(super) all: &'a [Workload<'t>],
    pub(super) workload: &'a Workload<'t>,
    pub(super) container: &'a Container<'t>,
    pub(super) evidence: Evidence,
    pub(super) image: Image<'a>,
    /// Why what the file does not say may be said elsewhere, so that no default holds.
    pub(super) elsewhere: Option<String>,
}

impl<'a, 't> Ask<'a, 't> {
    pub(super) fn new(
        files: &'a Files<'t>,
        all: &'a [Workload<'t>],
        (workload, container): (&'a Workload<'t>, &'a Container<'t>),
        settings: &'a Settings,
    ) -> Self {
        Ask {
            files,
            all,
            workload,
            container,
            evidence: Evidence::of(workload, container, settings),
            image: Image::of(workload, container, settings),
            elsewhere: elsewhere(workload, container),
        }
    }

    /// The service of a Compose project.
    pub(super) fn service(&self) -> Option<&'a Service<'t>> {
        match &self.workload.dialect {
            Dialect::Compose(service) => Some(service),
            Dialect::Kubernetes(_) => None,
        }
    }

    /// The pod of a Kubernetes object.
    pub(super) fn pod(&self) -> Option<&'a Pod<'t>> {
        match &self.workload.dialect {
            Dialect::Kubernetes(pod) => Some(pod),
            Dialect::Compose(_) => None,
        }
    }

    /// Whether it is a service of a stack, of which much is not applied (SPEC 1.6).
    pub(super) fn is_stack(&self) -> bool {
        self.service().is_some() && self.evidence.platform.target == Target::Swarm
    }

    /// Whether a command line makes it.
    pub(super) fn is_command(&self) -> bool {
        self.container.node.tree().is_shown()
    }

    /// Whether Podman runs it.
    pub(super) fn is_podman(&self) -> bool {
        self.service().is_some() && self.evidence.platform.target == Target::Podman
    }

    /// Whether it is privileged.
    pub(super) fn privileged(&self) -> Fact<bool> {
        match self.is_stack() {
            true => Fact::Is(false, By::Default),
            false => self.boolean(self.workload.flag(self.container, Flag::Privileged), false),
        }
    }

    /// A yes-or-no setting, with the engine's default.
    pub(super) fn boolean(&self, state: State, default: bool) -> Fact<bool> {
        match state {
            State::On(site) => Fact::Is(true, self.by(site)),
            State::Off(site) => Fact::Is(false, self.by(site)),
            State::Unset => self.unset(default),
            State::Unknown(site) => self.opaque(site, "is no boolean"),
        }
    }

    /// What holds where nothing is said.
    pub(super) fn unset<T>(&self, default: T) -> Fact<T> {
        match &self.elsewhere {
            Some(how) => Fact::Unknown(how.clone(), By::Nobody),
            None => Fact::Is(default, By::Default),
        }
    }

    /// A value that is not understood: a variable holds it, or no engine takes it.
    pub(super) fn opaque<T>(&self, site: Site, wrong: &str) -> Fact<T> {
        let text = self.written(site);
        match text.contains("${") || text.contains("{{") || text.contains('$') {
            true => Fact::Unknown(self.tell_variable(), self.by(site)),
            false => Fact::Refused(format!("`{text}` {wrong}"), self.by(site)),
        }
    }

    /// How a variable's value becomes known.
    pub(super) fn tell_variable(&self) -> String {
        match self.service() {
            Some(_) => "give its variable a default, or its value by --env-file".to_owned(),
            None => "fill in its placeholder, and ask of the manifest that comes out".to_owned(),
        }
    }

    /// The file says so.
    pub(super) fn by(&self, site: Site) -> By {
        let file = self.files.get(site.file);
        By::File(Place {
            path: file.path.clone(),
            line: file.tree.position(site.span.start).line,
            varies: self.service().is_some() && self.written(site).replace("$$", "").contains('$'),
        })
    }

    /// What stands at a place.
    pub(super) fn written(&self, site: Site) -> &'t str {
        let text = self.files.get(site.file).tree.text();
        text.get(site.span.start..site.span.end).unwrap_or_default()
    }

    /// What would make known what the image decides.
    pub(super) fn raise(&self, otherwise: &str) -> String {
        match &self.evidence.raise {
            Some(raise) => raise.to_string(),
            None => otherwise.to_owned(),
        }
    }
}

/// Why what is not said here may be said elsewhere.
fn elsewhere(workload: &Workload<'_>, container: &Container<'_>) -> Option<String> {
    match &workload.dialect {
        Dialect::Compose(service) => {
            if let Some(base) = &service.missing_base {
                let base = shown(base);
                return Some(format!("{base} cannot be read here: ask where what it extends is"));
            }
            if let Some(it) = service.unread.first() {
                return Some(format!("{}: ask where that can be read", shown(&it.what)));
            }
            workload
                .is_fragment(container)
                .then(|| "it is a part of a service: ask of the files that complete it".to_owned())
        }
        Dialect::Kubernetes(_) => workload
            .is_fragment(container)
            .then(|| "it is a part of a container: ask of the manifest that comes out".to_owned()),
    }
}

/// A text in which what is not known is left out.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    match text.contains(UNKNOWN) {
        true => text.replace(UNKNOWN, "…").into(),
        false => text.into(),
    }
}
