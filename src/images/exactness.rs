//! Knows when a glob fits a text and which of two globs is the more exact one.

/// How exact a glob is; the greater one wins.
///
/// A plain text beats a glob, more letters beat fewer, and at the same length the pattern with fewer stars wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Exactness {
    plain: bool,
    letters: usize,
    anchored: std::cmp::Reverse<usize>,
}

/// What an entry without tags has: less than any glob.
pub(super) const ANY: Exactness =
    Exactness { plain: false, letters: 0, anchored: std::cmp::Reverse(usize::MAX) };

/// How exact the best of the globs that fit is.
pub(super) fn best(globs: &[String], text: &str) -> Option<Exactness> {
    globs.iter().filter(|it| fits(it, text)).map(|it| of(it)).max()
}

/// How exact one glob is.
pub(super) fn of(glob: &str) -> Exactness {
    let stars = glob.matches('*').count();
    Exactness { plain: stars == 0, letters: glob.len() - stars, anchored: std::cmp::Reverse(stars) }
}

/// Whether a glob, in which `*` stands for any text, fits.
pub(super) fn fits(glob: &str, text: &str) -> bool {
    let Some((first, rest)) = glob.split_once('*') else {
        return glob == text;
    };
    let Some(mut text) = text.strip_prefix(first) else {
        return false;
    };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*') {
        let Some(at) = text.find(part) else {
            return false;
        };
        text = &text[at + part.len()..];
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(glob: &str, text: &str, expected: bool) {
        assert_eq!(fits(glob, text), expected, "{glob} {text}");
    }

    #[test]
    fn star_stands_for_any_text() {
        check("*", "", true);
        check("18*", "18", true);
        check("18*", "17", false);
        check("*alpine*", "3-alpine3.20", true);
        check("18*alpine*", "18.1-alpine3.20", true);
        check("18*alpine*", "18.1", false);
        check("*fpm", "fpm", true);
        check("a*a", "a", false);
        check("bitnami/*", "bitnami/redis", true);
        check("mysqld", "mysqld_safe", false);
    }

    #[test]
    fn more_letters_are_more_exact() {
        assert!(of("latest") > of("18*alpine*"));
        assert!(of("18*alpine*") > of("*alpine*"));
        assert!(of("alpine*") > of("*alpine*"));
        assert!(of("*") > ANY);
    }
}
