//! A project between rounds: fixes carried out, and the proof that nothing else changed.

use std::borrow::Cow;
use std::sync::Arc;

use foldhash::{HashMap, HashSet};

use super::planned::added;
use super::{Analysis, Fixed, Members, Policy, Shared, Unproven, analyse, typed, view, whole};
use crate::finding::{ContainerId, FileId, Finding};
use crate::parallel;
use crate::plan::{Choice, Plan, Refused, plan};
use crate::rules;
use crate::yaml::Action;

/// What is to be carried out, and what turned out to be none of that.
struct Wanted {
    chosen: Vec<Choice>,
    left: Vec<(Finding, String)>,
}

impl Wanted {
    fn leave(&mut self, findings: &[Finding], culprits: &[Choice], why: &str) {
        self.chosen.retain(|it| !culprits.contains(it));
        let left = culprits.iter().map(|it| (findings[it.finding].clone(), why.to_owned()));
        self.left.extend(left);
    }
}

/// A proof that failed.
struct Broken {
    /// What is still found after its fix, or found for the first time.
    lasting: Option<Box<Finding>>,
    unproven: Unproven,
}

/// What has been done so far.
pub(super) struct State {
    pub(super) files: Vec<Shared>,
    pub(super) changed: Vec<FileId>,
    pub(super) fixed: Vec<Fixed>,
    pub(super) refused: Vec<(Finding, String)>,
}

impl State {
    pub(super) fn new(files: Vec<Shared>) -> State {
        State { files, changed: Vec::new(), fixed: Vec::new(), refused: Vec::new() }
    }

    /// Carries out the chosen fixes; nothing when there are none that can be.
    pub(super) fn round(
        &mut self,
        analysis: &Analysis,
        members: &Members,
        policy: &Policy,
        chosen: &[Choice],
    ) -> Result<Option<Analysis>, Unproven> {
        let findings = &analysis.judged.open;
        let mut wanted = Wanted { chosen: chosen.to_vec(), left: Vec::new() };
        loop {
            let Some((plan, files)) = self.sound(analysis, members, &mut wanted)? else {
                return Ok(None);
            };
            let bytes = plan.texts.values().map(|it| it.len()).sum();
            let (proven, after) = parallel::join(
                bytes,
                || self.prove_texts(&files, &plan),
                || analyse(&files, members, policy),
            );
            proven?;
            self.prove_types(analysis, (&files, &after), members)?;
            if let Err(broken) = self.prove(analysis, &after, &plan) {
                let (culprits, why) = blamed(findings, &plan.kept, &broken);
                if culprits.is_empty() {
                    return Err(broken.unproven);
                }
                wanted.leave(findings, &culprits, &why);
                continue;
            }
            let kept = plan.kept.iter().map(|it| (&findings[it.finding], it.fix));
            let text = |it: FileId| &self.files[it.0 as usize];
            let fixed = kept.map(|(it, fix)| Fixed::new(it, &it.fixes[fix], text(it.site.file)));
            self.fixed.extend(fixed);
            self.files = files;
            self.changed.extend(plan.texts.keys());
            self.changed.sort_unstable();
            self.changed.dedup();
            return Ok(Some(after));
        }
    }

    /// Has containers judged as root whose user could not be written; tells whether any was not yet.
    pub(super) fn keep_roots(&self, policy: &mut Cow<'_, Policy>) -> bool {
        let mut any = false;
        for (finding, _) in self.refused.iter().filter(|it| it.0.rule == rules::USER_RULE) {
            let own = policy.settings.own.get(&finding.container);
            if own.and_then(|it| it.as_user) != Some(false) {
                let own = &mut policy.to_mut().settings.own;
                own.entry(finding.container).or_default().as_user = Some(false);
                any = true;
            }
        }
        any
    }

    /// The plan for the chosen fixes with the files that it makes, without those that break the project as a whole.
    fn sound(
        &mut self,
        analysis: &Analysis,
        members: &Members,
        wanted: &mut Wanted,
    ) -> Result<Option<(Plan, Vec<Shared>)>, Unproven> {
        let findings = &analysis.judged.open;
        loop {
            let plan = match wanted.chosen.is_empty() {
                true => Plan::default(),
                false => {
                    let plan = || plan(&view(&self.files), findings, &wanted.chosen);
                    let bytes = self.files.iter().map(|it| it.tree.text().len()).sum();
                    parallel::join(bytes, plan, || self.ask_ahead(findings, &wanted.chosen)).0
                }
            };
            let serving = serving(findings, &wanted.chosen, &plan.refused);
            if !serving.is_empty() {
                wanted.leave(findings, &serving, "it goes with a user that is not written");
                continue;
            }
            self.refused = refusals(findings, &plan.refused);
            self.refused.extend(wanted.left.iter().cloned());
            if plan.texts.is_empty() {
                return Ok(None);
            }
            let files = self.rewritten(&plan)?;
            let Some(broken) = whole::broken((&self.files, &files), members, analysis) else {
                return Ok(Some((plan, files)));
            };
            let culprits = whole::culprits(&self.files, findings, &plan.kept, &broken);
            if culprits.is_empty() {
                return Err(Unproven { path: self.files[0].path.clone(), message: broken.what });
            }
            wanted.leave(findings, &culprits, &format!("{}: mend it by hand", broken.what));
        }
    }

    /// Has the files that are about to change judged by the second reader: the proof will want to know.
    fn ask_ahead(&self, findings: &[Finding], chosen: &[Choice]) {
        for choice in chosen {
            let file = findings[choice.finding].site.file;
            let _ = self.files[file.0 as usize].tree.referee();
        }
    }

