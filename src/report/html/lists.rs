//! What only the owner can decide, what is allowed until when, and what was not judged.

use super::overview::severity;
use super::page::Page;
use crate::finding::Confidence;
use crate::outcome::{FileState, Form, Outcome, Remark, Reported};
use crate::report::json::path;

/// What has no fix that could be written, by rule.
pub(super) fn decide(outcome: &Outcome, page: &mut Page) {
    let manual = |it: &&Reported| it.is_left() && it.finding.confidence() == Confidence::Manual;
    let mut all: Vec<&Reported> = outcome.findings.iter().filter(manual).collect();
    all.sort_by_key(|it| std::cmp::Reverse(it.finding.severity));
    page.raw(
        "<section id=decide aria-labelledby=decide-h>\n<h2 id=decide-h>Yours to decide</h2>\n",
    );
    if all.is_empty() {
        page.raw(match outcome.baseline {
            None => "<p>Nothing: everything that is left has a fix to review.</p>\n</section>\n",
            Some(_) => "<p>Nothing of what is new: the baseline may have more, which is not told here.</p>\n</section>\n",
        });
        return;
    }
    page.raw("<p>What casehard does not write, since only the owner can decide or supply the value; the worst first.</p>\n");
    let rest = all.split_off(all.len().min(SHOWN));
    rows(outcome, &all, page);
    if !rest.is_empty() {
        page.raw("<details><summary>").number(rest.len()).raw(" more</summary>\n");
        rows(outcome, &rest, page);
        page.raw("</details>\n");
    }
    page.raw("</section>\n");
}

/// How many are shown without being asked for.
const SHOWN: usize = 20;

fn rows(outcome: &Outcome, all: &[&Reported], page: &mut Page) {
    page.raw("<div class=wide role=region tabindex=0 aria-label=\"What is yours to decide\"><table>\n<thead><tr><th scope=col>Whom</th><th scope=col>Rule</th><th scope=col>What, and what to do</th></tr></thead>\n<tbody>\n");
    for it in all {
        page.raw("<tr><th scope=row>").text(&it.finding.subject).raw("<span class=sub>");
        place(outcome, it, page);
        page.raw("</span></th><td>").filter("rule", it.finding.rule).raw(" ");
        severity(it.finding.severity, page);
        page.raw("</td><td>").text(&it.finding.message).raw("<span class=sub>");
        page.text(it.finding.advice.as_deref().unwrap_or("it has no fix"))
            .raw("</span></td></tr>\n");
    }
    page.raw("</tbody></table></div>\n");
}

fn place(outcome: &Outcome, it: &Reported, page: &mut Page) {
    page.text(&format!("{}:{}", path(&outcome.files[it.file].path), it.place().0));
}

/// What its owners allow, the first that ends first.
pub(super) fn waived(outcome: &Outcome, page: &mut Page) {
    let mut all: Vec<_> = outcome.waivers.iter().collect();
    all.sort_by_key(|it| (it.until.is_none(), it.until, it.file, it.span.start));
    page.raw("<section id=waived aria-labelledby=waived-h>\n<h2 id=waived-h>Waived</h2>\n");
    if all.is_empty() {
        page.raw("<p>No waiver holds here.</p>\n</section>\n");
        return;
    }
    page.raw("<div class=wide role=region tabindex=0 aria-label=Waivers><table>\n<thead><tr><th scope=col>Where</th><th scope=col>Rules</th><th scope=col>Why</th><th scope=col>Until</th><th scope=col class=n>Findings</th></tr></thead>\n<tbody>\n");
    for it in all {
        let form = match it.form {
            Form::Comment => "a comment",
            Form::Annotation => "an annotation",
            Form::Configuration => "the configuration",
        };
        page.raw("<tr><th scope=row>");
        match outcome.files.get(it.file) {
            Some(file) => {
                let line = file.now().tree.position(it.span.start).line;
                page.text(&format!("{}:{line}", path(&file.path)))
            }
            None => page.text("casehard.toml"),
        };
        page.raw("<span class=sub>").text(form).raw("</span></th>");
        page.element("td", &[], &it.rules.join(", ")).element("td", &[], &it.reason);
        let until = it.until.map_or("no end".to_owned(), |it| it.to_string());
        page.element("td", &[], &until).count(it.covered()).raw("</tr>\n");
    }
    page.raw("</tbody></table></div>\n</section>\n");
}

/// Whether something was not judged.
pub(super) fn has_unjudged(outcome: &Outcome) -> bool {
    !outcome.problems.is_empty() || outcome.is_failed() || outcome.remarks.iter().any(is_left_alone)
}

/// Whether there is more to know of what was judged.
pub(super) fn has_remarks(outcome: &Outcome) -> bool {
    !outcome.remarks.iter().all(is_left_alone)
}

fn is_left_alone(it: &Remark) -> bool {
    !it.names.is_empty()
}

/// What could not be judged, and what was left alone.
pub(super) fn unjudged(outcome: &Outcome, page: &mut Page) {
    if !has_unjudged(outcome) {
        return;
    }
    page.raw(
        "<section id=unjudged aria-labelledby=unjudged-h>\n<h2 id=unjudged-h>Not judged</h2>\n",
    );
    let failed = outcome.files.iter().filter_map(|it| match &it.state {
        FileState::Failed(why) => Some((path(&it.path), why.clone())),
        FileState::Same | FileState::Changed => None,
    });
    let problems = outcome.problems.iter().map(|it| {
        let place = it.at();
        (format!("{}{place}", path(&it.path)), it.message.clone())
    });
    let remarks = outcome.remarks.iter().filter(|it| is_left_alone(it)).map(remark);
    list(failed.chain(problems).chain(remarks), page);
}

/// What else is to be known of files that were judged.
pub(super) fn remarks(outcome: &Outcome, page: &mut Page) {
    if !has_remarks(outcome) {
        return;
    }
    page.raw("<section id=remarks aria-labelledby=remarks-h>\n<h2 id=remarks-h>To know</h2>\n");
    list(outcome.remarks.iter().filter(|it| !is_left_alone(it)).map(remark), page);
}

fn remark(it: &Remark) -> (String, String) {
    let line = it.line.map_or(String::new(), |it| format!(":{it}"));
    (format!("{}{line}", path(&it.path)), it.sentence())
}

fn list(all: impl Iterator<Item = (String, String)>, page: &mut Page) {
    page.raw("<ul>\n");
    for (place, what) in all {
        page.raw("<li>").element("code", &[], &place).raw(" ").text(&what).raw("</li>\n");
    }
    page.raw("</ul>\n</section>\n");
}
