//! The API: who may ask, what they may see of it, and the nouns as the outside reads them. The console reads through the same
//! views, so that no page shows what the API would not.
//!
//! A request is recognised ([`access`]), answered by a thin route ([`routes`]) that asks a reader ([`read`]) for views
//! ([`view`]), which are redacted by what the asker may see ([`access::Sight`]). It decides nothing about mail.

pub mod access;
pub mod answer;
pub mod archives;
pub mod arranging;
pub mod asked;
mod availability;
pub mod calendaring;
pub mod changes;
pub mod compat;
pub mod contacting;
pub mod cors;
pub mod disconnect;
pub mod embed;
pub mod endpoints;
mod failure;
pub mod feeding;
pub mod idempotency;
pub mod instructing;
mod openapi;
mod outside;
mod passthrough;
pub mod raster;
pub mod read;
mod router;
pub mod routes;
pub mod sanitise;
pub mod sending;
mod settings;
mod state;
pub mod tracking;
pub mod view;

pub use failure::Failure;
pub use openapi::document;
pub use outside::{Nowhere, Outside};
pub use router::router;
pub use settings::{Jwt, JwtKeys, Settings};
pub use state::State;
