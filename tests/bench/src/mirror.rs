//! A look into the product's database from outside, reading only.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

/// The product's database.
#[derive(Debug)]
pub struct Mirror(Connection);

/// How far the product is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Messages that are here; 0 while a first sync runs or not everything is decided.
    pub messages: u64,
    /// Mailboxes whose first sync is complete.
    pub live: u64,
    /// Subscriptions that are running.
    pub subscriptions: u64,
    /// The newest event.
    pub head: i64,
    /// Up to which event every consumer has decided.
    pub decided: i64,
}

impl Mirror {
    /// Opens it.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        Ok(Mirror(connection))
    }

    /// How far the product is. Messages are counted only once everything is decided: counting a large mailbox many times
    /// a second would slow down what is measured.
    ///
    /// # Errors
    /// If the tables are not what they were.
    pub fn progress(&self) -> anyhow::Result<Progress> {
        let number = |sql: &str| -> rusqlite::Result<i64> { self.0.prepare_cached(sql)?.query_row([], |row| row.get(0)) };
        let head = number("SELECT COALESCE(MAX(seq), 0) FROM stream WHERE kind = 'w'")?;
        let decided = number("SELECT CASE WHEN COUNT(*) < 2 THEN 0 ELSE MIN(seq) END FROM consumer_cursor")?;
        let live = number("SELECT COUNT(*) FROM mailbox WHERE first_synced_at IS NOT NULL")?.unsigned_abs();
        let done = live > 0 && decided >= head;
        Ok(Progress {
            messages: if done { number("SELECT COUNT(*) FROM message WHERE deleted_at IS NULL")?.unsigned_abs() } else { 0 },
            live,
            subscriptions: number("SELECT COUNT(*) FROM subscription")?.unsigned_abs(),
            head,
            decided,
        })
    }

    /// The newest event of the ledger: cheap enough to look many times a second.
    ///
    /// # Errors
    /// If the tables are not what they were.
    pub fn head(&self) -> anyhow::Result<i64> {
        Ok(self.0.prepare_cached("SELECT COALESCE(MAX(seq), 0) FROM stream WHERE kind = 'w'")?.query_row([], |row| row.get(0))?)
    }

    /// Notifications that are still to be followed.
    ///
    /// # Errors
    /// If the tables are not what they were.
    pub fn hints(&self) -> anyhow::Result<u64> {
        let count: i64 = self.0.prepare_cached("SELECT COUNT(*) FROM hint")?.query_row([], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    /// Graph's ids of the messages received by the events after `after`, and the last event's number.
    ///
    /// # Errors
    /// If the tables are not what they were.
    pub fn received_after(&self, after: i64) -> anyhow::Result<(Vec<String>, i64)> {
        let mut statement = self.0.prepare_cached(
            "SELECT event.seq, CASE WHEN event.kind = 'message.received' THEN message.graph_id END
             FROM event LEFT JOIN message ON message.id = event.subject_id WHERE event.seq > ?1 ORDER BY event.seq",
        )?;
        let mut last = after;
        let mut received = Vec::new();
        let mut rows = statement.query([after])?;
        while let Some(row) = rows.next()? {
            last = row.get(0)?;
            received.extend(row.get::<_, Option<String>>(1)?);
        }
        Ok((received, last))
    }
}
