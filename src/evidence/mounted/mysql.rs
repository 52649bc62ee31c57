//! MySQL and MariaDB: sections of `name = value` in which `-` and `_` are the same, and `--name=value`.

use super::Kind::{Cache, Data, Log, Pid, Socket, Temp};
use super::grammar::{
    Base, Directive, Grammar, account, chroot, itself, listens, switched, writes,
};
use super::setting::{Below, Command, Content, Include, Setting};
use super::shell::{self, Flag, Form};

pub(super) static GRAMMAR: Grammar = Grammar {
    names: &["mysql", "mysqld", "mysql-server", "mariadb", "mariadbd", "percona", "percona-server"],
    main: &["/etc/my.cnf", "/etc/mysql/my.cnf", "/etc/mysql/mariadb.cnf", "/etc/mysql/mysql.cnf"],
    drop_ins: &[
        "/etc/mysql/conf.d/*.cnf",
        "/etc/mysql/mariadb.conf.d/*.cnf",
        "/etc/mysql/mysql.conf.d/*.cnf",
        "/etc/my.cnf.d/*.cnf",
        "/etc/percona-server.conf.d/*.cnf",
    ],
    layered: true,
    stands_for: itself,
    read,
    words,
    variable,
    directives: DIRECTIVES,
    // Where the data lies without it is a volume of the image.
    base: Base { key: "datadir", default: None },
};

static DIRECTIVES: &[Directive] = &[
    writes("datadir", Data),
    writes("log-error", Log),
    switched("slow-query-log-file", Log, "slow-query-log"),
    switched("log-slow-query-file", Log, "log-slow-query"),
    switched("general-log-file", Log, "general-log"),
    writes("server-audit-file-path", Log),
    writes("audit-log-file", Log),
    writes("log-bin", Data),
    writes("log-bin-index", Data),
    writes("relay-log", Data),
    writes("relay-log-index", Data),
    writes("innodb-data-home-dir", Data),
    writes("innodb-log-group-home-dir", Data),
    writes("innodb-undo-directory", Data),
    writes("innodb-doublewrite-dir", Data),
    writes("innodb-temp-tablespaces-dir", Temp),
    writes("innodb-temp-data-file-path", Temp),
    writes("innodb-data-file-path", Data),
    writes("innodb-tmpdir", Temp),
    writes("aria-log-dir-path", Data),
    writes("rocksdb-datadir", Data),
    writes("rocksdb-wal-dir", Data),
    writes("wsrep-data-home-dir", Data),
    writes("keyring-file-data", Data),
    writes("secure-file-priv", Data),
    writes("tmpdir", Temp),
    writes("slave-load-tmpdir", Temp),
    writes("replica-load-tmpdir", Temp),
    writes("innodb-buffer-pool-filename", Cache),
    writes("socket", Socket),
    writes("mysqlx-socket", Socket),
    writes("pid-file", Pid),
    account("user"),
    chroot("chroot"),
    listens("port"),
    listens("extra-port"),
    listens("admin-port"),
    listens("mysqlx-port"),
];

/// Sections that the server reads; with a version after a dash too.
static SECTIONS: &[&str] = &["mysqld", "server", "mariadb", "mariadbd", "galera", "client-server"];

/// The letters of flags, and the settings that they stand for.
static LETTERS: &[(&str, &str)] =
    &[("h", "datadir"), ("t", "tmpdir"), ("u", "user"), ("P", "port"), ("r", "chroot")];

/// Flags that take a value after `=` alone.
static OPTIONAL: &[&str] = &["log-error", "log-bin", "slow-query-log", "general-log", "relay-log"];

