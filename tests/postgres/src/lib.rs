//! A PostgreSQL for tests: one that is given, or a private one that lives as long as the test does.

mod server;

pub use server::{Database, LEFT_OUT, Server, Unavailable, VARIABLE, shared};
