//! Notifications: what Graph posts to us, read with suspicion.
//!
//! Facts (graph.md 5.6 to 5.8): a validation call has `?validationToken=...`, whose decoded text (with `+` as space)
//! must be the answer, as `text/plain`, within 10 seconds. A notification holds many items for many subscriptions in
//! no order, some twice; it must be answered with 202 within 3 seconds, so nothing is looked up here. The only proof
//! of its origin is `clientState`, compared in constant time. The resource's path comes in several spellings: the
//! subscription says which mailbox it is, `resourceData.id` which message, and both are only a hint to run a delta.
//! A lifecycle notification has `lifecycleEvent` and no resource. Nothing here believes, stores or fetches anything.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base::Timestamp;
use serde::Deserialize;
use url::form_urlencoded;

use crate::lenient;
use crate::mail::reading_time as time;

/// The largest notification that is read, in bytes.
pub const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The longest validation token that is returned.
const TOKEN_BYTES_MAX: usize = 8 * 1024;

/// One item of a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notification {
    /// Something that a subscription watches has changed.
    Change(Change),
    /// Something is the matter with a subscription itself.
    Lifecycle(Lifecycle),
}

/// Something that a subscription watches has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which subscription, and what proves that Graph speaks.
    pub origin: Origin,
    /// `created`, `updated` or `deleted`.
    pub change_type: String,
    /// The id of the message, if it is named.
    pub resource_id: Option<String>,
}

/// Something is the matter with a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifecycle {
    /// Which subscription, and what proves that Graph speaks.
    pub origin: Origin,
    /// What is the matter.
    pub event: LifecycleEvent,
}

/// What is the matter with a subscription (graph.md 5.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LifecycleEvent {
    /// Renew or re-authorise it, or it stops; changes in between are lost: run the delta.
    ReauthorizationRequired,
    /// It is gone: create it anew and run the delta.
    SubscriptionRemoved,
    /// Notifications were lost: run the delta.
    Missed,
    /// Something that Graph has added since.
    Unknown,
}

/// Which subscription an item is for.
#[derive(Clone, PartialEq, Eq)]
pub struct Origin {
    /// The subscription's id.
    pub subscription_id: String,
    /// The tenant's id.
    pub tenant_id: Option<String>,
    /// When the subscription ends.
    pub subscription_expires: Option<Timestamp>,
    client_state: Option<String>,
}

impl Origin {
    /// Whether the item repeats the text that the subscription was made with, of which `hash` is the
    /// [`client_state_hash`]: the text itself need not be kept. Takes the same time either way.
    pub fn proves(&self, hash: &[u8]) -> bool {
        let given = client_state_hash(self.client_state.as_deref().unwrap_or_default());
        self.client_state.as_ref().is_some_and(|given| !given.is_empty()) && verify_slices_are_equal(&given, hash).is_ok()
    }
}

/// SHA-256 of the text that a subscription is made with.
pub fn client_state_hash(client_state: &str) -> Vec<u8> {
    digest(&SHA256, client_state.as_bytes()).as_ref().to_vec()
}

impl std::fmt::Debug for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Origin({})", self.subscription_id)
    }
}

impl Notification {
    /// Which subscription it is for.
    pub const fn origin(&self) -> &Origin {
        match self {
            Notification::Change(change) => &change.origin,
            Notification::Lifecycle(lifecycle) => &lifecycle.origin,
        }
    }
}

/// A body that is not a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body is not a change notification")]
pub struct NotANotification;

