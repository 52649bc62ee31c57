//! MongoDB: YAML, the old `name = value`, and flags.

use super::Kind::{Data, Log, Pid, Socket};
use super::dotted;
use super::grammar::{Base, Directive, Grammar, itself, listens, switched, writes};
use super::setting::{Command, Content, Setting};
use super::shell::{self, Flag};

pub(super) static GRAMMAR: Grammar = Grammar {
    names: &[
        "mongo",
        "mongod",
        "mongos",
        "mongodb",
        "mongodb-community-server",
        "mongodb-enterprise-server",
        "percona-server-mongodb",
    ],
    // The image moves the file of the package away, so that only a flag names one.
    main: &[],
    drop_ins: &[],
    layered: false,
    stands_for: itself,
    read,
    words,
    variable: |name, value| match name {
        // The entrypoint writes what it makes of the configuration there.
        "TMPDIR" => vec![Setting::named("(temp)", value, name)],
        _ => Vec::new(),
    },
    directives: DIRECTIVES,
    // The working folder of the image.
    base: Base { key: "(none)", default: Some("/") },
};

static DIRECTIVES: &[Directive] = &[
    writes("systemlog.path", Log),
    writes("logpath", Log),
    writes("auditlog.path", Log),
    writes("auditpath", Log),
    writes("storage.dbpath", Data),
    writes("dbpath", Data),
    writes("setparameter.diagnosticdatacollectiondirectorypath", Data),
    writes("processmanagement.pidfilepath", Pid),
    writes("pidfilepath", Pid),
    switched("net.unixdomainsocket.pathprefix", Socket, "net.unixdomainsocket.enabled"),
    writes("unixsocketprefix", Socket),
    writes("(temp)", super::Kind::Temp),
    listens("net.port"),
    listens("port"),
];

fn read(text: &str, _: &str) -> Option<Content> {
    let first = text.lines().map(str::trim).find(|it| !it.is_empty() && !it.starts_with('#'));
    let is_old = first.is_some_and(|it| match (it.find('='), it.find(':')) {
        (Some(equal), Some(colon)) => equal < colon,
        (equal, _) => equal.is_some(),
    });
    let settings = if is_old { old(text) } else { dotted::yaml(text)? };
    Some(Content { settings, includes: Vec::new() })
}

fn old(text: &str) -> Vec<Setting> {
    let mut settings = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let code = line.split('#').next().unwrap_or_default();
        let Some((name, value)) = code.split_once('=') else { continue };
        let (name, value) = (name.trim(), value.trim().trim_matches(['"', '\'']));
        let setting = Setting::new(&name.to_lowercase(), vec![value.to_owned()], number + 1);
        settings.push(Setting { by: name.to_owned(), ..setting });
    }
    settings
}

fn words(words: &[String]) -> Command {
    let mut command = Command::default();
    for Flag { name, value, .. } in shell::flags(words) {
        let Some(value) = value else { continue };
        let key = name.to_lowercase();
        match key.as_str() {
            "" => (),
            "f" | "config" => command.files.instead.push(value.to_owned()),
            "setparameter" => {
                let Some((name, value)) = value.split_once('=') else { continue };
                let key = format!("setparameter.{}", name.to_lowercase());
                command.settings.push(Setting::named(&key, value, "--setParameter"));
            }
            key => command.settings.push(Setting::named(key, value, &format!("--{name}"))),
        }
    }
    command
}

#[cfg(test)]
mod tests {
    use crate::evidence::mounted::Server::Mongo;
    use crate::evidence::mounted::tests::{Case, none, told};

    fn named(text: &'static str) -> Case {
        Case::files(&[("/etc/m.conf", text)]).words(&["mongod", "--config", "/etc/m.conf"])
    }

    #[test]
    fn both_forms_name_paths() {
        told(
            Mongo,
            &named(
                "systemLog:\n  destination: file\n  path: /var/log/m.log\nstorage: {dbPath: /srv}\nprocessManagement:\n  pidFilePath: /run/m.pid\nnet:\n  port: 27018\n  unixDomainSocket:\n    pathPrefix: /run/m\n",
            ),
            &[
                "Log /var/log/m.log by systemLog.path /etc/m.conf:3",
                "Data /srv by storage.dbPath /etc/m.conf:4",
                "Pid /run/m.pid by processManagement.pidFilePath /etc/m.conf:6",
                "Socket /run/m by net.unixDomainSocket.pathPrefix /etc/m.conf:10",
                "port 27018 by net.port /etc/m.conf:8",
            ],
        );
        told(
            Mongo,
            &named("# old\nlogpath=/var/log/m.log\ndbpath = \"/srv\" # x\nport = 27018\n"),
            &[
                "Log /var/log/m.log by logpath /etc/m.conf:2",
                "Data /srv by dbpath /etc/m.conf:3",
                "port 27018 by port /etc/m.conf:4",
            ],
        );
        none(Mongo, &named("net:\n  unixDomainSocket: {enabled: false, pathPrefix: /x}\n"));
        none(Mongo, &Case::files(&[("/etc/mongod.conf", "storage: {dbPath: /srv}")]));
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        told(Mongo, &named("storage: [\n"), &["unread /etc/m.conf"]);
        told(
            Mongo,
            &Case::unread("/etc/m.conf").words(&["mongod", "-f", "/etc/m.conf"]),
            &["unread /etc/m.conf"],
        );
    }

    #[test]
    fn words_name_paths() {
        told(
            Mongo,
            &Case::words_only(&[
                "--logpath",
                "/var/log/m.log",
                "--dbpath=/srv",
                "--unixSocketPrefix",
                "/run",
                "--port",
                "1",
                "--auth",
            ]),
            &[
                "Log /var/log/m.log by --logpath",
                "Data /srv by --dbpath",
                "Socket /run by --unixSocketPrefix",
                "port 1 by --port",
            ],
        );
        told(
            Mongo,
            &Case::words_only(&["mongod", "--logpath", "m.log"]),
            &["Log /m.log by --logpath"],
        );
        told(Mongo, &Case::variables_only(&[("TMPDIR", "/t")]), &["Temp /t by TMPDIR"]);
    }
}
