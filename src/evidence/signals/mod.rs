//! What in a file stands against a fix: one table, one row a signal (SPEC 3.1). Rows that need a path, an account or an
//! engine in return are told by the sources and the target; here is what lowers a confidence.

mod beside;
mod mounts;
mod names;
mod words;

use super::RunsAs;
use super::facts::{Doubt, Facts};
use super::programs::{Program, programs};
use super::subject::Subject;
use super::target::Platform;
use crate::finding::Confidence;

/// What signals look at.
struct Scene<'d, 'k, 't> {
    subject: &'d Subject<'k, 't>,
    facts: &'d Facts,
    runs_as: RunsAs,
    /// The image as written, in lower case.
    image: String,
    /// What its command runs.
    run: Vec<Program>,
    /// What its health checks and hooks run.
    aside: Vec<Program>,
}

impl<'d, 'k, 't> Scene<'d, 'k, 't> {
    /// What several signals ask is found out once.
    fn of(subject: &'d Subject<'k, 't>, facts: &'d Facts, runs_as: RunsAs) -> Self {
        let aside = subject.asides.iter().flat_map(|it| programs(it)).collect();
        let (image, run) = (names::image_of(subject), words::run(subject));
        Scene { subject, facts, runs_as, image, run, aside }
    }
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
pub(super) const REMOVALS: &[&str] = &[
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
    "probe-host",
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
    "service-account-token",
];

/// What an engine within a container cannot do without.
const ENGINE: &[&str] = &[
    "lsm-off",
    "unmasked-paths",
    "seccomp-off",
    "privileged",
    "root-user",
    "dangerous-capabilities",
    "kept-capabilities",
];

/// What programs that raise their privileges need: the way to do so, and the capabilities that they raise to.
const RAISING: &[&str] = &["privilege-escalation", "kept-capabilities"];

const SYSTEM: &[&str] =
    &["root-user", "kept-capabilities", "added-capabilities", "writable-rootfs"];

/// What a change of the kernel or of the host's network needs besides.
const KERNEL: &[&str] = &[
    "privileged",
    "root-user",
    "kept-capabilities",
    "added-capabilities",
    "dangerous-capabilities",
    "writable-rootfs",
];

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
        so: "it asks services of the host for what the default profile refuses: write it a profile of its own",
        sees: mounts::system_bus,
    },
    Signal {
        id: "nested-engine",
        rules: ENGINE,
        at_most: Confidence::Manual,
        so: "containers inside of it need what would be taken away: leave them to a builder or an engine outside of it",
        sees: names::builds_or_runs_containers,
    },
    Signal {
        id: "raised-privileges",
        rules: RAISING,
        at_most: Confidence::Risky,
        so: "programs that raise their privileges, when they do not start as root",
        sees: words::raises_privileges,
    },
    Signal {
        id: "raising-variable",
        rules: RAISING,
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
        so: "what shares memory, or needs more than 64 MB of it: give it that by `ipc: shareable` and `ipc: service:NAME`, by `shm_size`, or in a pod by an emptyDir with `medium: Memory` at /dev/shm",
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
        id: "changes-its-account",
        rules: &["root-user", "kept-capabilities"],
        at_most: Confidence::Risky,
        so: "the change to another account, which only root can make",
        sees: words::changes_account,
    },
    Signal {
        id: "changes-owners",
        rules: SYSTEM,
        at_most: Confidence::Manual,
        so: "prepare owners once: when the image is built, on the volume, or in a pod by `fsGroup`",
        sees: words::changes_owners,
    },
    Signal {
        id: "changes-the-system",
        rules: SYSTEM,
        at_most: Confidence::Manual,
        so: "do this when the image is built",
        sees: words::changes_the_system,
    },
    Signal {
        id: "changes-by-a-hook",
        rules: SYSTEM,
        at_most: Confidence::Risky,
        so: "the hook, which changes what belongs to root",
        sees: words::hook_changes,
    },
    Signal {
        id: "sets-the-kernel",
        rules: KERNEL,
        at_most: Confidence::Manual,
        so: "`sysctls` sets it without root (in a pod under `securityContext`), and this command can go",
        sees: words::sets_the_kernel,
    },
    Signal {
        id: "sets-the-hosts-kernel",
        rules: KERNEL,
        at_most: Confidence::Manual,
        so: "it is a setting of the whole host: make it there once, in /etc/sysctl.d, and this command can go",
        sees: words::sets_the_hosts_kernel,
    },
    Signal {
        id: "mounts-or-filters",
        rules: KERNEL,
        at_most: Confidence::Manual,
        so: "it fails without its rights: have the host or a volume do this instead",
        sees: words::mounts_or_filters,
    },
    Signal {
        id: "runs-hooks",
        rules: &["writable-rootfs"],
        at_most: Confidence::Risky,
        so: "what the hook writes",
        sees: beside::has_hooks,
    },
    Signal {
        id: "labels-that-run-commands",
        rules: SYSTEM,
        at_most: Confidence::Risky,
        so: "the command, such as a nightly backup, without a word",
        sees: beside::labels_that_run,
    },
    Signal {
        id: "mounted-start-scripts",
        rules: SYSTEM,
        at_most: Confidence::Risky,
        so: "what the scripts write or change as root",
        sees: beside::mounted_scripts,
    },
    Signal {
        id: "unread-variables",
        rules: SYSTEM,
        at_most: Confidence::Risky,
        so: "paths, accounts and features that it names",
        sees: beside::unread_variables,
    },
    Signal {
        id: "unknown-words",
        rules: &["root-user", "writable-rootfs"],
        at_most: Confidence::Risky,
        so: "the paths that it names",
        sees: beside::unknown_words,
    },
    Signal {
        id: "user-by-variable",
        rules: &["kept-capabilities"],
        at_most: Confidence::Risky,
        so: "a start as root, where the variable says root",
        sees: words::user_by_variable,
    },
    Signal {
        id: "writes-elsewhere",
        rules: &["writable-rootfs"],
        at_most: Confidence::Risky,
        so: "what it writes there",
        sees: words::writes_elsewhere,
    },
    Signal {
        id: "unread-base",
        rules: SYSTEM,
        at_most: Confidence::Manual,
        so: "it may say another user, command or mount: mend the name or put the file there, then run again",
        sees: beside::unread_base,
    },
    Signal {
        id: "perhaps-of-windows",
        rules: REMOVALS,
        at_most: Confidence::Manual,
        so: "say so by `platform: windows/amd64`, or by `platform: linux/amd64` that it does not run there",
        sees: names::perhaps_of_windows,
    },
    Signal {
        id: "platform-of-the-cluster",
        rules: REMOVALS,
        at_most: Confidence::Manual,
        so: "change it as its vendor says, since the cluster depends on it",
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
    let scene = &Scene::of(subject, facts, runs_as);
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
const REASONS: &[&str] = &[
    "need",
    "needs",
    "needed",
    "require",
    "requires",
    "required",
    "necessary",
    "must",
    "otherwise",
];

/// Whether a comment gives a reason for what it stands at: the comment, in one line.
pub fn reason_in_comment(comment: &str) -> Option<String> {
    let text = comment.trim_start_matches(['#', ' ']).trim();
    let lower = text.to_lowercase();
    let is_waiver = lower.starts_with("casehard:");
    let mut words = lower.split(|it: char| !it.is_alphanumeric());
    (!is_waiver && words.any(|it| REASONS.contains(&it))).then(|| text.to_owned())
}
