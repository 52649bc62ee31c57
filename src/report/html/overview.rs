//! How much of the posture is held: by all, and by folder, rule and image.

use std::collections::BTreeMap;

use super::page::Page;
use crate::finding::Confidence;
use crate::outcome::{Held, Outcome, PosturePair, State, held};
use crate::posture::{Holds, Question};
use crate::report::json::path;
use crate::report::posture::asked;
use crate::rules;

/// How many containers hold each of the eight, before and after.
pub(super) fn held_by_all(outcome: &Outcome, page: &mut Page) {
    let all = held(asked(outcome).map(|it| it.1));
    page.raw("<section id=posture aria-labelledby=posture-h>\n<h2 id=posture-h>Posture</h2>\n");
    page.raw("<p>What a container is to hold, and how many of them do: as the files are, and after the fixes that <code>casehard fix --yes</code> writes.</p>\n");
    page.raw("<div class=wide role=region tabindex=0 aria-label=\"Posture of all containers\"><table class=held>\n<thead><tr><th scope=col>Containers that …</th><th scope=col class=n>Before</th><th scope=col class=n>After</th><th scope=col class=n>Unknown</th><th scope=col class=n>Of</th><th scope=col class=bars>Share</th></tr></thead>\n<tbody>\n");
    for question in Question::ALL {
        let held = &all[question as usize];
        let (before, after) = (held.before[Holds::Yes as usize], held.after[Holds::Yes as usize]);
        page.raw("<tr><th scope=row>");
        page.element("a", &[("href", &format!("#not={}", question.name()))], question.wanted());
        page.raw("</th><td class=n>").number(before).raw("</td><td class=n>").number(after);
        page.raw("</td>").count(held.after[Holds::Unknown as usize]);
        page.raw("<td class=n>").number(held.asked()).raw("</td><td class=bars>");
        bar(held, page);
        page.raw("</td></tr>\n");
    }
    page.raw("</tbody></table></div>\n<p class=note><i class=was></i> held before <i class=won></i> held by the fixes <i class=open></i> not known here. A link shows the containers that do not hold it after the fixes.</p>\n</section>\n");
}

/// A picture of what the numbers beside it say.
fn bar(held: &Held, page: &mut Page) {
    let percent = |number: usize| format!("{}%", number * 100 / held.asked().max(1));
    let (before, after) = (held.before[Holds::Yes as usize], held.after[Holds::Yes as usize]);
    let unknown = held.after[Holds::Unknown as usize];
    page.raw("<span class=bar aria-hidden=true>");
    page.element(
        "i",
        &[("class", "was"), ("style", &format!("width:{}", percent(before.min(after))))],
        "",
    );
    let more = after.saturating_sub(before);
    page.element("i", &[("class", "won"), ("style", &format!("width:{}", percent(more)))], "");
    page.element("i", &[("class", "open"), ("style", &format!("width:{}", percent(unknown)))], "");
    page.raw("</span>");
}

/// The findings of each rule.
pub(super) fn rules(outcome: &Outcome, page: &mut Page) {
    let mut rows: BTreeMap<usize, [usize; 7]> = BTreeMap::new();
    for it in &outcome.findings {
        let place = rules::ALL.iter().position(|rule| rule.id == it.finding.rule);
        let row = rows.entry(place.unwrap_or(usize::MAX)).or_default();
        row[match it.state {
            State::Fixed => 0,
            State::Waived(_) => 5,
            State::Known => 6,
            State::Open | State::Refused(_) => match it.finding.confidence() {
                Confidence::Safe => 1,
                Confidence::Likely => 2,
                Confidence::Risky => 3,
                Confidence::Manual => 4,
            },
        }] += 1;
    }
    page.raw("<section id=rules aria-labelledby=rules-h>\n<h2 id=rules-h>Rules</h2>\n");
    if rows.is_empty() {
        page.raw("<p>Nothing was found.</p>\n</section>\n");
        return;
    }
    page.raw("<p>What was found, by the confidence of the best fix: safe and likely ones are written by <code>casehard fix --yes</code>, risky ones are reviewed, manual ones are yours to decide.</p>\n");
    // Columns in which nothing stands only take room.
    let there: Vec<usize> = (0..7).filter(|at| rows.values().any(|it| it[*at] > 0)).collect();
    page.raw("<div class=wide role=region tabindex=0 aria-label=\"Findings by rule\"><table>\n<thead><tr><th scope=col>Rule</th><th scope=col>Severity</th>");
    for &at in &there {
        page.element("th", &[("scope", "col"), ("class", "n")], COLUMNS[at]);
    }
    page.raw("</tr></thead>\n<tbody>\n");
    for (place, row) in rows {
        let Some(rule) = rules::ALL.get(place) else { continue };
        page.raw("<tr><th scope=row>").filter("rule", rule.id);
        page.raw("<span class=sub>").text(rule.summary).raw("</span></th><td>");
        severity(rule.severity, page);
        page.raw("</td>");
        for &at in &there {
            page.count(row[at]);
        }
        page.raw("</tr>\n");
    }
    page.raw("</tbody></table></div>\n</section>\n");
}

