//! Deliveries: what an endpoint is to be told, one row for each event, and what came of telling it.
//!
//! The deliveries of an endpoint about one mailbox, or about the workspace as a whole, are a *stream*: numbered without
//! gaps from 1 and settled in that order. All below a stream's head are settled, all others are pending; a head that
//! failed holds back what is behind it until it is settled. Numbers come from the stream's row, which [`announce`] raises
//! in the transaction of the deliveries, so that several may add to a stream at once.

use base::Timestamp;
use model::event::{Event, EventKind};
use model::id::{DeliveryId, EndpointId, MailboxId, WorkspaceId};
use serde::{Deserialize, Serialize};

use crate::db::Db;
use crate::error::StoreError;
use crate::ledger;
use crate::row::Row;
use crate::statement::Statement;

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is to be carried.
    Pending,
    /// The endpoint took it.
    Delivered,
    /// It was set aside after its tries.
    Parked,
    /// It was never carried: a person dropped it, or its endpoint stood still for too long.
    Skipped,
}

impl DeliveryState {
    /// All there are.
    pub const ALL: [DeliveryState; 4] = [DeliveryState::Pending, DeliveryState::Delivered, DeliveryState::Parked, DeliveryState::Skipped];

    /// As the store and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            DeliveryState::Pending => "pending",
            DeliveryState::Delivered => "delivered",
            DeliveryState::Parked => "parked",
            DeliveryState::Skipped => "skipped",
        }
    }

    /// The state of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// One call of an endpoint, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When it was made.
    pub at: Timestamp,
    /// How long it took.
    pub duration_ms: u64,
    /// The HTTP status of the answer, if one came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why it failed, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The beginning of the answer to a call that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

/// What an endpoint is told about one event.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Its id, and the `webhook-id` of all its calls.
    pub id: DeliveryId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// To whom.
    pub endpoint: EndpointId,
    /// About which mailbox; `None` for what concerns the workspace as a whole.
    pub mailbox: Option<MailboxId>,
    /// Its place in the stream, from 1.
    pub sequence: i64,
    /// The number of the event in the ledger.
    pub event_seq: i64,
    /// The kind of the event.
    pub event_kind: EventKind,
    /// The delivery that a person had repeated by this one.
    pub replay_of: Option<DeliveryId>,
    /// How it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub tries: u32,
    /// The calls, oldest first.
    pub attempts: Vec<Attempt>,
    /// When it was decided on.
    pub created_at: Timestamp,
    /// When it came to an end.
    pub settled_at: Option<Timestamp>,
}

/// An event as far as it decides who is told.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its number in the workspace's ledger.
    pub seq: i64,
    /// The stream: a mailbox, or the workspace.
    pub stream: i64,
    /// What has happened.
    pub kind: EventKind,
    /// To what.
    pub subject: i64,
    /// True for what a first sync found: nobody is told.
    pub backfill: bool,
    /// True for what happened to a message that is private: nobody is told.
    pub private: bool,
    /// The endpoint that it is about, for events about endpoints and deliveries.
    pub endpoint: Option<EndpointId>,
}

/// The events of a workspace after number `after`, oldest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn notices(db: &Db, workspace: WorkspaceId, after: i64, limit: u32) -> Result<Vec<Notice>, StoreError> {
    const SQL: &str = "SELECT event.seq, event.mailbox_id, event.kind, event.subject_id, event.backfill, COALESCE(message.private, 0),
            CASE WHEN event.kind = 'delivery.parked' THEN event.data END
        FROM event LEFT JOIN message ON message.id = event.subject_id
        WHERE event.workspace_id = $1 AND event.seq > $2 ORDER BY event.seq LIMIT $3";
    let rows = db.query(SQL, [workspace.into(), after.into(), limit.into()]).await?;
    rows.into_iter().map(notice_of).collect()
}

fn notice_of(mut row: Row) -> Result<Notice, StoreError> {
    let (seq, stream) = (row.read()?, row.read()?);
    let kind = kind_named(&row.read::<String>()?)?;
    let (subject, backfill, private) = (row.read()?, row.read()?, row.read()?);
    let data: Option<String> = row.read()?;
    let endpoint = match kind.about() {
        model::event::About::Endpoint => Some(EndpointId::from_number(subject)),
        _ => data.as_deref().and_then(endpoint_in),
    };
    Ok(Notice { seq, stream, kind, subject, backfill, private, endpoint })
}

fn endpoint_in(data: &str) -> Option<EndpointId> {
    let data: serde_json::Value = serde_json::from_str(data).ok()?;
    data.get("endpoint")?.as_str()?.parse().ok()
}

