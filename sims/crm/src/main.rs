//! The simulator as a program: Google's sign-in and contacts on a port, WhatsApp's calls to an address.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use clap::Parser;
use crm_sim::google::{Client, NewAccount};
use crm_sim::server::{Running, serve};
use crm_sim::{Config, Simulator};
use url::Url;

/// Google's sign-in and contacts, and WhatsApp's webhooks, simulated.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    /// Port for plain HTTP (0: any free one)
    #[arg(long, default_value_t = 8377)]
    port: u16,
    /// Address to listen on
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    address: IpAddr,
    /// Everything that is drawn comes from this number
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A Google account to make (may be repeated)
    #[arg(long, value_name = "ADDRESS", default_value = "anna@gmail.example")]
    account: Vec<String>,
    /// How many contacts each account has
    #[arg(long, default_value_t = 50)]
    contacts: usize,
    /// Where sign-ins may lead back to (may be repeated)
    #[arg(long, value_name = "URL")]
    redirect_uri: Vec<String>,
    /// Sign in whoever `login_hint` names without showing a page
    #[arg(long)]
    automatic_sign_in: bool,
    /// Where WhatsApp's calls are posted; none if not given
    #[arg(long, value_name = "URL")]
    webhook_url: Option<Url>,
    /// What signs WhatsApp's calls
    #[arg(long, value_name = "SECRET")]
    app_secret: Option<String>,
    /// What WhatsApp's handshake shows
    #[arg(long, value_name = "TOKEN")]
    verify_token: Option<String>,
    /// How many people on WhatsApp to make up
    #[arg(long, default_value_t = 5)]
    whatsapp_people: usize,
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
    let simulator = Simulator::new(config(&arguments));
    for address in &arguments.account {
        let name = address.split('@').next().unwrap_or_default();
        simulator.google().add_account(NewAccount::person(address, name));
        simulator.google().generate(address, arguments.contacts).map_err(|error| error.to_string())?;
    }
    simulator.whatsapp().generate(arguments.whatsapp_people);
    let listen = SocketAddr::new(arguments.address, arguments.port);
    let running = serve(simulator.clone(), listen, arguments.webhook_url).await?;
    introduce(&simulator, &running);
    running.wait().await;
    Ok(())
}

fn config(arguments: &Arguments) -> Config {
    let mut config = Config { seed: arguments.seed, ..Config::default() };
    config.google.automatic_sign_in = arguments.automatic_sign_in;
    let mut client = Client::default();
    client.redirect_uris.extend(arguments.redirect_uri.iter().cloned());
    config.google.clients = vec![client];
    config.whatsapp.app_secret = arguments.app_secret.clone().unwrap_or(config.whatsapp.app_secret);
    config.whatsapp.verify_token = arguments.verify_token.clone().unwrap_or(config.whatsapp.verify_token);
    config
}

#[allow(clippy::print_stdout, reason = "a program's output for the person who started it")]
fn introduce(simulator: &Simulator, running: &Running) {
    let config = simulator.config();
    println!("Listening on {}", running.url);
    for host in ["accounts.google.com", "oauth2.googleapis.com", "openidconnect.googleapis.com", "people.googleapis.com"] {
        println!("  {}/{host}", running.url);
    }
    for client in &config.google.clients {
        println!("App {}  secret {}", client.id, client.secret);
        client.redirect_uris.iter().for_each(|uri| println!("  leads back to {uri}"));
    }
    for account in simulator.google().accounts() {
        println!("Account {}", account.email);
    }
    for person in simulator.whatsapp().people() {
        println!("WhatsApp {}  {}", person.user_id, person.name);
    }
    println!("Control {}/_sim/", running.url);
}

#[allow(clippy::print_stderr, reason = "a program's complaint to the person who started it")]
fn say_wrong(sentence: &str) {
    eprintln!("{sentence}");
}
