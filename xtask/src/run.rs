//! Running other programs: each is named before it starts, and its output passes through as it comes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::tally::Tally;

/// A line for whoever watches.
pub fn say(line: &str) {
    // A reader that has gone away is no failure of ours.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// The root of the repository that this program was built from.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a member of the workspace").to_path_buf()
}

/// Where built programs and our own leavings go.
#[allow(clippy::disallowed_methods, reason = "Cargo tells its target directory by the environment alone")]
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Cargo, in the root of the repository.
pub fn cargo(arguments: &[&str]) -> Command {
    command("cargo", arguments)
}

/// Any program, in the root of the repository.
pub fn command(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// Runs to the end; false if it failed or could not be started.
pub fn succeeds(command: &mut Command) -> bool {
    announce(command);
    command.status().is_ok_and(|status| status.success())
}

/// Runs to the end without showing anything; false if it failed or could not be started.
pub fn succeeds_quietly(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Runs to the end and hands over each line of standard output; false if it failed or could not be started.
pub fn each_line(command: &mut Command, mut line: impl FnMut(&str)) -> bool {
    announce(command);
    let Ok(mut child) = command.stdout(Stdio::piped()).spawn() else { return false };
    let output = child.stdout.take().expect("standard output is piped");
    for bytes in BufReader::new(output).split(b'\n').map_while(Result::ok) {
        line(String::from_utf8_lossy(&bytes).trim_end_matches('\r'));
    }
    child.wait().is_ok_and(|status| status.success())
}

/// Whether a program is on the path.
pub fn has(program: &str) -> bool {
    succeeds_quietly(Command::new("sh").args(["-c", &format!("command -v {program}")]))
}

/// Runs a program of tests that ends with a line such as `12 passed, 0 failed`, shows its other lines and counts those.
/// `None` if it did not come to that line.
pub fn counted_lines(command: &mut Command, tally: &mut Tally) -> Option<()> {
    let mut counted = None;
    each_line(command, |line| match counts_of_line(line) {
        Some((passed, failed)) => {
            counted = Some(());
            tally.add(passed, failed);
        }
        None => {
            if let Some(name) = line.strip_prefix("FAILED  ") {
                tally.name_failure(name);
            }
            if let Some(what) = line.strip_prefix("left out: ") {
                tally.leave_out(what);
            }
            if !line.starts_with("ok  ") {
                say(line);
            }
        }
    });
    counted
}

/// Reads `12 passed, 0 failed`.
fn counts_of_line(line: &str) -> Option<(u64, u64)> {
    let (passed, failed) = line.strip_suffix(" failed")?.split_once(" passed, ")?;
    Some((passed.parse().ok()?, failed.parse().ok()?))
}

fn announce(command: &Command) {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy().replace(&root().display().to_string(), ".")).collect();
    say(&format!("$ {}", words.join(" ")));
}
