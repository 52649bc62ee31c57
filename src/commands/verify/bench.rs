//! A run of a form of the project: started on copies and anew, asked, stopped, started again, looked at, and taken
//! away.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::NamedTempFile;

use super::super::Failure;
use super::super::observe::{Programs, look_once};
use super::super::output::complain;
use super::super::progress::Progress;
use super::files::{Contents, File, Place, made, open, outside, removed, written};
use super::lasting::{Kept, kept};
use super::originals::Originals;
use super::probes::ask;
use super::repair::refused;
use crate::cli::Verify;
use crate::config::Probe;
use crate::engine::trace::{Event, Trace};
use crate::engine::{Client, Data, Engine, Health, LABEL, Ran, Running, mark};
use crate::images::learned::Written;
use crate::report::observed::Seen;
use crate::report::shown::Shown;
use crate::trial::{Isolated, Said};

/// What runs forms.
pub(super) struct Bench<'b> {
    pub(super) engine: &'b Engine,
    pub(super) client: &'b Client<'b>,
    pub(super) args: &'b Verify,
    pub(super) probes: &'b BTreeMap<String, Probe>,
    /// Where what is found is kept.
    pub(super) folder: &'b Path,
    pub(super) stopped: &'b dyn Fn() -> bool,
    pub(super) progress: Progress,
}

/// How a service was at one point of a run.
#[derive(Debug, Clone)]
pub(super) struct Stand {
    /// Which point.
    pub(super) when: &'static str,
    /// Its container.
    pub(super) ran: Ran,
    /// Why what the owner asks failed.
    pub(super) refused: Vec<String>,
    /// The status with which it ended when it was stopped then.
    pub(super) ended: Option<i64>,
}

/// What a service showed in a run.
#[derive(Debug, Clone, Default)]
pub(super) struct Shows {
    pub(super) stands: Vec<Stand>,
    pub(super) log: String,
    /// What of that it said before its restarts.
    pub(super) before: String,
    /// What of that it said from then on.
    pub(super) later: String,
    /// The files that it wrote in its volumes.
    pub(super) files: BTreeSet<File>,
    /// The files that it took away there, and of its image; hardened also the places where memory hides what it may.
    pub(super) gone: BTreeSet<File>,
    /// The files that it made or changed outside of them, where it is as it is; those and the places where it may, hardened.
    pub(super) made: BTreeSet<File>,
    /// What it keeps outside of volumes over a restart where it is as it is.
    pub(super) kept: BTreeMap<File, Kept>,
    /// Where a hardened one has memory, which is empty after a restart.
    pub(super) memory: Vec<String>,
    /// What was seen of it as it is, once on its data and once on fresh volumes.
    pub(super) seen: Vec<(Seen, Programs)>,
    /// What its read-only root refused it.
    pub(super) refused: Vec<Written>,
}

impl Shows {
    /// What it said, around its restarts.
    pub(super) fn said(&self) -> Said<'_> {
        Said { before: &self.before, later: &self.later }
    }
}

/// How a stopped service rests.
#[derive(Default)]
struct Rest {
    /// The files that it made or changed outside of its mounts.
    outside: Contents,
    /// How many bytes it has said.
    said: usize,
}

/// Which form runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The project as it is: it is looked at as `casehard observe` does.
    AsItIs,
    /// A hardened one.
    Hardened,
}

/// What a run showed, by service.
pub(super) type Run = BTreeMap<String, Shows>;

/// Numbers what this process makes.
static NUMBER: AtomicUsize = AtomicUsize::new(0);

/// A name that nothing else in the engine has.
pub(super) fn name(what: &str) -> String {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("{PREFIX}{}-{what}{number}", mark::short())
}

/// Whether this process has made anything in the engine.
pub(super) fn has_made() -> bool {
    NUMBER.load(Ordering::Relaxed) > 0
}

/// What the names of all that trials make begin with.
pub(super) const PREFIX: &str = "casehard-verify-";

/// A project that is up.
struct Up<'b> {
    bench: &'b Bench<'b>,
    project: String,
    file: NamedTempFile,
    volumes: Vec<String>,
    /// Why Compose could not start all of it.
    refused: String,
}

