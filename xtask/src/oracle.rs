//! The oracles: our rules for series, phone numbers, cards and calendar feeds, and the simulator's for series, against other people's programs for the same, on made-up data.

use crate::machine;
use crate::run::{cargo, command, counted_lines, succeeds, target};
use crate::tally::Tally;

const WHAT: &str = "series, phone numbers, cards and feeds against other people's programs";

/// One oracle: its script and how it is asked, whom it asks (an example of a package), and the variable that says where that is.
struct Oracle {
    arguments: &'static [&'static str],
    package: &'static str,
    example: &'static str,
    variable: &'static str,
}

const ORACLES: [Oracle; 5] = [
    Oracle { arguments: &["tests/oracle/recurrence.py"], package: "model", example: "occurrences", variable: "RAPPORT_OCCURRENCES" },
    Oracle {
        arguments: &["tests/oracle/recurrence.py", "orderly"],
        package: "microsoft365-sim",
        example: "agenda",
        variable: "RAPPORT_OCCURRENCES",
    },
    Oracle { arguments: &["tests/oracle/phones.py"], package: "model", example: "phones", variable: "RAPPORT_PHONES" },
    Oracle { arguments: &["tests/oracle/cards.py"], package: "model", example: "cards", variable: "RAPPORT_CARDS" },
    Oracle { arguments: &["tests/oracle/feed.py"], package: "model", example: "feed", variable: "RAPPORT_FEED" },
];

/// Builds the examples and runs the scripts with a Python of their own.
pub fn run(tally: &mut Tally) {
    let python = match machine::python("oracle", "tests/oracle/requirements.txt") {
        Ok(python) => python,
        Err(why) => return tally.leave_out(&format!("{WHAT}: {why}")),
    };
    for Oracle { arguments, package, example, variable } in ORACLES {
        if !succeeds(&mut cargo(&["build", "--package", package, "--example", example])) {
            tally.fail(&format!("building the example {example}"));
            continue;
        }
        let mut oracle = command(&python, arguments);
        oracle.env(variable, target().join("debug/examples").join(example));
        if counted_lines(&mut oracle, tally).is_none() {
            tally.fail(&format!("{} (it did not come to its results; see above)", arguments.join(" ")));
        }
    }
}
