//! `GET /activity[?before=]`: the ledger, newest first: what has happened, each thing once.

use std::collections::HashMap;

use api::access::Level;
use api::changes::Told;
use api::read;
use axum::extract::{Query, State as Given};
use axum::response::Html;
use base::Timestamp;
use maud::{Markup, html};
use model::event::{About, Event, EventKind};
use model::id::{FolderId, MailboxId, MessageId};
use serde::Deserialize;
use store::{Db, StoreError, folder, ledger, mailbox};

use crate::failure::Failure;
use crate::state::State;
use crate::view::format::{ago, grouped};
use crate::view::frame::{self, Part};
use crate::view::message_list::{self, older};
use crate::visitor::Visitor;

/// Events on a page.
const PAGE: u32 = 50;

/// Where to begin.
#[derive(Deserialize)]
pub struct Asked {
    before: Option<i64>,
}

/// What events speak of, by name.
#[derive(Default)]
struct Names {
    mailboxes: HashMap<MailboxId, String>,
    folders: HashMap<i64, (MailboxId, String)>,
    messages: HashMap<i64, Option<String>>,
}

/// The page.
pub async fn activity(Given(state): Given<State>, visitor: Visitor, Query(asked): Query<Asked>) -> Result<Html<String>, Failure> {
    let workspace = visitor.workspace;
    let head = ledger::head(&state.db, workspace).await?;
    let before = asked.before.unwrap_or(i64::MAX).clamp(1, head.saturating_add(1));
    let after = (before - 1 - i64::from(PAGE)).max(0);
    let events = ledger::read(&state.db, workspace, after, u32::try_from(before - 1 - after).unwrap_or(PAGE)).await?;
    let told = Told::of(&state.db, events).await?.into_iter().rev();
    let events: Vec<Event> = told.filter(|told| told.seen_by(&visitor.asker, &visitor.sight).is_some()).map(|told| told.event).collect();
    let names = names(&state.db, &visitor, &events).await?;
    let now = state.clock.now();
    let main = html! {
        div.heading { h1 { "Activity" } p.summary { "What has happened in the mailboxes that you may see, each thing once. " (grouped(head)) " so far." } }
        @if events.is_empty() && after == 0 {
            div.empty {
                h2 { "Nothing has happened yet" }
                p { "The first event is a mailbox being connected." }
                p.actions { a.button href="/connect" { "Connect a mailbox" } }
            }
        } @else {
            (table(&events, &names, now))
            @if after > 0 { (older(&format!("/activity?before={}", after + 1))) }
        }
    };
    Ok(Html(frame::signed_in("Activity", Part::Activity, &visitor, &main).into_string()))
}

async fn names(db: &Db, by: &Visitor, events: &[Event]) -> Result<Names, StoreError> {
    let mut names = Names::default();
    for mailbox in mailbox::list(db, by.workspace).await?.into_iter().filter(|mailbox| by.sight.level(mailbox.id) > Level::Nothing) {
        names.mailboxes.insert(mailbox.id, mailbox.display_name);
    }
    let (mut messages, mut folders) = (Vec::new(), Vec::new());
    for event in events {
        match event.kind.about() {
            About::Message => messages.push(MessageId::from_number(event.subject)),
            About::Folder => folders.push(FolderId::from_number(event.subject)),
            _ => {}
        }
    }
    for found in read::message::find_many(db, by.workspace, &by.sight, &messages).await? {
        names.messages.insert(found.id.number(), found.subject);
    }
    folders.sort_unstable();
    folders.dedup();
    for id in folders {
        if let Some(folder) = folder::find(db, id).await?.filter(|folder| by.sight.level(folder.mailbox) > Level::Nothing) {
            names.folders.insert(id.number(), (folder.mailbox, folder.display_name));
        }
    }
    Ok(names)
}

