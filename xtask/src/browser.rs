//! The console in a real browser, on the demo: every kind of page opened once, wide and narrow; one mail from writing it to
//! what came back; and mail that means harm. The pictures are left in the target directory for a person to look at.

use std::io::BufReader;
use std::process::{Child, Stdio};

use serde::Deserialize;

use crate::machine;
use crate::run::{command, counted_lines, say, target};
use crate::tally::Tally;

const WHAT: &str = "the console in a browser";

/// A demo that runs; it ends when this is dropped.
pub struct Demo {
    process: Child,
    /// What it has printed.
    pub opened: Opened,
}

/// What a demo prints once it is ready.
#[derive(Deserialize)]
pub struct Opened {
    /// Signs in, once.
    pub address: String,
    /// Where its simulated Microsoft 365 answers.
    pub simulator: String,
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts the demo, lets the programs of `tests/browser` at it, ends it.
pub fn run(tally: &mut Tally) {
    let chromium = match machine::chromium() {
        Ok(name) => machine::path_of(name),
        Err(why) => return tally.leave_out(&format!("{WHAT}: {why}")),
    };
    let python = match machine::python("browser", "tests/browser/requirements.txt") {
        Ok(python) => python,
        Err(why) => return tally.leave_out(&format!("{WHAT}: {why}")),
    };
    let Some(demo) = start_demo("browser") else { return tally.fail("rapport demo (it printed no address)") };
    let Opened { address, simulator } = &demo.opened;
    let pictures = target().join("xtask/screenshots").display().to_string();
    let mut look = command(python, &["tests/browser/run.py", &chromium, address, simulator, &pictures]);
    if counted_lines(&mut look, tally).is_none() {
        tally.fail("the console in a browser (it did not come to its results; see above)");
    }
    say(&format!("Screenshots are in {pictures}"));
}

/// The demo on a free port with data of its own.
pub fn start_demo(name: &str) -> Option<Demo> {
    let data = target().join(format!("xtask/{name}-data")).display().to_string();
    let _ = std::fs::remove_dir_all(&data);
    let arguments = ["demo", "--months", "1", "--port", "0", "--data", &data, "--json"];
    let mut process = command(target().join("debug/rapport"), &arguments).stdout(Stdio::piped()).spawn().ok()?;
    let printed = BufReader::new(process.stdout.take()?);
    match serde_json::Deserializer::from_reader(printed).into_iter().next() {
        Some(Ok(opened)) => Some(Demo { process, opened }),
        Some(Err(_)) | None => {
            let _ = process.kill();
            let _ = process.wait();
            None
        }
    }
}
