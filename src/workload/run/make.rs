//! Commands of a Makefile: each line of a recipe is a script, once Make has put its variables in.

use super::clip::Clip;
use super::ini::comments;
use super::mention::{mentions, place};
use super::shell;
use super::{Found, Refused};

/// Finds the commands of a Makefile.
pub(super) fn find(text: &str) -> Found {
    let mut found = Found { comments: comments(text, &['#']), ..Found::default() };
    let is_one_shell = text.lines().any(|it| it.trim_start().starts_with(".ONESHELL"));
    let mut at = 0;
    while at < text.len() {
        let start = at;
        let mut end = line_end(text, at);
        while text[start..end].ends_with('\\') && end < text.len() {
            end = line_end(text, end + 1);
        }
        at = end + 1;
        let line = &text[start..end];
        if !line.starts_with('\t') {
            let is_comment = line.trim_start().starts_with('#');
            if mentions(line) && !is_comment {
                let message = "a command outside of a line that begins with a tab, in a variable of Make or behind a target: it is left as it \
                               is; write it in such a line of a recipe";
                found
                    .refused
                    .push(Refused { at: start + place(line), message: message.to_owned() });
            }
            continue;
        }
        if is_one_shell {
            if mentions(line) {
                let message = "`.ONESHELL` makes one script of all lines of a recipe, which is not read here: take it away, or put the command in a script";
                let at = start + place(line);
                found.refused.push(Refused { at, message: message.to_owned() });
            }
            continue;
        }
        let from = end - line.trim_start_matches(['\t', ' ', '@', '-', '+']).len();
        shell::add(&clip(text, (from, end)), text, &mut found);
    }
    found
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |it| at + it)
}

/// What the shell sees of a line: variables of Make stand as variables whose value is not known.
fn clip(text: &str, (start, end): (usize, usize)) -> Clip {
    let mut clip = Clip::default();
    let mut at = start;
    while let Some(dollar) = text[at..end].find('$').map(|it| at + it) {
        lines(&mut clip, &text[at..dollar], at);
        let rest = &text[dollar + 1..end];
        at = match rest.chars().next() {
            Some('$') => {
                clip.push("$", dollar + 1);
                dollar + 2
            }
            Some(open @ ('(' | '{')) => {
                let close = if open == '(' { ')' } else { '}' };
                let Some(length) = closing(rest, (open, close)) else {
                    clip.push("$", dollar);
                    at = dollar + 1;
                    continue;
                };
                let inner = rest[1..length].chars();
                let name: String = inner.map(|it| if is_name(it) { it } else { '_' }).collect();
                // As many bytes as there were, so that each has its place.
                let pad = "_".repeat(length.saturating_sub(1 + name.len()));
                let name = name.trim_start_matches(|it: char| it.is_ascii_digit()).to_owned();

                let short = length.saturating_sub(1 + name.len() + pad.len());
                clip.put_in();
                clip.push(&format!("${{{}{name}{pad}}}", "_".repeat(short)), dollar);
                dollar + 2 + length
            }
            Some(other) => {
                clip.put_in();
                clip.push("$_", dollar);
                dollar + 1 + other.len_utf8()
            }
            None => end,
        };
    }
    lines(&mut clip, &text[at.min(end)..end], at);
    clip
}

/// Adds lines without the tab that Make takes from each that continues another.
fn lines(clip: &mut Clip, text: &str, at: usize) {
    let mut from = 0;
    while let Some(end) = text[from..].find("\\\n\t").map(|it| from + it + 2) {
        clip.push(&text[from..end], at + from);
        from = end + 1;
    }
    clip.push(&text[from..], at + from);
}

fn is_name(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_'
}

fn closing(text: &str, (open, close): (char, char)) -> Option<usize> {
    let mut depth = 0;
    text.char_indices().find_map(|(at, it)| {
        depth += i32::from(it == open) - i32::from(it == close);
        (depth == 0).then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipes_are_read_as_the_shell_sees_them() {
        let text = "IMAGE = web\nrun: build\n\t@docker run -d -v $$PWD/a:/b \\\n\t\t-e 'X=$(Y)' $(IMAGE)\n";
        let found = find(text);
        assert!(found.refused.is_empty(), "{:?}", found.refused);
        let command = &found.commands[0];
        let said: Vec<&str> =
            command.flags.iter().filter_map(|it| Some(it.value.as_ref()?.text.as_str())).collect();
        assert_eq!(said, ["./a:/b", "X=${Y}"]);
        assert_eq!(command.image.text, "${IMAGE}");
        assert_eq!(&text[command.image.span.start..command.image.span.end], "$(IMAGE)");
    }

    #[test]
    fn what_make_puts_in_is_refused_where_flags_may_be() {
        let found = find("a:\n\tdocker run $(OPTS) web\n");
        assert_eq!((found.commands.len(), found.refused.len()), (0, 1));
        let found = find("a:\n\tdocker run -d -u ro\\\n\tot redis:7\n");
        assert_eq!((found.commands.len(), found.refused.len()), (0, 1));
        let found = find(".ONESHELL:\na:\n\tcat <<EOF\n\tdocker run web\n\tEOF\n");
        assert_eq!((found.commands.len(), found.refused.len()), (0, 1));
        let found = find("RUN = docker run --rm web\na:\n\t$(RUN) x\n");
        assert_eq!((found.commands.len(), found.refused.len()), (0, 1));
    }
}
