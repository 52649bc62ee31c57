//! `host-mount`: a path of the host that containers should not hold.

use super::{Case, Check, Proposal, Rule, Scope, Weakness, below};
use crate::evidence::host::{HostPath, judge, socket};
use crate::finding::{Confidence, Severity, Site};
use crate::workload::{Dialect, Mount, Origin};

pub(super) static RULE: Rule = Rule {
    id: "host-mount",
    summary: "a path of the host is mounted",
    severity: Severity::Medium,
    docs: "What a container writes to a path of the host, the host reads: configuration, programs, credentials. A path \
that is only read should be mounted read-only; data of the service belong on a volume.\n\n**The fix may break** a \
service that writes to the path (read-only) or needs it at all (removed).",
    example: "services:\n  web:\n    image: example\n    volumes:\n      - /etc:/host/etc\n",
    pod: "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: web\n      image: example\n      volumeMounts:\n        - {name: etc, mountPath: /host/etc}\n  volumes:\n    - name: etc\n      hostPath: {path: /etc}\n",
    references: &[
        "CIS Docker 5.6",
        "CIS Kubernetes 5.2.12",
        "PSS baseline",
        "KSV-0023",
        "C-0048",
        "C-0045",
    ],
    follows: &[],
    scope: Scope::saying(&["volumes", "configs", "secrets"]),
    check: Check::Workload(check),
};

fn check(case: &Case<'_, '_>) -> Vec<Weakness> {
    let mounts = case.workload.host_mounts();
    let found = mounts.iter().filter_map(|it| unsure(it).or_else(|| mounted(case, it)));
    found.chain(taken_for_drives(case)).collect()
}

/// A path that climbs out of a folder that is not known.
fn unsure(mount: &Mount<'_>) -> Option<Weakness> {
    let written = mount.written.as_ref().filter(|_| mount.origin == Origin::Unknown)?;
    let message = format!(
        "{written} may be any folder of the host: it climbs out of a folder that is not known"
    );
    Some(
        Weakness::new(mount.site, message)
            .advice("name the file instead of piping it, or write the path from the root"),
    )
}

/// Named volumes of one letter, in whose place Compose mounts something else.
fn taken_for_drives(case: &Case<'_, '_>) -> Vec<Weakness> {
    let Dialect::Compose(service) = &case.workload.dialect else { return Vec::new() };
    let found = service.list("volumes").into_iter().filter_map(|item| {
        let (name, text) = service.taken_for_a_drive(item)?;
        let site = Site { file: item.file, span: item.node.span() };
        let message =
            format!("Compose reads {text} as a path on drive {name}:, not as the volume {name}");
        let advice = format!("give the volume {name} a name of two letters or more");
        Some(Weakness::new(site, message).severity(Severity::Low).advice(advice))
    });
    found.collect()
}

fn mounted(case: &Case<'_, '_>, mount: &Mount<'_>) -> Option<Weakness> {
    let Origin::Host(path) = &mount.origin else { return None };
    if socket(path).is_some() {
        return None;
    }
    let kubernetes = case.workload.is_kubernetes();
    let severity = match judge(path, mount.read_only, kubernetes) {
        HostPath::Fine => None,
        HostPath::Protect => {
            let written = case.workload.protect_mount(mount);
            let fix = Proposal::risky("mount it read-only", written, format!("writes to {path}"));
            let fix = match is_only_read(path) {
                true => fix.because(Confidence::Likely, "files such as these are only read"),
                false => fix,
            };
            return Some(
                Weakness::new(
                    mount.site,
                    format!("{} of the host is writable", mount.called(path)),
                )
                .severity(Severity::Low)
                .fix(fix),
            );
        }
        HostPath::Bad(severity) => Some(severity),
    };
    let spreads = mount.relabels && severity >= Some(Severity::High) || mount.propagation.is_some();
    let severity = if spreads { severity.max(Some(Severity::High)) } else { severity }?;
    Some(bad(case, mount, path, severity))
}

