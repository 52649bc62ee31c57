//! Configs and secrets: files that are put into a service.

use std::borrow::Cow;

use super::Service;
use super::driver::Source;
use super::mounts::known_target;
use super::read::item_site;
use crate::workload::{Handle, Item, Mount, Origin};
use crate::yaml::Kind;

impl<'t> Service<'t> {
    /// The configs or secrets of the service, by the files of the host that they come from.
    pub(super) fn files(&self, section: &'static str) -> Vec<Mount<'t>> {
        self.list(section).into_iter().filter_map(|it| self.injected(section, it)).collect()
    }

    /// The config or secret that an item names, and where it is put.
    pub(super) fn injected_at(
        &self,
        section: &str,
        item: &Item<'t>,
    ) -> Option<(Cow<'t, str>, String)> {
        let node = item.node.resolve();
        let name = match node.kind() {
            // Compose takes it that the source is there, and is called nothing.
            Kind::Mapping => {
                node.get("source").map_or_else(Cow::default, |it| self.evaluate(it).value)
            }
            _ => self.evaluate(node).value,
        };
        let target = node.get("target").and_then(|it| it.resolve().value());
        let folder = if section == "secrets" { "/run/secrets/" } else { "/" };
        let default = || format!("{folder}{name}");
        let target = target.filter(|it| it.starts_with('/')).map_or_else(default, str::to_owned);
        Some((name, target))
    }

    /// A config or secret that the service names and the project does not define.
    pub(super) fn undefined(&self, section: &str) -> Option<String> {
        let section = ["configs", "secrets"].into_iter().find(|it| *it == section)?;
        let named = self.list(section).into_iter().filter_map(|it| self.injected_at(section, &it));
        let mut open = named.filter(|it| self.project.top(section, &it.0).is_none());
        open.next().map(|it| it.0.into_owned())
    }

    pub(super) fn injected(&self, section: &'static str, item: Item<'t>) -> Option<Mount<'t>> {
        let (name, target) = self.injected_at(section, &item)?;
        let name = &*name;
        self.project.top(section, name)?;
        let file = self.project.top_value(section, name, &["file"]);
        let Source { origin, written } = match file {
            Some((place, it)) => self.host(place, &self.evaluate(it).value),
            None => Origin::Other(format!("{section} {name}")).into(),
        };
        Some(Mount {
            origin,
            written,
            target: known_target(&target),
            read_only: true,
            relabels: false,
            propagation: None,
            content: None,
            options: String::new(),
            site: item_site(&item),
            handle: Handle::Item(item),
        })
    }

    /// The config, the secret or the engine's socket that is written into the container at its start, or into that of a
    /// service which extends it, in words: a read-only root forbids that.
    pub fn injects(&self) -> Option<String> {
        let injected = |(section, what, keys): (&'static str, &str, &[&str])| {
            let heirs = self.heirs_items(section).into_iter().map(|it| it.1);
            self.list(section).into_iter().chain(heirs).find_map(|item| {
                let node = item.node.resolve();
                let name = self.evaluate(node.get("source").unwrap_or(node)).value;
                let says = |key: &&str| self.project.top_value(section, &name, &[*key]).is_some();
                keys.iter().any(says).then(|| format!("the {what} {name}"))
            })
        };
        let asks = |it: &Item<'t>| it.node.resolve().value() == Some("true");
        let socket = || {
            let own = self.entry("use_api_socket");
            let own = own.is_some_and(|it| it.entry.value.value() == Some("true"));
            own || self.heirs_items("use_api_socket").iter().any(|it| asks(&it.1))
        };
        injected(("configs", "config", &["content", "environment"]))
            .or_else(|| injected(("secrets", "secret", &["environment"])))
            .or_else(|| socket().then(|| "the engine's socket".to_owned()))
    }
}
