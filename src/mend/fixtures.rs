//! A project that tests share.

use std::sync::Arc;

use crate::date::Date;
use crate::evidence::Settings;
use crate::finding::{Confidence, FileId};
use crate::mend::{Members, Policy, Shared, Together};
use crate::rules;
use crate::waiver::Allowed;
use crate::workload::alone;
use crate::yaml::Tree;

/// A project of one Compose file.
pub(crate) fn project(text: &str) -> (Vec<Shared>, Members, Policy) {
    let tree = Tree::parse(text).unwrap();
    let file = alone("compose.yaml", Arc::new(tree));
    let together = Together { merged: vec![FileId(0)], ..Together::default() };
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
