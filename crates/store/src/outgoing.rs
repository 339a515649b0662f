//! Outgoing mail: what is to leave, how far it is, and what came of it. The row is the whole truth of a sending: each step
//! of the carrier is written here before it is done where it cannot be undone, and after it where it can.
//!
//! Every change of a row raises its `version`, and every statement here that changes one guards its transaction by the
//! version that was read, so that a person's cancelling and the carrier's sending cannot both happen.

use std::collections::BTreeSet;

use base::{Problem, Timestamp};
use model::event::{EventKind, NewEvent};
use model::id::{FileId, MailboxId, OutgoingId, WorkspaceId};
use model::outgoing::{Intent, Outgoing, OutgoingKind, OutgoingState};
use serde_json::json;

use crate::connection::{problem_from, problem_value};
use crate::db::Db;
use crate::dialect::texts;
use crate::due;
use crate::error::StoreError;
use crate::ledger;
use crate::row::Row;
use crate::statement::Statement;
use crate::value::Value;
use crate::work::{Lane, mark_due};

/// The name of the guard of every change: decide again on a fresh reading.
pub const AS_IT_WAS: &str = "the outgoing mail is as it was read";

/// The name of the guard of every mail that needs files.
pub const FILES_ARE_THERE: &str = "the files of the mail are there";

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, mailbox_id, state, intent, mark, kind, original_id, written, asked_by, asked_at, send_at,
                draft_graph_id, attempted_at, internet_message_id, accepted_at, sent_at, bounced_at, problem, version FROM outgoing ",
            $rest
        )
    };
}

/// A mail is asked to be sent: its row, its event, and the carrier is due at its time.
pub fn ask(outgoing: &Outgoing) -> Vec<Statement> {
    ask_all(std::slice::from_ref(outgoing))
}

/// Mails through one mailbox are asked to be sent at one time: as [`ask`] for each, with their events together. Nothing for none.
pub fn ask_all(mails: &[Outgoing]) -> Vec<Statement> {
    let Some(first) = mails.first() else { return Vec::new() };
    let mut statements: Vec<Statement> = Vec::with_capacity(mails.len() * 3 + 5);
    for outgoing in mails {
        statements.extend([insert(outgoing), carry(outgoing.id, outgoing.send_at)]);
        statements.extend(need_files(outgoing));
    }
    let queued =
        |outgoing: &Outgoing| NewEvent { kind: EventKind::OutgoingQueued, subject: outgoing.id.number(), backfill: false, data: json!({}) };
    let events: Vec<NewEvent> = mails.iter().map(queued).collect();
    statements.extend(due::decide(first.workspace, first.asked_at));
    statements.extend(ledger::append(first.workspace, first.mailbox, first.asked_at, &events));
    statements
}

/// The files of a mail are needed (again). Guards its transaction: they must be there, complete.
pub fn need_files(outgoing: &Outgoing) -> Vec<Statement> {
    const SQL: &str =
        "INSERT INTO enclosed (outgoing_id, file_id) SELECT CAST($1 AS BIGINT), id FROM file WHERE id = $2 AND completed_at IS NOT NULL
        ON CONFLICT (outgoing_id, file_id) DO UPDATE SET file_id = excluded.file_id";
    let files: BTreeSet<FileId> = outgoing.written.enclosed.iter().map(|enclosed| enclosed.file).collect();
    let needed = files.into_iter().map(|file| Statement::new(SQL, [outgoing.id.into(), file.into()]).expect_rows(1, FILES_ARE_THERE));
    needed.collect()
}

fn insert(outgoing: &Outgoing) -> Statement {
    const SQL: &str = "INSERT INTO outgoing (id, workspace_id, mailbox_id, state, mark, kind, original_id, written, asked_by, asked_at,
            send_at, version, intent, draft_graph_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    let written = serde_json::to_string(&outgoing.written).expect("our nouns are JSON");
    let args: [Value; 14] = [
        outgoing.id.into(),
        outgoing.workspace.into(),
        outgoing.mailbox.into(),
        outgoing.state.name().into(),
        (&outgoing.mark).into(),
        outgoing.kind.name().into(),
        outgoing.original.into(),
        written.into(),
        (&outgoing.asked_by).into(),
        outgoing.asked_at.into(),
        outgoing.send_at.into(),
        outgoing.version.into(),
        outgoing.intent.name().into(),
        outgoing.draft.as_ref().into(),
    ];
    Statement::new(SQL, args)
}

