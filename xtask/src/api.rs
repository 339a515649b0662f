//! The API: schemathesis asks a running demo everything that the document allows, and what it does not.

use crate::browser::start_demo;
use crate::machine;
use crate::run::{command, each_line, say, target};
use crate::tally::Tally;

const WHAT: &str = "the API against its document";

/// Starts the demo, runs `tests/api` against it with a Python of its own, ends the demo.
pub fn run(tally: &mut Tally) {
    let python = match machine::python("api", "tests/api/requirements.txt") {
        Ok(python) => python,
        Err(why) => return tally.leave_out(&format!("{WHAT}: {why}")),
    };
    let Some(demo) = start_demo("api") else { return tally.fail("rapport demo (it printed no address)") };
    let reports = target().join("xtask/api-reports").display().to_string();
    let mut counted = false;
    let mut asking = command(python, &["tests/api/run.py", &demo.opened.address, &reports]);
    let ended = each_line(&mut asking, |line| match line {
        "1 passed, 0 failed" | "0 passed, 1 failed" => counted = true,
        _ => match line.strip_prefix("left out: ") {
            Some(what) => tally.leave_out(&format!("{WHAT}: {what}")),
            None => say(line),
        },
    });
    tally.check(WHAT, ended && counted);
}
