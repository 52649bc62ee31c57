//! Traefik: one tree of settings as YAML or TOML, as flags, or as variables.

use super::Kind::{Data, Log};
use super::dotted;
use super::grammar::{Base, Directive, Grammar, itself, listens, writes};
use super::setting::{Command, Content, Setting};
use super::shell::{self, Flag};

pub(super) static GRAMMAR: Grammar = Grammar {
    names: &["traefik"],
    main: &[
        "/etc/traefik/traefik.yml",
        "/etc/traefik/traefik.yaml",
        "/etc/traefik/traefik.toml",
        "/root/.config/traefik.yml",
        "/root/.config/traefik.yaml",
        "/root/.config/traefik.toml",
        "/traefik.yml",
        "/traefik.yaml",
        "/traefik.toml",
    ],
    drop_ins: &[],
    layered: true,
    stands_for: itself,
    read,
    words,
    variable,
    directives: DIRECTIVES,
    // The working folder of the image.
    base: Base { key: "(none)", default: Some("/") },
};

static DIRECTIVES: &[Directive] = &[
    writes("log.filepath", Log),
    writes("accesslog.filepath", Log),
    writes("traefiklog.filepath", Log),
    writes("traefiklogsfile", Log),
    writes("accesslogsfile", Log),
    writes("certificatesresolvers.*.acme.storage", Data),
    writes("acme.storage", Data),
    writes("experimental.plugins", Data),
    listens("entrypoints.*.address"),
];

/// Where modules are unpacked, below the working folder.
const PLUGINS: &str = "plugins-storage";

fn read(text: &str, target: &str) -> Option<Content> {
    let settings = if target.ends_with(".toml") { dotted::toml(text) } else { dotted::yaml(text) };
    let settings = settings?.into_iter().map(understood).collect();
    Some(Content { settings, includes: Vec::new() })
}

/// A setting whose values are paths or addresses: a module is named by where it comes from.
fn understood(setting: Setting) -> Setting {
    let is_module =
        setting.key.starts_with("experimental.plugins.") && setting.key.ends_with(".modulename");
    if !is_module {
        return setting;
    }
    let key = "experimental.plugins".to_owned();
    Setting { key, values: vec![PLUGINS.to_owned()], ..setting }
}

fn words(words: &[String]) -> Command {
    let mut command = Command::default();
    for Flag { name, value, .. } in shell::flags(words) {
        let Some(value) = value else { continue };
        match name.to_lowercase().as_str() {
            "" => (),
            "configfile" | "c" => command.files.instead.push(value.to_owned()),
            key => {
                let setting = Setting::named(key, value, &format!("--{name}"));
                command.settings.push(understood(setting));
            }
        }
    }
    command
}

fn variable(name: &str, value: &str) -> Vec<Setting> {
    let key = name.to_lowercase();
    let Some(key) = key.strip_prefix("traefik_") else { return Vec::new() };
    // The name in the middle may hold the sign that parts the levels.
    let middle = |head: &str, tail: &str| {
        let name = key.strip_prefix(head)?.strip_suffix(tail)?;
        Some(format!("{head}{}{tail}", name.replace('_', "-")).replace('_', "."))
    };
    let key = middle("certificatesresolvers_", "_acme_storage")
        .or_else(|| middle("entrypoints_", "_address"))
        .or_else(|| middle("experimental_plugins_", "_modulename"))
        .unwrap_or_else(|| key.replace('_', "."));
    vec![understood(Setting::named(&key, value, name))]
}

#[cfg(test)]
mod tests {
    use crate::evidence::mounted::Server::Traefik;
    use crate::evidence::mounted::tests::{Case, none, told};

    #[test]
    fn static_files_name_paths_and_ports() {
        told(
            Traefik,
            &Case::files(&[(
                "/etc/traefik/traefik.yml",
                "log:\n  filePath: /var/log/t.log\naccessLog: {filePath: a.log}\nentryPoints:\n  web:\n    address: ':80'\n  dns:\n    address: ':53/udp'\ncertificatesResolvers:\n  my.own:\n    acme:\n      storage: acme.json\nproviders:\n  file: {filename: /etc/d.yml}\n",
            )]),
            &[
                "Log /var/log/t.log by log.filePath /etc/traefik/traefik.yml:2",
                "Log /a.log by accessLog.filePath /etc/traefik/traefik.yml:3",
                "Data /acme.json by certificatesResolvers.my_own.acme.storage /etc/traefik/traefik.yml:12",
                "port 80 by entryPoints.web.address /etc/traefik/traefik.yml:6",
            ],
        );
        told(Traefik, &Case::files(&[("/c/t.toml", "[accessLog]\nfilePath = \"/var/log/a.log\"\n[experimental.plugins.x]\nmoduleName = \"github.com/a/b\"\nversion = \"v1\"\n")]).words(&["traefik", "--configFile=/c/t.toml"]), &[
            "Log /var/log/a.log by accessLog.filePath /c/t.toml:2",
            "Data /plugins-storage by experimental.plugins.x.moduleName /c/t.toml:4",
        ]);
        told(
            Traefik,
            &Case::files(&[("/etc/traefik/traefik.toml", "[log")]),
            &["unread /etc/traefik/traefik.toml"],
        );
        none(Traefik, &Case::files(&[("/etc/traefik/dynamic.yml", "log: {filePath: /x}")]));
    }

    #[test]
    fn words_name_paths_and_ports() {
        told(
            Traefik,
            &Case::words_only(&[
                "--log.filePath=/x",
                "--accesslog",
                "--accesslog.filepath=/y",
                "--entrypoints.web.address=:8080",
                "--certificatesresolvers.le.acme.storage=/le/acme.json",
                "--experimental.plugins.p.modulename=github.com/p",
            ]),
            &[
                "Log /x by --log.filePath",
                "Log /y by --accesslog.filepath",
                "Data /le/acme.json by --certificatesresolvers.le.acme.storage",
                "Data /plugins-storage by --experimental.plugins.p.modulename",
                "port 8080 by --entrypoints.web.address",
            ],
        );
        none(
            Traefik,
            &Case::words_only(&["traefik", "--providers.docker=true", "--log.level=DEBUG"]),
        );
    }

    #[test]
    fn variables_name_paths_and_ports() {
        told(
            Traefik,
            &Case::variables_only(&[
                ("TRAEFIK_LOG_FILEPATH", "/x"),
                ("TRAEFIK_CERTIFICATESRESOLVERS_MY_LE_ACME_STORAGE", "/a"),
                ("TRAEFIK_ENTRYPOINTS_WEB_ADDRESS", ":81"),
                ("TRAEFIK_API", "true"),
            ]),
            &[
                "Log /x by TRAEFIK_LOG_FILEPATH",
                "Data /a by TRAEFIK_CERTIFICATESRESOLVERS_MY_LE_ACME_STORAGE",
                "port 81 by TRAEFIK_ENTRYPOINTS_WEB_ADDRESS",
            ],
        );
    }
}
