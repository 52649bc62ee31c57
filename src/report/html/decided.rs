//! Who decided what in a review.

use std::collections::BTreeMap;

use super::page::Page;
use crate::outcome::Outcome;

/// What can be answered, and the heads of the columns.
const WORDS: [(&str, &str); 3] =
    [("accepted", "Accepted"), ("left", "Left"), ("allowed", "Allowed")];

/// Whether anybody decided anything.
pub(super) fn has_any(outcome: &Outcome) -> bool {
    outcome.findings.iter().any(|it| it.decided.is_some())
}

/// How many findings each person accepted, left and allowed, and when last.
pub(super) fn decided(outcome: &Outcome, page: &mut Page) {
    if !has_any(outcome) {
        return;
    }
    let mut people: BTreeMap<&str, ([usize; 3], _)> = BTreeMap::new();
    for it in outcome.findings.iter().filter_map(|it| it.decided.as_ref()) {
        let entry = people.entry(&it.by.name).or_insert(([0; 3], it.by.on));
        let at = WORDS.iter().position(|word| word.0 == it.word);
        entry.0.iter_mut().skip(at.unwrap_or(3)).take(1).for_each(|it| *it += 1);
        entry.1 = entry.1.max(it.by.on);
    }
    page.raw("<section id=decided aria-labelledby=decided-h>\n<h2 id=decided-h>Decided</h2>\n");
    page.raw("<p>What was answered in <code>casehard fix</code>; each container says who decided what of it.</p>\n");
    page.raw("<div class=wide role=region tabindex=0 aria-label=\"Who decided\"><table>\n<thead><tr><th scope=col>Who</th>");
    for (_, head) in WORDS {
        page.element("th", &[("scope", "col"), ("class", "n")], head);
    }
    page.raw("<th scope=col>Last on</th></tr></thead>\n<tbody>\n");
    for (name, (counts, on)) in people {
        page.raw("<tr>").element("th", &[("scope", "row")], name);
        for it in counts {
            page.count(it);
        }
        page.element("td", &[], &on.to_string()).raw("</tr>\n");
    }
    page.raw("</tbody></table></div>\n</section>\n");
}
