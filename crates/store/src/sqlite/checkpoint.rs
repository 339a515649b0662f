//! Checkpoints: what was committed is copied from the write-ahead log into the database by a thread of its own, so that
//! the writer does not stand still while a disk is waited for.
//!
//! Beside a writer that never rests, such a copy never reaches the end of the log, and only a log that was copied whole
//! begins anew. So the writer copies the rest itself when the log has grown long; little is left to copy by then, but it
//! waits three times for the disk (log, database, the new log's head), 15 to 40 ms each in which nobody is served. So that is
//! rare, while the thread copies often: a copy of much at once keeps the disk busy when the writer needs it.
//! Source: <https://www.sqlite.org/wal.html>, "Avoiding Excessively Large WAL Files".

use std::sync::mpsc;

use rusqlite::Connection;

use super::prepared::Prepared;
use crate::error::StoreError;

/// Pages that wait to be copied before somebody is asked to.
const WAITING_PAGES: i64 = 1000;
/// Pages in the log after which the writer copies the rest itself: 256 MiB.
const LOG_PAGES: i64 = 32_768;

/// Asks for checkpoints when they are needed.
pub(super) struct Checkpoints {
    ask: mpsc::SyncSender<()>,
}

impl Checkpoints {
    /// Starts the thread; it ends with the value.
    pub(super) fn start(connection: Connection) -> Result<Self, StoreError> {
        let (ask, asked) = mpsc::sync_channel(1);
        super::spawn("store-checkpoint", move || {
            let mut prepared = Prepared::new(&connection);
            while asked.recv().is_ok() {
                if let Err(error) = prepared.execute("PRAGMA wal_checkpoint(PASSIVE)", &[]) {
                    tracing::warn!("The write-ahead log could not be copied and grows: {error}.");
                }
            }
        })?;
        Ok(Checkpoints { ask })
    }

    /// Looks at the log after a commit.
    pub(super) fn after_commit(&self, writer: &mut Prepared<'_>) -> Result<(), StoreError> {
        let (_, mut rows) = writer.execute("PRAGMA wal_checkpoint(NOOP)", &[])?;
        let Some(mut row) = rows.pop() else { return Ok(()) };
        let (_busy, logged, copied): (i64, i64, i64) = (row.read()?, row.read()?, row.read()?);
        if logged >= LOG_PAGES {
            writer.execute("PRAGMA wal_checkpoint(PASSIVE)", &[])?;
        } else if logged - copied >= WAITING_PAGES {
            // A thread that is busy copying looks again by itself when the next commit asks.
            let _ = self.ask.try_send(());
        }
        Ok(())
    }
}
