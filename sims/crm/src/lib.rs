//! What stands around a CRM in one process: Google's sign-in and contacts, and WhatsApp's webhooks, over HTTP or in process.
//!
//! It is written from the references only (integrations 5.1, 5.3, 5.4; Google's and Meta's public documents) and shares
//! no code with the product that it tests, nor with the other simulator. It persists nothing.
//! The same seed, a manual clock and the same order of calls give the same bytes.

pub mod clock;
pub mod config;
mod control;

pub mod faults;
pub mod google;
mod ids;
pub mod journal;
mod reply;
mod request;

pub mod server;
mod simulator;
pub mod whatsapp;
mod world;

pub use clock::ClockMode;
pub use config::Config;
pub use faults::{Fault, Rates};
pub use google::Google;
pub use simulator::{Broken, Simulator};
pub use whatsapp::Whatsapp;
