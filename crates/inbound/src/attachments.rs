//! List attachments: names, types and sizes of what messages carry, twenty messages to a batch, newest first.
//!
//! The bytes stay at Microsoft until somebody wants them.

use base::Recourse;
use graph::mail::attachment::attachments;
use store::work::{Lane, Lease};
use store::{Ending, StoreError, Transaction, message, work};

use crate::Inbound;
use crate::reading;
use crate::site::Met;

/// Messages in one batch.
const BATCH: u32 = 20;
/// Batches that one unit takes before others get their turn.
const BATCHES_MAX: usize = 5;

pub(crate) async fn run(inbound: &Inbound, lease: &Lease) -> Result<Ending, StoreError> {
    let site = match inbound.meet(lease).await? {
        Met::Open(site) => *site,
        Met::Shut(ending) => return Ok(ending),
    };
    let access = site.access.in_lane(graph::Lane::Backfill);
    for _ in 0..BATCHES_MAX {
        let wanting = message::wanting_attachments(&inbound.db, site.mailbox.id, BATCH).await?;
        if wanting.is_empty() {
            return Ok(Ending::Rest);
        }
        let ids: Vec<&str> = wanting.iter().map(|(_, graph_id)| graph_id.as_str()).collect();
        let outcomes = attachments(&inbound.graph, &access, &ids).await;
        let mut listed = Transaction::new("pull.attachments").with(work::hold(lease));
        let mut failure = None;
        for ((id, _), outcome) in wanting.iter().zip(outcomes) {
            match outcome {
                Ok(found) => {
                    let found: Vec<_> = found.into_iter().map(reading::attachment).collect();
                    listed.extend(message::put_attachments(*id, &found));
                    listed.push(message::attachments_listed(*id));
                }
                // Gone, or unreadable for ever: the folder's delta will say more, this list will not.
                Err(error) if error.recourse() == Recourse::Refuse && error.status().is_none_or(|status| status.as_u16() != 403) => {
                    listed.push(message::attachments_listed(*id));
                }
                Err(error) => failure = Some(error),
            }
        }
        inbound.db.commit(listed).await?;
        if let Some(error) = failure {
            return inbound.failed(lease, &site, &error).await;
        }
    }
    Ok(Ending::Next(inbound.clock.now(), Lane::Scheduled))
}
