//! Benchmarks: what Rapport costs, held against a plain loop over the same pages of the same simulator.

pub mod floor;
pub mod measure;
