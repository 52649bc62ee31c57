//! Command lines as services of a Compose project: what each flag says there, and which bytes say it.

use std::collections::BTreeSet;

use super::command::{Command, Given, Value};
use super::flags::{Says, is_mode, network_name, saying};
use super::program::Program;
use crate::yaml::Span;

/// A node of the project on its way to text.
pub(super) struct Sketch {
    pub(super) span: Span,
    pub(super) what: What,
    /// The number of the flag that says it.
    pub(super) flag: Option<usize>,
}

/// What a node is.
pub(super) enum What {
    Text(String),
    Truth(bool),
    List(Vec<Sketch>),
    Map(Vec<(String, Span, Sketch)>),
}

impl Sketch {
    fn text(value: &Value, flag: Option<usize>) -> Sketch {
        Sketch { span: value.span, what: What::Text(value.text.clone()), flag }
    }

    fn said(text: &str, span: Span, flag: Option<usize>) -> Sketch {
        Sketch { span, what: What::Text(text.to_owned()), flag }
    }

    fn list(items: Vec<Sketch>) -> Sketch {
        let span = hull(items.iter().map(|it| it.span));
        let flag = items.first().and_then(|it| it.flag);
        Sketch { span, what: What::List(items), flag }
    }
}

fn hull(mut all: impl Iterator<Item = Span>) -> Span {
    let first = all.next().unwrap_or(Span { start: 0, end: 0 });
    all.fold(first, |a, b| Span { start: a.start.min(b.start), end: a.end.max(b.end) })
}

/// The project that commands make.
pub(super) fn project(commands: &[Command]) -> Sketch {
    let mut names = BTreeSet::new();
    let service = |command: &Command| {
        let name = name(command);
        let mut free = name.clone();
        let mut number = 1;
        while !names.insert(free.clone()) {
            number += 1;
            free = format!("{name}-{number}");
        }
        (free, command.name, service(command))
    };
    let services: Vec<_> = commands.iter().map(service).collect();
    let span = hull(commands.iter().map(|it| it.span));
    let services = Sketch { span, what: What::Map(services), flag: None };
    let mut all = vec![("services".to_owned(), span, services)];
    if let Some(it) = commands.iter().find(|it| it.program == Program::Podman) {
        // A file like this shows what runs it.
        let shows = Sketch { span: it.name, what: What::Truth(true), flag: None };
        all.insert(0, ("x-podman".to_owned(), it.name, shows));
    }
    Sketch { span, what: What::Map(all), flag: None }
}

/// What a service is called: as its container is, or as its image.
fn name(command: &Command) -> String {
    let named = command.flags.iter().find(|it| it.flag.name == "name");
    let named = named.and_then(|it| it.value.as_ref()).map(|it| it.text.as_str());
    let image = command.image.text.as_str();
    let image = image.split('@').next().unwrap_or(image);
    let image = image.rsplit('/').next().unwrap_or(image);
    let image = image.split(':').next().unwrap_or(image);
    let is_free = |it: &&str| {
        it.starts_with(|it: char| it.is_ascii_alphanumeric())
            && it.chars().all(|it| it.is_ascii_alphanumeric() || "._-".contains(it))
    };
    named.filter(is_free).or(Some(image).filter(is_free)).unwrap_or("container").to_owned()
}

/// The keys of a service, in the order in which they are first said.
#[derive(Default)]
struct Service(Vec<(String, Span, Vec<Sketch>, Holds)>);

/// What a key has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    One,
    List,
}

impl Service {
    fn add(&mut self, key: &str, at: Span, value: Sketch, holds: Holds) {
        match self.0.iter_mut().find(|it| it.0 == key) {
            Some(it) if holds == Holds::List => it.2.push(value),
            Some(_) => (),
            None => self.0.push((key.to_owned(), at, vec![value], holds)),
        }
    }
}

fn service(command: &Command) -> Sketch {
    let mut all = Service::default();
    for (number, given) in command.flags.iter().enumerate() {
        say(given, number, &mut all);
    }
    let image = &command.image;
    all.add("image", image.span, Sketch::text(image, None), Holds::One);
    for word in &command.args {
        all.add("command", word.span, Sketch::text(word, None), Holds::List);
    }
    let entry = |(key, at, mut values, holds): (String, Span, Vec<Sketch>, Holds)| match holds {
        Holds::One => (key, at, values.remove(0)),
        Holds::List => (key, at, Sketch::list(values)),
    };
    let entries = all.0.into_iter().map(entry).collect();
    Sketch { span: command.span, what: What::Map(entries), flag: None }
}

fn say(given: &Given, number: usize, all: &mut Service) {
    let flag = Some(number);
    let nothing = Value { text: String::new(), map: Vec::new(), span: given.span };
    let value = given.value.as_ref().unwrap_or(&nothing);
    match given.flag.says {
        Says::Nothing => (),
        Says::Truth(key) => {
            let what = match value.text.as_str() {
                "" | "1" | "t" | "T" | "TRUE" | "true" | "True" => What::Truth(true),
                it if it.contains('$') => What::Text(it.to_owned()),
                _ => What::Truth(false),
            };
            all.add(key, given.span, Sketch { span: value.span, what, flag }, Holds::One);
        }
        Says::Text(key) => all.add(key, given.span, Sketch::text(value, flag), Holds::One),
        Says::Item(key) => all.add(key, given.span, Sketch::text(value, flag), Holds::List),
        Says::Entrypoint if value.text.is_empty() => (),
        Says::Entrypoint => {
            all.add("entrypoint", given.span, Sketch::text(value, flag), Holds::List);
        }
        Says::Network => network(given, value, flag, all),
        Says::VolumesFrom => {
            let text = format!("container:{}", value.text);
            all.add("volumes_from", given.span, Sketch::said(&text, value.span, flag), Holds::List);
        }
        Says::Pod => {
            let text = format!("container:{}", value.text);
            all.add("network_mode", given.span, Sketch::said(&text, value.span, flag), Holds::One);
        }
        Says::Mount => {
            all.add("volumes", given.span, mount(value, flag), Holds::List);
        }
        Says::Test => {
            let words =
                vec![Sketch::said("CMD-SHELL", given.span, flag), Sketch::text(value, flag)];
            health("test", Sketch::list(words), given, all);
        }
        Says::NoTest => {
            let what = What::Truth(true);
            health("disable", Sketch { span: given.span, what, flag }, given, all);
        }
    }
}

