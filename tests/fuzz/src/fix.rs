//! A whole text: every fix that can be written is proven, and a second run changes nothing.

use super::policy;
use casehard::batch::Batch;
use casehard::finding::Confidence;
use casehard::mend::Mended;
use casehard::plan::accept;

/// The longest text.
pub const LONGEST: usize = 64 << 10;

/// Fails where that does not hold of these.
pub fn run(bytes: &[u8]) {
    let Some(once) = mended(bytes) else { return };
    let text = once.files[0].tree.text();
    // A service of which nothing is left is no longer known as one.
    let Some(twice) = mended(text.as_bytes()) else {
        let problems = Batch::stream(text.as_bytes()).problems();
        // Beside it another document of the text may be a file of Compose's first version.
        let is_read = problems.iter().all(|it| !it.fails || it.message.contains("first version"));
        assert!(is_read, "what was written is not read");
        return;
    };
    assert!(twice.fixed.is_empty(), "a second run fixes {:?}", titles(&twice));
    assert_eq!(twice.files[0].tree.text(), text, "a second run writes");
}

/// The one project of a text with every fix; nothing where it is none.
fn mended(bytes: &[u8]) -> Option<Mended> {
    let mut batch = Batch::stream(bytes);
    for problem in batch.problems() {
        assert!(!problem.message.is_empty(), "a problem says nothing");
    }
    let mut all = batch.mend(policy(), |found| accept(found, Confidence::Risky));
    assert!(all.len() < 2, "a text is one project");
    Some(all.pop()?.unwrap_or_else(|it| panic!("internal error: {}", it.message)))
}

fn titles(mended: &Mended) -> Vec<(&str, &str)> {
    mended.fixed.iter().map(|it| (it.rule, &*it.title)).collect()
}
