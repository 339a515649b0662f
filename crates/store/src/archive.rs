//! Archives: which messages are brought out of mailboxes, where to, how far that is, and what became of each.
//!
//! What belongs to an archive is listed before anything is brought out, so that a message that is deleted meanwhile is named as
//! missing. Every statement that writes progress guards its transaction by the archive's state: a person's cancelling and a
//! carrier's progress cannot both happen. The secret of a target comes and goes sealed, for [`secret_place`].

use base::{Problem, Timestamp};
use model::archive::{Archive, ArchiveState, Fate, Item, Kept, Target, Wanted};
use model::id::{ArchiveId, MailboxId, MessageId, WorkspaceId};
use serde::de::DeserializeOwned;

use crate::connection::{problem_from, problem_value};
use crate::db::Db;
use crate::dialect::numbers;
use crate::due;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;
use crate::value::Value;
use crate::work::{Lane, mark_due};

/// The name of the guard of all progress.
pub const GOES_ON: &str = "the archive goes on";

/// For which place in the vault the secret of an archive's target is sealed.
pub fn secret_place(archive: ArchiveId) -> String {
    format!("archive/{archive}/secret")
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, state, wanted, mailboxes, target, secret_sealed, by_command, plan_cursor, planned_at, planned, kept,
                missing, size_bytes, opened, written_bytes, followed_to, manifest_sha256, problem, asked_by, asked_at, finished_at FROM archive ",
            $rest
        )
    };
}

macro_rules! select_items {
    ($rest:literal) => {
        concat!(
            "SELECT message_id, mailbox_id, graph_id, internet_message_id, folder, received_at, tries, state, size_bytes, sha256, file,
                start, altered, code, detail FROM archive_item ",
            $rest
        )
    };
}

/// An archive is asked for: its row, and its carrying is due.
pub fn ask(archive: &Archive) -> [Statement; 2] {
    const SQL: &str = "INSERT INTO archive (id, workspace_id, state, wanted, mailboxes, target, secret_sealed, by_command, planned, kept,
            missing, size_bytes, opened, written_bytes, followed_to, asked_by, asked_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0, 0, 0, 0, COALESCE((SELECT seq FROM stream WHERE kind = 'w' AND id = $2), 0), $9, $10)";
    let json = |value: serde_json::Result<String>| value.expect("our nouns are JSON");
    let args: [Value; 10] = [
        archive.id.into(),
        archive.workspace.into(),
        archive.state.name().into(),
        json(serde_json::to_string(&archive.wanted)).into(),
        archive.mailboxes.as_ref().map(|mailboxes| json(serde_json::to_string(mailboxes))).into(),
        json(serde_json::to_string(&archive.target)).into(),
        archive.secret_sealed.clone().into(),
        archive.by_command.into(),
        (&archive.asked_by).into(),
        archive.asked_at.into(),
    ];
    [Statement::new(SQL, args), carry(archive, archive.asked_at)]
}

/// The kind of due work by which an archive is carried: every server's, or of the one command that carries it alone.
pub fn kind_of_work(archive: &Archive) -> String {
    if archive.by_command { format!("{}/{}", due::CARRY_ARCHIVE, archive.id) } else { due::CARRY_ARCHIVE.to_owned() }
}

fn carry(archive: &Archive, at: Timestamp) -> Statement {
    mark_due(&kind_of_work(archive), &archive.id.to_string(), Lane::Scheduled, at)
}

/// A page of what belongs to it, and where listing goes on; `None` when all is listed. Guards its transaction.
pub fn plan(archive: ArchiveId, items: &[Item], next: Option<&str>, at: Timestamp) -> Vec<Statement> {
    const ON: &str = "UPDATE archive SET plan_cursor = $2 WHERE id = $1 AND state = 'planning'";
    const WHOLE: &str = "UPDATE archive SET state = 'carrying', plan_cursor = NULL, planned_at = $2,
            planned = (SELECT COUNT(*) FROM archive_item WHERE archive_id = $1) WHERE id = $1 AND state = 'planning'";
    let mut statements: Vec<Statement> = items.iter().map(|item| add(archive, item)).collect();
    statements.push(match next {
        Some(next) => Statement::new(ON, [archive.into(), next.into()]).expect_rows(1, GOES_ON),
        None => Statement::new(WHOLE, [archive.into(), at.into()]).expect_rows(1, GOES_ON),
    });
    statements
}

