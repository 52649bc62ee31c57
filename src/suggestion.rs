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

/// How many names are proposed, and from how many on they are no longer all listed.
const PROPOSED: usize = 6;
const LISTED: usize = 15;

/// Those of `known` that may be meant by a word: the one that is a slip away, or else those that have it as a part, or
/// hold it.
pub fn meant<'a>(word: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Vec<&'a str> {
    if let Some(one) = closest(word, known.clone()) {
        return vec![one];
    }
    let word = word.trim_matches('*').to_lowercase().replace(['_', ' '], "-");
    let word = word.trim_matches('-');
    if word.len() < 2 {
        return Vec::new();
    }
    let all: Vec<&str> = known.into_iter().collect();
    let is_part = |it: &&str| it.split('-').any(|part| part == word);
    let ways: [&dyn Fn(&&str) -> bool; 3] =
        [&|it| is_part(it) && it.starts_with(word), &is_part, &|it| it.contains(word)];
    let found = ways.iter().map(|way| all.iter().copied().filter(|it| way(it)).collect::<Vec<_>>());
    let mut found = found.into_iter().find(|it| !it.is_empty()).unwrap_or_default();
    found.truncate(PROPOSED);
    found
}

/// Says that `word` is not a `thing`, and which of `known` it may have been.
pub fn unknown<'a>(
    thing: &str,
    word: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) -> String {
    let quoted: Vec<String> =
        meant(word, known.clone()).iter().map(|it| format!("`{it}`")).collect();
    if let Some((last, others)) = quoted.split_last() {
        let more = if others.is_empty() { String::new() } else { others.join(", ") + " or " };
        return format!("unknown {thing} `{word}`: did you mean {more}{last}?");
    }
    let known: Vec<_> = known.into_iter().collect();
    match thing {
        // They fill a screen, and a command lists them with what they mean.
        "rule" if known.len() > LISTED => {
            format!("unknown rule `{word}`: `casehard rules` lists them")
        }
        _ => format!("unknown {thing} `{word}`: expected one of {}", known.join(", ")),
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

    #[test]
    fn a_part_of_a_name_means_those_that_have_it() {
        let rules = ["root-user", "root-group", "writable-rootfs", "runtime-socket", "host-pid"];
        let of = |word: &str| meant(word, rules);
        assert_eq!(of("root"), ["root-user", "root-group"]);
        assert_eq!(of("root*"), ["root-user", "root-group"]);
        assert_eq!(of("socket"), ["runtime-socket"]);
        assert_eq!(of("rootf"), ["writable-rootfs"]);
        assert_eq!(of("*"), Vec::<&str>::new());
        assert_eq!(
            unknown("rule", "root", rules),
            "unknown rule `root`: did you mean `root-user` or `root-group`?"
        );
    }
}
