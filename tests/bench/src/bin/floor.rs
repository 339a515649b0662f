//! The plain loop as a process of its own, so that it is measured as the product is. Prints a run as JSON.

use std::path::PathBuf;

use clap::Parser;
use rapport_bench::measure::{self, Run};

/// Copies a mailbox by the plainest loop there is.
#[derive(Parser)]
struct Options {
    /// Where the first page is.
    #[arg(long)]
    url: String,
    /// The access token.
    #[arg(long)]
    token: String,
    /// What to prefer, for the size of pages.
    #[arg(long, default_value = "odata.maxpagesize=100, IdType=\"ImmutableId\"")]
    prefer: String,
    /// A database that is not there yet.
    #[arg(long)]
    database: PathBuf,
}

#[allow(clippy::print_stdout, reason = "its result is what it prints")]
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let pid = std::process::id();
    let (began, cpu_before) = (measure::now(), measure::cpu_time(pid)?);
    let messages = rapport_bench::floor::run(options.url, &options.token, &options.prefer, &options.database).await?;
    let run = Run {
        messages,
        seconds: began.elapsed().as_secs_f64(),
        cpu_seconds: (measure::cpu_time(pid)? - cpu_before).as_secs_f64(),
        peak_memory_bytes: measure::peak_memory_bytes(pid)?,
    };
    println!("{}", serde_json::to_string(&run)?);
    Ok(())
}
