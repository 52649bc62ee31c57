//! nginx: blocks of directives that end at `;`.

use super::Kind::{Cache, Data, Log, Pid, Temp};
use super::grammar::{Base, Directive, Grammar, account, listens, writes};
use super::setting::{Below, Command, Content, Include, Setting};

pub(super) static GRAMMAR: Grammar = Grammar {
    names: &["nginx", "nginx-debug", "nginx-unprivileged"],
    main: &["/etc/nginx/nginx.conf"],
    drop_ins: &["/etc/nginx/conf.d/*.conf"],
    layered: false,
    stands_for,
    read,
    words,
    variable,
    directives: DIRECTIVES,
    // The packages are built with `--prefix=/etc/nginx`.
    base: Base { key: "prefix", default: Some("/etc/nginx") },
};

static DIRECTIVES: &[Directive] = &[
    writes("access_log", Log),
    writes("error_log", Log),
    writes("pid", Pid),
    writes("lock_file", Pid),
    writes("working_directory", Data),
    writes("client_body_temp_path", Temp),
    writes("proxy_temp_path", Temp),
    writes("fastcgi_temp_path", Temp),
    writes("uwsgi_temp_path", Temp),
    writes("scgi_temp_path", Temp),
    writes("grpc_temp_path", Temp),
    writes("proxy_cache_path", Cache),
    writes("fastcgi_cache_path", Cache),
    writes("uwsgi_cache_path", Cache),
    writes("scgi_cache_path", Cache),
    writes("proxy_store", Data),
    writes("fastcgi_store", Data),
    writes("uwsgi_store", Data),
    writes("scgi_store", Data),
    writes("state", Data),
    writes("state_path", Data),
    writes("google_perftools_profiles", Temp),
    writes("(templates)", Data),
    writes("(variable)", Data),
    account("user"),
    listens("listen"),
];

/// Blocks whose lines are not directives.
static TABLES: &[&str] =
    &["map", "geo", "types", "split_clients", "charset_map", "match", "geoip2"];

/// Where the entrypoint of the image puts what it makes of a template.
fn stands_for(target: &str) -> String {
    let name = target.strip_prefix("/etc/nginx/templates/");
    match name.and_then(|it| it.strip_suffix(".template")) {
        Some(name) => format!("/etc/nginx/conf.d/{name}"),
        None => target.to_owned(),
    }
}

fn read(text: &str, target: &str) -> Option<Content> {
    let mut content = directives(text);
    if stands_for(target) != target {
        let made = Setting::named("(templates)", "/etc/nginx/conf.d", "/etc/nginx/templates");
        content.settings.push(made);
    }
    Some(content)
}

fn words(words: &[String]) -> Command {
    let mut command = Command::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(flag) = ["-c", "-g", "-p", "-e"].into_iter().find(|it| word.starts_with(it))
        else {
            continue;
        };
        let value = match &word[2..] {
            "" => words.next().map_or("", |it| it),
            glued => glued,
        };
        match flag {
            "-c" => command.files.instead.push(value.to_owned()),
            "-p" => command.settings.push(Setting::named("prefix", value, flag)),
            "-e" => command.settings.push(Setting::named("error_log", value, flag)),
            _ => command.settings.extend(directives(value).settings.into_iter().map(|it| {
                let by = format!("-g {}", it.by);
                Setting { by, line: 0, ..it }
            })),
        }
    }
    command
}

fn variable(name: &str, value: &str) -> Vec<Setting> {
    let known = ["NGINX_ENVSUBST_OUTPUT_DIR", "NGINX_ENVSUBST_STREAM_OUTPUT_DIR"].contains(&name);
    known.then(|| Setting::named("(variable)", value, name)).into_iter().collect()
}

/// The directives of a text, whatever block they stand in.
fn directives(text: &str) -> Content {
    let mut content = Content::default();
    let mut tokens = Tokens { text, at: 0, line: 1 };
    let mut directive: Vec<String> = Vec::new();
    let mut begin = 1;
    while let Some(token) = tokens.next() {
        match token {
            Token::Word(word) => {
                if directive.is_empty() {
                    begin = tokens.line;
                }
                directive.push(word);
            }
            Token::Open => {
                let name = directive.first().map_or("", String::as_str);
                if TABLES.contains(&name) || name.ends_with("_by_lua_block") {
                    tokens.skip_block();
                }
                directive.clear();
            }
            Token::Close => directive.clear(),
            Token::End => {
                note(&mut content, &directive, begin);
                directive.clear();
            }
        }
    }
    content
}

