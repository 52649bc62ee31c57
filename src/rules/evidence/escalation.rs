//! Whether new privileges can be forbidden to an image.

use super::Evidence;
use super::decide::{advice, basis};
use crate::finding::Confidence;
use crate::images::{Image, Verdict};

/// Takes over what the knowledge says of new privileges, unless the file already speaks against forbidding them.
pub(super) fn forbid_new_privileges(evidence: &mut Evidence, image: &Image) {
    let (confidence, what) = match image.nnp {
        Verdict::Ok | Verdict::Documented => {
            (Confidence::Safe, "works with new privileges forbidden")
        }
        Verdict::Unknown => return,
        Verdict::Caveat => {
            (Confidence::Risky, "works with new privileges forbidden under conditions")
        }
        Verdict::No => (Confidence::Manual, "is known to fail with new privileges forbidden"),
    };
    if evidence.no_new_privileges.confidence < confidence {
        return;
    }
    evidence.no_new_privileges = advice((), confidence, basis(image, what));
    if confidence < Confidence::Safe {
        let note = image
            .notes
            .clone()
            .unwrap_or_else(|| "programs that raise their privileges".to_owned());
        evidence.no_new_privileges.may_break = Some(note.into());
    }
}
