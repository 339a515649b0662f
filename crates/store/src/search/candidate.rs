//! Candidates: messages of an index, of folders or of customers, newest first, with what their rows say.

use model::id::{CustomerId, FolderId, MailboxId, MessageId, ThreadId};

use super::demand::Demand;
use crate::db::Db;
use crate::dialect::numbers;
use crate::error::StoreError;
use crate::statement::Sql;

/// A message that may be a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) message: MessageId,
    pub(super) mailbox: MailboxId,
    pub(super) folder: Option<FolderId>,
    pub(super) thread: Option<ThreadId>,
    pub(super) read: bool,
    pub(super) draft: bool,
    pub(super) flagged: bool,
    pub(super) has_attachments: bool,
    pub(super) private: bool,
    /// What copies of the same mail have in common.
    pub(super) copy_key: Option<i64>,
    /// For which group of mailboxes the index was asked when it gave this message; `None` if it was not asked.
    pub(super) found_in: Option<usize>,
}

/// Where candidates come from.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// From the index.
    Index(Demand),
    /// All of a folder.
    Folder(FolderId),
    /// All of some customers' threads.
    Customers(Vec<CustomerId>),
}

/// From which id on, and below which.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) floor: i64,
    pub(super) below: i64,
}

/// Mailboxes have few messages if, as far back as so many of their newest go, at most one in so many is theirs.
const FEW_OF: i64 = 128;
const FEW_AMONG: i64 = 8;

/// The ids of the newest messages of the mailboxes `$1` within bounds: at most `$4` of each. Only for PostgreSQL.
macro_rules! newest_of_each {
    () => {
        "SELECT own.id FROM {numbers $1} AS mailbox (id) CROSS JOIN LATERAL (SELECT message.id FROM message
            WHERE message.mailbox_id = mailbox.id AND message.id < $2 AND message.id >= $3 ORDER BY message.id DESC LIMIT $4) AS own
        ORDER BY own.id DESC"
    };
}

macro_rules! with_rows {
    ($found:expr) => {
        with_rows!($found, "")
    };
    ($found:expr, $and:literal) => {
        concat!(
            $found,
            " SELECT found.id, message.mailbox_id, message.folder_id, message.thread_id, message.is_read, message.is_draft,
                CASE WHEN message.flag = 'flagged' THEN 1 ELSE 0 END, message.has_attachments, message.private, message.copy_key
            FROM found LEFT JOIN message ON message.id = found.id AND message.deleted_at IS NULL",
            $and,
            " ORDER BY found.id DESC"
        )
    };
}

/// The newest candidates within bounds: the ids that were looked at, and the rows of those that exist.
pub(super) async fn rows(db: &Db, source: &Source, bounds: Bounds, limit: u32) -> Result<Vec<(MessageId, Option<Row>)>, StoreError> {
    const INDEX: Sql = Sql::each(
        with_rows!(
            "WITH found AS MATERIALIZED (SELECT rowid AS id FROM message_search
                WHERE message_search MATCH $1 AND rowid < $2 AND rowid >= $3 ORDER BY rowid DESC LIMIT $4)"
        ),
        with_rows!("WITH found AS MATERIALIZED (SELECT id FROM newest_matches(CAST(CAST($1 AS TEXT) AS TSQUERY), $2, $3, $4) AS id)"),
    );
    const FOLDER: &str = with_rows!(
        "WITH found AS MATERIALIZED (SELECT id FROM message
            WHERE folder_id = $1 AND id < $2 AND id >= $3 ORDER BY id DESC LIMIT $4)"
    );
    const CUSTOMERS: &str = with_rows!(
        "WITH found AS MATERIALIZED (SELECT DISTINCT message.id FROM thread_customer JOIN message ON message.thread_id = thread_customer.thread_id
            WHERE thread_customer.customer_id IN {numbers $1} AND message.id < $2 AND message.id >= $3 ORDER BY message.id DESC LIMIT $4)"
    );
    let (sql, first, group) = match source {
        Source::Index(demand) => (INDEX, demand.write(db.engine_name()).into(), Some(demand.group)),
        Source::Folder(folder) => (FOLDER.into(), (*folder).into(), None),
        Source::Customers(customers) => (CUSTOMERS.into(), numbers(customers.iter().map(|id| id.number())).into(), None),
    };
    let rows = db.query(sql, [first, bounds.below.into(), bounds.floor.into(), limit.into()]).await?;
    rows.into_iter().map(|row| row_of(row, group)).collect()
}

/// The newest messages of a demand's mailboxes within bounds, whatever they say: the ids of `count`, and the rows of those that
/// are what is wanted. Only for PostgreSQL.
pub(super) async fn leafed(db: &Db, demand: &Demand, bounds: Bounds, count: usize) -> Result<Vec<(MessageId, Option<Row>)>, StoreError> {
    const SQL: &str = with_rows!(
        concat!(
            "WITH newest AS MATERIALIZED (",
            newest_of_each!(),
            " LIMIT $4),
            found AS MATERIALIZED (SELECT newest.id, COALESCE((SELECT terms @@ CAST(CAST($5 AS TEXT) AS TSQUERY) FROM message_search
                WHERE message_search.message_id = newest.id), FALSE) AS matches FROM newest)"
        ),
        " AND found.matches"
    );
    let mailboxes = numbers(demand.mailboxes.iter().map(|id| id.number()));
    let args = [mailboxes.into(), bounds.below.into(), bounds.floor.into(), count.into(), demand.write(db.engine_name()).into()];
    let rows = db.query(SQL, args).await?;
    rows.into_iter().map(|row| row_of(row, Some(demand.group))).collect()
}

