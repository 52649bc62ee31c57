//! Redis and its kin: lines of a name and values, which the command repeats with `--` before the name.

use super::Kind::{Data, Log, Pid, Socket};
use super::grammar::{Base, Directive, Grammar, itself, listens, switched, writes};
use super::setting::{Below, Command, Content, Include, Setting};

pub(super) static GRAMMAR: Grammar = Grammar {
    names: &[
        "redis",
        "redis-server",
        "redis-sentinel",
        "redis-stack-server",
        "valkey",
        "valkey-server",
        "valkey-sentinel",
        "keydb",
        "keydb-server",
    ],
    // The command names the file; without one the image uses none.
    main: &[],
    drop_ins: &[],
    layered: false,
    stands_for: itself,
    read,
    words,
    variable: |_, _| Vec::new(),
    directives: DIRECTIVES,
    // The working folder of the image is a volume.
    base: Base { key: "dir", default: None },
};

static DIRECTIVES: &[Directive] = &[
    writes("dir", Data),
    writes("dbfilename", Data),
    switched("appenddirname", Data, "appendonly"),
    switched("appendfilename", Data, "appendonly"),
    switched("cluster-config-file", Data, "cluster-enabled"),
    writes("aclfile", Data),
    writes("scratch-file-path", Data),
    writes("vm-swap-file", Data),
    writes("logfile", Log),
    writes("pidfile", Pid),
    writes("unixsocket", Socket),
    writes("sentinel", Data),
    listens("port"),
    listens("tls-port"),
];

fn read(text: &str, target: &str) -> Option<Content> {
    let mut content = Content::default();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        note(&mut content, &split(line), number + 1);
    }
    // A sentinel keeps what it learns in its own file.
    let sentinel = content.settings.iter_mut().find(|it| it.key == "sentinel");
    if let Some(setting) = sentinel {
        setting.values = vec![target.to_owned()];
    }
    let mut seen = false;
    content.settings.retain(|it| it.key != "sentinel" || !std::mem::replace(&mut seen, true));
    Some(content)
}

fn note(content: &mut Content, words: &[String], line: usize) {
    let Some((name, values)) = words.split_first() else { return };
    let key = name.to_lowercase();
    let value = values.first().cloned().unwrap_or_default();
    match key.as_str() {
        // Relative to the working folder of the process, for which the file's is the better guess.
        "include" => content.includes.push(Include { pattern: value, below: Below::File }),
        "port" | "tls-port" if value == "0" => (),
        _ => content
            .settings
            .push(Setting { by: name.clone(), ..Setting::new(&key, vec![value], line) }),
    }
}

/// The words of a line: quotes stand around whole words, and only double ones know escapes.
fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut characters = line.chars().peekable();
    while let Some(first) = characters.next() {
        if first.is_whitespace() {
            continue;
        }
        let quote = ['"', '\''].contains(&first).then_some(first);
        let mut word = if quote.is_some() { String::new() } else { first.to_string() };
        while let Some(next) = characters.next() {
            match (quote, next) {
                (Some(quote), it) if it == quote => break,
                (Some(_), '\\') => word.extend(characters.next()),
                (None, it) if it.is_whitespace() => break,
                (_, it) => word.push(it),
            }
        }
        words.push(word);
    }
    words
}

fn words(words: &[String]) -> Command {
    let mut command = Command::default();
    let mut content = Content::default();
    let mut option: Vec<String> = Vec::new();
    let mut rest = words;
    // A first word that is no option is the file.
    if let [first, after @ ..] = words
        && !first.starts_with('-')
    {
        command.files.instead.push(first.clone());
        rest = after;
    }
    for word in rest {
        let Some(name) = word.strip_prefix("--").filter(|it| !it.is_empty()) else {
            option.push(word.clone());
            continue;
        };
        note(&mut content, &option, 0);
        option = match name.split_once('=') {
            Some((name, value)) => vec![name.to_owned(), value.to_owned()],
            None => split(name),
        };
    }
    note(&mut content, &option, 0);
    let flagged = |it: Setting| Setting { by: format!("--{}", it.by), ..it };
    command.settings = content.settings.into_iter().map(flagged).collect();
    command.settings.retain(|it| it.key != "sentinel");
    command.files.besides = content.includes.into_iter().map(|it| it.pattern).collect();
    command
}

#[cfg(test)]
mod tests {
    use crate::evidence::mounted::Server::Redis;
    use crate::evidence::mounted::tests::{Case, none, told};

    fn named(text: &'static str) -> Case {
        Case::files(&[("/etc/r.conf", text)]).words(&["redis-server", "/etc/r.conf"])
    }

    #[test]
    fn paths_of_a_named_file_are_written() {
        told(
            Redis,
            &named(
                "# dir /no\ndir \"/srv/d\"\nlogfile r.log\nLogFile /var/log/r.log\npidfile /run/r.pid\nunixsocket '/tmp/r.sock'\naclfile /a\nport 6380\ntls-port 0\nuser default on\n",
            ),
            &[
                "Data /srv/d by dir /etc/r.conf:2",
                "Log /srv/d/r.log by logfile /etc/r.conf:3",
                "Log /var/log/r.log by LogFile /etc/r.conf:4",
                "Pid /run/r.pid by pidfile /etc/r.conf:5",
                "Socket /tmp/r.sock by unixsocket /etc/r.conf:6",
                "Data /a by aclfile /etc/r.conf:7",
                "port 6380 by port /etc/r.conf:8",
            ],
        );
        none(
            Redis,
            &named(
                "logfile \"\"\nlogfile r.log\ndbfilename dump.rdb\nrename-command FLUSHALL \"\"\nappendfilename \"a.aof\"\n",
            ),
        );
        none(Redis, &Case::files(&[("/etc/r.conf", "dir /x")]));
        none(Redis, &named("cluster-enabled no\ncluster-config-file /x\n"));
    }

    #[test]
    fn a_sentinel_writes_its_own_file() {
        told(
            Redis,
            &named(
                "port 26379\nsentinel monitor m h 6379 2\nsentinel down-after-milliseconds m 1\n",
            ),
            &["Data /etc/r.conf by sentinel /etc/r.conf:2", "port 26379 by port /etc/r.conf:1"],
        );
    }

    #[test]
    fn includes_are_followed() {
        let files = &[
            ("/etc/r.conf", "include /etc/more/*.conf\n"),
            ("/etc/more/a.conf", "dir /a\ninclude /etc/r.conf"),
        ];
        told(
            Redis,
            &Case::files(files).words(&["valkey-server", "/etc/r.conf"]),
            &["Data /a by dir /etc/more/a.conf:1"],
        );
    }

    #[test]
    fn words_repeat_settings() {
        told(
            Redis,
            &Case::words_only(&[
                "redis-server",
                "--replicaof",
                "leader",
                "6379",
                "--dir",
                "/tmp",
                "--save",
                "",
                "--unixsocket",
                "/tmp/s",
                "--port",
                "7000",
            ]),
            &["Data /tmp by --dir", "Socket /tmp/s by --unixsocket", "port 7000 by --port"],
        );
        told(
            Redis,
            &Case::words_only(&["redis-server --logfile /x --appendonly yes"]),
            &["Log /x by --logfile"],
        );
        told(
            Redis,
            &Case::words_only(&["redis-server", "--dir /y", "--logfile=/z"]),
            &["Data /y by --dir", "Log /z by --logfile"],
        );
    }
}
