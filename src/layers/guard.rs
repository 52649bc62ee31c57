//! Which lines of a script only root gets to: those in an `if` on who runs it.

/// Whether a line of a script, from 1, is only reached by root.
///
/// It is where a condition on the user number stands open: `if [ "$(id -u)" = 0 ]`, the same through a variable, on the
/// line itself before `&&`, or behind an `if` that lets everybody else leave. What is not understood counts as reached by
/// all.
pub(super) fn is_of_root(script: &str, line: usize) -> bool {
    let mut named: Vec<String> = Vec::new();
    let mut open: Vec<Branch> = Vec::new();
    for (number, text) in script.lines().enumerate().take(line) {
        let text = text.trim();
        if text.starts_with('#') {
            continue;
        }
        named.extend(taken_from_id(text));
        let asks = asked(text, &named);
        let is_joined = text.contains("&&") && !begins(text, "if");
        if number + 1 == line && asks == Some(Who::Root) && is_joined {
            return true;
        }
        for part in text.split(';').map(str::trim) {
            let ends = ["exec", "exit", "then exec", "then exit"].iter().any(|it| begins(part, it));
            match () {
                () if begins(part, "if") => open.push(Branch { of: asks, leaves: false }),
                () if begins(part, "elif") => {
                    open.last_mut().into_iter().for_each(|it| it.of = asks);
                }
                () if begins(part, "else") => open.last_mut().into_iter().for_each(Branch::turn),
                () if begins(part, "fi") => {
                    let left = open.pop().is_some_and(|it| it.of == Some(Who::Others) && it.leaves);
                    // Who comes past it is root, in the function or the script that it stands in.
                    if left && open.is_empty() {
                        open.push(Branch { of: Some(Who::Root), leaves: false });
                    }
                }
                () if ends => open.last_mut().into_iter().for_each(|it| it.leaves = true),
                () => (),
            }
        }
    }
    open.iter().any(|it| it.of == Some(Who::Root))
}

/// Whom a condition lets in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Root,
    Others,
}

/// A branch of an `if` that stands open.
struct Branch {
    of: Option<Who>,
    /// Whether it ends the script for who is in it.
    leaves: bool,
}

impl Branch {
    fn turn(&mut self) {
        self.of = match self.of {
            Some(Who::Root) => Some(Who::Others),
            Some(Who::Others) => Some(Who::Root),
            None => None,
        };
        self.leaves = false;
    }
}

fn begins(text: &str, word: &str) -> bool {
    text.strip_prefix(word)
        .is_some_and(|it| !it.starts_with(|it: char| it.is_ascii_alphanumeric() || it == '_'))
}

/// The variable that a line puts the number of the user into.
fn taken_from_id(text: &str) -> Option<String> {
    let words = text
        .trim_start_matches("local ")
        .trim_start_matches("export ")
        .trim_start_matches("declare ");
    let (name, value) = words.split_once('=')?;
    let is_name =
        !name.is_empty() && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_');
    let is_id = value.contains("$(id -u") || value.contains("`id -u") || value.contains("$(whoami");
    (is_name && is_id).then(|| name.to_owned())
}

/// Whom a line asks for by the number or the name of the user.
fn asked(text: &str, named: &[String]) -> Option<Who> {
    let asks = text.contains("id -u")
        || text.contains("$UID")
        || text.contains("$EUID")
        || text.contains("whoami")
        || named
            .iter()
            .any(|it| text.contains(&format!("${it}")) || text.contains(&format!("${{{it}")));
    if !asks {
        return None;
    }
    let plain: String = text.chars().filter(|it| !matches!(it, '"' | '\'')).collect();
    let says = |all: &[&str]| all.iter().any(|it| plain.contains(it));
    if says(&["!= 0", "-ne 0", "!=0", "!= root", "-gt 0"]) {
        return Some(Who::Others);
    }
    says(&["= 0", "-eq 0", "=0", "== 0", "= root", "== root"]).then_some(Who::Root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(script: &str, marked: &str, expected: bool) {
        let line =
            script.lines().position(|it| it.contains(marked)).expect("the line is there") + 1;
        assert_eq!(is_of_root(script, line), expected, "{script}");
    }

    #[test]
    fn a_condition_on_the_user_guards_what_it_holds() {
        let redis = "#!/bin/sh\nif [ \"$1\" = 'redis-server' -a \"$(id -u)\" = '0' ]; then\n\tfind . -exec chown redis '{}' +\n\texec gosu redis \"$0\" \"$@\"\nfi\nexec \"$@\"\n";
        check(redis, "gosu", true);
        check(redis, "chown", true);
        check(redis, "exec \"$@\"", false);
        let postgres = "user=\"$(id -u)\"\nmkdir -p \"$PGDATA\"\nif [ \"$user\" = '0' ]; then\n  chown postgres x\nfi\n";
        check(postgres, "chown", true);
        check(postgres, "mkdir", false);
        check("[ \"$(id -u)\" = 0 ] && exec su-exec app \"$0\" \"$@\"\n", "su-exec", true);
        check("if [ \"$(id -u)\" = 0 ]; then\n  x\nelse\n  chown a b\nfi\n", "chown", false);
        check("if [ \"$MODE\" = 0 ]; then\n  chown a b\nfi\n", "chown", false);
        check(
            "if [ $(id -u) -eq 0 ]; then\n  if [ -d /a ]; then\n    chown a b\n  fi\nfi\n",
            "chown",
            true,
        );
    }

    #[test]
    fn who_is_not_root_and_left_is_root_alone_afterwards() {
        let script = "if [ \"$(id -u)\" -ne 0 ]; then\n  exec \"$@\"\nfi\nchown app /data\n";
        check(script, "chown", true);
        check(script, "exec", false);
        let both = "if [ \"$(id -u)\" != 0 ]; then\n  echo no\nfi\nchown app /data\n";
        check(both, "chown", false);
    }
}
