//! What in a file stands against a fix: one table, one row a signal (SPEC 3.1). Rows that need a path, an account or an
//! engine in return are told by the sources and the target; here is what lowers a confidence.

mod mounts;
mod names;
mod words;

use super::RunsAs;
use super::facts::{Doubt, Facts};
use super::subject::Subject;
use super::target::Platform;
use crate::finding::Confidence;

/// What signals look at.
struct Scene<'d, 'k, 't> {
    subject: &'d Subject<'k, 't>,
    facts: &'d Facts,
    runs_as: RunsAs,
}

/// Something that a file shows, and what it stands against.
pub struct Signal {
    /// Its name: that of its golden case.
    pub id: &'static str,
    /// The rules whose fixes it speaks against.
    pub rules: &'static [&'static str],
    /// The most that they can be.
    pub at_most: Confidence,
    /// What may stop working, or what to do instead where nothing is written.
    pub so: &'static str,
    /// What is seen, in a clause; nothing where it is not there.
    sees: fn(&Scene<'_, '_, '_>) -> Option<String>,
}

/// Every rule that takes something away.
const REMOVALS: &[&str] = &[
    "privileged",
    "host-network",
    "host-pid",
    "host-ipc",
    "host-uts",
    "host-cgroup",
    "host-users",
    "runtime-socket",
    "host-mount",
    "host-device",
    "volume-type",
    "host-port",
    "root-user",
    "root-group",
    "dangerous-capabilities",
    "added-capabilities",
    "useless-capabilities",
    "kept-capabilities",
    "privilege-escalation",
    "seccomp-off",
    "lsm-off",
    "unmasked-paths",
    "writable-rootfs",
];

const SYSTEM: &[&str] = &["root-user", "kept-capabilities", "writable-rootfs"];

/// Every signal.
pub static SIGNALS: &[Signal] = &[
    Signal {
        id: "fuse-and-shared-mounts",
        rules: &["lsm-off"],
        at_most: Confidence::Risky,
        so: "mounts that AppArmor's default profile refuses",
        sees: mounts::mounts_itself,
    },
    Signal {
        id: "system-bus",
        rules: &["lsm-off", "unmasked-paths", "seccomp-off"],
        at_most: Confidence::Manual,
        so: "AppArmor's default profile refuses the bus: give it a profile of its own",
        sees: mounts::system_bus,
    },
    Signal {
        id: "nested-engine",
        rules: &["lsm-off", "unmasked-paths", "seccomp-off"],
        at_most: Confidence::Manual,
        so: "containers inside of it need what the profile refuses: build with a rootless builder elsewhere",
        sees: names::builds_or_runs_containers,
    },
    Signal {
        id: "raised-privileges",
        rules: &["privilege-escalation"],
        at_most: Confidence::Risky,
        so: "programs that raise their privileges, when they do not start as root",
        sees: words::raises_privileges,
    },
    Signal {
        id: "raising-variable",
        rules: &["privilege-escalation"],
        at_most: Confidence::Risky,
        so: "sudo and scheduled jobs, which stop without a word",
        sees: words::raising_variable,
    },
    Signal {
        id: "privileged-raises",
        rules: &["privilege-escalation"],
        at_most: Confidence::Risky,
        so: "programs that raise their privileges",
        sees: mounts::is_privileged,
    },
    Signal {
        id: "user-of-an-unknown-image",
        rules: &["privilege-escalation"],
        at_most: Confidence::Risky,
        so: "sudo and setuid programs, by which a user gets its rights back",
        sees: names::user_of_unknown_image,
    },
    Signal {
        id: "unusual-system-calls",
        rules: &["seccomp-off"],
        at_most: Confidence::Risky,
        so: "system calls that the default filter refuses",
        sees: names::unusual_system_calls,
    },
    Signal {
        id: "control-groups",
        rules: &["host-cgroup"],
        at_most: Confidence::Manual,
        so: "it manages the host's control groups: leave it, or run it on the host",
        sees: mounts::control_groups,
    },
    Signal {
        id: "shared-memory",
        rules: &["host-ipc"],
        at_most: Confidence::Risky,
        so: "its shared memory, which falls to 64 MB: add `shm_size`, or `ipc: shareable` and `ipc: service:NAME` where two services share it",
        sees: names::shared_memory,
    },
    Signal {
        id: "root-for-the-socket",
        rules: &["root-user"],
        at_most: Confidence::Manual,
        so: "name the user together with `group_add` and the group of the host's socket",
        sees: mounts::root_for_the_socket,
    },
    Signal {
        id: "root-by-the-owner",
        rules: &["root-user"],
        at_most: Confidence::Risky,
        so: "what it was made root for",
        sees: mounts::root_by_owner,
    },
    Signal {
        id: "host-data",
        rules: &["root-user"],
        at_most: Confidence::Risky,
        so: "reading and writing what is mounted of the host, which may belong to another user",
        sees: mounts::host_data,
    },
    Signal {
        id: "account-by-variable",
        rules: &["root-user"],
        at_most: Confidence::Risky,
        so: "what its start does as root before it drops to that account",
        sees: words::account_by_variable,
    },
    Signal {
        id: "changes-owners",
        rules: SYSTEM,
        at_most: Confidence::Manual,
        so: "prepare owners once when the image is built; in a pod `fsGroup` does this, and the container can go",
        sees: words::changes_owners,
    },
    Signal {
        id: "changes-the-system",
        rules: SYSTEM,
        at_most: Confidence::Manual,
        so: "do this when the image is built, by a volume, or for kernel settings by `sysctls`",
        sees: words::changes_the_system,
    },
    Signal {
        id: "changes-the-kernel",
        rules: &["privileged", "dangerous-capabilities", "added-capabilities"],
        at_most: Confidence::Manual,
        so: "set kernel settings by `sysctls` or on the host, and the container can go",
        sees: words::changes_the_kernel,
    },
    Signal {
        id: "writes-elsewhere",
        rules: &["writable-rootfs"],
        at_most: Confidence::Risky,
        so: "what it writes there",
        sees: words::writes_elsewhere,
    },
    Signal {
        id: "platform-of-the-cluster",
        rules: REMOVALS,
        at_most: Confidence::Manual,
        so: "the cluster depends on it: change it as its vendor says",
        sees: names::platform_of_the_cluster,
    },
];

/// What of the table a container shows.
pub(super) fn seen(
    subject: &Subject<'_, '_>,
    facts: &Facts,
    runs_as: RunsAs,
    platform: &Platform,
) -> Vec<Doubt> {
    let scene = &Scene { subject, facts, runs_as };
    let rows = SIGNALS.iter().filter_map(|it| {
        let seen = (it.sees)(scene)?;
        Some(Doubt {
            rules: it.rules,
            at_most: it.at_most,
            seen: seen.into(),
            so: Some(it.so.into()),
        })
    });
    rows.chain(mounts::keeps_its_id(scene, platform)).collect()
}

/// Words by which a comment gives a reason for what it stands at.
const REASONS: &[&str] = &["need", "require", "necessary", "must", "otherwise"];

/// Whether a comment gives a reason for what it stands at: the comment, in one line.
pub fn reason_in_comment(comment: &str) -> Option<String> {
    let text = comment.trim_start_matches(['#', ' ']).trim();
    let lower = text.to_lowercase();
    let is_waiver = lower.starts_with("casehard:");
    (!is_waiver && REASONS.iter().any(|it| lower.contains(it))).then(|| text.to_owned())
}
