//! An event with what decides who may be told of it, and as the outside reads it.
//!
//! An event of a mailbox is for those who see anything of that mailbox; of a private message only its mailbox's own person
//! is told. An event of a thread, a person or a customer is for those who see a mailbox in which it is; of a thread's
//! messages they are told those that they see. An event of a calendar is for those who see the calendar. What happened to endpoints is for those who keep them.

use std::collections::{HashMap, HashSet};

use base::Timestamp;
use model::event::{About, Event};
use model::id::{CustomerId, MailboxId, MessageId, PersonId, ThreadId};
use serde::Serialize;
use serde_json::Value;
use store::timeline::Owner;
use store::{Db, StoreError, audience, message};
use utoipa::ToSchema;

use crate::access::{Asker, Level, Mailboxes, Scope, Sight};
use crate::read::calendar;

/// The keys of an event's data that list messages.
const MESSAGES: [&str; 2] = ["messages", "left"];

/// One thing that has happened.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Change {
    /// Its number in the workspace: give it as `after` to go on behind it.
    pub seq: i64,
    /// What has happened, such as `message.received`.
    #[serde(rename = "type")]
    #[schema(example = "message.received")]
    pub kind: String,
    /// When Rapport learned of it.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The id of what it happened to.
    #[schema(example = "msg_0G3KQ7T2ZJ4M8")]
    pub subject: String,
    /// In which mailbox; `null` for what concerns the workspace as a whole.
    pub mailbox: Option<String>,
    /// Whether a first sync found it: true, but not news.
    pub backfill: bool,
    /// What else there is to say, by kind.
    #[schema(value_type = Object)]
    pub data: Value,
}

/// An event with what decides who may be told of it.
#[derive(Clone, Debug)]
pub struct Told {
    /// The event.
    pub event: Event,
    audience: Audience,
}

/// Who may be told.
#[derive(Clone, Debug)]
enum Audience {
    /// Whoever sees anything of the event's mailbox.
    OfMailbox,
    /// The own person of the event's mailbox.
    OwnPerson,
    /// Whoever sees one of these messages, and of these only those that they see.
    OfMessages(Vec<(MessageId, MailboxId, bool)>),
    /// Whoever sees one of these mailboxes.
    OfMailboxes(Vec<MailboxId>),
    /// Everybody of the workspace.
    Everybody,
    /// Whoever sees the calendars of an account whose mail is not mirrored.
    OfAccount {
        /// Microsoft's id of the account.
        id: String,
        /// The name that it signs in with.
        name: String,
    },
    /// Whoever keeps endpoints.
    Keepers,
    /// Whoever may have archives of all mailboxes.
    Archivists,
}

impl Told {
    /// These events, each with its audience.
    ///
    /// # Errors
    /// As [`Db::query`].
    pub async fn of(db: &Db, events: Vec<Event>) -> Result<Vec<Told>, StoreError> {
        let known = Known::read(db, &events).await?;
        let mut told = Vec::with_capacity(events.len());
        for event in events {
            let audience = known.audience(db, &event).await?;
            told.push(Told { event, audience });
        }
        Ok(told)
    }

    /// As this asker may read it; `None` if they may not.
    pub fn seen_by(&self, asker: &Asker, sight: &Sight) -> Option<Change> {
        let event = &self.event;
        let sees = |mailbox: MailboxId, private: bool| sight.level(mailbox) > Level::Nothing && (!private || sight.is_own(mailbox));
        let mut data = event.data.clone();
        let may = match &self.audience {
            Audience::OfMailbox => event.mailbox.is_some_and(|mailbox| sees(mailbox, false)),
            Audience::OwnPerson => event.mailbox.is_some_and(|mailbox| sees(mailbox, true)),
            Audience::OfMailboxes(some) => some.iter().any(|mailbox| mailbox.number() == 0 || sees(*mailbox, false)),
            Audience::Everybody => asker.scopes.hold(Scope::Read),
            Audience::OfAccount { id, name } => calendar::is_unconfined(asker) || (!id.is_empty() && asker.owns(id, name)),
            Audience::Keepers => asker.scopes.hold(Scope::Webhooks),
            Audience::Archivists => asker.scopes.hold(Scope::Archive) && asker.mailboxes == Mailboxes::All,
            Audience::OfMessages(messages) => {
                let seen: HashSet<String> = messages
                    .iter()
                    .filter(|(_, mailbox, private)| sees(*mailbox, *private))
                    .map(|(message, _, _)| message.to_string())
                    .collect();
                keep_only(&mut data, &seen);
                !seen.is_empty()
            }
        };
        (may && event.workspace == asker.workspace).then(|| Change {
            seq: event.seq,
            kind: event.kind.name().to_owned(),
            at: event.at,
            subject: event.kind.about().id(event.subject),
            mailbox: event.mailbox.map(|mailbox| mailbox.to_string()),
            backfill: event.backfill,
            data: if data.is_null() { Value::Object(serde_json::Map::new()) } else { data },
        })
    }
}

