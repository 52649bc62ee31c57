//! The versions of Kubernetes whose rules are known.

/// The oldest one: before it, Pod Security and the kinds of today were others.
pub const OLDEST_KUBERNETES: (u32, u32) = (1, 25);

/// The newest one.
pub const NEWEST_KUBERNETES: (u32, u32) = (1, 37);

/// Reads a version such as 1.34, of those that are known.
///
/// # Errors
/// What is none, with the range of those that are known.
pub fn kubernetes_version(text: &str) -> Result<(u32, u32), String> {
    let digits = |it: &str| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit());
    let parts = text.split_once('.').filter(|it| digits(it.0) && digits(it.1));
    let version = parts.and_then(|it| Some((it.0.parse().ok()?, it.1.parse().ok()?)));
    let known = || {
        let ((major, from), (_, to)) = (OLDEST_KUBERNETES, NEWEST_KUBERNETES);
        format!("known are {major}.{from} to {major}.{to}")
    };
    match version {
        Some(it) if (OLDEST_KUBERNETES..=NEWEST_KUBERNETES).contains(&it) => Ok(it),
        Some(_) => Err(format!("the rules of Kubernetes {text} are not known: {}", known())),
        None => {
            Err(format!("`{text}` is not a version of Kubernetes such as \"1.34\": {}", known()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_versions_whose_rules_are_known_are_taken() {
        assert_eq!(kubernetes_version("1.25"), Ok((1, 25)));
        assert_eq!(kubernetes_version("1.37"), Ok((1, 37)));
        for text in
            ["1.24", "1.38", "1.99", "0.30", "2.1", "1", "1.", "v1.30", "1.+30", "", "1.30.1"]
        {
            assert!(kubernetes_version(text).unwrap_err().contains("1.25 to 1.37"), "{text}");
        }
    }
}
