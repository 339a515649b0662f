//! Retention: forgets, once an hour and a piece at a time, what is older than is promised. Events and settled deliveries
//! are kept for 30 days; what an endpoint that is not called could not be told in that time is dropped first.

use std::time::Duration;

use base::Timestamp;
use model::id::WorkspaceId;
use store::work::{self, Lane, Lease};
use store::{Db, Ending, StoreError, Transaction, delivery, retention};

/// How long events and settled deliveries are kept.
pub const KEPT: Duration = Duration::from_secs(30 * 86_400);
/// How often it is looked what can go.
const EVERY: Duration = Duration::from_secs(3600);
/// Rows of a piece: a few milliseconds of SQLite's one writer.
const PIECE: u32 = 2_000;

pub(crate) async fn run(db: &Db, workspace: WorkspaceId, lease: &Lease, now: Timestamp) -> Result<Ending, StoreError> {
    let before = now.minus(KEPT);
    let mut piece = Transaction::new("keep.ledger").with(work::hold(lease)).with(retention::forget_deliveries(workspace, before, PIECE));
    for endpoint in retention::stale_endpoints(db, workspace, before).await? {
        piece.extend(delivery::skip_pending(endpoint, now));
    }
    let until = retention::forgettable(db, workspace, before, PIECE).await?;
    piece.extend(until.map(|until| retention::forget_events(workspace, until)));
    let outcome = db.commit(piece).await?;
    // More of the same kind is left when a piece was full: go on at once, after whoever waits.
    let full = until.is_some() || outcome.affected.get(1).is_some_and(|forgotten| *forgotten == u64::from(PIECE));
    Ok(Ending::Next(if full { now } else { now.plus(EVERY) }, Lane::Scheduled))
}