/// What findings of a rule can be.
const COLUMNS: [&str; 7] =
    ["Fixed", "Safe", "Likely", "Risky", "Manual", "Waived", "In the baseline"];

/// A severity, by its name and its weight.
pub(super) fn severity(it: crate::finding::Severity, page: &mut Page) {
    let name = it.to_string();
    page.element("span", &[("class", &format!("s {name}"))], &name);
}

/// What each folder holds.
pub(super) fn folders(outcome: &Outcome, page: &mut Page) {
    let folder = |at: usize| {
        let path = path(&outcome.files[at].path);
        path.rsplit_once('/').map_or(".".to_owned(), |it| it.0.to_owned())
    };
    let mut groups: BTreeMap<String, Group<'_>> = BTreeMap::new();
    for (at, container) in outcome.containers.iter().enumerate() {
        if let Some(pair) =
            container.posture.as_ref().filter(|_| outcome.files[container.file].named)
        {
            groups.entry(folder(container.file)).or_default().add(at, pair);
        }
    }
    page.raw("<section id=folders aria-labelledby=folders-h>\n<h2 id=folders-h>Folders</h2>\n");
    table(("Folder", "folder"), groups, &left(outcome), page);
    page.raw("</section>\n");
}

/// What the containers of each image hold.
pub(super) fn images(outcome: &Outcome, page: &mut Page) {
    let mut groups: BTreeMap<String, Group<'_>> = BTreeMap::new();
    for (at, container) in outcome.containers.iter().enumerate() {
        if let Some(pair) =
            container.posture.as_ref().filter(|_| outcome.files[container.file].named)
        {
            let image = container.image.as_deref().unwrap_or("(built here, or not named)");
            groups.entry(image.to_owned()).or_default().add(at, pair);
        }
    }
    page.raw("<section id=images aria-labelledby=images-h>\n<h2 id=images-h>Images</h2>\n");
    table(("Image", "image"), groups, &left(outcome), page);
    page.raw("</section>\n");
}

/// Containers that are told together.
#[derive(Default)]
struct Group<'o> {
    containers: Vec<usize>,
    pairs: Vec<&'o PosturePair>,
}

impl<'o> Group<'o> {
    fn add(&mut self, container: usize, pair: &'o PosturePair) {
        self.containers.push(container);
        self.pairs.push(pair);
    }
}

/// How many findings are left of each container.
fn left(outcome: &Outcome) -> Vec<usize> {
    let mut all = vec![0; outcome.containers.len()];
    let left = outcome.findings.iter().filter(|it| it.is_left());
    left.filter_map(|it| it.container).for_each(|it| all[it] += 1);
    all
}

/// How many rows are shown without being asked for.
const SHOWN: usize = 15;

fn table(
    (head, key): (&'static str, &'static str),
    groups: BTreeMap<String, Group<'_>>,
    left: &[usize],
    page: &mut Page,
) {
    let findings = |it: &Group<'_>| it.containers.iter().map(|it| left[*it]).sum::<usize>();
    let mut rows: Vec<(usize, String, Group<'_>)> =
        groups.into_iter().map(|(name, it)| (findings(&it), name, it)).collect();
    rows.sort_by(|a, b| (b.0, &a.1).cmp(&(a.0, &b.1)));
    if rows.is_empty() {
        page.raw("<p>There is no container.</p>\n");
        return;
    }
    page.raw(
        "<p>How many containers hold each of the eight after the fixes, most findings first.</p>\n",
    );
    let rest = rows.split_off(rows.len().min(SHOWN));
    rows_of((head, key), rows, page);
    if !rest.is_empty() {
        page.raw("<details><summary>").number(rest.len()).raw(" more</summary>\n");
        rows_of((head, key), rest, page);
        page.raw("</details>\n");
    }
}

fn rows_of(
    (head, key): (&'static str, &'static str),
    rows: Vec<(usize, String, Group<'_>)>,
    page: &mut Page,
) {
    page.open(
        "div",
        &[("class", "wide"), ("role", "region"), ("tabindex", "0"), ("aria-label", head)],
    );
    page.raw("<table>\n<thead><tr>").element("th", &[("scope", "col")], head);
    page.raw("<th scope=col class=n>Left</th><th scope=col class=n>Containers</th>");
    for question in Question::ALL {
        page.element(
            "th",
            &[("scope", "col"), ("class", "n"), ("title", question.wanted())],
            question.name(),
        );
    }
    page.raw("</tr></thead>\n<tbody>\n");
    for (findings, name, group) in rows {
        page.raw("<tr><th scope=row class=path>").filter(key, &name).raw("</th>").count(findings);
        page.raw("<td class=n>").number(group.pairs.len()).raw("</td>");
        let all = held(group.pairs.into_iter());
        for question in Question::ALL {
            let held = &all[question as usize];
            let yes = held.after[Holds::Yes as usize];
            let class = match yes {
                yes if yes == held.asked() => "n y",
                0 => "n x",
                _ => "n",
            };
            page.open("td", &[("class", class)]).number(yes).raw("</td>");
        }
        page.raw("</tr>\n");
    }
    page.raw("</tbody></table></div>\n");
}
