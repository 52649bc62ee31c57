//! Commands of a shell script, found by its grammar: exact words, and what of it cannot be read before it runs.

use tree_sitter::{Node, Parser, TreeCursor};

use super::clip::Clip;
use super::command::{command, engine};
use super::mention::{begins_one, mentions, place};
use super::program::Program;
use super::runner::{SAYERS, holds_engine, is_runner, runner_behind};
use super::word::{Reader, Word, word};
use super::{Found, Refused};
use crate::yaml::{Comment, Span};

/// Finds the commands of a script.
pub(super) fn find(text: &str) -> Found {
    let mut found = Found { comments: comments(text), ..Found::default() };
    add(&Clip::whole(text), text, &mut found);
    found
}

/// Adds the commands of a part of a file that a shell reads.
pub(super) fn add(clip: &Clip, file: &str, found: &mut Found) {
    let Some(tree) = parsed(&clip.text) else { return };
    let mut walk = Walk { clip, file, found, hidden: Vec::new() };
    let mut cursor = tree.walk();
    walk.shadows(&mut cursor);
    each(tree.walk(), |node| walk.visit(node));
}

fn parsed(text: &str) -> Option<tree_sitter::Tree> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).ok()?;
    parser.parse(text, None)
}

/// Every node of a tree, outer ones first, without recursion: scripts may be deep.
fn each<'t>(mut cursor: TreeCursor<'t>, mut visit: impl FnMut(Node<'t>)) {
    loop {
        visit(cursor.node());
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

/// The comments of a script.
fn comments(text: &str) -> Vec<Comment> {
    let Some(tree) = parsed(text) else { return Vec::new() };
    let mut all = Vec::new();
    each(tree.walk(), |node| {
        if node.kind() == "comment" {
            let span = Span { start: node.start_byte(), end: node.end_byte() };
            let line = text[..span.start].rfind('\n').map_or(0, |it| it + 1);
            all.push(Comment { span, own_line: text[line..span.start].trim().is_empty() });
        }
    });
    all
}

struct Walk<'w> {
    clip: &'w Clip,
    file: &'w str,
    found: &'w mut Found,
    /// Programs that are something else here, and what made them that.
    hidden: Vec<(Program, &'static str)>,
}

impl Walk<'_> {
    fn text(&self, node: Node<'_>) -> &str {
        &self.clip.text[node.start_byte()..node.end_byte()]
    }

    fn refuse(&mut self, at: usize, message: String) {
        self.found.refused.push(Refused { at: self.clip.at(at), message });
    }

    /// Notes the functions and aliases that go by the name of an engine.
    fn shadows(&mut self, cursor: &mut TreeCursor<'_>) {
        let mut hidden = Vec::new();
        each(cursor.clone(), |node| match node.kind() {
            "function_definition" => {
                let name = node.child_by_field_name("name").map(|it| self.text(it));
                hidden.extend(name.and_then(Program::of).map(|it| (it, "a function")));
            }
            "command" => {
                let text = self.text(node);
                if let Some(name) = text.strip_prefix("alias ") {
                    let name = name.trim_start().split('=').next().unwrap_or("");
                    hidden.extend(Program::of(name).map(|it| (it, "an alias")));
                }
            }
            _ => (),
        });
        self.hidden = hidden;
    }

    fn visit(&mut self, node: Node<'_>) {
        match node.kind() {
            "command" => self.command(node),
            "variable_assignment" => self.assigned(node),
            "heredoc_body" => self.told_in(node, "a here-document"),
            "ERROR" if mentions(self.text(node)) && !has_command(node) => {
                let at = node.start_byte() + place(self.text(node));
                let message =
                    "the shell's grammar does not understand this: write it in another way";
                self.refuse(at, message.to_owned());
            }
            _ => (),
        }
    }

    /// Says of a text that nobody reads as commands here that it holds one.
    fn told_in(&mut self, node: Node<'_>, what: &str) {
        if mentions(self.text(node)) {
            let at = node.start_byte() + place(self.text(node));
            let message = format!(
                "a command in {what}, which something else runs: it is left as it is; look at it yourself"
            );
            self.refuse(at, message);
        }
    }

    /// Says of a variable that it holds a command.
    fn assigned(&mut self, node: Node<'_>) {
        let value = self.text(node).split_once('=').map_or("", |it| it.1);
        if begins_one(value) && !has_command(node) {
            let message = "a command in a variable, which is run elsewhere: it is left as it is; write it where it is run";
            self.refuse(node.start_byte(), message.to_owned());
        }
    }

    /// Says of an alias that it runs an engine.
    fn aliased(&mut self, node: Node<'_>) {
        let Some((name, value)) =
            self.text(node).strip_prefix("alias ").and_then(|it| it.split_once('='))
        else {
            return;
        };
        let plain = value.trim_matches(['"', '\'', ' ']);
        let plain = plain.strip_prefix("sudo ").unwrap_or(plain).trim();
        let runs = Program::of(plain).is_some() || begins_one(value);
        if runs && Program::of(name.trim()).is_none() {
            let message = "an alias that runs an engine: what is run by its name is not seen; write the command itself";
            self.refuse(node.start_byte(), message.to_owned());
        }
    }

    fn command(&mut self, node: Node<'_>) {
        self.aliased(node);
        if !may_be_one(self.text(node)) {
            return;
        }
        match self.read(node) {
            Ok(()) => (),
            Err(it) => self.found.refused.push(it),
        }
    }

    fn read(&mut self, node: Node<'_>) -> Result<(), Refused> {
        let mut cursor = node.walk();
        let ranges: Vec<(usize, usize)> = node
            .children(&mut cursor)
            .filter(|it| !it.kind().ends_with("_redirect") && it.kind() != "variable_assignment")
            .map(|it| (it.start_byte(), it.end_byte()))
            .collect();
        let first = ranges.first().map_or(node.start_byte(), |it| it.0);
        let read = |it: &(usize, usize)| word(self.clip, *it, Reader::Shell);
        let words: Vec<Result<Word, Refused>> = ranges.iter().map(read).collect();
        let known: Vec<Word> = words.iter().map_while(|it| it.clone().ok()).collect();
        let Some((at, program)) = engine(&known) else {
            self.runner(node, &known);
            return Ok(());
        };
        if let Some(at) = self.broken(&ranges) {
            // As the shell joins it.
            if mentions(&self.text(node).replace("\\\n", "")) {
                let message =
                    "a word goes over a line: write it on one, or put a blank before the backslash";
                return Err(Refused { at: self.clip.at(at), message: message.to_owned() });
            }
            return Ok(());
        }
        let known = words.into_iter().collect::<Result<Vec<Word>, Refused>>();
        let known = match known {
            Ok(it) => it,
            // Only where it makes a container it is our business.
            Err(it) if mentions(self.text(node)) => return Err(it),
            Err(_) => return Ok(()),
        };
        let command = command(&known, self.file, (at, program));
        // What takes the place of an engine may run it as it likes: what is run by its name is told.
        let is_hidden = self.hidden.iter().any(|it| it.0 == program);
        if command.is_err() && is_hidden && !mentions(self.text(node)) {
            return Ok(());
        }
        let command = command.map_err(|it| redirected(node, it))?;
        let Some(command) = command else { return Ok(()) };
        if let Some((_, what)) = self.hidden.iter().find(|it| it.0 == program) {
            let message = format!(
                "{what} of this file is called `{}`: what it runs is not known",
                program.name()
            );
            return Err(Refused { at: command.name.start, message });
        }
        if let Some(message) = self.unread(node, &ranges) {
            return Err(Refused { at: self.clip.at(first), message });
        }
        self.found.commands.push(command);
        Ok(())
    }

    /// Where a line ends inside a word, which the shell reads as one.
    fn broken(&self, ranges: &[(usize, usize)]) -> Option<usize> {
        let joins = |it: &&[(usize, usize)]| {
            let gap = &self.clip.text[it[0].1..it[1].0];
            gap.contains("\\\n") && gap.replace("\\\n", "").is_empty()
        };
        ranges.windows(2).find(joins).map(|it| it[0].1)
    }

    /// Why the words are perhaps not those that the shell has: between them is more than blanks, redirections and the
    /// ends of continued lines, or the grammar gave up on the command.
    fn unread(&self, node: Node<'_>, ranges: &[(usize, usize)]) -> Option<String> {
        let message =
            "the shell's grammar does not understand this command: write it in another way";
        let gap = |it: &[(usize, usize)]| {
            let text = &self.clip.text[it[0].1..it[1].0];
            let joined = text.replace("\\\n", " ");
            joined.is_empty() || !joined.trim_matches([' ', '\t']).is_empty()
        };
        let is_odd = node.has_error() || ranges.windows(2).any(gap);
        is_odd.then(|| message.to_owned())
    }

    /// A command that runs the text of its words.
    fn runner(&mut self, node: Node<'_>, words: &[Word]) {
        let name = words.first().map_or("", |it| it.value.as_str());
        let name = name.rsplit('/').next().unwrap_or(name).to_owned();
        // Whatever stands before it: `sudo`, `timeout 5`, `env A=b`.
        let runner = words.iter().find(|it| is_runner(&it.value) && !SAYERS.contains(&&*name));
        let piped = || runner_behind(node, &self.clip.text);
        if let Some(by) = runner.map(|it| it.value.clone()).or_else(piped) {
            self.told_in(node, &format!("the words of `{by}`"));
            return;
        }
        // Words in quotes are text; such as stand alone are handed on.
        let hands_on = words.windows(2).any(|it| {
            Program::of(&it[0].value).is_some() && matches!(it[1].value.as_str(), "run" | "create")
        });
        if hands_on && !SAYERS.contains(&name.as_str()) {
            let at = self.clip.at(node.start_byte());
            let message = format!(
                "`{name}` is handed this command, and nobody knows here what it makes of it: it is left as it is"
            );
            self.found.refused.push(Refused { at, message });
            return;
        }
        let is_variable = |it: &Word| {
            let written = &self.file[it.span.start..it.span.end];
            let upper = format!("{} {written}", it.value).to_ascii_uppercase();
            it.begins_unknown()
                && (["DOCKER", "PODMAN", "NERDCTL", "CONTAINER", "ENGINE", "RUNTIME", "OCI"]
                    .iter()
                    .any(|name| upper.contains(name))
                    || holds_engine(&self.clip.text, &it.value))
        };
        let runs = |it: &&Word| matches!(it.value.as_str(), "run" | "create");
        let at = words.iter().position(is_variable);
        let Some(at) = at.filter(|it| words.get(it + 1).as_ref().is_some_and(runs)) else { return };
        let message = "the engine is in a variable, so it is not known how the words are read: write its name".to_owned();
        self.found.refused.push(Refused { at: words[at].span.start, message });
    }
}

/// What stands behind a redirection is no word of the command as the grammar has it.
fn redirected(node: Node<'_>, refused: Refused) -> Refused {
    let is_redirected = node.parent().is_some_and(|it| it.kind() == "redirected_statement");
    match refused.message.starts_with("no image") && is_redirected {
        true => Refused {
            message: "a redirection stands before the image: put it at the end".to_owned(),
            ..refused
        },
        false => refused,
    }
}

/// Whether a text may be a command of an engine, or run one.
fn may_be_one(text: &str) -> bool {
    text.contains("run") || text.contains("create") || text.contains('$')
}

/// Whether a command that is read by itself lies in a node.
fn has_command(node: Node<'_>) -> bool {
    let mut any = false;
    each(node.walk(), |it| any |= it.kind() == "command");
    any
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> (Vec<String>, Vec<String>) {
        let found = find(text);
        let say = |it: Span| text[it.start..it.end].to_owned();
        let all = found.commands.iter().map(|it| say(it.image.span)).collect();
        (all, found.refused.iter().map(|it| it.message.clone()).collect())
    }

    #[test]
    fn commands_are_found_wherever_a_shell_runs_them() {
        #[track_caller]
        fn check(text: &str, images: &[&str]) {
            let (all, refused) = names(text);
            assert_eq!(all, images, "{refused:?}");
            assert!(refused.is_empty(), "{refused:?}");
        }
        check("docker run nginx", &["nginx"]);
        check("sudo -E docker run -d --name web nginx:1 sh -c 'x y'", &["nginx:1"]);
        check("id=$(docker run -d redis)", &["redis"]);
        check("if ! docker container run a; then podman create b; fi", &["a", "b"]);
        check("docker run \\\n  -d \\\n  nginx >/dev/null 2>&1 &", &["nginx"]);
        check("docker -H tcp://x run a && nerdctl run -it b | cat", &["a", "b"]);
        check("f() {\n  docker run \"$IMAGE\" \"$@\"\n}", &["\"$IMAGE\""]);
        check("docker run -itv /a:/b -u0 alpine", &["alpine"]);
        check("DOCKER_HOST=x docker run a", &["a"]);
        check("timeout -k 5 10 docker run a; sudo -u x docker run b", &["a", "b"]);
        check("echo docker run a; docker ps; docker compose run web", &[]);
        check("echo 'sh -c docker run a' >>log; $NPM run build | tee log", &[]);
    }

    #[test]
    fn what_is_not_known_before_it_runs_is_refused() {
        #[track_caller]
        fn check(text: &str, word: &str) {
            let (all, refused) = names(text);
            assert!(all.is_empty(), "{all:?}");
            assert!(refused.len() == 1 && refused[0].contains(word), "{refused:?}");
        }
        check("docker run $OPTS nginx", "where flags may be");
        check("docker run \"${args[@]}\" nginx", "array");
        check("retry 3 docker run nginx", "`retry` is handed");
        check("docker $cmd nginx", "`run` itself");
        check("$DOCKER run nginx", "variable");
        check("eval \"docker run $x\"", "`eval`");
        check("docker() { command docker \"$@\"; }\ndocker run nginx", "function");
        check("alias docker=podman\ndocker run nginx", "alias");
        check("cat <<EOF\ndocker run nginx\nEOF", "here-document");
        check("docker run --no-such-flag a nginx", "no flag");
        check("docker run -d", "no image");
        check("docker run -v{/a,/b}:/c nginx", "braces");
        check("docker run -d -u ro\\\not redis:7", "goes over a line");
        check("docker run --cap-add SYS_\\\nADMIN redis:7", "goes over a line");
        check("docker run -d redis:7\\\n-alpine", "goes over a line");
        check("PRIV=--privileged\ndocker run -d \"$PRIV\" redis:7", "may be flags");
        check("alias d=docker\nd run --privileged redis:7", "an alias that runs");
        check("cmd=(docker run --privileged)\n\"${cmd[@]}\" redis:7", "in a variable");
        check("dr=\"docker run\"\n$dr --privileged redis:7", "in a variable");
        check("run() { docker \"$@\"; }\nrun run --privileged redis:7", "handed on");
        check("trap \"docker run redis:7\" EXIT", "`trap`");
        check("docker run -d >out redis:7", "redirection");
        check("docker run --mount type=bind,\\\"src=/a\\\",dst=/b redis:7", "quotes in");
        check("docker run --mount dst=/x,volume-opt=device=/ redis:7", "driver");
        check("docker run --user 1 --user 2 nginx", "twice");
        check("sudo sh -c \"docker run --privileged nginx\"", "`sh`");
        check("timeout 5 env A=b bash -c 'docker run nginx'", "`bash`");
        check("sshpass -p x ssh h \"docker run nginx\"", "`ssh`");
        check("echo 'docker run nginx' | sudo sh", "`sh`");
        check("D=docker; $D run --privileged nginx", "variable");
        check("export E=/usr/bin/podman\n\"$E\" run nginx", "variable");
        check("$(command -v docker) run --privileged nginx", "variable");
    }
}
