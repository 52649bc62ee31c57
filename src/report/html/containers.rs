//! The containers, file by file: the checklist of each, what was found, what is changed.

use std::collections::{BTreeMap, BTreeSet};

use super::diffs::{self, Hunk};
use super::overview::severity;
use super::page::Page;
use crate::outcome::{Action, Container, Outcome, PosturePair, Reported, State};
use crate::posture::{Answer, Holds, Question};
use crate::report::json::path;
use crate::report::posture::words;
use crate::report::summary::count;

/// What is told of the containers of a run.
struct Told<'o> {
    outcome: &'o Outcome,
    /// The findings of each container.
    of: Vec<Vec<&'o Reported>>,
    /// Those of each file that are about no container.
    of_file: Vec<Vec<&'o Reported>>,
}

/// All of them, with what filters them.
pub(super) fn containers(outcome: &Outcome, page: &mut Page) {
    let mut told = Told {
        outcome,
        of: vec![Vec::new(); outcome.containers.len()],
        of_file: vec![Vec::new(); outcome.files.len()],
    };
    for it in &outcome.findings {
        match it.container {
            Some(number) => told.of[number].push(it),
            None => told.of_file[it.file].push(it),
        }
    }
    page.raw("<section id=containers aria-labelledby=containers-h>\n<h2 id=containers-h>Containers</h2>\n");
    form(outcome, page);
    let mut by_file: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, it) in outcome.containers.iter().enumerate() {
        by_file.entry(it.file).or_default().push(number);
    }
    for number in (0..outcome.files.len()).filter(|it| outcome.files[*it].named) {
        let own = by_file.remove(&number).unwrap_or_default();
        if !own.is_empty() || !told.of_file[number].is_empty() {
            told.file(number, &own, page);
        }
    }
    page.raw("</section>\n");
}

/// The filter, which only a script shows.
fn form(outcome: &Outcome, page: &mut Page) {
    let rules: BTreeSet<&str> = outcome.findings.iter().map(|it| it.finding.rule).collect();
    page.raw("<form id=filter role=search aria-label=\"Filter containers\" hidden>\n<p><label for=q>Search</label> <input id=q name=q type=search autocomplete=off placeholder=\"file, name, image\"></p>\n<p><label for=rule>Finding</label> <select id=rule name=rule><option value=\"\">any</option>");
    for it in rules {
        page.element("option", &[], it);
    }
    page.raw("</select></p>\n<p><label for=not>Not held after the fixes</label> <select id=not name=not><option value=\"\">any</option>");
    for it in Question::ALL {
        page.element("option", &[], it.name());
    }
    page.raw("</select></p>\n<p><button type=reset>Show all</button> <button type=button id=open>Open all shown</button></p>\n<p id=shown role=status></p>\n</form>\n");
}

impl Told<'_> {
    fn file(&self, number: usize, own: &[usize], page: &mut Page) {
        let path = path(&self.outcome.files[number].path);
        let mut diffs = diffs::of_file(self.outcome, number);
        page.open("section", &[("class", "file"), ("data-path", &path)]);
        page.raw("\n<h3 class=path>").text(&path).raw("</h3>\n");
        for &it in own {
            let hunks = diffs.remove(&Some(it)).unwrap_or_default();
            self.container(it, &hunks, page);
        }
        if !self.of_file[number].is_empty() {
            self.findings(&self.of_file[number], page);
        }
        let rest: Vec<Hunk> = diffs.into_values().flatten().collect();
        if !rest.is_empty() {
            page.raw(
                "<details class=rest><summary>What is changed beside its containers</summary>\n",
            );
            diffs::show(&rest, page);
            page.raw("</details>\n");
        }
        page.raw("</section>\n");
    }

    fn container(&self, number: usize, hunks: &[Hunk], page: &mut Page) {
        let container = &self.outcome.containers[number];
        let findings = &self.of[number];
        let rules: BTreeSet<&str> = findings.iter().map(|it| it.finding.rule).collect();
        let rules: Vec<&str> = rules.into_iter().collect();
        let not: Vec<&str> = match &container.posture {
            Some(pair) => {
                let not = Question::ALL.into_iter().filter(|it| pair.holds(*it) != Holds::Yes);
                not.map(Question::name).collect()
            }
            None => Vec::new(),
        };
        page.open(
            "article",
            &[
                ("id", &format!("c{number}")),
                ("data-rules", &rules.join(" ")),
                ("data-not", &not.join(" ")),
                ("data-image", container.image.as_deref().unwrap_or("(built here, or not named)")),
            ],
        );
        page.raw("<details><summary><h4>").text(&container.name).raw("</h4> ");
        if let Some(image) = &container.image {
            page.element("span", &[("class", "image")], image).raw(" ");
        }
        score(container, findings, page);
        page.raw("</summary>\n");
        if let Some(pair) = &container.posture {
            self.checklist(container, pair, page);
        }
        if !findings.is_empty() {
            self.findings(findings, page);
        }
        if !hunks.is_empty() {
            page.raw("<h5>What is changed</h5>\n");
            diffs::show(hunks, page);
        }
        page.raw("</details></article>\n");
    }

    fn checklist(&self, container: &Container, pair: &PosturePair, page: &mut Page) {
        let home = &self.outcome.files[container.file].path;
        page.raw("<dl class=check>\n");
        for question in Question::ALL {
            let (before, after) = pair.answers(question);
            page.raw("<div>").element("dt", &[("title", question.asks())], question.name());
            if question == Question::Debug && before.holds == Holds::Yes {
                page.raw("<dd>");
                recipes(after.unwrap_or(before), page);
            } else {
                page.raw("<dd>");
                answer(before, home, page);
                if let Some(after) = after {
                    page.raw("</dd><dd class=then><span class=to>after the fixes </span>");
                    answer(after, home, page);
                }
            }
            page.raw("</dd></div>\n");
        }
        page.raw("</dl>\n");
    }

    fn findings(&self, all: &[&Reported], page: &mut Page) {
        page.raw("<h5>What was found</h5>\n<ul class=found>\n");
        for it in all {
            let finding = &it.finding;
            page.raw("<li>");
            severity(finding.severity, page);
            page.raw(" ").element("code", &[], finding.rule).raw(" ").text(&finding.message);
            page.raw(" <span class=by>");
            let file = &self.outcome.files[it.file].path;
            let own =
                it.container.is_none_or(|number| self.outcome.containers[number].file == it.file);
            match own {
                true => page.raw("line ").number(it.place().0),
                false => page.text(&format!("{}:{}", path(file), it.place().0)),
            };
            page.raw("</span>");
            became(it, self.outcome.action, page);
            page.raw("</li>\n");
        }
        page.raw("</ul>\n");
    }
}