fn read(text: &str, _: &str) -> Option<Content> {
    let mut content = Content::default();
    let mut is_read = false;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_start_matches('\u{feff}').trim();
        if let Some(section) = line.strip_prefix('[') {
            is_read = is_section(section.split(']').next().unwrap_or_default());
        } else if let Some(folder) = line.strip_prefix("!includedir") {
            let pattern = format!("{}/*.cnf", folder.trim());
            content.includes.push(Include { pattern, below: Below::File });
        } else if let Some(file) = line.strip_prefix("!include") {
            let pattern = file.trim().to_owned();
            content.includes.push(Include { pattern, below: Below::File });
        } else if is_read && !line.starts_with(['#', ';']) {
            let (name, value) = line.split_once('=').unwrap_or((line, ""));
            let values = values(&key(name), &unquoted(value));
            let by = name.trim().to_owned();
            content.settings.push(Setting { by, ..Setting::new(&key(name), values, number + 1) });
        }
    }
    Some(content)
}

fn is_section(name: &str) -> bool {
    let name = name.trim().to_lowercase();
    SECTIONS.iter().any(|section| match name.strip_prefix(section) {
        Some("") => true,
        Some(rest) => {
            rest.starts_with('-') && rest[1..].starts_with(|it: char| it.is_ascii_digit())
        }
        None => false,
    })
}

/// The one spelling of a name.
fn key(name: &str) -> String {
    let name = name.trim().to_lowercase().replace('_', "-");
    name.strip_prefix("loose-").map(str::to_owned).unwrap_or(name)
}

/// A value without its quotes and the comment behind it.
fn unquoted(value: &str) -> String {
    let value = value.trim();
    if let Some(quote) = value.chars().next().filter(|it| ['"', '\''].contains(it)) {
        let inner = &value[1..];
        return inner.split(quote).next().unwrap_or(inner).to_owned();
    }
    value.split('#').next().unwrap_or(value).trim().to_owned()
}

/// The values of a setting that the table speaks of.
fn values(key: &str, value: &str) -> Vec<String> {
    match key {
        // Servers take several in turn.
        "tmpdir" => value.split(':').map(str::to_owned).collect(),
        // `ibdata1:12M:autoextend;/x/ibdata2:50M`.
        "innodb-data-file-path" | "innodb-temp-data-file-path" => {
            let files = value.split(';').filter_map(|it| it.split(':').next());
            files.map(|it| it.trim().to_owned()).collect()
        }
        "slow-query-log" | "general-log" | "log-slow-query" | "log-bin" | "log-error"
            if value.is_empty() =>
        {
            Vec::new()
        }
        "log-bin" if ["0", "1", "on"].contains(&value.to_lowercase().as_str()) => Vec::new(),
        "secure-file-priv" if value.eq_ignore_ascii_case("null") => Vec::new(),
        _ => vec![value.to_owned()],
    }
}

fn words(words: &[String]) -> Command {
    let mut command = Command::default();
    for Flag { name, value, form } in shell::flags(words) {
        if form == Form::Short {
            command.settings.extend(letter(name, value));
            continue;
        }
        let Some(value) = value else { continue };
        match key(name).as_str() {
            "defaults-file" => command.files.instead.push(value.to_owned()),
            "defaults-extra-file" => command.files.besides.push(value.to_owned()),
            key if form == Form::Long && OPTIONAL.contains(&key) => (),
            key => command.settings.push(setting(key, value, &format!("--{name}"))),
        }
    }
    command
}

/// The setting of `-u value` or `-uvalue`.
fn letter(name: &str, value: Option<&str>) -> Option<Setting> {
    let (letter, full) = LETTERS.iter().find(|it| name.starts_with(it.0))?;
    let value = if name == *letter { value? } else { &name[letter.len()..] };
    Some(setting(full, value, &format!("-{letter}")))
}

fn setting(key: &str, value: &str, by: &str) -> Setting {
    Setting { values: values(key, value), ..Setting::named(key, value, by) }
}

fn variable(name: &str, value: &str) -> Vec<Setting> {
    let known = [("MYSQL_UNIX_PORT", "socket"), ("MYSQL_TCP_PORT", "port"), ("TMPDIR", "tmpdir")];
    let known = known.into_iter().filter(|it| it.0 == name);
    known.map(|(name, key)| setting(key, value, name)).collect()
}

#[cfg(test)]
mod tests {
    use crate::evidence::mounted::Server::Mysql;
    use crate::evidence::mounted::tests::{Case, none, told};

