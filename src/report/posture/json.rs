//! The decision checklist for programs, in a versioned structure.

use schemars::JsonSchema;
use serde::Serialize;

use super::asked;
use crate::outcome::{Outcome, held};
use crate::posture::{self, By, Holds, Question, Value};
use crate::report::json::{PathEntry, path};
use crate::report::shown::Shown;

/// The version of this structure: it changes where a reader of the one before would go wrong.
const VERSION: u32 = 1;

/// The checklist of every container.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "The posture of containers before and after the fixes of casehard")]
struct Report<'o> {
    /// The version of this structure.
    version: u32,
    /// How many containers hold what.
    summary: Vec<Line>,
    containers: Vec<Container<'o>>,
}

/// How many containers hold one thing.
#[derive(Serialize, JsonSchema)]
struct Line {
    question: &'static str,
    asks: &'static str,
    before: Count,
    after: Count,
}

#[derive(Serialize, JsonSchema)]
struct Count {
    yes: usize,
    no: usize,
    unknown: usize,
    inapplicable: usize,
}

#[derive(Serialize, JsonSchema)]
struct Container<'o> {
    #[serde(flatten)]
    path: PathEntry,
    /// From one.
    line: usize,
    /// `service web`, `Deployment/api container app`.
    name: &'o str,
    /// As written.
    image: Option<&'o str>,
    /// Eight of them, in the order of the checklist.
    questions: Vec<Asked<'o>>,
}

#[derive(Serialize, JsonSchema)]
struct Asked<'o> {
    question: &'static str,
    before: Answer<'o>,
    /// After the fixes, where that is another answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Answer<'o>>,
}

#[derive(Serialize, JsonSchema)]
struct Answer<'o> {
    /// Whether the posture is held: `yes`, `no`, `unknown`, `inapplicable`.
    holds: &'static str,
    parts: Vec<Part<'o>>,
}

/// One thing that is told: one of `value`, `values`, `refused` and `unknown` is there.
#[derive(Serialize, JsonSchema)]
struct Part<'o> {
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'o str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<&'o [String]>,
    /// Why no container starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<&'o str>,
    /// What would make it known.
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown: Option<&'o str>,
    by: Source<'o>,
}

/// Who says so.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "source", rename_all = "lowercase")]
enum Source<'o> {
    /// A file.
    File {
        path: String,
        /// From one.
        line: usize,
        /// Whether a variable takes part, whose default holds here.
        variable: bool,
    },
    /// The Dockerfile that it is built from.
    Dockerfile { words: &'o str },
    /// What is known of images.
    Image {
        /// `casehard images` lists them.
        entry: &'o str,
        /// Whether it was read at its source for this image.
        read: bool,
    },
    /// The default of the engine or the cluster.
    Default,
    /// Nobody.
    Nobody,
}

/// One value.
pub fn render(outcome: &Outcome) -> Shown {
    let all = held(asked(outcome).map(|it| it.1));
    let summary = Question::ALL.into_iter().zip(all).map(|(question, held)| Line {
        question: question.name(),
        asks: question.asks(),
        before: count(held.before),
        after: count(held.after),
    });
    let containers = asked(outcome).map(|(container, pair)| Container {
        path: PathEntry::of(&outcome.files[container.file].path),
        line: container.line,
        name: &container.name,
        image: container.image.as_deref(),
        questions: Question::ALL
            .into_iter()
            .map(|question| {
                let (before, after) = pair.answers(question);
                Asked {
                    question: question.name(),
                    before: answer(before),
                    after: after.map(answer),
                }
            })
            .collect(),
    });
    let report =
        Report { version: VERSION, summary: summary.collect(), containers: containers.collect() };
    Shown::value(&report, true)
}

/// The JSON Schema of the structure.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Report<'_>).to_value()
}

fn count(of: [usize; 4]) -> Count {
    Count {
        yes: of[Holds::Yes as usize],
        no: of[Holds::No as usize],
        unknown: of[Holds::Unknown as usize],
        inapplicable: of[Holds::Inapplicable as usize],
    }
}

fn answer(it: &posture::Answer) -> Answer<'_> {
    Answer { holds: it.holds.name(), parts: it.parts.iter().map(part).collect() }
}

fn part(it: &posture::Part) -> Part<'_> {
    let none = Part {
        name: it.name,
        value: None,
        values: None,
        refused: None,
        unknown: None,
        by: source(&it.by),
    };
    match &it.value {
        Value::Is(text) => Part { value: Some(text), ..none },
        Value::All(all) => Part { values: Some(all), ..none },
        Value::Refused(why) => Part { refused: Some(why), ..none },
        Value::Unknown(how) => Part { unknown: Some(how), ..none },
    }
}

fn source(by: &By) -> Source<'_> {
    match by {
        By::File(place) => {
            Source::File { path: path(&place.path), line: place.line, variable: place.varies }
        }
        By::Dockerfile(words) => Source::Dockerfile { words },
        By::Image { entry, read } => Source::Image { entry, read: *read },
        By::Default => Source::Default,
        By::Nobody => Source::Nobody,
    }
}
