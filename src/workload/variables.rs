//! Compose interpolation: what a string value is once variables are read.

use std::borrow::Cow;

use super::text::{Certainty, Text};

/// What is known of the variables that a project reads.
#[derive(Debug, Clone, Default)]
pub struct Variables {}

impl Variables {
    /// Reads the variables of a Compose value: `$V ${V} ${V-d} ${V:-d} ${V?e} ${V:?e} ${V+r} ${V:+r} $$`, nested.
    pub fn interpolate<'t>(&self, text: &'t str) -> Text<'t> {
        if !text.contains('$') {
            return Text::plain(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut certainty = Certainty::Known;
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let (piece, used) = self.variable(rest);
            certainty = certainty.max(piece.certainty);
            out.push_str(&piece.value);
            rest = &rest[used..];
        }
        out.push_str(rest);
        Text { value: Cow::Owned(out), certainty }
    }

    /// What stands after a `$`, and how many bytes of it belong to the variable.
    fn variable(&self, rest: &str) -> (Text<'static>, usize) {
        let literal =
            |s: &'static str| Text { value: Cow::Borrowed(s), certainty: Certainty::Known };
        let unknown = Text::unknown;
        match rest.as_bytes().first() {
            Some(b'$') => (literal("$"), 1),
            Some(b'{') => match closing(rest) {
                Some(end) => (self.braced(&rest[1..end]).unwrap_or_else(unknown), end + 1),
                None => (unknown(), rest.len()),
            },
            Some(c) if c.is_ascii_alphabetic() || *c == b'_' => {
                let len =
                    rest.bytes().take_while(|c| c.is_ascii_alphanumeric() || *c == b'_').count();
                (unknown(), len)
            }
            _ => (literal("$"), 0),
        }
    }

    /// The value of `V-d` or `V:-d`, or nothing when it has no default.
    fn braced(&self, inner: &str) -> Option<Text<'static>> {
        let (default, _) = default_branch(inner)?;
        let value = self.interpolate(default);
        let certainty = value.certainty.max(Certainty::Default);
        Some(Text { value: Cow::Owned(value.value.into_owned()), certainty })
    }
}

/// The default of `V-d` or `V:-d` and the offset at which it starts.
pub(super) fn default_branch(inner: &str) -> Option<(&str, usize)> {
    let name = inner.bytes().take_while(|c| c.is_ascii_alphanumeric() || *c == b'_').count();
    let operator = &inner[name..];
    let skip = if operator.starts_with(":-") {
        2
    } else if operator.starts_with('-') {
        1
    } else {
        return None;
    };
    (name > 0).then(|| (&operator[skip..], name + skip))
}

/// The offset of the `}` that closes the `{` at the start.
pub(super) fn closing(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, c) in text.bytes().enumerate() {
        match c {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => (),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, value: &str, certainty: Certainty) {
        let it = Variables::default().interpolate(text);
        assert_eq!((&*it.value, it.certainty), (value, certainty), "{text}");
    }

    #[test]
    fn variables_are_known_by_default_or_unknown() {
        check("a", "a", Certainty::Known);
        check("$$HOME", "$HOME", Certainty::Known);
        check("$HOME/x", "\0/x", Certainty::Unknown);
        check("${P:-true}", "true", Certainty::Default);
        check("${P-true}", "true", Certainty::Default);
        check("${P:?missing}", "\0", Certainty::Unknown);
        check("${P:+x}", "\0", Certainty::Unknown);
        check("${A:-${B:-c}}d", "cd", Certainty::Default);
        check("${A:-${B}}", "\0", Certainty::Unknown);
        check("${SOCK:-/var/run/docker.sock}:/x", "/var/run/docker.sock:/x", Certainty::Default);
        check("cost: 5$", "cost: 5$", Certainty::Known);
        check("${open", "\0", Certainty::Unknown);
        check("${é:-x}", "\0", Certainty::Unknown);
    }
}
