//! Keep a mailbox's subscription alive: made when there is none, renewed at half its life, made anew when it is gone.
//!
//! What happened while nobody watched is not lost: whenever a subscription is made, every folder is looked at. Where
//! Microsoft cannot reach us there is no subscription, and folders are polled. Source: Microsoft Graph, "change
//! notifications" and "lifecycle notifications".

use std::time::Duration;

use base::{Timestamp, random};
use graph::notification::client_state_hash;
use graph::subscription::{self as registration, NewSubscription};
use graph::{GraphError, NextLink};
use store::folder;
use store::subscription::{self, Subscription, SubscriptionState};
use store::work::{Lane, Lease};
use store::{Ending, Statement, StoreError, Transaction, due, work};

use crate::Inbound;
use crate::site::{Met, Site};

/// Between two renewals, at least.
const RENEWALS_APART: Duration = Duration::from_secs(300);
const CHANGES: &str = "created,updated,deleted";
/// Pages of our subscriptions looked through for one that is in the way.
const PAGES_MAX: usize = 50;

pub(crate) async fn run(inbound: &Inbound, lease: &Lease) -> Result<Ending, StoreError> {
    let Some(url) = inbound.settings.notification_url.clone() else { return Ok(Ending::Gone) };
    let site = match inbound.meet(lease).await? {
        Met::Open(site) => *site,
        Met::Shut(ending) => return Ok(ending),
    };
    let now = inbound.clock.now();
    let known = subscription::find(&inbound.db, site.mailbox.id).await?.filter(|known| known.is_watching(now));
    let done = match known {
        Some(known) if known.state == SubscriptionState::Active && now < known.renew_at => return Ok(next(known.renew_at)),
        Some(known) if now < may_be_renewed(inbound, &known) => return Ok(next(may_be_renewed(inbound, &known))),
        Some(known) => renew(inbound, lease, &site, &known, &url).await,
        None => create(inbound, lease, &site, &url).await,
    };
    match done? {
        Ok(renew_at) => Ok(next(renew_at)),
        Err(error) => {
            tracing::info!(mailbox.id = %site.mailbox.id, graph.code = error.code(), "No subscription for now, polling instead: {error}.");
            inbound.failed(lease, &site, &error).await
        }
    }
}

/// A subscription is also asked to be authorised again when the token it was made with nears its end. Doing so with that
/// same token would only be asked for again at once: some minutes later there is another.
fn may_be_renewed(inbound: &Inbound, known: &Subscription) -> Timestamp {
    known.expires_at.minus(inbound.settings.subscription_lifetime).plus(RENEWALS_APART)
}

fn next(renew_at: Timestamp) -> Ending {
    Ending::Next(renew_at, Lane::Scheduled)
}

type Done = Result<Result<Timestamp, GraphError>, StoreError>;

async fn renew(inbound: &Inbound, lease: &Lease, site: &Site, known: &Subscription, url: &str) -> Done {
    let now = inbound.clock.now();
    let until = now.plus(inbound.settings.subscription_lifetime);
    match registration::renew(&inbound.graph, &site.access.grant, &known.graph_id, until).await {
        Ok(renewed) => {
            let expires_at = renewed.expiration_date_time.unwrap_or(until);
            let renew_at = half_way(now, expires_at);
            let kept = subscription::set_renewed(&known.graph_id, expires_at, renew_at);
            inbound.db.commit(Transaction::new("subscription.renew").with(work::hold(lease)).with(kept)).await?;
            Ok(Ok(renew_at))
        }
        Err(error) if error.is_not_found() => create(inbound, lease, site, url).await,
        Err(error) => Ok(Err(error)),
    }
}

async fn create(inbound: &Inbound, lease: &Lease, site: &Site, url: &str) -> Done {
    let now = inbound.clock.now();
    let resource = registration::mail_resource(&site.access);
    let client_state = random::token();
    let until = now.plus(inbound.settings.subscription_lifetime);
    let new = NewSubscription {
        resource: &resource,
        change_type: CHANGES,
        notification_url: url,
        lifecycle_notification_url: inbound.settings.lifecycle_url.as_deref(),
        expiration_date_time: until,
        client_state: &client_state,
    };
    let made = match registration::create(&inbound.graph, &site.access.grant, &new).await {
        // One of ours is in the way: its answer was lost, or its row. Nobody knows its secret, so it goes.
        Err(error) if error.status().is_some_and(|status| status.as_u16() == 409) => {
            if let Err(error) = clear(inbound, site, &resource, url).await {
                return Ok(Err(error));
            }
            registration::create(&inbound.graph, &site.access.grant, &new).await
        }
        made => made,
    };
    let made = match made {
        Ok(made) => made,
        Err(error) => return Ok(Err(error)),
    };
    let expires_at = made.expiration_date_time.unwrap_or(until);
    let kept = Subscription {
        mailbox: site.mailbox.id,
        graph_id: made.id,
        client_state_hash: client_state_hash(&client_state),
        resource,
        state: SubscriptionState::Active,
        expires_at,
        renew_at: half_way(now, expires_at),
        created_at: now,
        last_notified_at: None,
    };
    let created = Transaction::new("subscription.create")
        .with(work::hold(lease))
        .with(subscription::put(&kept))
        .with_all(look_everywhere(inbound, site, now).await?);
    inbound.db.commit(created).await?;
    Ok(Ok(kept.renew_at))
}

/// Ends our subscriptions to this resource.
async fn clear(inbound: &Inbound, site: &Site, resource: &str, url: &str) -> Result<(), GraphError> {
    let grant = &site.access.grant;
    let same = |there: Option<&str>, here: &str| {
        there.is_some_and(|there| there.trim_start_matches('/').eq_ignore_ascii_case(here.trim_start_matches('/')))
    };
    let mut from: Option<NextLink> = None;
    for _ in 0..PAGES_MAX {
        let page = registration::list(&inbound.graph, grant, from.as_ref()).await?;
        for there in page.items {
            if same(there.resource.as_deref(), resource) && there.notification_url.as_deref().is_none_or(|there| there == url) {
                registration::delete(&inbound.graph, grant, &there.id).await?;
            }
        }
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    Ok(())
}

/// Makes every folder due: nobody was told what changed before this moment.
async fn look_everywhere(inbound: &Inbound, site: &Site, now: Timestamp) -> Result<Vec<Statement>, StoreError> {
    let id = site.mailbox.id;
    let folders = folder::list(&inbound.db, id).await?;
    let there = folders.iter().filter(|folder| folder.removed_at.is_none());
    let mut statements: Vec<Statement> = there.map(|folder| due::pull_messages(id, folder.id, Lane::Scheduled, now)).collect();
    statements.push(due::mailbox(due::PULL_FOLDERS, id, Lane::Scheduled, now));
    Ok(statements)
}

fn half_way(now: Timestamp, expires_at: Timestamp) -> Timestamp {
    now.plus(expires_at.since(now) / 2)
}
