//! The program `rapport`: reads the command line, runs one command, ends with its status.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    rapport::memory::give_back();
    rapport::commands::run(rapport::cli::Cli::parse())
}
