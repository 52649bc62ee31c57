//! Which system call filter and which policy of the security module stand (SPEC 2.5 and 2.6).

use super::ask::Ask;
use super::escalation::options;
use super::fact::Fact;
use super::{Answer, By, Holds, Question, Value};
use crate::workload::kubernetes::{Pod, is_contained_type};
use crate::workload::view::{self, Entry};

/// What stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Profile {
    /// That of the engine or the runtime.
    Standard,
    /// One of its own.
    Own(String),
    /// None.
    Off(&'static str),
}

pub(super) fn answer(ask: &Ask<'_, '_>) -> Answer {
    let (seccomp, module) = match ask.pod() {
        Some(pod) => (seccomp_of_pod(ask, pod), module_of_pod(ask, pod)),
        None => (of_service(ask, "seccomp"), module_of_service(ask)),
    };
    Answer {
        question: Question::Profiles,
        holds: holds(&seccomp).and(holds(&module)),
        parts: vec![
            seccomp.part("seccomp", |it| tell(it, "the default profile")),
            module.part("security module", |it| tell(it, "the platform's policy")),
        ],
    }
}

/// What a profile of its own lets through only who reads it knows.
fn holds(it: &Fact<Profile>) -> Holds {
    match it.known() {
        Some(Profile::Standard) => Holds::Yes,
        Some(Profile::Off(_)) => Holds::No,
        Some(Profile::Own(_)) | None => Holds::Unknown,
    }
}

fn tell(it: &Profile, standard: &str) -> Value {
    Value::Is(match it {
        Profile::Standard => standard.to_owned(),
        Profile::Own(name) => format!("its own, to be reviewed: {name}"),
        Profile::Off(why) => format!("none{why}"),
    })
}

/// The last entry that speaks of it wins; privileged there is none unless one is named.
fn of_service(ask: &Ask<'_, '_>, name: &str) -> Fact<Profile> {
    if ask.is_stack() {
        return Fact::Is(Profile::Standard, By::Default);
    }
    if let Some((site, value)) = options(ask, name).pop() {
        let by = ask.by(site);
        return match value.as_deref() {
            None => Fact::Unknown(ask.tell_variable(), by),
            Some("unconfined") => Fact::Is(Profile::Off(""), by),
            Some("" | "builtin") => Fact::Is(Profile::Standard, by),
            Some("docker-default") if name == "apparmor" => Fact::Is(Profile::Standard, by),
            Some(other) => Fact::Is(Profile::Own(other.to_owned()), by),
        };
    }
    unless_privileged(ask, Profile::Standard)
}

/// What holds where nothing is said: nothing of a privileged container.
fn unless_privileged(ask: &Ask<'_, '_>, default: Profile) -> Fact<Profile> {
    match ask.privileged() {
        Fact::Is(true, by) => Fact::Is(Profile::Off(", for it is privileged"), by),
        Fact::Is(false, _) => ask.unset(default),
        Fact::Refused(why, by) => Fact::Refused(why, by),
        Fact::Unknown(how, by) => Fact::Unknown(how, by),
    }
}

/// AppArmor's profile and SELinux's label; which of them a host has only the host knows.
fn module_of_service(ask: &Ask<'_, '_>) -> Fact<Profile> {
    let apparmor = of_service(ask, "apparmor");
    if ask.is_stack() || apparmor.holds(|it| matches!(it, Profile::Off(_))) == Holds::Yes {
        return apparmor;
    }
    for (site, value) in options(ask, "label").into_iter().chain(options(ask, "disable")) {
        let by = ask.by(site);
        let Some(label) = value else { return Fact::Unknown(ask.tell_variable(), by) };
        let off = matches!(label.as_str(), "" | "disable" | "type:spc_t");
        if off || label.starts_with("user:") || label.starts_with("role:") {
            return Fact::Is(Profile::Off(" on SELinux"), by);
        }
    }
    apparmor
}

/// Container over pod; where neither says it, a cluster filters nothing unless its kubelets are told to.
fn seccomp_of_pod(ask: &Ask<'_, '_>, pod: &Pod<'_>) -> Fact<Profile> {
    if let Fact::Is(true, by) = ask.privileged() {
        return Fact::Is(Profile::Off(", for it is privileged"), by);
    }
    match pod.effective(ask.container.index, "seccompProfile") {
        Some(entry) => profile_of_pod(ask, pod, &entry),
        None => {
            unless_privileged(ask, Profile::Off(", unless the kubelet is told to use its default"))
        }
    }
}

fn profile_of_pod(ask: &Ask<'_, '_>, pod: &Pod<'_>, entry: &Entry<'_>) -> Fact<Profile> {
    let kind = view::lookup(entry.value, "type");
    let site = kind.as_ref().map_or_else(|| pod.site(entry), |it| pod.site(it));
    let by = ask.by(site);
    match kind.and_then(|it| it.value.value()) {
        Some("RuntimeDefault") => Fact::Is(Profile::Standard, by),
        Some("Unconfined") => Fact::Is(Profile::Off(""), by),
        Some("Localhost") => {
            let file = view::lookup(entry.value, "localhostProfile");
            let name = file.and_then(|it| it.value.value()).unwrap_or("without a name");
            Fact::Is(Profile::Own(name.to_owned()), by)
        }
        _ => ask.opaque(site, "is no type of a profile"),
    }
}

fn module_of_pod(ask: &Ask<'_, '_>, pod: &Pod<'_>) -> Fact<Profile> {
    let index = ask.container.index;
    if let Some(labels) = pod.effective(index, "seLinuxOptions") {
        for entry in view::entries(labels.value) {
            let said = entry.value.value().unwrap_or("");
            let weak = match entry.key.value() {
                Some("type") => !is_contained_type(said),
                Some("user" | "role") => !said.is_empty(),
                _ => false,
            };
            if weak && !entry.value.is_null() {
                return Fact::Is(Profile::Off(" on SELinux"), ask.by(pod.site(&entry)));
            }
        }
    }
    let field = pod.own(index, "appArmorProfile");
    let annotation = || pod.apparmor_annotation(index);
    if let (None, Some(old)) = (field, annotation()) {
        let by = ask.by(pod.site(&old));
        match old.value.value().unwrap_or("") {
            "" | "runtime/default" => return Fact::Is(Profile::Standard, by),
            "unconfined" => return Fact::Is(Profile::Off(""), by),
            other if other.starts_with("localhost/") => {
                return Fact::Is(Profile::Own(other.to_owned()), by);
            }
            _ => return ask.opaque(pod.site(&old), "is no profile"),
        }
    }
    match pod.effective(index, "appArmorProfile") {
        // Of a privileged container the runtime applies none but one that is named.
        Some(entry) => match profile_of_pod(ask, pod, &entry) {
            Fact::Is(Profile::Standard, _) if ask.privileged().known() == Some(&true) => {
                unless_privileged(ask, Profile::Standard)
            }
            other => other,
        },
        None => unless_privileged(ask, Profile::Standard),
    }
}
