//! The demo, run to its end: everything that the generated tenant holds must be here, nothing missing, nothing extra.

use crate::run::{command, succeeds, target};
use crate::tally::Tally;

/// Runs `rapport demo --until-synced` on a small tenant.
pub fn run(tally: &mut Tally) {
    let program = target().join("debug/rapport");
    let arguments = ["demo", "--until-synced", "--check-mime", "--months", "1", "--port", "0", "--json"];
    let mut demo = command(program, &arguments);
    demo.stdout(std::process::Stdio::null());
    tally.check("rapport demo --until-synced", succeeds(&mut demo));
}
