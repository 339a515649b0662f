//! `cargo xtask test`: everything that must hold before a change is taken in, in the order in which a failure is cheapest.

use std::process::Command;

use clap::Args;

use crate::run::{cargo, each_line, say, succeeds};
use crate::tally::{Tally, counts};
use crate::{browser, contract, demo, machine, tidy};

/// How much to do.
#[derive(Args, Clone, Copy, Debug)]
pub struct Arguments {
    /// Stop after the Rust tests: no Python, no browser, no demo
    #[arg(long)]
    rust_only: bool,
}

/// Does everything that this machine can do.
///
/// # Errors
/// When not even the files of the repository can be listed.
pub fn everything(arguments: &Arguments) -> Result<u8, String> {
    let mut tally = Tally::default();
    let breaches = tidy::breaches()?;
    breaches.iter().for_each(|breach| say(breach));
    tally.check("tidy", breaches.is_empty());
    tally.check("cargo fmt", succeeds(&mut cargo(&["fmt", "--all", "--check"])));
    let clippy = ["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"];
    tally.check("cargo clippy", succeeds(&mut cargo(&clippy)));
    if let Err(why) = machine::postgres_programs() {
        tally.leave_out(&format!("everything on PostgreSQL: {why}"));
    }
    rust_tests(&mut tally);
    if arguments.rust_only {
        tally.leave_out("Microsoft's own clients, the demo and the browser: --rust-only was asked for");
        return Ok(tally.conclude());
    }
    if succeeds(&mut cargo(&["build", "--quiet", "--package", "rapport", "--package", "microsoft365-sim"])) {
        contract::run(&mut tally);
        demo::run(&mut tally);
        browser::run(&mut tally);
    } else {
        tally.fail("building the programs");
    }
    Ok(tally.conclude())
}

/// The tests of every crate. What passes quietly is counted and not shown.
fn rust_tests(tally: &mut Tally) {
    let mut tests = cargo(&["test", "--workspace", "--no-fail-fast", "--", "--show-output"]);
    let failed_before = tally.failed();
    let all_ran = run_counted(&mut tests, tally);
    if !all_ran && tally.failed() == failed_before {
        tally.fail("cargo test (it did not come to its results; see above)");
    }
}

fn run_counted(tests: &mut Command, tally: &mut Tally) -> bool {
    each_line(tests, |line| {
        if let Some((passed, failed, ignored)) = counts(line) {
            tally.add(passed, failed);
            if ignored > 0 {
                tally.leave_out(&format!("{ignored} tests that are marked as ignored"));
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
