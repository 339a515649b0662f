//! Subscriptions: Graph calls us when something changes.
//!
//! `POST /subscriptions` (graph.md 5.1, 5.2): before it answers, Graph calls both addresses with a validation token
//! that must come back within 10 seconds, so both must be up. Immutable ids in notifications are asked for here and
//! cannot be switched later. The lifecycle address can be set only here. Mail lives at most 10,070 minutes
//! (5.4: the service refuses the documented 10,080), is renewed by `PATCH` of the expiry, which also re-authorises,
//! and is gone without a trace (404) once expired: create it anew. The same application, resource and change type
//! twice is 409. With a delegated grant only one's own mailbox can be subscribed to (5.3). Subscriptions are
//! counted apart from mailboxes, so calls here are paced by grant.

use std::time::Duration;

use base::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::{Access, GrantKey, Lane, User};
use crate::call::Call;
use crate::client::Client;
use crate::error::GraphError;
use crate::mail::{IMMUTABLE_IDS, mailbox_path, reading_time as time};
use crate::page::{ListPage, NextLink};
use crate::path::ResourcePath;
use transport::Effect;

/// The longest life of a subscription to mail.
pub const MAIL_LIFETIME_MAX: Duration = Duration::from_secs(10_070 * 60);
/// The shortest life: Graph raises anything less to this.
pub const LIFETIME_MIN: Duration = Duration::from_secs(45 * 60);

/// A subscription as Graph keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Subscription {
    /// Its id.
    pub id: String,
    /// What it watches.
    pub resource: Option<String>,
    /// Which changes: `created,updated,deleted`.
    pub change_type: Option<String>,
    /// When it ends.
    #[serde(deserialize_with = "time")]
    pub expiration_date_time: Option<Timestamp>,
    /// Where notifications go.
    pub notification_url: Option<String>,
    /// Where lifecycle notifications go.
    pub lifecycle_notification_url: Option<String>,
}

/// A subscription to be made.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewSubscription<'a> {
    /// What to watch: [`mail_resource`].
    pub resource: &'a str,
    /// Which changes, such as `created,updated,deleted`.
    pub change_type: &'a str,
    /// Where notifications go: https.
    pub notification_url: &'a str,
    /// Where lifecycle notifications go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle_notification_url: Option<&'a str>,
    /// When it ends.
    pub expiration_date_time: Timestamp,
    /// An unpredictable text that every notification repeats, 128 characters at most.
    pub client_state: &'a str,
}

/// All messages of the mailbox of an access, as a subscription names them.
pub fn mail_resource(access: &Access) -> String {
    mailbox_path(access).literal("messages").as_str().to_owned()
}

/// Makes a subscription.
///
/// # Errors
/// [`GraphError`]; status 409 when there is one like it; `Verify` when the answer was lost: see [`list`].
pub async fn create(client: &Client, grant: &GrantKey, new: &NewSubscription<'_>) -> Result<Subscription, GraphError> {
    let call = Call::post(ResourcePath::of("subscriptions")).json(new).prefer(IMMUTABLE_IDS);
    client.call(&desk(grant), call).await?.json()
}

/// Makes a subscription last until `expires`, and re-authorises it.
///
/// # Errors
/// [`GraphError`]; `is_not_found()` when it is gone: create it anew.
pub async fn renew(client: &Client, grant: &GrantKey, id: &str, expires: Timestamp) -> Result<Subscription, GraphError> {
    let body = serde_json::json!({ "expirationDateTime": expires });
    client.call(&desk(grant), Call::patch(path(id)).json(&body)).await?.json()
}

/// Re-authorises a subscription without changing when it ends. Not within ten minutes of [`renew`].
///
/// # Errors
/// [`GraphError`]; `is_not_found()` when it is gone: create it anew.
pub async fn reauthorize(client: &Client, grant: &GrantKey, id: &str) -> Result<(), GraphError> {
    let call = Call::post(path(id).literal("reauthorize")).with_effect(Effect::Repeatable);
    client.call(&desk(grant), call).await.map(|_| ())
}

/// Ends a subscription. One that is gone already is no error.
///
/// # Errors
/// [`GraphError`].
pub async fn delete(client: &Client, grant: &GrantKey, id: &str) -> Result<(), GraphError> {
    match client.call(&desk(grant), Call::delete(path(id))).await {
        Err(error) if !error.is_not_found() => Err(error),
        _ => Ok(()),
    }
}

/// One subscription.
///
/// # Errors
/// [`GraphError`]; `is_not_found()` when it is gone.
pub async fn get(client: &Client, grant: &GrantKey, id: &str) -> Result<Subscription, GraphError> {
    client.call(&desk(grant), Call::get(path(id))).await?.json()
}

/// A page of the application's subscriptions in this grant's tenant. Graph allows 25 such calls in 20 seconds.
///
/// # Errors
/// [`GraphError`].
pub async fn list(client: &Client, grant: &GrantKey, from: Option<&NextLink>) -> Result<ListPage<Subscription>, GraphError> {
    let call = from.map_or_else(|| Call::get(ResourcePath::of("subscriptions")), Call::follow_next);
    client.list_page(&desk(grant), call).await
}

fn path(id: &str) -> ResourcePath {
    ResourcePath::of("subscriptions").segment(id)
}

/// Subscriptions belong to no mailbox: they are paced under a name of their own.
fn desk(grant: &GrantKey) -> Access {
    Access { grant: grant.clone(), user: User::Id(format!("subscriptions:{}", grant.as_str())), lane: Lane::Notified }
}

#[cfg(test)]
mod tests;
