//! `cargo xtask test`: everything that must hold before a change is taken in, in the order in which a failure is cheapest.

use std::process::Command;

use clap::{Args, ValueEnum};

use crate::run::{cargo, each_line, say, succeeds};
use crate::tally::{Panics, Tally, counts};
use crate::{api, browser, contract, demo, machine, oracle, tidy};

/// How much to do.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    /// Only this part (repeatable); what is not asked for counts as left out
    #[arg(long, value_name = "PART")]
    only: Vec<Part>,
    /// Schedules of chaos on each engine
    #[arg(long, default_value_t = 100)]
    chaos_seeds: u64,
}

/// A part of everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Repository rules, format, clippy.
    Rules,
    /// The tests of every crate, chaos among them.
    Rust,
    /// Series and phone numbers against other people's programs for them.
    Oracle,
    /// Microsoft's own clients against the simulator.
    Contract,
    /// Whatever its document allows, asked of the API.
    Api,
    /// The demo on a small tenant, to its end.
    Demo,
    /// The console's pages in a browser.
    Browser,
}

impl Part {
    const ALL: [Part; 7] = [Part::Rules, Part::Rust, Part::Oracle, Part::Contract, Part::Api, Part::Demo, Part::Browser];

    fn needs_programs(self) -> bool {
        matches!(self, Part::Contract | Part::Api | Part::Demo | Part::Browser)
    }
}

/// Does everything that this machine can do.
///
/// # Errors
/// When not even the files of the repository can be listed.
pub fn everything(arguments: &Arguments) -> Result<u8, String> {
    let mut tally = Tally::default();
    let wanted = |part: &Part| arguments.only.is_empty() || arguments.only.contains(part);
    let (parts, others): (Vec<_>, Vec<_>) = Part::ALL.into_iter().partition(wanted);
    for other in others {
        tally.leave_out(&format!("{other:?}: not asked for"));
    }
    let built = !parts.iter().any(|part| part.needs_programs()) || build_programs();
    if !built {
        tally.fail("building the programs");
    }
    for part in parts.into_iter().filter(|part| built || !part.needs_programs()) {
        say(&format!("\n== {part:?}"));
        match part {
            Part::Rules => rules(&mut tally)?,
            Part::Rust => rust_tests(&mut tally, arguments.chaos_seeds),
            Part::Oracle => oracle::run(&mut tally),
            Part::Contract => contract::run(&mut tally),
            Part::Api => api::run(&mut tally),
            Part::Demo => demo::run(&mut tally),
            Part::Browser => browser::run(&mut tally),
        }
    }
    Ok(tally.conclude())
}

fn build_programs() -> bool {
    succeeds(&mut cargo(&["build", "--package", "rapport", "--package", "microsoft365-sim"]))
}

fn rules(tally: &mut Tally) -> Result<(), String> {
    let breaches = tidy::breaches()?;
    breaches.iter().for_each(|breach| say(breach));
    tally.check("tidy", breaches.is_empty());
    tally.check("cargo fmt", succeeds(&mut cargo(&["fmt", "--all", "--check"])));
    let clippy = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    tally.check("cargo clippy", succeeds(&mut cargo(&clippy)));
    Ok(())
}

/// The tests of every crate. What passes quietly is counted and not shown.
fn rust_tests(tally: &mut Tally, seeds: u64) {
    if let Err(why) = machine::postgres_programs() {
        tally.leave_out(&format!("everything on PostgreSQL: {why}"));
    }
    // Without MariaDB the tests of customers' databases fail: they are not left out.
    if let Err(why) = machine::mariadb_programs() {
        tally.fail(&format!("MariaDB for the tests: {why}"));
    }
    let mut tests = cargo(&["test", "--workspace", "--no-fail-fast", "--", "--show-output"]);
    tests.env("RAPPORT_TEST_CHAOS_SEEDS", seeds.to_string());
    say(&format!("chaos runs {seeds} schedules on each engine; cargo xtask chaos runs 300"));
    let failed_before = tally.failed();
    let all_ran = run_counted(&mut tests, tally);
    if !all_ran && tally.failed() == failed_before {
        tally.fail("cargo test (it did not come to its results; see above)");
    }
}

fn run_counted(tests: &mut Command, tally: &mut Tally) -> bool {
    let mut panics = Panics::default();
    each_line(tests, |line| {
        panics.read(line);
        if let Some((passed, failed, ignored)) = counts(line) {
            tally.add(passed, failed);
            if ignored > 0 {
                tally.leave_out(&format!("{ignored} tests that are marked as ignored"));
            }
            let seen = panics.take();
            if failed > 0 {
                seen.iter().for_each(|panic| tally.name_failure(panic));
            }
        }
        if let Some(name) = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED")) {
            tally.name_failure(name);
        }
        if let Some(what) = line.trim_start().strip_prefix("left out: ") {
            tally.leave_out(what);
        }
        if worth_showing(line) {
            say(line);
        }
    })
}

fn worth_showing(line: &str) -> bool {
    let quiet = ["running ", "successes:", "---- "];
    let passed = line.starts_with("test ") && line.ends_with(" ... ok");
    let empty_result = line.starts_with("test result: ok. 0 passed");
    let name_only = line.starts_with("    ") && !line.trim().contains(' ');
    !(line.trim().is_empty() || passed || empty_result || name_only || quiet.iter().any(|start| line.starts_with(start)))
}
