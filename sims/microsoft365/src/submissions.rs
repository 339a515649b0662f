//! Mail that is on its way: handed over, delivered a moment later, its copy in Sent Items later still; and what people outside
//! have received.
//!
//! Everything waits on the simulator's clock and happens when the clock has passed and something looks ([`settle`]). Mailboxes of
//! the simulator get the mail in their inbox, with conversations of their own; other addresses are outside, where it is kept for
//! whoever tests. What bounces comes back as a report (reference: Graph, sections 3.4, 3.10 and 14).

use std::collections::{BTreeMap, HashSet};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::arrival;
use crate::graph::subscriptions;
use crate::mail::{self, bounce, compose};
use crate::mailbox::{DeliverOptions, ItemNumber, Message, Property};
use crate::world::World;

/// Mail on its way and mail that has left.
#[derive(Debug, Default)]
pub struct Submissions {
    /// By when they are due; those of one moment in the order in which they were handed over.
    waiting: BTreeMap<(Timestamp, u64), Submission>,
    /// How many steps have ever waited.
    count: u64,
    /// What was handed over and is not yet delivered: user and item.
    handed_over: HashSet<(String, ItemNumber)>,
    outside: Vec<OutsideMail>,
}

/// A mail that somebody outside has received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsideMail {
    /// Its place in the order of arrival, from 1.
    pub number: u64,
    /// Whose it is.
    pub address: String,
    /// When it came.
    pub at: Timestamp,
    /// Its `Message-ID`.
    pub message_id: String,
    /// The mail as it came, without blind copies.
    pub raw: Bytes,
}

/// What is left to do for a mail.
#[derive(Debug)]
enum Step {
    /// It is delivered, then its copy waits.
    Deliver,
    /// Its copy goes into Sent Items.
    Copy,
    /// A report about it comes back.
    Report(Bytes),
}

/// One mail on its way.
#[derive(Debug)]
pub struct Submission {
    due: Timestamp,
    step: Step,
    /// The mailbox that it was sent from, by object id.
    user: String,
    /// The message, taken out of its mailbox; `None` while its draft lingers there.
    message: Option<Box<Message>>,
    item: ItemNumber,
    parties: (Value, Value),
    /// A copy goes into Sent Items.
    kept: bool,
}

impl Submissions {
    /// When the next step of a mail is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.waiting.keys().next().map(|(due, _)| *due)
    }

    /// What people outside have received, in order of arrival.
    pub fn outside(&self) -> &[OutsideMail] {
        &self.outside
    }

    /// Whether this item of a user's mailbox was handed over already.
    pub fn holds(&self, user: &str, item: ItemNumber) -> bool {
        self.handed_over.contains(&(user.to_owned(), item))
    }

    fn wait(&mut self, submission: Submission) {
        self.count += 1;
        self.waiting.insert((submission.due, self.count), submission);
    }

    /// The earliest step, if it is due.
    fn take_due(&mut self, now: Timestamp) -> Option<Submission> {
        let first = self.waiting.first_entry().filter(|first| first.key().0 <= now)?;
        Some(first.remove())
    }
}

/// Takes a draft over. From now on nothing has its id, unless the settings let it linger.
pub fn submit(world: &mut World, user: &str, item: ItemNumber, parties: (Value, Value)) {
    let now = world.now();
    let due = delivery_due(world, now);
    let lingers = world.config.graph.sent_draft_lingers;
    let message = match world.mailboxes.get_mut(user) {
        Some(mailbox) if !lingers => mailbox.take_out(item, now),
        _ => None,
    };
    world.submissions.handed_over.insert((user.to_owned(), item));
    world.submissions.wait(Submission { due, step: Step::Deliver, user: user.to_owned(), message, item, parties, kept: true });
}

/// Takes over a mail that lies in no folder; `kept`: a copy of it goes into Sent Items.
pub fn submit_aside(world: &mut World, user: &str, message: Box<Message>, parties: (Value, Value), kept: bool) {
    let now = world.now();
    let due = delivery_due(world, now);
    let item = message.item;
    let (step, message) = (Step::Deliver, Some(message));
    world.submissions.wait(Submission { due, step, user: user.to_owned(), message, item, parties, kept });
}

fn delivery_due(world: &mut World, now: Timestamp) -> Timestamp {
    let (least, most) = world.config.graph.submission_delay_ms;
    later(now, least + world.ids.below(most.saturating_sub(least) + 1))
}

/// Does every step that is due.
pub fn settle(world: &mut World) {
    let now = world.now();
    let mut any = false;
    while let Some(submission) = world.submissions.take_due(now) {
        any = true;
        go_on(world, submission, now);
    }
    if any {
        subscriptions::collect(world);
    }
}

