//! Runs the benchmarks and prints one table. Status 1 if a goal was missed.

use std::net::TcpListener;
use std::process::ExitCode;

use clap::Parser;
use rapport_bench::first_sync;
use rapport_bench::measure::Run;
use rapport_bench::notified::Stage;
use rapport_bench::receiver::Receiver;
use rapport_bench::simulator::Simulator;
use rapport_bench::touches;
use rapport_bench::verdict::Verdict;
use rapport_bench::webhooks;

/// Measures Rapport against a plain loop over the same pages.
#[derive(Parser)]
struct Options {
    /// Messages of the mailbox that floor and product are compared on
    #[arg(long, default_value_t = 20_000)]
    messages: u64,
    /// Messages of the mailbox on which memory is measured; 0 leaves it out
    #[arg(long, default_value_t = 200_000)]
    large: u64,
    /// Mailboxes that are notified; 0 leaves notifications out
    #[arg(long, default_value_t = 100)]
    mailboxes: usize,
    /// Seconds of steady notifications
    #[arg(long, default_value_t = 20)]
    seconds: u32,
    /// Messages that each mailbox gets at once
    #[arg(long, default_value_t = 50)]
    burst: u64,
    /// Measure webhooks alone
    #[arg(long)]
    webhooks: bool,
    /// Measure touches of tracked mail alone
    #[arg(long)]
    touches: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

const MEGABYTE: f64 = 1024.0 * 1024.0;

#[allow(clippy::print_stdout, clippy::print_stderr, reason = "its result is what it prints")]
#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let mut verdict = Verdict::default();
    let outcome = measure(&options, &mut verdict).await;
    if options.json {
        println!("{}", serde_json::to_string_pretty(&verdict).unwrap_or_default());
    } else {
        println!("{verdict}");
    }
    match outcome {
        Ok(()) if verdict.is_good() => ExitCode::SUCCESS,
        Ok(()) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("The measurement stopped: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(options: &Options, verdict: &mut Verdict) -> anyhow::Result<()> {
    if options.webhooks {
        return webhooks(options, verdict).await;
    }
    if options.touches {
        return touches(options, verdict).await;
    }
    first_syncs(options, verdict).await?;
    if options.large > 0 {
        large_mailbox(options, verdict).await?;
    }
    if options.mailboxes > 0 {
        notifications(options, verdict).await?;
    }
    Ok(())
}

async fn first_syncs(options: &Options, verdict: &mut Verdict) -> anyhow::Result<()> {
    let mailbox = "bulk@contoso.example";
    let simulator = Simulator::start().await?;
    simulator.create_mailbox(mailbox, options.messages).await?;
    let floor = first_sync::floor(&simulator, mailbox).await?;
    anyhow::ensure!(floor.messages == options.messages, "the floor took {} of {}", floor.messages, options.messages);
    let product = first_sync::product(&simulator, mailbox, options.messages, free_port()?).await?;
    verdict.note("messages, the same pages for both", options.messages.to_string());
    verdict.note("floor, rate", format!("{:.0} messages/s", floor.rate()));
    verdict.at_most("floor, CPU a message (over 130 µs it does not count)", floor.cpu_micros(), "µs", 130.0);
    verdict.note("floor, peak memory", megabytes(&floor));
    verdict.note("Rapport, rate", format!("{:.0} messages/s", product.rate()));
    verdict.at_least("Rapport, share of the floor's rate", product.rate() / floor.rate(), "times", 0.6);
    verdict.at_most("Rapport, CPU a message", product.cpu_micros(), "µs", 200.0);
    verdict.note("Rapport, peak memory", megabytes(&product));
    verdict.at_most("Rapport, requests refused for being too many at once", simulator.concurrency_refusals().await? as f64, "", 0.0);
    Ok(())
}

async fn large_mailbox(options: &Options, verdict: &mut Verdict) -> anyhow::Result<()> {
    let mailbox = "large@contoso.example";
    let simulator = Simulator::start().await?;
    simulator.create_mailbox(mailbox, options.large).await?;
    let product = first_sync::product(&simulator, mailbox, options.large, free_port()?).await?;
    verdict.note("large mailbox, messages", options.large.to_string());
    verdict.note("large mailbox, rate", format!("{:.0} messages/s", product.rate()));
    verdict.note("large mailbox, CPU a message", format!("{:.0} µs", product.cpu_micros()));
    verdict.at_most("large mailbox, peak memory", product.peak_memory_bytes as f64 / MEGABYTE, "MB", 150.0);
    Ok(())
}

async fn notifications(options: &Options, verdict: &mut Verdict) -> anyhow::Result<()> {
    let simulator = Simulator::start().await?;
    let stage = Stage::set(&simulator, options.mailboxes, free_port()?).await?;
    let steady = stage.steadily(&simulator, 50, options.seconds).await?;
    verdict.note("notified mailboxes", options.mailboxes.to_string());
    let measured = format!("{} of {}", steady.latencies_ms.len(), steady.messages);
    verdict.note("50 notifications/s, messages that came after their own notification", measured);
    verdict.note("50 notifications/s, in the ledger: half after", format!("{:.0} ms", steady.percentile_ms(0.5)));
    verdict.at_most("50 notifications/s, in the ledger: 99 of 100 after", steady.percentile_ms(0.99), "ms", 250.0);
    let burst = stage.at_once(&simulator, options.burst).await?;
    verdict.at_least("notified at once, messages into the ledger", burst.rate(), "messages/s", 1000.0);
    verdict.note("notified at once, CPU a message", format!("{:.0} µs", burst.cpu_seconds * 1e6 / burst.messages as f64));
    verdict.note("notified, peak memory", format!("{:.0} MB", stage.peak_memory_bytes()? as f64 / MEGABYTE));
    stage.strike().await
}

async fn webhooks(options: &Options, verdict: &mut Verdict) -> anyhow::Result<()> {
    let simulator = Simulator::start().await?;
    let stage = Stage::set(&simulator, options.mailboxes, free_port()?).await?;
    let receiver = Receiver::start().await?;
    let paths = |kind: &str, count: usize| (1..=count).map(|number| format!("/{kind}/{number}")).collect::<Vec<_>>();
    webhooks::make_endpoints(&stage, &receiver, &paths("live", 1)).await?;
    let burst = webhooks::at_once(&stage, &simulator, &receiver, options.burst).await?;
    verdict.note("mailboxes", options.mailboxes.to_string());
    verdict.note("notified at once, webhooks received", burst.calls.to_string());
    verdict.at_least("notified at once, from notification to webhook", burst.rate, "messages/s", 1000.0);
    webhooks::make_endpoints(&stage, &receiver, &[&paths("live", 7)[1..], &paths("dead", 3)].concat()).await?;
    let steady = webhooks::steadily(&stage, &simulator, &receiver, (100, options.seconds, 7)).await?;
    verdict.note("100 messages/s, 10 endpoints of which 3 are dead, webhooks received by the other 7", steady.calls.to_string());
    verdict.note("100 messages/s, from event to first attempt: half after", format!("{:.0} ms", steady.percentile_ms(0.5)));
    verdict.at_most("100 messages/s, from event to first attempt: 99 of 100 after", steady.percentile_ms(0.99), "ms", 300.0);
    stage.strike().await
}

async fn touches(options: &Options, verdict: &mut Verdict) -> anyhow::Result<()> {
    let simulator = Simulator::start().await?;
    let stage = Stage::set(&simulator, options.mailboxes, free_port()?).await?;
    let addresses = touches::send(&stage, &simulator).await?;
    let mail = stage.steadily(&simulator, 50, options.seconds);
    let (touched, mail) = tokio::join!(touches::steadily(&addresses, (500, options.seconds)), mail);
    let (touched, mail) = (touched?, mail?);
    verdict.note("500 touches/s beside 50 messages/s, touches answered", touched.touches.to_string());
    verdict.note("500 touches/s, answered: half after", format!("{:.1} ms", touched.percentile_ms(0.5)));
    verdict.at_most("500 touches/s, answered: 99 of 100 after", touched.percentile_ms(0.99), "ms", 10.0);
    verdict.at_most("50 messages/s beside them, in the ledger: 99 of 100 after", mail.percentile_ms(0.99), "ms", 250.0);
    stage.strike().await
}

fn megabytes(run: &Run) -> String {
    format!("{:.0} MB", run.peak_memory_bytes as f64 / MEGABYTE)
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