/// How much of the posture is held, and what is left.
fn score(container: &Container, findings: &[&Reported], page: &mut Page) {
    let left = findings.iter().filter(|it| it.is_left()).count();
    page.raw("<span class=score>");
    if let Some(pair) = &container.posture {
        let held = |it: &dyn Fn(Question) -> Holds| {
            Question::ALL.into_iter().filter(|question| it(*question) == Holds::Yes).count()
        };
        let before = held(&|it| pair.before.answer(it).holds);
        let after = held(&|it| pair.holds(it));
        page.number(before);
        if after != before {
            page.raw(" → <b>").number(after).raw("</b>");
        }
        page.raw(" of 8 held");
    }
    if left > 0 {
        page.raw(", ").text(&count(left, "finding")).raw(" left");
    }
    page.raw("</span> <span class=by>line ").number(container.line).raw("</span>");
}

/// Whether it is held, what is told, who says so.
fn answer(answer: &Answer, home: &std::path::Path, page: &mut Page) {
    let class = match answer.holds {
        Holds::Yes => "y",
        Holds::No => "x",
        Holds::Unknown => "u",
        Holds::Inapplicable => "i",
    };
    page.element("b", &[("class", class)], words::holds(answer.holds));
    for (number, it) in words::told(answer, home).into_iter().enumerate() {
        page.raw(if number == 0 { " " } else { "; " }).text(&it.what);
        if let Some(by) = it.by {
            page.raw(" ").element("span", &[("class", "by")], &format!("[{by}]"));
        }
    }
}

fn recipes(answer: &Answer, page: &mut Page) {
    for part in &answer.parts {
        if part.name == "its files" {
            page.raw("<span class=by>its root filesystem is ")
                .text(&part.value.text())
                .raw("</span>");
            continue;
        }
        match part.name {
            "command" => page.raw("<span class=by>in a shell</span><pre tabindex=0>"),
            "service" => page.raw("<span class=by>as a service beside it</span><pre tabindex=0>"),
            _ => page.raw("<span class=by>").text(part.name).raw("</span><pre tabindex=0>"),
        };
        page.lines(&part.value.text()).raw("</pre>");
    }
}

/// What became of a finding, or could.
fn became(it: &Reported, action: Action, page: &mut Page) {
    let finding = &it.finding;
    let fixed = if action == Action::Write { "fixed" } else { "would be fixed" };
    page.raw("<span class=sub>");
    match (&it.state, finding.fixes.first()) {
        (State::Fixed, Some(fix)) => {
            page.element("b", &[("class", "y")], fixed).raw(": ").text(&fix.title)
        }
        (State::Fixed, None) => page.element("b", &[("class", "y")], fixed),
        (State::Refused(why), _) => page.raw("<b class=x>refused</b>: ").text(why),
        (State::Waived(why), _) => page.raw("allowed: ").text(why),
        (State::Known, _) => page.raw("known by the baseline"),
        (State::Open, Some(fix)) => {
            page.text(fix.confidence.name()).raw(": ").text(&fix.title);
            match &fix.may_break {
                Some(what) => page.raw(", may break ").text(what),
                None => page.raw(" (").text(&fix.basis).raw(")"),
            }
        }
        (State::Open, None) => {
            page.raw("manual: ").text(finding.advice.as_deref().unwrap_or("it has no fix"))
        }
    };
    if let Some(decided) = &it.decided {
        page.raw("; ").text(&decided.text());
    }
    page.raw("</span>");
}
