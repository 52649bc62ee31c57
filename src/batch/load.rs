//! One input: read, decoded, parsed, told apart. What cannot be done is a result, not a crash.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::commands;
use super::meant::{is_ours, only_includes};
use super::partly;
use crate::source::{self, Found, Named, Source};
use crate::workload::detect::{FileKind, file_kind};
use crate::workload::kubernetes::is_kustomization;
use crate::workload::run::Script;
use crate::workload::shapes::misshapes;
use crate::yaml::{
    Ambiguity, Kind, Node, ParseError, Problem, Tree, ambiguities, decode, ended_json, late_merges,
};

/// A file of the run.
pub struct Loaded {
    /// Its path.
    pub path: PathBuf,
    /// How it was read, for writing back; nothing for standard input.
    pub source: Option<Source>,
    /// What came of it.
    pub outcome: Outcome,
    /// Documents of it that were passed over, and services that nobody reads, and why.
    pub unread: Vec<Refusal>,
    /// Whether what was passed over fails the run: commands of a script that is named outright.
    pub unread_fails: bool,
    /// The commands of a file that is no YAML.
    pub script: Option<Arc<Script>>,
    /// What a file holds that is refused for single services of it.
    pub rest: Option<Box<Tree>>,
}

impl Loaded {
    /// An input of which nothing was passed over.
    pub fn new(path: PathBuf, source: Option<Source>, outcome: Outcome) -> Loaded {
        Loaded {
            path,
            source,
            outcome,
            unread: Vec::new(),
            unread_fails: false,
            script: None,
            rest: None,
        }
    }
}

/// What came of an input.
pub enum Outcome {
    /// It can be judged.
    Ready(Box<Tree>, FileKind),
    /// It is none of ours.
    Passed,
    /// It could not be done.
    Refused(Vec<Refusal>),
    /// It is a template in a folder, refused without failing the run.
    Template(Refusal),
}

/// Why an input could not be done.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// Line and column, where there is one.
    pub place: Option<(usize, usize)>,
    /// What is wrong and what to do.
    pub message: String,
}

/// Reads and parses a file.
pub fn load(found: &Found) -> Loaded {
    match source::read(&found.path) {
        Err(error) => {
            let outcome = Outcome::Refused(vec![Refusal { place: None, message: error.problem }]);
            Loaded::new(found.path.clone(), None, outcome)
        }
        Ok(mut source) => {
            if let Some(form) = commands::form(found, &source.bytes) {
                return commands::load(found, source, form);
            }
            let outcome = parse(&found.path, found.named, &source.bytes);
            if let Outcome::Ready(tree, _) = &outcome {
                source.bytes.share(tree.shared_text());
            }
            let unread = unread(&outcome);
            let is_refused = matches!(outcome, Outcome::Refused(_));
            let rest = is_refused.then(|| partly::parse(&found.path, &source.bytes)).flatten();
            let rest = rest.map(Box::new);
            Loaded { unread, rest, ..Loaded::new(found.path.clone(), Some(source), outcome) }
        }
    }
}

/// The documents of a stream that were passed over.
pub(super) fn unread(outcome: &Outcome) -> Vec<Refusal> {
    let Outcome::Ready(tree, _) = outcome else { return Vec::new() };
    let why = |error: &ParseError| match is_template(error) {
        true => template_advice(),
        false => format!("not YAML, but without pods, so it is left as it is: {}", error.message),
    };
    let refusal = |error: &ParseError| Refusal {
        place: Some((error.position.line, error.position.column)),
        message: why(error),
    };
    tree.unread().iter().map(|it| refusal(&it.error)).collect()
}

/// Why a file that others name is not read.
pub(super) const NO_COMPOSE: &str = "which is no Compose file";

