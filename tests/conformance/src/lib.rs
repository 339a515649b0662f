//! What the store promises on both engines: the suite is in `tests/store`. It stands in a package of its own because it is the most to
//! compile of all tests and the least to run: it is not optimised.
