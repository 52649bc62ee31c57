//! What a service effectively is.

use super::{Level, Service};
use crate::finding::{FileId, Site};
use crate::workload::view::{self, Entry};
use crate::workload::{
    Breach, Capabilities, Capability, Certainty, Flag, Id, Identity, Item, Joined, Namespace,
    Remedy, State, Text, Wall, text,
};
use crate::yaml::Kind;

/// The value of a key with the layer it comes from.
#[derive(Clone, Copy)]
pub struct Found<'t> {
    /// Which layer.
    pub level: usize,
    /// The file.
    pub file: FileId,
    /// The entry.
    pub entry: Entry<'t>,
}

impl Found<'_> {
    /// What to underline: the value, or the alias that stands for it.
    pub fn site(&self) -> Site {
        let node = if self.entry.value.is_empty() { self.entry.key } else { self.entry.written };
        Site { file: self.file, span: node.span() }
    }
}

/// A scalar value, interpolated.
pub struct FoundText<'t> {
    /// Where it stands.
    pub found: Found<'t>,
    /// What it says.
    pub text: Text<'t>,
}

impl<'t> Service<'t> {
    /// The value of a key after all layers are merged; a null, or a `!reset`, is no value.
    pub fn entry(&self, key: &str) -> Option<Found<'t>> {
        for (number, level) in self.levels.iter().enumerate().rev() {
            let Some(entry) = view::lookup(level.node, key) else { continue };
            if entry.written.tag() == Some("!reset") {
                return None;
            }
            if !entry.value.is_null() {
                return Some(Found { level: number, file: level.file, entry });
            }
        }
        None
    }

    /// The scalar of a key, interpolated.
    pub fn text(&self, key: &str) -> Option<FoundText<'t>> {
        let found = self.entry(key)?;
        found.entry.value.value().map(|it| FoundText { found, text: text::interpolate(it) })
    }

    /// The items of a key after all layers are merged: sequences append, `!override` and `!reset` start anew.
    /// A scalar counts as a list of one.
    pub fn list(&self, key: &str) -> Vec<Item<'t>> {
        let mut all = Vec::new();
        for level in &self.levels {
            let Some(entry) = view::lookup(level.node, key) else { continue };
            if matches!(entry.written.tag(), Some("!reset" | "!override")) {
                all.clear();
            }
            if entry.written.tag() != Some("!reset") {
                all.extend(items(level, entry));
            }
        }
        all
    }

    /// Reads a boolean key.
    pub fn flag(&self, flag: Flag) -> State {
        self.boolean(flag.compose())
    }

    /// Reads a boolean key, in any of the spellings that Compose takes.
    pub fn boolean(&self, key: &str) -> State {
        let Some(found) = self.entry(key) else { return State::Unset };
        let site = found.site();
        let value = self.text(key).and_then(|it| it.text.known().and_then(text::boolean));
        match value {
            Some(true) => State::On(site),
            Some(false) => State::Off(site),
            None => State::Unknown(site),
        }
    }

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

    /// The `user` of the service.
    pub fn identity(&self) -> Identity {
        let found = self.text("user");
        let unset =
            Identity { user: Id::Unset, group: Id::Unset, site: None, non_root: State::Unset };
        let Some(it) = found else {
            let unknown = self.missing_base.is_some();
            return Identity { user: if unknown { Id::Unknown } else { Id::Unset }, ..unset };
        };
        let site = Some(it.found.site());
        let (user, group) = match it.text.value.split_once(':') {
            Some((user, group)) => (id(user), id(group)),
            None => (id(&it.text.value), Id::Unset),
        };
        // An empty user part means root, whatever the image says.
        let user = if user == Id::Unset { Id::Number(0) } else { user };
        Identity { user, group, site, non_root: State::Unset }
    }

    /// The capability lists.
    pub fn capabilities(&self) -> Capabilities<'t> {
        let mut unknown = false;
        let mut read = |key| {
            let items = self.list(key);
            items.into_iter().filter_map(|it| capability(it, &mut unknown)).collect()
        };
        Capabilities { add: read("cap_add"), drop: read("cap_drop"), unknown }
    }

    /// Whether new privileges are forbidden: the last entry of `security_opt` that speaks of it wins.
    pub fn no_new_privileges(&self) -> State {
        let mut state = State::Unset;
        for item in self.list("security_opt") {
            let text = Self::evaluate(item.node);
            let site = item_site(&item);
            if text.certainty == Certainty::Unknown {
                state = State::Unknown(site);
            } else if let Some(value) = option(&text.value, "no-new-privileges") {
                state = match value {
                    "" | "1" | "t" | "T" | "TRUE" | "true" | "True" => State::On(site),
                    _ => State::Off(site),
                };
            }
        }
        state
    }

    /// The entries of `security_opt` that take a wall down.
    pub fn breaches(&self) -> Vec<Breach<'t>> {
        self.list("security_opt").into_iter().filter_map(breach).collect()
    }

    /// The environment: names, values and where they stand, lists and mappings alike.
    pub fn environment(&self) -> Vec<Variable<'t>> {
        let mut all: Vec<Variable<'t>> = Vec::new();
        for level in &self.levels {
            let Some(list) = view::lookup(level.node, "environment") else { continue };
            let pairs = view::entries(list.value).into_iter().filter_map(|it| {
                Some(Variable {
                    name: it.key.value()?.to_owned(),
                    value: Self::evaluate(it.value),
                    item: Item { file: level.file, list, node: it.key },
                })
            });
            let items = list.value.items().filter_map(|node| {
                let (name, value) = node.resolve().value()?.split_once('=')?;
                let value = text::interpolate(value);
                let item = Item { file: level.file, list, node };
                Some(Variable { name: name.to_owned(), value, item })
            });
            for it in pairs.chain(items) {
                all.retain(|known| known.name != it.name);
                all.push(it);
            }
        }
        all
    }

    /// The words of `entrypoint` or `command`, as far as they are known.
    pub fn words(&self, key: &str) -> Vec<String> {
        let Some(found) = self.entry(key) else { return Vec::new() };
        let value = found.entry.value;
        match value.value() {
            Some(text) => text.split_whitespace().map(str::to_owned).collect(),
            None => {
                value.items().filter_map(|it| it.resolve().value().map(str::to_owned)).collect()
            }
        }
    }
}

