//! What is mounted into a service: volumes, tmpfs, configs, secrets, devices.

use foldhash::{HashMap, HashSet};

use super::driver::Source;
use super::read::{item_site, last_of_each};
use super::volume::{is_drive, is_path, parse_short};
use super::{Service, text};
use crate::finding::{FileId, Site};
use crate::workload::paths::{clean_target, host_path};
use crate::workload::view::{Entry, entries};
use crate::workload::{Handle, Item, Mount, Origin, Text, Written};
use crate::yaml::{Kind, Node, NodeId, Value};

/// A device of the host, handed to a service.
pub struct Device<'t> {
    /// Its path on the host, or the text of a device cgroup rule.
    pub path: String,
    /// The list that it stands in: `devices`, `device_cgroup_rules`, or `volumes` for a disk behind a named volume.
    pub key: &'static str,
    /// Where it stands.
    pub item: Item<'t>,
}

impl<'t> Service<'t> {
    /// Everything that is mounted, in the order of the file.
    pub fn mounts(&self) -> Vec<Mount<'t>> {
        let volumes: Vec<Mount<'t>> =
            self.list("volumes").into_iter().filter_map(|it| self.volume(it)).collect();
        // A later layer's mount replaces one with the same target, and a list that is reached twice counts once.
        let mut last: HashMap<&str, (Place, NodeId)> = HashMap::default();
        for mount in &volumes {
            last.extend(mount.target.as_deref().zip(list_and_item(mount)));
        }
        let stays = |mount: &Mount<'t>| {
            let last = mount.target.as_deref().and_then(|it| last.get(it));
            let own = list_and_item(mount);
            last.zip(own).is_none_or(|(last, own)| last.0 == own.0)
        };
        let mut kept: Vec<bool> = volumes.iter().map(stays).collect();
        let mut seen = HashSet::default();
        for (kept, mount) in kept.iter_mut().zip(&volumes).rev() {
            *kept &= list_and_item(mount).is_none_or(|it| seen.insert(it));
        }
        let kept = volumes.into_iter().zip(kept).filter(|it| it.1);
        let mut all: Vec<Mount<'t>> = kept.map(|it| it.0).collect();
        all.extend(self.scratch());
        all.extend(["configs", "secrets"].into_iter().flat_map(|it| self.files(it)));
        all
    }

    /// The tmpfs mounts; Compose unites those of several layers by their text up to the first `=`.
    fn scratch(&self) -> Vec<Mount<'t>> {
        let unit = |it: &Item<'t>| {
            let text = self.evaluate(it.node).value.into_owned();
            text.split('=').next().unwrap_or("").to_owned()
        };
        let items = self.list("tmpfs");
        let strongest: HashMap<String, NodeId> =
            items.iter().map(|it| (unit(it), it.list.value.id())).collect();
        let kept = items.iter().filter(|it| strongest.get(&unit(it)) == Some(&it.list.value.id()));
        kept.map(|it| self.tmpfs(*it)).collect()
    }

    /// Host paths that other services mount and this one takes over by `volumes_from`, with whose they are.
    pub fn borrowed(&self) -> Vec<(String, String, Site)> {
        let mut found = Vec::new();
        for item in self.list("volumes_from") {
            let text = self.evaluate(item.node).value;
            let name = text.split(':').next().filter(|it| *it != "container").unwrap_or("");
            let holders = self.project.holders.get(name).into_iter().flatten();
            for volume in holders.flat_map(|it| it.value.items()) {
                let volume = volume.resolve();
                let source = match volume.kind() {
                    Kind::Mapping => volume.get("source").map(|it| self.evaluate(it)),
                    _ => Some(self.evaluate(volume)),
                };
                let Some(text) = source else { continue };
                let path = match volume.kind() {
                    Kind::Mapping => Some(&*text.value),
                    _ => parse_short(&text.value).source,
                };
                let Some(path) = path else { continue };
                if let Origin::Host(path) = self.origin(item.file, path).origin {
                    found.push((path, name.to_owned(), item_site(&item)));
                }
            }
        }
        found
    }

    /// Whether something is mounted to a drive or pipe, which no Linux container has.
    pub(super) fn mounts_into_drive(&self) -> bool {
        self.list("volumes").into_iter().any(|item| {
            if self.taken_for_a_drive(item).is_some() {
                return false;
            }
            let node = item.node.resolve();
            match node.kind() {
                Kind::Mapping => node
                    .get("target")
                    .is_some_and(|it| is_drive(it.resolve().value().unwrap_or(""))),
                _ => node
                    .value()
                    .is_some_and(|it| it.contains(['\\', ':']) && is_drive(parse_short(it).target)),
            }
        })
    }

    /// The named volume of one letter that Compose takes for a drive of Windows, and the text that it stands in.
    pub fn taken_for_a_drive(&self, item: Item<'t>) -> Option<(String, String)> {
        let text = self.evaluate(item.node.resolve()).value;
        let (name, rest) = text.split_once(':')?;
        let letter = name.len() == 1 && name.bytes().all(|it| it.is_ascii_alphabetic());
        let is_volume = letter && rest.starts_with('/') && !rest.contains(":\\");
        (is_volume && self.project.top("volumes", name).is_some())
            .then(|| (name.to_owned(), text.to_string()))
    }

    pub(super) fn volume(&self, item: Item<'t>) -> Option<Mount<'t>> {
        let node = item.node.resolve();
        match node.kind() {
            Kind::Mapping => Some(self.long(item, node)),
            Kind::Scalar => Some(self.short(item, node)),
            Kind::Sequence | Kind::Alias => None,
        }
    }

    fn short(&self, item: Item<'t>, node: Node<'t>) -> Mount<'t> {
        let text = self.evaluate(node);
        let short = parse_short(&text.value);
        let propagation = short.options.iter().find(|it| it.ends_with("shared"));
        let source = short.source.map(|it| self.origin(item.file, it));
        let Source { origin, written } = source.unwrap_or_else(|| Origin::Anonymous.into());
        Mount {
            origin,
            written,
            target: known_target(short.target),
            read_only: short.options.contains(&"ro"),
            relabels: short.options.iter().any(|it| matches!(*it, "z" | "Z")),
            propagation: propagation.map(|it| (*it).to_owned()),
            content: None,
            options: short.options.join(","),
            site: item_site(&item),
            handle: Handle::Item(item),
        }
    }

    fn long(&self, item: Item<'t>, node: Node<'t>) -> Mount<'t> {
        let field = |key: &str| node.get(key).map(|it| self.evaluate(it));
        let source = field("source").or_else(|| field("src"));
        let kind = field("type").map_or_else(|| "volume".to_owned(), |it| it.value.into_owned());
        let Source { origin, written } = match (kind.as_str(), &source) {
            ("tmpfs", _) => Origin::Scratch.into(),
            ("npipe" | "bind" | "cluster" | "volume", Some(it))
                if it.value.contains(text::UNKNOWN) =>
            {
                self.origin(item.file, &it.value)
            }
            ("bind" | "npipe", Some(it)) => self.host(item.file, &it.value),
            ("volume", Some(it)) => self.origin(item.file, &it.value),
            ("volume", None) => Origin::Anonymous.into(),
            (other, _) => Origin::Other(other.to_owned()).into(),
        };
        let inside = |section: &str, key: &str| {
            node.get(section).and_then(|it| it.resolve().get(key)).map(|it| self.evaluate(it))
        };
        let target = field("target").or_else(|| field("dst")).or_else(|| field("destination"));
        let yes = |it: Option<Text<'_>>| {
            it.is_some_and(|it| it.known().and_then(text::boolean) == Some(true))
        };
        Mount {
            origin,
            written,
            target: target.and_then(|it| known_target(&it.value)),
            read_only: yes(field("read_only")) || yes(field("readonly")),
            relabels: inside("bind", "selinux").is_some(),
            propagation: inside("bind", "propagation")
                .map(|it| it.value.into_owned())
                .filter(|it| it.ends_with("shared")),
            content: None,
            options: match (yes(inside("volume", "nocopy")), inside("volume", "subpath")) {
                (true, _) => "nocopy".to_owned(),
                (false, Some(_)) => "subpath".to_owned(),
                (false, None) => String::new(),
            },
            site: item_site(&item),
            handle: Handle::Item(item),
        }
    }

    /// A volume's source: a host path, a named volume that is in truth a bind, or a volume.
    fn origin(&self, file: FileId, source: &str) -> Source {
        match is_path(source) {
            true => self.host(file, source),
            false if source.contains(text::UNKNOWN) => Origin::Unknown.into(),
            false => self.named_volume(source),
        }
    }

    /// Makes a path writable in the form that a stack takes.
    pub fn add_stack_scratch(&self, path: &str) -> Written {
        let taken = self.list("volumes").into_iter().filter_map(|it| self.volume(it)?.target);
        if taken.into_iter().any(|it| it == path) {
            return Ok(Vec::new());
        }
        let mut ignored = self.list("tmpfs");
        ignored.retain(|it| self.tmpfs(*it).target.as_deref() == Some(path));
        let mut edits = self.remove_items("tmpfs", &ignored)?;
        edits.extend(self.append("volumes", Value::map([("type", "tmpfs"), ("target", path)]))?);
        Ok(edits)
    }

    /// The name of a service that extends this one and mounts something else at the path.
    pub fn heir_with_mount(&self, tmpfs_text: &str) -> Option<&'t str> {
        let unit = |text: &str| text.split('=').next().unwrap_or("").to_owned();
        let path = clean_target(tmpfs_text.split(':').next().unwrap_or(""));
        let volumes = self.heirs_items("volumes").into_iter().find_map(|(name, item)| {
            (self.volume(item)?.target.as_deref() == Some(&path)).then_some(name)
        });
        let scratch = || {
            self.heirs_items("tmpfs").into_iter().find_map(|(name, item)| {
                let same = unit(&self.evaluate(item.node).value) == unit(tmpfs_text);
                (self.tmpfs(item).target.as_deref() == Some(&path) && !same).then_some(name)
            })
        };
        volumes.or_else(scratch)
    }

    /// The devices and device rules, and the disks whose file systems named volumes are.
    pub fn devices(&self) -> Vec<Device<'t>> {
        let volumes = self.project.has_drivers.then_some("volumes");
        let lists = ["devices", "device_cgroup_rules"].into_iter().chain(volumes);
        lists.flat_map(|it| self.list(it)).filter_map(|it| self.device(&it)).collect()
    }

    /// The device that an item hands in, whether that counts or not.
    pub fn device(&self, item: &Item<'t>) -> Option<Device<'t>> {
        let item = *item;
        let node = item.node.resolve();
        let key = item.list.key.value()?;
        if key == "volumes" {
            if !self.project.has_drivers {
                return None;
            }
            let name = super::volume::named(node, &self.project.variables)?;
            return Some(Device { path: self.disk(&name)?, key: "volumes", item });
        }
        let text = self.evaluate(node.get("source").map_or(node, Node::resolve));
        let text = text.known()?;
        match key {
            "devices" => {
                let path = device_path(text.split(':').next().unwrap_or(text));
                Some(Device { path, key: "devices", item })
            }
            _ => Some(Device { path: text.to_owned(), key: "device_cgroup_rules", item }),
        }
    }

    /// The top-level volume entry that nothing but this service uses, so that it can go with its mount.
    pub fn sole_volume(&self, item: &Item<'t>) -> Option<(crate::finding::FileId, Entry<'t>)> {
        let name = super::volume::named(item.node.resolve(), &self.variables)?;
        let uses = self.project.volume_uses.get(&name).copied().unwrap_or(0);
        let (file, entry) = self.project.top("volumes", &name)?;
        let alone = uses == 1
            && self.project.layers_of_top("volumes", &name) == 1
            && self.project.is_read_once(file, entry);
        (alone && self.project.may_write(file)).then_some((file, entry))
    }

    /// The sysctls: names and where they stand.
    pub fn sysctls(&self) -> Vec<(String, Site)> {
        let mut all: Vec<(String, Site)> = Vec::new();
        for level in &*self.levels {
            let Some(found) = level.lookup("sysctls") else { continue };
            if super::replaces(found.written) {
                all.clear();
            }
            if found.written.tag() == Some("!reset") {
                continue;
            }
            let site = |node: Node<'t>| Site { file: level.file, span: node.span() };
            let pairs = entries(found.value)
                .into_iter()
                .filter_map(|it| Some((it.key.value()?.to_owned(), site(it.key))));
            let items = found.value.items().filter_map(|it| {
                let name = it.resolve().value()?.split('=').next()?;
                Some((name.trim().to_owned(), site(it)))
            });
            all.extend(pairs.chain(items));
        }
        last_of_each(all, |it| it.0.as_str())
    }
}