fn go_on(world: &mut World, mut submission: Submission, now: Timestamp) {
    let at = submission.due;
    match submission.step {
        Step::Deliver => {
            world.submissions.handed_over.remove(&(submission.user.clone(), submission.item));
            if submission.message.is_none() {
                submission.message = world.mailboxes.get_mut(&submission.user).and_then(|mailbox| mailbox.take_out(submission.item, now));
            }
            let Some(message) = &mut submission.message else { return };
            let (whole, public) = written(message, &submission.parties, at);
            message.raw = whole;
            let recipients = recipients(message);
            deliver(world, &submission.user, &recipients, &public, at);
            if !submission.kept {
                return;
            }
            let (least, most) = world.config.graph.sent_copy_delay_ms;
            let due = later(at, least + world.ids.below(most.saturating_sub(least) + 1));
            world.submissions.wait(Submission { due, step: Step::Copy, ..submission });
        }
        Step::Copy => {
            let Some(message) = submission.message else { return };
            let raw = message.raw.clone();
            if let Some(mailbox) = world.mailboxes.get_mut(&submission.user) {
                mailbox.put_sent(message, raw, submission.parties, at, now);
            }
        }
        Step::Report(raw) => into_inbox(world, &submission.user, raw, at),
    }
}

/// The mail for the sender's own copy, and as everybody else gets it.
fn written(message: &Message, parties: &(Value, Value), at: Timestamp) -> (Bytes, Bytes) {
    let mut json = compose::of_message(message);
    json["from"] = parties.0.clone();
    json["sender"] = parties.1.clone();
    json["sentDateTime"] = Value::from(at.to_string());
    let number = u64::from(message.item.0) ^ 0x5EED;
    let write = |json: &Value| compose::draft(json, number, at).unwrap_or_else(|_| message.raw.clone());
    let whole = write(&json);
    json["bccRecipients"] = Value::Null;
    (whole, write(&json))
}

/// Every address on a message, each once.
pub fn recipients(message: &Message) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for property in [Property::ToRecipients, Property::CcRecipients, Property::BccRecipients] {
        for one in message.document.value(property).as_array().into_iter().flatten() {
            let address = one["emailAddress"]["address"].as_str().unwrap_or_default().to_owned();
            if !address.is_empty() && !all.iter().any(|known| known.eq_ignore_ascii_case(&address)) {
                all.push(address);
            }
        }
    }
    all
}

/// Gives a mail to everybody on a list: colleagues, people outside, or nobody, which comes back to the sender.
pub fn deliver(world: &mut World, sender: &str, recipients: &[String], raw: &Bytes, at: Timestamp) {
    for address in recipients {
        let local = world.directory.user(address).map(|user| (user.id.clone(), user.has_mailbox()));
        match local {
            Some((id, true)) => into_inbox(world, &id, raw.clone(), at),
            Some((_, false)) => come_back(world, sender, address, "5.1.10", raw, at),
            None => match bouncing(world, address) {
                Some(status) => come_back(world, sender, address, &status, raw, at),
                None => keep_outside(world, address, raw, at),
            },
        }
    }
}

/// The status with which mail to this address comes back, if it does: by the settings, or because a domain of the tenant has
/// nobody of that name.
fn bouncing(world: &World, address: &str) -> Option<String> {
    let domain = address.rsplit('@').next().unwrap_or_default();
    let listed = world.config.graph.bouncing.iter();
    let listed = listed.clone().find(|(who, _)| who.eq_ignore_ascii_case(address) || who.eq_ignore_ascii_case(domain));
    let own = || world.directory.tenant(domain).map(|_| "5.1.10".to_owned());
    listed.map(|(_, status)| status.clone()).or_else(own)
}

fn keep_outside(world: &mut World, address: &str, raw: &Bytes, at: Timestamp) {
    let number = world.submissions.outside.len() as u64 + 1;
    let message_id = mail::parse(raw.clone()).ok().and_then(|mail| Some(mail.properties.get("internetMessageId")?.as_str()?.to_owned()));
    let message_id = message_id.unwrap_or_default();
    world.submissions.outside.push(OutsideMail { number, address: address.to_owned(), at, message_id, raw: raw.clone() });
}

fn come_back(world: &mut World, sender: &str, address: &str, status: &str, raw: &Bytes, at: Timestamp) {
    let Some(user) = world.directory.user(sender) else { return };
    let own = user.mail.clone().unwrap_or_else(|| user.user_principal_name.clone());
    let number = world.ids.next_u64();
    let due = later(at, 1000 + world.ids.below(4000));
    let report = bounce::report(&own, address, status, raw, number, due);
    let (parties, item) = ((Value::Null, Value::Null), ItemNumber(0));
    let step = Step::Report(report);
    world.submissions.wait(Submission { due, step, user: sender.to_owned(), message: None, item, parties, kept: false });
}

fn into_inbox(world: &mut World, user: &str, raw: Bytes, at: Timestamp) {
    let Ok(mail) = mail::parse(raw) else { return };
    arrival::arrive(world, user, mail, DeliverOptions { received: Some(at), ..DeliverOptions::default() });
}

fn later(at: Timestamp, milliseconds: u64) -> Timestamp {
    let by = SignedDuration::from_millis(i64::try_from(milliseconds).unwrap_or(i64::MAX));
    at.checked_add(by).unwrap_or(at)
}
