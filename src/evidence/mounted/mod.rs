//! What the configuration of a server says: what it writes, as whom it runs, where it listens. Sees text alone.
//!
//! Each server has a grammar that turns files, command words and variables into [`setting::Setting`]s, and a table of
//! the directives that name a path, an account or a port. What is said twice is told twice: a write too many costs a
//! spare tmpfs, a write too few stops a service.

mod archive;
mod caddy;
mod caddyfile;
mod dotted;
mod follow;
mod grammar;
mod haproxy;
mod mongo;
mod mysql;
mod nginx;
mod path;
mod postgres;
mod redis;
mod setting;
mod shell;
mod tell;
mod traefik;

use grammar::Grammar;

/// A server whose configuration can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Server {
    /// nginx.
    Nginx,
    /// PostgreSQL.
    Postgres,
    /// MySQL, MariaDB and Percona Server.
    Mysql,
    /// Redis, Valkey and KeyDB.
    Redis,
    /// HAProxy.
    Haproxy,
    /// MongoDB.
    Mongo,
    /// Traefik.
    Traefik,
    /// Caddy.
    Caddy,
}

/// A file mounted into the container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mounted<'a> {
    /// Its clean path in the container.
    pub target: &'a str,
    /// What it holds, if it could be read.
    pub text: Option<&'a str>,
}

/// What a configuration says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// What the server writes, sockets included.
    pub writes: Vec<Written>,
    /// The accounts and groups that it changes to.
    pub accounts: Vec<Said<String>>,
    /// The TCP ports that it listens on.
    pub ports: Vec<Said<u16>>,
    /// The folders that it locks itself into, for which it must start as root with `SYS_CHROOT`.
    pub chroots: Vec<Said<String>>,
    /// Files that are part of it and could not be read or understood, as paths in the container.
    pub unread: Vec<String>,
}

/// A path that the server writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// The clean absolute path; where a variable takes part, the folder above it, which may be `/`.
    pub path: String,
    /// What lies there.
    pub kind: Kind,
    /// The directive, flag or variable as written: `access_log`, `-c log_directory`, `PGDATA`.
    pub by: String,
    /// The file that says it, as a path in the container; none for words and variables.
    pub file: Option<String>,
    /// The line of that file, from 1; 0 where there is none.
    pub line: usize,
}

/// Something that is said, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said<T> {
    /// What is said.
    pub value: T,
    /// The directive, flag or variable as written.
    pub by: String,
    /// The file that says it, as a path in the container; none for words and variables.
    pub file: Option<String>,
    /// The line of that file, from 1; 0 where there is none.
    pub line: usize,
}

/// What is written at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// A log, or a folder of logs.
    Log,
    /// A folder of what can be made again.
    Cache,
    /// The number of a process, or a lock.
    Pid,
    /// A Unix socket, or the folder of one.
    Socket,
    /// What must last.
    Data,
    /// A folder of passing files.
    Temp,
}

/// All servers in the order of [`Server`].
pub(crate) const SERVERS: [Server; 8] = [
    Server::Nginx,
    Server::Postgres,
    Server::Mysql,
    Server::Redis,
    Server::Haproxy,
    Server::Mongo,
    Server::Traefik,
    Server::Caddy,
];

impl Server {
    /// The server that a program or an image is, by its path or reference.
    #[must_use]
    pub(crate) fn of(name: &str) -> Option<Server> {
        let last = name.rsplit('/').next().unwrap_or_default();
        let name = last.split([':', '@']).next().unwrap_or_default();
        SERVERS.into_iter().find(|it| it.grammar().names.contains(&name))
    }

    /// The main configuration files of the official image: a mount there replaces what the image ships.
    #[must_use]
    pub(crate) fn main_files(self) -> &'static [&'static str] {
        self.grammar().main
    }

    /// Whether a file mounted at this path is read without a flag that names it.
    #[cfg(test)]
    fn reads(self, target: &str) -> bool {
        let grammar = self.grammar();
        grammar.main.contains(&target)
            || grammar.drop_ins.iter().any(|it| path::matches(it, &(grammar.stands_for)(target)))
    }

    fn grammar(self) -> &'static Grammar {
        match self {
            Server::Nginx => &nginx::GRAMMAR,
            Server::Postgres => &postgres::GRAMMAR,
            Server::Mysql => &mysql::GRAMMAR,
            Server::Redis => &redis::GRAMMAR,
            Server::Haproxy => &haproxy::GRAMMAR,
            Server::Mongo => &mongo::GRAMMAR,
            Server::Traefik => &traefik::GRAMMAR,
            Server::Caddy => &caddy::GRAMMAR,
        }
    }
}

/// What the mounted files say: the main file where it is mounted or named by the words of the command, the mounted
/// files that it includes, and those that the image's own main file includes.
#[must_use]
pub(crate) fn files(server: Server, mounted: &[Mounted<'_>], words: &[String]) -> Told {
    let grammar = server.grammar();
    let command = (grammar.words)(shell::arguments(server, words).as_slice());
    let (settings, unread) = follow::follow(grammar, mounted, &command.files);
    Told { unread, ..tell::tell(grammar, &settings, &command.settings) }
}

/// What the words of the command say.
#[must_use]
pub(crate) fn words(server: Server, words: &[String]) -> Told {
    let grammar = server.grammar();
    let command = (grammar.words)(shell::arguments(server, words).as_slice());
    tell::tell(grammar, &command.settings, &[])
}

/// What the variables of the environment say; one without a value says nothing.
#[must_use]
pub(crate) fn variables(server: Server, variables: &[(String, Option<String>)]) -> Told {
    let grammar = server.grammar();
    let known = variables.iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
    let settings: Vec<_> = known
        .filter(|(_, value)| !value.trim().is_empty())
        .flat_map(|(name, value)| (grammar.variable)(name, value))
        .collect();
    tell::tell(grammar, &settings, &[])
}

#[cfg(test)]
mod tests;
