//! casehard rewrites Docker Compose files, Kubernetes manifests and `docker run` lines to a hardened runtime posture, in
//! place.
//!
//! ```text
//! path ─source─▶ text ─yaml─▶ Tree ─workload─▶ Container ─evidence─▶ Evidence ─rules─▶ Finding { Fix { Edit } }
//!                                                    (what is known)                       │ waivers drop, people choose
//! file ◀─source─ text ◀─proof─ mend ◀─plan: Edit → Change, disjoint ◀──────────────────────┘
//!                               └────────▶ report
//! ```
//!
//! The modules stand in the order in which they are built on each other: each uses only those above it.
//!
//! - Only `yaml` knows spans and indentation, only `workload` knows where settings live in Compose and in Kubernetes,
//!   only `evidence` knows what is known of a container and how sure that makes a fix, only `rules` know what is good, only `source`, the review and `run` touch files and the terminal.
//! - `posture` answers the decision checklist: what the engine or the cluster makes of all settings of a container.
//! - A fix is symbolic and becomes text when it is planned, for exactly the fixes that were accepted.
//! - No text is written that was not parsed again and proven to differ by the accepted changes alone.
//! - A command line is a service of Compose over the text of its script: its tree shows the script, its edits are flags.
//! - What cannot be known, such as `${VARIABLE}`, is never guessed.

pub mod date;
mod parallel;
pub mod series;
pub mod severity;
pub mod suggestion;

pub mod source;
pub mod yaml;

pub mod config;
pub mod finding;
pub mod images;
pub mod layers;
pub mod workload;

pub mod evidence;
pub mod rules;
pub mod standard;
pub mod waiver;

pub mod fingerprint;

pub mod baseline;
pub mod decisions;
pub mod posture;

pub mod plan;

pub mod mend;

pub mod batch;

pub mod outcome;
pub mod report;

pub mod engine;

pub mod trial;

pub mod cli;
pub mod review;

pub mod commands;