fn note(content: &mut Content, directive: &[String], line: usize) {
    let Some((name, values)) = directive.split_first() else { return };
    let Some(value) = values.first() else { return };
    match name.as_str() {
        "include" => {
            content.includes.push(Include { pattern: value.clone(), below: Below::Start });
        }
        "listen" => {
            // An address without a port means port 80.
            let has_port = value.parse::<u16>().is_ok() || value.starts_with("unix:");
            let after = value.rsplit(']').next().unwrap_or(value);
            let is_udp = values.iter().any(|it| it == "udp");
            let value = match after.contains(':') || has_port {
                true => value.clone(),
                false => format!("{value}:80"),
            };
            let value = if is_udp { Vec::new() } else { vec![value] };
            content.settings.push(Setting::new(name, value, line));
        }
        // What is stored where the files lie already.
        "proxy_store" | "fastcgi_store" | "uwsgi_store" | "scgi_store" if value == "on" => (),
        name if DIRECTIVES.iter().any(|it| it.name == name) => {
            content.settings.push(Setting::new(name, vec![value.clone()], line));
        }
        _ => (),
    }
}

enum Token {
    Word(String),
    Open,
    Close,
    End,
}

struct Tokens<'t> {
    text: &'t str,
    at: usize,
    line: usize,
}

