//! What a cluster on containerd makes of a container of a pod (SPEC 2), container over pod.

use casehard::workload::kubernetes::{Pod, Shape};
use casehard::yaml::Node;

use super::capabilities::{Case, Lists, by_containerd};
use super::data::Data;
use super::mounts;
use super::state::{Fact, State};

/// The settings of a pod's context that its containers can have as well: container over pod.
const OVER: [&str; 7] = [
    "runAsUser",
    "runAsGroup",
    "runAsNonRoot",
    "seccompProfile",
    "seLinuxOptions",
    "appArmorProfile",
    "windowsOptions",
];

/// What both levels say of a container.
struct Levels {
    own: Data,
    pod: Data,
}

impl Levels {
    /// Container over pod.
    fn over(&self, key: &str) -> &Data {
        match self.own.get(key) {
            Data::Null => self.pod.get(key),
            own => own,
        }
    }
}

/// The state of a container.
pub(crate) fn state(pod: &Pod<'_>, index: usize) -> State {
    let container = Data::read(pod.slots[index].node);
    let spec = match pod.shape {
        // The containers stand in an object that is no pod.
        Shape::Containers => Data::Null,
        Shape::Pod | Shape::ContainersOnly | Shape::Spark => Data::read(pod.spec),
    };
    let template = Data::read(pod.template);
    let metadata = template.get("metadata");
    let levels = levels(pod, index, &container, &spec);
    let mut state = State::default();
    let privileged = yes(levels.own.get("privileged"));
    let lists = levels.own.get("capabilities");
    let texts = |key: &str| -> Vec<String> {
        lists.get(key).items().iter().filter_map(|it| it.text().map(str::to_owned)).collect()
    };
    let lists = Lists {
        privileged: privileged == Fact::Is("yes".to_owned()),
        add: texts("add"),
        drop: texts("drop"),
    };
    identity(&mut state, &levels);
    capabilities(&mut state, &lists, &levels);
    escalation(&mut state, &lists, &levels);
    walls(&mut state, &levels, metadata, container.get("name").text().unwrap_or(""));
    state.put("privileged", privileged);
    state.put("read-only root", yes(levels.own.get("readOnlyRootFilesystem")));
    mounts::of_container(&mut state, &container, &spec);
    rest(&mut state, &container, &spec, &levels);
    state.is("annotations", format!("{:?}", metadata.get("annotations")));
    state
}

fn levels(pod: &Pod<'_>, index: usize, container: &Data, spec: &Data) -> Levels {
    let mut own = container.get("securityContext").clone();
    if pod.shape == Shape::Containers
        && let Some(template) = step_template(pod.slots[index].node)
    {
        let mut all = template.get("securityContext").without(&[]);
        all.extend(own.without(&[]));
        own = Data::Map(all);
    }
    let pod = match pod.shape {
        Shape::Pod | Shape::ContainersOnly => spec.get("securityContext").clone(),
        Shape::Spark => spec.get("podSecurityContext").clone(),
        Shape::Containers => Data::Null,
    };
    Levels { own, pod }
}

/// What a task of Tekton says for all its steps.
fn step_template(step: Node<'_>) -> Option<Data> {
    let steps = step.parent()?;
    let task = steps.parent().filter(|_| steps.key().and_then(Node::value) == Some("steps"))?;
    Some(Data::read(task).get("stepTemplate").clone())
}

/// A boolean as the cluster reads it: plain `yes` and `on` are true, a text is refused.
fn yes(data: &Data) -> Fact {
    match data {
        Data::Scalar(text, true) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Fact::Is("yes".to_owned()),
            "false" | "no" | "off" => Fact::Is("no".to_owned()),
            _ => Fact::Refused(format!("no boolean: {text}")),
        },
        Data::Null => Fact::Is("no".to_owned()),
        other => Fact::Refused(format!("no boolean: {other:?}")),
    }
}

/// The number of a user or group.
fn number(data: &Data) -> Option<u32> {
    match data {
        Data::Scalar(text, true) => text.parse().ok(),
        _ => None,
    }
}

