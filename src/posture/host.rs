//! What it shares with the host: its namespaces, and everything where it is privileged.

use super::ask::Ask;
use super::fact::Fact;
use super::{Answer, By, Holds, Question, Value};
use crate::workload::{Joined, Namespace, State, Workload};

/// Whose namespace it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Whose {
    Own,
    Host,
    Peer(String),
}

/// Bounds chains of services that join one another.
const CHAIN: usize = 16;

pub(super) fn answer(ask: &Ask<'_, '_>) -> Answer {
    let privileged = ask.privileged();
    let spaces = [
        ("network", namespace(ask, Namespace::Network)),
        ("processes", namespace(ask, Namespace::Pid)),
        ("shared memory", namespace(ask, Namespace::Ipc)),
    ];
    let yes = |it: &bool| Value::Is(if *it { "yes" } else { "no" }.to_owned());
    let mut parts = vec![privileged.part("privileged", yes)];
    let mut holds = privileged.holds(|it| !it);
    for (name, whose) in &spaces {
        holds = holds.and(whose.holds(|it| *it != Whose::Host));
        parts.push(whose.part(name, |it| Value::Is(tell(it))));
    }
    parts.push(users(ask).part("users", |it| Value::Is((*it).to_owned())));
    Answer { question: Question::Host, holds, parts }
}

fn tell(it: &Whose) -> String {
    match it {
        Whose::Own => "its own".to_owned(),
        Whose::Host => "the host's".to_owned(),
        Whose::Peer(peer) => format!("that of {peer}"),
    }
}

fn namespace(ask: &Ask<'_, '_>, namespace: Namespace) -> Fact<Whose> {
    if ask.is_stack() {
        let service = ask.service().filter(|_| namespace == Namespace::Network);
        let site = service.and_then(|it| it.external_host_network());
        return site
            .map_or(Fact::Is(Whose::Own, By::Default), |it| Fact::Is(Whose::Host, ask.by(it)));
    }
    match ask.workload.namespace(namespace) {
        Joined::Own => own(ask, namespace),
        Joined::Host(site) => Fact::Is(Whose::Host, ask.by(site)),
        Joined::Unknown(site) => ask.opaque(site, "is no boolean"),
        Joined::Peer(site, peer) => Fact::Is(joined(ask.all, namespace, &peer), ask.by(site)),
    }
}

fn own(ask: &Ask<'_, '_>, namespace: Namespace) -> Fact<Whose> {
    let pod = match namespace {
        Namespace::Network => "hostNetwork",
        Namespace::Pid => "hostPID",
        Namespace::Ipc | Namespace::Uts | Namespace::Cgroup | Namespace::User => "hostIPC",
    };
    if let Some(it) = ask.pod().and_then(|it| Some(it.site(&it.spec_entry(pod)?))) {
        return Fact::Is(Whose::Own, ask.by(it));
    }
    if ask.pod().is_some() && !ask.workload.is_whole() && ask.elsewhere.is_none() {
        return Fact::Unknown("ask of the pod that is made of it".to_owned(), By::Nobody);
    }
    ask.unset(Whose::Own)
}

/// Whose namespace a service joins that joins that of another.
fn joined(all: &[Workload<'_>], namespace: Namespace, peer: &str) -> Whose {
    if peer == "shareable" {
        return Whose::Own;
    }
    let mut name = peer.to_owned();
    for _ in 0..CHAIN {
        let Some(service) = name.strip_prefix("service:").map(|it| format!("service {it}")) else {
            break;
        };
        let Some(other) = all.iter().find(|it| *it.name == *service) else { break };
        match other.namespace(namespace) {
            Joined::Host(_) => return Whose::Host,
            Joined::Peer(_, next) if next != "shareable" => name = next,
            Joined::Own | Joined::Peer(..) | Joined::Unknown(_) => break,
        }
    }
    Whose::Peer(peer.to_owned())
}

/// Whether its users are those of the host. It lowers what an escape is worth, and replaces nothing.
fn users(ask: &Ask<'_, '_>) -> Fact<&'static str> {
    const MAPPED: &str = "its own: root in it is nobody on the host";
    const HOST: &str = "the host's: root in it is root on the host";
    if let Some(pod) = ask.pod() {
        return match pod.state(pod.spec_entry("hostUsers")) {
            State::Off(site) => Fact::Is(MAPPED, ask.by(site)),
            State::On(site) => Fact::Is(HOST, ask.by(site)),
            State::Unset => ask.unset(HOST),
            State::Unknown(site) => ask.opaque(site, "is no boolean"),
        };
    }
    match ask.workload.namespace(Namespace::User) {
        Joined::Host(site) if !ask.is_stack() => Fact::Is(HOST, ask.by(site)),
        Joined::Unknown(site) if !ask.is_stack() => ask.opaque(site, "is no mapping"),
        _ if ask.is_podman() => ask.unset("those of whoever starts it, where that is not root"),
        _ => ask.unset("the host's, unless the engine is rootless or maps users"),
    }
}

impl Holds {
    /// The name, for programs.
    pub fn name(self) -> &'static str {
        match self {
            Holds::Yes => "yes",
            Holds::No => "no",
            Holds::Unknown => "unknown",
            Holds::Inapplicable => "inapplicable",
        }
    }
}
