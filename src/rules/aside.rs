//! What objects say of the host that are of no kind whose pods are known: found by the rules that it breaks.

use super::{Rule, host_namespaces, privileged, runtime_socket};
use crate::evidence::host::{Reach, socket};
use crate::finding::{ContainerId, Finding};
use crate::workload::kubernetes::{Aside, Hold};

const BY_HAND: &str =
    "it is judged no further, since where its pods stand is not known: change it there by hand";

/// What is weak in it, if anything is.
pub fn judge_aside(aside: &Aside) -> Option<Finding> {
    let (rule, message): (&Rule, _) = match &aside.what {
        Hold::Privileged => (&privileged::RULE, privileged::RULE.summary.into()),
        Hold::Network => (&host_namespaces::NETWORK, host_namespaces::NETWORK.summary.into()),
        Hold::Processes => (&host_namespaces::PID, host_namespaces::PID.summary.into()),
        Hold::Memory => (&host_namespaces::IPC, host_namespaces::IPC.summary.into()),
        Hold::Path(path) => {
            let what = match socket(path)? {
                Reach::Socket => "a runtime socket",
                Reach::Folder => "a folder with runtime sockets",
            };
            (&runtime_socket::RULE, format!("the container holds {what}: {path}").into())
        }
    };
    Some(Finding {
        rule: rule.id,
        severity: rule.severity,
        container: ContainerId::NOBODY,
        subject: aside.name.as_str().into(),
        site: aside.site,
        message,
        fixes: Vec::new(),
        advice: Some(BY_HAND.to_owned()),
    })
}
