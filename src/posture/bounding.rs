//! Which capabilities the lists of a container leave it (SPEC 2.3): by Docker's way, in which what is added wins, and by
//! that of a cluster on containerd, in which what is dropped wins.

use std::collections::BTreeSet;

use crate::images::{CAPABILITIES, capability_name};

/// What is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bounding {
    /// Every capability of Linux.
    All,
    /// These.
    Some(BTreeSet<String>),
    /// No container: the engine does not know this one.
    Refused(String),
}

/// The lists of a container as written, with what it has without them.
#[derive(Debug, Clone, Default)]
pub struct Lists<'l> {
    /// Whether it is privileged.
    pub privileged: bool,
    /// What is added.
    pub add: Vec<&'l str>,
    /// What is dropped.
    pub drop: Vec<&'l str>,
    /// What the runtime gives without being asked.
    pub default: &'l [&'l str],
}

type Set = BTreeSet<String>;

/// Docker: case and prefix do not matter, an unknown name is refused, and what is added wins. With ALL added, only what
/// is dropped by name is gone; with ALL dropped, only what is added is left.
pub fn by_docker(lists: &Lists<'_>) -> Bounding {
    if lists.privileged {
        return Bounding::All;
    }
    let wrong = |it: &&&str| !is_all(it) && !CAPABILITIES.contains(&capability_name(it).as_str());
    if let Some(it) = lists.add.iter().chain(&lists.drop).find(wrong) {
        return Bounding::Refused((*it).to_owned());
    }
    let add: Set = lists.add.iter().map(|it| capability_name(it)).collect();
    let drop: Set = lists.drop.iter().map(|it| capability_name(it)).collect();
    whole(if add.contains("ALL") {
        every().difference(&drop).cloned().collect()
    } else if drop.contains("ALL") {
        add
    } else {
        let kept = set(lists.default).difference(&drop).cloned().collect::<Set>();
        kept.union(&add).cloned().collect()
    })
}

/// A cluster on containerd: names are taken as they are written, those that nobody knows do nothing, `CAP_NET_RAW`
/// among them, and what is dropped wins. Only ALL is read in any case.
pub fn by_containerd(lists: &Lists<'_>) -> Bounding {
    if lists.privileged {
        return Bounding::All;
    }
    let mut left = match lists.add.iter().any(|it| is_all(it)) {
        true => every(),
        false => set(lists.default),
    };
    if lists.drop.iter().any(|it| is_all(it)) {
        left.clear();
    }
    let known = lists.add.iter().filter(|it| CAPABILITIES.contains(*it));
    left.extend(known.map(|it| (*it).to_owned()));
    for gone in &lists.drop {
        left.remove(*gone);
    }
    whole(left)
}

fn is_all(name: &str) -> bool {
    name.eq_ignore_ascii_case("ALL")
}

fn set(names: &[&str]) -> Set {
    names.iter().map(|it| (*it).to_owned()).collect()
}

fn every() -> Set {
    set(&CAPABILITIES)
}

fn whole(left: Set) -> Bounding {
    match left.len() == CAPABILITIES.len() {
        true => Bounding::All,
        false => Bounding::Some(left),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: [&str; 3] = ["CHOWN", "KILL", "NET_RAW"];

    fn words(text: &str) -> Vec<&str> {
        text.split_whitespace().collect()
    }

    fn shown(left: &Bounding) -> String {
        match left {
            Bounding::All => "all".to_owned(),
            Bounding::Some(set) if set.len() > 30 => format!("all but {}", 41 - set.len()),
            Bounding::Some(set) => set.iter().map(String::as_str).collect::<Vec<_>>().join(" "),
            Bounding::Refused(name) => format!("refused {name}"),
        }
    }

    #[track_caller]
    fn check(add: &str, drop: &str, docker: &str, containerd: &str) {
        let lists =
            Lists { privileged: false, add: words(add), drop: words(drop), default: &DEFAULT };
        assert_eq!(shown(&by_docker(&lists)), docker, "docker: add [{add}] drop [{drop}]");
        assert_eq!(shown(&by_containerd(&lists)), containerd, "pods: add [{add}] drop [{drop}]");
    }

    #[test]
    fn the_default_is_added_to_and_dropped_from() {
        check("", "", "CHOWN KILL NET_RAW", "CHOWN KILL NET_RAW");
        check("SYS_TIME", "KILL", "CHOWN NET_RAW SYS_TIME", "CHOWN NET_RAW SYS_TIME");
    }

    #[test]
    fn of_one_that_is_both_added_and_dropped_each_engine_thinks_otherwise() {
        check("CHOWN", "CHOWN", "CHOWN KILL NET_RAW", "KILL NET_RAW");
        check("CHOWN KILL", "ALL KILL", "CHOWN KILL", "CHOWN");
    }

    #[test]
    fn all_added_beats_all_dropped_on_docker_alone() {
        check("ALL", "", "all", "all");
        check("ALL", "ALL", "all", "");
        check("ALL", "NET_RAW KILL", "all but 2", "all but 2");
        check("all", "aLL NET_RAW", "all but 1", "");
    }

    #[test]
    fn spelling_matters_to_a_cluster() {
        check("", "all", "", "");
        check("CAP_SYS_TIME", "ALL", "SYS_TIME", "");
        check("", "CAP_KILL", "CHOWN NET_RAW", "CHOWN KILL NET_RAW");
        check("", "net_raw", "CHOWN KILL", "CHOWN KILL NET_RAW");
    }

    #[test]
    fn docker_refuses_what_it_does_not_know() {
        check("NO_SUCH", "", "refused NO_SUCH", "CHOWN KILL NET_RAW");
        check("", "CAP_ALL", "refused CAP_ALL", "CHOWN KILL NET_RAW");
    }

    #[test]
    fn privileged_leaves_all_whatever_the_lists_say() {
        let lists = Lists { privileged: true, drop: vec!["ALL"], ..Lists::default() };
        assert_eq!(by_docker(&lists), Bounding::All);
        assert_eq!(by_containerd(&lists), Bounding::All);
    }
}
