//! Numbers of things, in words.

use crate::source::{Passed, Why};

/// What was passed over, as the end of a sentence; nothing where nothing was.
pub fn passed_over(counts: &[String]) -> Option<String> {
    (!counts.is_empty()).then(|| format!("passed over: {}", counts.join(", ")))
}

/// How many things were passed over for each reason.
pub fn by_reason(passed: &[Passed]) -> Vec<String> {
    let mut reasons: Vec<&Why> = passed.iter().map(|it| &it.why).collect();
    reasons.sort();
    let mut counts: Vec<(&str, &str, usize)> = Vec::new();
    for (one, many) in reasons.into_iter().filter_map(Why::counted) {
        match counts.iter_mut().find(|it| it.0 == one) {
            Some(it) => it.2 += 1,
            None => counts.push((one, many, 1)),
        }
    }
    let text = |(one, many, number)| format!("{number} {}", if number == 1 { one } else { many });
    counts.into_iter().map(text).collect()
}

/// `1 file`, `2 files`.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// So many fixes, in words.
pub fn count_fixes(number: usize) -> String {
    if number == 1 { "1 fix".to_owned() } else { format!("{number} fixes") }
}
