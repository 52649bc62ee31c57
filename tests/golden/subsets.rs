//! Which fixes are accepted must not matter to whether the text is right.

use casehard::batch::Project;
use casehard::finding::{Confidence, Finding};
use casehard::mend::{Mended, Policy, analyse, mend};
use casehard::plan::{Choice, accept};

/// Files with more fixes than this have their pairs thinned out to the next neighbours and some far ones.
const MANY: usize = 14;

/// Carries out these fixes and nothing that they bring to light.
fn only(project: &Project, policy: &Policy, chosen: &[Choice]) -> Result<Mended, String> {
    let mut chosen = Some(chosen.to_vec());
    let choose = |_: &[Finding]| chosen.take().unwrap_or_default();
    mend(&project.files, &project.members, policy, choose).map_err(|it| it.message)
}

fn choices(project: &Project, policy: &Policy) -> Vec<Choice> {
    let analysis = analyse(&project.files, &project.members, policy);
    accept(&analysis.judged.open, Confidence::Risky)
}

pub(crate) fn singles_and_pairs(project: &Project, policy: &Policy) -> Result<(), String> {
    let all = choices(project, policy);
    let step = if all.len() > MANY { all.len() / 2 } else { 1 };
    for (number, first) in all.iter().enumerate() {
        only(project, policy, &[*first]).map_err(|it| format!("fix {number} alone: {it}"))?;
        for (other, second) in all.iter().enumerate().skip(number + 1).step_by(step) {
            let both = [*first, *second];
            only(project, policy, &both).map_err(|it| format!("fixes {number}, {other}: {it}"))?;
        }
    }
    Ok(())
}

fn texts(mended: &Mended) -> Vec<String> {
    mended.files.iter().map(|it| it.tree.text().to_owned()).collect()
}

pub(crate) fn orders(project: &Project, policy: &Policy) -> Result<(), String> {
    let all = choices(project, policy);
    let count = all.len();
    // Every other, every third, all but one: each forwards, backwards and turned.
    let mut subsets = vec![all.clone()];
    subsets.push(all.iter().copied().step_by(2).collect());
    subsets.push(all.iter().copied().skip(1).step_by(3).collect());
    subsets.push(all.iter().copied().skip(1).collect());
    for subset in subsets {
        let wanted = texts(&only(project, policy, &subset)?);
        let mut backwards = subset.clone();
        backwards.reverse();
        let mut turned = subset.clone();
        turned.rotate_left(count.min(subset.len()) / 2);
        for order in [backwards, turned] {
            let found = texts(&only(project, policy, &order)?);
            if found != wanted {
                return Err(format!(
                    "another order gives\n{}\n{}",
                    found.concat(),
                    wanted.concat()
                ));
            }
        }
    }
    Ok(())
}
