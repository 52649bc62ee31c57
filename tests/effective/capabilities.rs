//! Which capabilities the lists of a container leave it (SPEC 2.3), by Docker's way and by that of containerd.

use std::collections::BTreeSet;

use super::state::Fact;

/// Docker's default set, which is containerd's as well.
const DEFAULT: &str = "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID \
SETPCAP SETUID SYS_CHROOT";

/// The rest of what the kernel knows.
const OTHERS: &str = "AUDIT_CONTROL AUDIT_READ BLOCK_SUSPEND BPF CHECKPOINT_RESTORE DAC_READ_SEARCH IPC_LOCK IPC_OWNER \
LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE NET_ADMIN NET_BROADCAST PERFMON SYSLOG SYS_ADMIN SYS_BOOT SYS_MODULE SYS_NICE \
SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM";

type Set = BTreeSet<String>;

fn words(text: &str) -> Set {
    text.split(' ').map(str::to_owned).collect()
}

fn all() -> Set {
    words(DEFAULT).into_iter().chain(words(OTHERS)).collect()
}

fn shown(set: &Set) -> Fact {
    Fact::Is(match *set == all() {
        true => "all".to_owned(),
        false => set.iter().map(String::as_str).collect::<Vec<_>>().join(" "),
    })
}

/// The lists of a container as written.
pub(crate) struct Lists {
    pub(crate) privileged: bool,
    pub(crate) add: Vec<String>,
    pub(crate) drop: Vec<String>,
}

/// Docker: case and prefix do not matter, an unknown name is refused, and what is added wins.
pub(crate) fn by_docker(lists: &Lists) -> Fact {
    if lists.privileged {
        return shown(&all());
    }
    let name = |it: &String| {
        let upper = it.to_ascii_uppercase();
        match upper.as_str() {
            "ALL" => upper,
            _ => upper.strip_prefix("CAP_").unwrap_or(&upper).to_owned(),
        }
    };
    let add: Set = lists.add.iter().map(name).collect();
    let drop: Set = lists.drop.iter().map(name).collect();
    let known = all();
    let open = |it: &&String| it.contains('$');
    if add.iter().chain(&drop).any(|it| open(&it)) {
        return Fact::Is(format!("by its variables: {:?} without {:?}", lists.add, lists.drop));
    }
    let wrong = |it: &&String| *it != "ALL" && !known.contains(*it);
    let raw_all = |it: &&String| it.eq_ignore_ascii_case("CAP_ALL");
    if let Some(it) = lists.add.iter().chain(&lists.drop).find(raw_all) {
        return Fact::Refused(format!("unknown capability {it}"));
    }
    if let Some(it) = add.iter().chain(&drop).find(wrong) {
        return Fact::Refused(format!("unknown capability {it}"));
    }
    let left = if add.contains("ALL") {
        known.difference(&drop).cloned().collect()
    } else if drop.contains("ALL") {
        add
    } else {
        let kept: Set = words(DEFAULT).difference(&drop).cloned().collect();
        kept.union(&add).cloned().collect()
    };
    shown(&left)
}

/// Whether a runtime of pods takes `net_raw` for `NET_RAW`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Matters,
    Ignored,
}

/// containerd: a prefix makes a name that nobody knows, which does nothing, and what is dropped wins.
pub(crate) fn by_containerd(lists: &Lists, case: Case) -> Fact {
    if lists.privileged {
        return shown(&all());
    }
    let is_all = |it: &&String| it.eq_ignore_ascii_case("ALL");
    let mut left = words(DEFAULT);
    if lists.add.iter().any(|it| is_all(&it)) {
        left = all();
    }
    if lists.drop.iter().any(|it| is_all(&it)) {
        left.clear();
    }
    let name = |it: &String| match case {
        Case::Matters => it.clone(),
        Case::Ignored => it.to_ascii_uppercase(),
    };
    let known = all();
    left.extend(lists.add.iter().map(name).filter(|it| known.contains(it)));
    for gone in lists.drop.iter().map(name) {
        left.remove(&gone);
    }
    shown(&left)
}
