//! Carry: the loop from the ledger to the world. Each unit carries deliveries under a lease and records what came of them, so
//! that nothing is forgotten and nothing is repeated without being marked as a repetition.
