//! Posting what is due, trying again what nobody took, giving up after four hours.
//!
//! Notifications for one address go together; a 2xx answer takes them, anything else is tried again with
//! growing waits (reference: Graph, section 5.7).

use std::collections::BTreeMap;

use bytes::Bytes;
use futures::future::join_all;
use http::{HeaderMap, HeaderValue, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::collect::collect;
use super::manage::{lifecycle, reminder};
use super::store::{Lifecycle, Waiting, WaitingKind};
use crate::{Simulator, World};

/// Delivers everything that is due now and returns how many calls it made.
pub async fn deliver_due(simulator: &Simulator) -> usize {
    let posts = {
        let mut world = simulator.world();
        collect(&mut world);
        posts(&mut world)
    };
    let outside = simulator.outside();
    let calls = posts.iter().map(|post| {
        let outside = outside.clone();
        async move {
            let items: Vec<&Value> = post.iter().map(|waiting| &waiting.item).collect();
            let body = Bytes::from(json!({"value": items}).to_string());
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
            let answer = outside.post(&post[0].url, headers, body).await;
            answer.is_ok_and(|(status, _, _)| (200..300).contains(&status))
        }
    });
    let taken = join_all(calls).await;
    let count = posts.len();
    let mut world = simulator.world();
    for (post, taken) in posts.into_iter().zip(taken) {
        if !taken {
            post.into_iter().for_each(|waiting| retry(&mut world, waiting));
        }
    }
    count
}

/// What is due, grouped by address and cut into calls.
fn posts(world: &mut World) -> Vec<Vec<Waiting>> {
    let now = world.now();
    let mut by_address: BTreeMap<String, Vec<Waiting>> = BTreeMap::new();
    for waiting in world.subscriptions.take_due(now) {
        let due = match waiting.kind {
            WaitingKind::Reminder { renewals } => remind_again(world, &waiting.subscription, renewals, now),
            WaitingKind::Change => world.subscriptions.get(&waiting.subscription).is_some().then_some(waiting),
            WaitingKind::Lifecycle => Some(waiting),
        };
        if let Some(mut waiting) = due {
            waiting.first_tried.get_or_insert(now);
            waiting.tries += 1;
            by_address.entry(waiting.url.clone()).or_default().push(waiting);
        }
    }
    let most = world.config.graph.notifications_per_post_max.max(1);
    by_address.into_values().flat_map(|waiting| cut(waiting, most)).collect()
}

fn cut(mut waiting: Vec<Waiting>, most: usize) -> Vec<Vec<Waiting>> {
    let mut posts = Vec::new();
    while waiting.len() > most {
        let rest = waiting.split_off(most);
        posts.push(std::mem::replace(&mut waiting, rest));
    }
    posts.push(waiting);
    posts
}

/// `reauthorizationRequired` for a subscription that was not renewed, and the next look at it.
fn remind_again(world: &mut World, id: &str, renewals: u32, now: Timestamp) -> Option<Waiting> {
    let repeat = SignedDuration::from_secs(world.config.graph.reauthorization_repeat_seconds.max(1));
    let subscription = world.subscriptions.get(id).filter(|subscription| subscription.renewals == renewals)?.clone();
    let again = now + repeat;
    if again < subscription.expires {
        world.subscriptions.wait(again, reminder(&subscription));
    }
    lifecycle(&subscription, Lifecycle::ReauthorizationRequired)
}

/// Plans the next try, or gives up; giving up on a change is told by `missed`.
fn retry(world: &mut World, waiting: Waiting) {
    let config = &world.config.graph;
    let now = world.now();
    let wait = config.notification_retry_seconds.max(1).saturating_mul(1 << waiting.tries.saturating_sub(1).min(12));
    let next = now + SignedDuration::from_secs(wait);
    let end = waiting.first_tried.unwrap_or(now) + SignedDuration::from_secs(config.notification_give_up_seconds);
    if next <= end {
        world.subscriptions.wait(next, waiting);
        return;
    }
    if waiting.kind != WaitingKind::Change {
        return;
    }
    let missed = world.subscriptions.get(&waiting.subscription).and_then(|subscription| lifecycle(subscription, Lifecycle::Missed));
    if let Some(missed) = missed {
        world.subscriptions.wait(now, missed);
    }
}
