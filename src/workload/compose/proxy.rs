//! What is written so that a service speaks to another one in place of a socket: that service and a network for the two.

use foldhash::HashSet;

use super::{Service, parse_short, services};
use crate::finding::{Edit, FileId};
use crate::workload::{Blocked, Item, Written, view};
use crate::yaml::{Action, Change, Data, Kind, Node, Sharing, Step, Value};

impl<'t> Service<'t> {
    /// Adds a service to the project, where this one stands.
    pub fn beside(&self, name: &str, service: Value) -> Written {
        if self.project.numbers.contains_key(name) {
            return Err(Blocked(format!("there is a service {name} already")));
        }
        self.check_later_services()?;
        self.declare("services", name, service)
    }

    /// Adds a network to the project, where this service stands.
    pub fn declare_network(&self, name: &str, network: Value) -> Written {
        if self.project.tops.contains_key(&("networks", name)) {
            return Err(Blocked(format!("there is a network {name} already")));
        }
        self.declare("networks", name, network)
    }

    /// Services are numbered in the order in which the files name them: one that is added has to be the last.
    fn check_later_services(&self) -> Result<(), Blocked> {
        let root = self.home.and_then(|it| root(self.levels[it].node));
        let is_own = |it: &&(FileId, Node<'t>)| root.is_some_and(|root| root.id() == it.1.id());
        let file = self.home.map(|it| self.levels[it].file);
        let at = self.project.roots.iter().position(|it| Some(it.0) == file && is_own(&it));
        let merges = |it: Node<'t>| it.get("services").is_some_and(|it| it.merge().is_some());
        if root.is_some_and(merges) {
            return Err(Blocked(
                "`<<` has services of the project: add a filtering socket proxy by hand".to_owned(),
            ));
        }
        let (before, after) = self.project.roots.split_at(at.map_or(0, |it| it + 1));
        let names = |all: &[(FileId, Node<'t>)]| -> HashSet<&'t str> {
            let named = all.iter().flat_map(|it| services(it.1));
            named.filter_map(|it| it.0.value()).collect()
        };
        match names(after).is_subset(&names(before)) {
            true => Ok(()),
            false => Err(Blocked(
                "a later file or document of the project has services of its own: add a filtering socket proxy by hand".to_owned(),
            )),
        }
    }

    fn declare(&self, section: &str, name: &str, value: Value) -> Written {
        let level =
            self.home.ok_or_else(|| Blocked("its file is not among those to write".into()))?;
        let level = &self.levels[level];
        let root = root(level.node).filter(|it| it.kind() == Kind::Mapping);
        let root = root.ok_or_else(|| Blocked("its document is no mapping".into()))?;
        let stands = root.entry(section).filter(|it| !it.value.is_null());
        let own = |it: &view::Entry<'_>| {
            it.owner.id() == root.id()
                && it.written.kind() == Kind::Mapping
                && it.written.tag().is_none()
        };
        if stands.is_some_and(|it| !own(&it)) || section == "services" && stands.is_none() {
            return Err(Blocked(format!("its `{section}:` is not written out in its own file")));
        }
        let path = vec![Step::from(section), Step::from(name)];
        let action = Action::Ensure(value);
        let change = Change { at: root.id(), path, action, sharing: Sharing::Refuse };
        Ok(vec![Edit { file: level.file, change, shared: None }])
    }

    /// Has it take part in a network beside those that it has.
    pub fn join_network(&self, name: &str) -> Written {
        const KEY: &str = "networks";
        if let Some(it) = self.entry("network_mode") {
            let mode = it.entry.value.value().unwrap_or("…");
            return Err(Blocked(format!(
                "its network_mode is {mode}: it cannot be in a network that it shares with a proxy alone"
            )));
        }
        match self.entry(KEY).filter(|it| !it.entry.value.is_null()) {
            None => self.join_first(name),
            // Empty it stands for the default one, as if it were not there.
            Some(it)
                if it.entry.value.items().next().is_none()
                    && it.entry.value.entries().is_empty() =>
            {
                self.join_first(name)
            }
            Some(_) => self.name_in(KEY, name, &Data::Null.into()),
        }
    }

    /// The source of a mount as it is written, variables and all.
    pub fn source_as_written(&self, item: &Item<'t>) -> Option<String> {
        let node = item.node.resolve();
        match node.value() {
            // What divides it may be in a variable too.
            Some(text) => {
                let source = parse_short(text).source?;
                let is_whole = source.matches("${").count() == source.matches('}').count();
                is_whole.then(|| source.to_owned())
            }
            None => node.get("source")?.resolve().value().map(str::to_owned),
        }
    }

    /// Has it start once another one was started.
    pub fn start_after(&self, name: &str) -> Written {
        self.name_in("depends_on", name, &Value::map([("condition", "service_started")]))
    }

    /// Has a service that names no network be in the default one and in another. Who names the default one has to have it
    /// declared.
    fn join_first(&self, name: &str) -> Written {
        let mut edits = self.set("networks", Value::seq(["default", name]))?;
        if !self.project.tops.contains_key(&("networks", "default")) {
            let none: [(&str, Value); 0] = [];
            edits.extend(self.declare("networks", "default", Value::map(none))?);
        }
        Ok(edits)
    }

    /// Adds a name to a list, or to a mapping with what that wants to be said of it.
    fn name_in(&self, key: &str, name: &str, said: &Value) -> Written {
        match self.entry(key) {
            Some(found) if found.entry.value.kind() == Kind::Mapping => {
                self.set_in(&found, key, (name, said))
            }
            _ => self.append(key, Value::from(name)),
        }
    }

    /// Gives a variable another value, or adds it.
    pub fn give_variable(&self, name: &str, value: &str) -> Written {
        let known = self.environment().filter(|it| it.name == name);
        match known.last().filter(|it| it.item.node.index().is_some()) {
            Some(it) => {
                self.replace_item("environment", &it.item, &Value::from(format!("{name}={value}")))
            }
            None => self.set_variable(name, value),
        }
    }

    /// Gives an option of its command another value, or adds it: `--option=value`.
    pub fn give_option(&self, option: &str, value: &str) -> Written {
        const KEY: &str = "command";
        let word = Value::from(format!("{option}={value}"));
        let found = self.entry(KEY);
        // One that goes over several lines would lose them.
        let in_a_line = |it: &Node<'t>| {
            let span = it.span();
            !it.tree().text()[span.start..span.end].contains('\n')
        };
        let text = found.map(|it| it.entry.value).filter(in_a_line).and_then(Node::value);
        if let Some(text) = text.filter(|it| !it.contains(option)) {
            return self.set(KEY, Value::from(format!("{} {option}={value}", text.trim_end())));
        }
        let Some(found) = found.filter(|it| it.entry.value.kind() == Kind::Sequence) else {
            return Err(Blocked(format!(
                "write its command as a list: then a filtering proxy can be put between them, which {option} leads to"
            )));
        };
        let is_it = |it: &Node<'t>| {
            let text = it.resolve().value().unwrap_or("");
            text.strip_prefix(option).is_some_and(|it| it.is_empty() || it.starts_with('='))
        };
        match found.entry.value.items().find(is_it) {
            Some(node) if node.resolve().value() == Some(option) => Err(Blocked(format!(
                "{option} and its value are two words: make the value {value} and take the socket away"
            ))),
            Some(node) => {
                let item = Item { file: found.file, list: found.entry, node };
                self.replace_item(KEY, &item, &word)
            }
            None => self.append(KEY, word),
        }
    }

    /// Takes the groups away that are there for the engine's socket, as far as their names say so.
    pub fn without_engine_group(&self) -> Written {
        const KEY: &str = "group_add";
        let Some(found) = self.entry(KEY) else { return Ok(Vec::new()) };
        let is_it = |it: &Node<'t>| {
            it.resolve().value().is_some_and(|it| it.to_lowercase().contains("docker"))
        };
        let items = found.entry.value.items().filter(is_it);
        let items: Vec<Item<'t>> =
            items.map(|node| Item { file: found.file, list: found.entry, node }).collect();
        self.remove_items(KEY, &items)
    }
}

/// The root of the document that a node stands in.
fn root(node: Node<'_>) -> Option<Node<'_>> {
    std::iter::successors(Some(node), |it| it.parent()).last()
}