fn bad(case: &Case<'_, '_>, mount: &Mount<'_>, path: &str, severity: Severity) -> Weakness {
    let mode = if mount.read_only { "mounted" } else { "mounted writable" };
    let message = format!("{} of the host is {mode}", mount.called(path));
    let weakness = Weakness::new(mount.site, message).severity(severity);
    if severity == Severity::Medium && !mount.read_only && holds_data(case, mount) {
        return weakness.advice("the image keeps its data there: move them to a volume of its own");
    }
    if severity == Severity::Medium && is_special(path) {
        return weakness.advice(
            "read-only changes nothing for a socket or a device: remove it unless the service uses it",
        );
    }
    if severity == Severity::Medium && !mount.read_only && !is_settings(path, mount) {
        let read_only = match case.workload.is_kubernetes() {
            true => "set `readOnly: true` on its mounts",
            false => "add `:ro`",
        };
        return weakness.advice(format!(
            "what it writes there is not known: if it keeps data, move them to a volume of its own; if it only reads, {read_only}",
        ));
    }
    // Without a mount read-only is half of the way; from High on only its going helps.
    let fix =
        match severity == Severity::Medium && !mount.read_only && !case.workload.is_kubernetes() {
            true => Proposal::risky(
                "mount it read-only",
                case.workload.protect_mount(mount),
                format!("writes to {path}"),
            ),
            false => {
                let (title, written) = below::removal(case, mount);
                Proposal::risky(title, written, format!("whatever the service does with {path}"))
            }
        };
    weakness
        .fix(fix)
        .advice("give the service only the file that it needs, read-only, or a volume of its own")
}

/// Whether containers read the path and leave it alone. Name resolution is what VPN clients rewrite, certificates are
/// what a start adds to, and modules are what some images build.
fn is_only_read(path: &str) -> bool {
    const READ: &[&str] =
        &["/etc/localtime", "/etc/timezone", "/etc/machine-id", "/etc/nsswitch.conf"];
    READ.contains(&path) || path.starts_with("/usr/share/zoneinfo")
}

/// Whether it is a socket or a device by its name.
fn is_special(path: &str) -> bool {
    path.ends_with(".sock") || path.ends_with(".socket") || path.starts_with("/dev/")
}

/// Whether what is mounted is plainly settings, content or certificates, which are read: by its name on either side.
fn is_settings(path: &str, mount: &Mount<'_>) -> bool {
    const ENDINGS: &[&str] = &[
        ".conf",
        ".cfg",
        ".cnf",
        ".ini",
        ".yml",
        ".yaml",
        ".toml",
        ".json",
        ".xml",
        ".properties",
        ".crt",
        ".pem",
        ".key",
        ".cer",
        ".sh",
        ".sql",
        ".env",
        ".html",
        ".template",
        ".tmpl",
        ".htpasswd",
        ".txt",
        ".list",
        ".rules",
    ];
    const FOLDERS: &[&str] = &[
        "/docker-entrypoint-initdb.d",
        "/usr/share/nginx/html",
        "/etc/nginx",
        "/etc/ssl",
        "/usr/local/etc",
    ];
    let target = mount.target.as_deref().unwrap_or("");
    let ends = |it: &str| ENDINGS.iter().any(|ending| it.ends_with(ending));
    ends(path) || ends(target) || FOLDERS.iter().any(|it| target.starts_with(it))
}

/// Whether the image keeps its data there, so that it cannot do without writing.
fn holds_data(case: &Case<'_, '_>, mount: &Mount<'_>) -> bool {
    let Some(target) = mount.target.as_deref() else { return false };
    let inside = |it: &String| {
        it.strip_prefix(target).is_some_and(|it| it.is_empty() || it.starts_with('/'))
    };
    case.evidence.data.iter().any(inside)
}
