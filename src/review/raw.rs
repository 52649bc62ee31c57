//! A terminal that hands over each key as it is typed.

#[cfg(unix)]
use std::io;

/// A terminal that hands over each key as it is typed, until this is dropped: Ctrl-U is a key of the line.
pub(super) struct Raw(#[cfg(unix)] Option<rustix::termios::Termios>);

#[cfg(unix)]
impl Raw {
    /// From now on; who reads waits for a key.
    pub(super) fn begin() -> Raw {
        Raw::with(|_| ())
    }

    /// From now on; who reads waits for a key so many tenths of a second.
    pub(super) fn timed(tenths: u8) -> Raw {
        use rustix::termios::SpecialCodeIndex;
        Raw::with(|it| {
            it.special_codes[SpecialCodeIndex::VMIN] = 0;
            it.special_codes[SpecialCodeIndex::VTIME] = tenths;
        })
    }

    fn with(change: impl FnOnce(&mut rustix::termios::Termios)) -> Raw {
        use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
        let Ok(old) = tcgetattr(io::stdin()) else { return Raw(None) };
        let mut raw = old.clone();
        raw.make_raw();
        change(&mut raw);
        // What is no terminal hands over everything as it is.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &raw);
        Raw(Some(old))
    }

    /// What is typed, at once or within the time; nothing where that is over, or where this is no terminal.
    pub(super) fn typed(&self) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; 256];
        let count = match &self.0 {
            Some(_) => rustix::io::read(io::stdin(), &mut bytes)?,
            None => 0,
        };
        bytes.truncate(count);
        Ok(bytes)
    }
}

#[cfg(not(unix))]
impl Raw {
    /// From now on; who reads waits for a key.
    pub(super) fn begin() -> Raw {
        Raw()
    }
}

#[cfg(unix)]
impl Drop for Raw {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        if let Some(old) = &self.0 {
            // The terminal may be gone.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, old);
        }
    }
}
