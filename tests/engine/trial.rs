//! A trial: a service lives as it always did, is hardened, and must go on doing its work on its old data.

use std::fs;
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use crate::docker::{Container, engine};
use crate::project::Project;
use crate::services::{self, Lasts, Service};
use crate::state::{Asked, State};
use crate::told::{self, Told};

/// How much of what casehard proposes is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    /// What evidence supports: it must work.
    Likely,
    /// All that can be written: what it breaks is told.
    Risky,
    /// What is likely once its image, under a name that nobody knows, was read and its container looked at.
    Learned,
}

impl Variant {
    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Variant::Likely | Variant::Learned => "likely",
            Variant::Risky => "risky",
        }
    }

    /// What tells its projects from others.
    fn label(self) -> &'static str {
        match self {
            Variant::Learned => "learned",
            Variant::Likely | Variant::Risky => self.name(),
        }
    }
}

/// How a trial went.
#[derive(Debug, Clone)]
pub(crate) struct Trial {
    /// The service's folder.
    pub case: &'static str,
    /// What was written.
    pub variant: Variant,
    /// What casehard said of the legacy file.
    pub told: Vec<Told>,
    /// What the hardened file asks for.
    pub asked: Asked,
    /// What the hardened container held.
    pub state: State,
    /// The steps that it passed.
    pub passed: Vec<&'static str>,
    /// The step at which it broke, and how.
    pub broken: Option<(&'static str, String)>,
    /// The hardened file.
    pub text: String,
}

impl Trial {
    /// Whether it went well to the end.
    pub(crate) fn passed(&self) -> bool {
        self.broken.is_none()
    }

    /// What was called risky before it was written.
    pub(crate) fn warnings(&self) -> impl Iterator<Item = &Told> {
        self.told.iter().filter(|it| it.confidence == Variant::Risky.name())
    }

    /// What went wrong, and with which file.
    pub(crate) fn story(&self) -> String {
        let (step, why) = self.broken.clone().unwrap_or_default();
        let Trial { case, variant, text, .. } = self;
        format!("{case} under {variant:?} breaks at “{step}”: {why}\n{text}")
    }
}

static TRIALS: LazyLock<Vec<Trial>> = LazyLock::new(all);

/// Every service under every variant, tried once for all tests; nothing without an engine.
pub(crate) fn trials() -> Option<&'static [Trial]> {
    engine().map(|_| TRIALS.as_slice())
}

fn all() -> Vec<Trial> {
    let next = Mutex::new(services::ALL.iter());
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        // Most of a trial is waiting for a service to start or to stop.
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some(service) = next.lock().unwrap().next() else { break };
                    let trials = both(service);
                    done.lock().unwrap().extend(trials);
                }
            });
        }
    });
    let mut trials = done.into_inner().unwrap();
    trials.sort_by_key(|it: &Trial| (it.case, it.variant.name()));
    trials
}

/// The trials of a service; where nothing risky is left to write, one is both.
fn both(service: &'static Service) -> [Trial; 2] {
    let likely = run(service, Variant::Likely);
    let all = Project::copy_of(service.case, "all")
        .and_then(|it| it.fix(Variant::Risky.name()).and_then(|_| read(&it, service)));
    let risky = match all {
        Ok((text, _)) if text == likely.text => Trial { variant: Variant::Risky, ..likely.clone() },
        Ok(_) | Err(_) => run(service, Variant::Risky),
    };
    [likely, risky]
}

/// Tries a service.
pub(crate) fn run(service: &'static Service, variant: Variant) -> Trial {
    let mut trial = Trial {
        case: service.case,
        variant,
        told: Vec::new(),
        asked: Asked::default(),
        state: State::default(),
        passed: Vec::new(),
        broken: None,
        text: String::new(),
    };
    let _ = steps(service, &mut trial);
    trial
}

/// Goes on with the next step only when this one went well.
fn step<T>(trial: &mut Trial, name: &'static str, outcome: Result<T, String>) -> Option<T> {
    match outcome {
        Ok(value) => {
            trial.passed.push(name);
            Some(value)
        }
        Err(why) => {
            trial.broken = Some((name, why));
            None
        }
    }
}

