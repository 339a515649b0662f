//! Integrations: connections as compatible readers know them, one for each thing that a user has connected.
//!
//! A person sees the own ones; a program and an administrator those of the workspace, within the mailboxes they are
//! confined to.

use axum::Json;
use axum::extract::{Path, State as Given};
use base::{Problem, Timestamp};
use http::StatusCode;
use model::id::ConnectionId;
use model::mailbox::{Mailbox, MailboxState};
use serde::Serialize;
use store::connection::{Connection, ConnectionState};
use store::{calendar, calendar_event, connection, contact_book, contact_sync, due, folder, grant, mailbox, source_contact, work};

use crate::access::{Asker, Level, Mailboxes, Scope, Sight, Who};
use crate::disconnect;
use crate::failure::Failure;
use crate::state::State;

/// What is connected when mail is.
pub const OUTLOOK: &str = "microsoft_outlook";
/// What is connected when a calendar is.
pub const CALENDAR: &str = "microsoft_calendar";
/// Pieces of work that are looked through for those of one mailbox.
const WORK_MAX: u32 = 2_000;

/// An integration.
#[derive(Clone, Debug, Serialize)]
pub struct Integration {
    /// Its id.
    pub id: ConnectionId,
    /// What is connected.
    pub provider: String,
    /// `connected`, `reconnect` or `disconnected`.
    pub status: &'static str,
    /// The account's address.
    pub email: String,
    /// What was granted.
    pub scopes: Vec<String>,
    /// Since when.
    pub connected_at: Timestamp,
    /// How far the mirror is; `null` where nothing is mirrored yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync: Option<Progress>,
}

/// How far a mirror is.
#[derive(Clone, Debug, Serialize)]
pub struct Progress {
    /// `running`, `idle` or `stopped`.
    pub status: &'static str,
    /// What is here of it.
    #[serde(flatten)]
    pub here: Here,
    /// When the first sync was complete.
    pub first_synced_at: Option<Timestamp>,
    /// When Microsoft last answered for it.
    pub last_sync: Option<Timestamp>,
    /// Why it stands still.
    pub last_error: Option<Problem>,
}

/// What a mirror has.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Here {
    /// Of mail.
    Mail {
        /// Messages here.
        messages: i64,
        /// Messages there will be, as far as is known.
        messages_expected: i64,
        /// Folders.
        folders: usize,
    },
    /// Of calendars.
    Calendars {
        /// Calendars.
        calendars: usize,
        /// Single events, occurrences and exceptions in them.
        events: i64,
    },
    /// Of contacts.
    Contacts {
        /// Contacts of the account.
        contacts: i64,
    },
}

/// A connection with its mailbox, if it has one.
pub struct Connected {
    /// The connection.
    pub connection: Connection,
    /// The mailbox; `None` for calendars and contacts.
    pub mailbox: Option<Mailbox>,
}

/// `GET /api/integrations/`.
pub async fn list(Given(state): Given<State>, asker: Asker) -> Result<Json<Vec<Integration>>, Failure> {
    asker.may(Scope::Read)?;
    let mut list = Vec::new();
    for connected in all(&state, &asker).await? {
        list.push(view(&state, &connected, false).await?);
    }
    Ok(Json(list))
}

/// `GET /api/integrations/{id}/`.
pub async fn one(Given(state): Given<State>, asker: Asker, Path(id): Path<String>) -> Result<Json<Integration>, Failure> {
    asker.may(Scope::Read)?;
    let connected = find(&state, &asker, &id).await?;
    Ok(Json(view(&state, &connected, true).await?))
}

/// `DELETE /api/integrations/{id}/`.
pub async fn remove(Given(state): Given<State>, asker: Asker, Path(id): Path<String>) -> Result<StatusCode, Failure> {
    asker.may(Scope::Connect)?;
    end(&state, &asker, &find(&state, &asker, &id).await?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Disconnects it.
///
/// # Errors
/// When the database does not answer.
pub async fn end(state: &State, asker: &Asker, connected: &Connected) -> Result<(), Failure> {
    match &connected.mailbox {
        Some(mailbox) => disconnect::mailbox(state, mailbox, &asker.actor()).await,
        None => disconnect::connection(state, &connected.connection, &asker.actor()).await,
    }
}

/// The integration of this id, if it is the asker's to see.
///
/// # Errors
/// 404 if there is none.
pub async fn find(state: &State, asker: &Asker, id: &str) -> Result<Connected, Failure> {
    let id: ConnectionId = id.parse().map_err(|_| Failure::not_found())?;
    let all = all(state, asker).await?;
    all.into_iter().find(|connected| connected.connection.id == id).ok_or_else(Failure::not_found)
}

/// The integrations that are the asker's to see, the oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn all(state: &State, asker: &Asker) -> Result<Vec<Connected>, Failure> {
    let mailboxes = mailbox::list(&state.db, asker.workspace).await?;
    let sight = Sight::over(&mailboxes, asker);
    let mut all = Vec::new();
    for connection in connection::list(&state.db, asker.workspace).await? {
        let own = mailboxes.iter().filter(|mailbox| mailbox.connection == connection.id);
        let seen = own.filter(|mailbox| if is_person(asker) { sight.is_own(mailbox.id) } else { sight.level(mailbox.id) > Level::Nothing });
        all.extend(seen.map(|mailbox| Connected { connection: connection.clone(), mailbox: Some(mailbox.clone()) }));
        if (connection.provider == CALENDAR || connection.is_of_contacts()) && is_seen(asker, &connection) {
            all.push(Connected { connection, mailbox: None });
        }
    }
    Ok(all)
}

/// Whether only the own integrations are the asker's.
pub fn is_person(asker: &Asker) -> bool {
    matches!(asker.who, Who::Person { .. }) && !asker.is_administrator()
}

fn is_seen(asker: &Asker, connection: &Connection) -> bool {
    if is_person(asker) { asker.owns(&connection.account_id, &connection.principal_name) } else { asker.mailboxes == Mailboxes::All }
}

/// An integration as it is told, with its progress if that is asked for.
///
/// # Errors
/// When the database does not answer.
pub async fn view(state: &State, connected: &Connected, with_progress: bool) -> Result<Integration, Failure> {
    let Connected { connection, mailbox } = connected;
    let kept = grant::find(&state.db, connection.id).await?;
    let scopes = kept.as_ref().map_or("", |kept| &kept.scopes).split_whitespace().map(str::to_owned).collect();
    let sync = match mailbox {
        _ if !with_progress => None,
        Some(mailbox) => Some(progress(state, mailbox).await?),
        None if connection.is_of_contacts() => Some(contacts_progress(state, connection).await?),
        None => Some(calendar_progress(state, connection).await?),
    };
    Ok(Integration {
        id: connection.id,
        provider: connection.provider.clone(),
        status: status(connection, mailbox.as_ref()),
        email: mailbox.as_ref().map_or(&connection.principal_name, |mailbox| &mailbox.address).clone(),
        scopes,
        connected_at: kept.map_or(connection.created_at, |kept| kept.granted_at),
        sync,
    })
}

fn status(connection: &Connection, mailbox: Option<&Mailbox>) -> &'static str {
    match (connection.state, mailbox.map(|mailbox| mailbox.state)) {
        (ConnectionState::Disconnected, _) | (_, Some(MailboxState::Disconnected)) => "disconnected",
        (ConnectionState::Reconnect, _) | (_, Some(MailboxState::Stopped)) => "reconnect",
        (ConnectionState::Connected, _) => "connected",
    }
}