impl Tokens<'_> {
    fn next(&mut self) -> Option<Token> {
        self.skip_blanks();
        let first = self.bump()?;
        Some(match first {
            ';' => Token::End,
            '{' => Token::Open,
            '}' => Token::Close,
            '\'' | '"' => Token::Word(self.quoted(first)),
            first => Token::Word(self.plain(first)),
        })
    }

    fn bump(&mut self) -> Option<char> {
        let next = self.text[self.at..].chars().next()?;
        self.at += next.len_utf8();
        if next == '\n' {
            self.line += 1;
        }
        Some(next)
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn skip_blanks(&mut self) {
        while let Some(next) = self.peek() {
            if next == '#' {
                while self.peek().is_some_and(|it| it != '\n') {
                    self.bump();
                }
            } else if next.is_whitespace() || next == '\u{feff}' {
                self.bump();
            } else {
                return;
            }
        }
    }

    fn quoted(&mut self, quote: char) -> String {
        let mut word = String::new();
        while let Some(next) = self.bump() {
            match next {
                '\\' => word.extend(self.bump()),
                it if it == quote => break,
                it => word.push(it),
            }
        }
        word
    }

    fn plain(&mut self, first: char) -> String {
        let mut word = String::new();
        let mut last = first;
        if first == '\\' {
            word.extend(self.bump());
        } else {
            word.push(first);
        }
        while let Some(next) = self.peek() {
            // The brace of `${name}` is part of the word.
            if next.is_whitespace() || next == ';' || (next == '{' && last != '$') {
                break;
            }
            self.bump();
            if next == '\\' {
                word.extend(self.bump());
            } else {
                word.push(next);
            }
            last = next;
        }
        word
    }

    /// Goes behind the brace that closes the block, for text of another language.
    fn skip_block(&mut self) {
        let mut depth = 1;
        while depth > 0 {
            match self.bump() {
                Some('{') => depth += 1,
                Some('}') => depth -= 1,
                Some(_) => (),
                None => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::evidence::mounted::Server::Nginx;
    use crate::evidence::mounted::tests::{Case, none, told};

    #[test]
    fn paths_of_directives_are_written() {
        told(
            Nginx,
            &Case::main(
                "access_log /var/log/nginx/a.log main;\nerror_log logs/e.log warn;\npid /tmp/nginx.pid;\n",
            ),
            &[
                "Log /var/log/nginx/a.log by access_log /etc/nginx/nginx.conf:1",
                "Log /etc/nginx/logs/e.log by error_log /etc/nginx/nginx.conf:2",
                "Pid /tmp/nginx.pid by pid /etc/nginx/nginx.conf:3",
            ],
        );
        told(
            Nginx,
            &Case::main(
                "http { proxy_cache_path \"/tmp/c\" levels=1:2\n keys_zone=a:1m; client_body_temp_path /tmp/b 1 2; }",
            ),
            &[
                "Cache /tmp/c by proxy_cache_path /etc/nginx/nginx.conf:1",
                "Temp /tmp/b by client_body_temp_path /etc/nginx/nginx.conf:2",
            ],
        );
        told(
            Nginx,
            &Case::main("access_log /var/log/${host}/a.log; access_log $folder/a.log;"),
            &[
                "Log /var/log by access_log /etc/nginx/nginx.conf:1",
                "Log / by access_log /etc/nginx/nginx.conf:1",
            ],
        );
    }

    #[test]
    fn streams_and_off_write_nothing() {
        none(
            Nginx,
            &Case::main(
                "access_log off; access_log /dev/stdout; error_log stderr; error_log syslog:server=x; # pid /x;\nproxy_store on;",
            ),
        );
        none(
            Nginx,
            &Case::main(
                "map $a $b { user 1; access_log /x; } content_by_lua_block { user 'x'; } types { pid x; }",
            ),
        );
        none(Nginx, &Case::main("pid '/unclosed"));
    }

    #[test]
    fn users_and_listeners_are_told() {
        told(
            Nginx,
            &Case::main(
                "user nginx nginx;\nserver { listen 80; listen [::]:8080 default_server; listen 127.0.0.1; listen [::1]; listen unix:/run/n.sock; listen 443 udp; }",
            ),
            &[
                "Socket /run/n.sock by listen /etc/nginx/nginx.conf:2",
                "account nginx by user /etc/nginx/nginx.conf:1",
                "port 80 by listen /etc/nginx/nginx.conf:2",
                "port 8080 by listen /etc/nginx/nginx.conf:2",
            ],
        );
    }

    #[test]
    fn drop_ins_are_read_where_the_main_file_is_the_images_own_or_includes_them() {
        let file = ("/etc/nginx/conf.d/a.conf", "access_log /x;");
        told(Nginx, &Case::files(&[file]), &["Log /x by access_log /etc/nginx/conf.d/a.conf:1"]);
        none(Nginx, &Case::files(&[("/etc/nginx/nginx.conf", "events {}"), file]));
        none(Nginx, &Case::files(&[("/etc/nginx/conf.d/a.conf.off", "access_log /x;")]));
        let main = (
            "/etc/nginx/nginx.conf",
            "http { include conf.d/*.conf; include /etc/nginx/nginx.conf; }",
        );
        told(
            Nginx,
            &Case::files(&[main, file]),
            &["Log /x by access_log /etc/nginx/conf.d/a.conf:1"],
        );
        told(
            Nginx,
            &Case::files(&[("/n/my.conf", "include inc/a.conf;"), ("/n/inc/a.conf", "pid /y;")])
                .words(&["nginx", "-c", "/n/my.conf"]),
            &["Pid /y by pid /n/inc/a.conf:1"],
        );
    }

    #[test]
    fn templates_are_read_as_what_is_made_of_them() {
        told(
            Nginx,
            &Case::files(&[(
                "/etc/nginx/templates/a.conf.template",
                "access_log /var/log/${NAME}.log;",
            )]),
            &[
                "Log /var/log by access_log /etc/nginx/templates/a.conf.template:1",
                "Data /etc/nginx/conf.d by /etc/nginx/templates /etc/nginx/templates/a.conf.template:0",
            ],
        );
    }

    #[test]
    fn words_name_directives_and_logs() {
        told(
            Nginx,
            &Case::words_only(&["nginx", "-g", "daemon off; pid /tmp/n.pid;", "-e/x/e.log"]),
            &["Pid /tmp/n.pid by -g pid", "Log /x/e.log by -e"],
        );
        told(
            Nginx,
            &Case::words_only(&["nginx -p /srv -g 'pid run/n.pid;'"]),
            &["Pid /srv/run/n.pid by -g pid"],
        );
        told(
            Nginx,
            &Case::variables_only(&[("NGINX_ENVSUBST_OUTPUT_DIR", "/tmp/conf")]),
            &["Data /tmp/conf by NGINX_ENVSUBST_OUTPUT_DIR"],
        );
    }
}
