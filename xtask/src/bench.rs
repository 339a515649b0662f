//! `cargo xtask bench`: hands over to the measurements in `tests/bench`, built as they are shipped.

use clap::Args;

use crate::run::{cargo, succeeds};
use crate::tally::{FAILED, WELL};

/// What the measurements are told.
#[derive(Args, Clone, Debug)]
pub struct Arguments {
    /// Measure reading while mail comes in, instead of what a message costs
    #[arg(long)]
    reading: bool,
    /// Arguments of the measurements themselves (`-- --help` lists them)
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Runs the measurements.
///
/// # Errors
/// Never; a failure is a status.
pub fn run(arguments: &Arguments) -> Result<u8, String> {
    let built = succeeds(&mut cargo(&[
        "build",
        "--release",
        "--package",
        "rapport",
        "--package",
        "microsoft365-sim",
        "--package",
        "rapport-bench",
    ]));
    let mut words = vec!["run", "--release", "--quiet", "--package", "rapport-bench"];
    if arguments.reading {
        words.extend(["--example", "reading"]);
    }
    words.push("--");
    words.extend(arguments.rest.iter().map(String::as_str));
    let measured = built && succeeds(&mut cargo(&words));
    Ok(if measured { WELL } else { FAILED })
}
