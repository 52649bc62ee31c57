//! What a file of an image is, by its first bytes; the text of what is small and runs at the start.

use std::io::{self, Read};
use std::sync::Arc;

/// The longest script that is read, in bytes.
const LONGEST: u64 = 256 << 10;

/// How much of a program is looked at: its table of segments stands at its head.
const HEAD: u64 = 4 << 10;

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// A text that says how the image starts or who lives in it.
    Text(Arc<str>),
    /// A script too long to be read.
    Long,
    /// A program with all that it needs.
    Static,
    /// A program that loads others.
    Dynamic,
    /// Anything else.
    Other,
}

/// The lists of accounts.
const LISTS: [&str; 2] = ["/etc/passwd", "/etc/group"];

/// Reads of a file what is worth holding.
pub(super) fn content(
    path: &str,
    mode: u32,
    size: u64,
    file: &mut dyn Read,
) -> io::Result<Content> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let runs = mode & 0o111 != 0;
    let is_script = [".sh", ".bash", ".envsh"].iter().any(|it| name.ends_with(it));
    if !(runs || is_script || LISTS.contains(&path) || is_run_at_start(path)) {
        return Ok(Content::Other);
    }
    let mut head = Vec::new();
    file.take(HEAD).read_to_end(&mut head)?;
    if head.starts_with(b"\x7fELF") {
        return Ok(if is_dynamic(&head) { Content::Dynamic } else { Content::Static });
    }
    let is_text =
        LISTS.contains(&path) || is_script || head.starts_with(b"#!") || is_run_at_start(path);
    if !is_text || head.contains(&0) {
        return Ok(Content::Other);
    }
    if size > LONGEST {
        return Ok(Content::Long);
    }
    file.take(LONGEST).read_to_end(&mut head)?;
    Ok(Content::Text(String::from_utf8_lossy(&head).into()))
}

/// Whether it lies where an init runs all there is, under whatever name.
fn is_run_at_start(path: &str) -> bool {
    ["/etc/cont-init.d/", "/etc/services.d/", "/etc/s6-overlay/", "/etc/service/"]
        .iter()
        .any(|it| path.starts_with(it))
}

/// Whether a program names another that loads what it needs.
fn is_dynamic(head: &[u8]) -> bool {
    /// The segment that names it (elf(5), PT_INTERP).
    const INTERPRETER: u64 = 3;
    let wide = head.get(4) == Some(&2);
    let little = head.get(5) != Some(&2);
    let number = |at: usize, length: usize| -> u64 {
        let bytes = head.get(at..at + length).unwrap_or_default();
        let add = |all: u64, byte: &u8| all << 8 | u64::from(*byte);
        match little {
            true => bytes.iter().rev().fold(0, add),
            false => bytes.iter().fold(0, add),
        }
    };
    let (table, size, count) = match wide {
        true => (number(0x20, 8), number(0x36, 2), number(0x38, 2)),
        false => (number(0x1c, 4), number(0x2a, 2), number(0x2c, 2)),
    };
    (0..count).any(|it| {
        let at = table.checked_add(it * size).and_then(|it| usize::try_from(it).ok());
        at.filter(|it| *it < head.len()).is_some_and(|it| number(it, 4) == INTERPRETER)
    })
}
