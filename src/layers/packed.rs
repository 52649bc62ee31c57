//! Layers as they are packed: plain, gzip or zstd; bounded, so that a small file cannot unpack without end.

use std::cell::Cell;
use std::fmt::Write as _;
use std::io::{self, Read};
use std::rc::Rc;

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

/// The most that is said of a file before its content: its header, a long name, its extended attributes.
const LONGEST_HEADER: u64 = 1 << 20;

/// The block of a tar archive, in bytes.
pub(super) const BLOCK: u64 = 512;

/// How far an archive may be read until its next file is known: what is said of files is held, so that a header of
/// gigabytes, a few kilobytes when it is packed, would fill the memory.
#[derive(Clone)]
pub(super) struct Allowance(Rc<Cell<u64>>);

impl Allowance {
    /// For the first header.
    pub(super) fn new() -> Allowance {
        Allowance(Rc::new(Cell::new(LONGEST_HEADER)))
    }

    /// A reader that goes no further.
    pub(super) fn reader<R: Read>(&self, inner: R) -> Metered<R> {
        Metered { inner, at: 0, allowance: self.clone() }
    }

    /// As far as the content of a file and the header of the next one.
    pub(super) fn let_through<R: Read>(&self, file: &tar::Entry<'_, R>) -> io::Result<()> {
        let size = match file.header().entry_type() {
            // Its real size is that of its holes as well.
            tar::EntryType::GNUSparse => file.header().entry_size()?,
            _ => file.size(),
        };
        let blocks = size.div_ceil(BLOCK).saturating_mul(BLOCK);
        let next = file.raw_file_position().saturating_add(blocks);
        self.0.set(next.saturating_add(LONGEST_HEADER));
        Ok(())
    }

    /// As far as the archive goes: its last file is behind.
    pub(super) fn to_the_end(&self) {
        self.0.set(u64::MAX);
    }
}

/// A reader that goes as far as it may.
pub(super) struct Metered<R> {
    inner: R,
    at: u64,
    allowance: Allowance,
}

impl<R> Metered<R> {
    /// What is read.
    pub(super) fn into_inner(self) -> R {
        self.inner
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.at += count as u64;
        if self.at > self.allowance.0.get() {
            let told = "a file of it is described in more than 1 MiB, as none that an image needs: it is left alone";
            return Err(LayerError(told.to_owned()).into());
        }
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
