//! The console's pages in a real browser: started from the demo's own address, every kind of page opened once, wide and
//! narrow. The pictures are left in the target directory for a person to look at.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use crate::machine;
use crate::run::{command, counted_lines, say, target};
use crate::tally::Tally;

const WHAT: &str = "the console in a browser";

/// Starts the demo, looks at its pages, ends it.
pub fn run(tally: &mut Tally) {
    let chromium = match machine::chromium() {
        Ok(name) => name,
        Err(why) => return tally.leave_out(&format!("{WHAT}: {why}")),
    };
    let python = match machine::python("browser", "tests/browser/requirements.txt") {
        Ok(python) => python,
        Err(why) => return tally.leave_out(&format!("{WHAT}: {why}")),
    };
    let Some((mut demo, address)) = start_demo("browser") else { return tally.fail("rapport demo (it printed no address)") };
    let pictures = target().join("xtask/screenshots").display().to_string();
    let path = machine::path_of(chromium);
    let mut look = command(python, &["tests/browser/pages.py", &path, &address, &pictures]);
    if counted_lines(&mut look, tally).is_none() {
        tally.fail("the console in a browser (it did not come to its results; see above)");
    }
    say(&format!("Screenshots are in {pictures}"));
    let _ = demo.kill();
    let _ = demo.wait();
}

/// The demo on a free port with data of its own, and the one address that it prints.
pub fn start_demo(name: &str) -> Option<(Child, String)> {
    let data = target().join(format!("xtask/{name}-data")).display().to_string();
    let _ = std::fs::remove_dir_all(&data);
    let arguments = ["demo", "--months", "1", "--port", "0", "--data", &data];
    let mut demo = command(target().join("debug/rapport"), &arguments).stdout(Stdio::piped()).spawn().ok()?;
    let lines = BufReader::new(demo.stdout.take()?).lines().map_while(Result::ok);
    let address = lines.flat_map(|line| address_in(&line)).next();
    if address.is_none() {
        let _ = demo.kill();
        let _ = demo.wait();
    }
    Some((demo, address?))
}

fn address_in(line: &str) -> Option<String> {
    line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned)
}
