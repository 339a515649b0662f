//! Serves the API on made-up workspaces, to try it: `cargo run -p api --example serve`. It prints its address and a key that
//! may do everything in the first workspace. Nothing of it reaches Microsoft.

#![allow(clippy::print_stdout, reason = "the address is for whoever started it")]
#![allow(dead_code, clippy::unwrap_used, reason = "a house of the tests, of which it uses a part")]

#[path = "../tests/api/support/mod.rs"]
mod support;

use support::House;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let house = House::with(|settings| settings.requests_per_minute = 1_000_000).await;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("http://{} {}", listener.local_addr()?, house.admin().await);
    axum::serve(listener, house.router()).await
}
