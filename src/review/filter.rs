//! What is asked about, where not everything is: by severity, confidence, rule, image or path.

use super::bench::Bench;
use crate::finding::{Confidence, Finding, Severity};

/// What is asked about; everything that all of its words fit.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Filter {
    /// At least so bad.
    severity: Option<Severity>,
    /// Exactly so sure.
    confidence: Option<Confidence>,
    /// Each stands in the rule, the image, the path or the name of the container.
    words: Vec<String>,
}

/// How sure a fix can be, by name.
const CONFIDENCES: [Confidence; 4] =
    [Confidence::Manual, Confidence::Risky, Confidence::Likely, Confidence::Safe];

impl Filter {
    /// Reads words between blanks; none fits everything.
    pub(super) fn read(text: &str) -> Filter {
        let mut filter = Filter::default();
        for word in text.split_whitespace() {
            let severity = Severity::ALL.into_iter().find(|it| it.name() == word);
            let confidence = CONFIDENCES.into_iter().find(|it| it.name() == word);
            match (severity, confidence) {
                (Some(it), _) => filter.severity = Some(it),
                (_, Some(it)) => filter.confidence = Some(it),
                (None, None) => filter.words.push(word.to_lowercase()),
            }
        }
        filter
    }

    /// Whether everything fits.
    pub(super) fn is_everything(&self) -> bool {
        *self == Filter::default()
    }

    /// It in words, as they are read.
    pub(super) fn text(&self) -> String {
        let mut words = self.words.clone();
        words.extend(self.severity.map(|it| it.name().to_owned()));
        words.extend(self.confidence.map(|it| it.name().to_owned()));
        words.join(" ")
    }

    /// What a title or a question says of it, behind a blank; nothing where everything fits.
    pub(super) fn told(&self) -> String {
        if self.is_everything() { String::new() } else { format!(" (only `{}`)", self.text()) }
    }

    /// Whether a finding fits.
    pub(super) fn fits(&self, bench: &Bench, finding: &Finding) -> bool {
        if self.is_everything() {
            return true;
        }
        let severe = self.severity.is_none_or(|it| finding.severity >= it);
        let sure = self.confidence.is_none_or(|it| finding.confidence() == it);
        severe && sure && self.words.iter().all(|it| mentions(bench, finding, it))
    }
}

/// Whether a word stands in what a finding is about; that of a rule stands for the rule alone.
pub(super) fn mentions(bench: &Bench, finding: &Finding, word: &str) -> bool {
    if crate::rules::find(word).is_some() {
        return finding.rule == word;
    }
    let path = bench.file(finding.site.file).path.to_string_lossy().to_lowercase();
    let image = bench.image(finding.container).unwrap_or_default().to_lowercase();
    let subject = finding.subject.to_lowercase();
    [finding.rule, &*image, &*path, &*subject].iter().any(|it| it.contains(word))
}

#[cfg(test)]
mod tests {
    use super::super::bench::Asks;
    use super::*;
    use crate::batch::Project;
    use crate::mend::fixtures;

    #[test]
    fn words_name_how_bad_how_sure_and_what() {
        let text = "services:\n  web:\n    image: Redis:7\n    pid: host\n    privileged: true\n";
        let (files, members, policy) = fixtures::project(text);
        let project =
            Project { files, members, inputs: vec![Some(0)], bases: Vec::new(), emits: None };
        let bench = Bench::new(&project, &policy, Asks::default());
        let fitting = |text: &str| -> Vec<&str> {
            let filter = Filter::read(text);
            let all = bench.findings().iter().filter(|it| filter.fits(&bench, it));
            all.map(|it| it.rule).collect()
        };
        assert_eq!(fitting("").len(), bench.findings().len());
        assert_eq!(fitting("critical"), ["privileged"]);
        assert_eq!(fitting("redis critical"), ["privileged"]);
        assert_eq!(fitting("privileged"), ["privileged"]);
        assert_eq!(fitting("compose.yaml web host-pid"), ["host-pid"]);
        assert!(fitting("nginx").is_empty());
        assert!(fitting("likely").iter().all(|it| *it != "host-pid"));
        assert_eq!(Filter::read("a HIGH risky medium").text(), "a high medium risky");
    }
}
