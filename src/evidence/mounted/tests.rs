//! How cases are told, and what holds for every server.

use super::*;

/// What a server is given.
#[derive(Debug, Default)]
pub(super) struct Case {
    files: Vec<(&'static str, Option<&'static str>)>,
    words: Option<Vec<String>>,
    variables: Vec<(String, Option<String>)>,
}

impl Case {
    /// A file at the first of nginx's main paths.
    pub(super) fn main(text: &'static str) -> Case {
        Case::files(&[("/etc/nginx/nginx.conf", text)])
    }

    pub(super) fn files(files: &[(&'static str, &'static str)]) -> Case {
        let files = files.iter().map(|(target, text)| (*target, Some(*text))).collect();
        Case { files, ..Case::default() }
    }

    pub(super) fn unread(target: &'static str) -> Case {
        Case { files: vec![(target, None)], ..Case::default() }
    }

    /// The words beside files, which are then the only thing that is told.
    pub(super) fn words(self, words: &[&str]) -> Case {
        Case { words: Some(words.iter().map(|it| (*it).to_owned()).collect()), ..self }
    }

    pub(super) fn words_only(words: &[&str]) -> Case {
        Case::default().words(words)
    }

    pub(super) fn variables_only(variables: &[(&str, &str)]) -> Case {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), Some((*value).to_owned()));
        Case { variables: variables.iter().map(own).collect(), ..Case::default() }
    }

    fn told(&self, server: Server) -> Told {
        let mounted: Vec<Mounted<'_>> =
            self.files.iter().map(|it| Mounted { target: it.0, text: it.1 }).collect();
        match (&self.words, self.files.is_empty()) {
            (words, false) => super::files(server, &mounted, words.as_deref().unwrap_or_default()),
            (Some(words), true) => super::words(server, words),
            (None, true) => super::variables(server, &self.variables),
        }
    }
}

/// A line for everything that is told.
fn lines(told: &Told) -> Vec<String> {
    let place = |file: &Option<String>, line: usize| {
        file.as_ref().map_or(String::new(), |file| format!(" {file}:{line}"))
    };
    let writes = told.writes.iter();
    let writes = writes
        .map(|it| format!("{:?} {} by {}{}", it.kind, it.path, it.by, place(&it.file, it.line)));
    let accounts = told.accounts.iter();
    let accounts =
        accounts.map(|it| format!("account {} by {}{}", it.value, it.by, place(&it.file, it.line)));
    let ports = told.ports.iter();
    let ports =
        ports.map(|it| format!("port {} by {}{}", it.value, it.by, place(&it.file, it.line)));
    let chroots = told.chroots.iter();
    let chroots =
        chroots.map(|it| format!("chroot {} by {}{}", it.value, it.by, place(&it.file, it.line)));
    let unread = told.unread.iter().map(|it| format!("unread {it}"));
    writes.chain(accounts).chain(ports).chain(chroots).chain(unread).collect()
}

#[track_caller]
pub(super) fn told(server: Server, case: &Case, expected: &[&str]) {
    assert_eq!(lines(&case.told(server)), expected, "{case:?}");
}

#[track_caller]
pub(super) fn none(server: Server, case: &Case) {
    told(server, case, &[]);
}

#[test]
fn servers_are_known_by_program_and_image() {
    #[track_caller]
    fn check(name: &str, expected: Option<Server>) {
        assert_eq!(Server::of(name), expected, "{name}");
    }
    check("nginx", Some(Server::Nginx));
    check("/usr/sbin/mariadbd", Some(Server::Mysql));
    check("docker.io/library/redis:7@sha256:0", Some(Server::Redis));
    check("valkey/valkey", Some(Server::Redis));
    check("mongod", Some(Server::Mongo));
    check("redis-exporter", None);
    check("postgres/", None);
    check("", None);
}

