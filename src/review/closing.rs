//! The command that comes back to what a review left.

use std::path::{Path, PathBuf};

use clap::ValueEnum as _;

use crate::cli::{Fix, Inputs};
use crate::report::shown::clean;

/// Above this many files the command names what was given instead.
const MANY: usize = 12;

/// The command that reviews these files with the same options, what was answered `again` too.
pub fn command(args: &Fix, left: &[PathBuf], again: bool) -> String {
    let inputs = &args.inputs;
    let mut words = vec!["casehard".to_owned(), "fix".to_owned()];
    words.extend(again.then(|| "--again".to_owned()));
    words.extend(options(inputs).iter().map(|it| quoted(it)));
    if let Some(emit) = args.emit.and_then(|it| it.to_possible_value()) {
        words.push(format!("--emit {}", emit.get_name()));
        let to = args.emit_to.as_deref().map(|it| quoted(&path(it)));
        words.extend(to.map(|it| format!("--emit-to {it}")));
    }
    let confidence = args.confidence.and_then(|it| it.to_possible_value());
    words.extend(confidence.map(|it| format!("--confidence {}", it.get_name())));
    let severity = args.telling.min_severity.and_then(|it| it.to_possible_value());
    words.extend(severity.map(|it| format!("--min-severity {}", it.get_name())));
    let paths = if left.len() > MANY { &inputs.paths } else { left };
    words.extend(paths.iter().map(|it| quoted(&path(it))));
    words.join(" ")
}

/// What was asked for on the command line beside the paths, word by word.
pub fn options(inputs: &Inputs) -> Vec<String> {
    let mut words = Vec::new();
    let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
    let text = |it: &Path| it.to_string_lossy().into_owned();
    inputs.rules.iter().for_each(|it| option("--rule", it.clone()));
    inputs.skip.iter().for_each(|it| option("--skip", it.clone()));
    inputs.user.iter().for_each(|it| option("--user", it.to_string()));
    inputs.writable.iter().for_each(|it| option("--writable", it.clone()));
    inputs.kubernetes.iter().for_each(|it| option("--kubernetes", format!("{}.{}", it.0, it.1)));
    let target = inputs.target.and_then(|it| it.to_possible_value());
    target.iter().for_each(|it| option("--target", it.get_name().to_owned()));
    inputs.decisions.iter().for_each(|it| option("--decisions", text(it)));
    inputs.config.iter().for_each(|it| option("--config", text(it)));
    inputs.exclude.iter().for_each(|it| option("--exclude", it.text().to_owned()));
    inputs.env_file.iter().for_each(|it| option("--env-file", text(it)));
    words.extend(inputs.force_exclude.then(|| "--force-exclude".to_owned()));
    words.extend(inputs.env_from_shell.then(|| "--env-from-shell".to_owned()));
    words
}

/// A path that is no option.
pub fn path(path: &Path) -> String {
    let text = path.to_string_lossy();
    if text.starts_with('-') { format!("./{text}") } else { text.into_owned() }
}

/// A word as a shell takes it; what would not be shown as it is in the way of bash and zsh.
fn quoted(word: &str) -> String {
    let plain = |it: char| it.is_ascii_alphanumeric() || "-_./:,=@%+".contains(it);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    if *clean(word) == *word {
        return format!("'{}'", word.replace('\'', "'\\''"));
    }
    let escaped = word.chars().map(|it| match it {
        '\'' | '\\' => format!("\\{it}"),
        it if *clean(it.encode_utf8(&mut [0; 4])) == *it.encode_utf8(&mut [0; 4]) => it.to_string(),
        it => format!("\\u{:04x}", u32::from(it)),
    });
    format!("$'{}'", escaped.collect::<String>())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    #[test]
    fn the_command_says_the_same_and_names_what_is_left() {
        let words = [
            "casehard",
            "fix",
            "--skip",
            "root-user",
            "--user",
            "9:9",
            "--min-severity",
            "high",
            ".",
        ];
        let Command::Fix(args) = Cli::parse_from(words).command else { panic!("not fix") };
        let left = [PathBuf::from("a b/compose.yaml"), PathBuf::from("-c.yaml")];
        assert_eq!(
            command(&args, &left, false),
            "casehard fix --skip root-user --user 9:9 --min-severity high 'a b/compose.yaml' ./-c.yaml"
        );
        let odd = [PathBuf::from("it's \u{1b}\n\u{202e}")];
        let command_of = |left: &[PathBuf]| command(&args, left, false);
        assert!(
            command_of(&odd).ends_with(r" $'it\'s \u001b\u000a\u202e'"),
            "{}",
            command_of(&odd)
        );
        let many = vec![PathBuf::from("a.yaml"); MANY + 1];
        assert_eq!(
            command(&args, &many, false),
            "casehard fix --skip root-user --user 9:9 --min-severity high ."
        );
    }
}
