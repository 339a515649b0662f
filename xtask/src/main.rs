//! The project's own chores, as `cargo xtask NAME`: what a colleague would otherwise do by hand and forget.

mod api;
mod bench;
mod browser;
mod chaos;
mod contract;
mod demo;
mod machine;
mod oracle;
mod run;
mod sabotage;
mod sources;
mod tally;
mod test;
mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own chores.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Everything that must hold before a change is taken in; ends with 3 if this machine could not do all of it
    Test(test::Arguments),
    /// Schedules of faults and crashes, after which the mirror must equal the source
    Chaos(chaos::Arguments),
    /// Takes out each named guard in a copy of the tree and shows that chaos notices
    Sabotage,
    /// Rapport's first sync against a plain loop, on the same pages
    Bench(bench::Arguments),
    /// The rules of the repository that no compiler checks
    Tidy,
}

fn main() -> ExitCode {
    let ended = match Cli::parse().chore {
        Chore::Test(arguments) => test::everything(&arguments),
        Chore::Chaos(arguments) => chaos::run(&arguments),
        Chore::Sabotage => sabotage::all(),
        Chore::Bench(arguments) => bench::run(&arguments),
        Chore::Tidy => tidy::check(),
    };
    match ended {
        Ok(status) => ExitCode::from(status),
        Err(sentence) => {
            run::say(&sentence);
            ExitCode::from(2)
        }
    }
}