fn add(archive: ArchiveId, item: &Item) -> Statement {
    const SQL: &str = "INSERT INTO archive_item (archive_id, message_id, mailbox_id, graph_id, internet_message_id, folder, received_at,
            state, tries, not_before)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', 0, 0) ON CONFLICT (archive_id, message_id) DO NOTHING";
    let args: [Value; 7] = [
        archive.into(),
        item.message.into(),
        item.mailbox.into(),
        (&item.graph_id).into(),
        item.internet_message_id.as_ref().into(),
        (&item.folder).into(),
        item.received_at.into(),
    ];
    Statement::new(SQL, args)
}

/// What has come in for a continuous archive, none of which it had, up to this event of the ledger. Guards its transaction.
pub fn follow(archive: &Archive, items: &[Item], to: i64) -> Vec<Statement> {
    const SQL: &str =
        "UPDATE archive SET planned = planned + $2, followed_to = $4 WHERE id = $1 AND state = 'carrying' AND followed_to = $3";
    let moved = Statement::new(SQL, [archive.id.into(), items.len().into(), archive.followed_to.into(), to.into()]);
    let added = items.iter().map(|item| add(archive.id, item));
    std::iter::once(moved.expect_rows(1, GOES_ON)).chain(added).collect()
}

/// A continuous archive is listed anew, because the ledger no longer tells all that came in; what it has, it keeps. Guards its
/// transaction.
pub fn plan_anew(archive: &Archive) -> Statement {
    const SQL: &str = "UPDATE archive SET state = 'planning', planned_at = NULL,
            followed_to = COALESCE((SELECT seq FROM stream WHERE kind = 'w' AND id = $2), 0) WHERE id = $1 AND state = 'carrying'";
    Statement::new(SQL, [archive.id.into(), archive.workspace.into()]).expect_rows(1, GOES_ON)
}

/// The target is begun: what lies there from now on is our own. Guards its transaction.
pub fn open(archive: ArchiveId) -> Statement {
    Statement::new("UPDATE archive SET opened = 1 WHERE id = $1 AND state = 'carrying'", [archive.into()]).expect_rows(1, GOES_ON)
}

/// What became of one message.
pub fn settle(archive: ArchiveId, message: MessageId, fate: &Fate) -> Statement {
    const SQL: &str = "UPDATE archive_item SET state = $3, size_bytes = $4, sha256 = $5, file = $6, start = $7, altered = $8, code = $9,
            detail = $10 WHERE archive_id = $1 AND message_id = $2 AND state = 'waiting'";
    let mut args: Vec<Value> = vec![archive.into(), message.into()];
    match fate {
        Fate::Kept(kept) => args.extend([
            "kept".into(),
            kept.size_bytes.into(),
            kept.sha256.clone().into(),
            (&kept.file).into(),
            kept.start.into(),
            kept.altered.as_ref().into(),
            Value::Null,
            Value::Null,
        ]),
        Fate::Missing { code, detail } => {
            args.push("missing".into());
            args.extend(std::iter::repeat_n(Value::Null, 5));
            args.extend([code.into(), detail.into()]);
        }
    }
    Statement::new(SQL, args).expect_rows(1, "the message waited")
}

/// A message is tried again, not before then.
pub fn put_off(archive: ArchiveId, message: MessageId, not_before: Timestamp) -> Statement {
    const SQL: &str = "UPDATE archive_item SET tries = tries + 1, not_before = $3 WHERE archive_id = $1 AND message_id = $2";
    Statement::new(SQL, [archive.into(), message.into(), not_before.into()])
}

/// What a batch has come to: so many more messages and bytes, and how much of an mbox file is written now. Guards its transaction.
pub fn progress(archive: ArchiveId, kept: usize, missing: usize, more_bytes: i64, written_bytes: i64) -> Statement {
    const SQL: &str = "UPDATE archive SET kept = kept + $2, missing = missing + $3, size_bytes = size_bytes + $4, written_bytes = $5,
            problem = NULL WHERE id = $1 AND state = 'carrying'";
    Statement::new(SQL, [archive.into(), kept.into(), missing.into(), more_bytes.into(), written_bytes.into()]).expect_rows(1, GOES_ON)
}