fn kind_named(name: &str) -> Result<EventKind, StoreError> {
    EventKind::named(name).ok_or_else(|| StoreError::Broken(format!("no event is called {name}")))
}

/// The newest events of a kind among the last `among` of a workspace, newest first: what a receiver's author can look at.
///
/// # Errors
/// As [`Db::query`].
pub async fn examples(db: &Db, workspace: WorkspaceId, kind: EventKind, among: u32, limit: u32) -> Result<Vec<Event>, StoreError> {
    const SQL: &str = "SELECT seq, mailbox_id, mailbox_seq, kind, subject_id, at, backfill, data FROM event
        WHERE workspace_id = $1 AND seq > $2 AND kind = $3 ORDER BY seq DESC LIMIT $4";
    let after = ledger::head(db, workspace).await? - i64::from(among);
    let rows = db.query(SQL, [workspace.into(), after.into(), kind.name().into(), limit.into()]).await?;
    rows.into_iter().map(|mut row| event_of(workspace, &mut row)).collect()
}

/// An event of which an endpoint is to be told.
#[derive(Clone, Copy, Debug)]
pub struct Announcement {
    /// The new delivery's id.
    pub id: DeliveryId,
    /// The event's number.
    pub event_seq: i64,
    /// The event's kind.
    pub event_kind: EventKind,
    /// The delivery that this one repeats.
    pub replay_of: Option<DeliveryId>,
}

/// Adds deliveries at the end of one of an endpoint's streams, in this order, and makes the stream due. Nothing for none.
pub fn announce(workspace: WorkspaceId, endpoint: EndpointId, stream: i64, told: &[Announcement], at: Timestamp) -> Vec<Statement> {
    const RAISE: &str = "INSERT INTO endpoint_stream (endpoint_id, stream, sequence, head, due_at) VALUES ($1, $2, $3, 1, $4)
        ON CONFLICT (endpoint_id, stream) DO UPDATE SET sequence = endpoint_stream.sequence + excluded.sequence,
            due_at = CASE WHEN endpoint_stream.head > endpoint_stream.sequence THEN excluded.due_at ELSE endpoint_stream.due_at END";
    const INSERT: &str = "INSERT INTO delivery (id, workspace_id, endpoint_id, stream, sequence, event_seq, event_kind, replay_of, state,
            tries, attempts, created_at)
        VALUES ($1, $2, $3, $4, (SELECT sequence FROM endpoint_stream WHERE endpoint_id = $3 AND stream = $4) - $5, $6, $7, $8, 'pending',
            0, '[]', $9)";
    if told.is_empty() {
        return Vec::new();
    }
    let raise = Statement::new(RAISE, [endpoint.into(), stream.into(), told.len().into(), at.into()]);
    let behind = (0..told.len()).rev();
    let inserts = told.iter().zip(behind).map(|(one, behind)| {
        let args = [
            one.id.into(),
            workspace.into(),
            endpoint.into(),
            stream.into(),
            behind.into(),
            one.event_seq.into(),
            one.event_kind.name().into(),
            one.replay_of.into(),
            at.into(),
        ];
        Statement::new(INSERT, args)
    });
    std::iter::once(raise).chain(inserts).collect()
}

/// A delivery that may be carried now or after others of its stream, with its event.
#[derive(Clone, Debug)]
pub struct Carriage {
    /// The delivery's id.
    pub id: DeliveryId,
    /// The stream: a mailbox, or the workspace.
    pub stream: i64,
    /// The place in the stream.
    pub sequence: i64,
    /// Whether a person had another repeated by it.
    pub replay: bool,
    /// How often it was tried.
    pub tries: u32,
    /// The calls, oldest first.
    pub attempts: Vec<Attempt>,
    /// When it was decided on.
    pub created_at: Timestamp,
    /// What it tells of; `None` if the ledger has forgotten it.
    pub event: Option<Event>,
}

/// What can be carried to an endpoint: of up to `streams_max` of its streams that are due, but for those in `busy`, the
/// longest due first, the next `depth` deliveries each, in the order in which they are to be carried.
///
/// # Errors
/// As [`Db::query`].
pub async fn due(
    db: &Db,
    endpoint: EndpointId,
    now: Timestamp,
    busy: &[i64],
    streams_max: usize,
    depth: u32,
) -> Result<Vec<Carriage>, StoreError> {
    const SQL: &str = "SELECT d.id, d.stream, d.sequence, d.replay_of, d.tries, d.attempts, d.created_at, e.workspace_id, e.seq,
            e.mailbox_id, e.mailbox_seq, e.kind, e.subject_id, e.at, e.backfill, e.data
        FROM (SELECT stream, head FROM endpoint_stream WHERE endpoint_id = $1 AND due_at <= $2 AND stream NOT IN {numbers $3}
            ORDER BY due_at, stream LIMIT $4) AS s
        JOIN delivery d ON d.endpoint_id = $1 AND d.stream = s.stream AND d.sequence >= s.head AND d.sequence < s.head + $5
        LEFT JOIN event e ON e.workspace_id = d.workspace_id AND e.seq = d.event_seq
        ORDER BY d.stream, d.sequence";
    let busy = crate::dialect::numbers(busy.iter().copied());
    let rows = db.query(SQL, [endpoint.into(), now.into(), busy.into(), streams_max.into(), depth.into()]).await?;
    rows.into_iter().map(carriage_of).collect()
}