/// Whether the newest messages of these mailboxes are few among those of all mailboxes of their time. Only for PostgreSQL.
pub(super) async fn are_few(db: &Db, mailboxes: &[MailboxId], bounds: Bounds) -> Result<bool, StoreError> {
    const SQL: &str = concat!(
        "WITH last AS MATERIALIZED (",
        newest_of_each!(),
        " LIMIT 1 OFFSET $4 - 1)
        SELECT COUNT(*) FROM (SELECT 1 AS one FROM message_search
            WHERE message_id < $2 AND message_id >= COALESCE((SELECT id FROM last), $3) LIMIT $5) AS counted"
    );
    let least = FEW_OF * FEW_AMONG;
    let mailboxes = numbers(mailboxes.iter().map(|id| id.number()));
    let args = [mailboxes.into(), bounds.below.into(), bounds.floor.into(), FEW_OF.into(), least.into()];
    let counted: Option<i64> = db.query_first(SQL, args).await?.map(|mut row| row.read()).transpose()?;
    Ok(counted == Some(least))
}

/// The rows of these messages, as far as they exist, in any order.
pub(super) async fn rows_of(db: &Db, messages: &[MessageId]) -> Result<Vec<Row>, StoreError> {
    const SQL: &str = "SELECT id, mailbox_id, folder_id, thread_id, is_read, is_draft, CASE WHEN flag = 'flagged' THEN 1 ELSE 0 END,
            has_attachments, private, copy_key
        FROM message WHERE id IN {numbers $1} AND deleted_at IS NULL";
    let rows = db.query(SQL, [numbers(messages.iter().map(|id| id.number())).into()]).await?;
    rows.into_iter().filter_map(|row| row_of(row, None).map(|(_, row)| row).transpose()).collect()
}

fn row_of(mut row: crate::row::Row, found_in: Option<usize>) -> Result<(MessageId, Option<Row>), StoreError> {
    let message = row.read()?;
    let Some(mailbox) = row.read()? else { return Ok((message, None)) };
    let row = Row {
        message,
        mailbox,
        folder: row.read()?,
        thread: row.read()?,
        read: row.read()?,
        draft: row.read()?,
        flagged: row.read()?,
        has_attachments: row.read()?,
        private: row.read()?,
        copy_key: row.read()?,
        found_in,
    };
    Ok((message, Some(row)))
}

/// The ids of the newest messages of the index within bounds, newest first; quicker than rows, for many.
pub(super) async fn ids(db: &Db, demand: &Demand, bounds: Bounds, limit: usize) -> Result<Vec<i64>, StoreError> {
    const SQL: Sql = Sql::each(
        "SELECT group_concat(id) FROM (SELECT rowid AS id FROM message_search
            WHERE message_search MATCH $1 AND rowid < $2 AND rowid >= $3 ORDER BY rowid DESC LIMIT $4)",
        "SELECT newest_matching_ids(CAST(CAST($1 AS TEXT) AS TSQUERY), $2, $3, $4)",
    );
    let row = db.query_first(SQL, [demand.write(db.engine_name()).into(), bounds.below.into(), bounds.floor.into(), limit.into()]).await?;
    let list: Option<String> = row.map(|mut row| row.read()).transpose()?.flatten();
    let mut ids: Vec<i64> = list.unwrap_or_default().split(',').filter_map(|id| id.parse().ok()).collect();
    ids.sort_unstable_by(|one, other| other.cmp(one));
    Ok(ids)
}

/// Those of these messages that are in one of these mailboxes.
pub(super) async fn within_mailboxes(db: &Db, ids: &[i64], mailboxes: &[MailboxId]) -> Result<Vec<i64>, StoreError> {
    const SQL: &str = "SELECT id FROM message WHERE id IN {numbers $1} AND mailbox_id IN {numbers $2} ORDER BY id DESC";
    let args = [numbers(ids.iter().copied()).into(), numbers(mailboxes.iter().map(|id| id.number())).into()];
    db.query(SQL, args).await?.into_iter().map(|mut row| row.read()).collect()
}

/// The message of the index of all workspaces within bounds that comes after its `count` newest.
pub(super) async fn after_newest(db: &Db, bounds: Bounds, count: usize) -> Result<Option<MessageId>, StoreError> {
    const SQL: &str = "SELECT message_id FROM message_search WHERE message_id < $1 AND message_id >= $2
        ORDER BY message_id DESC LIMIT 1 OFFSET $3";
    db.query_first(SQL, [bounds.below.into(), bounds.floor.into(), count.into()]).await?.map(|mut row| row.read()).transpose()
}

/// How many messages the index of all workspaces has within bounds; `None` if more than `most`.
pub(super) async fn count(db: &Db, bounds: Bounds, most: usize) -> Result<Option<usize>, StoreError> {
    const SQL: &str =
        "SELECT COUNT(*) FROM (SELECT 1 AS one FROM message_search WHERE message_id < $1 AND message_id >= $2 LIMIT $3) AS counted";
    let counted = db.query_first(SQL, [bounds.below.into(), bounds.floor.into(), (most + 1).into()]).await?;
    let counted: i64 = counted.map_or(Ok(0), |mut row| row.read())?;
    Ok(usize::try_from(counted).ok().filter(|counted| *counted <= most))
}