/// Makes the carrying of a mail due.
pub fn carry(outgoing: OutgoingId, at: Timestamp) -> Statement {
    mark_due(due::CARRY_MAIL, &outgoing.to_string(), Lane::Notified, at)
}

/// The row as `new` says, which was read as `old`. The event is told where the state is another. Guards its transaction.
pub fn change(old: &Outgoing, new: &Outgoing, at: Timestamp) -> Vec<Statement> {
    const SQL: &str = "UPDATE outgoing SET state = $3, send_at = $4, draft_graph_id = $5, attempted_at = $6, internet_message_id = $7,
            accepted_at = $8, sent_at = $9, problem = $10, mark = $11, bounced_at = $12, intent = $13, version = version + 1
        WHERE id = $1 AND version = $2";
    let args: [Value; 13] = [
        old.id.into(),
        old.version.into(),
        new.state.name().into(),
        new.send_at.into(),
        new.draft.as_ref().into(),
        new.attempted_at.into(),
        new.internet_message_id.as_ref().into(),
        new.accepted_at.into(),
        new.sent_at.into(),
        problem_value(new.problem.as_ref()),
        (&new.mark).into(),
        new.bounced_at.into(),
        new.intent.name().into(),
    ];
    let mut statements = vec![Statement::new(SQL, args).expect_rows(1, AS_IT_WAS)];
    if old.state != new.state {
        statements.extend(tell(new, kind_of(new.state), at, details(new)));
    }
    statements
}

/// An event about an outgoing mail, and the consumers made due.
pub fn tell(outgoing: &Outgoing, kind: EventKind, at: Timestamp, data: serde_json::Value) -> Vec<Statement> {
    let event = NewEvent { kind, subject: outgoing.id.number(), backfill: false, data };
    let mut statements: Vec<Statement> = due::decide(outgoing.workspace, at).into();
    statements.extend(ledger::append(outgoing.workspace, outgoing.mailbox, at, &[event]));
    statements
}

fn details(outgoing: &Outgoing) -> serde_json::Value {
    match (outgoing.state, &outgoing.problem, &outgoing.draft) {
        (OutgoingState::Sent | OutgoingState::Bounced | OutgoingState::Drafted, _, Some(copy)) => json!({"graph_id": copy}),
        (_, Some(problem), _) => json!({"code": problem.code}),
        _ => json!({}),
    }
}

fn kind_of(state: OutgoingState) -> EventKind {
    match state {
        OutgoingState::Queued => EventKind::OutgoingQueued,
        OutgoingState::Sending => EventKind::OutgoingSending,
        OutgoingState::Accepted => EventKind::OutgoingAccepted,
        // Its coming back was told when that was read; what is told here is that its copy was seen.
        OutgoingState::Sent | OutgoingState::Bounced => EventKind::OutgoingSent,
        OutgoingState::Failed => EventKind::OutgoingFailed,
        OutgoingState::Unclear => EventKind::OutgoingUnclear,
        OutgoingState::Cancelled => EventKind::OutgoingCancelled,
        OutgoingState::Drafted => EventKind::OutgoingDrafted,
    }
}

/// One outgoing mail.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, outgoing: OutgoingId) -> Result<Option<Outgoing>, StoreError> {
    db.query_first(select!("WHERE id = $1"), [outgoing.into()]).await?.map(outgoing_of).transpose()
}

/// The outgoing mail that bears this mark.
///
/// # Errors
/// As [`Db::query`].
pub async fn by_mark(db: &Db, workspace: WorkspaceId, mark: &str) -> Result<Option<Outgoing>, StoreError> {
    const SQL: &str = select!("WHERE workspace_id = $1 AND mark = $2");
    db.query_first(SQL, [workspace.into(), mark.into()]).await?.map(outgoing_of).transpose()
}

/// Those of these marks that outgoing mail bears, with that mail, in no order.
///
/// # Errors
/// As [`Db::query`].
pub async fn by_marks<T: AsRef<str>>(db: &Db, workspace: WorkspaceId, marks: &[T]) -> Result<Vec<Outgoing>, StoreError> {
    const SQL: &str = select!("WHERE workspace_id = $1 AND mark IN {texts $2}");
    db.query(SQL, [workspace.into(), texts(marks).into()]).await?.into_iter().map(outgoing_of).collect()
}

/// The outgoing mail of a mailbox whose draft or copy has this Graph id.
///
/// # Errors
/// As [`Db::query`].
pub async fn by_graph_id(db: &Db, mailbox: MailboxId, graph_id: &str) -> Result<Option<Outgoing>, StoreError> {
    const SQL: &str = select!("WHERE mailbox_id = $1 AND draft_graph_id = $2 ORDER BY id DESC LIMIT 1");
    db.query_first(SQL, [mailbox.into(), graph_id.into()]).await?.map(outgoing_of).transpose()
}

