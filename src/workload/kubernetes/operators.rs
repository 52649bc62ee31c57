//! The images that operators give to containers which name none.

use super::{Found, Role, scalar};
use crate::yaml::Node;

/// The main container of a resource, as its operator makes it.
struct Operated {
    group: &'static str,
    kind: &'static str,
    container: &'static str,
    image: &'static str,
}

const fn of(
    group: &'static str,
    kind: &'static str,
    container: &'static str,
    image: &'static str,
) -> Operated {
    Operated { group, kind, container, image }
}

static ALL: &[Operated] = &[
    of(
        "elasticsearch.k8s.elastic.co",
        "Elasticsearch",
        "elasticsearch",
        "docker.elastic.co/elasticsearch/elasticsearch",
    ),
    of("kibana.k8s.elastic.co", "Kibana", "kibana", "docker.elastic.co/kibana/kibana"),
    of("logstash.k8s.elastic.co", "Logstash", "logstash", "docker.elastic.co/logstash/logstash"),
    of("apm.k8s.elastic.co", "ApmServer", "apm-server", "docker.elastic.co/apm/apm-server"),
    of("agent.k8s.elastic.co", "Agent", "agent", "docker.elastic.co/elastic-agent/elastic-agent"),
    of(MONITORING, "Prometheus", "prometheus", "quay.io/prometheus/prometheus"),
    of(MONITORING, "PrometheusAgent", "prometheus", "quay.io/prometheus/prometheus"),
    of(MONITORING, "Alertmanager", "alertmanager", "quay.io/prometheus/alertmanager"),
    of(MONITORING, "ThanosRuler", "thanos-ruler", "quay.io/thanos/thanos"),
];

const MONITORING: &str = "monitoring.coreos.com";

/// Whether the operator adds containers to those that the resource lists.
pub(super) fn completes(found: &Found<'_>) -> bool {
    found.group == MONITORING
}

/// The image of a container that names none.
pub(super) fn image(found: &Found<'_>, container: Node<'_>, role: Role) -> Option<String> {
    let operated = ALL.iter().find(|it| it.group == found.group && it.kind == found.kind)?;
    // Elastic's operator runs what prepares the main container in the same image.
    let prepares = role == Role::Init && operated.group != MONITORING;
    if !prepares && scalar(container, "name") != Some(operated.container) {
        return None;
    }
    let spec = found.object.get("spec")?;
    if let Some(image) = scalar(spec, "image") {
        return Some(image.to_owned());
    }
    let Some(version) = scalar(spec, "version") else { return Some(operated.image.to_owned()) };
    let prefix = match operated.group == MONITORING && !version.starts_with('v') {
        true => "v",
        false => "",
    };
    Some(format!("{}:{prefix}{version}", operated.image))
}
