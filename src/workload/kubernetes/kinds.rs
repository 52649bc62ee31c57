//! Which kinds hold pod templates, and where.

/// A kind with pod templates.
pub struct PodKind {
    /// The API group; empty for the core group, a leading `.` for every group that ends so.
    pub group: &'static str,
    /// The kind; a leading `*` for every kind that ends so.
    pub kind: &'static str,
    /// Paths to the pod specs: `.` descends, `[]` is every item, a leading `*` is every key that ends so, `|` parts keys
    /// of which each is followed.
    pub paths: &'static [&'static str],
    /// How much of a pod the path holds.
    pub shape: Shape,
}

/// How much of a pod a place holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A whole PodSpec.
    Pod,
    /// A PodSpec of which only the containers may be written: the rest needs features of an operator.
    ContainersOnly,
    /// A list of containers, or one container.
    Containers,
    /// A container with fields of its pod beside its own; of the pod only what is there may be changed.
    Spark,
}

const TEMPLATE: &[&str] = &["spec.template.spec"];

const fn pod(group: &'static str, kind: &'static str, paths: &'static [&'static str]) -> PodKind {
    PodKind { group, kind, paths, shape: Shape::Pod }
}

const fn some(
    group: &'static str,
    kind: &'static str,
    paths: &'static [&'static str],
    shape: Shape,
) -> PodKind {
    PodKind { group, kind, paths, shape }
}

const WORKFLOW: &[&str] = &[
    "spec.templates[]|templateDefaults.container|script|initContainers|sidecars",
    "spec.templates[]|templateDefaults.containerSet.containers",
    "spec.templates[].steps[][].inline.container|script|initContainers|sidecars",
    "spec.templates[].steps[][].inline.containerSet.containers",
    "spec.templates[].dag.tasks[].inline.container|script|initContainers|sidecars",
    "spec.templates[].dag.tasks[].inline.containerSet.containers",
];

const CRON_WORKFLOW: &[&str] = &[
    "spec.workflowSpec.templates[]|templateDefaults.container|script|initContainers|sidecars",
    "spec.workflowSpec.templates[]|templateDefaults.containerSet.containers",
    "spec.workflowSpec.templates[].steps[][].inline.container|script|initContainers|sidecars",
    "spec.workflowSpec.templates[].steps[][].inline.containerSet.containers",
    "spec.workflowSpec.templates[].dag.tasks[].inline.container|script|initContainers|sidecars",
    "spec.workflowSpec.templates[].dag.tasks[].inline.containerSet.containers",
];

const TASK: &[&str] = &["spec.steps|sidecars"];

