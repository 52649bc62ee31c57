//! What the files of a project say: its containers, their findings, where its pods stand.

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::{HashMap, HashSet};

use super::agree;
use super::bare::without_edits;
use super::heirs::Heirs;
use super::invariants::{self, Violation};
use super::patches;
use super::typed::Spec;
use super::users::{judged, with_values};
use crate::date::Date;
use crate::decisions::Decisions;
use crate::evidence::{Evidence, Own, Platform, Raise, Settings};
use crate::finding::{Confidence, ContainerId, FileId, Finding, Site};
use crate::parallel;
use crate::rules;
use crate::standard::{Standing, standing};
use crate::waiver::{Allowed, Judged, Waivers};
use crate::workload::kubernetes::OwnKind;
use crate::workload::text::UNKNOWN;
use crate::workload::{Container, File, Files, PARALLEL, Workload, compose, kubernetes};

/// What a project's files are merged into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Members {
    /// Compose files, in merge order.
    Compose(Together),
    /// A file of Kubernetes objects.
    Kubernetes(FileId),
}

/// Compose files that are put together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Together {
    /// Those that are judged, in merge order.
    pub merged: Vec<FileId>,
    /// Other ways in which files of the project are merged: whoever extends, includes or overrides them.
    pub elsewhere: Vec<Vec<FileId>>,
    /// What they include and extend that is judged with them rather than in a project of its own.
    pub within: Vec<FileId>,
}

impl Together {
    /// Whether services of a file are judged here.
    fn is_judged(&self, id: FileId) -> bool {
        self.merged.contains(&id) || self.within.binary_search(&id).is_ok()
    }
}

/// What holds for a whole run.
#[derive(Debug, Clone)]
pub struct Policy {
    /// What the owner set.
    pub settings: Settings,
    /// Rules that are judged; all but those that are off or not asked for.
    pub rules: Vec<&'static str>,
    /// Rules that the configuration switches off.
    pub off: Vec<&'static str>,
    /// Severities that the configuration gives to rules.
    pub severities: BTreeMap<String, crate::finding::Severity>,
    /// What the configuration allows.
    pub allowed: Allowed,
    /// Kinds that may be written by the owner's word.
    pub kinds: Vec<OwnKind>,
    /// The day on which waivers are read.
    pub today: Date,
    /// How sure a fix has to be that is accepted where nobody decided: whoever stays root by that is judged as root.
    pub accepts: Confidence,
    /// What was decided.
    pub decisions: Arc<Decisions>,
}

/// What a project's files say.
#[derive(Clone)]
pub struct Analysis {
    /// The findings, those that count and those that are waived.
    pub judged: Judged,
    /// What was left alone: workloads and why.
    pub skipped: Vec<(Arc<str>, &'static str)>,
    /// How many containers were looked at.
    pub containers: usize,
    /// What they are, in the order of the files.
    pub subjects: Vec<Subject>,
    /// Where each pod stands in the Pod Security Standards.
    pub standings: Vec<Standing>,
    /// What is to be said once of a container.
    pub notes: Vec<Note>,
    pub(super) violations: Vec<Violation>,
    /// Where pod specs stand: who mends asks for it.
    pub(super) specs: Vec<Spec>,
    /// What is found where the files are put together in other ways: who mends asks for it.
    pub(super) elsewhere: Vec<Finding>,
}

/// Rules whose risky fixes more evidence would make likely.
const RAISED: [&str; 4] =
    ["root-user", "kept-capabilities", "privilege-escalation", "writable-rootfs"];

impl Analysis {
    /// What would make the risky fixes of each container likely, where some of them are open.
    pub fn raises(&self) -> HashMap<ContainerId, &Raise> {
        let asks =
            |it: &&Finding| RAISED.contains(&it.rule) && it.confidence() == Confidence::Risky;
        let asking: HashSet<ContainerId> =
            self.judged.open.iter().filter(asks).map(|it| it.container).collect();
        let notes = self.notes.iter().filter(|it| asking.contains(&it.container));
        notes.filter_map(|it| Some((it.container, it.raise.as_ref()?))).collect()
    }
}

/// A container that was looked at.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its number in the project.
    pub id: ContainerId,
    /// What people call it: `service web`, `Deployment/api container app`.
    pub name: Arc<str>,
    /// Its image as written.
    pub image: Option<String>,
    /// Where its name stands.
    pub site: Site,
}

impl Subject {
    fn of(container: &Container<'_>) -> Subject {
        Subject {
            id: container.id,
            name: container.subject.clone(),
            image: container.image.as_ref().map(|it| match it.value.contains(UNKNOWN) {
                true => it.value.replace(UNKNOWN, "…"),
                false => it.value.clone().into_owned(),
            }),
            site: container.site,
        }
    }
}