    /// The files with their new texts, parsed again.
    fn rewritten(&self, plan: &Plan) -> Result<Vec<Shared>, Unproven> {
        let mut files = self.files.clone();
        for (id, text) in &plan.texts {
            let old = &self.files[id.0 as usize];
            let new = old.reread(text).map_err(|it| Unproven {
                path: old.path.clone(),
                message: format!("the new text does not parse: {it}"),
            })?;
            files[id.0 as usize] = Arc::new(new);
        }
        Ok(files)
    }

    /// Each new text differs from the old one by the planned changes only.
    fn prove_texts(&self, files: &[Shared], plan: &Plan) -> Result<(), Unproven> {
        plan.texts.keys().try_for_each(|id| {
            let (old, new) = (&self.files[id.0 as usize], &files[id.0 as usize]);
            old.prove(new, &plan.changes[id])
                .map_err(|it| Unproven { path: old.path.clone(), message: it.message })
        })
    }

    /// Each pod that was one by the types of the Kubernetes API still is one.
    fn prove_types(
        &self,
        before: &Analysis,
        (files, after): (&[Shared], &Analysis),
        members: &Members,
    ) -> Result<(), Unproven> {
        let Members::Kubernetes(id) = members else { return Ok(()) };
        let broken = typed::broken((&self.files, &before.specs), (files, &after.specs));
        let path = || self.files[id.0 as usize].path.clone();
        broken.map_or(Ok(()), |message| Err(Unproven { path: path(), message }))
    }

    /// The accepted findings are gone, none is new but by its consequence, and the platform still takes the file.
    fn prove(&self, before: &Analysis, after: &Analysis, plan: &Plan) -> Result<(), Broken> {
        let findings = &before.judged.open;
        let path = |id: FileId| self.files[id.0 as usize].path.clone();
        // Only containers of which something is left can have something new.
        let open: HashSet<ContainerId> = after.judged.all().map(|it| it.container).collect();
        let is_open = |it: &&Finding| open.contains(&it.container);
        let mut counts: HashMap<_, isize> = HashMap::default();
        for finding in before.judged.all().filter(is_open) {
            *counts.entry(finding.key()).or_default() += 1;
        }
        for finding in plan.kept.iter().map(|it| &findings[it.finding]).filter(is_open) {
            *counts.entry(finding.key()).or_default() -= 1;
        }
        let mended: HashSet<&str> = plan.kept.iter().map(|it| findings[it.finding].rule).collect();
        let edits = plan.kept.iter().flat_map(|it| &findings[it.finding].fixes[it.fix].edits);
        let added: HashSet<String> =
            edits.filter_map(added).map(|it| format!("service {}", it.0)).collect();
        // Of a service that a fix adds nothing is left that casehard would write otherwise.
        let of_added = |it: &Finding| it.fixes.is_empty() && added.contains(&*it.subject);
        for finding in after.judged.all().filter(|it| !of_added(it)) {
            let count = counts.entry(finding.key()).or_default();
            *count -= 1;
            let follows = rules::find(finding.rule).map_or(&[][..], |it| it.follows);
            if *count < 0 && !follows.iter().any(|it| mended.contains(*it)) {
                let message = format!(
                    "`{}` would still be found after its fix: {}",
                    finding.rule, finding.message
                );
                let unproven = Unproven { path: path(finding.site.file), message };
                return Err(Broken { lasting: Some(Box::new(finding.clone())), unproven });
            }
        }
        match after.violations.iter().find(|it| !before.violations.contains(it)) {
            Some(it) => {
                let unproven = Unproven { path: path(it.file), message: it.message.clone() };
                Err(Broken { lasting: None, unproven })
            }
            None => Ok(()),
        }
    }
}

/// The choices that go with a user whose own fix is refused: whoever stays root is asked for other ones.
fn serving(findings: &[Finding], chosen: &[Choice], refused: &[Refused]) -> Vec<Choice> {
    let refused = refused.iter().map(|it| &findings[it.choice.finding]);
    let roots: HashSet<ContainerId> =
        refused.filter(|it| it.rule == rules::USER_RULE).map(|it| it.container).collect();
    let serves = |it: &&Choice| {
        let finding = &findings[it.finding];
        finding.rule != rules::USER_RULE && roots.contains(&finding.container)
    };
    chosen.iter().filter(serves).copied().collect()
}

/// The choices that a failed proof is laid to, and why they are not carried out; none where it is nobody's fault but ours.
fn blamed(findings: &[Finding], kept: &[Choice], broken: &Broken) -> (Vec<Choice>, String) {
    let Some(lasting) = &broken.lasting else { return (Vec::new(), String::new()) };
    let own = |it: &&Choice| findings[it.finding].container == lasting.container;
    let same = |it: &&Choice| own(it) && findings[it.finding].rule == lasting.rule;
    let same: Vec<Choice> = kept.iter().filter(same).copied().collect();
    if !same.is_empty() {
        let why = "what it takes away here another layer of the service says as well: mend that one first";
        return (same, why.to_owned());
    }
    let removes = |it: &&Choice| {
        let edits = &findings[it.finding].fixes[it.fix].edits;
        edits.iter().any(|it| it.change.action == Action::Remove)
    };
    let hiding: Vec<Choice> = kept.iter().filter(own).filter(removes).copied().collect();
    (hiding, format!("what it takes away hides something else: {}", lasting.message))
}

fn refusals(findings: &[Finding], refused: &[Refused]) -> Vec<(Finding, String)> {
    refused.iter().map(|it| (findings[it.choice.finding].clone(), it.why.clone())).collect()
}
