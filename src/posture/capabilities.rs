//! Which capabilities remain: those that the container is bounded by, and those that its process holds once it runs.

use super::ask::Ask;
use super::bounding::{Bounding, Lists, by_containerd, by_docker};
use super::fact::Fact;
use super::image::Uid;
use super::{Answer, By, Part, Question, Value};
use crate::evidence::DEFAULT_SET;
use crate::rules;
use crate::workload::view;
use crate::yaml::Kind;

/// Those that Docker gives and Podman does not.
const NOT_OF_PODMAN: [&str; 3] = ["AUDIT_WRITE", "MKNOD", "NET_RAW"];

pub(super) fn answer(ask: &Ask<'_, '_>, user: &Fact<Uid>) -> Answer {
    let bounding = bounding(ask);
    let effective = effective(ask, &bounding, user);
    let tell = |it: &Bounding| match it {
        Bounding::All => Value::Is("every capability of Linux".to_owned()),
        Bounding::Some(names) => Value::All(names.iter().cloned().collect()),
        Bounding::Refused(name) => Value::Refused(format!("there is no capability {name}")),
    };
    Answer {
        question: Question::Capabilities,
        holds: bounding.holds(|it| is_least(ask, it)),
        parts: vec![bounding.part("bounding", tell), effective],
    }
}

/// Whether nothing is left but what was asked for and gives the host to nobody.
fn is_least(ask: &Ask<'_, '_>, left: &Bounding) -> bool {
    let Bounding::Some(names) = left else { return false };
    let added = |name: &String| ask.container.capabilities.add.iter().any(|it| it.name == *name);
    names.iter().all(|it| added(it) && !rules::reaches_host(it))
}

fn bounding(ask: &Ask<'_, '_>) -> Fact<Bounding> {
    let privileged = ask.privileged();
    match &privileged {
        Fact::Is(true, by) => return Fact::Is(Bounding::All, by.clone()),
        Fact::Refused(why, by) => return Fact::Refused(why.clone(), by.clone()),
        Fact::Unknown(how, by) => return Fact::Unknown(how.clone(), by.clone()),
        Fact::Is(false, _) => (),
    }
    let lists = &ask.container.capabilities;
    let first = lists.drop.first().or(lists.add.first());
    let by = first.map_or(By::Default, |it| ask.by(it.site));
    if has_unknown(ask) {
        return Fact::Unknown(ask.tell_variable(), by);
    }
    if let Some(how) = ask.elsewhere.as_ref().filter(|_| !is_told_whole(ask)) {
        return Fact::Unknown(how.clone(), by);
    }
    if let Some(wrong) = no_list(ask) {
        return wrong;
    }
    let podman: Vec<&str> =
        DEFAULT_SET.iter().copied().filter(|it| !NOT_OF_PODMAN.contains(it)).collect();
    let lists = Lists {
        privileged: false,
        add: lists.add.iter().map(|it| &*it.written).collect(),
        drop: lists.drop.iter().map(|it| &*it.written).collect(),
        default: if ask.is_podman() { &podman } else { &DEFAULT_SET },
    };
    match if ask.service().is_some() { by_docker(&lists) } else { by_containerd(&lists) } {
        Bounding::Refused(name) => Fact::Refused(format!("there is no capability `{name}`"), by),
        left => Fact::Is(left, by),
    }
}

/// What a manifest has in the place of a list, which no cluster takes.
fn no_list(ask: &Ask<'_, '_>) -> Option<Fact<Bounding>> {
    let pod = ask.pod()?;
    let lists = pod.own(ask.container.index, "capabilities")?;
    let entries = ["add", "drop"].iter().filter_map(|it| view::lookup(lists.value, it));
    let mut wrong = entries.filter(|it| it.value.kind() != Kind::Sequence && !it.value.is_null());
    let site = wrong.next().map(|it| pod.site(&it))?;
    Some(ask.opaque(site, "is no list"))
}

/// Whether a variable names one of them.
fn has_unknown(ask: &Ask<'_, '_>) -> bool {
    let lists = &ask.container.capabilities;
    match ask.service() {
        Some(service) => lists.drop_unknown || service.list("cap_add").len() != lists.add.len(),
        None => lists.add.iter().chain(&lists.drop).any(|it| it.written.contains("${")),
    }
}

/// Whether the lists of a part are those of the whole: a cluster replaces lists, Compose unites them.
fn is_told_whole(ask: &Ask<'_, '_>) -> bool {
    let lists = &ask.container.capabilities;
    ask.pod().is_some() && !lists.add.is_empty() && !lists.drop.is_empty()
}

/// What the process holds: root all that it is bounded by, another user nothing, unless its program's file carries some.
fn effective(ask: &Ask<'_, '_>, bounding: &Fact<Bounding>, user: &Fact<Uid>) -> Part {
    let name = "effective";
    let Fact::Is(left, _) = bounding else {
        let told = bounding.map(|_| ());
        return told.part(name, |()| Value::All(Vec::new()));
    };
    let root = user.map(Uid::is_root);
    root.part(name, |is_root| match (is_root, left) {
        (true, Bounding::All) => Value::Is("every capability of Linux".to_owned()),
        (true, Bounding::Some(names)) => Value::All(names.iter().cloned().collect()),
        (_, left) => Value::Is(by_files(ask, left)),
    })
}

/// What programs with file capabilities get of it.
fn by_files(ask: &Ask<'_, '_>, left: &Bounding) -> String {
    let carried = ask.image.file_capabilities();
    let gets = |it: &&String| match left {
        Bounding::All => true,
        Bounding::Some(names) => names.contains(*it),
        Bounding::Refused(_) => false,
    };
    match carried.map(|it| it.iter().filter(gets).cloned().collect::<Vec<_>>()) {
        Some(got) if !got.is_empty() => {
            format!("none but what its program carries: {}", got.join(", "))
        }
        Some(_) => "none".to_owned(),
        None if *left == Bounding::Some(Default::default()) => "none".to_owned(),
        None => "none but what programs carry in their files".to_owned(),
    }
}

/// Whether the capability is added that lets nobody forbid new privileges in a pod.
pub(super) fn adds_admin(ask: &Ask<'_, '_>) -> bool {
    let is_admin = |it: &str| it == "SYS_ADMIN" || it == "CAP_SYS_ADMIN";
    ask.container.capabilities.add.iter().any(|it| is_admin(&it.written))
}
