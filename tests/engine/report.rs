//! The page of the documentation that says what was tried, and how it went.

use std::fmt::Write as _;
use std::path::Path;

use crate::services::{self, Service};
use crate::trial::{Trial, Variant};

const PAGE: &str = "docs/engine-report.md";

const HEAD: &str = "\
# Tried on a Docker Engine

Written by `cargo test --test engine`; do not edit.

Each service below is started by Compose from the legacy file in `golden/engine/`, does its work and is stopped.
casehard then hardens the file, once with what it calls `likely` and once with all that can be written (`risky`). The
hardened service starts on the same volumes, must still have its old data, does its work again, is restarted, is
stopped (with the exit status it had before), and is started once more from a new container; then the hardened file is
started on empty volumes, as on another machine. Where a service writes a log, a socket or a save beside its data, or
its administrator hands something in by the engine's client, that must go on as well. What a container really holds is
read from inside: the users of its processes, the bounding set, no-new-privileges, the root filesystem.

The images are built from Debian packages, with the entrypoint behaviour of the official ones: they show whether the
settings suit the mechanism (root that repairs owners and drops, a root master, a user from the start, file
capabilities), not whether a vendor's next release keeps to it.

What is written as `likely` must pass. What `risky` breaks is what its confidence warns of.

";

/// Writes the page.
pub(crate) fn write(trials: &[Trial]) -> std::io::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    std::fs::create_dir_all(path.parent().expect("the page is in a folder"))?;
    std::fs::write(path, page(trials))
}

fn page(trials: &[Trial]) -> String {
    let mut page = HEAD.to_owned();
    page += &summary(trials);
    for service in services::ALL.iter() {
        let of_service = trials.iter().filter(|it| it.case == service.case);
        page += &section(service, &of_service.collect::<Vec<_>>());
    }
    page
}

fn summary(trials: &[Trial]) -> String {
    let mut table =
        String::from("| service | asked | `likely` | `risky` |\n| --- | --- | --- | --- |\n");
    for service in services::ALL.iter() {
        let outcome = |variant| {
            let trial = trials.iter().find(|it| it.case == service.case && it.variant == variant);
            match trial.map(Trial::passed) {
                Some(true) => "works",
                Some(false) => "**breaks**",
                None => "not tried",
            }
        };
        let (likely, risky) = (outcome(Variant::Likely), outcome(Variant::Risky));
        let Service { case, work, .. } = service;
        put(&mut table, format_args!("| [{case}](#{case}) | {work} | {likely} | {risky} |\n"));
    }
    table
}

fn section(service: &Service, trials: &[&Trial]) -> String {
    let mut section = format!("\n## {}\n\nAsked: {}.\n\n", service.case, service.work);
    section += "| | `likely` | `risky` |\n| --- | --- | --- |\n";
    let mut row = |name: &str, cell: fn(&Trial) -> String| {
        let cells: Vec<_> = trials.iter().map(|it| cell(it)).collect();
        put(&mut section, format_args!("| {name} | {} |\n", cells.join(" | ")));
    };
    row("`user`", |it| it.asked.user.as_deref().map_or("unset".to_owned(), code));
    row("processes", |it| if_it_ran(it, processes));
    row("capabilities", |it| if_it_ran(it, capabilities));
    row("no new privileges", |it| if_it_ran(it, |it| yes(it.state.no_new_privileges)));
    row("read-only root", |it| if_it_ran(it, |it| yes(it.state.read_only)));
    row("`tmpfs`", |it| list(&it.asked.tmpfs));
    row("outcome", outcome);
    row("said before", said_before);
    section
}

fn processes(trial: &Trial) -> String {
    let named = trial.state.processes.iter().map(|(name, uid)| format!("{name} as {uid}"));
    named.collect::<Vec<_>>().join(", ")
}

fn capabilities(trial: &Trial) -> String {
    match trial.state.bounding.len() {
        0 => "none".to_owned(),
        14 => "Docker's 14".to_owned(),
        _ => trial.state.bounding.iter().copied().collect::<Vec<_>>().join(" "),
    }
}

/// What only a container that came to its work can tell.
fn if_it_ran(trial: &Trial, cell: fn(&Trial) -> String) -> String {
    match trial.state.first_uid.is_empty() {
        true => "–".to_owned(),
        false => cell(trial),
    }
}

fn outcome(trial: &Trial) -> String {
    match &trial.broken {
        None => "works".to_owned(),
        Some((step, why)) => format!("breaks at “{step}”: {}", code(&reason(why))),
    }
}

/// The rules whose fixes were called risky, where that came true.
fn said_before(trial: &Trial) -> String {
    match trial.passed() {
        true => "–".to_owned(),
        false => trial.warnings().map(|it| code(&it.rule)).collect::<Vec<_>>().join(", "),
    }
}

/// The last line that names a trouble, without the time and the process before it.
fn reason(why: &str) -> String {
    let troubles = [
        "denied",
        "not permitted",
        "Errno",
        "rror",
        "Can't",
        "not there",
        "FATAL",
        "emerg",
        "sudo:",
        "cannot",
    ];
    // That a container is gone says nothing, and bears its number.
    let said = || why.lines().filter(|it| !it.contains("Error response from daemon"));
    let named = |it: &&str| troubles.iter().any(|trouble| it.contains(trouble));
    let line = said().rfind(named).or_else(|| said().next_back()).unwrap_or_default();
    let clock = |it: &&str| it.contains(|c: char| c.is_ascii_digit()) || it.len() < 4;
    // Temporary files are named after a process, and no two runs have the same.
    let stable =
        |it: &str| if it.starts_with("temp-") { "temp-N".to_owned() } else { it.to_owned() };
    line.split_whitespace().skip_while(clock).map(stable).collect::<Vec<_>>().join(" ")
}

fn yes(holds: bool) -> String {
    if holds { "yes" } else { "no" }.to_owned()
}

fn list(items: &[String]) -> String {
    match items.is_empty() {
        true => "none".to_owned(),
        false => items.iter().map(|it| code(it)).collect::<Vec<_>>().join("<br>"),
    }
}

fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'").replace('|', "/"))
}

fn put(page: &mut String, text: std::fmt::Arguments<'_>) {
    page.write_fmt(text).expect("a String takes every write");
}