fn carriage_of(mut row: Row) -> Result<Carriage, StoreError> {
    let (id, stream, sequence) = (row.read()?, row.read()?, row.read()?);
    let replay: Option<i64> = row.read()?;
    let (tries, attempts) = (tries_of(&mut row)?, attempts_of(&mut row)?);
    let created_at = row.read()?;
    let workspace: Option<WorkspaceId> = row.read()?;
    let event = workspace.map(|workspace| event_of(workspace, &mut row)).transpose()?;
    Ok(Carriage { id, stream, sequence, replay: replay.is_some(), tries, attempts, created_at, event })
}

fn event_of(workspace: WorkspaceId, row: &mut Row) -> Result<Event, StoreError> {
    let seq = row.read()?;
    let (stream, mailbox_seq): (i64, i64) = (row.read()?, row.read()?);
    let kind = kind_named(&row.read::<String>()?)?;
    let (subject, at, backfill) = (row.read()?, row.read()?, row.read()?);
    let data = ledger::data_of(row.read()?)?;
    Ok(Event { workspace, seq, mailbox: mailbox_of(workspace, stream), mailbox_seq, kind, subject, at, backfill, data })
}

fn mailbox_of(workspace: WorkspaceId, stream: i64) -> Option<MailboxId> {
    (stream != workspace.number()).then(|| MailboxId::from_number(stream))
}

fn tries_of(row: &mut Row) -> Result<u32, StoreError> {
    Ok(u32::try_from(row.read::<i64>()?).unwrap_or(u32::MAX))
}

fn attempts_of(row: &mut Row) -> Result<Vec<Attempt>, StoreError> {
    let text: String = row.read()?;
    serde_json::from_str(&text).map_err(|error| StoreError::Broken(format!("a delivery's attempts are no JSON: {error}")))
}

/// When the next of an endpoint's streams is due; `None` if nothing is pending.
///
/// # Errors
/// As [`Db::query`].
pub async fn next_due(db: &Db, endpoint: EndpointId) -> Result<Option<Timestamp>, StoreError> {
    const SQL: &str = "SELECT due_at FROM endpoint_stream WHERE endpoint_id = $1 ORDER BY due_at LIMIT 1";
    let due: Option<Timestamp> = db.query_first(SQL, [endpoint.into()]).await?.map(|mut row| row.read()).transpose()?;
    Ok(due.filter(|due| *due < Timestamp::NEVER))
}

/// What came of a delivery's last try: its state and all its attempts. Guards its transaction: it was pending.
pub fn record(delivery: DeliveryId, state: DeliveryState, tries: u32, attempts: &[Attempt], at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE delivery SET state = $2, tries = $3, attempts = $4, settled_at = $5 WHERE id = $1 AND state = 'pending'";
    let attempts = serde_json::to_string(attempts).expect("attempts are JSON");
    let settled_at = (state != DeliveryState::Pending).then_some(at);
    Statement::new(SQL, [delivery.into(), state.name().into(), tries.into(), attempts.into(), settled_at.into()])
        .expect_rows(1, "the delivery is pending")
}

/// Moves a stream's head over `settled` deliveries from `head` on. If something is pending behind them, it may be tried
/// at `due_at`. Guards its transaction: the head is where it was read.
pub fn advance(endpoint: EndpointId, stream: i64, head: i64, settled: usize, due_at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE endpoint_stream SET head = head + $4, due_at = CASE WHEN head + $4 > sequence THEN CAST($6 AS BIGINT) ELSE CAST($5 AS BIGINT) END
        WHERE endpoint_id = $1 AND stream = $2 AND head = $3";
    Statement::new(SQL, [endpoint.into(), stream.into(), head.into(), settled.into(), due_at.into(), Timestamp::NEVER.into()])
        .expect_rows(1, "the stream stands where it was read")
}

