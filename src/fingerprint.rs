//! What tells one weakness from another through all that changes around it, and through all ways to write it.

use std::borrow::Cow;
use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::evidence::DEFAULT_SET;
use crate::finding::Finding;
use crate::workload::File;
use crate::yaml::{Kind, Node, Scalar, Span, Tree};

/// The same for the same weakness, wherever its lines move, however it is spelled and whatever the file is called.
///
/// It is made of the rule, of whom the finding is about and of the value at its place as YAML and the platform read it:
/// quotes, blanks, block or flow, `CAP_`, short and long forms make no difference. Two weaknesses of one container that
/// agree in all of that have the same one, and so have those of files that are copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 16]);

/// What says of a container as a whole that something is not done: wherever that shows, it is one weakness.
const OF_THE_WHOLE: &str = "kept-capabilities";

/// Rules that speak of a capability.
const OF_CAPABILITIES: [&str; 4] =
    ["added-capabilities", "dangerous-capabilities", "useless-capabilities", "capability-spelling"];

/// Rules that speak of an option of `security_opt`.
const OF_OPTIONS: [&str; 4] = ["seccomp-off", "lsm-off", "unmasked-paths", "privilege-escalation"];

impl Fingerprint {
    /// That of a finding on a text.
    pub fn of(finding: &Finding, file: &File) -> Fingerprint {
        Fingerprint::at(finding.rule, &finding.subject, finding.site.span, file)
    }

    /// That of a rule and whom it is about at a place of a text.
    pub fn at(rule: &str, subject: &str, span: Span, file: &File) -> Fingerprint {
        hash(rule, subject, &value(rule, span, file))
    }

    /// Those of weaknesses that would have been at least as bad: whoever lived with one of them has nothing new here.
    ///
    /// - A container that kept the default capabilities held each of them: where all are dropped and one of the default
    ///   set is added back, as a fix does for what the image needs, it holds less than before. Of capabilities outside
    ///   of that set this says nothing: `SYS_ADMIN` is new, whatever else was kept.
    /// - A mount that could be written to held what it holds when it is read-only.
    pub fn of_worse(finding: &Finding, file: &File) -> Vec<Fingerprint> {
        let value = value(finding.rule, finding.site.span, file);
        if matches!(finding.rule, "added-capabilities" | "dangerous-capabilities") {
            let held = DEFAULT_SET.contains(&&*value);
            return held.then(|| hash(OF_THE_WHOLE, &finding.subject, "")).into_iter().collect();
        }
        let writable = value.strip_suffix(READ_ONLY).filter(|it| it.contains('/'));
        writable.map(|it| hash(finding.rule, &finding.subject, it)).into_iter().collect()
    }
}

fn hash(rule: &str, subject: &str, value: &str) -> Fingerprint {
    let mut hash = Sha256::new();
    for part in [rule, subject, value] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let all = hash.finalize();
    let mut short = [0; 16];
    short.copy_from_slice(&all[..16]);
    Fingerprint(short)
}

/// What stands at the place of a finding, as it is read.
fn value<'f>(rule: &str, span: Span, file: &'f File) -> Cow<'f, str> {
    if rule == OF_THE_WHOLE {
        return Cow::Borrowed("");
    }
    let value = match node(&file.tree, span) {
        Some(node) => of_node(node, 0),
        None => Cow::Owned(words(file.tree.text(), span)),
    };
    if OF_CAPABILITIES.contains(&rule) {
        let name = value.to_uppercase();
        return Cow::Owned(name.strip_prefix("CAP_").unwrap_or(&name).to_owned());
    }
    if OF_OPTIONS.contains(&rule) {
        return Cow::Owned(value.replacen(':', "=", 1));
    }
    match value.contains(":/") || value.starts_with('/') {
        true => Cow::Owned(mount(&value)),
        false => value,
    }
}

