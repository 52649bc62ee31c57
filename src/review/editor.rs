//! The owner changes a piece of a file in an editor; it is written if it is proven as every other edit is.

use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::process::Command;
use std::sync::Arc;

use foldhash::HashSet;
use similar::TextDiff;

use super::bench::Bench;
use super::diff::whole;
use super::preview;
use super::screen::Gone;
use super::show;
use super::talk::{Next, Talk};
use crate::decisions::Word;
use crate::finding::FileId;
use crate::mend::{Mended, edited};
use crate::plan::Choice;
use crate::report::diff::hunks;

/// How many lines around a change can be edited with it.
const CONTEXT: usize = 3;

/// What stands above the piece in the editor.
const HEAD: &str = "# casehard: edit what follows; lines that begin with `# casehard:` are dropped, an empty file leaves it.\n";

/// A piece of a file as the fix would have it, beside all that is accepted.
pub(super) struct Piece {
    file: FileId,
    /// What is accepted without it.
    accepted: Mended,
    /// The whole text with the fix.
    text: String,
    /// The bytes of the piece in it.
    range: Range<usize>,
}

impl Talk<'_, '_, '_> {
    /// The piece that the fix of the question changes, where that is one.
    pub(super) fn editable(&self) -> Option<Piece> {
        let at = self.board.at;
        let bench = &self.board.benches[at.0];
        let number = bench.order[at.1];
        // Where an override takes the fixes, the file stays as it is.
        if self.board.projects[at.0].emits.is_some() || bench.findings()[number].fixes.is_empty() {
            return None;
        }
        let needs = preview::needed(bench.findings(), Choice { finding: number, fix: 0 });
        let needs =
            needs.iter().filter_map(|it| bench.order.iter().position(|all| *all == it.finding));
        let with_needs: Vec<usize> = needs.chain([at.1]).collect();
        self.piece_of(&[at.1]).or_else(|| self.piece_of(&with_needs))
    }

    /// What the fixes of questions of this file change beside what is accepted, where that is one piece.
    fn piece_of(&self, positions: &[usize]) -> Option<Piece> {
        let number = self.board.at.0;
        let project = &self.board.projects[number];
        let mut policy = self.board.policy.clone();
        let accepted = Bench::mended(project, &policy).ok()?;
        for &position in positions {
            let at = (number, position);
            let said = self.board.said(at, Word::Yes, 0);
            Arc::make_mut(&mut policy.decisions).say(&self.board.place(at), said);
        }
        let with = Bench::mended(project, &policy).ok()?;
        let both = accepted.files.iter().zip(&with.files).zip(0..);
        let mut differ = both.filter(|it| it.0.0.tree.text() != it.0.1.tree.text());
        let ((old, new), file) = differ.next()?;
        if differ.next().is_some() {
            return None;
        }
        let text = new.tree.text().to_owned();
        let range = piece(old.tree.text(), &text)?;
        Some(Piece { file: FileId(file), accepted, text, range })
    }

    /// Opens the editor, shows what it made, and writes it if that is wanted.
    pub(super) fn editor(&mut self) -> Result<Next, Gone> {
        self.screen.say("editor")?;
        let Some(piece) = self.editable() else { return Ok(Next::Same) };
        let mut wanted = piece.text[piece.range.clone()].to_owned();
        loop {
            wanted = match run(&wanted) {
                Ok(Some(text)) => text,
                Ok(None) => {
                    self.screen.remark("Left as it was.")?;
                    return Ok(Next::Same);
                }
                Err(error) => {
                    self.screen.remark(&format!("The editor could not be run: {error}"))?;
                    return Ok(Next::Same);
                }
            };
            if self.write_edited(&piece, &wanted)? {
                return Ok(Next::Question);
            }
            // What was typed is not thrown away for one slip.
            if self.screen.confirm("Edit it again?")? != Some(true) {
                return Ok(Next::Same);
            }
        }
    }

    /// Shows what somebody typed in place of a piece, and writes it with what is accepted if it is proven and wanted;
    /// whether it is written.
    fn write_edited(&mut self, piece: &Piece, typed: &str) -> Result<bool, Gone> {
        let at = self.board.at;
        let Piece { file, accepted, text, range } = piece;
        let text = format!("{}{typed}{}", &text[..range.start], &text[range.end..]);
        let project = &self.board.projects[at.0];
        let mended = edited(&accepted.files, &project.members, &self.board.policy, (*file, &text));
        let mended = match mended {
            Ok(mended) => accepted.clone().then(mended),
            Err(why) => {
                self.screen.remark(&format!("Not written: {}", show::clean(&why)))?;
                return Ok(false);
            }
        };
        for id in &mended.changed {
            let number = id.0 as usize;
            let diff = whole(&project.files[number], &mended.files[number], self.screen.width());
            self.screen.say(diff.trim_end())?;
        }
        let question = match accepted.changed.is_empty() {
            true => "Write this now?",
            false => "Write this now, with what is accepted in this file?",
        };
        if self.screen.confirm_once(question)? != Some(true) {
            return Ok(false);
        }
        if self.writer.edited(&mut self.board, at.0, mended) {
            self.board.renew(&HashSet::from_iter([at.0]));
            self.board.at = (at.0, 0);
        }
        self.shown = None;
        Ok(true)
    }
}

/// The bytes of the new text that hold its one hunk.
fn piece(old: &str, new: &str) -> Option<Range<usize>> {
    let diff = TextDiff::from_lines(old, new);
    let hunks = hunks(&diff, CONTEXT);
    let [hunk] = hunks.as_slice() else { return None };
    let (first, last) = (hunk.first()?.new_range().start, hunk.last()?.new_range().end);
    let mut starts = vec![0];
    starts.extend(new.match_indices('\n').map(|it| it.0 + 1));
    let at = |line: usize| starts.get(line).copied().unwrap_or(new.len());
    Some(at(first)..at(last))
}

/// What the editor makes of a piece; nothing where it is left as it was or emptied.
fn run(piece: &str) -> io::Result<Option<String>> {
    let mut file = tempfile::Builder::new().prefix("casehard-").suffix(".yaml").tempfile()?;
    file.write_all(HEAD.as_bytes())?;
    file.write_all(piece.as_bytes())?;
    file.flush()?;
    let editor = std::env::var_os("EDITOR").unwrap_or_else(|| "vi".into());
    // An editor is often a command with options.
    let status = Command::new("sh")
        .args(["-c", "exec $CASEHARD_EDITOR \"$1\"", "sh"])
        .arg(file.path())
        .env("CASEHARD_EDITOR", editor)
        .status()?;
    if !status.success() {
        return Err(io::Error::other(format!("it ended with {status}")));
    }
    let mut text = String::new();
    // Some editors put another file in its place.
    match std::fs::read_to_string(file.path()) {
        Ok(it) => text = it,
        Err(_) => {
            file.seek(SeekFrom::Start(0))?;
            let _ = file.read_to_string(&mut text)?;
        }
    }
    let kept = text.split_inclusive('\n').filter(|it| !it.starts_with("# casehard:"));
    let text: String = kept.collect();
    Ok((!text.trim().is_empty() && text != piece).then_some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_the_lines_around_one_change() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\nn\n";
        let new = old.replace("e\n", "e\nE\n");
        let range = piece(old, &new).unwrap();
        assert_eq!(&new[range], "c\nd\ne\nE\nf\ng\nh\n");
        assert_eq!(piece(old, &new.replace("n\n", "N\n")), None);
    }
}
