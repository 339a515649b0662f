//! How quickly the API answers while mail comes in: `cargo xtask bench --reading [-- --help]`.
//!
//! A database is filled through the store's own statements and the real consumers (threads, customers, search), then the
//! real program serves it. Readers ask at a steady rate over TCP with an API key; an answer's time counts from when it
//! was due to be asked, so a slow answer is not hidden by the ones that waited behind it. Meanwhile messages are written
//! as a pull writes them, by another process than the program, which finds them by the clock.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement for people; it stops where something is wrong")]

mod corpus;
mod fill;
mod incoming;
mod readers;
mod server;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use base::Clock;
use clap::Parser;
use rapport_bench::measure;
use store::{Db, Settings};

use corpus::Corpus;

/// Measures reading while mail comes in.
#[derive(Clone, Debug, Parser)]
struct Options {
    /// Messages in the database
    #[arg(long, default_value_t = 1_000_000)]
    messages: i64,
    /// Mailboxes that share them
    #[arg(long, default_value_t = 200)]
    mailboxes: i64,
    /// `sqlite`, `postgres`, or the address of a PostgreSQL database, which stays and is used again if it is filled already
    #[arg(long, default_value = "sqlite")]
    engine: String,
    /// A folder for the SQLite database, which stays and is used again if it is filled already
    #[arg(long)]
    keep: Option<PathBuf>,
    /// Seconds of reading
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Requests in a second, all readers together
    #[arg(long, default_value_t = 100)]
    requests: u64,
    /// Readers
    #[arg(long, default_value_t = 20)]
    readers: u64,
    /// Messages that come in in a second
    #[arg(long, default_value_t = 50)]
    incoming: u64,
    /// The most that the slowest of 100 requests may take, in milliseconds
    #[arg(long, default_value_t = 50.0)]
    goal_ms: f64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let corpus = Corpus { messages: options.messages, mailboxes: options.mailboxes, ends: Clock::system().now() };
    let data = tempfile::tempdir().unwrap();
    let data = options.keep.clone().unwrap_or_else(|| data.path().to_owned());
    let url = match options.engine.as_str() {
        "sqlite" => format!("sqlite:{}", data.join("reading.db").display()),
        "postgres" => test_postgres::shared().unwrap().database().await.unwrap().url().to_owned(),
        address => address.to_owned(),
    };
    let db = Db::open(&Settings::new(url.clone())).await.unwrap();
    let engine = db.engine_name();
    fill::fill(&db, corpus).await;
    let server = server::start(&url, &data, options.requests).await;
    let targets = readers::targets(&db, corpus).await;
    println!(
        "{} readers, {} requests/s, {} messages/s coming in, {} s",
        options.readers, options.requests, options.incoming, options.seconds
    );
    let time = Duration::from_secs(options.seconds);
    let writing = tokio::spawn(incoming::write(db, corpus, options.incoming, time));
    let cpu = measure::cpu_time(server.pid()).unwrap();
    let answers = readers::read(&server, &targets, &options, time).await;
    let written = writing.await.unwrap();
    let cpu = (measure::cpu_time(server.pid()).unwrap() - cpu).as_secs_f64() / time.as_secs_f64();
    let memory = measure::peak_memory_bytes(server.pid()).unwrap() / 1_000_000;
    println!("{} messages came in; the program took {:.0} % of one processor and {memory} MB at most", written, cpu * 100.0);
    let good = table::print(engine, &answers, options.goal_ms);
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
