//! The Pod Security line says what Kubernetes' own admission says (`tests/oracles/cmd/psa`): of every pod of the corpus
//! where it is at hand, else of `golden`, before and after the fixes, in three versions of Kubernetes.

#[path = "oracle/consumer.rs"]
#[expect(dead_code, reason = "the line protocol is for the other tests")]
mod consumer;
#[path = "pss/pods.rs"]
#[expect(dead_code, reason = "only their names are asked for")]
mod pods;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use casehard::batch::Batch;
use casehard::cli::Cli;
use casehard::finding::Confidence;
use casehard::mend::{Policy, Shared};
use casehard::plan::accept;
use casehard::standard::Standing;
use clap::Parser as _;
use serde_json::Value;

use consumer::{MISSING, programs};

/// Levels by workload; those of one name in their order.
type Levels = BTreeMap<String, Vec<String>>;

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let all = ["../shared/corpus/k8s", "golden/kubernetes/files"].map(|it| root.join(it));
    all.into_iter().filter(|it| it.is_dir()).collect()
}

fn policy(version: &str, accepts: Confidence) -> Policy {
    let version = format!("--kubernetes={version}");
    let cli = Cli::parse_from(["casehard", "check", &version, env!("CARGO_MANIFEST_DIR")]);
    let casehard::cli::Command::Check(args) = cli.command else { unreachable!() };
    casehard::commands::policy(&args.inputs, accepts).unwrap_or_else(|it| panic!("{}", it.0))
}

/// What the admission says of each file of a folder, by the file's number.
fn asked(programs: &Path, version: &str, folder: &Path) -> BTreeMap<usize, Levels> {
    let output = Command::new(programs.join("psa"))
        .args(["-version", version])
        .arg(folder)
        .output()
        .expect("the oracle runs");
    let mut all: BTreeMap<usize, Levels> = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let it: Value = serde_json::from_str(line).expect("it answers in JSON");
        let word = |key: &str| it[key].as_str().unwrap_or("").to_owned();
        let file = word("file");
        let stem = Path::new(&file).file_stem().and_then(|it| it.to_str()?.parse().ok());
        let name = if word("name").is_empty() { "(unnamed)".to_owned() } else { word("name") };
        let levels = all.entry(stem.expect("it is one of ours")).or_default();
        levels.entry(format!("{}/{name}", word("kind"))).or_default().push(word("level"));
    }
    all
}

fn levels(standings: &[Standing], file: usize) -> Levels {
    let mut all = Levels::new();
    for it in standings.iter().filter(|it| it.site.file.0 as usize == file) {
        all.entry(it.workload.to_string()).or_default().push(it.level.name().to_owned());
    }
    all
}

/// One state of all files: what the two say differently, and of how many pods.
struct State<'a> {
    programs: &'a Path,
    version: &'a str,
    said: Vec<(PathBuf, Levels)>,
    /// The workloads of each file whose containers all have images: the API server refuses the others.
    whole: Vec<BTreeSet<String>>,
    folder: tempfile::TempDir,
}

impl State<'_> {
    fn add(&mut self, file: &Shared, levels: Levels) {
        let path = self.folder.path().join(format!("{}.yaml", self.said.len()));
        fs::write(path, file.tree.text()).expect("it can be written");
        self.said.push((file.path.clone(), levels));
        self.whole.push(pods::pods(&file.tree).into_iter().map(|it| it.name).collect());
    }

    fn differences(&self, when: &str) -> (usize, Vec<String>) {
        let (mut pods, mut wrong) = (0, Vec::new());
        for (number, asked) in asked(self.programs, self.version, self.folder.path()) {
            let (path, said) = &self.said[number];
            for (workload, levels) in asked {
                pods += levels.len();
                let own = said.get(&workload);
                if own.map_or(self.whole[number].contains(&workload), |it| *it != levels) {
                    let (version, path) = (self.version, path.display());
                    wrong.push(format!(
                        "{path}: {workload} {when}, Kubernetes {version}: {own:?}, the admission {levels:?}"
                    ));
                }
            }
        }
        (pods, wrong)
    }
}

#[test]
fn the_pod_security_line_agrees_with_the_admission() {
    let Some(programs) = programs() else {
        println!("{MISSING}");
        return;
    };
    let mut wrong = Vec::new();
    for version in ["1.25", "1.30", "1.37"] {
        for confidence in [Confidence::Likely, Confidence::Risky] {
            let state = || State {
                programs: &programs,
                version,
                said: Vec::new(),
                whole: Vec::new(),
                folder: tempfile::tempdir().expect("there is a folder for temporary files"),
            };
            let (mut before, mut after) = (state(), state());
            let mut batch = Batch::read(&folders());
            let outcomes = batch.mend(&policy(version, confidence), |all| accept(all, confidence));
            for (project, outcome) in batch.projects.iter().zip(outcomes) {
                let mended =
                    outcome.unwrap_or_else(|it| panic!("{}: {}", it.path.display(), it.message));
                for (number, new) in mended.files.iter().enumerate() {
                    before.add(&project.files[number], levels(&mended.before.standings, number));
                    after.add(new, levels(&mended.after.standings, number));
                }
            }
            for (when, state) in [("before", before), ("after", after)] {
                let (pods, differing) = state.differences(when);
                println!("{version}, {}, {when}: {pods} pods", confidence.name());
                assert!(pods > 50, "the admission reads hardly anything");
                wrong.extend(differing);
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}
