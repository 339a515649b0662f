//! The Microsoft Graph client: one sender, typed answers, and for every failure what to do next.
//!
//! It speaks only Microsoft's words (message, mailFolder, delta link) and knows nothing of ours. Everything that
//! leaves goes through [`Client::call`]; everything that comes back is either typed or a [`GraphError`] with a
//! [`base::Recourse`]. It keeps no state that must survive: tokens are kept by whoever implements [`TokenSource`].

pub mod access;
pub mod answer;
pub mod batch;
pub mod calendar;
pub mod call;
pub mod client;
pub mod cloud;
pub mod contact;
pub mod directory;
pub mod error;
mod explain;
mod lenient;
mod list;
pub mod mail;
pub mod notification;
pub mod oauth;
pub mod pacing;
pub mod page;
pub mod path;
#[cfg(test)]
mod scripted;
mod sender;
pub mod subscription;
pub mod token;
pub mod waiting;

pub use access::{Access, GrantKey, Lane, User};
pub use answer::Answer;
pub use call::{Addressed, Call};
pub use client::{Client, Opened, Settings};
pub use cloud::Cloud;
pub use error::GraphError;
pub use page::{Delta, DeltaLink, DeltaPage, Link, ListPage, NextLink};
pub use path::ResourcePath;
pub use token::TokenSource;
pub use transport::{Effect, Pieces, Transport, TransportError};
pub use waiting::Waiting;
