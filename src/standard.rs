//! The Pod Security Standards: which level a pod meets, by the lists of each Kubernetes version.

mod checks;

use std::sync::Arc;

use crate::finding::Site;
use crate::workload::kubernetes::{Pod, Shape, Told};
use crate::workload::{Dialect, Workload};

/// A level of the standard, each stricter than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Anything goes.
    Privileged,
    /// Known ways out are closed.
    Baseline,
    /// The current practice of hardening.
    Restricted,
}

impl Level {
    /// Every level, the loosest first.
    pub const ALL: [Level; 3] = [Level::Privileged, Level::Baseline, Level::Restricted];

    /// The name by which a namespace label asks for it.
    pub fn name(self) -> &'static str {
        match self {
            Level::Privileged => "privileged",
            Level::Baseline => "baseline",
            Level::Restricted => "restricted",
        }
    }
}

/// Where a workload stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The workload, as findings name it.
    pub workload: Arc<str>,
    /// Its first container's name in the file.
    pub site: Site,
    /// The level that it meets.
    pub level: Level,
    /// The checks of the next level that it does not meet, by the standard's names.
    pub unmet: Vec<&'static str>,
}

/// A check of the standard.
struct Requirement {
    /// Its name in the standard.
    name: &'static str,
    /// The level that asks for it.
    level: Level,
    /// The minor version of Kubernetes that brought it.
    since: u32,
    /// Whether a pod meets it in a minor version.
    met: fn(&Pod<'_>, u32) -> bool,
}

/// Where a workload stands in a version of Kubernetes; nothing for what is no pod by itself.
pub fn standing(workload: &Workload<'_>, version: (u32, u32)) -> Option<Standing> {
    let Dialect::Kubernetes(pod) = &workload.dialect else { return None };
    if matches!(pod.shape, Shape::Containers | Shape::Spark) || pod.told == Told::Part {
        return None;
    }
    let minor = version.1;
    let unmet = |level: Level| -> Vec<&'static str> {
        let asked = checks::ALL.iter().filter(|it| it.level == level && it.since <= minor);
        asked.filter(|it| !(it.met)(pod, minor)).map(|it| it.name).collect()
    };
    // What is not of a level is of none above it.
    let first = [(Level::Privileged, Level::Baseline), (Level::Baseline, Level::Restricted)]
        .into_iter()
        .map(|(level, next)| (level, unmet(next)))
        .find(|it| !it.1.is_empty());
    let (level, unmet) = first.unwrap_or((Level::Restricted, Vec::new()));
    let site = workload.containers.first()?.site;
    Some(Standing { workload: workload.name.clone(), site, level, unmet })
}
