//! `POST /api/integrations/{id}/sync/`: asks Microsoft for what is new, now.

use axum::Json;
use axum::extract::{Path, State as Given};
use axum::response::{IntoResponse, Response};
use base::Timestamp;
use http::StatusCode;
use model::id::{ConnectionId, MailboxId};
use model::mailbox::MailboxState;
use serde::{Deserialize, Serialize};
use store::work::Lane;
use store::{Transaction, due, folder};

use super::body::Lenient;
use super::integration::{self, CALENDAR_NOTICE};
use crate::access::{Asker, Scope};
use crate::failure::Failure;
use crate::state::State;

/// What is to be synced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// All there is.
    #[default]
    Full,
    /// The calendar.
    Calendar,
    /// Mail.
    Email,
}

/// The body.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    sync_type: Part,
}

/// What is answered.
#[derive(Debug, Serialize)]
struct Begun {
    id: ConnectionId,
    status: &'static str,
    started_at: Timestamp,
}

/// Begins.
pub async fn begin(
    Given(state): Given<State>,
    asker: Asker,
    Path(id): Path<String>,
    Lenient(asked): Lenient<Asked>,
) -> Result<Response, Failure> {
    asker.may(Scope::Connect)?;
    let part = asked.sync_type;
    let connected = integration::find(&state, &asker, &id).await?;
    let Some(mailbox) = &connected.mailbox else {
        let action = "Nothing: once calendars are mirrored, this permission is used.";
        return Err(Failure::conflict("calendar_not_mirrored", "There is nothing to sync yet.", CALENDAR_NOTICE, action));
    };
    if part == Part::Calendar {
        let detail = "This integration is microsoft_outlook, which has mail only.";
        return Err(Failure::bad_request(
            "sync_type_of_another",
            detail,
            "Ask with `full` or `email`, or sync the microsoft_calendar integration.",
        ));
    }
    if matches!(mailbox.state, MailboxState::Stopped | MailboxState::Disconnected) {
        let detail = mailbox.problem.as_ref().map_or("It is disconnected.", |problem| &problem.title);
        let action = "Have its person connect it again at /auth/microsoft.";
        return Err(Failure::conflict("integration_not_connected", "The mailbox stands still.", detail, action));
    }
    let now = state.clock.now();
    state.db.commit(pull(&state, mailbox.id, now).await?).await?;
    let begun = Begun { id: connected.connection.id, status: "running", started_at: now };
    Ok((StatusCode::ACCEPTED, Json(begun)).into_response())
}

async fn pull(state: &State, mailbox: MailboxId, now: Timestamp) -> Result<Transaction, Failure> {
    let folders = folder::list(&state.db, mailbox).await?;
    let there = folders.iter().filter(|folder| folder.removed_at.is_none());
    Ok(Transaction::new("compat.sync")
        .with(due::mailbox(due::PULL_FOLDERS, mailbox, Lane::Interactive, now))
        .with_all(there.map(|folder| due::pull_messages(mailbox, folder.id, Lane::Interactive, now))))
}
