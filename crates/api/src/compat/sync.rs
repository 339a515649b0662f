//! `POST /api/integrations/{id}/sync/`: asks Microsoft for what is new, now.

use axum::Json;
use axum::extract::{Path, State as Given};
use axum::response::{IntoResponse, Response};
use base::{Problem, Timestamp};
use http::StatusCode;
use model::id::{ConnectionId, MailboxId};
use model::mailbox::MailboxState;
use serde::{Deserialize, Serialize};
use store::connection::ConnectionState;
use store::work::Lane;
use store::{Transaction, calendar, contact_book, due, folder};

use super::body::Lenient;
use super::integration::{self, Connected};
use crate::access::{Asker, Scope};
use crate::contacting;
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
    let now = state.clock.now();
    let pull = match &connected.mailbox {
        Some(_) if part == Part::Calendar => return Err(of_another("mail", "email", integration::CALENDAR)),
        None if part == Part::Email && connected.connection.provider == integration::CALENDAR => {
            return Err(of_another("calendars", "calendar", integration::OUTLOOK));
        }
        Some(mailbox) if matches!(mailbox.state, MailboxState::Stopped | MailboxState::Disconnected) => {
            return Err(stands_still(mailbox.problem.as_ref()));
        }
        None if connected.connection.state != ConnectionState::Connected => {
            return Err(stands_still(connected.connection.problem.as_ref()));
        }
        Some(mailbox) => pull_mail(&state, mailbox.id, now).await?,
        None if connected.connection.is_of_contacts() => {
            return match part {
                Part::Full => contacts(&state, &asker, &connected, now).await,
                Part::Calendar | Part::Email => Err(of_another("contacts", "full", integration::OUTLOOK)),
            };
        }
        None => pull_calendars(&state, connected.connection.id, now).await?,
    };
    state.db.commit(pull).await?;
    let begun = Begun { id: connected.connection.id, status: "running", started_at: now };
    Ok((StatusCode::ACCEPTED, Json(begun)).into_response())
}

async fn contacts(state: &State, asker: &Asker, connected: &Connected, now: Timestamp) -> Result<Response, Failure> {
    let book = contact_book::of_connection(&state.db, connected.connection.id).await?.ok_or_else(Failure::not_found)?;
    contacting::sync(state, asker, &book).await?;
    let begun = Begun { id: connected.connection.id, status: "running", started_at: now };
    Ok((StatusCode::ACCEPTED, Json(begun)).into_response())
}

fn of_another(has: &str, part: &str, other: &str) -> Failure {
    let detail = format!("This integration has {has} only.");
    Failure::bad_request("sync_type_of_another", detail, format!("Ask with `full` or `{part}`, or sync the {other} integration."))
}

fn stands_still(problem: Option<&Problem>) -> Failure {
    let detail = problem.map_or("It is disconnected.", |problem| &problem.title);
    let action = "Have its person connect it again at /auth/microsoft.";
    Failure::conflict("integration_not_connected", "The integration stands still.", detail, action)
}

async fn pull_calendars(state: &State, connection: ConnectionId, now: Timestamp) -> Result<Transaction, Failure> {
    let calendars = calendar::of_connection(&state.db, connection).await?;
    let events = calendars.iter().map(|(calendar, _)| due::pull_calendar_events(connection, calendar.id, Lane::Interactive, now));
    Ok(Transaction::new("compat.sync").with(due::pull_calendars(connection, Lane::Interactive, now)).with_all(events))
}

async fn pull_mail(state: &State, mailbox: MailboxId, now: Timestamp) -> Result<Transaction, Failure> {
    let folders = folder::list(&state.db, mailbox).await?;
    let there = folders.iter().filter(|folder| folder.removed_at.is_none());
    Ok(Transaction::new("compat.sync")
        .with(due::mailbox(due::PULL_FOLDERS, mailbox, Lane::Interactive, now))
        .with_all(there.map(|folder| due::pull_messages(mailbox, folder.id, Lane::Interactive, now))))
}
