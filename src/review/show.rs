//! What the review prints: containers, findings, fixes, as lines that fit the terminal.

use std::path::Path;

pub(super) use crate::report::style::{BOLD, DIM, paint};
use textwrap::{Options, WordSplitter};

use super::board::{Board, Question};
use crate::finding::Finding;
use crate::mend::title;
use crate::report::full::{first_sentence, place};
use crate::report::style;
use crate::rules;

/// The text without what would steer the terminal or show it in another order than it is written.
pub(super) fn clean(text: &str) -> String {
    crate::report::shown::clean(text).into_owned()
}

/// Lines of at most that width, those after the first indented.
pub(super) fn wrap(text: &str, width: usize, indent: &str) -> String {
    let options = Options::new(width.max(indent.len() + 10)).subsequent_indent(indent);
    // Names of images, options and files are not to be taken apart at their hyphens.
    textwrap::fill(text, options.word_splitter(WordSplitter::NoHyphenation))
}

/// The last part of a path: the whole of it stands above the questions.
pub(super) fn file_name(path: &Path) -> String {
    clean(&path.file_name().unwrap_or(path.as_os_str()).to_string_lossy())
}

/// A text cut to that width, so that it takes one line.
pub(super) fn fit(text: &str, width: usize) -> String {
    console::truncate_str(text, width, "..").into_owned()
}

/// The line that opens a file.
pub(super) fn file_line(board: &Board<'_>, number: usize, width: usize) -> String {
    let bench = &board.benches[number];
    let asked = board.asked();
    let place = asked.iter().position(|it| *it == number).unwrap_or(0) + 1;
    let containers = bench.container_count(&board.policy);
    let count = crate::report::summary::count;
    let text = format!(
        "{} (file {place} of {}): {} in {}",
        clean(&super::name(&board.projects[number])),
        asked.len(),
        count(bench.count(&board.policy), "finding"),
        count(containers, "container"),
    );
    paint(BOLD, &wrap(&text, width, "  "))
}

/// The lines that open a container: what it is, and what is asked of it.
pub(super) fn container(board: &Board<'_>, (number, position): Question, width: usize) -> String {
    let bench = &board.benches[number];
    let first = bench.at(position);
    let subject = bench.subject(first.container);
    let name = subject.map_or(&*first.subject, |it| &*it.name);
    let at = bench.container_number(&board.policy, position);
    let count = bench.container_count(&board.policy);
    let title = match bench.image(first.container) {
        Some(image) => format!("{}, image {}", clean(name), clean(image)),
        None => clean(name),
    };
    let title = wrap(&format!("{title} ({at} of {count})"), width, "  ");
    let mut lines = vec![paint(BOLD, &title)];
    lines.extend(bench.siblings(position).map(|it| fit(&outline(bench.at(it)), width)));
    let raises = bench.analysis.raises();
    let raise = raises.get(&first.container).map(|it| format!("  to be sure: {it}"));
    lines.extend(raise.map(|it| wrap(&clean(&it), width, "    ")));
    lines.join("\n")
}

/// A finding in one line: how bad, how sure, what is done.
pub(super) fn outline(finding: &Finding) -> String {
    let what = match finding.fixes.first() {
        Some(fix) => &*fix.title,
        None => &*finding.message,
    };
    let confidence = finding.confidence();
    format!(
        "  {} {} {}: {}",
        paint(style::severity(finding.severity), &format!("{:<8}", finding.severity.name())),
        paint(style::confidence(confidence), &format!("{:<6}", confidence.name())),
        finding.rule,
        clean(what)
    )
}

/// A finding: where it is, what is wrong, why it matters, what would be done and what may break.
pub(super) fn finding(board: &Board<'_>, (number, position): Question, width: usize) -> String {
    let bench = &board.benches[number];
    let finding = bench.at(position);
    let file = bench.file(finding.site.file);
    let (line, column) = place(&file.tree, finding.site.span.start);
    let severity = paint(style::severity(finding.severity), finding.severity.name());
    let head = format!(
        "[{}/{}] {} {severity} {}:{line}:{column}",
        bench.number(&board.policy, position),
        bench.count(&board.policy),
        paint(BOLD, finding.rule),
        file_name(&file.path),
    );
    let mut lines = vec![wrap(&head, width, "  ")];
    let mut add = |text: String| lines.push(wrap(&format!("  {}", clean(&text)), width, "    "));
    add(format!("{}: {}", finding.subject, finding.message));
    if let Some(rule) = rules::find(finding.rule) {
        add(first_sentence(rule.docs));
    }
    for (number, fix) in finding.fixes.iter().enumerate() {
        let word = if number == 0 { "fix" } else { "or, with c" };
        let title = title(&bench.files, finding, fix);
        add(format!("{word}: {title} ({}: {})", fix.confidence.name(), fix.basis));
        if let Some(risk) = &fix.may_break {
            add(format!("may break: {risk}"));
        }
    }
    if let Some(advice) = &finding.advice {
        add(format!("advice: {advice}"));
    }
    lines.join("\n")
}

/// A remark of the review itself.
pub(super) fn remark(text: &str, width: usize) -> String {
    let lines = text.lines().map(|it| wrap(&clean(it), width, "  "));
    paint(DIM, &lines.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_a_narrow_terminal() {
        let text = wrap("  may break: files and volumes that belong to root, ports", 40, "    ");
        assert!(text.lines().all(|it| it.len() <= 40), "{text}");
        assert!(text.lines().count() == 2 && text.lines().nth(1).unwrap().starts_with("    "));
        assert!(wrap("wide", 0, "    ").contains("wide"));
        assert_eq!(fit("abcdef", 5), "abc..");
    }
}
