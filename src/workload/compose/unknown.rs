//! The security settings of a service whose values cannot be known.

use super::read::item_site;
use super::{Service, parse_short, volume};
use crate::finding::Site;
use crate::workload::text::{self, UNKNOWN};
use crate::workload::{Certainty, Item, Uses, view};
use crate::yaml::{Kind, Node};

/// A setting whose value cannot be known.
pub struct Unknown {
    /// What to underline.
    pub site: Site,
    /// Its key.
    pub setting: &'static str,
    /// Which part of it.
    pub part: Part,
    /// As written.
    pub written: String,
    /// What is known of it; pieces that cannot be known are [`UNKNOWN`].
    pub value: String,
    /// The variables without a value; none where Compose cannot read what is written.
    pub variables: Vec<String>,
}

/// Which part of a setting is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Its value.
    Whole,
    /// One of its items.
    Item,
    /// Its value, which the shell has that starts the project.
    HandedOn,
    /// What is mounted of the host.
    Source,
    /// Where it is mounted.
    Target,
    /// A container that is not of the project.
    Elsewhere,
}

/// Single values, with the words that make them weak; nothing where many do.
const VALUES: &[(&str, &[&str])] = &[
    ("privileged", TRUE),
    ("read_only", &["false", "n", "no", "off"]),
    ("user", &[]),
    ("network_mode", &["host"]),
    ("pid", &["host"]),
    ("ipc", &["host"]),
    ("uts", &["host"]),
    ("cgroup", &["host"]),
    ("userns_mode", &["host"]),
    ("use_api_socket", TRUE),
];

const TRUE: &[&str] = &["true", "y", "yes", "on"];

/// Lists of which any item may be weak.
const LISTS: &[&str] = &["cap_add", "cap_drop", "security_opt", "devices", "device_cgroup_rules"];

/// Variables of the environment that name a container runtime.
pub const RUNTIMES: &[&str] = &["DOCKER_HOST", "CONTAINER_HOST", "BUILDKIT_HOST"];

impl<'t> Service<'t> {
    /// Its security settings whose values cannot be known, each once.
    pub fn unknown_settings(&self) -> Vec<Unknown> {
        let mut all: Vec<Unknown> =
            VALUES.iter().filter_map(|it| self.unknown_value(it.0, it.1)).collect();
        for &key in LISTS {
            let found = self.list(key).into_iter().find_map(|it| self.unknown_item(key, &it));
            all.extend(found.filter(|_| key != "cap_drop" || !self.drops_all()));
        }
        for item in self.list("volumes") {
            all.extend(self.unknown_volume(&item));
            all.extend(self.unknown_device(&item));
        }
        let scratch = self.list("tmpfs").into_iter();
        all.extend(scratch.filter_map(|it| {
            let found = self.unknown("tmpfs", (Part::Target, item_site(&it)), it.node.resolve())?;
            let path = found.value.split(':').next().unwrap_or("");
            path.contains(UNKNOWN).then_some(found)
        }));
        all.extend(["configs", "secrets"].into_iter().flat_map(|it| self.unknown_files(it)));
        all.extend(self.unknown_hooks());
        all.extend(self.unknown_runtime());
        all.extend(self.containers_of_elsewhere());
        all
    }

