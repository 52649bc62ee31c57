//! What the rules find in a workload, once it is known what there is to know of its containers.

use std::borrow::Cow;

use super::{ALL, Case, Check, Rule, Weakness, runtime_socket, unknown_setting, weigh};
use crate::evidence::{Evidence, Grounds, Settings};
use crate::finding::{Confidence, ContainerId, Finding, Fix};
use crate::workload::{Container, Dialect, WINDOWS, Workload};

/// What is found in a workload, and what is known of its containers.
#[derive(Default)]
pub struct Verdict {
    /// Every finding, in the order of the rules.
    pub findings: Vec<Finding>,
    /// What is known of each container; nothing where none was looked at.
    pub known: Vec<Evidence>,
}

/// Judges a workload.
pub fn judge(workload: &Workload<'_>, settings: &Settings) -> Verdict {
    Hearing::of(workload, settings).judged()
}

/// A workload with what is known of its containers, of which rules are asked.
pub struct Hearing<'h, 't> {
    workload: &'h Workload<'t>,
    /// What the owner set for each container.
    settings: Vec<Cow<'h, Settings>>,
    grounds: Vec<Grounds<'h, 't>>,
    known: Vec<Evidence>,
}

impl<'h, 't> Hearing<'h, 't> {
    /// What is known of the containers of a workload.
    pub fn of(workload: &'h Workload<'t>, settings: &'h Settings) -> Hearing<'h, 't> {
        let each = workload.containers.iter();
        let grounds: Vec<_> = each.clone().map(|it| Grounds::of(workload, it, settings)).collect();
        let settings: Vec<_> = each.clone().map(|it| settings.for_container(it.id)).collect();
        let known = each.zip(grounds.iter().zip(&settings));
        let known = known.map(|(it, (grounds, settings))| decided(grounds, it, settings)).collect();
        Hearing { workload, settings, grounds, known }
    }

    /// It where the owner decides otherwise on some containers.
    pub fn with(mut self, settings: &'h Settings, changed: impl Fn(ContainerId) -> bool) -> Self {
        for (at, container) in self.workload.containers.iter().enumerate() {
            if changed(container.id) {
                let settings = settings.for_container(container.id);
                self.known[at] = decided(&self.grounds[at], container, &settings);
                self.settings[at] = settings;
            }
        }
        self
    }

    /// What is known of the container of that number.
    pub fn known(&self, container: usize) -> &Evidence {
        &self.known[container]
    }

    /// What all rules find.
    pub fn judged(self) -> Verdict {
        let findings = self.found(ALL);
        Verdict { findings, known: self.known }
    }

    /// What all rules find, where one was asked already.
    pub fn judged_beside(self, asked: &str, answer: Vec<Finding>) -> Verdict {
        let at = ALL.iter().position(|it| it.id == asked).expect("a rule is one of all");
        let mut findings = self.found(&ALL[..at]);
        findings.extend(answer);
        findings.extend(self.found(&ALL[at + 1..]));
        Verdict { findings, known: self.known }
    }

    /// What one rule finds.
    pub fn found_by(&self, id: &str) -> Vec<Finding> {
        ALL.iter().find(|it| it.id == id).map_or(Vec::new(), |it| self.found(&[it]))
    }

    /// What some rules find.
    fn found(&self, rules: &[&'static Rule]) -> Vec<Finding> {
        let workload = self.workload;
        if workload.containers.is_empty() {
            return Vec::new();
        }
        let windows = workload.skipped == Some(WINDOWS);
        let left_alone = workload.skipped.is_some() && !workload.is_kubernetes() && !windows;
        let of_each = workload.containers.iter().zip(self.known.iter().zip(&self.settings));
        let case = |(container, (evidence, settings))| -> Case<'_, 't> {
            let (known, settings): (_, &Cow<'_, Settings>) = (&*self.known, settings);
            Case { workload, container, evidence, known, settings }
        };
        let cases: Vec<Case<'_, 't>> = of_each.map(case).collect();
        let keys = match &workload.dialect {
            Dialect::Compose(service) => Some(service.keys()),
            Dialect::Kubernetes(_) => None,
        };
        // The engine's pipe is as much as its socket, and what nobody judges may say something critical.
        let applies = |it: &&Rule| match it.id {
            id if id == unknown_setting::RULE.id => true,
            id if id == runtime_socket::RULE.id => !left_alone,
            _ => !windows && !left_alone,
        };
        let mut findings = Vec::new();
        for rule in rules.iter().copied().filter(applies) {
            let (check, count) = match rule.check {
                Check::Workload(check) => (check, 1),
                Check::Container(check) => (check, cases.len()),
                Check::Waivers => continue,
            };
            if !rule.scope.reaches(keys) {
                let silent = |it| check(it).is_empty();
                debug_assert!(
                    cases[..count].iter().all(silent),
                    "{} speaks of {}",
                    rule.id,
                    workload.name
                );
                continue;
            }
            for case in &cases[..count] {
                findings.extend(check(case).into_iter().map(|it| finding(rule, case, it)));
            }
        }
        findings
    }
}

/// What is decided for a container by what the owner set for it.
fn decided(grounds: &Grounds<'_, '_>, it: &Container<'_>, settings: &Settings) -> Evidence {
    grounds.decide(settings).overruled(settings.own.get(&it.id))
}

fn finding(rule: &Rule, case: &Case<'_, '_>, weakness: Weakness) -> Finding {
    let mut advice = weakness.advice;
    let mut fixes = Vec::with_capacity(weakness.proposals.len());
    let alone = match rule.check {
        Check::Container(_) => case.workload.left_alone(case.container),
        Check::Workload(_) | Check::Waivers => case.workload.skipped,
    };
    for proposal in weakness.proposals {
        let proposal = weigh::weigh(case, rule, weakness.site, proposal);
        match (proposal.written, alone) {
            // What makes it one of Windows could go with the fix, and Linux settings come.
            (_, Some(WINDOWS)) => {
                advice = Some(format!("{WINDOWS} is left alone: change it by hand"));
            }
            (_, Some(why)) => advice = Some(why.to_owned()),
            (Err(blocked), None) => advice = Some(blocked.0),
            (Ok(_), None) if proposal.confidence == Confidence::Manual => {
                let risk = proposal.may_break.map(|it| format!(": {it}")).unwrap_or_default();
                advice = Some(format!("{}{risk}", proposal.basis));
            }
            (Ok(edits), None) if edits.is_empty() => (),
            (Ok(edits), None) => fixes.push(Fix {
                title: proposal.title,
                confidence: proposal.confidence,
                basis: proposal.basis,
                may_break: proposal.may_break,
                edits,
                needs: proposal.needs,
            }),
        }
    }
    let subject = match rule.check {
        Check::Workload(_) => case.workload.name.clone(),
        Check::Container(_) | Check::Waivers => case.container.subject.clone(),
    };
    Finding {
        rule: rule.id,
        severity: weakness.severity.unwrap_or(rule.severity),
        container: case.container.id,
        subject,
        site: weakness.site,
        message: weakness.message,
        fixes,
        advice,
    }
}
