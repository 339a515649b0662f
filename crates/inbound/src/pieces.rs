//! Pieces: the steps of a page as transactions small enough not to keep others waiting.
//!
//! A step's row and its event are in the same piece, so that a crash between two pieces repeats the page and the
//! repetition finds the first pieces done and says nothing about them.

use std::collections::BTreeSet;

use base::Timestamp;
use model::id::{FolderId, MessageId};
use model::message::{BodyKind, MessageBody};
use store::message::{self, Listing, Was};
use store::work::{Lane, Lease};
use store::{Statement, Transaction, due, ledger, work};

use crate::plan::{Place, Step, Write};
use crate::report;

/// What is at stake beside the steps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stake<'a> {
    /// The lease that must still be ours.
    pub lease: &'a Lease,
    /// Where the steps come from.
    pub place: Place,
    /// Whether what was seen unchanged must be noted, because this pass will ask what was not seen.
    pub note_seen: bool,
}

/// A piece: the lease, then `also` (guards among it, which look at things as they were), the steps' writes, what they make
/// due, and last their events.
pub(crate) fn transaction(name: &'static str, stake: Stake<'_>, steps: Vec<Step>, also: Vec<Statement>) -> Transaction {
    let Place { workspace, mailbox, now, .. } = stake.place;
    let mut piece = Transaction::new(name).with(work::hold(stake.lease)).with_all(also);
    let mut follow = Follow::default();
    let mut seen: Vec<MessageId> = Vec::new();
    let mut events = Vec::with_capacity(steps.len());
    for step in steps {
        follow.ask.extend(step.ask);
        events.extend(step.event);
        write(&mut piece, stake.place, step.write, step.was, &mut follow, &mut seen);
    }
    if stake.note_seen && !seen.is_empty() {
        piece.push(message::seen(&seen, stake.place.round));
    }
    piece.extend(follow.statements(stake.place, now));
    if !events.is_empty() {
        piece.extend(due::decide(workspace, now));
        piece.extend(ledger::append(workspace, mailbox, now, &events));
    }
    piece
}

/// Work that the steps call for.
#[derive(Default)]
struct Follow {
    ask: BTreeSet<FolderId>,
    locate: bool,
    attachments: bool,
    reports: Vec<MessageId>,
}

impl Follow {
    fn statements(self, place: Place, now: Timestamp) -> Vec<Statement> {
        let asked = self.ask.into_iter().map(|folder| due::pull_messages(place.mailbox, folder, Lane::Notified, now));
        let mut statements: Vec<Statement> = asked.collect();
        if self.locate {
            statements.push(due::mailbox(due::PULL_HINTS, place.mailbox, Lane::Notified, now));
        }
        statements.extend(self.reports.into_iter().map(|message| due::pull_report(place.mailbox, message, now)));
        if self.attachments {
            statements.push(due::mailbox(due::PULL_ATTACHMENTS, place.mailbox, Lane::Scheduled, now));
        }
        statements
    }
}

fn write(piece: &mut Transaction, place: Place, write: Write, was: Was, follow: &mut Follow, seen: &mut Vec<MessageId>) {
    match write {
        Write::Insert { message, body, body_hash } => {
            let wanted = wants_attachments(message.has_attachments, Some(&body));
            follow.attachments |= wanted;
            follow.reports.extend((!place.backfill && report::may_be(&message, &body)).then_some(message.id));
            piece.push(message::insert(&message, Listing { seen_round: place.round, body_hash, attachments_wanted: wanted }));
            piece.push(message::insert_body(message.id, body));
        }
        Write::Update { message, body, body_hash, claimed_by, relist } => {
            let wanted = relist && wants_attachments(message.has_attachments, body.as_ref());
            follow.attachments |= wanted;
            // A claim that is never settled by the folders themselves is asked about.
            follow.locate |= claimed_by.is_some();
            let listing = Listing { seen_round: place.round, body_hash, attachments_wanted: wanted };
            piece.push(message::update(&message, listing, claimed_by, was, place.now));
            piece.extend(body.map(|body| message::put_body(message.id, body)));
        }
        Write::Seen(id) => seen.push(id),
        Write::Homeless(id) => {
            follow.locate = true;
            piece.push(message::leave(id, place.folder, place.now));
        }
        Write::Delete(id) => piece.extend(message::delete(id, was, place.now)),
    }
}

/// Inline images alone do not count for `hasAttachments`; the text names them.
fn wants_attachments(has_attachments: bool, body: Option<&MessageBody>) -> bool {
    has_attachments || body.is_some_and(|body| body.kind == BodyKind::Html && body.content.contains("cid:"))
}
