//! WhatsApp's side: people who write, and Meta's calls that tell of it (reference: integrations 5.3).
//!
//! Meta's calls are made here as ready requests and given back their status; who carries them is the caller's affair.

mod delivery;
mod escape;
mod handle;
mod payload;
mod people;
pub(crate) mod state;

pub use delivery::{Delivery, Handshake};
pub use handle::Whatsapp;
pub use people::{Card, CardPhone, NewWhatsappPerson, Origin, Status, WhatsappPerson};
