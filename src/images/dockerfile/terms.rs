//! Pieces of shell words that are read as a whole.

/// How long a sum is at most, in bytes.
const SUM: usize = 256;

/// The name and value of `A=b`.
pub(super) fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let starts = name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_');
    (starts && name.chars().all(is_letter)).then_some((name, value))
}

/// Whether names of variables have it.
pub(super) fn is_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// `((…))` at the beginning of a text, which a `$` before it makes a sum. A subshell within a command has a `)` of its
/// own.
pub(super) fn arithmetic(text: &str) -> Option<&str> {
    let text = Some(text).filter(|it| it.starts_with("(("))?;
    let mut depth = 0_usize;
    let end = text.bytes().take(SUM).position(|it| {
        match it {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => (),
        }
        depth == 0
    })?;
    Some(&text[..=end]).filter(|it| it.ends_with("))"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_ends_where_both_its_parentheses_do() {
        assert_eq!(arithmetic("((a >> 6 & 3)) = 3 ]"), Some("((a >> 6 & 3))"));
        assert_eq!(arithmetic("(((a) + (b))) x"), Some("(((a) + (b)))"));
        assert_eq!(arithmetic("((cd /x; ls) > /y)"), None);
        assert_eq!(arithmetic("(ls)"), None);
        assert_eq!(arithmetic("((a"), None);
    }
}