#[derive(Deserialize)]
struct Wire {
    value: Vec<WireItem>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WireItem {
    subscription_id: Option<String>,
    #[serde(deserialize_with = "time")]
    subscription_expiration_date_time: Option<Timestamp>,
    tenant_id: Option<String>,
    organization_id: Option<String>,
    client_state: Option<String>,
    change_type: Option<String>,
    lifecycle_event: Option<String>,
    resource: Option<String>,
    resource_data: Option<WireResource>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireResource {
    id: Option<String>,
}

/// Reads the body of a notification, of either kind. Items that name no subscription are left out.
///
/// # Errors
/// [`NotANotification`] when it is too large or no such thing.
pub fn read(body: &[u8]) -> Result<Vec<Notification>, NotANotification> {
    if body.len() > BODY_BYTES_MAX {
        return Err(NotANotification);
    }
    let wire: Wire = lenient::read(body).map_err(|_| NotANotification)?;
    Ok(wire.value.into_iter().filter_map(WireItem::into_notification).collect())
}

/// The token that a validation call wants back, from the address's query.
pub fn validation_token(query: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let token = pairs.find(|pair| pair.0.eq_ignore_ascii_case("validationToken"))?.1.into_owned();
    (!token.is_empty() && token.len() <= TOKEN_BYTES_MAX).then_some(token)
}

impl WireItem {
    fn into_notification(self) -> Option<Notification> {
        let resource_id = self.resource_data.and_then(|data| data.id).or_else(|| self.resource.as_deref().and_then(last_id));
        let origin = Origin {
            subscription_id: self.subscription_id.filter(|id| !id.is_empty())?,
            tenant_id: self.tenant_id.or(self.organization_id),
            subscription_expires: self.subscription_expiration_date_time,
            client_state: self.client_state,
        };
        Some(match self.lifecycle_event {
            Some(event) => Notification::Lifecycle(Lifecycle { origin, event: lifecycle_event(&event) }),
            None => Notification::Change(Change { origin, change_type: self.change_type.unwrap_or_default(), resource_id }),
        })
    }
}

fn lifecycle_event(name: &str) -> LifecycleEvent {
    match name.to_ascii_lowercase().as_str() {
        "reauthorizationrequired" => LifecycleEvent::ReauthorizationRequired,
        "subscriptionremoved" => LifecycleEvent::SubscriptionRemoved,
        "missed" => LifecycleEvent::Missed,
        _ => LifecycleEvent::Unknown,
    }
}

/// The id after `messages` in a resource's path, written as a segment or as a key.
fn last_id(resource: &str) -> Option<String> {
    let lower = resource.to_ascii_lowercase();
    let after = &resource[lower.rfind("messages")? + "messages".len()..];
    let id = after.trim_start_matches(['/', '(']).trim_end_matches(')').trim_matches('\'');
    (!id.is_empty() && !id.contains('/')).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(body: &str) -> Vec<Notification> {
        read(body.as_bytes()).unwrap()
    }

    #[test]
    fn a_change_names_its_message_in_every_spelling() {
        for resource in [
            r##""resource":"Users/u/Messages/AAk=","resourceData":{"@odata.type":"#Microsoft.Graph.Message","id":"AAk="}"##,
            r#""resource":"users/u@t/messages/AAk=""#,
            r#""resource":"Users('u')/messages('AAk=')","resourceData":null"#,
        ] {
            let body = format!(r#"{{"value":[{{"subscriptionId":"s","clientState":"c","changeType":"created",{resource}}}]}}"#);
            let Notification::Change(change) = &items(&body)[0] else { panic!("a change") };
            assert_eq!(change.resource_id.as_deref(), Some("AAk="), "{resource}");
        }
    }

    #[test]
    fn only_the_right_client_state_proves_the_origin() {
        let items = items(r#"{"value":[{"subscriptionId":"s","clientState":"c"},{"subscriptionId":"s"}]}"#);
        let hash = client_state_hash;
        assert!(items[0].origin().proves(&hash("c")) && !items[0].origin().proves(&hash("d")) && !items[0].origin().proves(&hash("")));
        assert!(!items[1].origin().proves(&hash("")) && !items[1].origin().proves(&hash("c")) && !items[0].origin().proves(b""));
    }

    #[test]
    fn lifecycle_events_are_told_apart() {
        let of = |event: &str| match &items(&format!(r#"{{"value":[{{"subscriptionId":"s","lifecycleEvent":"{event}"}}]}}"#))[0] {
            Notification::Lifecycle(lifecycle) => lifecycle.event,
            Notification::Change(_) => panic!("a lifecycle event"),
        };
        assert_eq!(of("missed"), LifecycleEvent::Missed);
        assert_eq!(of("subscriptionRemoved"), LifecycleEvent::SubscriptionRemoved);
        assert_eq!(of("reauthorizationRequired"), LifecycleEvent::ReauthorizationRequired);
        assert_eq!(of("somethingNew"), LifecycleEvent::Unknown);
    }

    #[test]
    fn a_validation_token_is_decoded_with_its_plus_signs() {
        let query = "a=b&validationToken=Validation%3a+Testing+client%2B1";
        assert_eq!(validation_token(query).as_deref(), Some("Validation: Testing client+1"));
        assert_eq!(validation_token("a=b"), None);
    }

    #[test]
    fn what_is_no_notification_is_refused() {
        assert_eq!(read(b"{}"), Err(NotANotification));
        assert_eq!(read(b"validationToken=x"), Err(NotANotification));
        assert!(items(r#"{"value":[{"changeType":"created"}]}"#).is_empty(), "an item without a subscription");
    }
}