    fn drop_in(text: &'static str) -> Case {
        Case::files(&[("/etc/mysql/conf.d/a.cnf", text)])
    }

    #[test]
    fn settings_of_the_server_sections_are_told() {
        told(
            Mysql,
            &drop_in(
                "[client]\nsocket=/c\n[mysqld]\nslow_query_log = 1\nslow-query-log-file = /var/log/slow.log # x\nlog_error=\"/var/log/e.log\"\ntmpdir=/a:/b\nuser = mysql\nport=3307\n[mysqldump]\ntmpdir=/d\n",
            ),
            &[
                "Log /var/log/slow.log by slow-query-log-file /etc/mysql/conf.d/a.cnf:5",
                "Log /var/log/e.log by log_error /etc/mysql/conf.d/a.cnf:6",
                "Temp /a by tmpdir /etc/mysql/conf.d/a.cnf:7",
                "Temp /b by tmpdir /etc/mysql/conf.d/a.cnf:7",
                "account mysql by user /etc/mysql/conf.d/a.cnf:8",
                "port 3307 by port /etc/mysql/conf.d/a.cnf:9",
            ],
        );
        told(
            Mysql,
            &drop_in("[mariadb-10.11]\npid_file=/p\n[mysqld-8.0]\nloose-innodb-tmpdir=/i\n"),
            &[
                "Pid /p by pid_file /etc/mysql/conf.d/a.cnf:2",
                "Temp /i by loose-innodb-tmpdir /etc/mysql/conf.d/a.cnf:4",
            ],
        );
    }

    #[test]
    fn what_is_off_or_in_the_data_folder_says_nothing() {
        none(
            Mysql,
            &drop_in(
                "[mysqld]\nslow_query_log=OFF\nslow_query_log_file=/x\nlog-bin=mysql-bin\nlog_bin=ON\nsecure-file-priv=NULL\nlog-error\n; datadir=/x\n",
            ),
        );
        none(Mysql, &Case::files(&[("/etc/mysql/conf.d/a.txt", "[mysqld]\ndatadir=/x")]));
        told(
            Mysql,
            &drop_in("[mysqld]\nlog-bin=bin\ndatadir=/srv\n"),
            &[
                "Data /srv/bin by log-bin /etc/mysql/conf.d/a.cnf:2",
                "Data /srv by datadir /etc/mysql/conf.d/a.cnf:3",
            ],
        );
    }

    #[test]
    fn includes_are_followed_and_defaults_named() {
        let files = &[
            ("/c/my.cnf", "!include /c/b.cnf\n!includedir /c/d/\n"),
            ("/c/b.cnf", "[mysqld]\nsocket=/s"),
            ("/c/d/x.cnf", "[mysqld]\ntmpdir=/t"),
        ];
        told(
            Mysql,
            &Case::files(files).words(&["--defaults-file=/c/my.cnf"]),
            &["Socket /s by socket /c/b.cnf:2", "Temp /t by tmpdir /c/d/x.cnf:2"],
        );
        none(Mysql, &Case::files(files));
    }

    #[test]
    fn words_name_paths() {
        told(
            Mysql,
            &Case::words_only(&[
                "--slow-query-log",
                "--slow-query-log-file=/var/log/mysql/slow.log",
                "--log-bin",
                "--datadir",
                "/srv",
                "-u",
                "root",
                "--port=3307",
            ]),
            &[
                "Log /var/log/mysql/slow.log by --slow-query-log-file",
                "Data /srv by --datadir",
                "account root by -u",
                "port 3307 by --port",
            ],
        );
        told(
            Mysql,
            &Case::words_only(&["mysqld", "--log_error=/x", "-h/y"]),
            &["Log /x by --log_error", "Data /y by -h"],
        );
        told(
            Mysql,
            &Case::variables_only(&[
                ("TMPDIR", "/t"),
                ("MYSQL_UNIX_PORT", "/s"),
                ("MYSQL_DATABASE", "/x"),
            ]),
            &["Temp /t by TMPDIR", "Socket /s by MYSQL_UNIX_PORT"],
        );
    }
}
