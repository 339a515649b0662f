//! Serves the console on made-up mailboxes, to look at its pages: `cargo run -p web --example console`.
//! It prints an address that signs in once. Nothing of it reaches Microsoft.

#![allow(clippy::print_stdout, reason = "the address is for whoever started it")]

#[path = "../tests/support/mod.rs"]
mod support;

use base::Clock;
use support::House;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let empty = std::env::args().any(|argument| argument == "--empty");
    let house = House::with(Clock::system(), |_| {}).await;
    if !empty {
        support::fixture::fill(&house).await;
    }
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 3210)).await?;
    for _ in 0..20 {
        println!("http://localhost:3210{}", house.state.sign_in_links.issue().expose());
    }
    web::serve(listener, house.state.clone(), std::future::pending()).await
}
