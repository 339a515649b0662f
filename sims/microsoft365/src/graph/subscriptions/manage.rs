//! Subscriptions that are there: reading, reauthorising, ending, and what the service tells about them.

use http::Method;
use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::store::{Lifecycle, Subscription, Waiting, WaitingKind};
use crate::graph::answer::wrong_verb;
use crate::graph::call::Call;
use crate::graph::path::{Segment, no_segment};
use crate::graph::reply::Reply;
use crate::{Caller, Refusal, World};

/// Answers what needs no call outside: GET, DELETE, `reauthorize`.
///
/// # Errors
/// 404 `ResourceNotFound`, 405.
pub fn answer(call: &mut Call<'_>, first: &Segment, rest: &[Segment]) -> Result<Reply, Refusal> {
    let (id, rest) = match (&first.key, rest) {
        (Some(key), rest) => (key.clone(), rest),
        (None, [key, rest @ ..]) => (key.name.clone(), rest),
        (None, []) => return if call.request.method == Method::GET { list(call) } else { Err(wrong_verb()) },
    };
    match (rest, call.request.method.as_str()) {
        ([], "GET") => get(call, &id),
        ([], "DELETE") => {
            let found = find(call.world, call.caller, &id)?;
            call.world.subscriptions.remove(&found.id);
            Ok(Reply::empty(204))
        }
        ([], _) => Err(wrong_verb()),
        ([action], "POST") if action.is("reauthorize") => {
            let mut subscription = find(call.world, call.caller, &id)?;
            subscription.token_expires = call.caller.expires;
            subscription.renewals += 1;
            remind(call.world, &subscription);
            call.world.subscriptions.put(subscription);
            Ok(Reply::empty(204))
        }
        ([action], _) if action.is("reauthorize") => Err(wrong_verb()),
        ([other, ..], _) => Err(no_segment(&other.name)),
    }
}

/// Finds a living subscription that this caller may see: its own.
///
/// # Errors
/// 404 `ResourceNotFound`.
pub fn find(world: &mut World, caller: &Caller, id: &str) -> Result<Subscription, Refusal> {
    let now = world.now();
    world.subscriptions.expire(now);
    let found = world.subscriptions.get(id).filter(|subscription| is_own(subscription, caller));
    found.cloned().ok_or_else(|| Refusal::new(404, "ResourceNotFound", "The object was not found."))
}

fn is_own(subscription: &Subscription, caller: &Caller) -> bool {
    let same_user = match &caller.user {
        Some(user) => subscription.is_delegated && subscription.creator_id == *user,
        None => !subscription.is_delegated,
    };
    same_user && subscription.app_id == caller.app_id && subscription.tenant_id == caller.tenant_id
}

fn list(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let now = call.world.now();
    call.world.subscriptions.expire(now);
    let own = call.world.subscriptions.iter().filter(|subscription| is_own(subscription, call.caller));
    let value: Vec<Value> = own.map(|subscription| Value::Object(subscription.json())).collect();
    Ok(Reply::json(json!({"@odata.context": call.context("subscriptions"), "value": value}).to_string()))
}

fn get(call: &mut Call<'_>, id: &str) -> Result<Reply, Refusal> {
    let subscription = find(call.world, call.caller, id)?;
    let mut json = Map::from_iter([("@odata.context".to_owned(), json!(call.context("subscriptions/$entity")))]);
    json.extend(subscription.json());
    Ok(Reply::json(Value::Object(json).to_string()))
}

/// Plans the lifecycle notification before the end of the subscription or of its token, whichever is first.
pub fn remind(world: &mut World, subscription: &Subscription) {
    if subscription.lifecycle_url.is_none() {
        return;
    }
    let config = &world.config.graph;
    let notice = SignedDuration::from_secs(config.reauthorization_notice_seconds);
    let end = subscription.expires - notice;
    let token = subscription.token_expires - SignedDuration::from_secs(config.token_notice_seconds);
    let due = if config.reauthorization_for_tokens { end.min(token) } else { end };
    let due = due.max(world.now());
    world.subscriptions.wait(due, reminder(subscription));
}

/// The next look at a subscription's end.
pub(super) fn reminder(subscription: &Subscription) -> Waiting {
    Waiting {
        subscription: subscription.id.clone(),
        url: String::new(),
        item: Value::Null,
        first_tried: None,
        tries: 0,
        kind: WaitingKind::Reminder { renewals: subscription.renewals },
    }
}

/// Sends a lifecycle notification now; with `SubscriptionRemoved` the subscription goes too. False when there
/// is no such subscription or it has no lifecycle address.
pub fn announce(world: &mut World, id: &str, event: Lifecycle) -> bool {
    let Some(subscription) = world.subscriptions.get(id).cloned() else { return false };
    if event == Lifecycle::SubscriptionRemoved {
        world.subscriptions.remove(id);
    }
    let Some(waiting) = lifecycle(&subscription, event) else { return false };
    let now = world.now();
    world.subscriptions.wait(now, waiting);
    true
}

/// A lifecycle notification, if there is an address for it.
pub(super) fn lifecycle(subscription: &Subscription, event: Lifecycle) -> Option<Waiting> {
    let url = subscription.lifecycle_url.clone()?;
    let item = json!({
        "subscriptionId": subscription.id,
        "subscriptionExpirationDateTime": precise(subscription.expires),
        "tenantId": subscription.tenant_id,
        "clientState": subscription.client_state,
        "lifecycleEvent": event.word(),
    });
    let kind = WaitingKind::Lifecycle;
    Some(Waiting { subscription: subscription.id.clone(), url, item, first_tried: None, tries: 0, kind })
}

/// A time as notifications write it.
pub(super) fn precise(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.0000000+00:00").to_string()
}