impl Drop for Up<'_> {
    fn drop(&mut self) {
        let Up { bench, project, file, volumes, .. } = self;
        let part = bench.progress.waiting("taking it away".to_owned());
        bench.engine.tidy(|| {
            let down = bench.client.down(project, file.path()).err();
            let left = volumes.iter().filter_map(|it| bench.engine.remove_volume(it).err());
            let problems: Vec<String> =
                down.into_iter().chain(left).map(|it| it.to_string()).collect();
            drop(part);
            problems.iter().for_each(|it| complain(&Shown::line(it)));
        });
    }
}

impl<'b> Bench<'b> {
    /// Runs a form: on copies where there are any, restarted, and on fresh volumes.
    pub(super) fn run(
        &'b self,
        (kind, form): (Kind, &Isolated),
        originals: &Originals<'_>,
    ) -> Result<Run, Failure> {
        let mut run = Run::new();
        if !originals.is_empty() {
            let points = ["on its data", "on its data, after a restart"];
            self.started((kind, form), Some(originals), points, &mut run)?;
        }
        let points = ["on fresh volumes", "on fresh volumes, after a restart"];
        self.started((kind, form), None, points, &mut run)?;
        Ok(run)
    }

    fn started(
        &'b self,
        (kind, form): (Kind, &Isolated),
        originals: Option<&Originals<'_>>,
        points: [&'static str; 2],
        run: &mut Run,
    ) -> Result<(), Failure> {
        // Which capabilities it uses is only told to root of the engine's own machine.
        let listens = kind == Kind::AsItIs && self.engine.is_here();
        let trace = listens.then(Trace::begin).and_then(Result::ok);
        let waiting = |what: &str| self.progress.waiting(format!("{what} {}", points[0]));
        let part = waiting("starting it");
        let up = self.up(form, originals)?;
        drop(part);
        let part = waiting("looking at it, started");
        self.stand(&up, points[0], run)?;
        drop(part);
        let part = waiting("stopping it, started");
        let rests = self.rest((kind, form), (&up, originals, points[0]), run)?;
        drop(part);
        let part = self.progress.waiting(format!("looking at it, started {}", points[1]));
        self.start(&up)?;
        self.stand(&up, points[1], run)?;
        drop(part);
        let events = trace.map(|it| it.end().0);
        for (service, it) in self.engine.ran(&up.project)? {
            let shows = run.entry(service.clone()).or_default();
            let place = Place { form, originals, when: points[0], container: (&it.id, &service) };
            let (written, gone) = written(self.engine, &place)?;
            shows.files.extend(written);
            let changes = self.engine.changes(&it.id, &service)?;
            shows.gone.extend(gone.into_iter().chain(removed(&place, &changes)));
            let log = self.engine.said(&it.id)?;
            match kind {
                Kind::AsItIs => {
                    let all = outside(self.engine, &place, &changes);
                    let before = rests.get(&service).map(|it| &it.outside);
                    shows.kept.extend(before.into_iter().flat_map(|it| kept(&place, it, &all)));
                    shows.made.extend(made(&place, &all));
                    let first = shows.stands.iter().find(|it| it.when == points[0]);
                    let traced = (events.as_deref(), first.and_then(|it| it.ran.pid));
                    let seen = it.runs.then(|| self.seen(&it.id, &service, traced));
                    shows.seen.extend(seen.flatten());
                }
                Kind::Hardened => {
                    shows.made.extend(open(&place, &changes));
                    shows.memory = place.memory().map(str::to_owned).collect();
                    shows.refused.extend(refused(self.engine, (&it.id, &service), &log));
                }
            }
            let said = rests.get(&service).map_or(0, |it| it.said);
            shows.later.push_str(log.get(said..).unwrap_or_default());
            shows.before.push_str(log.get(..said).unwrap_or_default());
            shows.log.push_str(&log);
        }
        Ok(())
    }

    /// Stops it, and writes down how each service ended. Tells how it rests then.
    fn rest(
        &self,
        (kind, form): (Kind, &Isolated),
        (up, originals, when): (&Up<'_>, Option<&Originals<'_>>, &'static str),
        run: &mut Run,
    ) -> Result<BTreeMap<String, Rest>, Failure> {
        self.client.stop(&up.project, up.file.path())?;
        let mut rests = BTreeMap::new();
        for (service, it) in self.engine.ran(&up.project)? {
            let stands = run.get_mut(&service).into_iter().flat_map(|it| &mut it.stands);
            for stand in stands.filter(|it| it.when == when && it.ran.runs) {
                stand.ended = Some(it.status);
            }
            let mut rest = Rest { said: self.engine.said(&it.id)?.len(), ..Rest::default() };
            if kind == Kind::AsItIs {
                let container = (it.id.as_str(), service.as_str());
                let place = Place { form, originals, when, container };
                let changes = self.engine.changes(&it.id, &service)?;
                rest.outside = outside(self.engine, &place, &changes);
            }
            rests.insert(service, rest);
        }
        Ok(rests)
    }

    /// Starts it again. One that does not is seen next.
    fn start(&self, up: &Up<'_>) -> Result<(), Failure> {
        match self.client.start(&up.project, up.file.path()) {
            Err(it) if (self.stopped)() => Err(it.into()),
            Err(_) | Ok(()) => Ok(()),
        }
    }

    /// What is seen of a service that runs as it is; what cannot be seen only leaves less to go by.
    fn seen(
        &self,
        id: &str,
        service: &str,
        traced: (Option<&[Event]>, Option<u32>),
    ) -> Option<(Seen, Programs)> {
        let (id, service) = (id.to_owned(), service.to_owned());
        let running = Running { name: service.clone(), id, service, ..Running::default() };
        look_once(self.engine, running, traced).ok()
    }

    /// Starts it.
    fn up(&'b self, form: &Isolated, originals: Option<&Originals<'_>>) -> Result<Up<'b>, Failure> {
        let mut model = form.model.clone();
        let mut up = Up {
            bench: self,
            project: name("run"),
            file: file()?,
            volumes: Vec::new(),
            refused: String::new(),
        };
        for it in &form.copies {
            let volume = name("copy");
            self.engine.make_volume(&volume, mark::own())?;
            up.volumes.push(volume.clone());
            model["volumes"][&it.key] = json!({ "external": true, "name": volume });
            let original = originals.and_then(|all| all.get(&it.key));
            if let Some((original, image)) = original.zip(form.services.get(&it.service)) {
                let data = Data::Volume(&original.volume);
                self.engine.copy(image, data, &volume, (mark::own(), u64::MAX))?;
            }
        }
        for service in model["services"].as_object_mut().into_iter().flatten() {
            service.1["labels"] = json!({ LABEL: mark::own() });
        }
        model["networks"]["default"]["labels"] = json!({ LABEL: mark::own() });
        let text = serde_json::to_string_pretty(&model).unwrap_or_default();
        up.file.as_file().write_all(text.as_bytes()).map_err(|it| no_file(&it))?;
        match self.client.up(&up.project, up.file.path()) {
            // Where some services have containers, those that have not started are told to have broken.
            Err(it) if (self.stopped)() || self.engine.ran(&up.project)?.is_empty() => {
                Err(it.into())
            }
            Err(it) => {
                up.refused = it.to_string();
                Ok(up)
            }
            Ok(()) => Ok(up),
        }
    }

    /// Waits until all have started or ended, and asks what the owner asks.
    fn stand(&self, up: &Up<'_>, when: &'static str, run: &mut Run) -> Result<(), Failure> {
        let begun = Instant::now();
        let most = Duration::from_secs(self.args.trial.wait);
        let ran = loop {
            if (self.stopped)() {
                return Err(Failure("stopped".to_owned()));
            }
            let ran = self.engine.ran(&up.project)?;
            let has = |health: Health| ran.values().any(|it| it.runs && it.health == health);
            let waits = has(Health::Starting);
            let settles = begun.elapsed().as_secs() < self.args.trial.settle
                && ran.values().any(|it| it.runs);
            if !(waits || settles) || begun.elapsed() > most {
                break ran;
            }
            sleep(Duration::from_millis(300));
        };
        for (service, mut it) in ran {
            if !it.begun && it.error.is_empty() {
                it.error.clone_from(&up.refused);
            }
            let probe = self.probes.get(&service).filter(|_| it.runs);
            let refused = probe.map_or(Ok(Vec::new()), |probe| ask(self, &it, probe))?;
            let stand = Stand { when, ran: it, refused, ended: None };
            run.entry(service).or_default().stands.push(stand);
        }
        Ok(())
    }
}

/// A file for a model, which goes with the trial.
fn file() -> Result<NamedTempFile, Failure> {
    let prefix = format!("{PREFIX}{}-", mark::own());
    let made = tempfile::Builder::new().prefix(&prefix).suffix(".yaml").tempfile();
    made.map_err(|it| no_file(&it))
}

fn no_file(problem: &std::io::Error) -> Failure {
    Failure(format!("no file for the trial: {problem}"))
}
