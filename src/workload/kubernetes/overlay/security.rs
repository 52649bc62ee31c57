//! What a change of a security context concerns.

use super::touch::{Look, What};
use crate::workload::json::json;
use crate::workload::kubernetes::scalar;
use crate::workload::kubernetes::scalar::{boolean, integer};
use crate::workload::view;
use crate::yaml::Node;

impl<'p> Look<'_, '_, 'p> {
    /// The security context of a container, or of the pod where there is none, or something in it.
    pub(super) fn context(&mut self, of: Option<usize>, rest: &[String], value: Option<Node<'p>>) {
        if let [key, rest @ ..] = rest {
            return self.security(of, (key, rest), value);
        }
        // A container's own goes as a whole; what is left of a pod's no longer fits that of its containers.
        if of.is_none() && (self.change.replaces || value.is_none()) {
            self.say(of, What::Context, (value, "replaces `securityContext`"));
        }
        for it in value.map(view::entries).unwrap_or_default() {
            self.security(of, (it.key.value().unwrap_or(""), &[]), Some(it.value));
        }
    }

    fn security(
        &mut self,
        of: Option<usize>,
        (key, rest): (&str, &[String]),
        value: Option<Node<'p>>,
    ) {
        if rest.is_empty() && self.is_said(of, key, value) {
            return;
        }
        let flag = value.and_then(boolean);
        let changes = format!("changes `{key}`");
        let what = match key {
            "privileged" if flag == Some(true) => {
                let how = "sets `privileged: true`";
                self.refused(of, (value, how));
                return self.say(of, What::Privileged, (value, how));
            }
            "capabilities" => return self.capabilities(of, rest, value),
            "runAsUser" if value.and_then(integer) == Some(0) => {
                let stays = sibling(value, "runAsNonRoot").and_then(boolean) == Some(false);
                let what = if stays { What::User } else { What::Root };
                return self.say(of, what, (value, "sets `runAsUser: 0`"));
            }
            "runAsNonRoot" if flag == Some(true) => return,
            "sysctls" if opens_ports(value) => return,
            "runAsUser" | "runAsGroup" | "fsGroup" if value.and_then(integer).is_some() => {
                What::RunsAs(value.and_then(integer).unwrap_or_default())
            }
            "runAsUser" | "runAsGroup" | "runAsNonRoot" | "fsGroup" | "supplementalGroups"
            | "sysctls" => What::User,
            "readOnlyRootFilesystem" if flag == Some(false) => What::Writable,
            "allowPrivilegeEscalation" if flag == Some(true) => What::Escalation,
            "seccompProfile" if !is_default(value) => What::Filter,
            "appArmorProfile" if !is_default(value) => What::Module,
            "seLinuxOptions" => What::Module,
            "procMount" => What::Masks,
            "windowsOptions" => What::Windows,
            _ => return,
        };
        self.say(of, what, (value, &changes));
    }

    /// Whether the base says the same.
    fn is_said(&self, of: Option<usize>, key: &str, value: Option<Node<'_>>) -> bool {
        let own = match of {
            Some(number) => self.pod.own(number, key),
            None => self.pod.pod_level(key),
        };
        own.zip(value).is_some_and(|(own, value)| json(own.value) == json(value))
    }

    fn capabilities(&mut self, of: Option<usize>, rest: &[String], value: Option<Node<'p>>) {
        let added = match rest.first().map(String::as_str) {
            None => value.and_then(|it| it.get("add")),
            Some("add") => value,
            Some(_) => None,
        };
        let Some(added) = added.map(Node::resolve) else { return };
        let names = added.value().into_iter().chain(added.items().filter_map(Node::value));
        let is_admin = |it: &str| it.strip_prefix("CAP_").unwrap_or(it) == "SYS_ADMIN";
        if names.into_iter().any(|it| is_admin(&it.to_uppercase())) {
            self.refused(of, (Some(added), "adds SYS_ADMIN"));
        }
        self.say(of, What::Capabilities, (Some(added), "adds capabilities"));
    }

    /// What the API server takes beside forbidden new privileges only where these go with it.
    fn refused(&mut self, of: Option<usize>, (at, how): (Option<Node<'p>>, &str)) {
        let keys = &self.change.keys;
        let is_below = keys.iter().rev().skip(1).any(|it| it == "securityContext");
        let allows = sibling(at, "allowPrivilegeEscalation").and_then(boolean) == Some(true);
        if !allows && (is_below || !self.change.replaces) {
            self.say(of, What::Refused, (at, how));
        }
    }
}

/// What stands beside a value of a security context, or beside the mapping that it is in.
fn sibling<'p>(value: Option<Node<'p>>, key: &str) -> Option<Node<'p>> {
    let above = std::iter::successors(value?.parent(), |it| it.parent()).take(2);
    above.filter_map(|it| view::lookup(it, key)).map(|it| it.value).next()
}

/// Whether a profile is the runtime's own.
fn is_default(profile: Option<Node<'_>>) -> bool {
    let kind = profile.and_then(|it| it.value().or_else(|| scalar(it, "type")));
    kind == Some("RuntimeDefault")
}

/// Whether kernel settings only let everybody listen on low ports, which a fix may say as well.
fn opens_ports(sysctls: Option<Node<'_>>) -> bool {
    let mut items = sysctls.into_iter().flat_map(Node::items);
    items.all(|it| scalar(it, "name") == Some("net.ipv4.ip_unprivileged_port_start"))
}
