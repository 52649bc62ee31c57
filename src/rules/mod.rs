//! The policy: one file per weakness. Rules see workloads and containers, never text.

mod added_capabilities;
mod aside;
mod below;
mod capability_spelling;
mod dangerous_capabilities;
mod host_device;
mod host_mount;
mod host_namespaces;
mod host_port;
mod host_process;
mod judge;
mod kept_capabilities;
mod lsm_off;
mod privilege_escalation;
mod privileged;
mod privileged_build;
mod privileged_hook;
mod probe_host;
mod root_group;
mod root_user;
mod runtime_socket;
mod seccomp_off;
mod service_account_token;
mod socket_proxy;
mod tmpfs_ownership;
mod unknown_setting;
mod unmasked_paths;
mod unsafe_sysctl;
mod useless_capabilities;
mod volume_type;
mod weakness;
mod weigh;
mod writable_rootfs;

use crate::evidence::{Evidence, Settings};
use crate::finding::Severity;
use crate::images::Aspect;
use crate::suggestion;
use crate::workload::compose::Keys;
use crate::workload::{Container, Workload, Written};
pub use aside::judge_aside;
pub use judge::{Hearing, Verdict, judge};
pub use runtime_socket::judge_volume;
pub use unknown_setting::{judge_misplaced, judge_unfollowed, judge_unread};
pub use unsafe_sysctl::SAFE as SAFE_SYSCTLS;
pub use weakness::{Proposal, Weakness};

/// A weakness that casehard knows.
pub struct Rule {
    /// Its name: what is weak.
    pub id: &'static str,
    /// What is wrong, in a clause that follows "web: ".
    pub summary: &'static str,
    /// How bad it is, unless a finding says otherwise.
    pub severity: Severity,
    /// Why it matters and what a fix may break, in Markdown.
    pub docs: &'static str,
    /// The smallest YAML on which it fires.
    pub example: &'static str,
    /// The same in a pod; empty where pods cannot have the weakness, or the example is one.
    pub pod: &'static str,
    /// The identifiers of standards and other tools for the same weakness.
    pub references: &'static [&'static str],
    /// Rules whose fixes can bring this weakness to light: it may be new after they are applied.
    pub follows: &'static [&'static str],
    /// Where it can find anything.
    pub scope: Scope,
    /// How it is found.
    pub check: Check,
}

/// Where a rule can find anything: elsewhere it need not look.
#[derive(Debug, Clone, Copy)]
pub enum Scope {
    /// In every workload: what is missing is weak.
    Anywhere,
    /// In pods alone.
    Pods,
    /// In pods, and in services that have one of these keys.
    Saying(Keys),
}

impl Scope {
    /// In pods, and in services that have one of these keys.
    pub const fn saying(keys: &[&str]) -> Scope {
        Scope::Saying(Keys::of(keys))
    }

    /// Whether it reaches a service with these keys, or a pod, which has none.
    fn reaches(self, service: Option<Keys>) -> bool {
        match (self, service) {
            (Scope::Anywhere, _) | (_, None) => true,
            (Scope::Pods, Some(_)) => false,
            (Scope::Saying(keys), Some(own)) => own.meets(keys),
        }
    }
}

/// What a rule looks at.
pub enum Check {
    /// Each workload: a pod as a whole, a service.
    Workload(fn(&Case<'_, '_>) -> Vec<Weakness>),
    /// Each container.
    Container(fn(&Case<'_, '_>) -> Vec<Weakness>),
    /// Nothing here: it is found where waivers are read.
    Waivers,
}

/// What a rule judges.
pub struct Case<'c, 't> {
    /// The workload.
    pub workload: &'c Workload<'t>,
    /// The container, or the first one where the workload is judged.
    pub container: &'c Container<'t>,
    /// What is known of the container beyond its file.
    pub evidence: &'c Evidence,
    /// The same of all containers of the workload.
    pub known: &'c [Evidence],
    /// What the owner set.
    pub settings: &'c Settings,
}

