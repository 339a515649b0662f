//! Look whether a stopped mailbox can be reached again, so that it goes on by itself when an administrator has mended
//! what was wrong: a permission given back, a licence, an account enabled again.

use graph::mail::folder::folder;
use model::event::{EventKind, NewEvent};
use model::mailbox::MailboxState;
use store::connection::{self, ConnectionState};
use store::work::{Lane, Lease};
use store::{Ending, StoreError, Transaction, due, ledger, mailbox, work};

use crate::Inbound;
use crate::site::Site;

pub(crate) async fn run(inbound: &Inbound, lease: &Lease) -> Result<Ending, StoreError> {
    let found = match due::mailbox_of(&lease.key) {
        Some(id) => mailbox::find(&inbound.db, id).await?,
        None => None,
    };
    let Some(stopped) = found.filter(|mailbox| mailbox.state == MailboxState::Stopped) else { return Ok(Ending::Gone) };
    let now = inbound.clock.now();
    let site = Site::new(stopped, lease);
    match folder(&inbound.graph, &site.access, "inbox").await {
        Ok(_) => {
            resume(inbound, lease, &site).await?;
            Ok(Ending::Gone)
        }
        Err(_) => Ok(Ending::Next(now.plus(inbound.settings.probe_interval), Lane::Scheduled)),
    }
}

async fn resume(inbound: &Inbound, lease: &Lease, site: &Site) -> Result<(), StoreError> {
    let (id, now) = (site.mailbox.id, inbound.clock.now());
    let event = NewEvent { kind: EventKind::MailboxResumed, subject: id.number(), backfill: false, data: serde_json::Value::Null };
    let resumed = Transaction::new("mailbox.resume")
        .with(work::hold(lease))
        .with(mailbox::resume(id, now))
        .with(connection::set_state(site.mailbox.connection, ConnectionState::Connected, None, now))
        .with(due::mailbox(due::PULL_FOLDERS, id, Lane::Notified, now))
        .with(due::mailbox(due::PULL_HINTS, id, Lane::Notified, now))
        .with(due::mailbox(due::PULL_ATTACHMENTS, id, Lane::Scheduled, now))
        .with(due::mailbox(due::KEEP_SUBSCRIPTION, id, Lane::Scheduled, now))
        .with_all(due::decide(site.mailbox.workspace, now))
        .with_all(ledger::append(site.mailbox.workspace, id, now, &[event]));
    match inbound.db.commit(resumed).await {
        Ok(_) | Err(StoreError::Refused { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}