async fn progress(state: &State, mailbox: &Mailbox) -> Result<Progress, Failure> {
    let folders = folder::counted(&state.db, mailbox.id).await?;
    let expected = folders.iter().map(|(folder, here)| match folder.first_synced_at {
        Some(_) => *here,
        None => folder.estimate_total.unwrap_or(folder.total_there).max(*here),
    });
    let status = match mailbox.state {
        MailboxState::Stopped | MailboxState::Disconnected => "stopped",
        MailboxState::Syncing => "running",
        MailboxState::Live if is_pulled(state, mailbox).await? => "running",
        MailboxState::Live => "idle",
    };
    Ok(Progress {
        status,
        here: Here::Mail {
            messages: folders.iter().map(|(_, here)| here).sum(),
            messages_expected: expected.sum(),
            folders: folders.len(),
        },
        first_synced_at: mailbox.first_synced_at,
        last_sync: mailbox.last_contact_at,
        last_error: mailbox.problem.clone(),
    })
}

async fn calendar_progress(state: &State, connection: &Connection) -> Result<Progress, Failure> {
    let calendars = calendar::of_connection(&state.db, connection.id).await?;
    let ids: Vec<_> = calendars.iter().map(|(calendar, _)| calendar.id).collect();
    let synced = calendars.iter().map(|(_, place)| place.synced_at);
    let status = match connection.state {
        ConnectionState::Connected if are_pulled(state, connection).await? => "running",
        ConnectionState::Connected => "idle",
        ConnectionState::Reconnect | ConnectionState::Disconnected => "stopped",
    };
    Ok(Progress {
        status,
        here: Here::Calendars {
            calendars: ids.len(),
            events: calendar_event::count(&state.db, &ids, (Timestamp::EPOCH, Timestamp::NEVER)).await?,
        },
        // Of the calendar that was read last for the first time; none while one of them has not been.
        first_synced_at: synced.clone().collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().max()),
        last_sync: synced.flatten().max(),
        last_error: connection.problem.clone(),
    })
}

async fn contacts_progress(state: &State, connection: &Connection) -> Result<Progress, Failure> {
    let book = contact_book::of_connection(&state.db, connection.id).await?;
    let (counts, open) = match &book {
        Some(book) => (source_contact::count_by_book(&state.db, book.workspace).await?, contact_sync::open(&state.db, book.id).await?),
        None => (Vec::new(), None),
    };
    let count = book.as_ref().and_then(|book| counts.iter().find(|(id, _)| *id == book.id)).map_or(0, |(_, count)| *count);
    let read_at = book.and_then(|book| book.read_at);
    Ok(Progress {
        status: match connection.state {
            ConnectionState::Connected if open.is_some() => "running",
            ConnectionState::Connected => "idle",
            ConnectionState::Reconnect | ConnectionState::Disconnected => "stopped",
        },
        here: Here::Contacts { contacts: count },
        first_synced_at: read_at,
        last_sync: read_at,
        last_error: connection.problem.clone(),
    })
}

/// Whether calendars of this connection are being read right now, or are about to be.
async fn are_pulled(state: &State, connection: &Connection) -> Result<bool, Failure> {
    let items = work::list_due(&state.db, state.clock.now(), WORK_MAX).await?;
    let pulls = [due::PULL_CALENDARS, due::PULL_CALENDAR_EVENTS];
    Ok(items.iter().any(|item| pulls.contains(&item.kind.as_str()) && due::connection_of(&item.key) == Some(connection.id)))
}

/// Whether some of it is being read right now, or is about to be.
async fn is_pulled(state: &State, mailbox: &Mailbox) -> Result<bool, Failure> {
    let items = work::list_due(&state.db, state.clock.now(), WORK_MAX).await?;
    let pulls = [due::PULL_FOLDERS, due::PULL_MESSAGES, due::PULL_HINTS];
    Ok(items.iter().any(|item| pulls.contains(&item.kind.as_str()) && due::mailbox_of(&item.key) == Some(mailbox.id)))
}
