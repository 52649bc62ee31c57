//! The files of a run: read, told apart, grouped into projects.

mod above;
mod builds;
mod commands;
mod emit;
mod env;
mod group;
mod kustomize;
mod kustomized;
mod listed;
mod load;
mod meant;
mod names;
mod order;
mod partly;
mod reach;
mod store;
mod texts;
mod within;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::finding::{Confidence, Finding};
use crate::mend::{Analysis, Mended, Policy, Shared, Unproven, analyse, glance, mend};
use crate::parallel;
use crate::plan::Choice;
use crate::source::{self, Excluded, Found, Named, Passed, Search, Shard, SourceError, Why};
pub use emit::{Emits, Reach};
pub use env::Sources;
pub use group::{Project, projects};
pub use load::{Loaded, Outcome, Refusal, load, parse};
pub use order::Changed;

/// Who is told of each file that was read, and of each project that was judged by its first one, and how long that took.
pub type Watch<'w> = &'w (dyn Fn(&Path, Duration) + Sync);

/// The inputs of a run, grouped.
pub struct Batch {
    /// The files, those that cannot be judged among them.
    pub inputs: Vec<Loaded>,
    /// The files that are judged together.
    pub projects: Vec<Project>,
    /// What could not be found.
    pub missing: Vec<SourceError>,
    /// What was passed over, and why.
    pub passed: Vec<Passed>,
    /// What is wrong with files of variables.
    pub variables: Vec<Problem>,
    /// What cannot be written as it is wanted.
    pub refused: Vec<Problem>,
    /// The part of all files that this is; nothing for all of them.
    pub shard: Option<Shard>,
}

/// An input that was not judged although it should be, or seems to be meant to.
#[derive(Clone)]
pub struct Problem {
    /// The file.
    pub path: PathBuf,
    /// Line and column, where there is one.
    pub place: Option<(usize, usize)>,
    /// What is wrong and what to do.
    pub message: String,
    /// Whether the run failed by it.
    pub fails: bool,
}

impl Problem {
    /// Its place behind the name of its file, `:LINE:COLUMN`; empty without one.
    pub fn at(&self) -> String {
        self.place.map_or(String::new(), |it| format!(":{}:{}", it.0, it.1))
    }
}

impl Batch {
    /// Reads files and folders.
    pub fn read(paths: &[PathBuf]) -> Batch {
        Batch::read_with(paths, &Sources::default())
    }

    /// Reads files and folders, whose variables come from these sources.
    pub fn read_with(paths: &[PathBuf], sources: &Sources) -> Batch {
        Batch::of(source::find(paths, &Excluded::default()), sources)
    }

    /// Reads what a search found.
    pub fn of(search: Search, sources: &Sources) -> Batch {
        Batch::watched(search, sources, &|_, _| ())
    }

    /// Reads what a search found while somebody watches.
    pub fn watched(search: Search, sources: &Sources, watch: Watch<'_>) -> Batch {
        let (found, missing): (Vec<_>, Vec<_>) = search.found.into_iter().partition(Result::is_ok);
        let found: Vec<Found> = found.into_iter().filter_map(Result::ok).collect();
        let loaded = parallel::map(&found, 1, |it| timed(&it.path, watch, || load(it)));
        // Scripts without a container are everywhere, and nobody waits to hear of them.
        let loaded = loaded.into_iter().filter(|it| !commands::is_silent(it)).collect();
        let missing = missing.into_iter().filter_map(Result::err).collect();
        let group = Batch::group(loaded, sources, &search.folders);
        let mut batch = Batch { missing, shard: search.shard, ..group };
        batch.passed.extend(search.passed);
        batch.passed.sort();
        batch
    }

    /// Takes the bytes of standard input.
    pub fn stream(bytes: &[u8]) -> Batch {
        Batch::stream_with(bytes, &Sources::default())
    }

    /// Takes the bytes of standard input, with variables from these sources.
    pub fn stream_with(bytes: &[u8], sources: &Sources) -> Batch {
        let path = PathBuf::from(source::STDIN);
        let outcome = match bytes.iter().all(u8::is_ascii_whitespace) {
            true => Outcome::Passed,
            false => parse(&path, Named::ByWalking, bytes),
        };
        let outcome = match outcome {
            Outcome::Template(refusal) => Outcome::Refused(vec![refusal]),
            // What is none of ours passes through, but it has to be YAML.
            Outcome::Passed => match parse(&path, Named::Outright, bytes) {
                Outcome::Refused(all) if all.iter().any(|it| it.place.is_some()) => {
                    Outcome::Refused(all)
                }
                _ => Outcome::Passed,
            },
            other => other,
        };
        let unread = load::unread(&outcome);
        let input = Loaded { unread, ..Loaded::new(path, None, outcome) };
        Batch::group(vec![input], sources, &[])
    }

    /// Takes a command line.
    pub fn command(text: &str) -> Batch {
        Batch::group(vec![commands::given(text)], &Sources::default(), &[])
    }

