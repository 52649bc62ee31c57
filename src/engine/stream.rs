//! A stream of the engine's, read like a file.

use std::io::{self, Read};
use std::pin::Pin;

use bollard::errors::Error;
use futures_util::StreamExt as _;

use super::Engine;

/// What the engine sends, piece by piece: nothing is kept but the piece that is being read.
pub struct Stream<'e> {
    engine: &'e Engine,
    pieces: Pin<Box<dyn futures_util::Stream<Item = Result<bytes::Bytes, Error>> + 'e>>,
    piece: bytes::Bytes,
}

impl Engine {
    /// What a stream of the API brings, to be read.
    pub fn read<'e>(
        &'e self,
        pieces: impl futures_util::Stream<Item = Result<bytes::Bytes, Error>> + 'e,
    ) -> Stream<'e> {
        Stream { engine: self, pieces: Box::pin(pieces), piece: bytes::Bytes::new() }
    }
}

impl Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.engine.wait(self.pieces.next()) {
                None => return Ok(0),
                Some(Ok(piece)) => self.piece = piece,
                Some(Err(it)) => return Err(io::Error::other(it)),
            }
        }
        let count = buffer.len().min(self.piece.len());
        buffer[..count].copy_from_slice(&self.piece.split_to(count));
        Ok(count)
    }
}