/// What is to be said once of a container, whatever is found in it.
#[derive(Debug, Clone)]
pub struct Note {
    /// The container.
    pub container: ContainerId,
    /// What would make its risky fixes likely.
    pub raise: Option<Raise>,
    /// What runs it, where that is not the usual engine.
    pub platform: Platform,
}

impl Note {
    fn of(container: ContainerId, known: Evidence) -> Note {
        Note { container, raise: known.raise, platform: known.platform }
    }
}

/// Why a service is left alone that no named file speaks of.
const UNNAMED: &str = "in a file that was not named: name that too";

/// A file of a project, shared between rounds.
pub type Shared = Arc<File>;

/// Looks at a project.
pub fn analyse(files: &[Shared], members: &Members, policy: &Policy) -> Analysis {
    look((files, members), policy, true)
}

/// Looks at a project of which nothing will be written: what fixes would write is not kept.
pub fn glance(files: &[Shared], members: &Members, policy: &Policy) -> Analysis {
    look((files, members), policy, false)
}

fn look((files, members): (&[Shared], &Members), policy: &Policy, edits: bool) -> Analysis {
    let view = view(files);
    let workloads = workloads(&view, members, policy);
    let policy = &*with_values(policy, &view, &workloads);
    let rules: HashSet<&str> = policy.rules.iter().copied().collect();
    let file = |id: FileId| &files[id.0 as usize];
    let named =
        |it: &Workload<'_>| it.containers.first().is_some_and(|it| file(it.site.file).in_scope);
    // What belongs to a project of its own is judged there.
    let is_own = |it: &Workload<'_>| match members {
        Members::Compose(all) => {
            let own = |id: FileId| all.is_judged(id);
            it.containers.first().is_none_or(|it| own(it.site.file))
        }
        Members::Kubernetes(_) => true,
    };
    let workloads: Vec<Workload<'_>> = workloads.into_iter().filter(is_own).collect();
    let skipped = |it: &Workload<'_>| it.skipped.or((!named(it)).then_some(UNNAMED));
    let waivers = Waivers::read(&view, workloads.iter(), &policy.allowed, policy.today);
    let opened = agree::opened(files, members);
    let opened = self::view(&opened);
    let others = agree::elsewhere((&opened, files), members);
    let heirs = Heirs::find(&view, &workloads, &others);
    // Who inherits is asked what would be written for it.
    let is_bare = !edits && heirs.is_empty();
    let judge = |it: &Workload<'_>, denied: &HashSet<ContainerId>| {
        let rules::Verdict { mut findings, known } = judged(&view, it, policy, &waivers, denied);
        let there = needs(&findings);
        let named = named(it);
        // What a file that nobody named makes of a service that was is reported where it stands.
        let reported = |it: &Finding| {
            let at = file(it.site.file);
            at.in_scope || named && !at.judged_elsewhere
        };
        findings.retain(|it| rules.contains(it.rule) && reported(it));
        for finding in &mut findings {
            weigh(finding, policy);
            if is_bare {
                without_edits(files, finding);
            }
        }
        let notes = it.containers.iter().zip(known).map(|(it, known)| Note::of(it.id, known));
        Verdict { findings, there, notes: notes.collect(), violations: invariants::check(it) }
    };
    let none = HashSet::default();
    let mut verdicts: Vec<Verdict> = parallel::map(&workloads, PARALLEL, |it| judge(it, &none));
    let elsewhere = agree::found(&opened, &others, policy);
    if !heirs.is_empty() {
        let judged = (&*workloads, &mut *verdicts);
        agree::agree((&view, policy), &heirs, judged, &elsewhere, &waivers, judge);
    }
    let Verdict { mut findings, there, notes, violations } = Verdict::join(verdicts);
    let there = there.into_iter().collect();
    findings.extend(volumes(&view, members, policy).filter(|it| rules.contains(it.rule)));
    let mut judged = waivers.part(findings);
    withdraw(&mut judged.open, &there);
    if !edits {
        judged.all_mut().for_each(|it| without_edits(files, it));
    }
    Analysis {
        judged,
        skipped: workloads.iter().filter_map(|it| Some((it.name.clone(), skipped(it)?))).collect(),
        containers: workloads.iter().filter(|it| named(it)).map(|it| it.containers.len()).sum(),
        subjects: workloads.iter().flat_map(|it| &it.containers).map(Subject::of).collect(),
        standings: workloads
            .iter()
            .filter_map(|it| standing(it, policy.settings.kubernetes))
            .collect(),
        notes,
        violations,
        specs: workloads.iter().filter(|_| edits).filter_map(Spec::of).collect(),
        elsewhere: if edits { elsewhere } else { Vec::new() },
    }
}

