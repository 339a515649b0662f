//! Calendar intents: what is wanted done in calendars, and what came of it. A row is written before anything is asked of Microsoft and
//! says the rest afterwards; its id is in the `transactionId` by which Microsoft knows an event that it is asked to make twice.

use base::{Problem, Timestamp};
use model::asked::AskedState;
use model::calendar_intent::{CalendarBegun, CalendarIntent};
use model::event::{EventKind, NewEvent};
use model::id::{CalendarEventId, CalendarId, CalendarIntentId, ConnectionId, MailboxId, WorkspaceId};
use serde_json::json;

use crate::connection::{problem_from, problem_value};
use crate::db::Db;
use crate::dialect::numbers;
use crate::due;
use crate::error::StoreError;
use crate::ledger;
use crate::row::Row;
use crate::statement::Statement;
use crate::value::Value;
use crate::work::{Lane, mark_due};

/// The name of the guard of every change: it ended meanwhile.
pub const WAITS: &str = "the calendar intent still waits";

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, connection_id, calendar_id, event_id, graph_id, deed, state, begun, tries, problem, asked_by, asked_at,
                ended_at FROM calendar_intent ",
            $rest
        )
    };
}

/// Something is asked for: its row, and its carrying is due.
pub fn ask(intent: &CalendarIntent, at: Timestamp) -> [Statement; 2] {
    [insert(intent), carry(intent.connection, at)]
}

/// Makes the carrying of what is wanted done in the calendars of a connection due.
pub fn carry(connection: ConnectionId, at: Timestamp) -> Statement {
    mark_due(due::CARRY_CALENDAR_INTENTS, &connection.to_string(), Lane::Interactive, at)
}

fn insert(intent: &CalendarIntent) -> Statement {
    const SQL: &str = "INSERT INTO calendar_intent (id, workspace_id, connection_id, calendar_id, event_id, graph_id, deed, state, tries,
            asked_by, asked_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10)";
    let args: [Value; 10] = [
        intent.id.into(),
        intent.workspace.into(),
        intent.connection.into(),
        intent.calendar.into(),
        intent.event.into(),
        intent.graph_id.as_ref().into(),
        serde_json::to_string(&intent.deed).expect("our nouns are JSON").into(),
        intent.state.name().into(),
        (&intent.asked_by).into(),
        intent.asked_at.into(),
    ];
    Statement::new(SQL, args)
}

/// Microsoft is about to be asked for something that cannot be taken back. Guards its transaction.
pub fn begin(intent: CalendarIntentId, begun: &CalendarBegun) -> Statement {
    const SQL: &str = "UPDATE calendar_intent SET begun = $2 WHERE id = $1 AND state = 'waiting'";
    let begun = serde_json::to_string(begun).expect("our nouns are JSON");
    Statement::new(SQL, [intent.into(), begun.into()]).expect_rows(1, WAITS)
}

/// Microsoft did not let it succeed this time, and why; `begun` is what is left to be looked into. Guards its transaction.
pub fn note(intent: CalendarIntentId, problem: &Problem, begun: Option<&CalendarBegun>) -> Statement {
    const SQL: &str = "UPDATE calendar_intent SET tries = tries + 1, problem = $2, begun = $3 WHERE id = $1 AND state = 'waiting'";
    let begun = begun.map(|begun| serde_json::to_string(begun).expect("our nouns are JSON"));
    Statement::new(SQL, [intent.into(), problem_value(Some(problem)), begun.into()]).expect_rows(1, WAITS)
}

/// What came of an intent.
#[derive(Clone, Copy, Debug)]
pub struct Came<'a> {
    /// Why it has failed; `None` for what is done.
    pub problem: Option<&'a Problem>,
    /// Microsoft's id of the event that was made.
    pub made: Option<&'a str>,
    /// The mailbox of the same account, if it is mirrored: whoever sees it is told.
    pub mailbox: Option<MailboxId>,
}

/// It is done, or has failed for this reason. Guards its transaction.
pub fn end(intent: &CalendarIntent, came: Came<'_>, at: Timestamp) -> Vec<Statement> {
    const SQL: &str = "UPDATE calendar_intent SET state = $2, problem = $3, ended_at = $4, graph_id = COALESCE($5, graph_id)
        WHERE id = $1 AND state = 'waiting'";
    let (state, kind) = match came.problem {
        None => (AskedState::Done, EventKind::CalendarIntentDone),
        Some(_) => (AskedState::Failed, EventKind::CalendarIntentFailed),
    };
    let args: [Value; 5] =
        [intent.id.into(), state.name().into(), problem_value(came.problem), at.into(), came.made.map(str::to_owned).into()];
    let mut statements = vec![Statement::new(SQL, args).expect_rows(1, WAITS)];
    statements.extend(due::decide(intent.workspace, at));
    let code = came.problem.map(|problem| &problem.code);
    let data = json!({"calendar": intent.calendar, "deed": intent.deed.name(), "calendar_event": intent.event, "code": code});
    let event = NewEvent { kind, subject: intent.id.number(), backfill: false, data };
    statements.extend(match came.mailbox {
        Some(mailbox) => ledger::append(intent.workspace, mailbox, at, &[event]),
        None => ledger::append_of_workspace(intent.workspace, at, &[event]),
    });
    statements
}