/// Why it waits, for people to see. Guards nothing.
pub fn note(archive: ArchiveId, problem: &Problem) -> Statement {
    const SQL: &str = "UPDATE archive SET problem = $2 WHERE id = $1 AND state IN ('planning', 'carrying')";
    Statement::new(SQL, [archive.into(), problem_value(Some(problem))])
}

/// Each message was brought out or is named as missing, and the manifest says so. Guards its transaction.
pub fn finish(archive: ArchiveId, manifest_sha256: &[u8], at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE archive SET state = 'done', manifest_sha256 = $2, finished_at = $3, problem = NULL
        WHERE id = $1 AND state = 'carrying'";
    Statement::new(SQL, [archive.into(), manifest_sha256.into(), at.into()]).expect_rows(1, GOES_ON)
}

/// It stands still until a person resumes it. Guards its transaction.
pub fn fail(archive: ArchiveId, problem: &Problem, at: Timestamp) -> Statement {
    const SQL: &str =
        "UPDATE archive SET state = 'failed', problem = $2, finished_at = $3 WHERE id = $1 AND state IN ('planning', 'carrying')";
    Statement::new(SQL, [archive.into(), problem_value(Some(problem)), at.into()]).expect_rows(1, GOES_ON)
}

/// A person has stopped it. Guards its transaction.
pub fn cancel(archive: ArchiveId, at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE archive SET state = 'cancelled', finished_at = $2 WHERE id = $1 AND state IN ('planning', 'carrying')";
    Statement::new(SQL, [archive.into(), at.into()]).expect_rows(1, GOES_ON)
}

/// It goes on where it stood, with another secret of its target if one is given. Guards its transaction.
pub fn resume(archive: &Archive, secret_sealed: Option<Vec<u8>>, at: Timestamp) -> [Statement; 2] {
    const SQL: &str = "UPDATE archive SET state = CASE WHEN planned_at IS NULL THEN 'planning' ELSE 'carrying' END, problem = NULL,
            finished_at = NULL, secret_sealed = COALESCE($2, secret_sealed) WHERE id = $1 AND state IN ('failed', 'cancelled')";
    let resumed = Statement::new(SQL, [archive.id.into(), secret_sealed.into()]).expect_rows(1, "the archive stands still");
    [resumed, carry(archive, at)]
}

/// One archive.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, archive: ArchiveId) -> Result<Option<Archive>, StoreError> {
    db.query_first(select!("WHERE id = $1"), [archive.into()]).await?.map(archive_of).transpose()
}

/// Archives of a workspace older than `before`, the newest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db, workspace: WorkspaceId, before: Option<ArchiveId>, limit: u32) -> Result<Vec<Archive>, StoreError> {
    const SQL: &str = select!("WHERE workspace_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
    let before = before.map_or(i64::MAX, ArchiveId::number);
    db.query(SQL, [workspace.into(), before.into(), limit.into()]).await?.into_iter().map(archive_of).collect()
}

/// Messages that wait and may be tried now, the oldest first, but for those of some mailboxes.
///
/// # Errors
/// As [`Db::query`].
pub async fn waiting(db: &Db, archive: ArchiveId, now: Timestamp, but_for: &[MailboxId], limit: u32) -> Result<Vec<Item>, StoreError> {
    const SQL: &str = select_items!(
        "WHERE archive_id = $1 AND state = 'waiting' AND not_before <= $2 AND mailbox_id NOT IN {numbers $3} ORDER BY message_id LIMIT $4"
    );
    let but_for = numbers(but_for.iter().map(|mailbox| mailbox.number()));
    db.query(SQL, [archive.into(), now.into(), but_for.into(), limit.into()]).await?.into_iter().map(item_of).collect()
}

/// When the next message that waits may be tried; `None` if none waits.
///
/// # Errors
/// As [`Db::query`].
pub async fn next_waiting(db: &Db, archive: ArchiveId) -> Result<Option<Timestamp>, StoreError> {
    const SQL: &str = "SELECT MIN(not_before) FROM archive_item WHERE archive_id = $1 AND state = 'waiting'";
    Ok(db.query_first(SQL, [archive.into()]).await?.map(|mut row| row.read::<Option<Timestamp>>()).transpose()?.flatten())
}

