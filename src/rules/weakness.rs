//! What a rule found, and ways to mend it.

use std::borrow::Cow;

use crate::evidence::Advice;
use crate::finding::{Confidence, Severity, Site};
use crate::workload::Written;

/// What a rule found.
pub struct Weakness {
    /// What to underline.
    pub site: Site,
    /// What is wrong, in a clause.
    pub message: Cow<'static, str>,
    /// Another severity than the rule's.
    pub severity: Option<Severity>,
    /// Ways to mend it, the best first.
    pub proposals: Vec<Proposal>,
    /// What the owner can do where nothing can be written.
    pub advice: Option<String>,
}

impl Weakness {
    /// A weakness that only the owner can mend, so far.
    pub fn new(site: Site, message: impl Into<Cow<'static, str>>) -> Self {
        Weakness {
            site,
            message: message.into(),
            severity: None,
            proposals: Vec::new(),
            advice: None,
        }
    }

    /// With a way to mend it.
    pub fn fix(mut self, proposal: Proposal) -> Self {
        // Most have one, and a vector that grows begins with four.
        self.proposals.reserve_exact(1);
        self.proposals.push(proposal);
        self
    }

    /// With another severity than the rule's.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// With what the owner can do.
    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }
}

/// A way to mend a weakness.
pub struct Proposal {
    /// What it does, in the imperative.
    pub title: Cow<'static, str>,
    /// How sure it is that the service goes on working.
    pub confidence: Confidence,
    /// What the confidence rests on.
    pub basis: Cow<'static, str>,
    /// What may stop working.
    pub may_break: Option<Cow<'static, str>>,
    /// The edits, or why there are none.
    pub written: Written,
    /// Rules whose findings on this container must be mended as well.
    pub needs: Vec<&'static str>,
}

/// What a fix rests on that takes away a setting of which no more is known than that it stands there.
pub(super) const UNTOLD: &str = "nothing in the file shows whether the setting is used";

impl Proposal {
    /// A fix that leaves the process as it is: what holds is only written down, or spelled right.
    pub fn safe(title: impl Into<Cow<'static, str>>, written: Written) -> Self {
        Proposal {
            title: title.into(),
            confidence: Confidence::Safe,
            basis: "it changes nothing that the process can see".into(),
            may_break: None,
            written,
            needs: Vec::new(),
        }
    }

    /// A fix by what is known of the container.
    pub fn advised<T>(
        title: impl Into<Cow<'static, str>>,
        advice: &Advice<T>,
        written: Written,
    ) -> Self {
        Proposal {
            title: title.into(),
            confidence: advice.confidence,
            basis: advice.basis.clone(),
            may_break: advice.may_break.clone(),
            written,
            needs: Vec::new(),
        }
    }

    /// A fix that may stop a container that relies on the weak setting.
    pub fn risky(
        title: impl Into<Cow<'static, str>>,
        written: Written,
        may_break: impl Into<Cow<'static, str>>,
    ) -> Self {
        Proposal {
            title: title.into(),
            confidence: Confidence::Risky,
            basis: UNTOLD.into(),
            may_break: Some(may_break.into()),
            written,
            needs: Vec::new(),
        }
    }

    /// With another confidence and what it rests on.
    pub fn because(mut self, confidence: Confidence, basis: impl Into<Cow<'static, str>>) -> Self {
        self.confidence = confidence;
        self.basis = basis.into();
        self
    }

    /// No more than risky, since the owner wrote what it takes back.
    pub fn against_what_is_written(self, what: &str) -> Self {
        self.no_more_than_risky(
            format!("the file says {what}"),
            format!("what {what} was written for"),
        )
    }

    /// No more than risky, for a reason of its own; what is known to break stays so.
    pub fn no_more_than_risky(
        mut self,
        basis: impl Into<Cow<'static, str>>,
        may_break: impl Into<Cow<'static, str>>,
    ) -> Self {
        if self.confidence > Confidence::Risky {
            self = self.because(Confidence::Risky, basis);
            self.may_break = Some(may_break.into());
        }
        self
    }

    /// Valid only when these rules' findings on the container are mended as well.
    pub fn needs(mut self, rules: &[&'static str]) -> Self {
        self.needs.extend_from_slice(rules);
        self
    }
}
