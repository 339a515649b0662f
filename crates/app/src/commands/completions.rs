//! `rapport completions SHELL`: the shell's own script, on standard output.

use clap::CommandFactory as _;

use crate::cli::Cli;

/// Writes the script.
pub fn print(shell: clap_complete::Shell) {
    clap_complete::generate(shell, &mut Cli::command(), "rapport", &mut std::io::stdout().lock());
}
