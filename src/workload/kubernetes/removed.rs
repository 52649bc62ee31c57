//! What a patch takes away: walls that another file puts up, of which nothing says any more that they stand.

use super::walls::is_profile;
use super::{Pod, Shape, Told, scalar};
use crate::finding::Site;
use crate::workload::detect::first_line;
use crate::workload::view::{self, Entry};
use crate::yaml::Kind;

/// Settings that hold a container in while they are there.
const WALLS: &[&str] = &[
    "allowPrivilegeEscalation",
    "appArmorProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "runAsGroup",
    "runAsNonRoot",
    "runAsUser",
    "seccompProfile",
];

/// What stays where it is said again, of a container and of a pod; one of several in a row.
const OF_A_CONTAINER: &[&[&str]] = &[
    &["allowPrivilegeEscalation"],
    &["capabilities"],
    &["readOnlyRootFilesystem"],
    &["runAsNonRoot", "runAsUser"],
    &["seccompProfile"],
];
const OF_A_POD: &[&[&str]] = &[&["runAsNonRoot", "runAsUser"], &["seccompProfile"]];

/// A wall that a patch takes away.
pub struct Removal {
    /// Its key.
    pub key: String,
    /// Where it is taken away.
    pub site: Site,
}

impl<'t> Pod<'t> {
    /// The walls that a patch takes away from a container; those of the pod count for its first one.
    pub fn removals(&self, index: usize) -> Vec<Removal> {
        let mut found: Vec<(String, Entry<'t>)> = Vec::new();
        if self.is_partial(index) && !self.stands_in(index) {
            let context = view::lookup(self.slots[index].node, "securityContext");
            found.extend(context.into_iter().flat_map(|it| of_context(it, OF_A_CONTAINER)));
        }
        if index == 0 && self.told == Told::Part && self.shape != Shape::Containers {
            let context = view::lookup(self.spec, self.pod_context_key());
            found.extend(context.into_iter().flat_map(|it| of_context(it, OF_A_POD)));
            let users = view::lookup(self.spec, "hostUsers").filter(is_gone);
            found.extend(users.map(|it| ("hostUsers".to_owned(), it)));
            let profiles = self.annotations("").filter(|it| is_profile(it) && is_gone(it));
            found.extend(profiles.map(|it| (it.key.value().unwrap_or("").to_owned(), it)));
        }
        found.into_iter().map(|(key, it)| Removal { key, site: self.removed_at(&it) }).collect()
    }

    /// Where an entry is taken away, which may have no value to point at.
    fn removed_at(&self, entry: &Entry<'t>) -> Site {
        let node = if entry.written.is_empty() { entry.key } else { entry.written };
        Site { file: self.file, span: first_line(node) }
    }
}

/// What is taken away of a security context.
fn of_context<'t>(context: Entry<'t>, again: &[&[&str]]) -> Vec<(String, Entry<'t>)> {
    let key = context.key.value().unwrap_or("").to_owned();
    let says = |key: &&str| view::lookup(context.value, key).is_some_and(|it| !is_gone(&it));
    let is_said_again = again.iter().all(|it| it.iter().any(says));
    if is_gone(&context) || is_replaced(&context) && !is_said_again {
        return vec![(key, context)];
    }
    let walls = WALLS.iter().filter_map(|it| view::lookup(context.value, it));
    walls.filter_map(of_wall).collect()
}

/// What is taken away of a setting: all of it, or what makes it one.
fn of_wall(entry: Entry<'_>) -> Option<(String, Entry<'_>)> {
    let key = entry.key.value().unwrap_or("");
    let inner = match key {
        "capabilities" => "drop",
        "seccompProfile" | "appArmorProfile" => "type",
        _ => "",
    };
    let inner_entry = view::lookup(entry.value, inner);
    let is_empty =
        |it: &Entry<'_>| it.value.kind() == Kind::Sequence && it.value.items().next().is_none();
    match inner_entry.filter(|it| is_gone(it) || is_empty(it)) {
        _ if is_gone(&entry) => Some((key.to_owned(), entry)),
        Some(gone) => Some((format!("{key}.{inner}"), gone)),
        None => (is_replaced(&entry) && inner_entry.is_none())
            .then(|| (format!("{key}.{inner}"), entry)),
    }
}

/// Whether a patch says that an entry goes.
fn is_gone(entry: &Entry<'_>) -> bool {
    let is_null = entry.value.kind() == Kind::Scalar && super::scalar::is_null(entry.value);
    is_null || scalar(entry.value, "$patch") == Some("delete")
}

fn is_replaced(entry: &Entry<'_>) -> bool {
    scalar(entry.value, "$patch") == Some("replace")
}
