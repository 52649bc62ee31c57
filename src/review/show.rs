//! What the review prints: containers, findings, fixes, as lines that fit the terminal.

use std::path::Path;

use anstyle::{AnsiColor, Style};
use textwrap::{Options, WordSplitter};

use super::session::Session;
use crate::finding::{Confidence, Finding, Severity};
use crate::mend::{Analysis, Shared};
use crate::outcome::title;
use crate::report::full::{first_sentence, place};
use crate::rules;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// The text in a style.
pub(super) fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

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
pub(super) fn file_line(
    name: &str,
    number: (usize, usize),
    session: &Session,
    width: usize,
) -> String {
    let (_, containers) = session.container_place();
    let (_, findings) = session.place();
    let count = crate::report::summary::count;
    let text = format!(
        "{} (file {} of {}): {} in {}",
        clean(name),
        number.0,
        number.1,
        count(findings, "finding"),
        count(containers, "container"),
    );
    paint(BOLD, &wrap(&text, width, "  "))
}

/// The lines that open a container: what it is, and its fixes.
pub(super) fn container(analysis: &Analysis, session: &Session, width: usize) -> String {
    let findings = &analysis.judged.open;
    let asked = session.of_container();
    let Some(first) = asked.first().map(|it| &findings[*it]) else { return String::new() };
    let subject = analysis.subjects.iter().find(|it| it.id == first.container);
    let name = subject.map_or(&*first.subject, |it| &*it.name);
    let image = subject.and_then(|it| it.image.as_deref());
    let (at, count) = session.container_place();
    let title = match image {
        Some(image) => format!("{}, image {}", clean(name), clean(image)),
        None => clean(name),
    };
    let title = wrap(&format!("{title} ({} of {count})", at + 1), width, "  ");
    let mut lines = vec![paint(BOLD, &title)];
    lines.extend(asked.iter().map(|it| fit(&outline(&findings[*it]), width)));
    let raises = analysis.raises();
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
        paint(severity_style(finding.severity), &format!("{:<8}", finding.severity.name())),
        paint(confidence_style(confidence), &format!("{:<6}", confidence.name())),
        finding.rule,
        clean(what)
    )
}

/// A finding: where it is, what is wrong, why it matters, what would be done and what may break.
pub(super) fn finding(
    files: &[Shared],
    finding: &Finding,
    number: (usize, usize),
    width: usize,
) -> String {
    let file = &files[finding.site.file.0 as usize];
    let (line, column) = place(&file.tree, finding.site.span.start);
    let severity = paint(severity_style(finding.severity), finding.severity.name());
    let head = format!(
        "[{}/{}] {} {severity} {}:{line}:{column}",
        number.0 + 1,
        number.1,
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
        let title = title(files, finding, fix);
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

fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Critical | Severity::High => AnsiColor::Red.on_default().bold(),
        Severity::Medium | Severity::Low => AnsiColor::Yellow.on_default(),
        Severity::Info => AnsiColor::Cyan.on_default(),
    }
}

fn confidence_style(confidence: Confidence) -> Style {
    match confidence {
        Confidence::Safe | Confidence::Likely => AnsiColor::Green.on_default(),
        Confidence::Risky => AnsiColor::Yellow.on_default(),
        Confidence::Manual => DIM,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mend::fixtures;

    #[test]
    fn lines_fit_a_narrow_terminal() {
        let text = wrap("  may break: files and volumes that belong to root, ports", 40, "    ");
        assert!(text.lines().all(|it| it.len() <= 40), "{text}");
        assert!(text.lines().count() == 2 && text.lines().nth(1).unwrap().starts_with("    "));
        assert!(wrap("wide", 0, "    ").contains("wide"));
        assert_eq!(fit("abcdef", 5), "abc..");
    }

    #[test]
    fn a_finding_says_what_is_done_how_sure_and_why() {
        let (files, ..) = fixtures::project("services:\n  web:\n    image: a\n");
        let risky = fixtures::finding(0, Confidence::Risky);
        let text = finding(&files, &risky, (0, 2), 80);
        let text = anstream::adapter::strip_str(&text).to_string();
        assert!(text.starts_with("[1/2] privileged high compose.yaml:1:1\n"), "{text}");
        assert!(text.contains("fix: set it (risky: nothing)"), "{text}");
    }
}
