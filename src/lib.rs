//! casehard rewrites Docker Compose files and Kubernetes manifests to a hardened runtime posture, in place.

pub mod batch;
pub mod cli;
pub mod config;
pub mod date;
pub mod finding;
pub mod images;
pub mod mend;
pub mod plan;
pub mod report;
pub mod rules;
pub mod run;
pub mod severity;
pub mod source;
pub mod suggestion;
pub mod waiver;
pub mod workload;
pub mod yaml;
