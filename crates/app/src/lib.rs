//! The top floor: configuration, wiring and commands. The only room that knows every other.

pub mod cli;
pub mod commands;
pub mod config;
pub mod databases;
pub mod engine;
pub mod failure;
pub mod logging;
pub mod memory;
pub mod metrics;
pub mod owners_view;
pub mod receivers;
pub mod redact;
pub mod screen;
pub mod server;
pub mod wire;
