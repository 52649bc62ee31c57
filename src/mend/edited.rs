//! A text that the owner wrote in the place of a file's: proven as every other edit is.

use std::sync::Arc;

use foldhash::HashSet;

use super::{Fixed, Members, Mended, Policy, Shared, analyse, loads, view};
use crate::finding::{Confidence, FileId, Finding};

/// What becomes of a project with the owner's text for one of its files.
///
/// # Errors
/// Why it is not to be written: it cannot be read, brings a weakness, or the project would load no more.
pub fn edited(
    files: &[Shared],
    members: &Members,
    policy: &Policy,
    (id, text): (FileId, &str),
) -> Result<Mended, String> {
    let before = analyse(files, members, policy);
    let old = &files[id.0 as usize];
    let read = old.reread(text).map_err(|it| format!("it cannot be read: {it}"))?;
    let line = |at: usize| text.as_bytes()[..at].iter().filter(|it| **it == b'\n').count() + 1;
    read.tree.referee().map_err(|it| {
        format!("readers of YAML disagree about line {}: write it plainly", line(it.start))
    })?;
    let mut new = files.to_vec();
    new[id.0 as usize] = Arc::new(read);
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
    let known: HashSet<_> = before.judged.all().map(same).collect();
    if let Some(it) = after.judged.all().find(|it| !known.contains(&same(it))) {
        return Err(format!("it brings a weakness: {}: {}: {}", it.subject, it.rule, it.message));
    }
    let stays: HashSet<_> = after.judged.all().map(same).collect();
    let gone = before.judged.open.iter().filter(|it| !stays.contains(&same(it)));
    let fixed: Vec<Fixed> = gone.map(|it| by_owner(it, files, id)).collect();
    drop((known, stays));
    let changed = vec![id];
    Ok(Mended { before, after, files: new, changed, fixed, refused: Vec::new(), waived: 0 })
}

/// What makes a finding the same before and after.
fn same(it: &Finding) -> (&'static str, &str, &str) {
    (it.rule, &it.subject, &it.message)
}

/// What the owner's text mends.
fn by_owner(it: &Finding, files: &[Shared], id: FileId) -> Fixed {
    Fixed {
        rule: it.rule,
        container: it.container,
        subject: Arc::clone(&it.subject),
        severity: it.severity,
        site: it.site,
        text: Arc::clone(&files[it.site.file.0 as usize]),
        message: it.message.clone(),
        title: "written by you in the editor".into(),
        confidence: Confidence::Likely,
        basis: "written by you".into(),
        may_break: None,
        files: vec![id],
    }
}
