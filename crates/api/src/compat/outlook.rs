//! `/api/outlook/…`: the state of the asking user's mailbox, and its end.
//!
//! A person means the own mailbox. A program or an administrator names one by `email`, unless there is only one.

use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State as Given};
use base::{Problem, Timestamp};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::grant;

use super::body::Lenient;
use super::integration::{self, Connected};
use crate::access::{Asker, Scope};
use crate::failure::Failure;
use crate::state::State;

/// How long a refresh token lives without being used (Microsoft: 90 days for web applications).
const REFRESH_LIFETIME: Duration = Duration::from_secs(90 * 86_400);

/// Whose mailbox.
#[derive(Debug, Default, Deserialize)]
pub struct Whose {
    email: Option<String>,
}

/// What disconnecting is to do.
#[derive(Debug, Default, Deserialize)]
pub struct Ending {
    #[serde(default)]
    erase: bool,
}

/// How the mailbox is.
#[derive(Debug, Serialize)]
pub struct Status {
    connected: bool,
    email: Option<String>,
    state: &'static str,
    reason: Option<String>,
    last_sync: Option<Timestamp>,
    expires_at: Option<Timestamp>,
}

/// `GET /api/outlook/sync-status`.
pub async fn status(Given(state): Given<State>, asker: Asker, Query(whose): Query<Whose>) -> Result<Json<Status>, Failure> {
    asker.may(Scope::Read)?;
    let Some(Connected { connection, mailbox: Some(mailbox) }) = own(&state, &asker, &whose).await? else { return Ok(Json(nothing())) };
    let kept = grant::find(&state.db, connection.id).await?.filter(|kept| kept.refresh_token_sealed.is_some());
    let view = integration::view(&state, &Connected { connection, mailbox: Some(mailbox.clone()) }, false).await?;
    Ok(Json(Status {
        connected: view.status == "connected",
        email: Some(mailbox.address),
        state: mailbox.state.name(),
        reason: mailbox.problem.map(|problem| format!("{} {} {}", problem.title, problem.detail, problem.action)),
        last_sync: mailbox.last_contact_at,
        expires_at: kept.map(|kept| kept.refreshed_at.plus(REFRESH_LIFETIME)),
    }))
}

fn nothing() -> Status {
    let reason = "No Microsoft tokens found for session: connect at /auth/microsoft.".to_owned();
    Status { connected: false, email: None, state: "not_connected", reason: Some(reason), last_sync: None, expires_at: None }
}

/// `POST /api/outlook/disconnect`.
pub async fn disconnect(
    Given(state): Given<State>,
    asker: Asker,
    Query(whose): Query<Whose>,
    Lenient(ending): Lenient<Ending>,
) -> Result<Json<Value>, Failure> {
    asker.may(Scope::Connect)?;
    if ending.erase {
        return Err(not_erased());
    }
    if let Some(connected) = own(&state, &asker, &whose).await? {
        integration::end(&state, &asker, &connected).await?;
    }
    Ok(Json(json!({ "success": true })))
}

/// `POST /api/outlook/sync-contacts`.
pub async fn sync_contacts(asker: Asker) -> Result<Json<Value>, Failure> {
    asker.may(Scope::Connect)?;
    let detail = "This version mirrors mail; contacts come with a later one.";
    let problem = Problem::new("contacts_not_mirrored", "Contacts are not mirrored yet.", detail, "Leave this call out until then.");
    Err(Failure::new(StatusCode::NOT_IMPLEMENTED, problem))
}

/// The mailbox that is meant.
async fn own(state: &State, asker: &Asker, whose: &Whose) -> Result<Option<Connected>, Failure> {
    let mut all = integration::all(state, asker).await?;
    all.retain(|connected| connected.mailbox.is_some());
    if let Some(email) = &whose.email {
        let is_it = |connected: &Connected| connected.mailbox.as_ref().is_some_and(|mailbox| mailbox.address.eq_ignore_ascii_case(email));
        return Ok(all.into_iter().find(is_it));
    }
    match all.len() {
        0 | 1 => Ok(all.pop()),
        several => {
            let detail = format!("You see {several} mailboxes.");
            Err(Failure::bad_request("mailbox_not_named", detail, "Say whose: `?email=anna@contoso.example`."))
        }
    }
}

/// Data goes as a whole or not at all.
fn not_erased() -> Failure {
    let problem = Problem::new(
        "erase_not_possible",
        "What was mirrored cannot be erased yet.",
        "This version ends the connection and destroys the tokens; the mirrored mail stays until an administrator deletes it.",
        "Send `{\"erase\": false}` to disconnect.",
    );
    Failure::new(StatusCode::NOT_IMPLEMENTED, problem)
}
