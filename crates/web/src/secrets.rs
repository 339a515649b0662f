//! Secrets that arrive from outside: hashed before they are looked up, compared in constant time.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest;

/// The SHA-256 hash under which a random secret is kept. Only for secrets of 128 bits and more: it is not slow.
pub fn hash(secret: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, secret.as_bytes()).as_ref().to_vec()
}

/// Whether two texts are the same, in a time that tells nothing but their length.
pub fn same(one: &[u8], other: &[u8]) -> bool {
    verify_slices_are_equal(one, other).is_ok()
}
