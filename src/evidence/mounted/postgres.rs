//! PostgreSQL: lines of `name = value`, `-c name=value` and `--name=value`.

use super::Kind::{Data, Log, Pid, Temp};
use super::archive;
use super::grammar::{Base, Directive, Grammar, itself, listens, switched, writes};
use super::setting::{Below, Command, Content, Include, Setting};
use super::shell;

pub(super) static GRAMMAR: Grammar = Grammar {
    names: &["postgres", "postgresql", "postmaster", "postgis", "pgvector", "timescaledb"],
    main: &[
        "/var/lib/postgresql/data/postgresql.conf",
        "/var/lib/postgresql/18/docker/postgresql.conf",
        // The data folder is made with a copy of it.
        "/usr/share/postgresql/postgresql.conf.sample",
        "/usr/local/share/postgresql/postgresql.conf.sample",
    ],
    drop_ins: &[],
    layered: true,
    stands_for: itself,
    read,
    words,
    variable,
    directives: DIRECTIVES,
    // Where the data lies without it is a volume of the image.
    base: Base { key: "data_directory", default: None },
};

static DIRECTIVES: &[Directive] = &[
    writes("data_directory", Data),
    switched("log_directory", Log, "logging_collector"),
    writes("stats_temp_directory", Temp),
    writes("unix_socket_directories", super::Kind::Socket),
    writes("external_pid_file", Pid),
    switched("archive_command", Data, "archive_mode"),
    writes("archive_cleanup_command", Data),
    writes("waldir", Data),
    listens("port"),
];

/// The letters of flags, and the settings that they stand for.
static LETTERS: &[(&str, &str)] =
    &[("-D", "data_directory"), ("-k", "unix_socket_directories"), ("-p", "port")];

fn read(text: &str, _: &str) -> Option<Content> {
    let mut content = Content::default();
    for (number, line) in text.lines().enumerate() {
        let Some((name, value)) = pair(line) else { continue };
        let include = |pattern: String| Include { pattern, below: Below::File };
        match name.as_str() {
            "include" | "include_if_exists" => content.includes.push(include(value)),
            "include_dir" => content.includes.push(include(format!("{value}/*.conf"))),
            name => content.settings.push(Setting::new(name, values(name, &value), number + 1)),
        }
    }
    Some(content)
}

/// The name and the value of a line: the `=` may be missing, and a quote is doubled or escaped inside quotes.
fn pair(line: &str) -> Option<(String, String)> {
    let line = line.trim();
    let end = line.find(|it: char| !(it.is_ascii_alphanumeric() || it == '_' || it == '.'));
    let (name, rest) = line.split_at(end.filter(|it| *it > 0)?);
    let rest = rest.trim_start();
    let rest = rest.strip_prefix('=').unwrap_or(rest).trim_start();
    let Some(quoted) = rest.strip_prefix('\'') else {
        let value = rest.split(|it: char| it.is_whitespace() || it == '#').next()?;
        return (!value.is_empty()).then(|| (name.to_lowercase(), value.to_owned()));
    };
    let mut value = String::new();
    let mut characters = quoted.chars().peekable();
    while let Some(next) = characters.next() {
        match next {
            '\\' => value.extend(characters.next()),
            '\'' if characters.next_if_eq(&'\'').is_none() => break,
            next => value.push(next),
        }
    }
    Some((name.to_lowercase(), value))
}

/// The values of a setting that the table speaks of.
fn values(name: &str, value: &str) -> Vec<String> {
    match name {
        "unix_socket_directories" | "unix_socket_directory" => {
            let all = value.split(',').map(|it| it.trim().trim_matches('"'));
            // The abstract namespace is no folder.
            all.filter(|it| !it.starts_with('@')).map(str::to_owned).collect()
        }
        "archive_command" | "archive_cleanup_command" => archive::written(value),
        _ => vec![value.to_owned()],
    }
}

fn words(words: &[String]) -> Command {
    let mut command = Command::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut rest = |glued: &str| match glued {
            "" => words.next().cloned().unwrap_or_default(),
            glued => glued.to_owned(),
        };
        let letter = LETTERS.iter().find(|it| word.starts_with(it.0));
        if let Some((flag, name)) = letter {
            let value = rest(&word[2..]);
            command.settings.push(setting(name, &value, flag));
        } else if let Some(glued) = word.strip_prefix("-c") {
            let text = rest(glued);
            note(&mut command, &text, "-c ");
        } else if let Some(text) = word.strip_prefix("--") {
            note(&mut command, text, "--");
        }
    }
    let data = command.settings.iter().find(|it| it.key == "data_directory");
    if let Some(folder) = data.and_then(|it| it.values.first())
        && command.files.instead.is_empty()
    {
        command.files.besides.push(format!("{}/postgresql.conf", folder.trim_end_matches('/')));
    }
    command
}

fn note(command: &mut Command, text: &str, flag: &str) {
    let Some((written, value)) = text.split_once('=') else { return };
    let name = written.trim().to_lowercase().replace('-', "_");
    match name.as_str() {
        "config_file" => command.files.instead.push(value.trim().to_owned()),
        name => command.settings.push(setting(name, value.trim(), &format!("{flag}{written}"))),
    }
}

