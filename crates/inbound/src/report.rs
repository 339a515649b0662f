//! Reports: what mail systems say became of mail that we sent. Graph gives only the text of a report, so the message is read as it
//! was on the wire, once, soon after it came in.

use std::collections::BTreeSet;
use std::time::Duration;

use base::{Recourse, Timestamp};
use graph::mail::messages;
use model::bounce::{self, Failure, Kind, Notice};
use model::id::WorkspaceId;
use model::message::{Message, MessageBody};
use model::nature::Nature;
use model::outgoing::{Outgoing, OutgoingState};
use store::bounce::Bounce;
use store::outgoing::{self, Listed};
use store::work::{Lane, Lease};
use store::{Ending, StoreError, Transaction, due, message, work};

use crate::Inbound;
use crate::site::{Met, Site};

/// How long after a report to look again for the mail that it is about, while the copies of some are still looked for: only the
/// copy has the `Message-ID` that the report names.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// Whether a message that comes in may report on mail that we sent.
pub(crate) fn may_be(message: &Message, body: &MessageBody) -> bool {
    let headers: Vec<(String, String)> = body.headers.as_deref().and_then(|headers| serde_json::from_str(headers).ok()).unwrap_or_default();
    let author = message.from.as_ref().map_or("", |from| from.address.as_str());
    message.nature == Nature::Automatic && bounce::may_be(author, headers.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

pub(crate) async fn run(inbound: &Inbound, lease: &Lease) -> Result<Ending, StoreError> {
    let site = match inbound.meet(lease).await? {
        Met::Open(site) => *site,
        Met::Shut(ending) => return Ok(ending),
    };
    let found = match due::report_of(&lease.key) {
        Some(id) => message::find(&inbound.db, id).await?.filter(|found| found.message.mailbox == site.mailbox.id),
        None => None,
    };
    let Some(report) = found.map(|found| found.message) else { return Ok(Ending::Gone) };
    let raw = match messages::mime(&inbound.graph, &site.access, &report.graph_id).await {
        Ok(raw) => raw,
        Err(error) if error.is_not_found() => return Ok(Ending::Gone),
        // It cannot be read, and never will be: what it says stands in its text for a person.
        Err(error) if error.recourse() == Recourse::Refuse && error.status().is_none_or(|status| status.as_u16() != 403) => {
            return Ok(Ending::Gone);
        }
        Err(error) => return inbound.failed(lease, &site, &error).await,
    };
    let Some(notice) = bounce::read(&raw).filter(|notice| matches!(notice.kind, Kind::Failed | Kind::Delayed)) else {
        return Ok(Ending::Gone);
    };
    match about(inbound, site.mailbox.workspace, &notice).await? {
        Some(outgoing) => keep(inbound, lease, &outgoing, &notice, &report).await,
        None if awaits_a_copy(inbound, &site).await? => Ok(Ending::Next(inbound.clock.now().plus(LOOK_AGAIN), Lane::Scheduled)),
        None => Ok(Ending::Gone),
    }
}

/// The mail of ours that a report is about.
async fn about(inbound: &Inbound, workspace: WorkspaceId, notice: &Notice) -> Result<Option<Outgoing>, StoreError> {
    match &notice.original_message_id {
        Some(id) => outgoing::by_message_id(&inbound.db, workspace, &format!("<{id}>")).await,
        None => Ok(None),
    }
}

async fn awaits_a_copy(inbound: &Inbound, site: &Site) -> Result<bool, StoreError> {
    for state in [OutgoingState::Accepted, OutgoingState::Sending] {
        let listed = Listed { mailbox: Some(site.mailbox.id), state: Some(state), before: None };
        if !outgoing::list(&inbound.db, site.mailbox.workspace, listed, 1).await?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn keep(inbound: &Inbound, lease: &Lease, outgoing: &Outgoing, notice: &Notice, report: &Message) -> Result<Ending, StoreError> {
    if store::bounce::is_known(&inbound.db, outgoing.id, report.id).await? {
        return Ok(Ending::Gone);
    }
    let bounces = bounces(outgoing, notice, (report.id, report.received_at));
    let kept =
        Transaction::new("pull.report").with(work::hold(lease)).with_all(store::bounce::report(outgoing, &bounces, inbound.clock.now()));
    inbound.db.commit(kept).await?;
    Ok(Ending::Gone)
}

/// What a report says about recipients of this mail. Whoever is not on it is left out: anybody can write a report.
fn bounces(outgoing: &Outgoing, notice: &Notice, (report, reported_at): (model::id::MessageId, Timestamp)) -> Vec<Bounce> {
    let recipients = &outgoing.written.recipients;
    let written_to: BTreeSet<String> =
        [&recipients.to, &recipients.cc, &recipients.bcc].into_iter().flatten().map(|one| one.address.to_ascii_lowercase()).collect();
    let recipient_of = |failure: &Failure| {
        let named = [&failure.original_recipient, &failure.recipient].into_iter().flatten().map(|address| address.to_ascii_lowercase());
        match named.clone().find(|address| written_to.contains(address)) {
            Some(address) => Some(address),
            // It names where the mail was passed on to, or nobody.
            None if written_to.len() == 1 => written_to.first().cloned(),
            None if named.count() == 0 => Some(String::new()),
            None => None,
        }
    };
    let bounce = |failure: &Failure| {
        Some(Bounce {
            recipient: recipient_of(failure)?,
            failed: failure.kind == Kind::Failed,
            hard: failure.hard,
            status: failure.status.clone(),
            reason: failure.reason.name().to_owned(),
            diagnostic: failure.diagnostic.clone(),
            report,
            reported_at,
        })
    };
    notice.failures.iter().filter(|failure| matches!(failure.kind, Kind::Failed | Kind::Delayed)).filter_map(bounce).collect()
}
