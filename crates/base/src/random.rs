//! Randomness: the only place of the product that asks the operating system for it.

/// `N` unpredictable bytes, good enough for keys.
///
/// # Panics
/// When the operating system has no randomness to give: nothing that follows could be trusted.
#[allow(clippy::disallowed_methods, reason = "the one place that asks the operating system for randomness")]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

/// An unpredictable 64-bit number.
pub fn number() -> u64 {
    u64::from_le_bytes(bytes())
}

/// An unpredictable token of 256 bits in lower-case hexadecimal, for states, sessions and client states.
pub fn token() -> String {
    hex(&bytes::<32>())
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn two_tokens_differ_and_have_256_bits() {
        let (one, two) = (super::token(), super::token());
        assert_ne!(one, two);
        assert_eq!(one.len(), 64);
    }
}