fn identity(state: &mut State, levels: &Levels) {
    let user = levels.over("runAsUser");
    let group = levels.over("runAsGroup");
    let shown = |it: &Data| it.text().map_or("the image's", |it| it).to_owned();
    state.is("user", shown(user));
    state.is("group", shown(group));
    let more = ["fsGroup", "fsGroupChangePolicy", "supplementalGroups", "supplementalGroupsPolicy"];
    for key in more {
        state.is(key, format!("{:?}", levels.pod.get(key)));
    }
    // Of a process whose user the file names the kubelet has nothing left to ask.
    let asked = match (yes(levels.over("runAsNonRoot")), user, number(user)) {
        (Fact::Is(it), _, Some(0)) if it == "yes" => {
            Fact::Refused("it would run as root".to_owned())
        }
        (Fact::Is(it), Data::Null, _) if it == "yes" => {
            Fact::Is("only as a user of the image that is a number other than 0".to_owned())
        }
        (Fact::Is(_), ..) => Fact::Is("whoever it is".to_owned()),
        (refused @ Fact::Refused(_), ..) => refused,
    };
    state.put("may start", asked);
}

fn capabilities(state: &mut State, lists: &Lists, levels: &Levels) {
    let user = levels.over("runAsUser");
    let readings = [(Case::Matters, "capabilities"), (Case::Ignored, "capabilities in any case")];
    for (case, field) in readings {
        let bounding = by_containerd(lists, case);
        let effective = match (user, number(user)) {
            (_, Some(0)) => format!("{bounding:?}"),
            (Data::Null, _) => format!("as root of the image {bounding:?}"),
            _ => "none but by file capabilities".to_owned(),
        };
        state.put(&format!("bounding {field}"), bounding);
        state.is(&format!("effective {field}"), effective);
    }
}

fn escalation(state: &mut State, lists: &Lists, levels: &Levels) {
    let allowed = levels.own.get("allowPrivilegeEscalation");
    let forbidden = *allowed != Data::Null && yes(allowed) == Fact::Is("no".to_owned());
    let admin = |it: &String| it == "SYS_ADMIN" || it == "CAP_SYS_ADMIN";
    let fact = match yes(allowed) {
        Fact::Is(_) if forbidden && (lists.privileged || lists.add.iter().any(admin)) => {
            Fact::Refused("privileges that are held cannot be forbidden".to_owned())
        }
        Fact::Is(_) if forbidden => Fact::Is("forbidden".to_owned()),
        Fact::Is(_) => Fact::Is("allowed".to_owned()),
        refused @ Fact::Refused(_) => refused,
    };
    state.put("new privileges", fact);
}

fn walls(state: &mut State, levels: &Levels, metadata: &Data, name: &str) {
    let privileged = yes(levels.own.get("privileged")) == Fact::Is("yes".to_owned());
    let profile = |it: &Data| format!("{:?}", it.without(&[]));
    state.is(
        "seccomp",
        match levels.over("seccompProfile") {
            _ if privileged => "none".to_owned(),
            Data::Null => "none, unless the kubelet has a default".to_owned(),
            it => profile(it),
        },
    );
    let key = format!("container.apparmor.security.beta.kubernetes.io/{name}");
    let annotated = metadata.get("annotations").get(&key);
    let unset = match privileged {
        true => "none".to_owned(),
        false => "the runtime's".to_owned(),
    };
    let named = |it: &Data| match it.get("type").text() {
        Some("RuntimeDefault") => unset.clone(),
        _ => profile(it),
    };
    let apparmor =
        match (levels.own.get("appArmorProfile"), annotated, levels.pod.get("appArmorProfile")) {
            (Data::Null, Data::Null, Data::Null) => unset.clone(),
            (Data::Null, Data::Null, pod) => named(pod),
            (Data::Null, annotated, _) => format!("{annotated:?}"),
            (own, ..) => named(own),
        };
    state.is("AppArmor", apparmor);
    for key in ["seLinuxOptions", "windowsOptions"] {
        state.is(key, profile(levels.over(key)));
    }
    state.is("masked paths", levels.own.get("procMount").text().unwrap_or("Default"));
}

/// Everything else of the container, its pod and their contexts.
fn rest(state: &mut State, container: &Data, spec: &Data, levels: &Levels) {
    const OWN: [&str; 5] = [
        "capabilities",
        "privileged",
        "allowPrivilegeEscalation",
        "readOnlyRootFilesystem",
        "procMount",
    ];
    const POD: [&str; 7] = [
        "securityContext",
        "podSecurityContext",
        "containers",
        "initContainers",
        "ephemeralContainers",
        "volumes",
        "volumeMounts",
    ];
    let mut put = |prefix: &str, data: &Data, keys: &[&str]| {
        for (key, value) in data.without(keys) {
            state.is(&format!("{prefix} {key}"), format!("{value:?}"));
        }
    };
    put("container", container, &POD);
    put("pod", spec, &POD);
    put("container's context", &levels.own, &[&OVER[..], &OWN].concat());
    put("pod's context", &levels.pod, &OVER);
}
