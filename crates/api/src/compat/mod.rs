//! The compatible routes: addresses and shapes that programs written for other integrations use, as thin views of the same
//! core. docs/COMPATIBLE-ROUTES.md lists them; a test keeps that list true. Each address answers with and without its last
//! slash. What begins and ends a consent is the web side's.

mod body;
mod calendar;
mod envelope;
mod integration;
mod mail;
mod outlook;
mod search;
mod sync;

use axum::Router;
use axum::routing::{MethodRouter, get, post};
use model::id::{ConnectionId, MailboxId};
use store::{connection, mailbox};

pub use integration::Integration;

use crate::failure::Failure;
use crate::state::State;

/// The compatible addresses that this room answers, as they are written, each with its methods.
pub const ADDRESSES: [(&str, &str); 8] = [
    ("GET", "/api/integrations/"),
    ("GET, DELETE", "/api/integrations/{id}/"),
    ("POST", "/api/integrations/{id}/sync/"),
    ("GET", "/api/integrations/email-messages/"),
    ("GET", "/api/integrations/calendar-events/"),
    ("GET", "/api/outlook/sync-status"),
    ("POST", "/api/outlook/disconnect"),
    ("POST", "/api/outlook/sync-contacts"),
];

/// The routes of this room.
pub fn routes() -> Router<State> {
    let answers: [MethodRouter<State>; 8] = [
        get(integration::list),
        get(integration::one).delete(integration::remove),
        post(sync::begin),
        get(mail::list),
        get(calendar::list),
        get(outlook::status),
        post(outlook::disconnect),
        post(outlook::sync_contacts),
    ];
    ADDRESSES.iter().zip(answers).fold(Router::new(), |router, ((_, address), answer)| {
        let bare = address.trim_end_matches('/');
        router.route(bare, answer.clone()).route(&format!("{bare}/"), answer)
    })
}

/// What has just been connected, as these routes tell it.
///
/// # Errors
/// When it is gone again, or the database does not answer.
pub async fn integration_of(state: &State, id: ConnectionId, of: Option<MailboxId>) -> Result<Integration, Failure> {
    let connection = connection::find(&state.db, id).await?.ok_or_else(Failure::not_found)?;
    let mailbox = match of {
        Some(of) => mailbox::find(&state.db, of).await?,
        None => None,
    };
    integration::view(state, &integration::Connected { connection, mailbox }, false).await
}
