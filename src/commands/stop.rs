//! Ctrl-C, and the system's wish that a run ends: at once as long as there is nothing to clean up, else noticed between two
//! steps.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::Failure;

/// The status of a run that was ended.
const ENDED: i32 = super::INTERRUPTED as i32;

/// Somebody's wish that the run ends.
pub(super) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// From now on the wish ends the program at once, whatever it waits for: nothing is to be cleaned up.
    ///
    /// # Errors
    /// The system does not tell.
    pub(super) fn at_once() -> Result<Stop, Failure> {
        let wanted = Arc::new(AtomicBool::new(true));
        for signal in [SIGHUP, SIGINT, SIGTERM] {
            signal_hook::flag::register_conditional_shutdown(signal, ENDED, Arc::clone(&wanted))
                .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&wanted)))
                .map_err(|it| Failure(format!("signals cannot be waited for: {it}")))?;
        }
        Ok(Stop(wanted))
    }

    /// From now on the first wish is only noted, so that what was begun is cleaned up. The second one ends the program at
    /// once: the next run takes away what is left.
    pub(super) fn is_noted(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// Whether it was noted.
    pub(super) fn is_wanted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// What tells others of it.
    pub(super) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}

impl Drop for Stop {
    /// What comes after has nothing to clean up.
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
