//! What Microsoft calls: notifications, and the handshake that makes sure that we listen.

mod handshake;
mod notifications;

pub use notifications::receive;