/// Takes the messages that an asker does not see out of an event's data.
fn keep_only(data: &mut Value, seen: &HashSet<String>) {
    for key in MESSAGES {
        if let Some(list) = data.get_mut(key).and_then(Value::as_array_mut) {
            list.retain(|entry| entry.as_str().is_some_and(|id| seen.contains(id)));
        }
    }
}

/// What is known of the messages that events speak of.
struct Known {
    messages: HashMap<MessageId, (MailboxId, bool)>,
}

impl Known {
    async fn read(db: &Db, events: &[Event]) -> Result<Self, StoreError> {
        let mut ids: Vec<MessageId> = events.iter().flat_map(messages_of).collect();
        ids.sort_unstable();
        ids.dedup();
        let found = message::find_many(db, &ids).await?;
        let messages = found.into_iter().map(|found| (found.message.id, (found.message.mailbox, found.message.private))).collect();
        Ok(Known { messages })
    }

    async fn audience(&self, db: &Db, event: &Event) -> Result<Audience, StoreError> {
        let all = |owner| audience::of_timeline(db, owner);
        Ok(match event.kind.about() {
            About::Mailbox | About::Folder | About::Outgoing => Audience::OfMailbox,
            About::Message => match self.messages.get(&MessageId::from_number(event.subject)) {
                Some((_, true)) => Audience::OwnPerson,
                _ => Audience::OfMailbox,
            },
            About::Thread => {
                let named = messages_of(event);
                if named.is_empty() {
                    return Ok(Audience::OfMailboxes(audience::of_thread(db, ThreadId::from_number(event.subject)).await?));
                }
                Audience::OfMessages(
                    named.into_iter().filter_map(|id| self.messages.get(&id).map(|known| (id, known.0, known.1))).collect(),
                )
            }
            About::Person => Audience::OfMailboxes(all(Owner::Person(PersonId::from_number(event.subject))).await?),
            About::Customer => Audience::OfMailboxes(all(Owner::Customer(CustomerId::from_number(event.subject))).await?),
            About::Contact => Audience::Everybody,
            About::CalendarEvent | About::CalendarIntent => of_calendar(db, event).await?,
            About::Endpoint | About::Delivery => Audience::Keepers,
            About::Archive => Audience::Archivists,
        })
    }
}

/// Calendars are seen as the mailbox of the same account is; where none is mirrored, as their account's.
async fn of_calendar(db: &Db, event: &Event) -> Result<Audience, StoreError> {
    if event.mailbox.is_some() {
        return Ok(Audience::OfMailbox);
    }
    let named = event.data.get("calendar").and_then(Value::as_str).and_then(|id| id.parse().ok());
    let found = match named {
        Some(id) => store::calendar::find(db, id).await?,
        None => None,
    };
    let account = match found {
        Some((found, _)) => store::connection::find(db, found.connection).await?,
        None => None,
    };
    let (id, name) = account.map(|account| (account.account_id, account.principal_name)).unwrap_or_default();
    Ok(Audience::OfAccount { id, name })
}

/// The messages that an event is about.
fn messages_of(event: &Event) -> Vec<MessageId> {
    match event.kind.about() {
        About::Message => vec![MessageId::from_number(event.subject)],
        About::Thread => {
            let lists = MESSAGES.iter().filter_map(|key| event.data.get(*key).and_then(Value::as_array));
            lists.flatten().filter_map(|entry| entry.as_str()?.parse().ok()).collect()
        }
        _ => Vec::new(),
    }
}
