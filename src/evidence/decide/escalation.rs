//! Whether new privileges can be forbidden, and system calls filtered.

use super::{Matter, advice};
use crate::evidence::Advice;
use crate::evidence::sources::sources_of;
use crate::finding::Confidence;
use crate::images::Verdict;

/// Whether new privileges can be forbidden.
pub(super) fn forbid(matter: &Matter<'_, '_, '_>) -> Advice<()> {
    const RISK: &str = "sudo, su, ping and other programs that raise their privileges";
    let image = matter.subject.found.image();
    let Some(known) = &matter.facts.escalation else {
        return advice((), Confidence::Risky, matter.ignorance()).may_break(RISK);
    };
    let (confidence, what) = match known.value {
        Verdict::Ok | Verdict::Documented => (known.sure(), "works with new privileges forbidden"),
        Verdict::Caveat | Verdict::Unknown => {
            (Confidence::Risky, "works with new privileges forbidden under conditions")
        }
        Verdict::No => (Confidence::Manual, "is known to fail with new privileges forbidden"),
    };
    let basis = match image {
        Some(_) if confidence == Confidence::Risky && known.value.is_fine() => matter.ignorance(),
        Some(image) => sources_of(image, what).into(),
        None => what.into(),
    };
    let mut found = advice((), confidence, basis);
    if confidence <= Confidence::Risky {
        let why = image.and_then(|it| it.why.nnp.clone());
        found.may_break = Some(why.map_or(RISK.into(), Into::into));
    }
    found
}

/// Whether the default filter of system calls can be applied where a cluster applies none.
pub(super) fn filter(matter: &Matter<'_, '_, '_>) -> Advice<()> {
    const LAW: &str = "an image runs under the same filter wherever Docker runs it";
    let image = matter.subject.found.image();
    let verdict = matter.facts.filter.as_ref().map_or(Verdict::Ok, |it| it.value);
    let confidence = match verdict {
        Verdict::Ok | Verdict::Documented => return advice((), Confidence::Likely, LAW),
        Verdict::Caveat | Verdict::Unknown => Confidence::Risky,
        Verdict::No => Confidence::Manual,
    };
    let name = image.map_or("the image", |it| it.id.as_str());
    let why = image.and_then(|it| it.why.seccomp.clone());
    let why = why.unwrap_or_else(|| "system calls that the filter refuses".to_owned());
    advice((), confidence, format!("{name}: uses system calls that the default filter refuses"))
        .may_break(why)
}