impl Case<'_, '_> {
    /// The edits of a fix, with the variables that the image needs to work with it.
    fn with_variables(&self, aspect: Aspect, written: Written) -> Written {
        let mut edits = written?;
        let needed = self.evidence.variables.iter().filter(|it| it.0 == aspect);
        for (_, name, value) in needed {
            edits.extend(self.workload.set_variable(self.container, name, value)?);
        }
        Ok(edits)
    }
}

/// Every rule, in the order in which their fixes are written (SPEC 7).
pub static ALL: &[&Rule] = &[
    &privileged::RULE,
    &host_process::RULE,
    &host_namespaces::NETWORK,
    &host_namespaces::PID,
    &host_namespaces::IPC,
    &host_namespaces::USERS,
    &host_namespaces::UTS,
    &host_namespaces::CGROUP,
    &runtime_socket::RULE,
    &host_mount::RULE,
    &host_device::RULE,
    &volume_type::RULE,
    &host_port::RULE,
    &probe_host::RULE,
    &root_user::RULE,
    &root_group::RULE,
    &capability_spelling::RULE,
    &dangerous_capabilities::RULE,
    &added_capabilities::RULE,
    &useless_capabilities::RULE,
    &kept_capabilities::RULE,
    &privilege_escalation::RULE,
    &seccomp_off::RULE,
    &lsm_off::RULE,
    &unmasked_paths::RULE,
    &writable_rootfs::RULE,
    &tmpfs_ownership::RULE,
    &unsafe_sysctl::RULE,
    &privileged_hook::RULE,
    &privileged_build::RULE,
    &service_account_token::RULE,
    &unknown_setting::RULE,
    &BROKEN_WAIVER,
];

/// The rule whose fix is the user to run as.
pub const USER_RULE: &str = "root-user";

/// A waiver that does not hold: without a reason, past its date, for an unknown rule.
pub static BROKEN_WAIVER: Rule = Rule {
    id: "broken-waiver",
    summary: "a waiver does not hold",
    severity: Severity::Low,
    docs: "A waiver says which rules it allows and why: `# casehard: allow RULE[,RULE] -- reason [until YYYY-MM-DD]`. \
Without a reason, past its date or for a rule that does not exist it allows nothing.",
    example: "services:\n  web:\n    # casehard: allow root-user\n    image: example\n",
    pod: "",
    references: &[],
    follows: &[],
    scope: Scope::Anywhere,
    check: Check::Waivers,
};

/// Whether a capability reaches the host, so that adding it is a finding by itself.
pub fn reaches_host(capability: &str) -> bool {
    dangerous_capabilities::severity(capability).is_some()
}

/// The rule of that id.
pub fn find(id: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|it| it.id == id)
}

/// Whether a rule finds one thing in a container at most, so that what was said of it once speaks of the same.
pub fn is_of_the_whole(rule: &str) -> bool {
    const RULES: [&str; 14] = [
        "privileged",
        "host-network",
        "host-pid",
        "host-ipc",
        "host-users",
        "host-uts",
        "host-cgroup",
        USER_RULE,
        "root-group",
        "kept-capabilities",
        "privilege-escalation",
        "seccomp-off",
        "writable-rootfs",
        "service-account-token",
    ];
    RULES.contains(&rule)
}

/// Says that there is no rule of that name, and which ones may be meant.
pub fn unknown(name: &str) -> String {
    suggestion::unknown("rule", name, ALL.iter().map(|it| it.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_complete() {
        for rule in ALL {
            assert!(rule.docs.len() > 80, "{}: docs", rule.id);
            assert!(!rule.summary.ends_with('.'), "{}: summary", rule.id);
            assert!(rule.example.ends_with('\n'), "{}: example", rule.id);
            assert!(rule.follows.iter().all(|it| find(it).is_some()), "{}: follows", rule.id);
        }
    }

    #[test]
    fn ids_are_unique() {
        let mut ids: Vec<_> = ALL.iter().map(|it| it.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), ALL.len());
    }
}
