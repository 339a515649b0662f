//! The oracles: our rules for series and phone numbers against other people's programs for the same, on made-up data.

use crate::machine;
use crate::run::{cargo, command, counted_lines, succeeds, target};
use crate::tally::Tally;

const WHAT: &str = "series and phone numbers against other people's programs";

/// Each oracle: its script, the example of `model` that it asks, and the variable that says where that is.
const ORACLES: [(&str, &str, &str); 2] =
    [("tests/oracle/recurrence.py", "occurrences", "RAPPORT_OCCURRENCES"), ("tests/oracle/phones.py", "phones", "RAPPORT_PHONES")];

/// Builds the examples and runs the scripts with a Python of their own.
pub fn run(tally: &mut Tally) {
    let python = match machine::python("oracle", "tests/oracle/requirements.txt") {
        Ok(python) => python,
        Err(why) => return tally.leave_out(&format!("{WHAT}: {why}")),
    };
    for (script, example, variable) in ORACLES {
        if !succeeds(&mut cargo(&["build", "--package", "model", "--example", example])) {
            tally.fail(&format!("building the example {example}"));
            continue;
        }
        let mut oracle = command(&python, &[script]);
        oracle.env(variable, target().join("debug/examples").join(example));
        if counted_lines(&mut oracle, tally).is_none() {
            tally.fail(&format!("{script} (it did not come to its results; see above)"));
        }
    }
}
