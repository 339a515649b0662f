//! Inbound: the loop that pulls what has happened at Microsoft into the ledger, one page and one transaction at a time.

pub mod plan;
pub mod sighting;
pub mod whereabouts;
