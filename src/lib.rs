//! casehard rewrites Docker Compose files and Kubernetes manifests to a hardened runtime posture, in place.

pub mod suggestion;
pub mod date;
pub mod severity;
pub mod config;
pub mod yaml;
pub mod finding;
pub mod workload;
pub mod images;
pub mod rules;
pub mod waiver;
pub mod plan;
pub mod mend;
pub mod source;
pub mod batch;
pub mod report;
pub mod cli;
pub mod run;
