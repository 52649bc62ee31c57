//! The ports of a service: those that it publishes and those that it exposes.

use super::Service;
use crate::workload::{Port, view};
use crate::yaml::{Kind, Node};

/// A range of ports is read up to so many.
const MANY: u16 = 64;

impl Service<'_> {
    /// The ports of the container that are published or exposed, as far as they are known.
    pub fn ports(&self) -> Vec<Port> {
        let published = self.list("ports").into_iter().chain(self.list("expose"));
        published.flat_map(|it| self.port(it.node.resolve())).collect()
    }
}

impl Service<'_> {
    fn port(&self, node: Node<'_>) -> Vec<Port> {
        if node.kind() == Kind::Mapping {
            let field = |key| view::lookup(node, key).map(|it| self.evaluate(it.value).value);
            let protocol = field("protocol").unwrap_or_default();
            return field("target").map(|it| numbers(&it, &protocol)).unwrap_or_default();
        }
        let text = self.evaluate(node).value;
        let (text, protocol) = text.split_once('/').unwrap_or((&text, "tcp"));
        let inner = text.rsplit(':').next().unwrap_or(text);
        numbers(inner, protocol)
    }
}

fn numbers(text: &str, protocol: &str) -> Vec<Port> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (Ok(first), Ok(last)) = (first.parse::<u16>(), last.parse::<u16>()) else {
        return Vec::new();
    };
    (first..=last.min(first.saturating_add(MANY)))
        .map(|number| Port { number, udp: protocol == "udp" })
        .collect()
}