/// Gives a finding the severity that the configuration wants.
fn weigh(finding: &mut Finding, policy: &Policy) {
    if let Some(severity) = policy.severities.get(finding.rule) {
        finding.severity = *severity;
    }
}

/// What is found beside the workloads: in volumes, in the patches of kustomizations, in objects of other kinds, and in
/// what could not be read.
fn volumes(files: &Files<'_>, members: &Members, policy: &Policy) -> impl Iterator<Item = Finding> {
    let (volumes, unread) = match members {
        Members::Compose(all) => (Vec::new(), compose::unread(files, &all.merged)),
        Members::Kubernetes(id) => (kubernetes::host_volumes(files, *id), Vec::new()),
    };
    let found = volumes.into_iter().filter_map(|it| rules::judge_volume(&it));
    let found = found.chain(unread.into_iter().map(|it| rules::judge_unread(&it)));
    let found = found.chain(patches::findings(files, members, policy));
    let found = found.chain(asides(files, members, policy));
    found.map(|mut it| {
        weigh(&mut it, policy);
        it
    })
}

/// What objects of Kubernetes say beside their pods, and where those are not.
fn asides(files: &Files<'_>, members: &Members, policy: &Policy) -> Vec<Finding> {
    let Members::Kubernetes(id) = members else { return Vec::new() };
    let said = kubernetes::asides(files, *id, &policy.kinds);
    let said = said.iter().filter_map(rules::judge_aside);
    let lost = kubernetes::misplaced(files, *id, &policy.kinds);
    said.chain(lost.iter().map(rules::judge_misplaced)).collect()
}

/// What was found in one workload.
pub(super) struct Verdict {
    pub(super) findings: Vec<Finding>,
    /// Everything that was found, asked for or not, where a fix needs another finding mended.
    there: Vec<Need>,
    notes: Vec<Note>,
    violations: Vec<Violation>,
}

impl Verdict {
    /// What was found in all of them.
    fn join(all: Vec<Verdict>) -> Verdict {
        let len = all.iter().map(|it| it.findings.len()).sum();
        let mut joined = Verdict {
            findings: Vec::with_capacity(len),
            there: Vec::new(),
            notes: Vec::with_capacity(all.len()),
            violations: Vec::new(),
        };
        for mut verdict in all {
            joined.findings.append(&mut verdict.findings);
            joined.there.append(&mut verdict.there);
            joined.notes.append(&mut verdict.notes);
            joined.violations.append(&mut verdict.violations);
        }
        joined
    }
}

/// A rule's finding on a container.
type Need = (ContainerId, &'static str);

/// What is found, if anything of it waits for something else.
fn needs(findings: &[Finding]) -> Vec<Need> {
    match findings.iter().flat_map(|it| &it.fixes).all(|it| it.needs.is_empty()) {
        true => Vec::new(),
        false => findings.iter().map(|it| (it.container, it.rule)).collect(),
    }
}

/// Withdraws fixes that need another finding mended which is waived, not asked for, or its owner's to mend.
fn withdraw(open: &mut [Finding], all: &HashSet<Need>) {
    if all.is_empty() {
        return;
    }
    let fixable = open.iter().filter(|it| !it.fixes.is_empty());
    let mendable: HashSet<Need> = fixable.map(|it| (it.container, it.rule)).collect();
    for finding in open {
        let container = finding.container;
        let unmet = |rule: &&&'static str| {
            let need = (container, **rule);
            all.contains(&need) && !mendable.contains(&need)
        };
        let missing = finding.fixes.iter().find_map(|it| it.needs.iter().find(unmet)).copied();
        let Some(rule) = missing else { continue };
        finding.fixes.retain(|it| !it.needs.contains(&rule));
        finding.advice = Some(format!("its fix is valid only once `{rule}` is mended here"));
    }
}

/// The values that would be written for a container; nothing for one that is not there.
pub fn proposed(
    files: &[Shared],
    members: &Members,
    policy: &Policy,
    id: ContainerId,
) -> Option<Own> {
    let view = view(files);
    let workloads = workloads(&view, members, policy);
    let policy = with_values(policy, &view, &workloads);
    workloads.iter().find_map(|workload| {
        let container = workload.containers.iter().find(|it| it.id == id)?;
        Some(Own::proposed(workload, container, &policy.settings))
    })
}

/// The files of a project by number.
pub fn view(files: &[Shared]) -> Files<'_> {
    let mut view = Files::default();
    for file in files {
        view.push(file);
    }
    view
}

pub(super) fn workloads<'f>(
    files: &Files<'f>,
    members: &Members,
    policy: &Policy,
) -> Vec<Workload<'f>> {
    match members {
        Members::Compose(it) => compose::workloads(files, &it.merged, 0),
        Members::Kubernetes(id) => kubernetes::workloads(files, *id, &policy.kinds, 0),
    }
}