/// Forgets intents that ended before `until`, at most `limit` of them.
pub fn forget(until: Timestamp, limit: u32) -> Statement {
    const SQL: &str = "DELETE FROM calendar_intent WHERE id IN (SELECT id FROM calendar_intent WHERE ended_at < $1 LIMIT $2)";
    Statement::new(SQL, [until.into(), limit.into()])
}

/// One intent.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, intent: CalendarIntentId) -> Result<Option<CalendarIntent>, StoreError> {
    db.query_first(select!("WHERE id = $1"), [intent.into()]).await?.map(intent_of).transpose()
}

/// The oldest intents of a connection that wait.
///
/// # Errors
/// As [`Db::query`].
pub async fn waiting(db: &Db, connection: ConnectionId, limit: u32) -> Result<Vec<CalendarIntent>, StoreError> {
    const SQL: &str = select!("WHERE connection_id = $1 AND state = 'waiting' ORDER BY id LIMIT $2");
    db.query(SQL, [connection.into(), limit.into()]).await?.into_iter().map(intent_of).collect()
}

/// What is listed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Listed<'a> {
    /// Of these calendars.
    pub calendars: &'a [CalendarId],
    /// Only about this event.
    pub event: Option<CalendarEventId>,
    /// Only in this state.
    pub state: Option<AskedState>,
    /// Only those older than this one.
    pub before: Option<CalendarIntentId>,
}

/// Intents, the newest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db, workspace: WorkspaceId, listed: Listed<'_>, limit: u32) -> Result<Vec<CalendarIntent>, StoreError> {
    const SQL: &str = select!(
        "WHERE workspace_id = $1 AND calendar_id IN {numbers $2} AND id < $3 AND (CAST($4 AS TEXT) IS NULL OR state = $4)
            AND (CAST($5 AS BIGINT) IS NULL OR event_id = $5) ORDER BY id DESC LIMIT $6"
    );
    let before = listed.before.map_or(i64::MAX, CalendarIntentId::number);
    let args: [Value; 6] = [
        workspace.into(),
        numbers(listed.calendars.iter().map(|calendar| calendar.number())).into(),
        before.into(),
        listed.state.map(AskedState::name).into(),
        listed.event.into(),
        limit.into(),
    ];
    db.query(SQL, args).await?.into_iter().map(intent_of).collect()
}

/// What waits to be done in these calendars, or has ended since `ended_since`, the oldest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn about(db: &Db, calendars: &[CalendarId], ended_since: Timestamp, limit: u32) -> Result<Vec<CalendarIntent>, StoreError> {
    const SQL: &str = select!("WHERE calendar_id IN {numbers $1} AND (state = 'waiting' OR ended_at >= $2) ORDER BY id LIMIT $3");
    let calendars = numbers(calendars.iter().map(|calendar| calendar.number()));
    db.query(SQL, [calendars.into(), ended_since.into(), limit.into()]).await?.into_iter().map(intent_of).collect()
}

fn intent_of(mut row: Row) -> Result<CalendarIntent, StoreError> {
    let row = &mut row;
    let broken = |error: serde_json::Error| StoreError::Broken(format!("a calendar intent is no JSON of its kind: {error}"));
    Ok(CalendarIntent {
        id: row.read()?,
        workspace: row.read()?,
        connection: row.read()?,
        calendar: row.read()?,
        event: row.read()?,
        graph_id: row.read()?,
        deed: serde_json::from_str(&row.read::<String>()?).map_err(broken)?,
        state: {
            let name: String = row.read()?;
            AskedState::named(&name).ok_or_else(|| StoreError::Broken(format!("no calendar intent is {name}")))?
        },
        begun: row.read::<Option<String>>()?.map(|begun| serde_json::from_str(&begun)).transpose().map_err(broken)?,
        tries: {
            let tries: i64 = row.read()?;
            u32::try_from(tries).unwrap_or(u32::MAX)
        },
        problem: problem_from(row.read()?)?,
        asked_by: row.read()?,
        asked_at: row.read()?,
        ended_at: row.read()?,
    })
}
