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

    /// Where a stack names the host's network, which it spells as an external network.
    pub fn external_host_network(&self) -> Option<Site> {
        let found = self.entry("networks")?;
        let networks = found.entry.value;
        let names = networks
            .items()
            .map(|it| it.resolve())
            .chain(networks.entries().into_iter().map(|it| it.key));
        let host = |it: &crate::yaml::Node<'_>| {
            let says = |key: &str, text: &str| {
                let value =
                    it.value().and_then(|it| self.project.top_value("networks", it, &[key]));
                value.is_some_and(|it| it.1.value() == Some(text))
            };
            says("external", "true") && says("name", "host")
        };
        let mut names = names;
        names.find(host).map(|it| Site { file: found.file, span: it.span() })
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