impl<'t> Service<'t> {
    fn tmpfs(&self, item: Item<'t>) -> Mount<'t> {
        let text = self.evaluate(item.node);
        let (path, options) = text.value.split_once(':').unwrap_or((&text.value, ""));
        Mount {
            origin: Origin::Scratch,
            written: None,
            target: known_target(path),
            read_only: options.split(',').any(|it| it == "ro"),
            relabels: false,
            propagation: None,
            content: None,
            options: options.to_owned(),
            site: item_site(&item),
            handle: Handle::Item(item),
        }
    }
}

/// A list, by where it stands.
type Place = (FileId, NodeId);

/// The list in which a mount stands, and its item.
fn list_and_item(mount: &Mount<'_>) -> Option<(Place, NodeId)> {
    match &mount.handle {
        Handle::Item(it) => Some(((it.file, it.list.value.id()), it.node.id())),
        Handle::Pod { .. } | Handle::Key(..) => None,
    }
}

/// A device's path; the engine reads a relative one from the root.
fn device_path(written: &str) -> String {
    match written.starts_with('/') || written.contains('=') {
        true => host_path(written),
        false if written.split('/').any(|it| it == "dev") => host_path(&format!("/{written}")),
        false => written.to_owned(),
    }
}

pub(super) fn known_target(target: &str) -> Option<String> {
    // Which folder a home is nobody knows here.
    let known = !target.contains(text::UNKNOWN) && !target.starts_with('~');
    known.then(|| match target.starts_with('/') {
        true => clean_target(target),
        false => target.to_owned(),
    })
}
