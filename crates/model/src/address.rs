//! Addresses: how they are folded, so that two writings of one address are one; whose domain they belong to; and what
//! their local part tells of who is behind them. Pure.

/// Whether the local part is one that programs write from and nobody reads.
pub fn is_automatic(address: &str) -> bool {
    let local = address.split('@').next().unwrap_or_default().to_ascii_lowercase();
    let plain: String = local.chars().filter(char::is_ascii_alphanumeric).collect();
    ["noreply", "donotreply", "mailerdaemon", "postmaster", "bounce", "nepasrepondre"].iter().any(|begin| plain.starts_with(begin))
}
