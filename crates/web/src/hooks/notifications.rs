//! Notifications: Graph says that something has changed. That is a hint: keep it, make the look at the mailbox due, answer.
//!
//! Promises: nothing is believed but that it is worth looking; no call to Microsoft; one transaction, committed before the
//! 202; a failure to keep it answers 503, so that Graph tries again. An item for a subscription that nobody knows, or
//! without its secret, is counted and dropped, and the answer is 202 all the same: nobody learns what was right.
//! Facts: graph.md 5.6 to 5.8; identity-and-security.md 7.3.

use std::collections::{BTreeSet, HashMap};

use axum::body::Bytes;
use axum::extract::{RawQuery, State as Given};
use axum::response::{IntoResponse, Response};
use base::{Problem, Timestamp};
use graph::notification::{self, LifecycleEvent, Notification};
use http::StatusCode;
use metrics::counter;
use model::id::MailboxId;
use store::hint::{self, Hint};
use store::subscription::{self, Subscription, SubscriptionState};
use store::work::Lane;
use store::{Db, Statement, StoreError, Transaction, due, folder};

use crate::failure::Failure;
use crate::hooks::handshake;
use crate::state::State;

/// Items of one notification that are kept; a longer one makes the whole mailbox due instead.
const HINTS_MAX: usize = 1_000;

/// `POST /hooks/microsoft/notifications` and `/hooks/microsoft/lifecycle`.
///
/// # Errors
/// 400 for what is no notification, 503 if it could not be kept.
pub async fn receive(Given(state): Given<State>, RawQuery(query): RawQuery, body: Bytes) -> Result<Response, Failure> {
    if let Some(answer) = handshake::answer(query.as_deref()) {
        count("validated", 1);
        return Ok(answer);
    }
    let Ok(items) = notification::read(&body) else {
        count("unreadable", 1);
        return Err(not_a_notification());
    };
    let known = subscriptions(&state.db, &items).await?;
    let now = state.clock.now();
    let mut effects = Effects::default();
    for item in items {
        let origin = item.origin();
        match known.get(&origin.subscription_id) {
            None => count("unknown_subscription", 1),
            Some(subscription) if !origin.proves(&subscription.client_state_hash) => count("wrong_client_state", 1),
            Some(subscription) => effects.add(subscription, item, now),
        }
    }
    effects.commit(&state.db, now).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}

async fn subscriptions(db: &Db, items: &[Notification]) -> Result<HashMap<String, Subscription>, StoreError> {
    let named: BTreeSet<&str> = items.iter().map(|item| item.origin().subscription_id.as_str()).collect();
    let mut known = HashMap::new();
    for id in named {
        if let Some(subscription) = subscription::by_graph_id(db, id).await? {
            known.insert(id.to_owned(), subscription);
        }
    }
    Ok(known)
}

/// What a notification leads to.
#[derive(Default)]
struct Effects {
    accepted: u64,
    hints: Vec<Hint>,
    notified: BTreeSet<String>,
    states: Vec<(String, SubscriptionState)>,
    look_at_hints: BTreeSet<MailboxId>,
    look_at_everything: BTreeSet<MailboxId>,
    keep_subscription: BTreeSet<MailboxId>,
}

impl Effects {
    fn add(&mut self, subscription: &Subscription, item: Notification, now: Timestamp) {
        let mailbox = subscription.mailbox;
        self.accepted += 1;
        self.notified.insert(subscription.graph_id.clone());
        match item {
            Notification::Change(change) => match change.resource_id.filter(|_| self.hints.len() < HINTS_MAX) {
                Some(graph_message_id) => {
                    self.look_at_hints.insert(mailbox);
                    self.hints.push(Hint { mailbox, graph_message_id, change_type: change.change_type, arrived_at: now });
                }
                None => _ = self.look_at_everything.insert(mailbox),
            },
            Notification::Lifecycle(lifecycle) => self.add_lifecycle(subscription, lifecycle.event),
        }
    }

    fn add_lifecycle(&mut self, subscription: &Subscription, event: LifecycleEvent) {
        let state = match event {
            LifecycleEvent::ReauthorizationRequired => Some(SubscriptionState::Reauthorize),
            LifecycleEvent::SubscriptionRemoved => Some(SubscriptionState::Gone),
            LifecycleEvent::Missed | LifecycleEvent::Unknown => None,
        };
        if event != LifecycleEvent::ReauthorizationRequired {
            self.look_at_everything.insert(subscription.mailbox);
        }
        if let Some(state) = state {
            self.states.push((subscription.graph_id.clone(), state));
            self.keep_subscription.insert(subscription.mailbox);
        }
    }

    async fn commit(self, db: &Db, now: Timestamp) -> Result<(), StoreError> {
        if self.accepted == 0 {
            return Ok(());
        }
        let mut transaction = Transaction::new("hooks.notification");
        transaction.extend(self.hints.iter().map(hint::put));
        transaction.extend(self.notified.iter().map(|id| subscription::set_notified(id, now)));
        transaction.extend(self.states.iter().map(|(id, state)| subscription::set_state(id, *state)));
        transaction.extend(marks(due::PULL_HINTS, &self.look_at_hints, now));
        transaction.extend(marks(due::KEEP_SUBSCRIPTION, &self.keep_subscription, now));
        transaction.extend(marks(due::PULL_FOLDERS, &self.look_at_everything, now));
        for mailbox in &self.look_at_everything {
            let folders = folder::list(db, *mailbox).await?;
            let there = folders.iter().filter(|folder| folder.removed_at.is_none());
            transaction.extend(there.map(|folder| due::pull_messages(*mailbox, folder.id, Lane::Notified, now)));
        }
        db.commit(transaction).await?;
        count("accepted", self.accepted);
        Ok(())
    }
}

fn marks(kind: &'static str, mailboxes: &BTreeSet<MailboxId>, now: Timestamp) -> impl Iterator<Item = Statement> {
    mailboxes.iter().map(move |mailbox| due::mailbox(kind, *mailbox, Lane::Notified, now))
}

fn count(outcome: &'static str, items: u64) {
    counter!("rapport_notifications_total", "outcome" => outcome).increment(items);
}

fn not_a_notification() -> Failure {
    let problem = Problem::new(
        "not_a_notification",
        "That is not a change notification.",
        "The body is not what Microsoft Graph posts, or longer than 4 MiB.",
        "Nothing is to be done if Microsoft sent it: mailboxes are also looked at by the clock.",
    );
    Failure::new(StatusCode::BAD_REQUEST, problem)
}
