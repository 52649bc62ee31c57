//! Archives that tell owners by the host's numbers, told by the container's: an engine with users of its own reads them so
//! and does not write them so.

use bytes::Bytes;
use tar::{EntryType, Header};

use super::local::Numbers;

/// The size of what an archive is made of.
const BLOCK: usize = 512;

/// The most that is read of what stands before a header.
const LONGEST: u64 = 1 << 20;

/// Who owns what belongs to nobody that a container has.
const NOBODY: u32 = 65_534;

/// An archive on its way.
pub(super) struct Renumber {
    users: Numbers,
    groups: Numbers,
    /// What came of a piece that is not whole yet.
    held: Vec<u8>,
    next: Next,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// A header.
    Header,
    /// So many bytes of a file.
    Content(u64),
    /// So many bytes of what is said of the next header.
    Said(usize),
}

impl Renumber {
    pub(super) fn new((users, groups): (Numbers, Numbers)) -> Renumber {
        Renumber { users, groups, held: Vec::new(), next: Next::Header }
    }

    /// What becomes of the next piece; the rest of it comes with a later one.
    pub(super) fn piece(&mut self, piece: &[u8]) -> Bytes {
        let mut done = Vec::with_capacity(piece.len() + self.held.len());
        let mut left = piece;
        while !left.is_empty() {
            let wanted = match self.next {
                Next::Content(bytes) => {
                    let count = left.len().min(usize::try_from(bytes).unwrap_or(usize::MAX));
                    done.extend_from_slice(&left[..count]);
                    left = &left[count..];
                    self.next = content(bytes - count as u64);
                    continue;
                }
                Next::Header => BLOCK,
                Next::Said(bytes) => bytes,
            };
            let count = left.len().min(wanted - self.held.len());
            self.held.extend_from_slice(&left[..count]);
            left = &left[count..];
            if self.held.len() == wanted {
                let held = std::mem::take(&mut self.held);
                done.extend(self.whole(held));
            }
        }
        done.into()
    }

    /// What becomes of a header, or of what is said before one.
    fn whole(&mut self, mut held: Vec<u8>) -> Vec<u8> {
        if self.next != Next::Header {
            self.next = Next::Header;
            self.records(&mut held);
            return held;
        }
        // Its end is made of zeros.
        if held.iter().all(|it| *it == 0) {
            return held;
        }
        let mut header = Header::new_old();
        header.as_mut_bytes().copy_from_slice(&held);
        let size = header.entry_size().unwrap_or_default().next_multiple_of(BLOCK as u64);
        let kind = header.entry_type();
        self.next = match usize::try_from(size) {
            Ok(size @ 1..) if kind == EntryType::XHeader && size as u64 <= LONGEST => {
                Next::Said(size)
            }
            _ => content(size),
        };
        let (Ok(uid), Ok(gid)) = (header.uid(), header.gid()) else { return held };
        header.set_uid(inside(&self.users, uid).into());
        header.set_gid(inside(&self.groups, gid).into());
        header.set_cksum();
        header.as_bytes().to_vec()
    }

    /// Numbers that a header has no room for stand before it, as `LENGTH uid=NUMBER`. Their lengths stay as they are.
    fn records(&self, said: &mut [u8]) {
        let mut at = 0;
        while let Some(end) = said[at..].iter().position(|it| *it == b' ').map(|it| at + it) {
            let length =
                std::str::from_utf8(&said[at..end]).ok().and_then(|it| it.parse::<usize>().ok());
            let Some(record) =
                length.and_then(|it| said.get_mut(end + 1..(at + it).checked_sub(1)?))
            else {
                return;
            };
            for (name, numbers) in [(&b"uid="[..], &self.users), (b"gid=", &self.groups)] {
                let Some(value) = record.strip_prefix(name) else { continue };
                let width = value.len();
                let number = std::str::from_utf8(value).ok().and_then(|it| it.parse::<u64>().ok());
                let text = number.map(|it| format!("{:0width$}", inside(numbers, it)));
                if let Some(text) = text.filter(|it| it.len() == width) {
                    record[name.len()..].copy_from_slice(text.as_bytes());
                }
            }
            at += length.unwrap_or_default();
        }
    }
}

fn content(bytes: u64) -> Next {
    if bytes == 0 { Next::Header } else { Next::Content(bytes) }
}

/// The container's number. What belongs to somebody that it does not have it sees as nobody's.
fn inside(numbers: &Numbers, number: u64) -> u32 {
    u32::try_from(number).ok().and_then(|it| numbers.inside(it)).unwrap_or(NOBODY)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    /// An archive of two files, one of them with a number that its header has no room for.
    fn archive() -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = Header::new_ustar();
        header.set_size(700);
        header.set_uid(100_999);
        header.set_gid(7);
        builder.append_data(&mut header, "own/file", &[1; 700][..]).unwrap();
        builder.append_pax_extensions([("uid", &b"3000005"[..]), ("gid", b"100004")]).unwrap();
        header.set_size(3);
        builder.append_data(&mut header, "other", &b"abc"[..]).unwrap();
        builder.into_inner().unwrap()
    }

    #[test]
    fn owners_are_told_as_the_container_sees_them_wherever_a_piece_ends() {
        for size in [1, 7, 511, 512, 513, 4096] {
            let users = Numbers::from_start(100_000);
            let large = Numbers::from_start(3_000_000);
            let groups = Numbers::from_start(100_000);
            for (users, expected) in
                [(users, [(999, 65_534), (65_534, 4)]), (large, [(65_534, 65_534), (5, 4)])]
            {
                let mut renumber = Renumber::new((users, groups.clone()));
                let whole: Vec<u8> =
                    archive().chunks(size).flat_map(|it| renumber.piece(it)).collect();
                assert_eq!(whole.len(), archive().len());
                let mut read = tar::Archive::new(&whole[..]);
                let mut found = Vec::new();
                for entry in read.entries().unwrap() {
                    let mut entry = entry.unwrap();
                    let said = entry.pax_extensions().unwrap().into_iter().flatten().flatten();
                    let said: Vec<(String, u32)> = said
                        .map(|it| {
                            (it.key().unwrap().to_owned(), it.value().unwrap().parse().unwrap())
                        })
                        .collect();
                    let number = |name: &str, own: u64| {
                        let said = said.iter().find(|it| it.0 == name);
                        said.map_or(u32::try_from(own).unwrap(), |it| it.1)
                    };
                    let header = entry.header();
                    found.push((
                        number("uid", header.uid().unwrap()),
                        number("gid", header.gid().unwrap()),
                    ));
                    let mut content = Vec::new();
                    entry.read_to_end(&mut content).unwrap();
                    assert!(content == [1; 700] || content == b"abc");
                }
                assert_eq!(found, expected, "in pieces of {size}");
            }
        }
    }
}
