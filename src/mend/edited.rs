//! A text that the owner wrote in the place of a file's: proven as every other edit is.

use std::sync::Arc;

use foldhash::HashSet;

use super::{Analysis, Members, Policy, Shared, analyse, loads, view};
use crate::finding::FileId;
use crate::yaml::Tree;

/// The files with the owner's text for one of them.
///
/// # Errors
/// Why it is not to be written: it cannot be read, brings a weakness, or the project would load no more.
pub fn edited(
    files: &[Shared],
    members: &Members,
    policy: &Policy,
    before: &Analysis,
    (id, text): (FileId, &str),
) -> Result<Vec<Shared>, String> {
    let old = &files[id.0 as usize];
    let tree = Tree::parse(text).map_err(|it| format!("it cannot be read: {it}"))?;
    let line = |at: usize| text.as_bytes()[..at].iter().filter(|it| **it == b'\n').count() + 1;
    tree.referee().map_err(|it| {
        format!("readers of YAML disagree about line {}: write it plainly", line(it.start))
    })?;
    let mut new = files.to_vec();
    new[id.0 as usize] = Arc::new(old.with_tree(tree));
    if let Members::Compose(together) = members
        && loads(&view(files), &together.merged)
        && !loads(&view(&new), &together.merged)
    {
        return Err("Compose would not load the project with it".to_owned());
    }
    let after = analyse(&new, members, policy);
    if let Some(it) = after.violations.iter().find(|it| !before.violations.contains(it)) {
        return Err(format!("it would be refused: {}", it.message));
    }
    let known: HashSet<_> =
        before.judged.all().map(|it| (it.rule, &*it.subject, &*it.message)).collect();
    let fresh =
        after.judged.all().find(|it| !known.contains(&(it.rule, &*it.subject, &*it.message)));
    match fresh {
        Some(it) => {
            Err(format!("it brings a weakness: {}: {}: {}", it.subject, it.rule, it.message))
        }
        None => Ok(new),
    }
}
