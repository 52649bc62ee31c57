//! Knows what `setcap` gives to a file.

use crate::images::capability_name;

/// What a `setcap` does to one file.
pub(super) struct Setting {
    /// The names, as `NET_BIND_SERVICE`; none where capabilities are taken away.
    pub(super) names: Vec<String>,
    /// The file, by path or by the name that `which` looks for.
    pub(super) file: String,
}

/// Reads the words after `setcap`: pairs of capabilities and a file, or `-r` and a file.
pub(super) fn settings(words: &[String]) -> Vec<Setting> {
    let mut found = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let names = match word.as_str() {
            // Only looks.
            "-v" => return found,
            "-r" => Vec::new(),
            "-n" => {
                words.next();
                continue;
            }
            word if word.starts_with('-') && !word.contains('=') => continue,
            word => names(word),
        };
        let Some(file) = words.next() else { break };
        found.push(Setting { names, file: searched(file) });
    }
    found
}

/// The names of `cap_net_raw,cap_net_admin+eip` that are given.
fn names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for clause in text.split_whitespace() {
        let Some(at) = clause.find(['=', '+', '-']) else { continue };
        let (list, flags) = clause.split_at(at);
        // `cap_x=` and `cap_x-ep` take away, but `cap_x=-p+ep` gives.
        let gives = flags.contains(['=', '+'])
            && flags.rsplit(['=', '+']).next().is_some_and(|it| it.contains(['e', 'i', 'p']));
        if !gives {
            continue;
        }
        if list.is_empty() {
            names.push("ALL".to_owned());
        }
        names.extend(list.split(',').filter(|it| !it.is_empty()).map(capability_name));
    }
    names
}

/// `node` of `$(readlink -f $(which node))`; other words as they are.
fn searched(word: &str) -> String {
    let Some(inside) = word.strip_prefix("$(") else { return word.to_owned() };
    let inside = inside.trim_end_matches(')');
    let last = inside.split_whitespace().last().unwrap_or(word);
    last.trim_matches(['"', '\'', '`', '$', '(']).to_owned()
}
