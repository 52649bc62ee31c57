//! Knows the conditions under which an image needs something: what the file must show. Evaluates none of them.

use std::fmt;

use serde::Deserialize;

/// When something holds: any of these, each a list of conditions that hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct When(pub Vec<Vec<Condition>>);

/// One thing that a file shows, or does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// A variable of that name is set, to that value where one is given; a name that ends in `*` is a prefix.
    Variable(String, Option<String>),
    /// No variable of that name is set.
    NoVariable(String),
    /// Something is mounted at the path, below it, or as a file in it.
    Mount(String),
    /// Nothing is mounted at the path or above it.
    NoMount(String),
    /// Something of the host is mounted: at the path or below it where one is given.
    Bind(Option<String>),
    /// A port is published or named.
    Port(u16, Option<Protocol>),
    /// A word of the entrypoint or the command contains the text.
    Argument(String),
    /// It is to start as root.
    Root,
    /// It is to start as a user of its own.
    NonRoot,
    /// It is in the host's network.
    HostNetwork,
    /// An init process of the runtime stands in front.
    Init,
    /// No file shows it.
    Untold,
}

/// What a port is spoken to with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Connections.
    Tcp,
    /// Datagrams.
    Udp,
}

impl TryFrom<Vec<String>> for When {
    type Error = String;

    fn try_from(written: Vec<String>) -> Result<Self, String> {
        if written.is_empty() {
            return Err("`when` names no condition".to_owned());
        }
        let any = written.iter().map(|it| it.split(" & ").map(condition).collect());
        any.collect::<Result<_, _>>().map(When)
    }
}

impl When {
    /// Whether no file can show it.
    pub fn is_untold(&self) -> bool {
        self.0.iter().any(|all| all.contains(&Condition::Untold))
    }
}

impl fmt::Display for When {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = |it: &Vec<Condition>| -> String {
            it.iter().map(Condition::to_string).collect::<Vec<_>>().join(" and ")
        };
        formatter.write_str(&self.0.iter().map(all).collect::<Vec<_>>().join(", or "))
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name, None) => write!(formatter, "{name} is set"),
            Self::Variable(name, Some(value)) => write!(formatter, "{name} is {value}"),
            Self::NoVariable(name) => write!(formatter, "{name} is not set"),
            Self::Mount(path) => write!(formatter, "{path} is mounted"),
            Self::NoMount(path) => write!(formatter, "nothing is mounted at {path}"),
            Self::Bind(Some(path)) => write!(formatter, "{path} comes from the host"),
            Self::Bind(None) => formatter.write_str("something of the host is mounted"),
            Self::Port(number, None) => write!(formatter, "port {number} is used"),
            Self::Port(number, Some(Protocol::Tcp)) => {
                write!(formatter, "port {number}/tcp is used")
            }
            Self::Port(number, Some(Protocol::Udp)) => {
                write!(formatter, "port {number}/udp is used")
            }
            Self::Argument(text) => write!(formatter, "the command says {text}"),
            Self::Root => formatter.write_str("it starts as root"),
            Self::NonRoot => formatter.write_str("it does not start as root"),
            Self::HostNetwork => formatter.write_str("it is in the host's network"),
            Self::Init => formatter.write_str("an init process stands in front"),
            Self::Untold => formatter.write_str("it is in use, which no file shows"),
        }
    }
}

fn condition(text: &str) -> Result<Condition, String> {
    let (word, rest) = text.split_once(':').map_or((text, None), |(it, rest)| (it, Some(rest)));
    let condition = match (word, rest.filter(|it| !it.is_empty())) {
        ("root", None) => Condition::Root,
        ("non-root", None) => Condition::NonRoot,
        ("host-network", None) => Condition::HostNetwork,
        ("init", None) => Condition::Init,
        ("untold", None) => Condition::Untold,
        ("bind", path) => Condition::Bind(path.map(str::to_owned)),
        ("env", Some(name)) => match name.split_once('=') {
            Some((name, value)) => Condition::Variable(name.to_owned(), Some(value.to_owned())),
            None => Condition::Variable(name.to_owned(), None),
        },
        ("no-env", Some(name)) => Condition::NoVariable(name.to_owned()),
        ("mount", Some(path)) => Condition::Mount(path.to_owned()),
        ("no-mount", Some(path)) => Condition::NoMount(path.to_owned()),
        ("arg", Some(text)) => Condition::Argument(text.to_owned()),
        ("port", Some(port)) => return self::port(port),
        _ => return Err(format!("unknown condition `{text}`")),
    };
    Ok(condition)
}

fn port(text: &str) -> Result<Condition, String> {
    let (number, protocol) = match text.split_once('/') {
        Some((number, "tcp")) => (number, Some(Protocol::Tcp)),
        Some((number, "udp")) => (number, Some(Protocol::Udp)),
        Some(_) => return Err(format!("unknown protocol in `port:{text}`")),
        None => (text, None),
    };
    let number = number.parse().map_err(|_| format!("`port:{text}` is no port"))?;
    Ok(Condition::Port(number, protocol))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[Condition]) {
        let when = When::try_from(vec![text.to_owned()]);
        assert_eq!(when, Ok(When(vec![expected.to_vec()])), "{text}");
    }

    #[test]
    fn every_condition_is_read() {
        let name = |it: &str| it.to_owned();
        check("env:A", &[Condition::Variable(name("A"), None)]);
        check("env:A=yes", &[Condition::Variable(name("A"), Some(name("yes")))]);
        check("no-env:A & root", &[Condition::NoVariable(name("A")), Condition::Root]);
        check("mount:/a", &[Condition::Mount(name("/a"))]);
        check("bind", &[Condition::Bind(None)]);
        check("bind:/a", &[Condition::Bind(Some(name("/a")))]);
        check("port:67/udp", &[Condition::Port(67, Some(Protocol::Udp))]);
        check("port:53", &[Condition::Port(53, None)]);
        check("arg:--a:b", &[Condition::Argument(name("--a:b"))]);
        check("untold", &[Condition::Untold]);
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for text in ["", "when it rains", "port:x", "port:1/sctp", "env:", "root:1"] {
            assert!(When::try_from(vec![text.to_owned()]).is_err(), "{text}");
        }
        assert!(When::try_from(Vec::new()).is_err());
    }
}
