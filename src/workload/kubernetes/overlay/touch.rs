//! What a change of a pod concerns: which containers, and which of the things that fixes rest on.

use super::change::{ANNOTATIONS, Change};
use super::image::split;
use super::within::{has_key, holds, numbers};
use crate::workload::json::json;
use crate::workload::kubernetes::scalar::boolean;
use crate::workload::kubernetes::write::SCRATCH;
use crate::workload::kubernetes::{Pod, Role, Shape, scalar};
use crate::workload::view;
use crate::yaml::Node;

/// Something that a fix rests on, and that a kustomization changes.
#[derive(Debug, Clone)]
pub struct Touch {
    /// The container by its place in the pod; nothing where it is all of them.
    pub container: Option<usize>,
    /// What is changed.
    pub what: What,
    /// What does so, and how, in a clause: `overlays/prod/web.yaml:7 sets privileged`.
    pub seen: String,
}

/// What is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Which image it is.
    Image,
    /// Which version of its image it is.
    Tag,
    /// The program that runs, or anything else.
    Program,
    /// It is made privileged.
    Privileged,
    /// It gets a right that the API server refuses beside forbidden new privileges.
    Refused,
    /// The capabilities that are added.
    Capabilities,
    /// Who it runs as, and the groups.
    User,
    /// The number of its user or of a group, which is not root's.
    RunsAs(i64),
    /// It is made root.
    Root,
    /// All of the pod's security context is replaced or taken away.
    Context,
    /// The root filesystem is made writable.
    Writable,
    /// New privileges are allowed.
    Escalation,
    /// The filter of system calls.
    Filter,
    /// AppArmor or SELinux.
    Module,
    /// The masked paths of /proc.
    Masks,
    /// What is mounted.
    Mounts,
    /// All volumes are replaced, those that are added to the base among them.
    Dropped,
    /// It is put into the network of the host.
    HostNetwork,
    /// It is put among the host's processes.
    HostProcesses,
    /// It shares memory with the host.
    HostMemory,
    /// Whose users it has.
    Users,
    /// A port below 1024.
    LowPort,
    /// A variable of that name.
    Variable(String),
    /// Variables from elsewhere.
    Variables,
    /// A program beside the command: a hook or a probe.
    Hook,
    /// The account by which it speaks to the API server.
    ServiceAccount,
    /// It runs on Windows.
    Windows,
    /// Another container comes into the pod.
    Sidecar,
    /// A patch that cannot be read.
    Unread,
}

/// What a change concerns; `seen` calls a place by its name.
pub(super) fn touches(
    pod: &Pod<'_>,
    change: &Change<'_>,
    seen: &dyn Fn(Node<'_>) -> String,
) -> Vec<Touch> {
    let mut look = Look { pod, change, seen, found: Vec::new() };
    match (pod.shape, change.keys.split_first()) {
        (Shape::Containers | Shape::Spark, _) => look.anywhere(),
        (Shape::Pod | Shape::ContainersOnly, Some((key, rest))) => {
            look.spec(key, rest, change.value);
        }
        (Shape::Pod | Shape::ContainersOnly, None) => {
            for it in change.value.map(view::entries).unwrap_or_default() {
                look.spec(it.key.value().unwrap_or(""), &[], Some(it.value));
            }
        }
    }
    look.found
}

/// A look at one change.
pub(super) struct Look<'l, 't, 'p> {
    pub(super) pod: &'l Pod<'t>,
    pub(super) change: &'l Change<'p>,
    seen: &'l dyn Fn(Node<'_>) -> String,
    found: Vec<Touch>,
}

