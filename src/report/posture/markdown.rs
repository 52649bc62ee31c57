//! The decision checklist as Markdown: what is held of all, then a table for each container.

use std::fmt::Write as _;

use super::{asked, words};
use crate::outcome::{Outcome, held};
use crate::posture::{Holds, Question};
use crate::report::json::path;
use crate::report::markdown::{cell, code};
use crate::report::shown::Shown;
use crate::report::summary::count;

/// The page.
pub fn render(outcome: &Outcome) -> Shown {
    let mut page = String::from("## Posture\n\n");
    let all = held(asked(outcome).map(|it| it.1));
    let number = count(asked(outcome).count(), "container");
    let _ = writeln!(page, "| of {number} | before | after | unknown |");
    page += "| --- | ---: | ---: | ---: |\n";
    for question in Question::ALL {
        let held = &all[question as usize];
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} |",
            question.wanted(),
            held.before[Holds::Yes as usize],
            held.after[Holds::Yes as usize],
            held.after[Holds::Unknown as usize]
        );
    }
    for (container, pair) in asked(outcome) {
        let file = &outcome.files[container.file];
        let image =
            container.image.as_deref().map_or(String::new(), |it| format!(", {}", cell(it)));
        let place = format!("{}:{}", path(&file.path), container.line);
        let _ = writeln!(page, "\n### {}{image}\n\n{}\n", cell(&container.name), code(&place));
        page += "| question | before | after the fixes |\n| --- | --- | --- |\n";
        for question in Question::ALL.into_iter().filter(|it| *it != Question::Debug) {
            let (before, after) = pair.answers(question);
            let told = |it: &crate::posture::Answer| {
                format!("{}: {}", words::holds(it.holds), cell(&words::sentence(it, &file.path)))
            };
            let after = after.map_or("the same".to_owned(), told);
            let _ = writeln!(page, "| {} | {} | {after} |", question.asks(), told(before));
        }
        recipes(pair.after.as_ref().unwrap_or(&pair.before).answer(Question::Debug), &mut page);
    }
    Shown::own(&page)
}

fn recipes(answer: &crate::posture::Answer, page: &mut String) {
    let _ = writeln!(page, "\n{}\n", Question::Debug.asks());
    for part in &answer.parts {
        let _ = writeln!(page, "{}:\n", part.name);
        // Indented, for a fence could be closed by what stands in it.
        for line in part.value.text().lines() {
            let _ = writeln!(page, "    {line}");
        }
        page.push('\n');
    }
}