fn setting(name: &str, value: &str, by: &str) -> Setting {
    Setting { values: values(name, value), ..Setting::named(name, value, by) }
}

fn variable(name: &str, value: &str) -> Vec<Setting> {
    match name {
        "PGDATA" => vec![Setting::named("data_directory", value, name)],
        "POSTGRES_INITDB_WALDIR" => vec![Setting::named("waldir", value, name)],
        "PGPORT" => vec![Setting::named("port", value, name)],
        "POSTGRES_INITDB_ARGS" => {
            let words = shell::split(value);
            let flags = shell::flags(&words).into_iter();
            let waldir = flags.filter(|it| ["waldir", "xlogdir", "X"].contains(&it.name));
            waldir.filter_map(|it| Some(Setting::named("waldir", it.value?, name))).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use crate::evidence::mounted::Server::Postgres;
    use crate::evidence::mounted::tests::{Case, none, told};

    const NAMED: &[&str] = &["postgres", "-c", "config_file=/etc/pg.conf"];

    fn named(text: &'static str) -> Case {
        Case::files(&[("/etc/pg.conf", text)]).words(NAMED)
    }

    #[test]
    fn folders_of_a_named_file_are_written() {
        told(
            Postgres,
            &named(
                "logging_collector = on\nlog_directory = '/var/log/pg' # here\nport 5433\nunix_socket_directories='/tmp, /run/x,@y'\n",
            ),
            &[
                "Log /var/log/pg by log_directory /etc/pg.conf:2",
                "Socket /tmp by unix_socket_directories /etc/pg.conf:4",
                "Socket /run/x by unix_socket_directories /etc/pg.conf:4",
                "port 5433 by port /etc/pg.conf:3",
            ],
        );
        told(
            Postgres,
            &named(
                "data_directory='/srv/it''s'\nlog_directory=log\nStats_Temp_Directory /s\nexternal_pid_file=/p\n",
            ),
            &[
                "Data /srv/it's by data_directory /etc/pg.conf:1",
                "Log /srv/it's/log by log_directory /etc/pg.conf:2",
                "Temp /s by stats_temp_directory /etc/pg.conf:3",
                "Pid /p by external_pid_file /etc/pg.conf:4",
            ],
        );
    }

    #[test]
    fn what_is_off_or_in_the_data_folder_says_nothing() {
        none(Postgres, &named("logging_collector = off\nlog_directory = /x\n"));
        none(
            Postgres,
            &named("log_directory = 'log'\nhba_file = /etc/hba.conf\n#data_directory = /x\n"),
        );
        none(Postgres, &Case::files(&[("/etc/pg.conf", "log_directory = /x")]));
        let off = &["-c", "config_file=/etc/pg.conf", "--logging-collector=off"];
        none(
            Postgres,
            &Case::files(&[("/etc/pg.conf", "log_directory = /x\nlogging_collector=on")])
                .words(off),
        );
    }

    #[test]
    fn archives_are_written_by_commands() {
        told(
            Postgres,
            &named("archive_command = 'test ! -f /mnt/a/%f && cp %p /mnt/a/%f'\n"),
            &["Data /mnt/a by archive_command /etc/pg.conf:1"],
        );
    }

    #[test]
    fn includes_are_followed() {
        let files = &[
            ("/etc/pg.conf", "include_dir = 'pg.d'\ninclude 'more.conf'"),
            ("/etc/pg.d/a.conf", "log_directory=/a"),
            ("/etc/more.conf", "log_directory=/b"),
            ("/etc/pg.d/b.txt", "log_directory=/c"),
        ];
        told(
            Postgres,
            &Case::files(files).words(NAMED),
            &[
                "Log /a by log_directory /etc/pg.d/a.conf:1",
                "Log /b by log_directory /etc/more.conf:1",
            ],
        );
    }

    #[test]
    fn words_and_variables_name_folders() {
        told(
            Postgres,
            &Case::words_only(&[
                "postgres",
                "-c",
                "logging_collector=on",
                "-c",
                "log_directory=/var/log/postgresql",
            ]),
            &["Log /var/log/postgresql by -c log_directory"],
        );
        told(
            Postgres,
            &Case::words_only(&["-D/x", "--log-directory=pg_log", "-k", "/tmp", "-p", "6000"]),
            &[
                "Data /x by -D",
                "Log /x/pg_log by --log-directory",
                "Socket /tmp by -k",
                "port 6000 by -p",
            ],
        );
        told(
            Postgres,
            &Case::variables_only(&[
                ("PGDATA", "/srv/pg"),
                ("POSTGRES_INITDB_WALDIR", "/wal"),
                ("POSTGRES_INITDB_ARGS", "--data-checksums --waldir=/w2"),
                ("PGUSER", "/x"),
            ]),
            &[
                "Data /srv/pg by PGDATA",
                "Data /wal by POSTGRES_INITDB_WALDIR",
                "Data /w2 by POSTGRES_INITDB_ARGS",
            ],
        );
        none(
            Postgres,
            &Case::words_only(&[
                "postgres",
                "-c",
                "shared_buffers=1GB",
                "-c",
                "hba_file=/etc/hba.conf",
            ]),
        );
    }
}
