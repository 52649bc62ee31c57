//! What the user may have meant by a word that we do not know.

/// The one of `known` that looks most like `word`, if any is close enough to be a slip.
pub fn closest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let slips = 1 + word.len() / 4;
    known
        .into_iter()
        .map(|it| (strsim::damerau_levenshtein(word, it), it))
        .filter(|(distance, _)| *distance <= slips)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, it)| it)
}

/// Says that `word` is not a `thing`, and which of `known` it may have been.
pub fn unknown<'a>(
    thing: &str,
    word: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) -> String {
    match closest(word, known.clone()) {
        Some(meant) => format!("unknown {thing} `{word}`: did you mean `{meant}`?"),
        None => {
            let known: Vec<_> = known.into_iter().collect();
            format!("unknown {thing} `{word}`: expected one of {}", known.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, expected: Option<&str>) {
        assert_eq!(closest(word, ["user", "writable", "runtime-socket"]), expected);
    }

    #[test]
    fn a_slip_is_understood_and_another_word_is_not() {
        check("writeable", Some("writable"));
        check("usr", Some("user"));
        check("runtime-scoket", Some("runtime-socket"));
        check("runtime_socket", Some("runtime-socket"));
        check("kubernetes", None);
        check("", None);
    }
}
