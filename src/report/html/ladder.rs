//! The Pod Security ladder: how many pods stand on each level, before and after, and what keeps each from the next.

use super::page::Page;
use crate::outcome::Outcome;
use crate::report::json::path;
use crate::report::standing::rule;
use crate::standard::Level;

/// The ladder; nothing without pods.
pub(super) fn ladder(outcome: &Outcome, page: &mut Page) {
    if outcome.pods.is_empty() {
        return;
    }
    page.raw("<section id=pods aria-labelledby=pods-h>\n<h2 id=pods-h>Pod Security</h2>\n<p>The levels of the Pod Security Standards of Kubernetes ");
    page.text(&format!("{}.{}", outcome.kubernetes.0, outcome.kubernetes.1));
    page.raw(" that pods meet, the strictest first.</p>\n<table class=ladder>\n<thead><tr><th scope=col>Level</th><th scope=col class=n>Before</th><th scope=col class=n>After</th></tr></thead>\n<tbody>\n");
    for level in Level::ALL.into_iter().rev() {
        let before = outcome.pods.iter().filter(|it| it.before.level == level).count();
        let after = outcome.pods.iter().filter(|it| it.now().level == level).count();
        page.raw("<tr>").element("th", &[("scope", "row")], level.name());
        page.count(before).count(after).raw("</tr>\n");
    }
    page.raw("</tbody></table>\n<details><summary>").number(outcome.pods.len());
    page.raw(" pods, and what keeps each from the next level</summary>\n<div class=wide role=region tabindex=0 aria-label=\"Pods by level\"><table>\n<thead><tr><th scope=col>Pod</th><th scope=col>Before</th><th scope=col>After</th><th scope=col>Not met for the next</th></tr></thead>\n<tbody>\n");
    for pod in &outcome.pods {
        let now = pod.now();
        page.raw("<tr><th scope=row>").text(&now.workload).raw("<span class=sub>");
        page.text(&format!("{}:{}", path(&outcome.files[pod.file].path), pod.line));
        page.raw("</span></th>").element("td", &[], pod.before.level.name());
        page.element("td", &[], now.level.name()).raw("<td>");
        let mut rules: Vec<&str> = Vec::new();
        for it in now.unmet.iter().map(|it| rule(it)) {
            if !rules.contains(&it) {
                rules.push(it);
            }
        }
        page.text(&rules.join(", ")).raw("</td></tr>\n");
    }
    page.raw("</tbody></table></div>\n</details>\n</section>\n");
}
