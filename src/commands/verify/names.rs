//! Names that are others in each run: of uploads, of sessions, of drafts.

use std::collections::BTreeSet;

use super::files::File;
use crate::workload::paths::is_below;

/// How long a name is at least that may be made up, where it is a folder's.
const LONG: usize = 6;

/// The files of one run alone whose names have the shape of one of the other run alone.
pub(super) fn made_up<'f>(
    [one, other]: [&BTreeSet<&'f File>; 2],
) -> impl Iterator<Item = &'f File> {
    let shapes: BTreeSet<File> = other.difference(one).map(|it| shaped(it)).collect();
    let own: Vec<&'f File> = one.difference(other).copied().collect();
    own.into_iter().filter(move |it| shapes.contains(&shaped(it)))
}

/// A file by the shape of its name.
pub(super) fn shaped((when, path): &File) -> File {
    (when, shape(path))
}

/// A path with names that may be made up cut to their signs: letters and digits are one.
fn shape(path: &str) -> String {
    let last = path.matches('/').count();
    let cut = |name: &str| {
        let mut out = String::new();
        for it in name.chars() {
            match it.is_ascii_alphanumeric() || it == '#' {
                true if out.ends_with('x') => (),
                true => out.push('x'),
                false => out.push(it),
            }
        }
        out
    };
    let each = path.split('/').enumerate();
    let each = each.map(|(at, name)| match name.len() >= LONG || at == last {
        true => cut(name),
        false => name.to_owned(),
    });
    each.collect::<Vec<_>>().join("/")
}

/// The folder of a path as far as another run knows it too.
pub(super) fn known_folder<'p, 'f>(
    path: &'p str,
    other: &(impl Iterator<Item = &'f File> + Clone),
) -> &'p str {
    let is_known = |folder: &str| other.clone().any(|it| is_below(&it.1, folder));
    let ends = path.match_indices('/').map(|it| &path[..it.0]).rev();
    ends.filter(|it| !it.is_empty()).find(|it| is_known(it)).unwrap_or("/")
}
