//! Retention: forgets, once an hour and a piece at a time, what is older than is promised. Events and settled deliveries
//! are kept for 30 days, and touches of tracked mail, instructions and calendar intents too; what an endpoint that is not called could not be told in that time is
//! dropped first. Files that were brought for mail are kept for a day, or as long as a mail needs them: one that has failed for
//! 30 days.

use std::time::Duration;

use base::Timestamp;
use model::id::WorkspaceId;
use store::work::{self, Lane, Lease};
use store::{Db, Ending, StoreError, Transaction, calendar_intent, delivery, file, instruction, retention, touch};

/// How long events and settled deliveries are kept.
pub const KEPT: Duration = Duration::from_secs(30 * 86_400);
/// How long a file is kept that no mail needs.
pub const FILES_KEPT: Duration = Duration::from_secs(86_400);
/// Files of a piece: each may have a hundred chunks of a megabyte.
const FILES: u32 = 4;
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
    piece.extend(touch::forget(before, PIECE));
    piece.extend([instruction::forget(before, PIECE), calendar_intent::forget(before, PIECE)]);
    let files = file::forgettable(db, workspace, now.minus(FILES_KEPT), before, FILES).await?;
    piece.extend(files.iter().flat_map(|id| file::remove(*id)));
    let outcome = db.commit(piece).await?;
    // More of the same kind is left when a piece was full: go on at once, after whoever waits.
    let full =
        until.is_some() || files.len() == FILES as usize || outcome.affected.get(1).is_some_and(|forgotten| *forgotten == u64::from(PIECE));
    Ok(Ending::Next(if full { now } else { now.plus(EVERY) }, Lane::Scheduled))
}