/// The outgoing mail of a workspace that had this `Message-ID`.
///
/// # Errors
/// As [`Db::query`].
pub async fn by_message_id(db: &Db, workspace: WorkspaceId, message_id: &str) -> Result<Option<Outgoing>, StoreError> {
    const SQL: &str = select!("WHERE internet_message_id = $2 AND workspace_id = $1 ORDER BY id DESC LIMIT 1");
    db.query_first(SQL, [workspace.into(), message_id.into()]).await?.map(outgoing_of).transpose()
}

/// What is listed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Listed {
    /// Only this mailbox's.
    pub mailbox: Option<MailboxId>,
    /// Only those in this state.
    pub state: Option<OutgoingState>,
    /// Only those older than this one.
    pub before: Option<OutgoingId>,
}

/// The outgoing mail of a workspace, the newest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db, workspace: WorkspaceId, listed: Listed, limit: u32) -> Result<Vec<Outgoing>, StoreError> {
    const ALL: &str = select!("WHERE workspace_id = $1 AND id < $2 AND (CAST($3 AS TEXT) IS NULL OR state = $3) ORDER BY id DESC LIMIT $4");
    const OF_MAILBOX: &str = select!(
        "WHERE mailbox_id = $5 AND workspace_id = $1 AND id < $2 AND (CAST($3 AS TEXT) IS NULL OR state = $3) ORDER BY id DESC LIMIT $4"
    );
    let before = listed.before.map_or(i64::MAX, OutgoingId::number);
    let mut args: Vec<Value> = vec![workspace.into(), before.into(), listed.state.map(OutgoingState::name).into(), limit.into()];
    let sql = match listed.mailbox {
        None => ALL,
        Some(mailbox) => {
            args.push(mailbox.into());
            OF_MAILBOX
        }
    };
    db.query(sql, args).await?.into_iter().map(outgoing_of).collect()
}

/// How many of a workspace's outgoing mails are in each state, for the states in which any are.
///
/// # Errors
/// As [`Db::query`].
pub async fn counts(db: &Db, workspace: WorkspaceId) -> Result<Vec<(OutgoingState, i64)>, StoreError> {
    const SQL: &str = "SELECT state, COUNT(*) FROM outgoing WHERE workspace_id = $1 GROUP BY state";
    let rows = db.query(SQL, [workspace.into()]).await?;
    rows.into_iter().map(|mut row| Ok((state_of(&row.read::<String>()?)?, row.read()?))).collect()
}

fn state_of(name: &str) -> Result<OutgoingState, StoreError> {
    OutgoingState::named(name).ok_or_else(|| StoreError::Broken(format!("no outgoing mail is {name}")))
}

fn outgoing_of(mut row: Row) -> Result<Outgoing, StoreError> {
    let row = &mut row;
    Ok(Outgoing {
        id: row.read()?,
        workspace: row.read()?,
        mailbox: row.read()?,
        state: state_of(&row.read::<String>()?)?,
        intent: {
            let name: String = row.read()?;
            Intent::named(&name).ok_or_else(|| StoreError::Broken(format!("no outgoing mail is meant to {name}")))?
        },
        mark: row.read()?,
        kind: {
            let name: String = row.read()?;
            OutgoingKind::named(&name).ok_or_else(|| StoreError::Broken(format!("no outgoing mail is of kind {name}")))?
        },
        original: row.read()?,
        written: serde_json::from_str(&row.read::<String>()?)
            .map_err(|error| StoreError::Broken(format!("an outgoing mail is no JSON of its kind: {error}")))?,
        asked_by: row.read()?,
        asked_at: row.read()?,
        send_at: row.read()?,
        draft: row.read()?,
        attempted_at: row.read()?,
        internet_message_id: row.read()?,
        accepted_at: row.read()?,
        sent_at: row.read()?,
        bounced_at: row.read()?,
        problem: problem_from(row.read()?)?,
        version: row.read()?,
    })
}

/// Why a mail still waits, without any other change: for people to see. Guards nothing.
pub fn note(outgoing: &Outgoing, problem: Option<&Problem>) -> Statement {
    const SQL: &str = "UPDATE outgoing SET problem = $2 WHERE id = $1 AND version = $3";
    Statement::new(SQL, [outgoing.id.into(), problem_value(problem), outgoing.version.into()])
}