    /// The containers of no project whose namespaces or volumes it has.
    fn containers_of_elsewhere(&self) -> Vec<Unknown> {
        let of = |setting, site, node: Node<'t>| {
            let value = self.evaluate(node).value.into_owned();
            value.starts_with("container:").then(|| Unknown {
                site,
                setting,
                part: Part::Elsewhere,
                written: node.value().unwrap_or("").to_owned(),
                value,
                variables: Vec::new(),
            })
        };
        let joined = ["network_mode", "pid", "ipc"].into_iter().filter_map(|key| {
            let found = self.entry(key)?;
            of(key, found.site(), found.entry.value)
        });
        let mounted = self.list("volumes_from").into_iter();
        let mounted =
            mounted.filter_map(|it| of("volumes_from", item_site(&it), it.node.resolve()));
        joined.chain(mounted).collect()
    }

    fn drops_all(&self) -> bool {
        self.capabilities().drop.iter().any(|it| it.name == "ALL")
    }

    /// What is not known of a scalar.
    fn unknown(
        &self,
        setting: &'static str,
        (part, site): (Part, Site),
        node: Node<'t>,
    ) -> Option<Unknown> {
        let written = node.value()?;
        let text = self.interpolate(written);
        (text.certainty == Certainty::Unknown).then(|| {
            let Uses { unknown: mut variables, .. } = self.variables.uses(written);
            variables.dedup();
            let (written, value) = (written.to_owned(), text.value.into_owned());
            Unknown { site, setting, part, written, value, variables }
        })
    }

    fn unknown_value(&self, key: &'static str, weak: &[&str]) -> Option<Unknown> {
        let found = self.entry(key)?;
        let node = found.entry.value;
        if let Some(it) = self.unknown(key, (Part::Whole, found.site()), node) {
            let may = weak.is_empty() || weak.iter().any(|word| may_be(&it.value, word));
            return may.then_some(it);
        }
        let value = self.interpolate(node.value()?).value.into_owned();
        let is_flag = matches!(key, "privileged" | "read_only");
        (is_flag && text::boolean(&value).is_none()).then(|| Unknown {
            site: found.site(),
            setting: key,
            part: Part::Whole,
            written: value.clone(),
            value,
            variables: Vec::new(),
        })
    }

    fn unknown_item(&self, key: &'static str, item: &Item<'t>) -> Option<Unknown> {
        let node = item.node.resolve();
        let node = match node.kind() {
            Kind::Mapping => node.get("source")?.resolve(),
            _ => node,
        };
        self.unknown(key, (Part::Item, item_site(item)), node)
    }

    fn unknown_volume(&self, item: &Item<'t>) -> Vec<Unknown> {
        let (key, site) = ("volumes", item_site(item));
        let node = item.node.resolve();
        if node.kind() == Kind::Mapping {
            let part = |part, names: &[&str]| {
                let node = names.iter().find_map(|it| node.get(it))?.resolve();
                self.unknown(key, (part, site), node)
            };
            // A volume that the platform manages is nothing of the host.
            let named =
                node.get("type").is_some_and(|it| self.evaluate(it.resolve()).value == "volume");
            let source = part(Part::Source, &["source", "src"]).filter(|_| !named);
            let target = part(Part::Target, &["target", "dst", "destination"]);
            return source.into_iter().chain(part(Part::Item, &["type"])).chain(target).collect();
        }
        let Some(found) = self.unknown(key, (Part::Item, site), node) else { return Vec::new() };
        let short = parse_short(&found.value);
        let (source, target) = (short.source.unwrap_or(short.target), short.target);
        let of = |part, value: &str| Unknown {
            part,
            value: value.to_owned(),
            written: found.written.clone(),
            variables: found.variables.clone(),
            ..found
        };
        let all = [(Part::Source, source), (Part::Target, target)].into_iter();
        let all = all.filter(|it| it.1.contains(UNKNOWN));
        all.map(|it| of(it.0, it.1)).collect()
    }

    /// What a volume with a name binds of the host.
    fn unknown_device(&self, item: &Item<'t>) -> Option<Unknown> {
        if !self.project.has_drivers {
            return None;
        }
        let name = volume::named(item.node.resolve(), &self.variables)?;
        let option = |key| self.project.top_value("volumes", &name, &["driver_opts", key]);
        let kind = option("type").map(|it| self.evaluate(it.1));
        // What comes over the network, or from memory, is nothing of the host.
        let far = |it: &str| matches!(it, "nfs" | "nfs4" | "cifs" | "tmpfs");
        if kind.as_ref().is_some_and(|it| it.known().is_some_and(far)) {
            return None;
        }
        let (_, node) = option("device")?;
        self.unknown("driver_opts.device", (Part::Source, item_site(item)), node)
    }

    /// The files behind configs or secrets.
    fn unknown_files(&self, section: &'static str) -> Vec<Unknown> {
        let read = |item: Item<'t>| {
            let node = item.node.resolve();
            let name = node.get("source").map_or(node, Node::resolve).value()?;
            let (_, file) = self.project.top_value(section, name, &["file"])?;
            self.unknown(section, (Part::Source, item_site(&item)), file)
        };
        self.list(section).into_iter().filter_map(read).collect()
    }

    fn unknown_hooks(&self) -> Vec<Unknown> {
        let read = |key: &'static str, field, item: &Item<'t>| {
            let node = item.node.resolve().get(field)?;
            let site = Site { file: item.file, span: node.span() };
            self.unknown(key, (Part::Whole, site), node.resolve())
        };
        let hooks = self.hooks().into_iter();
        hooks
            .filter_map(|it| {
                read("privileged", "privileged", &it.item)
                    .or_else(|| read("user", "user", &it.item))
            })
            .collect()
    }

    /// The address of a container runtime.
    fn unknown_runtime(&self) -> Option<Unknown> {
        let (name, found) = self.environment().find_map(|it| {
            let name = RUNTIMES.iter().find(|name| **name == it.name)?;
            (it.value.certainty == Certainty::Unknown).then_some((*name, it))
        })?;
        let value = written_value(&found.item);
        Some(Unknown {
            site: item_site(&found.item),
            setting: name,
            part: if value.is_some() { Part::Whole } else { Part::HandedOn },
            written: value.unwrap_or("").to_owned(),
            value: found.value.value.clone().into_owned(),
            variables: self.variables.uses(value.unwrap_or("")).unknown,
        })
    }
}

/// The value of a variable of the environment as written; nothing where the shell's is handed on.
fn written_value<'t>(item: &Item<'t>) -> Option<&'t str> {
    let list = item.list.value;
    if list.kind() == Kind::Mapping {
        let entries = view::entries(list).into_iter();
        let mut own = entries.filter(|it| it.key.id() == item.node.id());
        return own.find(|it| !it.value.is_null())?.value.value();
    }
    item.node.resolve().value()?.split_once('=').map(|it| it.1)
}

/// Whether a value can be the word, whatever stands for the pieces that cannot be known.
pub fn may_be(value: &str, word: &str) -> bool {
    let mut pieces = value.split(UNKNOWN);
    let first = pieces.next().unwrap_or("");
    let Some(mut rest) = word
        .get(..first.len())
        .filter(|it| it.eq_ignore_ascii_case(first))
        .map(|it| &word[it.len()..])
    else {
        return false;
    };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else { return rest.is_empty() };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_can_be_what_fits() {
        assert!(may_be("\0", "host") && may_be("h\0", "host") && may_be("\0st", "host"));
        assert!(may_be("\0/docker.sock", "/run/docker.sock") && may_be("/\0/\0", "/run/user"));
        assert!(!may_be("service:\0", "host") && !may_be("\0x", "host"));
        assert!(!may_be("h\0hos\0t", "host") && may_be("host", "host") && !may_be("hos", "host"));
        assert!(!may_be("é\0", "host"));
    }
}
