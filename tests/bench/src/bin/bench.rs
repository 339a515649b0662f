//! Runs the benchmarks and prints one table.

fn main() {}
