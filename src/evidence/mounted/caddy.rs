//! Caddy: a Caddyfile, or the JSON that is made of it.

use super::Kind::{Data, Log, Pid};
use super::caddyfile::{Brace, Line, lines};
use super::dotted;
use super::grammar::{Base, Directive, Grammar, itself, listens, writes};
use super::setting::{Below, Command, Content, Include, Setting};
use super::shell::{self, Flag};

pub(super) static GRAMMAR: Grammar = Grammar {
    names: &["caddy"],
    main: &["/etc/caddy/Caddyfile"],
    drop_ins: &[],
    layered: false,
    stands_for: itself,
    read,
    words,
    variable,
    directives: DIRECTIVES,
    // The working folder of the image.
    base: Base { key: "(none)", default: Some("/srv") },
};

static DIRECTIVES: &[Directive] = &[
    writes("log.output", Log),
    writes("storage", Data),
    writes("home", Data),
    writes("pidfile", Pid),
    listens("admin"),
    listens("bind"),
    listens("http_port"),
    listens("https_port"),
    listens("site"),
    writes("logging.logs.*.writer.filename", Log),
    writes("storage.root", Data),
    listens("admin.listen"),
    listens("apps.http.http_port"),
    listens("apps.http.https_port"),
    listens("apps.http.servers.*.listen"),
];

fn read(text: &str, target: &str) -> Option<Content> {
    let is_json = text
        .trim_start()
        .strip_prefix('{')
        .is_some_and(|it| it.trim_start().starts_with(['"', '}']));
    let settings = if is_json || target.ends_with(".json") {
        dotted::json(text)?
    } else if target.ends_with(".yaml") || target.ends_with(".yml") {
        dotted::yaml(text)?
    } else {
        return Some(caddyfile(text));
    };
    Some(Content { settings, includes: Vec::new() })
}

/// What the lines at the top of a Caddyfile are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Top {
    /// The first block may be that of the global options.
    Begin,
    /// Addresses of sites, each with a block.
    Addresses,
    /// Directives of the only site, which has no braces.
    Directives,
}

fn caddyfile(text: &str) -> Content {
    let mut content = Content::default();
    let mut blocks: Vec<String> = Vec::new();
    let mut top = Top::Begin;
    for line in lines(text) {
        let head = line.words.first().map_or("", String::as_str);
        let is_inside = !blocks.is_empty() || top == Top::Directives;
        if is_inside || head == "import" {
            note(&mut content, blocks.last().map_or("", String::as_str), &line);
        } else if line.brace != Brace::Closes {
            top = site(&mut content, &line);
        }
        match line.brace {
            Brace::Opens => blocks.push(head.to_owned()),
            Brace::Closes => drop(blocks.pop()),
            Brace::None => (),
        }
    }
    content
}

/// Takes in a line at the top, and says what those after it are.
fn site(content: &mut Content, line: &Line) -> Top {
    let is_snippet = |it: &String| it.starts_with('(') || it.starts_with("&(");
    let goes_on = line.words.last().is_some_and(|it| it.ends_with(','));
    if !line.words.first().is_some_and(is_snippet) {
        for word in &line.words {
            let ports = word.split(',').filter(|it| !it.is_empty()).flat_map(ports).collect();
            content.settings.push(Setting {
                by: word.trim_end_matches(',').to_owned(),
                ..Setting::new("site", ports, line.number)
            });
        }
    }
    if line.brace == Brace::Opens || goes_on { Top::Addresses } else { Top::Directives }
}

/// The ports of a site's address: those of both protocols for a name alone.
fn ports(address: &str) -> Vec<String> {
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let host = rest.split('/').next().unwrap_or_default();
    let after = host.rsplit(']').next().unwrap_or(host);
    match (after.split_once(':'), scheme) {
        // What a variable holds may have a port.
        _ if host.contains("{$") || host.contains("{env.") => Vec::new(),
        (Some((_, port)), _) => vec![port.to_owned()],
        (None, "http") => vec!["80".to_owned()],
        (None, "https") => vec!["443".to_owned()],
        (None, _) => vec!["443".to_owned(), "80".to_owned()],
    }
}

/// Takes in a directive or an option inside a block.
fn note(content: &mut Content, block: &str, line: &Line) {
    let words: Vec<&str> = line.words.iter().map(String::as_str).collect();
    let mut push = |key: &str, by: &str, values: &[&str]| {
        let values = values.iter().map(|it| (*it).to_owned()).collect();
        content
            .settings
            .push(Setting { by: by.to_owned(), ..Setting::new(key, values, line.number) });
    };
    match (block, words.as_slice()) {
        ("log", ["output", "file", path, ..]) => push("log.output", "log output file", &[path]),
        (_, ["storage", "file_system", path, ..]) => {
            push("storage", "storage file_system", &[path]);
        }
        ("storage", ["root", path, ..]) => push("storage", "storage file_system", &[path]),
        ("", ["admin", address, ..]) => push("admin", "admin", &[address]),
        ("", ["http_port", port, ..]) => push("http_port", "http_port", &[port]),
        ("", ["https_port", port, ..]) => push("https_port", "https_port", &[port]),
        (_, ["bind", addresses @ ..]) => push("bind", "bind", addresses),
        // The name of a snippet is no file here either.
        (_, ["import", pattern, ..]) => {
            content.includes.push(Include { pattern: (*pattern).to_owned(), below: Below::File });
        }
        _ => (),
    }
}

