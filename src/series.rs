//! Several things named in one sentence.

/// `a`, `a and b`, `a, b and c`.
pub fn series<T: AsRef<str>>(all: &[T]) -> String {
    match all {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

/// The same of at most so many, with how many more there are: `a, b and 3 more`.
pub fn few<T: AsRef<str>>(all: &[T], most: usize) -> String {
    let mut named: Vec<String> = all.iter().take(most).map(|it| it.as_ref().to_owned()).collect();
    if all.len() > most {
        named.push(format!("{} more", all.len() - most));
    }
    series(&named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_named_as_in_a_sentence() {
        let all = ["a", "b", "c", "d"];
        for (count, text) in [(0, ""), (1, "a"), (2, "a and b"), (3, "a, b and c")] {
            assert_eq!(series(&all[..count]), text);
        }
        assert_eq!(few(&all, 4), "a, b, c and d");
        assert_eq!(few(&all, 2), "a, b and 2 more");
        assert_eq!(few(&all, 1), "a and 3 more");
    }
}
