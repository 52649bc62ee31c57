//! What a plain scalar means: the core schema of YAML 1.2, and explicit tags.

/// A scalar's resolved value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'t> {
    /// Absent, `~` or `null`.
    Null,
    /// `true` or `false`; `yes` and `on` stay text, so that the caller decides.
    Bool(bool),
    /// An integer that fits in 64 bits.
    Int(i64),
    /// Any other number, as written.
    Float(&'t str),
    /// Text.
    Str(&'t str),
}

/// The meaning of a plain scalar.
pub(super) fn resolve(text: &str) -> Scalar<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" => Scalar::Bool(true),
        "false" | "False" | "FALSE" => Scalar::Bool(false),
        _ => number(text).unwrap_or(Scalar::Str(text)),
    }
}

/// The meaning of a scalar under an explicit standard tag; `None` where it does not fit.
pub(super) fn resolve_tagged<'t>(tag: &str, text: &'t str) -> Option<Scalar<'t>> {
    let name = tag
        .strip_prefix("!!")
        .or_else(|| tag.strip_prefix("!<tag:yaml.org,2002:").and_then(|it| it.strip_suffix('>')))?;
    match (name, resolve(text)) {
        ("str", _) => Some(Scalar::Str(text)),
        ("bool", it @ Scalar::Bool(_))
        | ("int", it @ Scalar::Int(_))
        | ("float", it @ (Scalar::Int(_) | Scalar::Float(_)))
        | ("null", it @ Scalar::Null) => Some(it),
        _ => None,
    }
}

fn number(text: &str) -> Option<Scalar<'_>> {
    if !text.starts_with(|it: char| it.is_ascii_digit() || matches!(it, '+' | '-' | '.')) {
        return None;
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let radix = |prefix: &str, radix| {
        let digits = text.strip_prefix(prefix).filter(|it| !it.starts_with(['+', '-']))?;
        i64::from_str_radix(digits, radix).ok()
    };
    if !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit()) {
        return Some(text.parse().map_or(Scalar::Float(text), Scalar::Int));
    }
    if let Some(value) = radix("0o", 8).or_else(|| radix("0x", 16)) {
        return Some(Scalar::Int(value));
    }
    is_float(digits).then_some(Scalar::Float(text))
}

/// Whether unsigned text is a float: digits, point, exponent, or one of the words.
fn is_float(text: &str) -> bool {
    if matches!(text, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && digits(exponent)
        && !exponent.is_empty()
}

#[cfg(test)]
mod tests {
    use super::Scalar::*;
    use super::*;

    #[test]
    fn plain_scalars_resolve_by_the_core_schema() {
        for (text, expected) in [
            ("", Null),
            ("~", Null),
            ("True", Bool(true)),
            ("yes", Str("yes")),
            ("-12", Int(-12)),
            ("007", Int(7)),
            ("0o17", Int(15)),
            ("0x1F", Int(31)),
            ("99999999999999999999", Float("99999999999999999999")),
            ("1e3", Float("1e3")),
            (".5", Float(".5")),
            ("-.inf", Float("-.inf")),
            ("1.2.3", Str("1.2.3")),
            ("22:22", Str("22:22")),
            ("-", Str("-")),
            (".", Str(".")),
            ("1_000", Str("1_000")),
            ("0x-1", Str("0x-1")),
        ] {
            assert_eq!(resolve(text), expected, "{text}");
        }
        assert_eq!(resolve_tagged("!!str", "1"), Some(Str("1")));
        assert_eq!(resolve_tagged("!<tag:yaml.org,2002:bool>", "true"), Some(Bool(true)));
        assert_eq!(resolve_tagged("!vault", "x"), None);
    }
}
