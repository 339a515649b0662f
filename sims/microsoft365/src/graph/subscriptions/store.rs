//! The subscriptions, and the notifications that wait for their time.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::resource::Watched;
use crate::graph::message_json::whole_seconds;
use crate::mailbox::{ChangeKind, IdForm};

/// One subscription.
#[derive(Debug, Clone, PartialEq)]
pub struct Subscription {
    /// Its GUID.
    pub id: String,
    /// The resource as the client wrote it.
    pub resource: String,
    /// What that means.
    pub watched: Watched,
    /// `changeType` as the client wrote it.
    pub change_type: String,
    /// The kinds in it.
    pub kinds: Vec<ChangeKind>,
    /// Where notifications go.
    pub notification_url: String,
    /// Where lifecycle notifications go.
    pub lifecycle_url: Option<String>,
    /// Echoed in every notification.
    pub client_state: Option<String>,
    /// `latestSupportedTlsVersion`
    pub tls_version: String,
    /// When it ends.
    pub expires: Timestamp,
    /// The app that made it.
    pub app_id: String,
    /// The tenant.
    pub tenant_id: String,
    /// The signed-in user, or the app's own object.
    pub creator_id: String,
    /// Made with a user's token.
    pub is_delegated: bool,
    /// The form of the ids in its notifications; fixed at its creation.
    pub ids: IdForm,
    /// When the token that it was made or renewed with expires.
    pub token_expires: Timestamp,
    /// Raised at each renewal, so that what was planned for the old end is void.
    pub renewals: u32,
}

impl Subscription {
    /// The JSON of the resource.
    pub fn json(&self) -> Map<String, Value> {
        let json = json!({
            "id": self.id,
            "resource": self.resource,
            "applicationId": self.app_id,
            "changeType": self.change_type,
            "clientState": self.client_state,
            "notificationUrl": self.notification_url,
            "notificationQueryOptions": null,
            "lifecycleNotificationUrl": self.lifecycle_url,
            "expirationDateTime": whole_seconds(self.expires),
            "creatorId": self.creator_id,
            "includeResourceData": null,
            "latestSupportedTlsVersion": self.tls_version,
            "encryptionCertificate": null,
            "encryptionCertificateId": null,
            "notificationUrlAppId": null,
        });
        json.as_object().cloned().unwrap_or_default()
    }
}

/// The three lifecycle notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifecycle {
    /// The subscription or its token nears its end.
    ReauthorizationRequired,
    /// The service took the subscription away.
    SubscriptionRemoved,
    /// Some notifications were not delivered.
    Missed,
}

impl Lifecycle {
    /// The word in `lifecycleEvent`.
    pub fn word(self) -> &'static str {
        match self {
            Self::ReauthorizationRequired => "reauthorizationRequired",
            Self::SubscriptionRemoved => "subscriptionRemoved",
            Self::Missed => "missed",
        }
    }
}

/// One notification that waits.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Waiting {
    /// The subscription.
    pub subscription: String,
    /// Where it goes.
    pub url: String,
    /// What is sent.
    pub item: Value,
    /// When it was first tried.
    pub first_tried: Option<Timestamp>,
    /// How often it was tried.
    pub tries: u32,
    /// What it is.
    pub kind: WaitingKind,
}

/// What waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WaitingKind {
    /// A change.
    Change,
    /// A lifecycle event to send.
    Lifecycle,
    /// A look whether the subscription nears its end; void after a renewal.
    Reminder {
        /// The renewals when it was planned.
        renewals: u32,
    },
}

/// All subscriptions and what waits for them.
#[derive(Debug, Clone, Default)]
pub struct Subscriptions {
    list: BTreeMap<String, Subscription>,
    waiting: BTreeMap<(Timestamp, u64), Waiting>,
    count: u64,
}

impl Subscriptions {
    /// When the next notification or reminder is due, as far as changes were collected.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.waiting.first_key_value().map(|((due, _), _)| *due)
    }

    /// How many notifications wait.
    pub fn waiting_count(&self) -> usize {
        self.waiting.values().filter(|waiting| !matches!(waiting.kind, WaitingKind::Reminder { .. })).count()
    }

    /// A subscription that has not ended.
    pub fn get(&self, id: &str) -> Option<&Subscription> {
        self.list.get(id)
    }

    /// The subscriptions by id.
    pub fn iter(&self) -> impl Iterator<Item = &Subscription> {
        self.list.values()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(super) fn put(&mut self, subscription: Subscription) {
        self.list.insert(subscription.id.clone(), subscription);
    }

    /// Takes a subscription away; what waits for it is dropped when its time comes.
    pub fn remove(&mut self, id: &str) -> Option<Subscription> {
        self.list.remove(id)
    }

    /// Drops the subscriptions whose time is over.
    pub(super) fn expire(&mut self, now: Timestamp) {
        self.list.retain(|_, subscription| subscription.expires > now);
    }

    pub(super) fn wait(&mut self, due: Timestamp, waiting: Waiting) {
        self.count += 1;
        self.waiting.insert((due, self.count), waiting);
    }

    /// Takes out everything that is due.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Vec<Waiting> {
        let later = self.waiting.split_off(&(now, u64::MAX));
        std::mem::replace(&mut self.waiting, later).into_values().collect()
    }
}