impl<'p> Look<'_, '_, 'p> {
    pub(super) fn say(
        &mut self,
        container: Option<usize>,
        what: What,
        (at, how): (Option<Node<'_>>, &str),
    ) {
        let place = (self.seen)(at.unwrap_or(self.change.at));
        self.found.push(Touch { container, what, seen: format!("{place} {how}") });
    }

    /// A key of the pod's spec, or one below it.
    fn spec(&mut self, key: &str, rest: &[String], value: Option<Node<'p>>) {
        let is_on = value.and_then(boolean) == Some(true);
        let mut host = |what| {
            if is_on {
                self.say(None, what, (value, &format!("sets `{key}: true`")));
            }
        };
        match key {
            "hostNetwork" => host(What::HostNetwork),
            "hostPID" => host(What::HostProcesses),
            "hostIPC" => host(What::HostMemory),
            "automountServiceAccountToken" => host(What::ServiceAccount),
            "containers" | "initContainers" | "ephemeralContainers" => self.list(key, rest, value),
            "volumes" => self.volumes(rest, value),
            "securityContext" => self.context(None, rest, value),
            "hostUsers" => self.say(None, What::Users, (value, "changes `hostUsers`")),
            "serviceAccount" | "serviceAccountName" => {
                self.say(None, What::ServiceAccount, (value, "gives it another account"));
            }
            "os" | "nodeSelector" if value.is_some_and(|it| holds(it, "windows")) => {
                self.say(None, What::Windows, (value, "puts it on Windows"));
            }
            ANNOTATIONS => self.annotations(rest, value),
            _ => (),
        }
    }

    fn annotations(&mut self, rest: &[String], value: Option<Node<'p>>) {
        let entries = value.map(view::entries).unwrap_or_default();
        let own = entries.iter().filter_map(|it| it.key.value());
        let names: Vec<&str> = rest.first().map(String::as_str).into_iter().chain(own).collect();
        for name in names {
            let what = match name {
                _ if name.starts_with("container.apparmor.") => What::Module,
                _ if name.contains("seccomp.security.alpha.") => What::Filter,
                _ => continue,
            };
            self.say(None, what, (value, &format!("changes `{name}`")));
        }
    }

    /// A list of containers, or something in it.
    fn list(&mut self, key: &str, rest: &[String], value: Option<Node<'p>>) {
        let role = match key {
            "containers" => Role::Main,
            "initContainers" => Role::Init,
            _ => Role::Ephemeral,
        };
        match rest {
            [] => {
                for item in value.into_iter().flat_map(Node::items).map(Node::resolve) {
                    let name = scalar(item, "name");
                    let own = self.numbered(role).find(|it| scalar(it.1, "name") == name);
                    match own.map(|it| it.0) {
                        Some(number) => self.whole(number, item),
                        None => self.sidecar(item),
                    }
                }
            }
            [_] if self.change.inserts => value.into_iter().for_each(|it| self.sidecar(it)),
            [item] => {
                for number in self.meant(role, item) {
                    value.into_iter().for_each(|it| self.whole(number, it));
                }
            }
            [item, key, rest @ ..] => {
                for number in self.meant(role, item) {
                    self.container(number, (key, rest), value);
                }
            }
        }
    }

    /// The containers of a kind with their numbers in the pod.
    fn numbered(&self, role: Role) -> impl Iterator<Item = (usize, Node<'_>)> {
        let slots = self.pod.slots.iter().enumerate();
        slots.filter(move |it| it.1.role == role).map(|(number, it)| (number, it.node))
    }

    /// The containers that a step of a path means; all of the kind where it is no number.
    fn meant(&self, role: Role, step: &str) -> Vec<usize> {
        let all: Vec<usize> = self.numbered(role).map(|it| it.0).collect();
        match step.parse::<usize>() {
            Ok(at) => all.get(at).copied().into_iter().collect(),
            Err(_) => all,
        }
    }

    /// What comes new into the pod has what is said of all of it.
    fn sidecar(&mut self, item: Node<'p>) {
        let own = item.get("securityContext").is_some_and(|it| it.get("runAsUser").is_some());
        if let Some(name) = scalar(item, "name").filter(|_| !own) {
            self.say(None, What::Sidecar, (Some(item), &format!("adds the container {name}")));
        }
    }

    fn whole(&mut self, number: usize, item: Node<'p>) {
        if scalar(item, "$patch") == Some("delete") {
            return;
        }
        for it in view::entries(item) {
            self.container(number, (it.key.value().unwrap_or(""), &[]), Some(it.value));
        }
    }

    /// A key of a container, or one below it; what says what the base says is no change.
    fn container(
        &mut self,
        number: usize,
        (key, rest): (&str, &[String]),
        value: Option<Node<'p>>,
    ) {
        let base = self.pod.slots[number].node;
        let own = view::lookup(base, key).map(|it| it.value);
        if rest.is_empty() && own.zip(value).is_some_and(|(one, other)| json(one) == json(other)) {
            return;
        }
        let changes = format!("changes `{key}`");
        let container = Some(number);
        match key {
            "image" => {
                let name = |it: Option<Node<'_>>| Some(split(it?.value()?).0.to_owned());
                let same = name(own) == name(value);
                let what = if same { What::Tag } else { What::Image };
                self.say(container, what, (value, "changes the image"));
            }
            "command" | "args" => self.say(container, What::Program, (value, &changes)),
            "securityContext" => self.context(container, rest, value),
            "volumeMounts" if value.is_some_and(is_all_scratch) => (),
            "volumeMounts" | "volumeDevices" => {
                self.say(container, What::Mounts, (value, &changes));
            }
            "env" => self.variables(number, rest, value),
            "envFrom" => self.say(container, What::Variables, (value, &changes)),
            "ports" => {
                let ports = numbers(value, "containerPort");
                if ports.into_iter().any(|it| (1..1024).contains(&it)) {
                    self.say(
                        container,
                        What::LowPort,
                        (value, "has it listen on a port below 1024"),
                    );
                }
            }
            "lifecycle" | "livenessProbe" | "readinessProbe" | "startupProbe" => {
                let runs = value.is_some_and(|it| has_key(it, "exec"));
                if runs || rest.iter().any(|it| it == "exec") {
                    self.say(container, What::Hook, (value, &changes));
                }
            }
            _ => (),
        }
    }

    fn variables(&mut self, number: usize, rest: &[String], value: Option<Node<'p>>) {
        let list = view::lookup(self.pod.slots[number].node, "env").map(|it| it.value);
        let own: Vec<Node<'_>> =
            list.into_iter().flat_map(Node::items).map(Node::resolve).collect();
        let given = match rest {
            [] => value.into_iter().flat_map(Node::items).map(Node::resolve).collect(),
            [_] => value.into_iter().collect::<Vec<_>>(),
            _ => Vec::new(),
        };
        let same = |it: &Node<'_>| own.iter().any(|own| json(*own) == json(*it));
        let mut names: Vec<String> = given
            .iter()
            .filter(|it| !same(it))
            .filter_map(|it| scalar(*it, "name").map(str::to_owned))
            .collect();
        let at = rest.first().and_then(|it| it.parse::<usize>().ok());
        let old = at.filter(|_| !self.change.inserts).and_then(|it| own.get(it).copied());
        names.extend(old.and_then(|it| scalar(it, "name")).map(str::to_owned));
        for name in names {
            let how = format!("changes the variable {name}");
            self.say(Some(number), What::Variable(name), (value, &how));
        }
    }

    /// The volumes of the pod, for those that mount them.
    fn volumes(&mut self, rest: &[String], value: Option<Node<'p>>) {
        let all: Vec<&str> =
            self.pod.volumes().iter().filter_map(|it| scalar(*it, "name")).collect();
        let items: Vec<Node<'_>> =
            value.into_iter().flat_map(Node::items).map(Node::resolve).collect();
        let is_replaced = self.change.replaces
            || self.change.lists
            || items.iter().any(|it| scalar(*it, "$patch") == Some("replace"));
        if rest.is_empty() && is_replaced {
            self.say(None, What::Dropped, (value, "replaces all `volumes`"));
        }
        let names: Vec<&str> = match rest {
            [] if is_replaced => all,
            [] => {
                let items = items.iter().filter(|it| !is_scratch(**it));
                items.filter_map(|it| scalar(*it, "name")).collect()
            }
            [_] if self.change.inserts => {
                value.and_then(|it| scalar(it, "name")).into_iter().collect()
            }
            [item, ..] => match item.parse::<usize>() {
                Ok(at) => all.get(at).copied().into_iter().collect(),
                Err(_) => all,
            },
        };
        for number in 0..self.pod.slots.len() {
            let mounts = view::lookup(self.pod.slots[number].node, "volumeMounts");
            let mounts = mounts.into_iter().flat_map(|it| it.value.items());
            let mounted: Vec<&str> = mounts.filter_map(|it| scalar(it, "name")).collect();
            if let Some(name) = names.iter().find(|it| mounted.contains(*it)) {
                let how = format!("changes the volume {name}");
                self.say(Some(number), What::Mounts, (value, &how));
            }
        }
    }

    /// What no pod has, of kinds that say their containers in other words.
    fn anywhere(&mut self) {
        const KEYS: &[&str] = &[
            "image",
            "command",
            "args",
            "script",
            "container",
            "steps",
            "sidecars",
            "initContainers",
            "securityContext",
            "podSecurityContext",
            "stepTemplate",
            "volumes",
            "volumeMounts",
            "hostNetwork",
            "hostPID",
            "hostIPC",
        ];
        let value = self.change.value;
        let found = KEYS.iter().find(|key| {
            self.change.keys.iter().any(|it| it == *key) || value.is_some_and(|it| has_key(it, key))
        });
        if let Some(key) = found {
            self.say(None, What::Program, (value, &format!("changes `{key}`")));
        }
    }
}

/// Whether a volume, or a mount of one, is scratch space of our own making.
fn is_scratch(item: Node<'_>) -> bool {
    scalar(item.resolve(), "name").is_some_and(|it| it.starts_with(SCRATCH))
}

fn is_all_scratch(list: Node<'_>) -> bool {
    is_scratch(list) || list.items().next().is_some() && list.items().all(is_scratch)
}
