//! `casehard check`: what is weak, and nothing is written.

use super::Failure;
use super::baseline::mark;
use super::decided::{follow_links, must_be_there, stray, told};
use super::inputs::{Parts, Read, judge};
use super::output::complain;
use super::policy::{decide, is_whole};
use super::posture::foreseen;
use super::progress::Progress;
use super::tell::Teller;
use crate::cli::{self, Inputs, Telling};
use crate::finding::Confidence;
use crate::outcome::Checking;
use crate::report::shown::Shown;
use crate::rules::BROKEN_WAIVER;

/// Reports what is weak; with the options of `check`, where it is that.
pub(super) fn check(
    inputs: &Inputs,
    telling: &Telling,
    args: Option<&cli::Check>,
) -> Result<u8, Failure> {
    must_be_there(inputs)?;
    let progress = Progress::of(inputs, telling.quiet);
    let teller = Teller::open(telling)?;
    let (mut policy, excluded) = decide(inputs, Confidence::Likely)?;
    let is_list = args.is_some_and(|it| it.waivers);
    if is_list {
        teller.knows_waivers()?;
        // Whatever rules are asked for, a list of waivers says which of them are dead.
        if !policy.rules.contains(&BROKEN_WAIVER.id) {
            policy.rules.push(BROKEN_WAIVER.id);
        }
    }
    let baseline = args.and_then(|it| it.baseline.as_deref());
    let mut parts = Parts::of(inputs, &excluded, &progress)?;
    let (mut checking, whole) = (Checking::default(), is_whole(inputs, &policy));
    while let Some(mut batch) = parts.next() {
        batch.put_patches_over();
        follow_links(&mut policy, &batch);
        Read { batch: &batch, inputs, policy: &policy, baseline }.spare(teller.sinks())?;
        let mut wanted = teller.wanted(whole);
        let mut analyses = judge(&batch, &policy, &progress, wanted.edits);
        if teller.wants_postures() {
            wanted.postures = foreseen(&mut batch, &policy, Confidence::Likely);
        }
        batch.in_their_places(&mut analyses);
        checking.add(&batch, analyses, &policy, wanted);
        if parts.are_many {
            checking.let_go(teller.wants_prints() || baseline.is_some());
        }
    }
    let mut outcome = checking.close(&policy, whole);
    parts.end(&outcome)?;
    if let Some(baseline) = baseline {
        mark(&mut outcome, baseline, (inputs, &policy))?;
    }
    let status = match is_list {
        true => teller.tell_waivers(&outcome, policy.today),
        false => {
            if let Some(sure) = args.and_then(|it| it.confidence) {
                let sure: Confidence = sure.into();
                outcome.keep(|it| it.finding.confidence() >= sure);
            }
            let gone = told(&stray(&outcome, &policy), inputs).filter(|_| inputs.verbose);
            gone.iter().for_each(|it| complain(&Shown::line(it)));
            teller.filter(&mut outcome);
            teller.tell(&outcome)
        }
    };
    progress.tell_slowest();
    status
}
