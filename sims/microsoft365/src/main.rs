//! The simulator as a program: a tenant on a port, for people and for teams that test their own Graph code.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use microsoft365_sim::control::{Control, LoadReport};
use microsoft365_sim::directory::fixture;
use microsoft365_sim::server::{Listen, Running, serve};
use microsoft365_sim::{Config, Simulator};

/// A simulated Microsoft 365 tenant: identity platform and Graph, on plain HTTP and TLS.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    /// Port for plain HTTP (0: any free one)
    #[arg(long, default_value_t = 8366)]
    port: u16,
    /// Port for TLS (0: any free one); off if not given
    #[arg(long)]
    tls_port: Option<u16>,
    /// Where to write the certificate authority's certificate (PEM)
    #[arg(long, value_name = "FILE")]
    ca_out: Option<PathBuf>,
    /// Where to write a certificate and private key (PEM) registered for the background service
    #[arg(long, value_name = "FILE")]
    certificate_out: Option<PathBuf>,
    /// Address to listen on
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    address: IpAddr,
    /// Mail to load instead of making it up: an mbox file, a maildir, a folder, a .tar.gz, an .eml (may be repeated)
    #[arg(long, value_name = "PATH")]
    mail: Vec<PathBuf>,
    /// Everything that is drawn comes from this number
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many mailboxes; the last of several is shared
    #[arg(long, default_value_t = 4)]
    mailboxes: usize,
    /// Over how many months the generated mail is spread
    #[arg(long, default_value_t = 6)]
    months: u32,
    /// Put so many small messages into the first mailbox as well, for measurements
    #[arg(long, default_value_t = 0, value_name = "MESSAGES")]
    fill: usize,
    /// Leave calendars and address books empty
    #[arg(long)]
    without_agenda: bool,
    /// Sign in whoever `login_hint` names without showing a page
    #[arg(long)]
    automatic_sign_in: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            say_wrong(&sentence);
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), String> {
    let mut config = Config { seed: arguments.seed, ..Config::default() };
    config.identity.automatic_sign_in = arguments.automatic_sign_in;
    let simulator = Simulator::new(config);
    let control = simulator.control();
    let report = fill(&control, &arguments)?;
    if !arguments.without_agenda {
        control.generate_agenda(&report.mailboxes).map_err(|error| error.to_string())?;
    }
    let listen = Listen {
        http: Some(SocketAddr::new(arguments.address, arguments.port)),
        https: arguments.tls_port.map(|port| SocketAddr::new(arguments.address, port)),
        names: Vec::new(),
    };
    let running = serve(simulator, listen).await?;
    write_files(&control, &arguments, &running)?;
    introduce(&running, &report);
    running.wait().await;
    Ok(())
}

fn fill(control: &Control, arguments: &Arguments) -> Result<LoadReport, String> {
    let filled = if arguments.mail.is_empty() {
        control.generate(arguments.mailboxes, arguments.months)
    } else {
        control.load(arguments.mailboxes, &arguments.mail)
    };
    let report = filled.map_err(|error| error.to_string())?;
    if let (true, Some(first)) = (arguments.fill > 0, report.mailboxes.first()) {
        control.fill(first, arguments.fill).map_err(|error| error.to_string())?;
    }
    Ok(report)
}

fn write_files(control: &Control, arguments: &Arguments, running: &Running) -> Result<(), String> {
    let write =
        |path: &PathBuf, text: &str| std::fs::write(path, text).map_err(|error| format!("{} can't be written: {error}", path.display()));
    if let Some(path) = &arguments.ca_out {
        let pem = running.ca_pem.as_deref().ok_or("--ca-out needs --tls-port")?;
        write(path, pem)?;
    }
    if let Some(path) = &arguments.certificate_out {
        let made = control.make_certificate(fixture::SERVICE_APP_ID).map_err(|error| error.to_string())?;
        write(path, &format!("{}{}", made.private_key_pem, made.certificate_pem))?;
    }
    Ok(())
}

#[allow(clippy::print_stdout, reason = "a program's output for the person who started it")]
fn introduce(running: &Running, report: &LoadReport) {
    println!("{} of {} messages taken", report.taken, report.found);
    for (name, reason) in &report.skipped {
        println!("  skipped {name}: {reason}");
    }
    for (name, reason) in &report.passed_over {
        println!("  passed over {name}: {reason}");
    }
    println!("Mailboxes");
    for address in &report.mailboxes {
        println!("  {address}");
    }
    println!("Listening on {}", running.http_url);
    if let Some(url) = &running.https_url {
        println!("Listening on {url} (trust the certificate of --ca-out)");
    }
    println!("Tenant {} ({})", microsoft365_sim::directory::tenant::DEFAULT_TENANT, microsoft365_sim::directory::tenant::DEFAULT_DOMAIN);
    println!("Web app (delegated)   client id {}  secret {}", fixture::WEB_APP_ID, fixture::WEB_APP_SECRET);
    println!("Service (app-only)    client id {}  secret {}", fixture::SERVICE_APP_ID, fixture::SERVICE_APP_SECRET);
    println!("Control plane {}/_sim/", running.http_url);
}

#[allow(clippy::print_stderr, reason = "a program's complaint to the person who started it")]
fn say_wrong(sentence: &str) {
    eprintln!("{sentence}");
}
