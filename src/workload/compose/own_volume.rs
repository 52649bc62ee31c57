//! A new named volume for a path of a service: what is written there outlasts the container.

use super::Service;
use crate::finding::{Edit, FileId};
use crate::workload::{Blocked, Written};
use crate::yaml::{Action, Change, Data, Kind, Node, Sharing, Step, Value};

const VOLUMES: &str = "volumes";

impl<'t> Service<'t> {
    /// Whether the path can have a volume of the service's own.
    pub fn can_have_volume(&self, path: &str) -> bool {
        self.place_of_volumes().is_some() && self.name_for(path, &[]).is_some()
    }

    /// Mounts a new volume at each of the paths.
    pub fn add_own_volumes(&self, paths: &[String]) -> Written {
        let (mut edits, mut taken) = (Vec::new(), Vec::new());
        let place = if paths.is_empty() { None } else { self.place_of_volumes() };
        for path in paths {
            let Some(((file, root), name)) = place.zip(self.name_for(path, &taken)) else {
                return Err(Blocked(format!(
                    "a volume at {path} cannot be named here: add one by hand"
                )));
            };
            edits.extend(self.append(VOLUMES, Value::from(format!("{name}:{path}")))?);
            let change = Change {
                at: root.id(),
                path: vec![Step::from(VOLUMES), Step::from(name.as_str())],
                action: Action::Ensure(Value::from(Data::Null)),
                sharing: Sharing::Allow,
            };
            edits.push(Edit { file, change, shared: None });
            taken.push(name);
        }
        Ok(edits)
    }

    /// Where volumes of its own are named, if it can have some: one container runs of it, nobody extends it and it
    /// extends nobody.
    fn place_of_volumes(&self) -> Option<(FileId, Node<'t>)> {
        let is_alone = self.levels.iter().all(|it| it.base.is_none())
            && self.missing_base.is_none()
            && !self.fragment
            && !self.project.derived.contains_key(&self.id)
            // What another has mounted it has as well.
            && self.entry("volumes_from").is_none()
            && !self.may_be_many();
        is_alone.then(|| self.section_of_volumes()).flatten()
    }

    /// Whether more than one container may run of it, which would share the volume.
    fn may_be_many(&self) -> bool {
        let is_one =
            |it: Node<'_>| self.evaluate(it).known().is_some_and(|it| matches!(it, "0" | "1"));
        self.levels.iter().any(|level| {
            let deploy = level.lookup("deploy").map(|it| it.value);
            let below = |key: &str| deploy.and_then(|it| it.get(key)).map(Node::resolve);
            let scale = level.lookup("scale").map(|it| it.value);
            scale.into_iter().chain(below("replicas")).any(|it| !is_one(it))
                || below("mode").is_some_and(|it| it.value() != Some("replicated"))
        })
    }

    /// The root of the document that the service stands in, with its file, where volumes can be named.
    fn section_of_volumes(&self) -> Option<(FileId, Node<'t>)> {
        let level = &self.levels[self.home?];
        // A command line has no such section.
        if level.node.tree().is_shown() {
            return None;
        }
        let mut roots = self.project.roots.iter().filter(|it| it.0 == level.file).map(|it| it.1);
        let (root, None) = (roots.next()?, roots.next()) else { return None };
        let is_fine = root.entry(VOLUMES).is_none_or(|it| {
            let is_plain =
                !it.merged && it.written.id() == it.value.id() && it.written.tag().is_none();
            is_plain && (it.value.is_null() || it.value.kind() == Kind::Mapping)
        });
        is_fine.then_some((level.file, root))
    }

    /// A name for the volume of a path that none has yet, whatever other services name theirs.
    fn name_for(&self, path: &str, taken: &[String]) -> Option<String> {
        // It would be read as a variable.
        if path.contains('$') {
            return None;
        }
        let slug = |text: &str| -> String {
            let plain = |it: char| {
                if it.is_ascii_alphanumeric() || matches!(it, '_' | '.') { it } else { '-' }
            };
            text.trim_matches('/').chars().map(plain).collect()
        };
        let last = path.trim_end_matches('/').rsplit('/').next().filter(|it| **it != *self.name);
        let last = last.unwrap_or("data");
        let begins_well = |it: &str| it.starts_with(|it: char| it.is_ascii_alphanumeric());
        let own = if begins_well(&self.name) { "" } else { "v" }.to_owned() + &self.name;
        let names = [last, path].map(|it| format!("{own}-{}", slug(it)));
        let more = std::iter::once(format!("{own}.{}", slug(path)));
        let more = more.chain((2..100).map(|it| format!("{}-{it}", names[1])));
        let is_anothers = |it: &String| {
            let others = self.project.numbers.keys();
            let mut longer = others.filter(|other| other.len() > self.name.len());
            longer.any(|other| it.strip_prefix(*other).is_some_and(|it| it.starts_with('-')))
        };
        // What the engine knows a volume by begins with the project's name, unless the file says another.
        let is_said = |it: &String| {
            let tops = self.project.tops.keys().filter(|it| it.0 == VOLUMES);
            let mut said = tops.filter_map(|top| self.project.top_value(VOLUMES, top.1, &["name"]));
            let ends =
                |name: &str| name.strip_suffix(it.as_str()).is_some_and(|it| it.ends_with('_'));
            said.any(|(_, node)| {
                let text = self.evaluate(node);
                *text.value == **it || ends(&text.value)
            })
        };
        let is_free = |it: &String| {
            self.project.top(VOLUMES, it).is_none()
                && !self.project.volume_uses.contains_key(it)
                && !is_said(it)
        };
        let is_new = |it: &String| !taken.contains(it) && !is_anothers(it) && is_free(it);
        names.iter().cloned().chain(more).find(is_new)
    }
}
