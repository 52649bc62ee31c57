//! Pods that run on Windows nodes, where the settings of Linux mean nothing or are refused.

use super::scalar;
use crate::workload::view;
use crate::yaml::Node;

const LABELS: &[&str] = &["kubernetes.io/os", "beta.kubernetes.io/os"];
const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";

/// Whether the pod says that it is one, or can be placed on no other nodes.
pub(super) fn is_windows(spec: Node<'_>) -> bool {
    let os = view::lookup(spec, "os").and_then(|it| scalar(it.value, "name"));
    let selector = view::lookup(spec, "nodeSelector").map(|it| it.value);
    let selected =
        selector.is_some_and(|it| LABELS.iter().any(|key| scalar(it, key) == Some("windows")));
    os == Some("windows") || selected || has_affinity(spec)
}

/// Whether each alternative of the required node affinity asks for Windows.
fn has_affinity(spec: Node<'_>) -> bool {
    let path = ["affinity", "nodeAffinity", REQUIRED, "nodeSelectorTerms"];
    let terms = path.iter().try_fold(spec, |it, key| Some(view::lookup(it, key)?.value));
    let mut terms = terms.into_iter().flat_map(Node::items).map(Node::resolve).peekable();
    terms.peek().is_some() && terms.all(asks_for_windows)
}

fn asks_for_windows(term: Node<'_>) -> bool {
    let rules = view::lookup(term, "matchExpressions");
    let mut rules = rules.into_iter().flat_map(|it| it.value.items()).map(Node::resolve);
    rules.any(|rule| {
        let values = view::lookup(rule, "values").map(|it| it.value);
        let mut values = values.into_iter().flat_map(Node::items).map(Node::resolve).peekable();
        scalar(rule, "key").is_some_and(|it| LABELS.contains(&it))
            && scalar(rule, "operator") == Some("In")
            && values.peek().is_some()
            && values.all(|it| it.value() == Some("windows"))
    })
}
