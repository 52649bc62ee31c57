//! Whether each pod spec that was written still is one to the API's own types.

use foldhash::HashMap;
use k8s_openapi::api::core::v1::PodSpec;

use crate::parallel;
use crate::workload::json::json;
use crate::workload::kubernetes::Shape;
use crate::workload::{Dialect, PARALLEL, Workload};
use crate::yaml::Node;

/// The first pod that was a PodSpec and is none any more, and what is wrong with it.
pub(super) fn broken(old: &[Workload<'_>], new: &[Workload<'_>]) -> Option<String> {
    // A pod that a fix leaves without anything to say is none any more: the others keep their numbers.
    let number = |it: &Workload<'_>| it.containers.first().map(|it| it.id);
    let after: HashMap<_, _> = new.iter().filter_map(|it| Some((number(it)?, it))).collect();
    let pairs: Vec<_> = old.iter().filter_map(|it| Some((it, *after.get(&number(it)?)?))).collect();
    let broken = |(old, new): &(&Workload<'_>, &Workload<'_>)| {
        let (before, after) = (spec(old)?, spec(new)?);
        if before.raw() == after.raw() {
            return None;
        }
        let error = read(after).err()?;
        read(before).ok()?;
        Some(format!("{}: what was written is no pod spec: {error}", new.name))
    };
    parallel::map(&pairs, PARALLEL, broken).into_iter().flatten().next()
}

fn spec<'t>(workload: &Workload<'t>) -> Option<Node<'t>> {
    match &workload.dialect {
        Dialect::Kubernetes(pod) if matches!(pod.shape, Shape::Pod | Shape::ContainersOnly) => {
            Some(pod.spec)
        }
        Dialect::Kubernetes(_) | Dialect::Compose(_) => None,
    }
}

fn read(spec: Node<'_>) -> Result<PodSpec, String> {
    let value = json(spec).ok_or("its aliases expand without end")?;
    serde_json::from_value(value).map_err(|it| it.to_string())
}