const fn words(kind: EventKind) -> &'static str {
    match kind {
        EventKind::MailboxConnected => "Mailbox connected",
        EventKind::MailboxSynced => "First sync complete",
        EventKind::MailboxStopped => "Mailbox stopped",
        EventKind::MailboxResumed => "Mailbox goes on",
        EventKind::FolderCreated => "Folder found",
        EventKind::FolderRenamed => "Folder renamed or moved",
        EventKind::FolderRemoved => "Folder removed",
        EventKind::MessageReceived => "Message received",
        EventKind::MessageUpdated => "Message changed",
        EventKind::MessageMoved => "Message moved",
        EventKind::MessageDeleted => "Message deleted",
        EventKind::ThreadCreated => "Thread began",
        EventKind::ThreadChanged => "Thread changed",
        EventKind::ThreadJoined => "Threads joined",
        EventKind::ThreadSplit => "Thread split",
        EventKind::ThreadFiled => "Thread filed",
        EventKind::PersonCreated => "Person found",
        EventKind::PersonChanged => "Person changed",
        EventKind::CustomerCreated => "Customer found",
        EventKind::CustomerChanged => "Customer changed",
        EventKind::ContactCreated => "Contact found",
        EventKind::ContactChanged => "Contact changed",
        EventKind::ContactRemoved => "Contact gone",
        EventKind::EndpointPaused => "Endpoint paused",
        EventKind::EndpointDisabled => "Endpoint disabled",
        EventKind::EndpointTested => "Endpoint tested",
        EventKind::DeliveryParked => "Delivery parked",
        EventKind::OutgoingQueued => "Mail queued",
        EventKind::OutgoingSending => "Mail on its way",
        EventKind::OutgoingAccepted => "Mail accepted",
        EventKind::OutgoingSent => "Mail sent",
        EventKind::InstructionDone => "Change made",
        EventKind::InstructionFailed => "Change not made",
        EventKind::OutgoingBounced => "Mail came back",
        EventKind::OutgoingFailed => "Mail not sent",
        EventKind::OutgoingUnclear => "Mail unclear",
        EventKind::OutgoingCancelled => "Mail taken back",
        EventKind::OutgoingDrafted => "Put into Drafts",
        EventKind::MailOpened => "Mail opened",
        EventKind::MailClicked => "Link followed",
        EventKind::MailUnsubscribed => "Recipient unsubscribed",
        EventKind::CalendarEventCreated => "Calendar event found",
        EventKind::CalendarEventChanged => "Calendar event changed",
        EventKind::CalendarEventRemoved => "Calendar event removed",
        EventKind::CalendarIntentDone => "Calendar written",
        EventKind::CalendarIntentFailed => "Calendar not written",
        EventKind::ArchiveDone => "Archive complete",
        EventKind::ArchiveFailed => "Archive stopped",
        EventKind::ArchiveDelayed => "Archive waits",
    }
}

fn table(events: &[Event], names: &Names, now: Timestamp) -> Markup {
    html! {
        div.scroll { table.ledger {
            caption.hidden { "Events, newest first" }
            thead {
                tr {
                    th.number scope="col" { "No." }
                    th scope="col" { "What" }
                    th scope="col" { "About" }
                    th scope="col" { "Mailbox" }
                    th scope="col" { "Learned" }
                }
            }
            tbody { @for event in events {
                tr id={ "event-" (event.seq) } {
                    td.number { a href={ "/activity?before=" (event.seq + 1) "#event-" (event.seq) } { (grouped(event.seq)) } }
                    td.short {
                        span title=(event.kind.name()) { (words(event.kind)) }
                        @if event.backfill { " " span.tag title="Found by a first sync: not news" { "first sync" } }
                    }
                    td.subject dir="auto" { (subject(event, names)) }
                    td.short {
                        @if let Some(mailbox) = event.mailbox {
                            a href={ "/mailboxes/" (mailbox) } {
                                @match names.mailboxes.get(&mailbox) { Some(name) => (name), None => (mailbox) }
                            }
                        }
                    }
                    td.at { (ago(event.at, now)) }
                }
            } }
        } }
    }
}

fn subject(event: &Event, names: &Names) -> Markup {
    html! {
        @match event.kind.about() {
            About::Message => { @match names.messages.get(&event.subject) {
                Some(subject) => a href={ "/messages/" (MessageId::from_number(event.subject)) } { (message_list::subject_seen(subject.as_deref())) },
                None => span.faint { "no longer here" },
            } }
            About::Folder => { @match names.folders.get(&event.subject) {
                Some((mailbox, name)) => a href={ "/mailboxes/" (mailbox) "?folder=" (FolderId::from_number(event.subject)) } { (name) },
                None => span.faint { "no longer here" },
            } }
            About::Thread => a href={ "/threads/" (event.kind.about().id(event.subject)) } { "the thread" },
            About::Contact => a href={ "/contacts/" (event.kind.about().id(event.subject)) } { "the contact" },
            About::Outgoing => a href={ "/outbox/" (event.kind.about().id(event.subject)) } { "the mail" },
            About::CalendarEvent | About::CalendarIntent => a href="/calendar" { "the calendar" },
            About::Archive => a href={ "/archives/" (event.kind.about().id(event.subject)) } { "the archive" },
            about => span.faint { (about.id(event.subject)) },
        }
    }
}
