//! casehard rewrites Docker Compose files and Kubernetes manifests to a hardened runtime posture, in place.

pub mod config;
pub mod date;
pub mod severity;
pub mod source;
pub mod suggestion;
