//! Signals in the names of images, and in what they are known for.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::Scene;
use super::mounts::calls;
use crate::evidence::subject::Subject;
use crate::workload::{Dialect, Joined, Namespace};

/// The image as written, in lower case; that of its Dockerfile where it is built.
pub(super) fn image_of(subject: &Subject<'_, '_>) -> String {
    let built = subject.built.and_then(|it| it.base.as_deref());
    let image = built.or_else(|| subject.workload.image_text(subject.container));
    image.unwrap_or_default().to_lowercase()
}

/// The parts of an image's reference: `moby/buildkit:rootless` has moby, buildkit and rootless.
fn parts(image: &str) -> impl Iterator<Item = &str> {
    image.split(['/', ':', '@', '-', '_', '.'])
}

/// Whether a name is one of the parts of an image's reference.
pub(super) fn has_part(image: &str, name: &str) -> bool {
    parts(image).any(|it| it == name)
}

fn is_one_of(scene: &Scene<'_, '_, '_>, names: &[&str]) -> Option<String> {
    let found = parts(&scene.image).find(|it| names.contains(it))?;
    Some(format!("the image is {found}"))
}

pub(super) fn builds_or_runs_containers(scene: &Scene<'_, '_, '_>) -> Option<String> {
    const IMAGES: &[&str] = &[
        "buildkit",
        "buildkitd",
        "buildah",
        "podman",
        "dind",
        "kaniko",
        "sysbox",
        "kindest",
        "k3s",
        "kasm",
    ];
    const PROGRAMS: &[&str] = &[
        "buildkitd",
        "buildctl-daemonless.sh",
        "buildah",
        "podman",
        "dockerd",
        "dockerd-entrypoint.sh",
        "containerd",
        "rootlesskit",
        "k3s",
    ];
    is_one_of(scene, IMAGES)
        .or_else(|| calls(scene, PROGRAMS).map(|it| format!("its command calls {it}")))
}

pub(super) fn user_of_unknown_image(scene: &Scene<'_, '_, '_>) -> Option<String> {
    let unknown = scene.facts.escalation.is_none() && scene.subject.built.is_none();
    (unknown && scene.runs_as.is_not_root())
        .then(|| "it has a user of its own, and nothing is known of the image".to_owned())
}

/// Programs with system calls that the default filter refuses, by a piece of their name.
const UNUSUAL: [&str; 13] = [
    "io_uring",
    "chrome",
    "chromium",
    "playwright",
    "puppeteer",
    "selenium",
    "browserless",
    "strace",
    "gdb",
    "bpftrace",
    "code-server",
    "openvscode",
    "gitpod",
];

pub(super) fn unusual_system_calls(scene: &Scene<'_, '_, '_>) -> Option<String> {
    // Every word and every variable is looked through: for all of them at once.
    static ALL: LazyLock<AhoCorasick> = LazyLock::new(|| {
        // What it is built for is short: the form that costs the least to build.
        let kind = Some(AhoCorasickKind::NoncontiguousNFA);
        let all = AhoCorasick::builder().ascii_case_insensitive(true).kind(kind).build(UNUSUAL);
        all.expect("they are few and short")
    });
    let subject = scene.subject;
    let says = |text: &str| {
        let first = ALL.find_iter(text).map(|it| it.pattern().as_usize()).min()?;
        Some(UNUSUAL[first])
    };
    if let Some(word) = says(&scene.image) {
        return Some(format!("the image runs {word}"));
    }
    if let Some(word) = subject.spoken().find_map(says) {
        return Some(format!("its command speaks of {word}"));
    }
    if let Some(name) = calls(scene, &["perf"]) {
        return Some(format!("its command calls {name}"));
    }
    let variable = subject.variables.iter().find_map(|it| says(&it.name))?;
    Some(format!("its environment speaks of {variable}"))
}

pub(super) fn shared_memory(scene: &Scene<'_, '_, '_>) -> Option<String> {
    let subject = scene.subject;
    if !matches!(subject.workload.namespace(Namespace::Ipc), Joined::Host(_)) {
        return None;
    }
    if let Dialect::Compose(service) = &subject.workload.dialect {
        let sharing = service.project.in_host_memory();
        if sharing > 1 {
            return Some(format!("{sharing} services are in the host's shared memory together"));
        }
    }
    const WORDS: &[&str] =
        &["vllm", "torch", "torchrun", "pytorch", "nccl", "mpi", "mpirun", "shm", "tritonserver"];
    let speaks = |text: &str| {
        let lower = text.to_lowercase();
        let mut parts = lower.split(|it: char| !it.is_ascii_alphanumeric());
        parts.find_map(|part| WORDS.iter().copied().find(|it| *it == part))
    };
    if let Some(word) = speaks(&scene.image) {
        return Some(format!("the image runs {word}"));
    }
    if subject.mounts().iter().any(|it| it.target.as_deref() == Some("/dev/shm")) {
        return Some("/dev/shm is mounted".to_owned());
    }
    if let Some(word) = subject.spoken().find_map(speaks) {
        return Some(format!("its command speaks of {word}"));
    }
    let variable = subject.variables.iter().find(|it| speaks(&it.name).is_some())?;
    Some(format!("{} is set", variable.name))
}

pub(super) fn perhaps_of_windows(scene: &Scene<'_, '_, '_>) -> Option<String> {
    let Dialect::Compose(service) = &scene.subject.workload.dialect else { return None };
    service.may_be_windows().map(str::to_owned)
}

pub(super) fn platform_of_the_cluster(scene: &Scene<'_, '_, '_>) -> Option<String> {
    const IMAGES: &[&str] = &[
        "cni",
        "calico",
        "cilium",
        "flannel",
        "weave",
        "antrea",
        "multus",
        "ztunnel",
        "csi",
        "kube-proxy",
        "kube-router",
        "device-plugin",
        "aws-node",
        "node-driver-registrar",
        "kube-vip",
        "ovn",
    ];
    let Dialect::Kubernetes(pod) = &scene.subject.workload.dialect else { return None };
    let class = pod.spec_entry("priorityClassName").and_then(|it| it.value.value());
    let critical = class.is_some_and(|it| it.starts_with("system-") && it.ends_with("-critical"));
    if critical && scene.subject.in_host_network {
        return Some("it serves the cluster's own network".to_owned());
    }
    if !scene.subject.workload.system {
        return None;
    }
    let image = &scene.image;
    let parts =
        |name: &&&str| has_part(image, name) || name.contains('-') && image.contains(**name);
    let found = IMAGES.iter().find(parts)?;
    Some(format!("its image is a part of the cluster ({found})"))
}
