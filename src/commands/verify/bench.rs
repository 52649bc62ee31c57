//! A run of a form of the project: started on copies and anew, asked, restarted, looked at, and taken away.

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
use super::probes::ask;
use super::repair::refused;
use crate::cli::Verify;
use crate::config::Probe;
use crate::engine::trace::{Event, Trace};
use crate::engine::{Client, Data, Engine, Health, LABEL, Ran, Running};
use crate::images::learned::Written;
use crate::report::observed::Seen;
use crate::report::shown::Shown;
use crate::trial::{Isolated, Origin};

/// How long a service without a health check has to run, to count as started.
const SETTLED: Duration = Duration::from_secs(4);

/// What runs forms.
pub(super) struct Bench<'b> {
    pub(super) engine: &'b Engine,
    pub(super) client: &'b Client<'b>,
    pub(super) args: &'b Verify,
    pub(super) probes: &'b BTreeMap<String, Probe>,
    pub(super) stopped: &'b dyn Fn() -> bool,
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
}

/// What a service showed in a run.
#[derive(Debug, Clone, Default)]
pub(super) struct Shows {
    pub(super) stands: Vec<Stand>,
    pub(super) log: String,
    /// The files in its copies and volumes at the end.
    pub(super) files: BTreeSet<String>,
    /// What was seen of it as it is, once on its data and once on fresh volumes.
    pub(super) seen: Vec<(Seen, Programs)>,
    /// What its read-only root refused it.
    pub(super) refused: Vec<Written>,
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

/// Copies of the data as it was, made once.
pub(super) struct Originals<'b> {
    bench: &'b Bench<'b>,
    /// Volumes by the keys of the model; none for data that was not there or is too much.
    volumes: BTreeMap<String, String>,
}

/// Numbers what this process makes.
static NUMBER: AtomicUsize = AtomicUsize::new(0);

/// A name that nothing else in the engine has.
fn name(what: &str) -> String {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("casehard-verify-{}-{what}{number}", std::process::id())
}

/// What all that this process makes is labelled with.
pub(super) fn run_id() -> String {
    std::process::id().to_string()
}

impl<'b> Originals<'b> {
    /// Copies the data of a project.
    pub(super) fn of(bench: &'b Bench<'b>, form: &Isolated) -> Result<Originals<'b>, Failure> {
        let mut originals = Originals { bench, volumes: BTreeMap::new() };
        if bench.args.fresh_only {
            return Ok(originals);
        }
        let run = run_id();
        let most = bench.args.most << 20;
        for it in &form.copies {
            let (data, shown) = match &it.origin {
                Origin::Volume(name) if !bench.engine.has_volume(name) => continue,
                Origin::Folder(path) if !Path::new(path).exists() => continue,
                Origin::Volume(name) => (Data::Volume(name), name),
                Origin::Folder(path) => (Data::Folder(path), path),
            };
            let Some(image) = form.services.get(&it.service) else { continue };
            let volume = name("data");
            bench.engine.make_volume(&volume, &run)?;
            originals.volumes.insert(it.key.clone(), volume.clone());
            if (bench.stopped)() {
                return Err(Failure("stopped".to_owned()));
            }
            if bench.engine.copy(image, data, &volume, (&run, most))?.is_none() {
                let told = format!(
                    "{shown}: more than {} MiB: tried on a fresh volume alone",
                    bench.args.most
                );
                complain(&Shown::line(&told));
                originals.volumes.remove(&it.key);
                bench.engine.remove_volume(&volume)?;
            }
        }
        Ok(originals)
    }
}

impl Drop for Originals<'_> {
    fn drop(&mut self) {
        for volume in self.volumes.values() {
            if let Err(it) = self.bench.engine.remove_volume(volume) {
                complain(&Shown::line(&it.to_string()));
            }
        }
    }
}

/// A project that is up.
struct Up<'b> {
    bench: &'b Bench<'b>,
    project: String,
    file: NamedTempFile,
    volumes: Vec<String>,
}

