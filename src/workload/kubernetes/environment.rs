//! The variables that a container is given by its manifest: its own, and those of maps that stand beside it.

use std::borrow::Cow;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt as _};

use super::{Object, Pod, name_of, scalar};
use crate::finding::Site;
use crate::workload::detect::first_line;
use crate::workload::view;
use crate::workload::{Dialect, Item, Workload};
use crate::yaml::Node;

/// A variable that a container is given by its manifest.
pub struct EnvironmentEntry<'t> {
    /// Its name.
    pub name: Cow<'t, str>,
    /// Its value; nothing where the manifest does not say it.
    pub value: Option<&'t str>,
    /// Where the value stands, or what hands it on.
    pub site: Site,
    /// The map that it comes from: `ConfigMap/engine`.
    pub of: Option<String>,
    /// The item of the container's list that gives it, where that hides no other.
    pub item: Option<Item<'t>>,
}

/// Maps that hand variables on, by kind, namespace and name.
#[derive(Default)]
pub(super) struct Maps<'t>(HashMap<(Kind, Option<&'t str>, &'t str), Node<'t>>);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    ConfigMap,
    Secret,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::ConfigMap => "ConfigMap",
            Kind::Secret => "Secret",
        }
    }

    /// Where its plain text stands.
    fn texts(self) -> &'static str {
        match self {
            Kind::ConfigMap => "data",
            Kind::Secret => "stringData",
        }
    }
}

impl<'t> Maps<'t> {
    /// Adds an object if it is such a map.
    pub(super) fn add(&mut self, object: &Object<'t>) {
        let kinds = [Kind::ConfigMap, Kind::Secret];
        let kind = kinds.into_iter().find(|it| object.group.is_empty() && it.name() == object.kind);
        let Some(kind) = kind else { return };
        let name = name_of(object.node).and_then(Node::value);
        let texts = view::lookup(object.node, kind.texts());
        if let (Some(name), Some(texts)) = (name, texts) {
            self.0.insert((kind, namespace(object.node), name), texts.value);
        }
    }

    /// The map that a part of a container's environment names, with what it is called.
    fn named(&self, object: Node<'t>, from: Node<'t>, keys: [&str; 2]) -> Option<Named<'t>> {
        let (kind, reference) = [Kind::ConfigMap, Kind::Secret]
            .into_iter()
            .zip(keys)
            .find_map(|(kind, key)| Some((kind, view::lookup(from, key)?)))?;
        let name = scalar(reference.value, "name")?;
        let texts = *self.0.get(&(kind, namespace(object), name))?;
        let called = format!("{}/{name}", kind.name());
        Some(Named { reference, texts, called })
    }
}

/// A map that a container names.
struct Named<'t> {
    reference: view::Entry<'t>,
    texts: Node<'t>,
    called: String,
}

fn namespace<'t>(object: Node<'t>) -> Option<&'t str> {
    view::lookup(object, "metadata").and_then(|it| scalar(it.value, "namespace"))
}

/// Tells the pods of a file which maps stand in it.
pub(super) fn note<'t>(maps: Maps<'t>, workloads: &mut [Workload<'t>]) {
    let maps = Arc::new(maps);
    for workload in workloads {
        if let Dialect::Kubernetes(pod) = &mut workload.dialect {
            pod.maps = Arc::clone(&maps);
        }
    }
}

impl<'t> Pod<'t> {
    /// The variables of a container as they count: its own over those of maps, the later over the earlier.
    pub fn environment(&self, index: usize) -> Vec<EnvironmentEntry<'t>> {
        let mut found: Vec<EnvironmentEntry<'t>> = Vec::new();
        let mut places: HashMap<Cow<'t, str>, usize> = HashMap::new();
        let node = self.slots[index].node;
        let listed = |key| view::lookup(node, key);
        let handed_on = listed("envFrom").into_iter().flat_map(|it| it.value.items());
        let handed_on = handed_on.flat_map(|it| self.handed_on(it.resolve()));
        let own = listed("env").into_iter().flat_map(|list| {
            let items = list.value.items();
            items.filter_map(move |node| self.own_variable(Item { file: self.file, list, node }))
        });
        for mut it in handed_on.chain(own) {
            match places.get(&it.name) {
                Some(place) => {
                    it.item = None;
                    found[*place] = it;
                }
                None => {
                    places.insert(it.name.clone(), found.len());
                    found.push(it);
                }
            }
        }
        found
    }

    /// What an item of `envFrom` hands on.
    fn handed_on(&self, from: Node<'t>) -> Vec<EnvironmentEntry<'t>> {
        let keys = ["configMapRef", "secretRef"];
        let Some(map) = self.maps.named(self.object, from, keys) else { return Vec::new() };
        let prefix = scalar(from, "prefix").unwrap_or("");
        let site = Site { file: self.file, span: first_line(map.reference.written) };
        let read = |it: view::Entry<'t>| {
            let key = it.key.value()?;
            let name = match prefix {
                "" => Cow::Borrowed(key),
                _ => Cow::Owned(format!("{prefix}{key}")),
            };
            let of = Some(map.called.clone());
            Some(EnvironmentEntry { name, value: it.value.value(), site, of, item: None })
        };
        view::entries(map.texts).into_iter().filter_map(read).collect()
    }

    /// What an item of `env` says.
    fn own_variable(&self, item: Item<'t>) -> Option<EnvironmentEntry<'t>> {
        let node = item.node.resolve();
        let name = Cow::Borrowed(scalar(node, "name")?);
        if let Some(value) = view::lookup(node, "value") {
            let (site, value) = (self.site(&value), value.value.value());
            return Some(EnvironmentEntry { name, value, site, of: None, item: Some(item) });
        }
        let from = view::lookup(node, "valueFrom").map(|it| it.value);
        let keys = ["configMapKeyRef", "secretKeyRef"];
        let map = from.and_then(|it| self.maps.named(self.object, it, keys));
        let value =
            map.as_ref().and_then(|it| scalar(it.texts, scalar(it.reference.value, "key")?));
        let at = map.as_ref().map_or(item.node, |it| it.reference.written);
        let site = Site { file: self.file, span: first_line(at) };
        Some(EnvironmentEntry { name, value, site, of: map.map(|it| it.called), item: Some(item) })
    }
}
