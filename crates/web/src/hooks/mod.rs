//! What Microsoft and WhatsApp call: notifications, and the handshakes that make sure that we listen.

mod handshake;
mod notifications;
mod whatsapp;

pub use notifications::receive;
pub use whatsapp::{confirm as confirm_to_whatsapp, receive as receive_from_whatsapp};
