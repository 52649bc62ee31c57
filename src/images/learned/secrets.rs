//! Values of variables that may be secrets, and paths without them.

use super::observed::Written;
use super::words::LEFT_OUT;

/// What names of secrets have in them.
const NAMES: [&str; 9] =
    ["AUTH", "CRED", "KEY", "PASS", "PWD", "SALT", "SECRET", "TOKEN", "PRIVATE"];

/// The shortest value of another name that may be one.
const LONG: usize = 12;

/// The shortest value that is looked for: shorter ones are parts of any word.
const SHORT: usize = 4;

/// Whether the value of a variable may be a secret: by the name, or as nobody would call a folder.
pub fn may_be_secret(name: &str, value: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let has = |kind: fn(&u8) -> bool| value.as_bytes().iter().any(kind);
    let is_odd = value.len() >= LONG
        && !value.contains('/')
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic);
    value.len() >= SHORT && (NAMES.iter().any(|it| upper.contains(it)) || is_odd)
}

/// How long a name with letters and digits is that may be a token.
const TOKEN: usize = 16;

/// A text without secrets, also where their digits are left out, and without what names of files have in them of tokens.
pub fn without(text: &str, secrets: &[String]) -> String {
    let numberless = |it: &String| it.replace(|it: char| it.is_ascii_digit(), "#");
    let all = secrets.iter().flat_map(|it| [it.clone(), numberless(it)]);
    let text = all.fold(text.to_owned(), |text, it| text.replace(&it, LEFT_OUT));
    let is_of_token = |it: char| it.is_ascii_alphanumeric() || it == '#';
    let is_token = |it: &&str| {
        let has = |kind: fn(char) -> bool| it.contains(kind);
        it.len() >= TOKEN
            && has(|it| it.is_ascii_digit() || it == '#')
            && has(|it| it.is_ascii_alphabetic())
    };
    let tokens = text.split(|it| !is_of_token(it)).filter(is_token);
    let tokens: Vec<String> = tokens.map(str::to_owned).collect();
    tokens.iter().fold(text, |text, it| text.replace(it, LEFT_OUT))
}

/// What was written, up to the folder above a secret: what lies there cannot be named.
pub fn up_to_secrets(writes: Vec<Written>, secrets: &[String]) -> Vec<Written> {
    let cut = |it: Written| {
        let Some(at) = secrets.iter().filter_map(|secret| it.path.find(secret.as_str())).min()
        else {
            return it;
        };
        let folder = it.path[..at].rfind('/').map_or("", |end| &it.path[..end]);
        let path = if folder.is_empty() { "/" } else { folder };
        Written { path: path.to_owned(), holds: true, ..it }
    };
    let mut cut: Vec<Written> = writes.into_iter().map(cut).collect();
    cut.sort_unstable();
    cut.dedup();
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_may_be_secrets_are_told_from_others() {
        assert!(may_be_secret("DB_PASSWORD", "hunter"));
        assert!(may_be_secret("X", "a1b2c3d4e5f6"));
        assert!(!may_be_secret("APP", "portal"));
        assert!(!may_be_secret("DATA_DIR", "/srv/data-2024/x"));
        assert!(!may_be_secret("TOKEN", "x"));
    }

    #[test]
    fn names_of_files_are_told_without_tokens() {
        let told = |text: &str| without(text, &["hunter2secret".to_owned()]);
        assert_eq!(told("/srv/x_AbCdEf#GhIjKl#MnOp.json"), format!("/srv/x_{LEFT_OUT}.json"));
        assert_eq!(told("/srv/hunter#secret/a"), format!("/srv/{LEFT_OUT}/a"));
        let plain = "it does not write /srv/ApplicationSettings/log.#.gz";
        assert_eq!(told(plain), plain);
    }

    #[test]
    fn paths_end_above_a_secret() {
        let secrets = ["hunter2secret".to_owned()];
        let written = |path: &str, holds| Written {
            path: path.to_owned(),
            uid: 1,
            gid: 1,
            holds,
            exec: false,
            by: String::new(),
        };
        let all = vec![written("/var/lib/a-hunter2secret/x", false), written("/tmp", false)];
        let cut = up_to_secrets(all, &secrets);
        assert_eq!(cut, [written("/tmp", false), written("/var/lib", true)]);
        assert_eq!(without("not /a/hunter#secret here", &secrets), "not /a/… here");
    }
}
