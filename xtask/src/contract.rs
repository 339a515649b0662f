//! The contract: Microsoft's own client libraries against the simulator, over HTTP and TLS on free ports, and the library of
//! Standard Webhooks against what Rapport delivers.

use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout, Stdio};

use crate::machine;
use crate::run::{command, counted_lines, target};
use crate::tally::Tally;

const WHAT: &str = "Microsoft's own clients against the simulator";

/// Starts the simulator, runs `tests/contract` against it with a Python of its own, ends the simulator.
pub fn run(tally: &mut Tally) {
    let python = match machine::python("contract", "tests/contract/requirements.txt") {
        Ok(python) => python,
        Err(why) => return tally.leave_out(&format!("{WHAT}: {why}")),
    };
    let Some(mut simulator) = Simulator::start() else { return tally.fail("microsoft365-sim (it did not say where it listens)") };
    let mut promises = command(python, &["tests/contract/run.py"]);
    promises
        .env("RAPPORT_PROGRAM", target().join("debug/rapport"))
        .env("SIM_URL", &simulator.url)
        .env("SIM_TLS_URL", &simulator.tls_url)
        .env("SIM_CA", &simulator.authority);
    if counted_lines(&mut promises, tally).is_none() {
        tally.fail(&format!("{WHAT} (they did not come to their results; see above)"));
    }
    simulator.end();
}

/// The simulator as a program.
struct Simulator {
    program: Child,
    url: String,
    tls_url: String,
    authority: String,
    /// Kept open: a program whose reader is gone dies of its next word.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Simulator {
    fn start() -> Option<Self> {
        let authority = target().join("xtask/simulator-authority.pem").display().to_string();
        std::fs::create_dir_all(target().join("xtask")).ok()?;
        let arguments = ["--port", "0", "--tls-port", "0", "--ca-out", &authority, "--mailboxes", "2", "--months", "1"];
        let mut program = command(target().join("debug/microsoft365-sim"), &arguments).stdout(Stdio::piped()).spawn().ok()?;
        let mut output = BufReader::new(program.stdout.take()?).lines();
        let mut listening = |scheme: &str| {
            let lines = output.by_ref().map_while(Result::ok);
            lines.filter_map(|line| line.split_whitespace().find(|word| word.starts_with(scheme)).map(str::to_owned)).next()
        };
        match (listening("http://"), listening("https://")) {
            (Some(url), Some(tls_url)) => Some(Simulator { program, url, tls_url, authority, _output: output }),
            _ => {
                let _ = program.kill();
                let _ = program.wait();
                None
            }
        }
    }

    fn end(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