fn steps(service: &'static Service, trial: &mut Trial) -> Option<()> {
    let name = format!("{}-{}", service.case, trial.variant.label());
    let project =
        step(trial, "the golden folder is copied", Project::copy_of(service.case, &name))?;
    if trial.variant == Variant::Learned {
        step(trial, "its image gets a name that nobody knows", project.rename_images())?;
    }

    let mut life = Life { project: &project, service, limit: Duration::from_secs(90) };
    let start = Instant::now();
    let legacy = step(trial, "the legacy service works", life.starts(&["before"]))?;
    // A hardened service may take a little longer, but not for ever.
    life.limit = start.elapsed() * 3 + Duration::from_secs(10);
    if trial.variant == Variant::Learned {
        // What it does not do in a minute it does not do at its start.
        std::thread::sleep(Duration::from_secs(61).saturating_sub(start.elapsed()));
        step(trial, "its image is read", project.asks(&["learn"]))?;
        let looks = ["observe", "--capabilities", "--restart"];
        step(trial, "its container is looked at", project.asks(&looks))?;
    }
    let usual_end = step(trial, "the legacy service stops", legacy.stop())?;
    drop(legacy);

    trial.told = step(trial, "casehard judges it", told::of(&project, service))?;
    let hardened = project.fix(trial.variant.name()).and_then(|_| read(&project, service));
    (trial.text, trial.asked) = step(trial, "casehard hardens it", hardened)?;

    let first = life.starts(&["before", "after"]);
    let first = step(trial, "it starts on the old data and does its work", first)?;
    trial.state = step(trial, "it can be asked what it holds", State::of(&first))?;
    let missing = trial.asked.missing_in(&trial.state);
    step(trial, "it holds what the file says", none(&missing))?;
    step(trial, "it works after a restart", life.restarts(&first))?;
    step(trial, "it stops as it did before", same_end(usual_end, first.stop()))?;
    drop(first);

    let second = life.starts(&["before", "after", "later"]);
    let second = step(trial, "a second container works on the same data", second)?;
    step(trial, "that one stops as well", same_end(usual_end, second.stop()))?;
    drop(second);

    let anew = Project::copy_of(service.case, &format!("{name}-anew"))
        .and_then(|it| fs::write(it.file(), &trial.text).map(|()| it).map_err(|it| it.to_string()));
    let anew = step(trial, "the hardened file goes to another machine", anew)?;
    life.project = &anew;
    step(trial, "it works there from nothing", life.starts(&["first"]))?;
    Some(())
}

fn read(project: &Project, service: &Service) -> Result<(String, Asked), String> {
    let text = fs::read_to_string(project.file()).map_err(|it| it.to_string())?;
    let asked = Asked::by(&text, service.name)?;
    Ok((text, asked))
}

/// A service at work, and how long it may take to get there.
struct Life<'a> {
    project: &'a Project,
    service: &'static Service,
    limit: Duration,
}

impl Life<'_> {
    /// Starts it and lets it work: the last mark is new, the others must be there already.
    fn starts(&self, marks: &[&str]) -> Result<Container, String> {
        let container = self.project.up(self.service.name)?;
        let (new, old) = marks.split_last().expect("every life leaves a mark");
        if self.service.lasts == Lasts::AsVolumes {
            self.have(&container, old)?;
        }
        self.keeps(&container, new)?;
        self.administers(&container, new)?;
        Ok(container)
    }

    fn restarts(&self, container: &Container) -> Result<(), String> {
        container.restart()?;
        match self.service.lasts {
            Lasts::AsVolumes => self.have(container, &["before", "after"])?,
            Lasts::AsContainer => self.have(container, &["after"])?,
        }
        self.keeps(container, "restarted")
    }

    fn keeps(&self, container: &Container, mark: &str) -> Result<(), String> {
        if !self.service.write.is_empty() {
            let line = format!("MARK={mark}; {}", self.service.write);
            container.sh_within(self.limit, &line)?;
        }
        self.has(container, mark)
    }

    /// Lets its administrator, who has the engine's client alone, make it keep something.
    fn administers(&self, container: &Container, mark: &str) -> Result<(), String> {
        if self.service.admin.is_empty() {
            return Ok(());
        }
        let mark = format!("{mark}-outside");
        let done = self.project.outside(container, &format!("MARK={mark}; {}", self.service.admin));
        done.map_err(|it| format!("its administrator fails: {it}{}", container.logs()))?;
        self.has(container, &mark)
    }

    fn have(&self, container: &Container, marks: &[&str]) -> Result<(), String> {
        marks.iter().try_for_each(|it| self.has(container, it))
    }

    fn has(&self, container: &Container, mark: &str) -> Result<(), String> {
        let line = format!("MARK={mark}; {}", self.service.read);
        let said = container.sh_within(self.limit, &line);
        said.map(drop).map_err(|it| format!("“{mark}” is not there: {it}"))
    }
}

fn same_end(usual: i32, end: Result<i32, String>) -> Result<(), String> {
    match end? {
        end if end == usual => Ok(()),
        end => Err(format!("it ends with status {end}, and did with {usual}")),
    }
}

fn none(missing: &[String]) -> Result<(), String> {
    match missing.is_empty() {
        true => Ok(()),
        false => Err(missing.join("; ")),
    }
}
