//! Ctrl-C, and the system's wish that a run ends: noticed between two steps, so that what was begun is cleaned up.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::Failure;

/// The status of a run that was ended.
const ENDED: i32 = super::INTERRUPTED as i32;

/// Whether somebody wants the run to end, from now on.
///
/// # Errors
/// The system does not tell.
pub(super) fn stopped() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGHUP, SIGINT, SIGTERM] {
        // The second one ends it at once: the next run takes away what is left.
        signal_hook::flag::register_conditional_shutdown(signal, ENDED, Arc::clone(&stop))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&stop)))
            .map_err(|it| Failure(format!("signals cannot be waited for: {it}")))?;
    }
    Ok(stop)
}
