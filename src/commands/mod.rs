//! The commands: each reads its arguments, calls the pipeline and yields what is told; the exit status follows from that.

mod baseline;
mod built;
mod check;
mod decided;
mod filter;
mod fix;
mod init;
mod inputs;
mod krm;
mod learn;
mod learnt;
mod lookup;
mod manual;
mod merge;
mod new_files;
mod observe;
mod output;
mod own_images;
mod owned;
mod plan;
mod policy;
mod posture;
mod progress;
mod review;
mod stop;
mod tell;
mod undo;
mod variables;
mod verify;
mod written;

use std::process::ExitCode;

use crate::cli::{Cli, Color, Command};
use crate::engine::Fault;
use crate::report::shown::Shown;
use crate::review::is_dumb;
use output::{complain, print_help};
pub use policy::policy;
pub use variables::sources;

/// A run that cannot start, or whose result cannot be told: what is wrong, and what to do.
#[derive(Debug)]
pub struct Failure(pub String);

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Failure {
        Failure(fault.to_string())
    }
}

/// Nothing to report, or everything accepted was written.
const DONE: u8 = 0;
/// Findings remain, or there is a diff.
const FOUND: u8 = 1;
/// Some input could not be done.
const FAILED: u8 = 2;
/// Somebody stopped the program, in the way of shells.
const INTERRUPTED: u8 = 130;

/// Prints help where it was asked for, or what is wrong with the command line.
pub fn tell_usage(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        let _ = error.print();
        return ExitCode::from(FAILED);
    }
    let told = print_help(&error.render().ansi().to_string());
    ended(told.map(|()| DONE))
}

/// Runs the program.
pub fn run(cli: Cli) -> ExitCode {
    choose_color(cli.color);
    let status = match cli.command {
        Command::Fix(args) if args.check => check::check(&args.inputs, &args.telling, None),
        Command::Fix(args) => fix::fix(&args),
        Command::Check(args) => check::check(&args.inputs, &args.telling, Some(&args)),
        Command::Undo(args) => undo::undo(&args),
        Command::Apply(args) => plan::apply(&args),
        Command::Posture(args) => posture::posture(&args),
        Command::Learn(args) => learn::learn(&args),
        Command::Verify(args) => verify::verify(&args),
        Command::Observe(args) => observe::observe(&args),
        Command::Baseline(args) => baseline::baseline(&args),
        Command::Merge(args) => merge::merge(&args),
        Command::Explain { rule } => lookup::explain(rule.as_deref()),
        Command::Rules(args) => lookup::list_rules(args.markdown),
        Command::Images(args) => lookup::images(&args),
        Command::Init(args) => init::init(&args),
        Command::Schema { of } => manual::schema(of),
        Command::Completions { shell } => manual::completions(shell),
        Command::Krm => krm::krm(),
        Command::Man(args) => manual::pages(args.output.as_deref()),
    };
    ended(status)
}

fn ended(status: Result<u8, Failure>) -> ExitCode {
    match status {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            complain(&Shown::line(&format!("casehard: {}", failure.0)));
            ExitCode::from(FAILED)
        }
    }
}

fn choose_color(color: Color) {
    let choice = match color {
        // Where a job of CI has such a terminal, it still is one.
        Color::Auto if is_dumb() && !is_forced() => anstream::ColorChoice::Never,
        Color::Auto => return,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    };
    choice.write_global();
}

/// Whether colour is asked for, whatever the terminal is (<https://bixense.com/clicolors>).
fn is_forced() -> bool {
    std::env::var_os("CLICOLOR_FORCE").is_some_and(|it| it != "0")
}