/// Parses a file that others name: whatever it is called, it is meant to be a Compose file.
pub(super) fn parse_beside(bytes: &[u8]) -> Result<Tree, &'static str> {
    let text = decode(bytes).map_err(|_| "which is not UTF-8 text")?;
    let tree = Tree::parse(text).map_err(|_| "which is not YAML")?;
    if !tree.unread().is_empty() {
        return Err("which is not YAML");
    }
    tree.editable().map_err(|_| "which not all readers of YAML read alike")?;
    let fine = tree.documents().all(|it| it.is_null() || it.resolve().kind() == Kind::Mapping);
    if !fine || !misshapes(&tree).is_empty() {
        return Err(NO_COMPOSE);
    }
    Ok(tree)
}

/// Parses the bytes of an input and tells what it is.
pub fn parse(path: &Path, named: Named, bytes: &[u8]) -> Outcome {
    let compose_name = is_compose_name(path);
    let outright = named == Named::Outright;
    let is_meant = || outright || compose_name || is_kustomization(path) || is_ours(bytes);
    let text = match decode(bytes) {
        Ok(text) => text,
        Err(error) => return failed(&error, is_meant(), false),
    };
    let tree = match Tree::parse(text) {
        Ok(tree) => tree,
        Err(error) => {
            let template = is_template(&error) && !outright;
            return failed(&error, is_meant(), template);
        }
    };
    let kind = match file_kind(&tree, compose_name) {
        FileKind::Neither if only_includes(path, &tree) => FileKind::Compose,
        FileKind::Neither if is_kustomization(path) && says_no_kind(&tree) => FileKind::Kubernetes,
        kind => kind,
    };
    if kind == FileKind::Compose && !outright && !compose_name && is_of_another_tool(path, &tree) {
        return Outcome::Passed;
    }
    if let Some(error) = tree.unread().iter().map(|it| &it.error).find(|it| is_template(it))
        && (outright || kind != FileKind::Kubernetes)
    {
        return failed(error, true, !outright);
    }
    if kind == FileKind::Neither {
        return neither(&tree, outright);
    }
    if let Err(error) = tree.editable() {
        return failed(&error, true, is_template(&error) && !outright);
    }
    if let Some(offset) = ytt(&tree) {
        let refusal = Refusal { place: place(&tree, offset), message: template_advice() };
        return if outright { Outcome::Refused(vec![refusal]) } else { Outcome::Template(refusal) };
    }
    judge(tree, kind)
}

/// Whether a file leaves out what it is, as kustomize lets its own.
fn says_no_kind(tree: &Tree) -> bool {
    let mut roots = tree.documents().map(Node::resolve).filter(|it| !it.is_null()).peekable();
    let leaves_out = |it: Node<'_>| {
        it.kind() == Kind::Mapping && ["apiVersion", "kind"].iter().all(|key| it.get(key).is_none())
    };
    roots.peek().is_some() && roots.all(leaves_out)
}

fn judge(tree: Tree, kind: FileKind) -> Outcome {
    let refuse = |offset: usize, message: &str| {
        Outcome::Refused(vec![Refusal { place: place(&tree, offset), message: message.to_owned() }])
    };
    let start = |key: &str| {
        let mut keys = tree.documents().flat_map(|it| it.entries()).map(|it| it.key);
        keys.find(|it| key.is_empty() || it.value() == Some(key)).map_or(0, |it| it.span().start)
    };
    let wrong = match kind {
        FileKind::Compose => misshapes(&tree),
        FileKind::Kubernetes => {
            let mut all = [ambiguities(&tree), late_merges(&tree)].concat();
            all.extend(ended_json(&tree));
            all
        }
        FileKind::ComposeV1 => {
            return refuse(
                start(""),
                "a Compose file of the first version: move its services under `services:` (docs.docker.com, \"Migrate to Compose V2\") and run again",
            );
        }
        FileKind::Encrypted => {
            return refuse(
                start("sops"),
                "encrypted by sops, which signs every byte: decrypt it, run again, and encrypt it",
            );
        }
        FileKind::Commands | FileKind::Neither => Vec::new(),
    };
    if wrong.is_empty() { Outcome::Ready(Box::new(tree), kind) } else { misshapen(&tree, &wrong) }
}

