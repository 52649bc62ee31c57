//! The one place that waits: the APIs of engines and registries are asynchronous, and a command asks one thing after the
//! other.

use std::error::Error;
use std::io::{self, Read};
use std::pin::Pin;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio::runtime::{Builder, Runtime};

use super::fault::Fault;

/// What waits.
pub struct Waiter(Runtime);

impl Waiter {
    /// One that waits on this thread.
    ///
    /// # Errors
    /// The system has no means for it left.
    pub fn new() -> Result<Waiter, Fault> {
        let runtime = Builder::new_current_thread().enable_all().build();
        runtime
            .map(Waiter)
            .map_err(|it| Fault::new(format!("no means to wait for the network: {it}")))
    }

    /// Waits for what comes.
    pub fn wait<T>(&self, it: impl Future<Output = T>) -> T {
        self.0.block_on(it)
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
            match self.waiter.wait(self.pieces.next()) {
                None => return Ok(0),
                Some(piece) => self.piece = piece?,
            }
        }
        let count = buffer.len().min(self.piece.len());
        buffer[..count].copy_from_slice(&self.piece.split_to(count));
        Ok(count)
    }
}
