//! Layers as they are packed: plain, gzip or zstd; bounded, so that a small file cannot unpack without end.

use std::fmt::Write as _;
use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;
use sha2::{Digest as _, Sha256};

use super::fault::LayerError;

/// The most that the layers of an image may hold once unpacked, in bytes.
const MOST: u64 = 64 << 30;

/// The layer, unpacked as it is read.
pub(super) fn unpacked<'r>(mut packed: impl Read + 'r) -> io::Result<Box<dyn Read + 'r>> {
    let mut head = [0; 4];
    let mut filled = 0;
    while filled < head.len() {
        match packed.read(&mut head[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    let whole = io::Cursor::new(head).take(filled as u64).chain(packed);
    Ok(match head {
        [0x1f, 0x8b, ..] => Box::new(Bounded { inner: MultiGzDecoder::new(whole), left: MOST }),
        [0x28, 0xb5, 0x2f, 0xfd] => {
            let inner = StreamingDecoder::new(whole).map_err(io::Error::other)?;
            Box::new(Bounded { inner, left: MOST })
        }
        _ => Box::new(Bounded { inner: whole, left: MOST }),
    })
}

/// A reader that gives up after so many bytes.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let left = self.left.checked_sub(count as u64);
        self.left = left.ok_or_else(|| {
            LayerError("a layer unpacks to more than 64 GiB: it is left alone".to_owned())
        })?;
        Ok(count)
    }
}

/// A reader that knows the digest of all that went through it.
pub(super) struct Hashed<R> {
    inner: R,
    hash: Sha256,
}

impl<R> Hashed<R> {
    /// One that nothing went through.
    pub(super) fn new(inner: R) -> Hashed<R> {
        Hashed { inner, hash: Sha256::new() }
    }

    /// The digest: `sha256:…`.
    pub(super) fn digest(self) -> String {
        written(self.hash)
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(&buffer[..count]);
        Ok(count)
    }
}

/// The digest of bytes: `sha256:…`.
pub(super) fn digest_of(bytes: &[u8]) -> String {
    written(Sha256::new().chain_update(bytes))
}

fn written(hash: Sha256) -> String {
    let mut text = "sha256:".to_owned();
    for byte in hash.finalize() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
