//! Knows which accounts a shell script makes with a number it names.

/// The names and numbers of `adduser -u 1000 app`, `useradd --uid=1000 app` and their like.
pub(super) fn made_by(script: &str) -> Vec<(String, u32)> {
    let joined = script.replace("\\\n", " ").replace("\\\r\n", " ");
    joined.split(['\n', ';', '&', '|']).filter_map(account).collect()
}

fn account(command: &str) -> Option<(String, u32)> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let at =
        words.iter().position(|it| matches!(it.rsplit('/').next(), Some("adduser" | "useradd")))?;
    let words = &words[at + 1..];
    let mut uid = None;
    for (at, word) in words.iter().enumerate() {
        let value = match word.split_once('=') {
            Some(("--uid", value)) => Some(value),
            // Short flags are often joined, the one with the number last: `-lmu 1000`.
            _ if *word == "--uid" || is_short_uid(word) => words.get(at + 1).copied(),
            _ => None,
        };
        uid = value.and_then(|it| it.trim_matches(['"', '\'']).parse().ok()).or(uid);
    }
    let name = words.last()?.trim_matches(['"', '\'']);
    let is_name = name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_');
    is_name.then_some((name.to_owned(), uid?))
}

fn is_short_uid(word: &str) -> bool {
    word.starts_with('-') && !word.starts_with("--") && word.ends_with('u')
}