fn health(key: &str, value: Sketch, given: &Given, all: &mut Service) {
    let flag = value.flag;
    let what = What::Map(vec![(key.to_owned(), given.span, value)]);
    all.add("healthcheck", given.span, Sketch { span: given.span, what, flag }, Holds::One);
}

/// The host's network, none, that of another container; or networks by their names.
fn network(given: &Given, value: &Value, flag: Option<usize>, all: &mut Service) {
    let text = network_name(&value.text);
    if text == "default" {
        return all.add(
            "network_mode",
            given.span,
            Sketch::said("bridge", value.span, flag),
            Holds::One,
        );
    }
    if is_mode(text) {
        let mode = match text == value.text {
            true => Sketch::text(value, flag),
            false => Sketch::said(text, value.span, flag),
        };
        return all.add("network_mode", given.span, mode, Holds::One);
    }
    let name = text.split([':', ',']).next().unwrap_or(text);
    all.add("networks", given.span, Sketch::said(name, value.span, flag), Holds::List);
}

/// A mount in pairs: `type=bind,src=/a,dst=/b,readonly`.
fn mount(value: &Value, flag: Option<usize>) -> Sketch {
    let mut entries: Vec<(String, Span, Sketch)> = Vec::new();
    let mut add = |key: &str, what: What| {
        entries.push((key.to_owned(), value.span, Sketch { span: value.span, what, flag }));
    };
    let pairs = || value.text.split(',').map(|it| it.split_once('=').unwrap_or((it, "true")));
    if pairs().all(|it| it.0 != "type") {
        add("type", What::Text("volume".to_owned()));
    }
    let mut more: Vec<(&str, &str, String)> = Vec::new();
    for (name, text) in pairs() {
        match name {
            "type" => add("type", What::Text(text.to_owned())),
            "src" | "source" => add("source", What::Text(text.to_owned())),
            "dst" | "target" | "destination" => add("target", What::Text(text.to_owned())),
            "readonly" | "ro" => add("read_only", What::Truth(matches!(text, "true" | "1"))),
            "bind-propagation" => more.push(("bind", "propagation", text.to_owned())),
            "relabel" => {
                let sign = if text == "shared" { "z" } else { "Z" };
                more.push(("bind", "selinux", sign.to_owned()));
            }
            "volume-subpath" => more.push(("volume", "subpath", text.to_owned())),
            "tmpfs-size" => more.push(("tmpfs", "size", text.to_owned())),
            "tmpfs-mode" => more.push(("tmpfs", "mode", text.to_owned())),
            _ => (),
        }
    }
    for section in ["bind", "volume", "tmpfs"] {
        let own = more.iter().filter(|it| it.0 == section);
        let own: Vec<_> = own
            .map(|it| (it.1.to_owned(), value.span, Sketch::said(&it.2, value.span, flag)))
            .collect();
        if !own.is_empty() {
            add(section, What::Map(own));
        }
    }
    Sketch { span: value.span, what: What::Map(entries), flag }
}

/// A project as text.
#[derive(Default)]
pub(super) struct Text {
    pub(super) text: String,
    /// Of each of its nodes in their order the place and the flag.
    pub(super) places: Vec<(Span, Option<usize>)>,
}

/// The text of a project.
pub(super) fn text(root: &Sketch) -> Text {
    let mut out = Text::default();
    write(root, 0, &mut out);
    out
}

fn write(sketch: &Sketch, depth: usize, out: &mut Text) {
    out.places.push((sketch.span, sketch.flag));
    match &sketch.what {
        What::Text(it) => out.text.push_str(&format!(" {}\n", quoted(it))),
        What::Truth(it) => out.text.push_str(&format!(" {it}\n")),
        What::List(all) => {
            out.text.push('\n');
            for item in all {
                out.text.push_str(&"  ".repeat(depth));
                out.text.push('-');
                write(item, depth + 1, out);
            }
        }
        What::Map(all) => {
            // The first entry of an item stands behind its dash.
            let mut begun = out.text.ends_with('-');
            if !begun && !out.text.is_empty() {
                out.text.push('\n');
            }
            for (key, span, value) in all {
                out.text.push_str(&if begun { " ".to_owned() } else { "  ".repeat(depth) });
                begun = false;
                out.places.push((*span, value.flag));
                out.text.push_str(&format!("{}:", quoted_key(key)));
                write(value, depth + 1, out);
            }
        }
    }
}

fn quoted_key(key: &str) -> String {
    let is_plain = key.starts_with(|it: char| it.is_ascii_lowercase())
        && key.chars().all(|it| it.is_ascii_lowercase() || "_-".contains(it))
        && !matches!(key, "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n");
    if is_plain { key.to_owned() } else { quoted(key) }
}

/// A text in double quotes: what JSON writes YAML reads.
fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

/// Whether a key is true or false.
pub(super) fn is_truth(key: &str) -> bool {
    saying(key).is_some_and(|it| matches!(it.says, Says::Truth(_)))
}