impl Drop for Up<'_> {
    fn drop(&mut self) {
        let Up { bench, project, file, volumes } = self;
        let mut problems: Vec<String> = Vec::new();
        if let Err(it) = bench.client.down(project, file.path()) {
            problems.push(it.to_string());
        }
        problems.extend(
            volumes
                .iter()
                .filter_map(|it| bench.engine.remove_volume(it).err())
                .map(|it| it.to_string()),
        );
        problems.iter().for_each(|it| complain(&Shown::line(it)));
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
        if !originals.volumes.is_empty() {
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
        let up = self.up(form, originals)?;
        self.stand(&up, points[0], run)?;
        self.client.restart(&up.project, up.file.path())?;
        self.stand(&up, points[1], run)?;
        let events = trace.map(|it| it.end().0);
        let ran = self.engine.ran(&up.project)?;
        for (service, it) in ran {
            let shows = run.entry(service.clone()).or_default();
            let log = self.engine.said(&it.id)?;
            match kind {
                Kind::AsItIs if it.runs => {
                    let first = shows.stands.iter().find(|it| it.when == points[0]);
                    let traced = (events.as_deref(), first.and_then(|it| it.ran.pid));
                    shows.seen.extend(self.seen(&it.id, &service, traced));
                }
                Kind::AsItIs => (),
                Kind::Hardened => {
                    shows.refused.extend(refused(self.engine, (&it.id, &service), &log));
                }
            }
            shows.log.push_str(&log);
            for target in targets(form, &service) {
                shows.files.extend(self.engine.files(&it.id, &target)?);
            }
        }
        Ok(())
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
        let run = run_id();
        let mut model = form.model.clone();
        let mut volumes = Vec::new();
        let project = name("run");
        let file = NamedTempFile::with_suffix(".yaml")
            .map_err(|it| Failure(format!("no file for the trial: {it}")))?;
        for it in &form.copies {
            let volume = name("copy");
            self.engine.make_volume(&volume, &run)?;
            volumes.push(volume.clone());
            model["volumes"][&it.key] = json!({ "external": true, "name": volume });
            let original = originals.and_then(|all| all.volumes.get(&it.key));
            if let Some((original, image)) = original.zip(form.services.get(&it.service)) {
                let copied =
                    self.engine.copy(image, Data::Volume(original), &volume, (&run, u64::MAX));
                if let Err(it) = copied {
                    drop(Up { bench: self, project, file, volumes });
                    return Err(it.into());
                }
            }
        }
        for service in model["services"].as_object_mut().into_iter().flatten() {
            service.1["labels"] = json!({ LABEL: run });
        }
        model["networks"]["default"]["labels"] = json!({ LABEL: run });
        let up = Up { bench: self, project, file, volumes };
        let text = serde_json::to_string_pretty(&model).unwrap_or_default();
        up.file
            .as_file()
            .write_all(text.as_bytes())
            .map_err(|it| Failure(format!("no file for the trial: {it}")))?;
        self.client.up(&up.project, up.file.path())?;
        Ok(up)
    }

    /// Waits until all have started or ended, and asks what the owner asks.
    fn stand(&self, up: &Up<'_>, when: &'static str, run: &mut Run) -> Result<(), Failure> {
        let begun = Instant::now();
        let most = Duration::from_secs(self.args.wait);
        let ran = loop {
            if (self.stopped)() {
                return Err(Failure("stopped".to_owned()));
            }
            let ran = self.engine.ran(&up.project)?;
            let has = |health: Health| ran.values().any(|it| it.runs && it.health == health);
            let waits = has(Health::Starting);
            let settles = begun.elapsed() < SETTLED && (waits || has(Health::Unasked));
            if !(waits || settles) || begun.elapsed() > most {
                break ran;
            }
            sleep(Duration::from_millis(300));
        };
        for (service, it) in ran {
            let probe = self.probes.get(&service).filter(|_| it.runs);
            let refused = probe.map_or(Ok(Vec::new()), |probe| ask(self, &it, probe))?;
            run.entry(service).or_default().stands.push(Stand { when, ran: it, refused });
        }
        Ok(())
    }
}

/// Where a service of a model has volumes mounted that it may write to.
fn targets(form: &Isolated, service: &str) -> Vec<String> {
    let all = form.model["services"][service]["volumes"].as_array().into_iter().flatten();
    let written = all.filter(|it| it["type"] == "volume" && it["read_only"] != true);
    written.filter_map(|it| it["target"].as_str()).map(str::to_owned).collect()
}