/// Every kind that is written without being named in the configuration.
pub static KINDS: &[PodKind] = &[
    pod("", "Pod", &["spec"]),
    pod("", "PodTemplate", &["template.spec"]),
    pod("", "ReplicationController", TEMPLATE),
    pod("apps", "Deployment", TEMPLATE),
    pod("apps", "ReplicaSet", TEMPLATE),
    pod("apps", "StatefulSet", TEMPLATE),
    pod("apps", "DaemonSet", TEMPLATE),
    pod("extensions", "Deployment", TEMPLATE),
    pod("extensions", "ReplicaSet", TEMPLATE),
    pod("extensions", "DaemonSet", TEMPLATE),
    pod("batch", "Job", TEMPLATE),
    pod("batch", "CronJob", &["spec.jobTemplate.spec.template.spec"]),
    pod("argoproj.io", "Rollout", TEMPLATE),
    pod("apps.openshift.io", "DeploymentConfig", TEMPLATE),
    pod("", "DeploymentConfig", TEMPLATE),
    pod("apps.kruise.io", "CloneSet", TEMPLATE),
    pod("apps.kruise.io", "StatefulSet", TEMPLATE),
    pod("apps.kruise.io", "DaemonSet", TEMPLATE),
    pod("apps.kruise.io", "BroadcastJob", TEMPLATE),
    pod("keda.sh", "ScaledJob", &["spec.jobTargetRef.template.spec"]),
    pod("jobset.x-k8s.io", "JobSet", &["spec.replicatedJobs[].template.spec.template.spec"]),
    pod(
        "leaderworkerset.x-k8s.io",
        "LeaderWorkerSet",
        &[
            "spec.leaderWorkerTemplate.leaderTemplate.spec",
            "spec.leaderWorkerTemplate.workerTemplate.spec",
        ],
    ),
    pod("batch.volcano.sh", "Job", &["spec.tasks[].template.spec"]),
    pod("agones.dev", "GameServer", TEMPLATE),
    pod("agones.dev", "Fleet", &["spec.template.spec.template.spec"]),
    pod("agones.dev", "GameServerSet", &["spec.template.spec.template.spec"]),
    pod("kubeflow.org", "*Job", &["spec.*ReplicaSpecs.*.template.spec"]),
    pod(
        "ray.io",
        "RayCluster",
        &["spec.headGroupSpec.template.spec", "spec.workerGroupSpecs[].template.spec"],
    ),
    pod(
        "ray.io",
        "RayJob",
        &[
            "spec.rayClusterSpec.headGroupSpec.template.spec",
            "spec.rayClusterSpec.workerGroupSpecs[].template.spec",
            "spec.submitterPodTemplate.spec",
        ],
    ),
    pod(
        "ray.io",
        "RayService",
        &[
            "spec.rayClusterConfig.headGroupSpec.template.spec",
            "spec.rayClusterConfig.workerGroupSpecs[].template.spec",
        ],
    ),
    pod(
        ".k8s.elastic.co",
        "*",
        &[
            "spec.podTemplate.spec",
            "spec.nodeSets[].podTemplate.spec",
            "spec.deployment.podTemplate.spec",
            "spec.daemonSet.podTemplate.spec",
        ],
    ),
    pod(
        "sparkoperator.k8s.io",
        "SparkApplication",
        &["spec.driver.template.spec", "spec.executor.template.spec"],
    ),
    pod(
        "sparkoperator.k8s.io",
        "ScheduledSparkApplication",
        &["spec.template.driver.template.spec", "spec.template.executor.template.spec"],
    ),
    some(
        "sparkoperator.k8s.io",
        "SparkApplication",
        &["spec.driver", "spec.executor"],
        Shape::Spark,
    ),
    some(
        "sparkoperator.k8s.io",
        "ScheduledSparkApplication",
        &["spec.template.driver", "spec.template.executor"],
        Shape::Spark,
    ),
    some("serving.knative.dev", "Service", TEMPLATE, Shape::ContainersOnly),
    some("serving.knative.dev", "Configuration", TEMPLATE, Shape::ContainersOnly),
    some("serving.knative.dev", "Revision", &["spec"], Shape::ContainersOnly),
    some("argoproj.io", "Workflow", WORKFLOW, Shape::Containers),
    some("argoproj.io", "WorkflowTemplate", WORKFLOW, Shape::Containers),
    some("argoproj.io", "ClusterWorkflowTemplate", WORKFLOW, Shape::Containers),
    some("argoproj.io", "CronWorkflow", CRON_WORKFLOW, Shape::Containers),
    some("tekton.dev", "Task", TASK, Shape::Containers),
    some("tekton.dev", "ClusterTask", TASK, Shape::Containers),
    some("tekton.dev", "StepAction", &["spec"], Shape::Containers),
    some("tekton.dev", "TaskRun", &["spec.taskSpec.steps|sidecars"], Shape::Containers),
    some(
        "tekton.dev",
        "Pipeline",
        &["spec.tasks[]|finally[].taskSpec.steps|sidecars"],
        Shape::Containers,
    ),
    some(
        "tekton.dev",
        "PipelineRun",
        &["spec.pipelineSpec.tasks[]|finally[].taskSpec.steps|sidecars"],
        Shape::Containers,
    ),
    some("monitoring.coreos.com", "Prometheus", &["spec"], Shape::ContainersOnly),
    some("monitoring.coreos.com", "PrometheusAgent", &["spec"], Shape::ContainersOnly),
    some("monitoring.coreos.com", "Alertmanager", &["spec"], Shape::ContainersOnly),
    some("monitoring.coreos.com", "ThanosRuler", &["spec"], Shape::ContainersOnly),
];

/// Kinds that hold objects.
pub(super) static LISTS: &[(&str, &str, &str)] = &[
    ("config.kubernetes.io", "ResourceList", "items"),
    ("template.openshift.io", "Template", "objects"),
    ("", "Template", "objects"),
];

/// Kinds that speak of containers without running any: policies, patches, definitions.
pub(super) static NOT_WORKLOADS: &[(&str, &str)] = &[
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("policy", "PodSecurityPolicy"),
    ("extensions", "PodSecurityPolicy"),
    ("security.openshift.io", "SecurityContextConstraints"),
    ("kyverno.io", "*"),
    ("constraints.gatekeeper.sh", "*"),
    ("templates.gatekeeper.sh", "*"),
    ("mutations.gatekeeper.sh", "*"),
    ("admissionregistration.k8s.io", "*"),
    ("kustomize.config.k8s.io", "*"),
    ("builtin", "*"),
];

impl PodKind {
    /// Whether an object of that group and kind is one.
    pub fn is(&self, group: &str, kind: &str) -> bool {
        matches(self.group, group) && fits(self.kind, kind)
    }
}

fn matches(pattern: &str, group: &str) -> bool {
    pattern == group || (pattern.starts_with('.') && group.ends_with(pattern))
}

/// Whether a pattern with a leading `*` fits.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some(end) => text.ends_with(end),
        None => pattern == text,
    }
}
