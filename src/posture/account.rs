//! Who it runs as (SPEC 2.1): its user, its group, the groups beside that one.

use super::ask::{Ask, shown};
use super::fact::Fact;
use super::image::Uid;
use super::{Answer, By, Part, Question, Value};
use crate::workload::text::UNKNOWN;
use crate::workload::{Id, State};
use crate::yaml::Node;

pub(super) fn answer(ask: &Ask<'_, '_>, user: &Fact<Uid>) -> Answer {
    let mut parts = vec![
        user.part("uid", |it| {
            Value::Is(match it {
                Uid::Number(number) => number.to_string(),
                Uid::Name(name) => format!("that of {}", shown(name)),
                Uid::NotRoot => "not 0".to_owned(),
            })
        }),
        group(ask, user).part("gid", |it| Value::Is(it.clone())),
        groups(ask),
    ];
    if user.known().is_some_and(Uid::is_root)
        && let Some(start) = ask.image.drops()
    {
        let by = match user.by() {
            by @ By::Image { .. } => by.clone(),
            _ => By::Nobody,
        };
        parts.push(Part { name: "image", value: Value::Is(start), by });
    }
    Answer { question: Question::User, holds: user.holds(|it| !it.is_root()), parts }
}

/// The user that its process starts as.
pub(super) fn user(ask: &Ask<'_, '_>) -> Fact<Uid> {
    let identity = ask.workload.identity(ask.container);
    let by = identity.site.map_or(By::Nobody, |it| ask.by(it));
    let asked = matches!(identity.non_root, State::On(_));
    let user = match &identity.user {
        Id::Number(number) => Fact::Is(Uid::Number(*number), by),
        Id::Name(name) => Fact::Is(ask.image.named(name), by),
        Id::Unknown if identity.site.is_none() => {
            Fact::Unknown(ask.elsewhere.clone().unwrap_or_else(|| ask.tell_variable()), By::Nobody)
        }
        Id::Unknown => ask.opaque_id(&by),
        Id::Unset => unset(ask, identity.non_root),
    };
    match &user {
        Fact::Is(Uid::Number(0), by) if asked => {
            Fact::Refused("runAsNonRoot is true, and it would start as root".to_owned(), by.clone())
        }
        Fact::Is(Uid::Name(_) | Uid::Number(_), by @ (By::Image { .. } | By::Dockerfile(_)))
            if asked && ask.image.names_by_name().is_some() =>
        {
            let name = ask.image.names_by_name().unwrap_or_default();
            let why = format!(
                "runAsNonRoot is true, and the kubelet cannot tell the image's user `{name}` from root: set runAsUser"
            );
            Fact::Refused(why, by.clone())
        }
        _ => user,
    }
}

/// The image's own user.
fn unset(ask: &Ask<'_, '_>, non_root: State) -> Fact<Uid> {
    if let Some(how) = &ask.elsewhere {
        return Fact::Unknown(how.clone(), By::Nobody);
    }
    if let Some(user) = ask.image.user() {
        return user;
    }
    if let State::On(site) = non_root {
        return Fact::Is(Uid::NotRoot, ask.by(site));
    }
    let key = if ask.pod().is_some() { "runAsUser" } else { "user:" };
    Fact::Unknown(ask.raise(&format!("set {key}; the image decides now")), By::Nobody)
}

/// The group: the file's, that of the image's passwd, else 0.
fn group(ask: &Ask<'_, '_>, user: &Fact<Uid>) -> Fact<String> {
    let identity = ask.workload.identity(ask.container);
    let by = group_by(ask, user);
    match &identity.group {
        Id::Number(number) => return Fact::Is(number.to_string(), by),
        Id::Name(name) => return Fact::Is(format!("that of {}", shown(name)), by),
        Id::Unknown => return ask.opaque_id(&by),
        Id::Unset => (),
    }
    let how = match ask.pod().is_some() {
        true => "set runAsGroup: it is 0 now unless the image's passwd has another for the user",
        false => {
            "write `user: UID:GID`: it is 0 now unless the image's passwd has another for the user"
        }
    };
    match user.known() {
        Some(Uid::Number(uid)) => match ask.image.group_of(*uid) {
            Some(Fact::Is(gid, by)) => Fact::Is(gid.to_string(), by),
            _ => Fact::Unknown(how.to_owned(), By::Nobody),
        },
        Some(Uid::Name(_) | Uid::NotRoot) => Fact::Unknown(how.to_owned(), By::Nobody),
        None => Fact::Unknown("it goes with the user".to_owned(), By::Nobody),
    }
}

/// Who names the group.
fn group_by(ask: &Ask<'_, '_>, user: &Fact<Uid>) -> By {
    let own =
        ask.pod().and_then(|it| Some(it.site(&it.effective(ask.container.index, "runAsGroup")?)));
    own.map_or_else(|| user.by().clone(), |it| ask.by(it))
}

/// The groups beside it, as far as the file says; those of the image come with its passwd.
fn groups(ask: &Ask<'_, '_>) -> Part {
    let mut all = Vec::new();
    let mut by = By::Default;
    let mut unknown = false;
    if let Some(service) = ask.service().filter(|_| !ask.is_stack()) {
        for item in service.list("group_add") {
            let text = service.evaluate(item.node);
            unknown |= text.value.contains(UNKNOWN);
            by = ask.by(crate::finding::Site { file: item.file, span: item.node.span() });
            all.push(shown(&text.value).into_owned());
        }
    }
    if let Some(pod) = ask.pod() {
        let one = pod.pod_level("fsGroup");
        let list = pod.pod_level("supplementalGroups");
        let items = list.into_iter().flat_map(|it| it.value.items()).map(Node::resolve);
        all.extend(items.filter_map(Node::value).map(str::to_owned));
        all.extend(one.and_then(|it| it.value.value()).map(|it| format!("{it} (fsGroup)")));
        let place = list.or(one).map(|it| pod.site(&it));
        by = place.map_or(by, |it| ask.by(it));
        let strict = pod.pod_level("supplementalGroupsPolicy");
        if strict.and_then(|it| it.value.value()) == Some("Strict") {
            all.push("none of the image (Strict)".to_owned());
        }
    }
    let value = match unknown {
        true => Value::Unknown(ask.tell_variable()),
        false => Value::All(all),
    };
    Part { name: "groups", value, by }
}

impl Ask<'_, '_> {
    /// A user or group that is not understood.
    fn opaque_id<T>(&self, by: &By) -> Fact<T> {
        let identity = self.workload.identity(self.container);
        match identity.site {
            Some(site) => self.opaque(site, "is no number"),
            None => Fact::Unknown(self.tell_variable(), by.clone()),
        }
    }
}
