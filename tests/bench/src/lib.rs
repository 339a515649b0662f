//! Benchmarks: what Rapport costs, held against a plain loop over the same pages of the same simulator.
//!
//! Simulator, floor and product are programs of their own, so that each one's time and memory are its own; what is said
//! of the product is read from outside: from `/proc` and from its database.

pub mod first_sync;
pub mod floor;
pub mod measure;
pub mod mirror;
pub mod notified;
pub mod product;
pub mod program;
pub mod receiver;
pub mod relay;
pub mod simulator;
pub mod touches;
pub mod verdict;
pub mod webhooks;