/// Everything that waits for another try may be tried at once: the endpoint answers again.
pub fn hasten(endpoint: EndpointId, at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE endpoint_stream SET due_at = $2 WHERE endpoint_id = $1 AND due_at > $2 AND head <= sequence";
    Statement::new(SQL, [endpoint.into(), at.into()])
}

/// Drops everything that an endpoint is still to be told.
pub fn skip_pending(endpoint: EndpointId, at: Timestamp) -> [Statement; 2] {
    const SKIP: &str = "UPDATE delivery SET state = 'skipped', settled_at = $2 WHERE state = 'pending' AND endpoint_id = $1
        AND sequence >= (SELECT head FROM endpoint_stream WHERE endpoint_id = $1 AND stream = delivery.stream)";
    const PASS: &str = "UPDATE endpoint_stream SET head = sequence + 1, due_at = $2 WHERE endpoint_id = $1";
    [Statement::new(SKIP, [endpoint.into(), at.into()]), Statement::new(PASS, [endpoint.into(), Timestamp::NEVER.into()])]
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, endpoint_id, stream, sequence, event_seq, event_kind, replay_of, state, tries, attempts, created_at,
                settled_at FROM delivery ",
            $rest
        )
    };
}

/// One delivery.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, delivery: DeliveryId) -> Result<Option<Delivery>, StoreError> {
    db.query_first(select!("WHERE id = $1"), [delivery.into()]).await?.map(delivery_of).transpose()
}

/// An endpoint's deliveries older than `before`, newest first; only those in `state`, if one is given.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(
    db: &Db,
    endpoint: EndpointId,
    state: Option<DeliveryState>,
    before: Option<DeliveryId>,
    limit: u32,
) -> Result<Vec<Delivery>, StoreError> {
    const ALL: &str = select!("WHERE endpoint_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
    const PARKED: &str = select!("WHERE endpoint_id = $1 AND id < $2 AND state = 'parked' ORDER BY id DESC LIMIT $3");
    const SOME: &str = select!("WHERE endpoint_id = $1 AND id < $2 AND state = $4 ORDER BY id DESC LIMIT $3");
    let before = before.map_or(i64::MAX, DeliveryId::number);
    let rows = match state {
        None => db.query(ALL, [endpoint.into(), before.into(), limit.into()]).await?,
        Some(DeliveryState::Parked) => db.query(PARKED, [endpoint.into(), before.into(), limit.into()]).await?,
        Some(state) => db.query(SOME, [endpoint.into(), before.into(), limit.into(), state.name().into()]).await?,
    };
    rows.into_iter().map(delivery_of).collect()
}

/// An endpoint's deliveries after `after`, made in this time, oldest first: what a person may have repeated.
///
/// # Errors
/// As [`Db::query`].
pub async fn made_between(
    db: &Db,
    endpoint: EndpointId,
    from: Timestamp,
    until: Timestamp,
    after: Option<DeliveryId>,
    limit: u32,
) -> Result<Vec<Delivery>, StoreError> {
    const SQL: &str =
        select!("WHERE endpoint_id = $1 AND id > $2 AND created_at >= $3 AND created_at < $4 AND replay_of IS NULL ORDER BY id LIMIT $5");
    let after = after.map_or(0, DeliveryId::number);
    let rows = db.query(SQL, [endpoint.into(), after.into(), from.into(), until.into(), limit.into()]).await?;
    rows.into_iter().map(delivery_of).collect()
}

/// How many deliveries of an endpoint are still to be carried.
///
/// # Errors
/// As [`Db::query`].
pub async fn count_pending(db: &Db, endpoint: EndpointId) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT CAST(COALESCE(SUM(sequence - head + 1), 0) AS BIGINT) FROM endpoint_stream WHERE endpoint_id = $1";
    db.query_first(SQL, [endpoint.into()]).await?.map_or(Ok(0), |mut row| row.read())
}

fn delivery_of(mut row: Row) -> Result<Delivery, StoreError> {
    let row = &mut row;
    let (id, workspace, endpoint) = (row.read()?, row.read()?, row.read()?);
    Ok(Delivery {
        id,
        workspace,
        endpoint,
        mailbox: mailbox_of(workspace, row.read()?),
        sequence: row.read()?,
        event_seq: row.read()?,
        event_kind: kind_named(&row.read::<String>()?)?,
        replay_of: row.read()?,
        state: {
            let name: String = row.read()?;
            DeliveryState::named(&name).ok_or_else(|| StoreError::Broken(format!("no delivery is in state {name}")))?
        },
        tries: tries_of(row)?,
        attempts: attempts_of(row)?,
        created_at: row.read()?,
        settled_at: row.read()?,
    })
}