fn misshapen(tree: &Tree, wrong: &[Ambiguity]) -> Outcome {
    let refusal =
        |it: &Ambiguity| Refusal { place: place(tree, it.span.start), message: it.message.clone() };
    Outcome::Refused(wrong.iter().map(refusal).collect())
}

fn place(tree: &Tree, offset: usize) -> Option<(usize, usize)> {
    let position = tree.position(offset);
    Some((position.line, position.column))
}

fn neither(tree: &Tree, outright: bool) -> Outcome {
    let empty = tree.documents().all(|it| it.is_null());
    if empty || !outright {
        return Outcome::Passed;
    }
    let has = |key: &str| tree.documents().any(|it| it.resolve().get(key).is_some());
    if has("services") {
        let wrong = misshapes(tree);
        if !wrong.is_empty() {
            return misshapen(tree, &wrong);
        }
    } else if ["networks", "volumes", "configs", "secrets", "include"].iter().any(|it| has(it)) {
        return Outcome::Passed;
    }
    Outcome::Refused(vec![Refusal {
        place: None,
        message: "neither a Compose file (a mapping under `services`) nor a Kubernetes manifest (`apiVersion` and `kind`): name the file that is"
            .to_owned(),
    }])
}

fn failed(error: &ParseError, counts: bool, template: bool) -> Outcome {
    let place = Some((error.position.line, error.position.column));
    let message = match error.problem {
        Problem::Template => template_advice(),
        Problem::Encoding => format!("{}: save the file as UTF-8", error.message),
        Problem::AmbiguousCharacter => format!("{}: remove it", error.message),
        // What begins a document without saying so: JSON objects one after the other, for example.
        Problem::Syntax if error.message.contains("<document start>") => {
            format!("not YAML: {}: put `---` between documents", error.message)
        }
        Problem::Syntax => format!("not YAML: {}", error.message),
        Problem::AmbiguousAnchor
        | Problem::AmbiguousSyntax
        | Problem::Disagreement
        | Problem::TooDeep
        | Problem::TooLarge => error.message.clone(),
    };
    let refusal = Refusal { place, message };
    match (template, counts) {
        (true, _) => Outcome::Template(refusal),
        (false, true) => Outcome::Refused(vec![refusal]),
        (false, false) => Outcome::Passed,
    }
}

fn is_template(error: &ParseError) -> bool {
    error.problem == Problem::Template
}

fn template_advice() -> String {
    "a template, not yet YAML: render it first, as in `helm template . | casehard fix -`, or run casehard as a post-renderer".to_owned()
}

/// The first line of a ytt template, which hides its expressions in comments. Braces that parse by luck the reader of
/// YAML finds itself.
fn ytt(tree: &Tree) -> Option<usize> {
    let text = tree.text();
    let mut own = tree.comments().filter(|it| it.own_line);
    own.find(|it| text[it.span.start..].starts_with("#@ ")).map(|it| it.span.start)
}

/// Whether the name is one that Compose looks for, or plainly derived from it.
pub(super) fn is_compose_name(path: &Path) -> bool {
    let name =
        path.file_name().map(|it| it.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let yaml = name.ends_with(".yml") || name.ends_with(".yaml");
    yaml && (name.starts_with("docker-compose") || name.starts_with("compose."))
}

/// Whether a file with services in it is read by a runner of jobs or a tool of developers and by no Compose, which
/// refuses such keys. Most are hidden: `.woodpecker.yml`, `.drone.yml`, `.lando.yml`.
fn is_of_another_tool(path: &Path, tree: &Tree) -> bool {
    const KEYS: [&str; 4] = ["steps", "pipeline", "stages", "recipe"];
    let name = path.file_name().and_then(|it| it.to_str()).unwrap_or("");
    let is_told = |key: &&str| tree.documents().any(|it| it.resolve().get(key).is_some());
    name.starts_with(".lando.") || KEYS.iter().any(is_told)
}
