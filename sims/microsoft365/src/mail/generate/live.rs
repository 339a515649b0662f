//! Mail that goes on arriving, one message at a time.
//!
//! The n-th message follows from the seed and n alone, so that nothing needs to be kept between calls:
//! three in a row are one conversation, whose replies refer to the earlier ones.

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use super::{
    compose::{Draft, date},
    people::{GeneratedMailbox, customers},
    thread::{Leg, Thread},
};
use crate::ids::Ids;

/// A message that has just arrived.
#[derive(Debug, Clone)]
pub struct LiveMail {
    /// Which of the mailboxes it is for.
    pub mailbox: usize,
    /// The bytes.
    pub raw: Bytes,
}

/// The first conversation's Thread-Index says that it began then, 2026-01-01T00:00:00Z: it must not move with the clock.
const CONVERSATIONS_START_S: i64 = 1_767_225_600;

/// Messages of one conversation.
const LEGS: u64 = 3;

/// The `n`-th message that arrives at one of the mailboxes, dated `now`. Nothing without a mailbox.
#[must_use]
pub fn next_live_mail(mailboxes: &[GeneratedMailbox], seed: u64, n: u64, now: Timestamp) -> Option<LiveMail> {
    if mailboxes.is_empty() {
        return None;
    }
    let (conversation, leg) = (n / LEGS, n % LEGS);
    let mut ids = Ids::named(seed ^ conversation.rotate_left(20), "live mail");
    let customers = customers(&mut ids);
    let customer = &customers[ids.below(customers.len() as u64) as usize];
    let mailbox = ids.below(mailboxes.len() as u64) as usize;
    let start = Timestamp::from_second(CONVERSATIONS_START_S + conversation as i64).unwrap_or(now);
    let mut thread = Thread::begin(customer.language, start, &mut ids);
    // The earlier legs are written again to arrive at the same Message-IDs.
    let drafts = (0..=leg).map(|step| {
        let writer = &customer.people[step as usize % customer.people.len()];
        let sent = now - SignedDuration::from_secs(3 + 60 * (leg - step) as i64);
        let leg = Leg {
            from: writer.clone(),
            to: vec![mailboxes[mailbox].party()],
            cc: Vec::new(),
            sent,
            title: customer.company.to_owned(),
            outlook: step % 2 == 0,
        };
        thread.write(leg, &mut ids)
    });
    let draft: Draft = drafts.last()?;
    let trace = format!("Received: from mail.example by mx.example with ESMTPS id live{n}; {}\r\n", date(now, 0));
    Some(LiveMail { mailbox, raw: draft.compose(&trace).into() })
}
