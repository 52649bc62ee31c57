//! Findings and files that the tests of the review share.

use std::sync::Arc;

use crate::date::Date;
use crate::evidence::Settings;
use crate::finding::{Confidence, ContainerId, FileId, Finding, Fix, Severity, Site};
use crate::mend::{Members, Policy, Shared, Together};
use crate::rules;
use crate::waiver::Allowed;
use crate::workload::File;
use crate::yaml::{Span, Tree};

/// A finding with one fix, or without any if it is manual.
pub(crate) fn finding(container: u32, confidence: Confidence) -> Finding {
    let fix = Fix {
        title: "set it".into(),
        confidence,
        basis: "nothing".into(),
        may_break: None,
        edits: Vec::new(),
        needs: Vec::new(),
    };
    Finding {
        rule: "privileged",
        severity: Severity::High,
        container: ContainerId(container),
        subject: format!("service {container}").into(),
        site: Site { file: FileId(0), span: Span { start: 0, end: 0 } },
        message: "it is privileged".into(),
        fixes: if confidence == Confidence::Manual { Vec::new() } else { vec![fix] },
        advice: None,
    }
}

/// A project of one Compose file.
pub(crate) fn project(text: &str) -> (Vec<Shared>, Members, Policy) {
    let tree = Tree::parse(text).unwrap();
    let file = File {
        variables: Default::default(),
        path: "compose.yaml".into(),
        folder: None,
        tree: Arc::new(tree),
        in_scope: true,
        judged_elsewhere: false,
        unread: Arc::default(),
        builds: Arc::default(),
        texts: Arc::default(),
    };
    let together = Together { merged: vec![FileId(0)], elsewhere: Vec::new() };
    let policy = Policy {
        off: Vec::new(),
        settings: Settings::default(),
        rules: rules::ALL.iter().map(|it| it.id).collect(),
        severities: std::collections::BTreeMap::new(),
        allowed: Allowed::default(),
        kinds: Vec::new(),
        accepts: Confidence::Likely,
        decisions: Arc::default(),
        today: "2030-01-01".parse::<Date>().unwrap(),
    };
    (vec![Arc::new(file)], Members::Compose(together), policy)
}
