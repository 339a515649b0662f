//! `GET /api/integrations/email-messages/`: mail, newest first, fifty on a page.
//!
//! A person gets the own mailboxes', a program and an administrator those of all mailboxes they see. Of a mailbox whose
//! visibility says less than everything, subject and preview are left empty accordingly.

use axum::Json;
use axum::extract::{Query, State as Given};
use base::Timestamp;
use http::Uri;
use model::id::{MailboxId, MessageId, ThreadId};
use model::message::{Message, Participant};
use serde::{Deserialize, Serialize};
use store::listing::{self, Listed};
use store::message;

use super::envelope::{Envelope, Numbered};
use super::integration::{CALENDAR, OUTLOOK};
use crate::access::{Asker, Level, Scope, Sight, Who};
use crate::failure::Failure;
use crate::state::State;

/// Which mail.
#[derive(Debug, Deserialize)]
pub struct Asked {
    provider: Option<String>,
    is_read: Option<String>,
    search: Option<String>,
    page: Option<String>,
    page_size: Option<String>,
}

/// A message as compatible readers know it.
#[derive(Debug, Serialize)]
pub struct EmailMessage {
    id: MessageId,
    provider: &'static str,
    subject: String,
    preview: String,
    sender: Option<Somebody>,
    recipients: Vec<Somebody>,
    received_at: Timestamp,
    is_read: bool,
    importance: &'static str,
    thread_id: Option<ThreadId>,
    has_attachments: bool,
}

/// A person with an address.
#[derive(Debug, Serialize)]
struct Somebody {
    email: String,
    name: String,
}

/// The list.
pub async fn list(
    Given(state): Given<State>,
    asker: Asker,
    uri: Uri,
    asked: Query<Asked>,
) -> Result<Json<Envelope<EmailMessage>>, Failure> {
    asker.may(Scope::Read)?;
    let page = Numbered::read(asked.page.as_deref(), asked.page_size.as_deref())?;
    let read = flag(asked.is_read.as_deref())?;
    let sight = Sight::of(&state.db, &asker).await?;
    let mailboxes = if provider(asked.provider.as_deref())? == Some(CALENDAR) { Vec::new() } else { meant(&asker, &sight) };
    let listed = Listed { mailboxes, own: sight.own(), read };
    let wanted = asked.search.as_deref().map(str::trim).filter(|wanted| !wanted.is_empty());
    let (count, ids) = match wanted {
        Some(wanted) => super::search::matches(&state, &asker, &sight, &listed, wanted, page).await?,
        None => (listing::count(&state.db, &listed).await?, listing::page(&state.db, &listed, page.offset(), page.size()).await?),
    };
    let results = views(&state, &sight, &ids).await?;
    Ok(Json(page.around(&state.settings.base_url, "/api/integrations/email-messages/", query_of(&uri), count, results)))
}

/// The mailboxes that an asker means who names none.
fn meant(asker: &Asker, sight: &Sight) -> Vec<MailboxId> {
    if matches!(asker.who, Who::Person { .. }) && !asker.is_administrator() { sight.own() } else { sight.visible() }
}

async fn views(state: &State, sight: &Sight, ids: &[MessageId]) -> Result<Vec<EmailMessage>, Failure> {
    let mut found = message::find_many(&state.db, ids).await?;
    found.sort_by_key(|found| std::cmp::Reverse(found.message.id));
    Ok(found.into_iter().map(|found| view(found.message, found.thread, sight)).collect())
}

fn view(message: Message, thread: Option<ThreadId>, sight: &Sight) -> EmailMessage {
    let level = sight.level(message.mailbox);
    let people = message.recipients;
    EmailMessage {
        id: message.id,
        provider: OUTLOOK,
        subject: if level >= Level::Subject { message.subject } else { String::new() },
        preview: if level >= Level::Everything { message.preview } else { String::new() },
        sender: message.from.map(somebody),
        recipients: people.to.into_iter().chain(people.cc).map(somebody).collect(),
        received_at: message.received_at,
        is_read: message.read,
        importance: message.importance.name(),
        thread_id: thread,
        has_attachments: message.has_attachments,
    }
}

fn somebody(person: Participant) -> Somebody {
    Somebody { email: person.address, name: person.name }
}

/// A provider that there is; none for all.
///
/// # Errors
/// 400 naming those there are.
pub fn provider(text: Option<&str>) -> Result<Option<&'static str>, Failure> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let known = [OUTLOOK, CALENDAR].into_iter().find(|known| *known == text);
    known.map(Some).ok_or_else(|| {
        let said: String = text.chars().take(64).collect();
        Failure::bad_request("provider_unknown", format!("There is no provider `{said}`."), format!("Give {OUTLOOK} or {CALENDAR}."))
    })
}

/// The query of an address as it was sent.
pub fn query_of(uri: &Uri) -> &str {
    uri.query().unwrap_or_default()
}

fn flag(text: Option<&str>) -> Result<Option<bool>, Failure> {
    match text.map(str::to_ascii_lowercase).as_deref() {
        None | Some("") => Ok(None),
        Some("true" | "1") => Ok(Some(true)),
        Some("false" | "0") => Ok(Some(false)),
        Some(_) => Err(Failure::bad_request("parameter_unreadable", "`is_read` is neither true nor false.", "Give true or false.")),
    }
}
