//! The pods of a file, found by their looks: any mapping with named containers that have images.

use casehard::workload::json::json;
use casehard::yaml::{Kind, Node, Span, Tree};
use serde_json::{Map, Value};

/// A pod spec somewhere in a file.
pub(crate) struct Pod {
    /// `kind/name` of the object that holds it, the outermost one.
    pub(crate) name: String,
    /// The pod spec.
    pub(crate) spec: Value,
    /// The annotations of the pod.
    pub(crate) annotations: Map<String, Value>,
    /// The bytes of the spec.
    pub(crate) span: Span,
}

impl Pod {
    /// Whether it runs on Windows nodes.
    pub(crate) fn is_windows(&self) -> bool {
        let selector = &self.spec["nodeSelector"];
        self.spec["os"]["name"] == "windows"
            || selector["kubernetes.io/os"] == "windows"
            || selector["beta.kubernetes.io/os"] == "windows"
            || self.needs_windows_nodes()
    }

    fn needs_windows_nodes(&self) -> bool {
        let required = "requiredDuringSchedulingIgnoredDuringExecution";
        let terms = &self.spec["affinity"]["nodeAffinity"][required]["nodeSelectorTerms"];
        let windows = |rule: &Value| {
            matches!(rule["key"].as_str(), Some("kubernetes.io/os" | "beta.kubernetes.io/os"))
                && rule["operator"] == "In"
                && rule["values"] == serde_json::json!(["windows"])
        };
        let asks = |term: &Value| {
            term["matchExpressions"].as_array().is_some_and(|it| it.iter().any(windows))
        };
        terms.as_array().is_some_and(|it| !it.is_empty() && it.iter().all(asks))
    }
}

/// Kinds that hold something that looks like a pod without being one, or being one only to an operator.
const OTHERS: &[&str] =
    &["ConfigMap", "Prometheus", "Alertmanager", "Workflow", "CronWorkflow", "Task"];

/// Every pod of a file.
pub(crate) fn pods(tree: &Tree) -> Vec<Pod> {
    let mut found = Vec::new();
    for root in tree.documents() {
        collect(root, None, &mut found);
    }
    found
}

fn collect(node: Node<'_>, object: Option<Node<'_>>, found: &mut Vec<Pod>) {
    let kind = node.get("kind").and_then(Node::value).filter(|_| node.get("apiVersion").is_some());
    // An object in another one counts as part of it, unless that one is a list.
    let list = kind.is_some_and(|it| it.ends_with("List") || it == "Template");
    let object = object.or((kind.is_some() && !list).then_some(node));
    if let Some(pod) = object.and_then(|it| pod(node, it)) {
        found.push(pod);
        return;
    }
    for value in node.children().filter(|it| matches!(it.kind(), Kind::Mapping | Kind::Sequence)) {
        collect(value, object, found);
    }
}

fn pod(node: Node<'_>, object: Node<'_>) -> Option<Pod> {
    let kind = object.get("kind")?.value()?;
    let spec = json(node)?;
    let containers = spec.get("containers")?.as_array()?;
    let named = |it: &Value| it.get("name").is_some() && it.get("image").is_some();
    if containers.is_empty() || !containers.iter().all(named) || OTHERS.contains(&kind) {
        return None;
    }
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let metadata = object.get("metadata").and_then(json).unwrap_or_default();
    let name = text(&metadata, "name").or_else(|| text(&metadata, "generateName"));
    let beside = node.parent().and_then(|it| it.get("metadata")).and_then(json);
    let annotations = beside.and_then(|it| it.get("annotations").cloned());
    Some(Pod {
        name: format!("{kind}/{}", name.as_deref().unwrap_or("(unnamed)")),
        spec,
        annotations: annotations.and_then(|it| it.as_object().cloned()).unwrap_or_default(),
        span: node.span(),
    })
}