/// Those of these messages that belong to an archive already, in any order.
///
/// # Errors
/// As [`Db::query`].
pub async fn known(db: &Db, archive: ArchiveId, messages: &[MessageId]) -> Result<Vec<MessageId>, StoreError> {
    const SQL: &str = "SELECT message_id FROM archive_item WHERE archive_id = $1 AND message_id IN {numbers $2}";
    let messages = numbers(messages.iter().map(|message| message.number()));
    db.query(SQL, [archive.into(), messages.into()]).await?.into_iter().map(|mut row| row.read()).collect()
}

/// Messages of an archive behind `after`, the oldest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn items(db: &Db, archive: ArchiveId, after: Option<MessageId>, limit: u32) -> Result<Vec<Item>, StoreError> {
    const SQL: &str = select_items!("WHERE archive_id = $1 AND message_id > $2 ORDER BY message_id LIMIT $3");
    let after = after.map_or(-1, MessageId::number);
    db.query(SQL, [archive.into(), after.into(), limit.into()]).await?.into_iter().map(item_of).collect()
}

/// Messages of an archive behind `after` that could not be had, the oldest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn missing(db: &Db, archive: ArchiveId, after: Option<MessageId>, limit: u32) -> Result<Vec<Item>, StoreError> {
    const SQL: &str = select_items!("WHERE archive_id = $1 AND state = 'missing' AND message_id > $2 ORDER BY message_id LIMIT $3");
    let after = after.map_or(-1, MessageId::number);
    db.query(SQL, [archive.into(), after.into(), limit.into()]).await?.into_iter().map(item_of).collect()
}

fn archive_of(mut row: Row) -> Result<Archive, StoreError> {
    let row = &mut row;
    Ok(Archive {
        id: row.read()?,
        workspace: row.read()?,
        state: {
            let name: String = row.read()?;
            ArchiveState::named(&name).ok_or_else(|| StoreError::Broken(format!("no archive is {name}")))?
        },
        wanted: json::<Wanted>(&row.read::<String>()?)?,
        mailboxes: row.read::<Option<String>>()?.map(|text| json::<Vec<MailboxId>>(&text)).transpose()?,
        target: json::<Target>(&row.read::<String>()?)?,
        secret_sealed: row.read()?,
        by_command: row.read()?,
        plan_cursor: row.read()?,
        planned_at: row.read()?,
        planned: row.read()?,
        kept: row.read()?,
        missing: row.read()?,
        size_bytes: row.read()?,
        opened: row.read()?,
        written_bytes: row.read()?,
        followed_to: row.read()?,
        manifest_sha256: row.read()?,
        problem: problem_from(row.read()?)?,
        asked_by: row.read()?,
        asked_at: row.read()?,
        finished_at: row.read()?,
    })
}

fn json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Broken(format!("an archive is no JSON of its kind: {error}")))
}

fn item_of(mut row: Row) -> Result<Item, StoreError> {
    let row = &mut row;
    let mut item = Item {
        message: row.read()?,
        mailbox: row.read()?,
        graph_id: row.read()?,
        internet_message_id: row.read()?,
        folder: row.read()?,
        received_at: row.read()?,
        tries: u32::try_from(row.read::<i64>()?).unwrap_or(u32::MAX),
        fate: None,
    };
    let state: String = row.read()?;
    let (size_bytes, sha256, file): (Option<i64>, Option<Vec<u8>>, Option<String>) = (row.read()?, row.read()?, row.read()?);
    let (start, altered) = (row.read()?, row.read()?);
    let (code, detail): (Option<String>, Option<String>) = (row.read()?, row.read()?);
    item.fate = match state.as_str() {
        "kept" => Some(Fate::Kept(Kept {
            size_bytes: size_bytes.unwrap_or_default(),
            sha256: sha256.unwrap_or_default(),
            file: file.unwrap_or_default(),
            start,
            altered,
        })),
        "missing" => Some(Fate::Missing { code: code.unwrap_or_default(), detail: detail.unwrap_or_default() }),
        _ => None,
    };
    Ok(item)
}
