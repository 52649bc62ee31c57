//! What the program tells of itself to shells, editors and readers of manuals.

use std::path::Path;

use clap::CommandFactory as _;
use clap::builder::PossibleValuesParser;
use clap_mangen::Man;

use super::new_files::{NewFile, Others, write_all};
use super::output::{print, raw};
use super::{DONE, Failure};
use crate::cli::{Cli, Schema, Shell};
use crate::config;
use crate::images;
use crate::report::shown::Shown;
use crate::report::{json, posture};
use crate::rules;

/// Prints a JSON Schema.
pub(super) fn schema(of: Schema) -> Result<u8, Failure> {
    let schema = match of {
        Schema::Config => {
            let known: Vec<&str> = rules::ALL.iter().map(|it| it.id).collect();
            config::schema(&known, &images::owner_keys())
        }
        Schema::Report => json::schema(),
        Schema::ReportLines => json::schema_of_lines(),
        Schema::Posture => posture::schema(),
    };
    print(&Shown::json(&format!("{schema:#}")))?;
    Ok(DONE)
}

/// Prints what completes commands in a shell.
pub(super) fn completions(shell: Shell) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut with_names(Cli::command()), "casehard", &mut script);
    raw(&script)?;
    Ok(DONE)
}

/// The program with the names of rules where they are asked for: its own reader of them proposes the nearest ones.
fn with_names(program: clap::Command) -> clap::Command {
    let names = || PossibleValuesParser::new(rules::ALL.iter().map(|it| it.id));
    let named = |it: clap::Command| {
        it.mut_arg("rules", |it| it.value_parser(names()))
            .mut_arg("skip", |it| it.value_parser(names()))
    };
    let judging = ["fix", "check", "posture", "baseline"];
    let program = judging.into_iter().fold(program, |all, it| all.mut_subcommand(it, named));
    program.mut_subcommand("explain", |it| it.mut_arg("rule", |it| it.value_parser(names())))
}

/// Prints the manual page, or writes one for each command into a folder.
pub(super) fn pages(folder: Option<&Path>) -> Result<u8, Failure> {
    let Some(folder) = folder else {
        raw(&page(&Man::new(Cli::command())))?;
        return Ok(DONE);
    };
    if folder.exists() && !folder.is_dir() {
        return Err(Failure(format!(
            "{}: is a file: name a folder, which gets a page for each command; without --output one is printed",
            folder.display()
        )));
    }
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    let commands = std::iter::once(&program).chain(program.get_subcommands());
    let pages = commands.map(|it| {
        let man = Man::new(it.clone());
        NewFile { path: folder.join(man.get_filename()), bytes: page(&man) }
    });
    write_all(&pages.collect::<Vec<_>>(), Others::Replaced)?;
    Ok(DONE)
}

fn page(man: &Man) -> Vec<u8> {
    let mut page = Vec::new();
    man.render(&mut page).expect("a Vec takes every write");
    page
}
