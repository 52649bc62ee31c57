//! Places of a text as they are in another state of it: the file on the disk is another one than what is judged.

use crate::finding::{FileId, Finding, Site};
use crate::mend::{Analysis, Shared};
use crate::workload::detect::first_line;
use crate::yaml::{Kind, Node, Span, Step, Tree};

/// An analysis whose places are those of the file on the disk.
pub fn moved(analysis: &mut Analysis, id: FileId, (from, to): (&Shared, &Shared)) {
    if from.tree.text() == to.tree.text() {
        return;
    }
    let here = |site: &mut Site| {
        if site.file == id {
            *site = place(*site, (&from.tree, &to.tree));
        }
    };
    let of = |it: &mut Finding| here(&mut it.site);
    analysis.judged.open.iter_mut().for_each(of);
    analysis.judged.waived.iter_mut().for_each(|it| of(&mut it.finding));
    analysis.subjects.iter_mut().for_each(|it| here(&mut it.site));
    analysis.standings.iter_mut().for_each(|it| here(&mut it.site));
}

/// Where something stands in another state of its text: at the same keys, as far as those are there.
pub(super) fn place(site: Site, (from, to): (&Tree, &Tree)) -> Site {
    let (document, steps) = steps(from, site.span.start);
    let root = to.documents().nth(document);
    let Some(mut node) = root.map(Node::resolve) else {
        return Site { span: Span { start: 0, end: 0 }, ..site };
    };
    let mut span = first_line(node);
    for (step, on_key) in steps {
        let next = match &step {
            Step::Key(key) => node.entry(key).map(|it| (it.key, it.written)),
            Step::Index(at) => node.items().nth(*at).map(|it| (it, it)),
        };
        let Some((key, value)) = next else { break };
        span = first_line(if on_key { key } else { value });
        node = value.resolve();
    }
    Site { span, ..site }
}

/// The document and the keys that lead to an offset, each with whether that lies on the key itself.
fn steps(tree: &Tree, at: usize) -> (usize, Vec<(Step, bool)>) {
    let holds = |it: Node<'_>| (it.span().start..=it.span().end).contains(&at);
    let mut all = Vec::new();
    let found = tree.documents().enumerate().find(|it| holds(it.1));
    let Some((document, mut node)) = found else { return (0, all) };
    loop {
        node = match node.kind() {
            Kind::Mapping => {
                let entries = node.entries();
                let Some(it) = entries.iter().find(|it| holds(it.key) || holds(it.written)) else {
                    break;
                };
                let on_key = holds(it.key);
                all.push((Step::from(it.key.value().unwrap_or("")), on_key));
                if on_key {
                    break;
                }
                it.written
            }
            Kind::Sequence => {
                let Some((index, it)) = node.items().enumerate().find(|it| holds(it.1)) else {
                    break;
                };
                all.push((Step::from(index), false));
                it
            }
            Kind::Scalar | Kind::Alias => break,
        };
    }
    (document, all)
}

/// The keys from the root of its document to what stands at an offset.
pub fn keys_at(tree: &Tree, at: usize) -> Vec<Step> {
    steps(tree, at).1.into_iter().map(|it| it.0).collect()
}
