//! Markdown, as a comment on a change or a page of a wiki: totals, a table by rule, the findings of each file folded.

use std::fmt::Write as _;

use super::closing::{became, count, gone, rest};
use super::json::path;
use super::shown::{Shown, clean};
use crate::finding::Confidence;
use crate::outcome::{Count, FileState, Outcome, Reported, State, by_rule};

/// The page of a run.
pub fn render(outcome: &Outcome) -> Shown {
    let numbers = Count::of(outcome);
    let mut page = String::from("## casehard\n\n");
    let looked =
        format!("{} of {}", count(numbers.containers, "container"), count(numbers.files, "file"));
    let left = numbers.remaining();
    let _ = match became(outcome.action) {
        None => writeln!(page, "**{}** in {looked}.", count(left, "finding")),
        Some((fixed, kept)) => writeln!(
            page,
            "**{}** {fixed} in {}, {left} {kept} in {looked}.",
            count(numbers.fixed, "finding"),
            count(numbers.written, "file"),
        ),
    };
    let rest = rest(outcome, &numbers);
    if !rest.is_empty() {
        let _ = writeln!(page, "\n{}.", cell(&rest.join(", ")));
    }
    if let Some(gone) = gone(outcome) {
        let _ = writeln!(page, "\n{gone}.");
    }
    table(outcome, &mut page);
    for (number, file) in outcome.files.iter().enumerate() {
        let of_file = || outcome.findings.iter().filter(move |it| it.file == number);
        let (fixed, left): (Vec<_>, Vec<_>) = (
            of_file().filter(|it| it.state == State::Fixed).collect(),
            of_file().filter(|it| it.is_left()).collect(),
        );
        if fixed.is_empty() && left.is_empty() {
            continue;
        }
        let parts = [(fixed.len(), "fixed"), (left.len(), "left")];
        let parts: Vec<String> =
            parts.iter().filter(|it| it.0 > 0).map(|it| format!("{} {}", it.0, it.1)).collect();
        let name = html(&path(&file.path));
        let _ = writeln!(
            page,
            "\n<details><summary><code>{name}</code>: {}</summary>\n",
            parts.join(", ")
        );
        page += "| line | whom | rule | what | fix |\n| ---: | --- | --- | --- | --- |\n";
        fixed.iter().chain(&left).for_each(|it| row(it, &mut page));
        page += "\n</details>\n";
    }
    problems(outcome, &mut page);
    Shown::own(&page)
}

fn table(outcome: &Outcome, page: &mut String) {
    let rows = by_rule(outcome);
    if rows.is_empty() {
        return;
    }
    *page += "\n| rule | safe | likely | risky | manual |\n| --- | ---: | ---: | ---: | ---: |\n";
    for (rule, numbers) in rows {
        let of = |it: Confidence| match numbers[it as usize] {
            0 => String::new(),
            number => number.to_string(),
        };
        let _ = writeln!(
            page,
            "| `{rule}` | {} | {} | {} | {} |",
            of(Confidence::Safe),
            of(Confidence::Likely),
            of(Confidence::Risky),
            of(Confidence::Manual)
        );
    }
}

fn row(it: &Reported, page: &mut String) {
    let finding = &it.finding;
    let fix = match (&it.state, finding.fixes.first(), &finding.advice) {
        (State::Fixed, Some(fix), _) => format!("**{}**", cell(&fix.title)),
        (State::Refused(why), ..) => format!("refused: {}", cell(why)),
        (_, Some(fix), _) => format!("{}: {}", fix.confidence.name(), cell(&fix.title)),
        (_, None, Some(advice)) => format!("manual: {}", cell(advice)),
        (_, None, None) => "manual".to_owned(),
    };
    let _ = writeln!(
        page,
        "| {} | {} | `{}` ({}) | {} | {fix} |",
        it.place().0,
        cell(&finding.subject),
        finding.rule,
        finding.severity,
        cell(&finding.message)
    );
}

fn problems(outcome: &Outcome, page: &mut String) {
    let failed = outcome.files.iter().filter_map(|it| match &it.state {
        FileState::Failed(why) => Some((path(&it.path), why.as_str())),
        FileState::Same | FileState::Changed => None,
    });
    let failed: Vec<_> = failed.collect();
    if outcome.problems.is_empty() && failed.is_empty() {
        return;
    }
    *page += "\nNot judged, or not written:\n\n";
    for (path, why) in failed {
        let _ = writeln!(page, "- <code>{}</code>: {}", html(&path), cell(why));
    }
    for it in &outcome.problems {
        let place = it.at();
        let _ = writeln!(
            page,
            "- <code>{}{place}</code>: {}",
            html(&path(&it.path)),
            cell(&it.message)
        );
    }
}

/// Text that stays text: no tag, no link, no mention, no cell that ends early. What stands between backticks is code.
pub(super) fn cell(text: &str) -> String {
    let mut out = String::new();
    let in_pairs = text.matches('`').count().is_multiple_of(2);
    let mut is_code = false;
    for it in html(text).chars() {
        if it == '`' && in_pairs {
            // In a span of Markdown's own no escape holds, and a cell ends at each bar.
            is_code = !is_code;
            out.push_str(if is_code { "<code>" } else { "</code>" });
            continue;
        }
        if matches!(it, '|' | '`' | '\\' | '*' | '_' | '[' | ']' | '!' | '~' | '@' | '#') {
            out.push('\\');
        }
        out.push(it);
    }
    out
}

/// Text as it stands in code.
pub(super) fn code(text: &str) -> String {
    format!("<code>{}</code>", html(text))
}

/// Text as it stands in a tag.
fn html(text: &str) -> String {
    clean(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_backticks_is_code_and_stays_as_it_is() {
        assert_eq!(cell("set `a_b|<c>` now"), "set <code>a\\_b\\|&lt;c&gt;</code> now");
        assert_eq!(cell("one ` alone_"), "one \\` alone\\_");
    }
}
