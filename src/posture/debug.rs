//! How operators debug it with tools that are not in its image (SPEC 2.7), ready to paste.

use super::ask::Ask;
use super::{Answer, By, Holds, Part, Question, Value};
use crate::workload::kubernetes::Pod;
use crate::workload::text::UNKNOWN;
use crate::workload::view;
use crate::yaml::Node;

/// An image with tools, which anybody can pull.
const TOOLS: &str = "busybox";

pub(super) fn answer(ask: &Ask<'_, '_>) -> Answer {
    let recipes = match ask.pod() {
        Some(pod) => in_cluster(ask, pod),
        None => on_engine(ask),
    };
    let part = |(name, text)| Part { name, value: Value::Is(text), by: By::Nobody };
    let parts = recipes.into_iter().map(part).collect();
    Answer { question: Question::Debug, holds: Holds::Yes, parts }
}

type Recipe = (&'static str, String);

/// A word as a shell takes it, whatever stands in it.
fn word(text: &str) -> String {
    shell_words::quote(text).into_owned()
}

fn on_engine(ask: &Ask<'_, '_>) -> Vec<Recipe> {
    let engine = if ask.is_podman() { "podman" } else { "docker" };
    let name = &ask.container.name;
    let own = ask.service().and_then(|it| it.text("container_name")).map(|it| it.text.value);
    let own = own.filter(|it| !it.is_empty() && !it.contains(UNKNOWN));
    let target = match own {
        Some(own) => word(&format!("container:{own}")),
        None if ask.is_stack() => {
            let filter = word(&format!("name=_{name}."));
            format!("\"container:$({engine} ps -q --filter {filter} | head -n 1)\"")
        }
        None if ask.is_command() => {
            let image = ask.container.image.as_ref().map_or("", |it| &*it.value);
            let filter = word(&format!("ancestor={image}"));
            format!("\"container:$({engine} ps -q --filter {filter} | head -n 1)\"")
        }
        None => format!("\"container:$({engine} compose ps -q {})\"", word(name)),
    };
    let command = format!(
        "{engine} run --rm -it --pid {target} --network {target} --cap-add SYS_PTRACE {TOOLS}"
    );
    let mut all = vec![("command", command)];
    if !ask.is_stack() && !ask.is_command() {
        all.push(("service", beside(name)));
    }
    all.push(("its files", "/proc/1/root, seen from there".to_owned()));
    all
}

/// The same as a service that only `--profile debug` starts.
fn beside(name: &str) -> String {
    let text = |it: &str| serde_json::Value::from(it).to_string();
    let joined = text(&format!("service:{name}"));
    format!(
        "  {key}:\n    image: {TOOLS}\n    profiles: [debug]\n    pid: {joined}\n    network_mode: {joined}\n    \
         cap_add: [SYS_PTRACE]\n    stdin_open: true\n    tty: true",
        key = text(&format!("{name}-debug")),
    )
}

fn in_cluster(ask: &Ask<'_, '_>, pod: &Pod<'_>) -> Vec<Recipe> {
    let namespace = text(pod.object, &["metadata", "namespace"]);
    let space = namespace.map_or(String::new(), |it| format!(" -n {}", word(it)));
    let name = text(pod.object, &["metadata", "name"]);
    let target = match (pod.kind.as_str(), name) {
        ("Pod", Some(name)) => word(&format!("pod/{name}")),
        ("StatefulSet", Some(name)) => word(&format!("pod/{name}-0")),
        _ => match selector(pod, name) {
            Some(labels) => {
                let labels = word(&labels);
                format!("\"$(kubectl get pods{space} -l {labels} -o name | head -n 1)\"")
            }
            None => "POD".to_owned(),
        },
    };
    let container = word(&ask.container.name);
    let debug = |profile: &str| {
        format!(
            "kubectl debug{space} -it {target} --target={container} --image={TOOLS} --profile={profile}"
        )
    };
    // Tools run as the pod's user, or as root where it names none, which `restricted` does not start.
    let profile = if pod.default_user().is_some() { "restricted" } else { "baseline" };
    vec![
        ("command", debug(profile)),
        ("break glass", debug("sysadmin")),
        ("its files", "/proc/1/root, seen from there".to_owned()),
    ]
}

/// The labels by which the pods of a template are found.
fn selector(pod: &Pod<'_>, name: Option<&str>) -> Option<String> {
    if let ("Job", Some(name)) = (pod.kind.as_str(), name) {
        return Some(format!("job-name={name}"));
    }
    let labels = view::lookup(view::lookup(pod.template, "metadata")?.value, "labels")?;
    let pairs: Vec<String> = view::entries(labels.value)
        .into_iter()
        .filter_map(|it| Some(format!("{}={}", it.key.value()?, it.value.value()?)))
        .collect();
    (!pairs.is_empty()).then(|| pairs.join(","))
}

fn text<'t>(node: Node<'t>, path: &[&str]) -> Option<&'t str> {
    let found = path.iter().try_fold(node, |node, key| Some(view::lookup(node, key)?.value))?;
    found.value().filter(|it| !it.is_empty())
}