/// A variable of the environment.
pub struct Variable<'t> {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Text<'t>,
    /// Where it stands: the key of a mapping, or the item of a list.
    pub item: Item<'t>,
}

fn items<'t>(level: &Level<'t>, list: Entry<'t>) -> Vec<Item<'t>> {
    let item = |node| Item { file: level.file, list, node };
    match list.value.kind() {
        Kind::Sequence => list.value.items().map(item).collect(),
        Kind::Scalar if !list.value.is_null() => vec![item(list.value)],
        _ => Vec::new(),
    }
}

/// Where an item stands.
pub(super) fn item_site(item: &Item<'_>) -> Site {
    Site { file: item.file, span: item.node.span() }
}

/// The key that names a namespace.
pub fn namespace_key(namespace: Namespace) -> &'static str {
    match namespace {
        Namespace::Network => "network_mode",
        Namespace::Pid => "pid",
        Namespace::Ipc => "ipc",
        Namespace::Uts => "uts",
        Namespace::Cgroup => "cgroup",
        Namespace::User => "userns_mode",
    }
}

/// A numeric or named id; text that cannot be known stays unknown.
pub(super) fn id(text: &str) -> Id {
    if text.contains(text::UNKNOWN) {
        Id::Unknown
    } else if text.is_empty() {
        Id::Unset
    } else {
        text.parse().map_or_else(|_| Id::Name(text.to_owned()), Id::Number)
    }
}

fn capability<'t>(item: Item<'t>, unknown: &mut bool) -> Option<Capability<'t>> {
    let text = Service::evaluate(item.node);
    if text.certainty == Certainty::Unknown {
        *unknown = true;
        return None;
    }
    let upper = text.value.trim().to_ascii_uppercase();
    let name = upper.strip_prefix("CAP_").unwrap_or(&upper).to_owned();
    Some(Capability { name, written: text.value, site: item_site(&item), item })
}

/// The value of `name[:=]VALUE`, empty for the bare name.
fn option<'s>(text: &'s str, name: &str) -> Option<&'s str> {
    let rest = text.strip_prefix(name)?;
    if rest.is_empty() { Some("") } else { rest.strip_prefix([':', '=']) }
}

fn breach(item: Item<'_>) -> Option<Breach<'_>> {
    let text = Service::evaluate(item.node);
    let written = text.known()?;
    let wall = if let Some(profile) = option(written, "seccomp") {
        match profile {
            "builtin" | "" => return None,
            _ => Wall::Seccomp,
        }
    } else if let Some(profile) = option(written, "apparmor") {
        match profile {
            "unconfined" => Wall::SecurityModule,
            _ => return None,
        }
    } else if let Some(label) = option(written, "label") {
        let weak = label == "disable"
            || label == "type:spc_t"
            || label.starts_with("user:")
            || label.starts_with("role:");
        match weak {
            true => Wall::SecurityModule,
            false => return None,
        }
    } else if written == "disable" {
        Wall::SecurityModule
    } else if written == "systempaths=unconfined"
        || option(written, "writable-cgroups").is_some_and(|it| it == "true")
    {
        Wall::MaskedPaths
    } else {
        return None;
    };
    Some(Breach {
        wall,
        custom: wall == Wall::Seccomp && option(written, "seccomp") != Some("unconfined"),
        written: written.to_owned(),
        site: item_site(&item),
        remedy: Remedy::RemoveItem(item),
    })
}