/// The node that a place is, or whose first line it is.
fn node(tree: &Tree, span: Span) -> Option<Node<'_>> {
    let mut node = tree.node_at(span.start)?;
    while node.span().end < span.end {
        node = node.parent()?;
    }
    (node.span().start == span.start).then_some(node)
}

/// The words of a place that is no node, such as a line of a patch, without quotes.
fn words(text: &str, span: Span) -> String {
    let text = text.get(span.start..span.end).unwrap_or_default();
    let words = text.split_whitespace().map(|it| it.replace(['"', '\''], ""));
    words.collect::<Vec<_>>().join(" ")
}

/// How deep a value is looked into.
const DEPTH: usize = 4;

fn of_node(node: Node<'_>, depth: usize) -> Cow<'_, str> {
    if depth > DEPTH {
        return Cow::Borrowed("");
    }
    let node = node.resolve();
    match node.kind() {
        Kind::Sequence => {
            let items: Vec<_> = node.items().map(|it| of_node(it, depth + 1)).collect();
            Cow::Owned(items.join(","))
        }
        Kind::Mapping => of_mapping(node, depth),
        Kind::Scalar | Kind::Alias => match node.scalar() {
            Some(Scalar::Bool(true)) => Cow::Borrowed("true"),
            Some(Scalar::Bool(false)) => Cow::Borrowed("false"),
            _ => Cow::Borrowed(node.value().unwrap_or_default()),
        },
    }
}

/// The long form of a mount or a device as the short one would be; else the name of what it is, or how it begins.
fn of_mapping(node: Node<'_>, depth: usize) -> Cow<'_, str> {
    let text = |node: Node<'_>, key: &str| -> Option<String> {
        Some(node.get(key)?.value()?.to_owned()).filter(|it| !it.is_empty())
    };
    let source = text(node, "source");
    let target = text(node, "target");
    if let (Some(source), Some(target)) = (&source, &target) {
        let mut options: Vec<String> = text(node, "permissions").into_iter().collect();
        let is_true = |it: Option<Node<'_>>| it.is_some_and(|it| of_node(it, depth) == "true");
        options.extend(is_true(node.get("read_only")).then(|| "ro".to_owned()));
        if let Some(bind) = node.get("bind") {
            options.extend(text(bind, "propagation"));
            options.extend(text(bind, "selinux"));
        }
        return Cow::Owned(format!("{source}:{target}:{}", options.join(",")));
    }
    if let Some(name) = text(node, "name").or(source).or(target) {
        return Cow::Owned(name);
    }
    let first = node.children().next();
    first.map_or(Cow::Borrowed(""), |it| of_node(it, depth + 1))
}

/// How the options of a mount end that cannot be written to.
const READ_ONLY: &str = ":ro";

/// A mount or a device in one form: what the engine takes for granted is left out, whether it can be written to stands last.
fn mount(text: &str) -> String {
    let mut parts: Vec<&str> = text.split(':').collect();
    let is_path = |it: &str| it.starts_with(['/', '.', '~', '$']) || it.contains('/');
    let options = if parts.len() > 1 && !parts.last().is_some_and(|it| is_path(it)) {
        parts.pop()
    } else {
        None
    };
    let trimmed = |it: &&str| match it.trim_end_matches('/') {
        "" => it.to_string(),
        it => it.to_owned(),
    };
    let mut paths: Vec<String> = parts.iter().map(trimmed).collect();
    // A device appears where it is, unless something else is said.
    if let [one, other] = &*paths
        && one == other
    {
        paths.pop();
    }
    let mut options: Vec<&str> = options.unwrap_or_default().split(',').collect();
    options.retain(|it| !matches!(*it, "" | "rw" | "rwm"));
    let read_only = options.contains(&"ro");
    options.retain(|it| *it != "ro");
    options.sort_unstable();
    let more = if options.is_empty() { String::new() } else { format!(":{}", options.join(",")) };
    format!("{}{more}{}", paths.join(":"), if read_only { READ_ONLY } else { "" })
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|it| write!(out, "{it:02x}"))
    }
}
