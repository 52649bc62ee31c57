//! casehard rewrites Docker Compose files and Kubernetes manifests to a hardened runtime posture, in place.

pub mod images;