fn words(words: &[String]) -> Command {
    let mut command = Command::default();
    for Flag { name, value, .. } in shell::flags(words) {
        let Some(value) = value else { continue };
        let key = match name {
            "config" | "c" => {
                command.files.instead.push(value.to_owned());
                continue;
            }
            "pidfile" => "pidfile",
            "listen" | "l" => "bind",
            _ => continue,
        };
        command.settings.push(Setting::named(key, value, &format!("--{name}")));
    }
    command
}

fn variable(name: &str, value: &str) -> Vec<Setting> {
    match name {
        "XDG_DATA_HOME" | "XDG_CONFIG_HOME" => {
            let folder = format!("{}/caddy", value.trim_end_matches('/'));
            vec![Setting::named("home", &folder, name)]
        }
        "CADDY_ADMIN" => vec![Setting::named("admin", value, name)],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use crate::evidence::mounted::Server::Caddy;
    use crate::evidence::mounted::tests::{Case, none, told};

    const MAIN: &str = "/etc/caddy/Caddyfile";

    #[test]
    fn options_and_sites_are_told() {
        told(
            Caddy,
            &Case::files(&[(
                MAIN,
                "{\n\tadmin unix//run/c.sock\n\thttp_port 8080\n\tstorage file_system {\n\t\troot /store\n\t}\n\tlog {\n\t\toutput file /var/log/c.log {\n\t\t\troll_size 1mb\n\t\t}\n\t}\n}\nexample.com, :8443 {\n\tbind unix//run/s.sock\n\tlog {\n\t\toutput file logs/{args[0]}.log\n\t}\n}\n",
            )]),
            &[
                "Socket /run/c.sock by admin /etc/caddy/Caddyfile:2",
                "Data /store by storage file_system /etc/caddy/Caddyfile:5",
                "Log /var/log/c.log by log output file /etc/caddy/Caddyfile:8",
                "Socket /run/s.sock by bind /etc/caddy/Caddyfile:14",
                "Log /srv/logs by log output file /etc/caddy/Caddyfile:16",
                "port 8080 by http_port /etc/caddy/Caddyfile:3",
                "port 443 by example.com /etc/caddy/Caddyfile:13",
                "port 80 by example.com /etc/caddy/Caddyfile:13",
                "port 8443 by :8443 /etc/caddy/Caddyfile:13",
            ],
        );
    }

    #[test]
    fn a_single_site_needs_no_braces() {
        told(
            Caddy,
            &Case::files(&[(MAIN, "http://localhost\nlog {\n output file /x\n}\nrespond hi\n")]),
            &[
                "Log /x by log output file /etc/caddy/Caddyfile:3",
                "port 80 by http://localhost /etc/caddy/Caddyfile:1",
            ],
        );
        none(
            Caddy,
            &Case::files(&[(
                MAIN,
                "(snippet) {\n log {\n  output stdout\n }\n}\n{$SITE} {\n}\n:{$PORT} {\n admin unix//x\n}\n",
            )]),
        );
    }

    #[test]
    fn imports_are_followed_and_snippets_are_none() {
        let files = &[
            (MAIN, "import sites/*\nimport snippet\n"),
            ("/etc/caddy/sites/a", ":81 {\n log {\n output file /a\n }\n}\n"),
        ];
        told(
            Caddy,
            &Case::files(files),
            &[
                "Log /a by log output file /etc/caddy/sites/a:3",
                "port 81 by :81 /etc/caddy/sites/a:1",
            ],
        );
    }

    #[test]
    fn json_says_the_same() {
        let text = "{\n\t\"admin\": {\"listen\": \"unix//run/a\"},\n\t\"logging\": {\"logs\": {\"default\": {\"writer\": {\"output\": \"file\", \"filename\": \"/l\"}}}},\n\t\"apps\": {\"http\": {\"servers\": {\"s\": {\"listen\": [\":80\", \":443\"]}}}}\n}\n";
        told(
            Caddy,
            &Case::files(&[("/c.json", text)]).words(&["caddy", "run", "--config", "/c.json"]),
            &[
                "Socket /run/a by admin.listen /c.json:2",
                "Log /l by logging.logs.default.writer.filename /c.json:3",
                "port 80 by apps.http.servers.s.listen /c.json:4",
                "port 443 by apps.http.servers.s.listen /c.json:4",
            ],
        );
    }

    #[test]
    fn words_and_variables_are_told() {
        told(
            Caddy,
            &Case::words_only(&["caddy", "file-server", "--listen", ":8080", "--pidfile=/p"]),
            &["Pid /p by --pidfile", "port 8080 by --listen"],
        );
        told(
            Caddy,
            &Case::variables_only(&[("XDG_DATA_HOME", "/d/"), ("XDG_CONFIG_HOME", "/c")]),
            &["Data /d/caddy by XDG_DATA_HOME", "Data /c/caddy by XDG_CONFIG_HOME"],
        );
    }
}
