//! What belongs to others and holds customers: so far the databases that a customer describes.
//!
//! It speaks our nouns (contacts, numbers) to systems that have their own words for them. It keeps nothing, knows no Microsoft, and reads
//! neither files nor the environment: whoever wires it hands over what is described.

pub mod database;
