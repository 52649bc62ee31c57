//! Commands that run others: those that their words say, or that come through a pipe or in a variable.

use tree_sitter::Node;

use super::program::Program;

/// Commands that run what their words say, which are commands themselves.
const RUNNERS: [&str; 14] = [
    "eval", "bash", "sh", "dash", "zsh", "ssh", "su", "xargs", "watch", "trap", "tmux", "screen",
    "vagrant", "parallel",
];

/// Commands that say their words and run none of them.
pub(super) const SAYERS: [&str; 8] =
    ["echo", "printf", "grep", "egrep", "sed", "awk", "logger", "alias"];

/// Whether a program runs what its words say.
pub(super) fn is_runner(name: &str) -> bool {
    RUNNERS.contains(&name.rsplit('/').next().unwrap_or(name))
}

/// What runs the text that a command hands on behind a pipe.
pub(super) fn runner_behind(node: Node<'_>, text: &str) -> Option<String> {
    let pipeline = node.parent().filter(|it| it.kind() == "pipeline")?;
    let mut cursor = pipeline.walk();
    let behind = pipeline.children(&mut cursor).filter(|it| it.start_byte() >= node.end_byte());
    let words = behind.flat_map(|it| text[it.start_byte()..it.end_byte()].split_whitespace());
    words.map(str::to_owned).find(|it| is_runner(it))
}

/// Whether a script gives a variable the name of an engine.
pub(super) fn holds_engine(text: &str, variable: &str) -> bool {
    let name = variable.trim_start_matches("${").split(['}', ':']).next().unwrap_or("");
    let given = |line: &str| {
        let line = line.trim_start();
        let line = ["export ", "local ", "readonly ", "declare "]
            .iter()
            .find_map(|it| line.strip_prefix(it))
            .unwrap_or(line);
        let value = line.strip_prefix(name)?.strip_prefix('=')?;
        let value = value.split([';', '&', '#']).next().unwrap_or("");
        let value = value.trim().trim_matches(['"', '\'']);
        Program::of(value.strip_prefix("sudo ").unwrap_or(value))
    };
    !name.is_empty() && text.split(['\n', ';']).any(|it| given(it).is_some())
}
