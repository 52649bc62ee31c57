//! What kustomizations of the run make of a container: another one than its file shows.

use crate::evidence::facts::{Doubt, Facts};
use crate::evidence::signals::REMOVALS;
use crate::evidence::sources::{ACCOUNTS, holds_paths};
use crate::evidence::subject::{Start, Subject};
use crate::finding::Confidence;
use crate::images::{Condition, Image, When};
use crate::workload::Dialect;
use crate::workload::kubernetes::{Touch, What};

/// What is known of an image at one tag.
const OF_THE_TAG: &[&str] = &[
    "root-user",
    "root-group",
    "added-capabilities",
    "useless-capabilities",
    "kept-capabilities",
    "privilege-escalation",
    "writable-rootfs",
];

/// What depends on who it runs as.
const OF_THE_USER: &[&str] = &[
    "root-user",
    "root-group",
    "useless-capabilities",
    "kept-capabilities",
    "privilege-escalation",
    "writable-rootfs",
];

/// What depends on the capabilities that it has.
const OF_CAPABILITIES: &[&str] = &[
    "root-user",
    "dangerous-capabilities",
    "added-capabilities",
    "useless-capabilities",
    "kept-capabilities",
    "seccomp-off",
    "lsm-off",
];

const DATA: &[&str] = &["root-user", "kept-capabilities", "writable-rootfs"];

const PORTS: &[&str] = &["root-user", "kept-capabilities"];

/// What is known of the overlays.
pub(super) fn facts(subject: &Subject<'_, '_>, _: Start) -> Option<Facts> {
    let Dialect::Kubernetes(pod) = &subject.workload.dialect else { return None };
    let own = pod.touches.iter();
    let own = own.filter(|it| it.container.is_none_or(|it| it == subject.container.index));
    let doubts: Vec<Doubt> = own.flat_map(|it| doubts(subject, it)).collect();
    (!doubts.is_empty()).then(|| Facts { doubts, ..Facts::default() })
}

fn doubts(subject: &Subject<'_, '_>, touch: &Touch) -> Vec<Doubt> {
    let rows = rows(subject, &touch.what);
    let rows = rows.into_iter().map(|(rules, at_most, so)| Doubt {
        rules,
        at_most,
        seen: touch.seen.clone().into(),
        so: Some(so.into()),
    });
    rows.collect()
}

type Row = (&'static [&'static str], Confidence, &'static str);

/// What a change stands against, and what may stop working or is to be done instead.
fn rows(subject: &Subject<'_, '_>, what: &What) -> Vec<Row> {
    use Confidence::{Manual, Risky};
    let there = "what runs there, which is set up in another way";
    match what {
        What::Image => vec![(REMOVALS, Risky, "the image that runs there, which is another one")],
        What::Tag => vec![(OF_THE_TAG, Risky, "the image that runs there, at another tag")],
        What::Program => vec![(REMOVALS, Risky, "the program that runs there")],
        What::Privileged => vec![(REMOVALS, Risky, "what it is privileged for there")],
        What::Refused => vec![(
            &["privilege-escalation"],
            Manual,
            "the API server refuses it beside `allowPrivilegeEscalation: false`: take it away there first",
        )],
        What::Capabilities => {
            vec![(OF_CAPABILITIES, Risky, "what those capabilities are for there")]
        }
        What::RunsAs(id) if is_own(subject, *id) => Vec::new(),
        What::User | What::RunsAs(_) => {
            vec![(OF_THE_USER, Risky, "what runs there, as another user")]
        }
        What::Root => vec![
            (
                &["root-user"],
                Manual,
                "the kubelet refuses it beside `runAsNonRoot: true`: take it away there first",
            ),
            (OF_THE_USER, Risky, "what runs there, as root"),
        ],
        What::Context => {
            vec![(OF_THE_TAG, Risky, "what runs there without the rest of what is written here")]
        }
        What::Writable => vec![(&["writable-rootfs"], Risky, "what is written there")],
        What::Escalation => vec![(&["privilege-escalation"], Risky, "what gains privileges there")],
        What::Filter => vec![(&["seccomp-off"], Risky, "system calls that are made there")],
        What::Module => vec![(&["lsm-off"], Risky, "what is allowed there")],
        What::Masks => {
            vec![(&["unmasked-paths", "host-users"], Risky, "what is unmasked for there")]
        }
        What::Mounts => vec![(DATA, Risky, "reading and writing what is mounted there")],
        What::Dropped => vec![
            (
                &["writable-rootfs"],
                Manual,
                "the volumes that keep paths writable would be lost there: have it add to the list",
            ),
            (DATA, Risky, "reading and writing what is mounted there"),
        ],
        What::HostNetwork => vec![
            (&["host-users"], Manual, NO_USERS),
            (&["host-network", "root-user", "kept-capabilities"], Risky, there),
        ],
        What::HostProcesses => {
            vec![(&["host-users"], Manual, NO_USERS), (&["host-pid"], Risky, there)]
        }
        What::HostMemory => {
            vec![(&["host-users"], Manual, NO_USERS), (&["host-ipc"], Risky, there)]
        }
        What::Users => vec![(
            &["host-users", "host-network", "host-pid", "host-ipc", "unmasked-paths"],
            Risky,
            there,
        )],
        What::LowPort => {
            vec![(PORTS, Risky, "listening on it, which is root's or needs a capability")]
        }
        What::Variable(name) if bears(subject, name) => {
            vec![(OF_THE_TAG, Risky, "what runs there, which is set up by it")]
        }
        What::Variable(_) => Vec::new(),
        What::Variables => vec![(OF_THE_TAG, Risky, "paths, accounts and features that they name")],
        What::Hook => vec![(OF_THE_TAG, Risky, "what is run beside the command there")],
        What::ServiceAccount => {
            vec![(&["service-account-token"], Risky, "what speaks to the API server there")]
        }
        What::Windows => {
            vec![(REMOVALS, Manual, "settings of Linux are refused there: take it away first")]
        }
        What::Sidecar => vec![(
            &["root-user", "root-group", "host-users"],
            Risky,
            "that container, which has what is said of all the pod",
        )],
        What::Unread => vec![(REMOVALS, Risky, there)],
    }
}

const NO_USERS: &str =
    "the API server refuses it beside `hostUsers: false`: take it away there first";

/// Whether a number is that of the image's own account or of its group.
fn is_own(subject: &Subject<'_, '_>, id: i64) -> bool {
    let account = subject.found.image().and_then(Image::account);
    account.is_some_and(|(uid, gid)| [uid, gid].into_iter().any(|it| i64::from(it) == id))
}

/// Whether something that is known or decided hangs on a variable.
fn bears(subject: &Subject<'_, '_>, name: &str) -> bool {
    let is_account = ACCOUNTS.iter().any(|it| it.0 == name || it.1 == name);
    let raises = name.contains("SUDO") || name.contains("CRON");
    is_account
        || raises
        || holds_paths(name)
        || subject.found.image().is_some_and(|it| asks(it, name))
}

/// Whether what is known of an image names a variable.
fn asks(image: &Image, name: &str) -> bool {
    let features = image.features.iter().map(|it| &it.when);
    let writable = image.writable.iter().filter_map(|it| it.when.as_ref());
    let named = |condition: &Condition| match condition {
        Condition::Variable(it, _) => match it.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => it == name,
        },
        Condition::NoVariable(it) => it == name,
        _ => false,
    };
    let in_any = |when: &When| when.0.iter().flatten().any(named);
    features.chain(writable).any(in_any) || image.env.iter().any(|it| it.name == name)
}
