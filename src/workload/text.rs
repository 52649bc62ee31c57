//! Compose interpolation: what a string value is once variables are read.

use std::borrow::Cow;

/// Stands in a [`Text`] for a piece that cannot be known.
pub const UNKNOWN: char = '\0';

/// How much of a text is certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// No variable takes part.
    Known,
    /// A variable takes part and its default branch is shown.
    Default,
    /// A variable without a default takes part: its pieces are [`UNKNOWN`].
    Unknown,
}

/// A string value after interpolation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<'t> {
    /// The text; pieces that cannot be known are [`UNKNOWN`].
    pub value: Cow<'t, str>,
    /// How much of it is certain.
    pub certainty: Certainty,
}

impl<'t> Text<'t> {
    /// A text in which nothing is interpolated.
    pub fn plain(value: &'t str) -> Self {
        Text { value: Cow::Borrowed(value), certainty: Certainty::Known }
    }

    /// A text of which nothing is known.
    pub fn unknown() -> Self {
        Text { value: Cow::Owned(UNKNOWN.to_string()), certainty: Certainty::Unknown }
    }

    /// The text when all of it is known, at least by its defaults.
    pub fn known(&self) -> Option<&str> {
        (self.certainty != Certainty::Unknown).then_some(&*self.value)
    }
}

/// Reads the variables of a Compose value: `$V ${V} ${V-d} ${V:-d} ${V?e} ${V:?e} ${V+r} ${V:+r} $$`, nested.
pub fn interpolate(text: &str) -> Text<'_> {
    if !text.contains('$') {
        return Text::plain(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut certainty = Certainty::Known;
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let (piece, used) = variable(rest);
        certainty = certainty.max(piece.certainty);
        out.push_str(&piece.value);
        rest = &rest[used..];
    }
    out.push_str(rest);
    Text { value: Cow::Owned(out), certainty }
}

/// What stands after a `$`, and how many bytes of it belong to the variable.
fn variable(rest: &str) -> (Text<'static>, usize) {
    let literal = |s: &'static str| Text { value: Cow::Borrowed(s), certainty: Certainty::Known };
    let unknown = Text::unknown;
    match rest.as_bytes().first() {
        Some(b'$') => (literal("$"), 1),
        Some(b'{') => match closing(rest) {
            Some(end) => (braced(&rest[1..end]).unwrap_or_else(unknown), end + 1),
            None => (unknown(), rest.len()),
        },
        Some(c) if c.is_ascii_alphabetic() || *c == b'_' => {
            let len = rest.bytes().take_while(|c| c.is_ascii_alphanumeric() || *c == b'_').count();
            (unknown(), len)
        }
        _ => (literal("$"), 0),
    }
}

/// The value of `V-d` or `V:-d`, or nothing when it has no default.
fn braced(inner: &str) -> Option<Text<'static>> {
    let (default, _) = default_branch(inner)?;
    let value = interpolate(default);
    let certainty = value.certainty.max(Certainty::Default);
    Some(Text { value: Cow::Owned(value.value.into_owned()), certainty })
}

/// The default of `V-d` or `V:-d` and the offset at which it starts.
fn default_branch(inner: &str) -> Option<(&str, usize)> {
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
fn closing(text: &str) -> Option<usize> {
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

/// The value with another default, when all of it is one variable: `${P:-true}` → `${P:-false}`.
pub fn with_default(text: &str, default: &str) -> Option<String> {
    let inner = text.strip_prefix("${")?;
    let end = closing(&text[1..])?;
    if end + 2 != text.len() {
        return None;
    }
    let inner = &inner[..inner.len() - 1];
    let (_, start) = default_branch(inner)?;
    Some(format!("${{{}{default}}}", &inner[..start]))
}

/// A Compose boolean: a YAML bool or one of its 1.1 spellings as a string.
pub fn boolean(text: &str) -> Option<bool> {
    let is = |words: [&str; 4]| words.iter().any(|it| text.eq_ignore_ascii_case(it));
    if is(["true", "y", "yes", "on"]) {
        Some(true)
    } else if is(["false", "n", "no", "off"]) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, value: &str, certainty: Certainty) {
        let it = interpolate(text);
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

    #[test]
    fn only_a_lone_variable_gets_another_default() {
        assert_eq!(with_default("${P:-true}", "false").as_deref(), Some("${P:-false}"));
        assert_eq!(with_default("${P-${Q}}", "false").as_deref(), Some("${P-false}"));
        assert_eq!(with_default("${P:-true}x", "false"), None);
        assert_eq!(with_default("${P}", "false"), None);
    }

    #[test]
    fn booleans_follow_compose() {
        assert_eq!(boolean("Yes"), Some(true));
        assert_eq!(boolean("OFF"), Some(false));
        assert_eq!(boolean("1"), None);
    }
}
