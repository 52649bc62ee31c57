//! The namespaces that a service shares: read, and left.

use super::Service;
use crate::finding::Site;
use crate::workload::{Blocked, Joined, Namespace, Written, text};
use crate::yaml::Value;

impl Service<'_> {
    /// Whose namespace the service is in.
    pub fn namespace(&self, namespace: Namespace) -> Joined {
        let key = namespace_key(namespace);
        let Some(it) = self.text(key) else { return Joined::Own };
        let site = it.found.site();
        match it.text.known() {
            None => Joined::Unknown(site),
            Some("host") => Joined::Host(site),
            Some(other)
                if other.starts_with("service:")
                    || other.starts_with("container:")
                    || other == "shareable" =>
            {
                Joined::Peer(site, other.to_owned())
            }
            Some(_) => Joined::Own,
        }
    }

    /// Leaves the host's namespace: of `${MODE:-host}` only the default goes.
    pub fn leave_host(&self, namespace: Namespace) -> Written {
        let key = namespace_key(namespace);
        if let Some(name) = self.joined_by(key) {
            return Err(Blocked(format!(
                "service {name} shares it and would leave the host as well: decide for both"
            )));
        }
        let found = self.entry(key);
        if let Some(it) = found {
            self.refuse_told(it.entry.value)?;
        }
        let written = found.and_then(|it| it.entry.value.value());
        // Only of control groups Compose knows no unset value.
        let own = if namespace == Namespace::Cgroup { "private" } else { "" };
        match written.and_then(|it| text::with_default(it, own)) {
            Some(without) => self.set(key, Value::from(without)),
            None => self.unset(key),
        }
    }

    /// Another service that shares this one's namespace.
    fn joined_by(&self, key: &str) -> Option<&str> {
        self.project.joined.get(&(key.to_owned(), self.name.clone())).map(String::as_str)
    }

    /// The service of the project by which this one, that shares the namespace of a peer, is in the host's.
    pub fn host_by(&self, namespace: Namespace, peer: &str) -> Option<String> {
        self.project.host_of(namespace_key(namespace), peer)
    }

    /// Where it names the host's network as one that is external, as a stack does, or has its driver.
    pub fn external_host_network(&self) -> Option<Site> {
        let found = self.entry("networks")?;
        let node = self.project.host_network(&found.entry)?;
        Some(Site { file: found.file, span: node.span() })
    }
}

/// The key that names a namespace.
fn namespace_key(namespace: Namespace) -> &'static str {
    match namespace {
        Namespace::Network => "network_mode",
        Namespace::Pid => "pid",
        Namespace::Ipc => "ipc",
        Namespace::Uts => "uts",
        Namespace::Cgroup => "cgroup",
        Namespace::User => "userns_mode",
    }
}
