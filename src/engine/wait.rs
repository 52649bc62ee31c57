//! The one place that waits: the APIs of engines and registries are asynchronous, and a command asks one thing after the
//! other.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::io::{self, Read};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio::runtime::{Builder, Runtime};

use super::fault::Fault;

/// How often it is looked whether the run is to end.
const STEP: Duration = Duration::from_millis(100);

/// How long an answer is waited for while things are taken away.
const PATIENCE: Duration = Duration::from_secs(60);

/// What waits.
pub struct Waiter {
    runtime: Runtime,
    /// Whether somebody wants the run to end.
    stop: Option<Arc<AtomicBool>>,
    /// How long an answer may take then.
    grace: Duration,
    /// Whether things are taken away, which goes on whatever somebody wants.
    tidies: Cell<bool>,
    /// Whether some answer was not waited for.
    gave_up: Cell<bool>,
}

/// It is not waited any longer: the run is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("stopped")
    }
}

impl Error for Stopped {}

impl Waiter {
    /// One that waits on this thread.
    ///
    /// # Errors
    /// The system has no means for it left.
    pub fn new() -> Result<Waiter, Fault> {
        // Whoever speaks TLS asks the process for its ciphers; where somebody chose them already, these are as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime =
            runtime.map_err(|it| Fault::new(format!("no means to wait for the network: {it}")))?;
        Ok(Waiter {
            runtime,
            stop: None,
            grace: Duration::ZERO,
            tidies: Cell::new(false),
            gave_up: Cell::new(false),
        })
    }

    /// Waits no longer than `grace` for an answer once this is set.
    pub(super) fn heed(&mut self, stop: Arc<AtomicBool>, grace: Duration) {
        (self.stop, self.grace) = (Some(stop), grace);
    }

    /// Whether some answer was not waited for, because the run was to end.
    pub(super) fn gave_up(&self) -> bool {
        self.gave_up.get()
    }

    /// Does what takes things away: it is waited for also when the run is to end.
    pub(super) fn tidy<T>(&self, act: impl FnOnce() -> T) -> T {
        let outer = self.tidies.replace(true);
        let done = act();
        self.tidies.set(outer);
        done
    }

    /// Waits for what comes.
    ///
    /// # Errors
    /// The run is to end.
    pub fn wait<T>(&self, it: impl Future<Output = T>) -> Result<T, Stopped> {
        let begun = Instant::now();
        self.runtime.block_on(async {
            let mut it = pin!(it);
            loop {
                match tokio::time::timeout(STEP, &mut it).await {
                    Ok(it) => return Ok(it),
                    Err(_) if self.is_over(begun) => {
                        self.gave_up.set(true);
                        return Err(Stopped);
                    }
                    Err(_) => (),
                }
            }
        })
    }

    fn is_over(&self, begun: Instant) -> bool {
        let is_to_end = || self.stop.as_ref().is_some_and(|it| it.load(Ordering::Relaxed));
        match self.tidies.get() {
            true => begun.elapsed() > PATIENCE,
            false => is_to_end() && (self.gave_up.get() || begun.elapsed() >= self.grace),
        }
    }

    /// A stream, to be read like a file.
    pub fn read<'w, E: Error + Send + Sync + 'static>(
        &'w self,
        pieces: impl Stream<Item = Result<Bytes, E>> + 'w,
    ) -> Pieces<'w> {
        let pieces = Box::pin(pieces.map(|it| it.map_err(io::Error::other)));
        Pieces { waiter: self, pieces, piece: Bytes::new() }
    }
}

/// What a stream brings, piece by piece: nothing is kept but the piece that is being read.
pub struct Pieces<'w> {
    waiter: &'w Waiter,
    pieces: Pin<Box<dyn Stream<Item = io::Result<Bytes>> + 'w>>,
    piece: Bytes,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.waiter.wait(self.pieces.next()).map_err(io::Error::other)? {
                None => return Ok(0),
                Some(piece) => self.piece = piece?,
            }
        }
        let count = buffer.len().min(self.piece.len());
        buffer[..count].copy_from_slice(&self.piece.split_to(count));
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_comes_is_waited_for_until_the_run_is_to_end() {
        let mut waiter = Waiter::new().unwrap();
        assert_eq!(waiter.wait(async { 1 }), Ok(1));
        let stop = Arc::new(AtomicBool::new(true));
        waiter.heed(Arc::clone(&stop), Duration::ZERO);
        assert_eq!(waiter.wait(std::future::pending::<()>()), Err(Stopped));
        let late = || tokio::time::sleep(STEP * 3);
        assert_eq!(waiter.wait(async { late().await }), Err(Stopped));
        assert_eq!(waiter.tidy(|| waiter.wait(async { late().await })), Ok(()));
        let mut waiter = Waiter::new().unwrap();
        waiter.heed(stop, STEP * 9);
        assert_eq!(waiter.wait(async { late().await }), Ok(()));
        assert_eq!(waiter.wait(std::future::pending::<()>()), Err(Stopped));
        assert_eq!(waiter.wait(async { late().await }), Err(Stopped), "it does not answer");
    }
}
