//! A Microsoft 365 tenant in one process: the identity platform and Microsoft Graph, over HTTP, TLS or in process.
//!
//! It is written from the reference only and shares no code with the product that it tests. It persists nothing.
//! The same seed, a manual clock and the same order of calls give the same bytes.

mod arrival;
pub mod clock;
pub mod config;
pub mod control;
pub mod directory;
mod door;
pub mod faults;
pub mod graph;
mod http_outside;
pub mod identity;
pub mod ids;
pub mod journal;
pub mod limits;
pub mod mail;
pub mod mailbox;
pub mod meetings;
pub mod outside;
mod place;
pub mod refusal;
pub mod request;
pub mod server;
pub mod simulator;
pub mod submissions;
mod tls;
pub mod uploads;
mod visit;
pub mod world;
pub mod zones;

pub use clock::ClockMode;
pub use config::Config;
pub use identity::caller::Caller;
pub use outside::Outside;
pub use refusal::Refusal;
pub use request::Request;
pub use simulator::{Answer, Simulator, Visit};
pub use world::World;