#[test]
fn files_are_read_by_path() {
    #[track_caller]
    fn check(server: Server, target: &str, expected: bool) {
        assert_eq!(server.reads(target), expected, "{target}");
    }
    check(Server::Nginx, "/etc/nginx/nginx.conf", true);
    check(Server::Nginx, "/etc/nginx/conf.d/default.conf", true);
    check(Server::Nginx, "/etc/nginx/templates/default.conf.template", true);
    check(Server::Nginx, "/etc/nginx/conf.d/x/default.conf", false);
    check(Server::Mysql, "/etc/mysql/conf.d/my.cnf", true);
    check(Server::Redis, "/usr/local/etc/redis/redis.conf", false);
    check(Server::Caddy, "/etc/caddy/Caddyfile", true);
    for server in SERVERS {
        assert!(server.main_files().iter().all(|it| server.reads(it)), "{server:?}");
    }
}

#[test]
fn every_directive_is_named_once() {
    for server in SERVERS {
        let names: Vec<&str> = server.grammar().directives.iter().map(|it| it.name).collect();
        let mut once = names.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), names.len(), "{server:?}: {names:?}");
    }
}

#[test]
fn files_that_include_each_other_end() {
    let many: Vec<(String, String)> = (0..40)
        .map(|it| {
            (
                format!("/d/{it}.conf"),
                format!("include /d/{}.conf;\ninclude /d/0.conf;\npid /{it};\n", it + 1),
            )
        })
        .collect();
    let mounted: Vec<Mounted<'_>> =
        many.iter().map(|it| Mounted { target: &it.0, text: Some(&it.1) }).collect();
    let told = files(Server::Nginx, &mounted, &["-c".to_owned(), "/d/0.conf".to_owned()]);
    assert_eq!(told.writes.len(), 9);
    assert_eq!(told.unread, ["/d/9.conf"]);
}

/// Pieces that lead into the corners of every grammar.
const PIECES: &str = "(access_log|pid|include|import|log|output file|dir|bind|!includedir|\\[mysqld\\]|stats socket|\
archive_command|storage|admin|listen|unix|--config|-c|-g|=|:|\\{|\\}|;|#|'|\"|`|\\\\|\n|\t| |/|/x/\\*|\\$a|\\$\\{|<<A|\\*|&a|- |é|\u{0}|\\[)";

fn pieces() -> impl proptest::strategy::Strategy<Value = Vec<String>> {
    proptest::collection::vec(PIECES, 0..30)
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(text in "\\PC{0,60}|[ -~\n\t]{0,120}", more in pieces()) {
        let text = text + &more.concat();
        for server in SERVERS {
            for target in server.main_files().iter().copied().chain(["/x/a", "/x/a.toml", "/x/a.json"]) {
                let mounted = [Mounted { target, text: Some(&text) }];
                let flags = ["-f", "-c", "--config", "--configFile", "--defaults-file"];
                let words: Vec<String> = flags.iter().flat_map(|it| [*it, target]).map(str::to_owned).collect();
                for words in [words, vec![target.to_owned()], Vec::new()] {
                    let told = files(server, &mounted, &words);
                    proptest::prop_assert!(told.writes.iter().all(|it| it.path.starts_with('/')));
                }
            }
        }
    }

    #[test]
    fn any_words_and_variables_are_read_without_a_panic(all in pieces(), joined in pieces()) {
        let all: Vec<String> = all.into_iter().chain([joined.concat(), joined.join(" ")]).collect();
        for server in SERVERS {
            let _ = words(server, &all);
            let _ = words(server, &[joined.join(" ")]);
            let pairs: Vec<_> = ["PGDATA", "POSTGRES_INITDB_ARGS", "XDG_DATA_HOME", "TRAEFIK_ENTRYPOINTS__ADDRESS", "TMPDIR"]
                .iter().map(|it| ((*it).to_owned(), Some(joined.concat()))).collect();
            let _ = variables(server, &pairs);
        }
    }
}
