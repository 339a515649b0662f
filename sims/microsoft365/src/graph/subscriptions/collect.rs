//! From changes of mailboxes to notifications that wait for their time.
//!
//! Each is delayed by a drawn time, sometimes doubled; the fault schedule may delay it more, double it or lose
//! it (reference: Graph, sections 5.3, 5.7, 14).

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::manage::precise;
use super::store::{Subscription, Waiting, WaitingKind};
use crate::World;
use crate::faults::Target;
use crate::mailbox::{Change, ChangeKind, ItemClass, Mailbox};

/// Takes the changes out of all mailboxes and plans their notifications. To be called after every change.
pub fn collect(world: &mut World) {
    let now = world.now();
    world.subscriptions.expire(now);
    let mut changed: Vec<String> =
        world.mailboxes.iter().filter(|(_, mailbox)| mailbox.has_changes()).map(|(user, _)| user.clone()).collect();
    changed.sort_unstable();
    for user in changed {
        let Some(mailbox) = world.mailboxes.get_mut(&user) else { continue };
        let changes = mailbox.take_changes();
        let watching: Vec<Subscription> = world.subscriptions.iter().filter(|one| one.watched.user == user).cloned().collect();
        if watching.is_empty() {
            continue;
        }
        for change in changes {
            for subscription in &watching {
                plan(world, &user, subscription, &change);
            }
        }
    }
}

/// When the next notification is due, after taking in what changed.
pub fn next_due(world: &mut World) -> Option<Timestamp> {
    collect(world);
    world.subscriptions.next_due()
}

fn plan(world: &mut World, user: &str, subscription: &Subscription, change: &Change) {
    let moves = world.config.graph.notifications_of_moves_in_mailbox;
    let Some(mailbox) = world.mailboxes.get(user) else { return };
    let Some(kind) = subscription.watched.sees(mailbox, change, moves) else { return };
    if !subscription.kinds.contains(&kind) {
        return;
    }
    let item = item(mailbox, subscription, change, kind);
    let waiting = Waiting {
        subscription: subscription.id.clone(),
        url: subscription.notification_url.clone(),
        item,
        first_tried: None,
        tries: 0,
        kind: WaitingKind::Change,
    };
    for delay in delays(world, user, subscription) {
        let due = change.at + delay;
        world.subscriptions.wait(due, waiting.clone());
    }
}

/// How late each copy comes.
fn delays(world: &mut World, user: &str, subscription: &Subscription) -> Vec<SignedDuration> {
    let (least, most) = world.config.graph.notification_delay_seconds;
    let spread_ms = most.saturating_sub(least) * 1000;
    let delay = Duration::from_millis(least * 1000 + world.ids.below(spread_ms + 1));
    let twice = world.config.graph.notification_duplicate_probability;
    let names = world.directory.user(user).map(|user| vec![user.id.clone(), user.user_principal_name.clone()]).unwrap_or_default();
    let path = format!("/{}", subscription.resource.trim_start_matches('/'));
    let target = Target { method: "POST", path: &path, mailbox: &names, app: Some(&subscription.app_id) };
    let (fate, struck) = world.faults.notification(target);
    for name in &struck {
        world.journal.count_fault(name);
    }
    let mut delays: Vec<Duration> = fate.copies.iter().map(|extra| delay + *extra).collect();
    if twice > 0.0 && world.ids.chance(twice) {
        let again = Duration::from_millis(500 + world.ids.below(10_000));
        delays.extend(delays.first().map(|first| *first + again));
    }
    delays.into_iter().map(|delay| SignedDuration::try_from(delay).unwrap_or(SignedDuration::ZERO)).collect()
}

fn item(mailbox: &Mailbox, subscription: &Subscription, change: &Change, kind: ChangeKind) -> Value {
    let id = mailbox.id_of(change.folder, change.item, change.stay, subscription.ids);
    let (collection, kind_name) = match change.class {
        ItemClass::Message => ("Messages", "#Microsoft.Graph.Message"),
        ItemClass::Event => ("Events", "#Microsoft.Graph.Event"),
        ItemClass::Contact => ("Contacts", "#Microsoft.Graph.Contact"),
    };
    let resource = format!("Users/{}/{collection}/{id}", subscription.watched.user);
    json!({
        "subscriptionId": subscription.id,
        "subscriptionExpirationDateTime": precise(subscription.expires),
        "changeType": kind.word(),
        "resource": resource,
        "resourceData": {
            "@odata.type": kind_name,
            "@odata.id": resource,
            "@odata.etag": format!("W/\"{}\"", mailbox.key().change_key(change.change)),
            "id": id,
        },
        "clientState": subscription.client_state,
        "tenantId": subscription.tenant_id,
    })
}