    fn group(mut inputs: Vec<Loaded>, sources: &Sources, folders: &[PathBuf]) -> Batch {
        let (projects, variables) = group::grouped(&mut inputs, sources, folders);
        // What moved into a project left `Passed` behind.
        let judged: HashSet<usize> =
            projects.iter().flat_map(|it| &it.inputs).flatten().copied().collect();
        let passed = inputs.iter().enumerate().filter_map(|(number, it)| {
            let why = match it.outcome {
                Outcome::Passed => Why::Other,
                Outcome::Template(_) => Why::Template,
                Outcome::Ready(..) | Outcome::Refused(_) => return None,
            };
            (!judged.contains(&number)).then(|| Passed { path: it.path.clone(), why })
        });
        let passed = passed.collect();
        Batch {
            inputs,
            projects,
            missing: Vec::new(),
            passed,
            variables,
            refused: Vec::new(),
            shard: None,
        }
    }

    /// How many files are judged.
    pub fn judged(&self) -> usize {
        self.projects.iter().flat_map(|it| &it.inputs).flatten().count()
    }

    /// What was not judged although it should be, in the order of the files.
    pub fn problems(&self) -> Vec<Problem> {
        let missing = self.missing.iter().map(|it| Problem {
            path: it.path.clone(),
            place: None,
            message: it.problem.clone(),
            fails: true,
        });
        let inputs = self.inputs.iter().flat_map(|it| {
            let (refusals, fails) = match &it.outcome {
                Outcome::Refused(refusals) => (refusals.as_slice(), true),
                Outcome::Template(refusal) => (std::slice::from_ref(refusal), false),
                Outcome::Passed | Outcome::Ready(..) => (&[][..], false),
            };
            let refusals = refusals.iter().map(move |it| (it, fails));
            let unread = it.unread.iter().map(|refusal| (refusal, it.unread_fails));
            refusals.chain(unread).map(|(refusal, fails)| Problem {
                path: it.path.clone(),
                place: refusal.place,
                message: refusal.message.clone(),
                fails,
            })
        });
        missing.chain(inputs).chain(self.variables.iter().chain(&self.refused).cloned()).collect()
    }

    /// How many inputs could not be done.
    pub fn failed(&self) -> usize {
        let refused = |it: &&Loaded| {
            matches!(it.outcome, Outcome::Refused(_)) || it.unread_fails && !it.unread.is_empty()
        };
        let others = self.variables.len() + self.refused.len();
        self.missing.len() + others + self.inputs.iter().filter(refused).count()
    }

    /// Judges every project, with what each fix writes or without.
    pub fn analyse(&self, policy: &Policy, edits: bool, watch: Watch<'_>) -> Vec<Analysis> {
        let look = if edits { analyse } else { glance };
        let run = |it: &Project| timed(it.path(), watch, || look(&it.files, &it.members, policy));
        parallel::map(&self.projects, 1, run)
    }

    /// Mends every project with the fixes that `choose` picks; those that others extend first.
    pub fn mend(
        &mut self,
        policy: &Policy,
        choose: impl Fn(&[Finding]) -> Vec<Choice> + Sync,
    ) -> Vec<Result<Mended, Unproven>> {
        self.in_turn(|files, it| mend(files, &it.members, policy, &choose))
    }

    /// Carries out in every project what was decided and, where nobody decided, what is at least so sure; those that
    /// others extend first.
    pub fn carry_out(
        &mut self,
        policy: &Policy,
        otherwise: Option<Confidence>,
        watch: Watch<'_>,
    ) -> Vec<Result<Mended, Unproven>> {
        self.in_turn(|files, it| timed(it.path(), watch, || it.carry_out(files, policy, otherwise)))
    }

    fn in_turn(
        &mut self,
        run: impl Fn(&[Shared], &Project) -> Result<Mended, Unproven> + Sync,
    ) -> Vec<Result<Mended, Unproven>> {
        let reads_others = |it: &Project| it.inputs[..it.own_len()].iter().any(Option::is_none);
        if !self.projects.iter().any(reads_others) {
            return parallel::map(&self.projects, 1, |it| run(&it.files, it));
        }
        let mut changed = Changed::default();
        let one = |project: &mut Project| {
            project.refresh(&changed);
            let outcome = run(&project.files, project);
            if let Ok(mended) = &outcome {
                changed.add(mended.written());
            }
            outcome
        };
        let mut outcomes: Vec<_> = self.projects.iter_mut().map(one).collect();
        for _ in 0..ROUNDS {
            if !again(&mut self.projects, &mut outcomes, &mut changed, &run) {
                break;
            }
        }
        outcomes
    }
}

/// Does a piece of work on a file, and tells how long it took.
fn timed<T>(path: &Path, watch: Watch<'_>, work: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let done = work();
    watch(path, begun.elapsed());
    done
}

/// Bounds how often projects wait for each other.
const ROUNDS: usize = 6;

/// Mends once more those projects that read what others have changed since: what was refused for the sake of these may
/// go now. Tells whether anything changed.
fn again(
    projects: &mut [Project],
    outcomes: &mut [Result<Mended, Unproven>],
    changed: &mut Changed,
    run: impl Fn(&[Shared], &Project) -> Result<Mended, Unproven>,
) -> bool {
    let mut any = false;
    for (project, outcome) in projects.iter_mut().zip(outcomes) {
        let Ok(mended) = outcome else { continue };
        if !project.refresh(changed) || mended.after.judged.open.is_empty() {
            continue;
        }
        let later = run(&project.with(&mended.files), project);
        // What was proven stays so, whatever the second attempt comes to.
        let Ok(later) = later else { continue };
        any |= !later.changed.is_empty();
        changed.add(later.written());
        mended.go_on(later);
    }
    any
}
