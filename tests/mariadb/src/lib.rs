//! A MariaDB for tests: a private one that lives as long as the test does.

mod server;

pub use server::{Database, Server, shared};
