//! How far a long run is: a bar on a terminal. With `-v`, what took longest.
//!
//! It is told of what was done and decides nothing: reports are the same with it and without.

use std::collections::HashMap;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::complain;
use crate::cli::Inputs;
use crate::report::shown::Shown;
use crate::review::is_dumb;

/// What is done sooner needs no bar.
const SOON: Duration = Duration::from_millis(500);
/// How many of the slowest files are told.
const SLOWEST: usize = 5;
/// How often a sign of life is drawn.
const TICK: Duration = Duration::from_millis(200);
const ALIVE: &str = "{spinner} {msg} {elapsed}";
const LOOK: &str = "{msg} {bar:24} {pos}/{len}";

/// How far a run is.
pub(super) struct Progress {
    begun: Instant,
    is_shown: bool,
    /// The time that each file took, where somebody wants to know.
    times: Option<Mutex<HashMap<PathBuf, Duration>>>,
}

impl Progress {
    /// The progress of a run that begins.
    pub(super) fn of(inputs: &Inputs, quiet: bool) -> Progress {
        Progress {
            begun: Instant::now(),
            is_shown: !quiet && std::io::stderr().is_terminal() && !is_dumb(),
            times: inputs.verbose.then(Mutex::default),
        }
    }

    /// The progress of a run that reads no files.
    pub(super) fn on_terminal() -> Progress {
        Progress {
            begun: Instant::now(),
            is_shown: std::io::stderr().is_terminal() && !is_dumb(),
            times: None,
        }
    }

    /// Begins a part of the run that takes so many seconds.
    pub(super) fn timed(&self, name: &'static str, seconds: u64) -> Part<'_> {
        self.part(name, usize::try_from(seconds).unwrap_or(usize::MAX))
    }

    /// Begins a part of the run, of so many steps. The bar goes with it.
    pub(super) fn part(&self, name: &'static str, steps: usize) -> Part<'_> {
        let steps = u64::try_from(steps).ok();
        let bar = ProgressBar::with_draw_target(steps, ProgressDrawTarget::hidden());
        let style =
            ProgressStyle::with_template(LOOK).unwrap_or_else(|_| ProgressStyle::default_bar());
        Part {
            progress: self,
            bar: bar.with_style(style).with_message(name),
            is_seen: AtomicBool::new(false),
        }
    }

    /// Says what is being waited for, and for how long by now. It goes with what it yields.
    pub(super) fn waiting(&self, what: String) -> Part<'_> {
        let target = match self.is_shown {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template(ALIVE)
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = bar.with_style(style).with_message(what);
        if self.is_shown {
            bar.enable_steady_tick(TICK);
        }
        Part { progress: self, bar, is_seen: AtomicBool::new(true) }
    }

    /// Tells which files took longest.
    pub(super) fn tell_slowest(self) {
        let Some(times) = self.times else { return };
        let times = times.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut times: Vec<(PathBuf, Duration)> = times.into_iter().collect();
        times.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        for (path, time) in times.iter().take(SLOWEST) {
            let line = format!("{}: took {:.3} s", path.display(), time.as_secs_f64());
            complain(&Shown::line(&line));
        }
    }
}

/// A part of a run.
pub(super) struct Part<'p> {
    progress: &'p Progress,
    bar: ProgressBar,
    is_seen: AtomicBool,
}

impl Part<'_> {
    /// Notes how far it is.
    pub(super) fn at(&self, step: u64) {
        self.bar.set_position(step.min(self.bar.length().unwrap_or(step)));
        self.show();
    }

    /// Notes that a step was done with a file, and the time that it took.
    pub(super) fn step(&self, path: &Path, took: Duration) {
        self.bar.inc(1);
        self.show();
        if let Some(times) = &self.progress.times {
            let mut times = times.lock().unwrap_or_else(PoisonError::into_inner);
            *times.entry(path.to_owned()).or_default() += took;
        }
    }

    /// Shows the bar where it takes long.
    fn show(&self) {
        let progress = self.progress;
        if progress.is_shown
            && progress.begun.elapsed() > SOON
            && !self.is_seen.swap(true, Ordering::Relaxed)
        {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
