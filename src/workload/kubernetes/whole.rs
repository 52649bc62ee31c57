//! What runs of workflows and tasks say of their whole pods, beside the containers that are judged: reported where it
//! stands, since only the operator's own fields can change it (SPEC 1.8).

use serde_json::{Map, Value};

use super::inline::{InlinePatch, Place};
use super::places::descend;
use super::{Object, scalar};
use crate::finding::{FileId, Site};
use crate::workload::detect::first_line;
use crate::workload::json::json;
use crate::yaml::{Node, Tree};

/// Keys of a pod's spec that concern all its containers.
const OF_THE_POD: &[&str] = &["hostNetwork", "hostPID", "hostIPC", "volumes", "securityContext"];

/// Where settings of whole pods stand, by the API group.
fn places(group: &str) -> &'static [&'static str] {
    match group {
        "argoproj.io" => {
            const ALL: &[&str] = &[
                "spec",
                "spec.templates[]|templateDefaults",
                "spec.templates[].steps[][].inline",
                "spec.templates[].dag.tasks[].inline",
                "spec.workflowSpec",
                "spec.workflowSpec.templates[]|templateDefaults",
                "spec.workflowSpec.templates[].steps[][].inline",
                "spec.workflowSpec.templates[].dag.tasks[].inline",
            ];
            ALL
        }
        "tekton.dev" => &[
            "spec",
            "spec.podTemplate",
            "spec.taskSpec",
            "spec.taskRunTemplate.podTemplate",
            "spec.tasks[]|finally[].taskSpec",
            "spec.pipelineSpec.tasks[]|finally[].taskSpec",
        ],
        _ => &[],
    }
}

/// Kinds that run pods of their own making.
const KINDS: &[&str] = &[
    "Workflow",
    "WorkflowTemplate",
    "ClusterWorkflowTemplate",
    "CronWorkflow",
    "Task",
    "ClusterTask",
    "TaskRun",
    "Pipeline",
    "PipelineRun",
];

/// What an object says of whole pods, each as the pod that it makes.
pub(super) fn of_whole_pods(object: &Object<'_>, file: FileId) -> Vec<InlinePatch> {
    if !KINDS.contains(&object.kind) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (_, holder) in places(&object.group).iter().flat_map(|it| descend(object.node, it)) {
        for key in OF_THE_POD {
            let Some(entry) = holder.entry(key) else { continue };
            let Some(value) = json(entry.value) else { continue };
            let spec = Map::from_iter([((*key).to_owned(), value)]);
            found.push(pod(object.node, &spec.into(), site(entry.written, file)));
        }
        found.extend(patch(object.node, holder, file));
    }
    found
}

/// The text that Argo merges over a pod.
fn patch(object: Node<'_>, holder: Node<'_>, file: FileId) -> Option<InlinePatch> {
    let text = holder.get("podSpecPatch")?;
    let tree = Tree::parse(text.value()?).ok()?;
    let spec = json(tree.documents().next()?)?;
    Some(pod(object, &spec, site(text, file)))
}

fn site(node: Node<'_>, file: FileId) -> Site {
    Site { file, span: first_line(node) }
}

fn pod(object: Node<'_>, spec: &Value, site: Site) -> InlinePatch {
    let metadata = object.get("metadata");
    let name = metadata.and_then(|it| scalar(it, "name").or_else(|| scalar(it, "generateName")));
    let pod = serde_json::json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": name.unwrap_or("(unnamed)") },
        "spec": spec,
    });
    InlinePatch { text: pod.to_string(), place: Place::One(site) }
}
