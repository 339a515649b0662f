//! `cargo xtask chaos`: seeded schedules of faults and crashes, as many as wanted, on either engine. The schedules and
//! what must hold after them are in `tests/e2e`; this hands over the wishes.

use std::process::Command;

use clap::{Args, ValueEnum};

use crate::run::{cargo, say, succeeds};
use crate::tally::{FAILED, WELL};

/// Which schedules to run.
#[derive(Args, Clone, Debug, Default)]
pub struct Arguments {
    /// How many schedules for each engine
    #[arg(long, default_value_t = 300)]
    pub seeds: u64,
    /// The first seed; alone, it replays that schedule
    #[arg(long)]
    pub seed: Option<u64>,
    /// One engine only
    #[arg(long)]
    pub engine: Option<Engine>,
    /// Take this guard out first, in a copy of the tree: chaos must fail
    #[arg(long, value_name = "GUARD")]
    pub without: Option<String>,
}

/// A database engine.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Engine {
    /// The file.
    Sqlite,
    /// The server.
    Postgres,
}

impl Engine {
    fn name(self) -> &'static str {
        match self {
            Engine::Sqlite => "sqlite",
            Engine::Postgres => "postgres",
        }
    }
}

/// Runs the schedules.
///
/// # Errors
/// When the guard to take out is unknown or its place in the tree has changed.
pub fn run(arguments: &Arguments) -> Result<u8, String> {
    if let Some(guard) = &arguments.without {
        return crate::sabotage::one(guard, arguments);
    }
    let mut command = cargo(&["test", "--package", "e2e", "--test", "chaos", "--", "--nocapture"]);
    wishes(&mut command, arguments);
    let held = succeeds(&mut command);
    say(if held { "chaos: the mirror equalled the source after every schedule" } else { "chaos: failed" });
    Ok(if held { WELL } else { FAILED })
}

/// Tells the test program which schedules to run, in the one way it listens to.
pub fn wishes(command: &mut Command, arguments: &Arguments) {
    let seeds = if arguments.seed.is_some() && arguments.seeds == 300 { 1 } else { arguments.seeds };
    command.env("RAPPORT_TEST_CHAOS_SEEDS", seeds.to_string());
    if let Some(seed) = arguments.seed {
        command.env("RAPPORT_TEST_CHAOS_SEED", seed.to_string());
    }
    if let Some(engine) = arguments.engine {
        command.env("RAPPORT_TEST_CHAOS_ENGINE", engine.name());
    }
}
