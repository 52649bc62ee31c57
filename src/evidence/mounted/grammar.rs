//! What the reading of a server's configuration consists of.

use super::Kind;
use super::setting::{Command, Content, Setting};

/// How a server's configuration is found, read and understood.
pub(super) struct Grammar {
    /// The programs and images that are this server.
    pub(super) names: &'static [&'static str],
    /// See [`super::Server::main_files`].
    pub(super) main: &'static [&'static str],
    /// Globs of the files that the main file of the image includes.
    pub(super) drop_ins: &'static [&'static str],
    /// Whether the main files are read one after another, so that a mounted one does not replace the others.
    pub(super) layered: bool,
    /// The path at which the server sees what is mounted at a path: the image's entrypoint may copy it.
    pub(super) stands_for: fn(&str) -> String,
    /// What a text at a path says; nothing when it is not of this grammar.
    pub(super) read: fn(&str, &str) -> Option<Content>,
    /// What the words after the program's name say.
    pub(super) words: fn(&[String]) -> Command,
    /// What a variable of the environment says.
    pub(super) variable: fn(&str, &str) -> Vec<Setting>,
    /// The directives that say something.
    pub(super) directives: &'static [Directive],
    /// What relative paths are below.
    pub(super) base: Base,
}

/// What relative paths are below.
pub(super) struct Base {
    /// The directive that says it.
    pub(super) key: &'static str,
    /// What holds without it; relative paths say nothing where this is unknown or a volume of the image.
    pub(super) default: Option<&'static str>,
}

/// A directive that says something.
pub(super) struct Directive {
    /// Its name; `*` stands for one part between dots.
    pub(super) name: &'static str,
    /// What its values are.
    pub(super) says: Says,
    /// The directive that can switch it off in so many words.
    pub(super) switch: Option<&'static str>,
}

/// What the values of a directive are.
#[derive(Clone, Copy)]
pub(super) enum Says {
    /// Paths that are written.
    Writes(Kind),
    /// Ports, addresses with ports, or Unix sockets.
    Listens,
    /// An account or a group.
    Account,
    /// A folder to be locked into.
    Chroot,
}

/// A directive whose values are written.
pub(super) const fn writes(name: &'static str, kind: Kind) -> Directive {
    Directive { name, says: Says::Writes(kind), switch: None }
}

/// A directive whose values are written unless another one is off.
pub(super) const fn switched(name: &'static str, kind: Kind, switch: &'static str) -> Directive {
    Directive { name, says: Says::Writes(kind), switch: Some(switch) }
}

/// A directive whose values are listened on.
pub(super) const fn listens(name: &'static str) -> Directive {
    Directive { name, says: Says::Listens, switch: None }
}

/// A directive whose value is an account or a group.
pub(super) const fn account(name: &'static str) -> Directive {
    Directive { name, says: Says::Account, switch: None }
}

/// A directive whose value is a folder to be locked into.
pub(super) const fn chroot(name: &'static str) -> Directive {
    Directive { name, says: Says::Chroot, switch: None }
}

/// Whether a key of parts between dots is what a name with stars speaks of.
pub(super) fn is_named(name: &str, key: &str) -> bool {
    if !name.contains('*') {
        return name == key;
    }
    let (mut name, mut key) = (name.split('.'), key.split('.'));
    loop {
        match (name.next(), key.next()) {
            (None, None) => return true,
            (Some(wanted), Some(part)) if wanted == "*" || wanted == part => (),
            _ => return false,
        }
    }
}

/// A place that is seen where it is mounted.
pub(super) fn itself(target: &str) -> String {
    target.to_owned()
}
