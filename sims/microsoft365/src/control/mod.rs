//! The control plane: what tests and other teams do to the cloud from outside, as typed methods and as `/_sim/`.
//!
//! Nothing here is throttled, faulted or journaled, and no token is needed.

pub mod accounts;
pub mod agenda;
pub mod calendar;
pub mod contacts;
pub mod error;
pub mod http;
pub mod load;
pub mod mail;
pub mod operations;
pub mod outside;
pub mod registrations;
pub mod routes;
pub mod state;

pub use accounts::NewUser;
pub use calendar::{AgendaState, CalendarState, EventState, MadeEvent};
pub use contacts::{ContactFolderState, ContactState, ContactsState};
pub use error::ControlError;
pub use load::LoadReport;
pub use mail::Delivery;
pub use operations::Control;
