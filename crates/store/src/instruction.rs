//! Instructions: what is wanted done to messages, and what came of it. A row is written before anything is asked of Microsoft
//! and says the rest afterwards; what is done to one mailbox is done in the order in which it was asked for.

use std::collections::BTreeSet;

use base::{Problem, Timestamp};
use model::asked::AskedState;
use model::event::{EventKind, NewEvent};
use model::id::{InstructionId, JobId, MailboxId, MessageId, WorkspaceId};
use model::instruction::{Begun, Instruction};
use serde_json::json;

use crate::connection::{problem_from, problem_value};
use crate::db::Db;
use crate::dialect::numbers;
use crate::due;
use crate::error::StoreError;
use crate::job::{self, Job};
use crate::ledger;
use crate::row::Row;
use crate::statement::Statement;
use crate::value::Value;
use crate::work::{Lane, mark_due};

/// The name of the guard of every change: it ended meanwhile.
pub const WAITS: &str = "the instruction still waits";

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, mailbox_id, message_id, job_id, deed, state, begun, tries, problem, asked_by, asked_at, ended_at
                FROM instruction ",
            $rest
        )
    };
}

/// Instructions are asked for: their rows, the job that counts them if there is one, and their carrying is due.
pub fn ask(instructions: &[Instruction], job: Option<&Job>, at: Timestamp) -> Vec<Statement> {
    let mailboxes: BTreeSet<MailboxId> = instructions.iter().map(|instruction| instruction.mailbox).collect();
    let job = job.map(job::insert);
    let due = mailboxes.into_iter().map(|mailbox| carry(mailbox, at));
    job.into_iter().chain(instructions.iter().map(insert)).chain(due).collect()
}

/// Makes the carrying of a mailbox's instructions due.
pub fn carry(mailbox: MailboxId, at: Timestamp) -> Statement {
    mark_due(due::CARRY_INSTRUCTIONS, &due::mailbox_key(mailbox), Lane::Interactive, at)
}

fn insert(instruction: &Instruction) -> Statement {
    const SQL: &str = "INSERT INTO instruction (id, workspace_id, mailbox_id, message_id, job_id, deed, state, tries, asked_by, asked_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9)";
    let args: [Value; 9] = [
        instruction.id.into(),
        instruction.workspace.into(),
        instruction.mailbox.into(),
        instruction.message.into(),
        instruction.job.into(),
        serde_json::to_string(&instruction.deed).expect("our nouns are JSON").into(),
        instruction.state.name().into(),
        (&instruction.asked_by).into(),
        instruction.asked_at.into(),
    ];
    Statement::new(SQL, args)
}

/// What is there before a message is copied. Guards its transaction.
pub fn begin(instruction: InstructionId, begun: &Begun) -> Statement {
    const SQL: &str = "UPDATE instruction SET begun = $2 WHERE id = $1 AND state = 'waiting'";
    let begun = serde_json::to_string(begun).expect("our nouns are JSON");
    Statement::new(SQL, [instruction.into(), begun.into()]).expect_rows(1, WAITS)
}

/// Microsoft did not let it succeed this time, and why. Guards its transaction.
pub fn note(instruction: InstructionId, problem: &Problem) -> Statement {
    const SQL: &str = "UPDATE instruction SET tries = tries + 1, problem = $2 WHERE id = $1 AND state = 'waiting'";
    Statement::new(SQL, [instruction.into(), problem_value(Some(problem))]).expect_rows(1, WAITS)
}

/// It is done, or has failed for this reason; its job counts it. Guards its transaction.
pub fn end(instruction: &Instruction, problem: Option<&Problem>, at: Timestamp) -> Vec<Statement> {
    const SQL: &str = "UPDATE instruction SET state = $2, problem = $3, ended_at = $4 WHERE id = $1 AND state = 'waiting'";
    let (state, kind) = match problem {
        None => (AskedState::Done, EventKind::InstructionDone),
        Some(_) => (AskedState::Failed, EventKind::InstructionFailed),
    };
    let args = [instruction.id.into(), state.name().into(), problem_value(problem), at.into()];
    let mut statements = vec![Statement::new(SQL, args).expect_rows(1, WAITS)];
    statements.extend(instruction.job.map(|job| job::count(job, at)));
    statements.extend(due::decide(instruction.workspace, at));
    let data = json!({"instruction": instruction.id, "deed": instruction.deed.name(), "code": problem.map(|problem| &problem.code)});
    let event = NewEvent { kind, subject: instruction.message.number(), backfill: false, data };
    statements.extend(ledger::append(instruction.workspace, instruction.mailbox, at, &[event]));
    statements
}

/// Forgets instructions that ended before `until`, at most `limit` of them.
pub fn forget(until: Timestamp, limit: u32) -> Statement {
    const SQL: &str = "DELETE FROM instruction WHERE id IN (SELECT id FROM instruction WHERE ended_at < $1 LIMIT $2)";
    Statement::new(SQL, [until.into(), limit.into()])
}

/// One instruction.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, instruction: InstructionId) -> Result<Option<Instruction>, StoreError> {
    db.query_first(select!("WHERE id = $1"), [instruction.into()]).await?.map(instruction_of).transpose()
}

/// The oldest instructions of a mailbox that wait.
///
/// # Errors
/// As [`Db::query`].
pub async fn waiting(db: &Db, mailbox: MailboxId, limit: u32) -> Result<Vec<Instruction>, StoreError> {
    const SQL: &str = select!("WHERE mailbox_id = $1 AND state = 'waiting' ORDER BY id LIMIT $2");
    db.query(SQL, [mailbox.into(), limit.into()]).await?.into_iter().map(instruction_of).collect()
}

/// What is listed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Listed {
    /// Only about this message.
    pub message: Option<MessageId>,
    /// Only of this job.
    pub job: Option<JobId>,
    /// Only in this state.
    pub state: Option<AskedState>,
    /// Only those older than this one.
    pub before: Option<InstructionId>,
}

/// The instructions of a workspace, the newest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db, workspace: WorkspaceId, listed: Listed, limit: u32) -> Result<Vec<Instruction>, StoreError> {
    const ALL: &str = select!("WHERE workspace_id = $1 AND id < $2 AND (CAST($3 AS TEXT) IS NULL OR state = $3) ORDER BY id DESC LIMIT $4");
    const OF_MESSAGE: &str = select!(
        "WHERE message_id = $5 AND workspace_id = $1 AND id < $2 AND (CAST($3 AS TEXT) IS NULL OR state = $3) ORDER BY id DESC LIMIT $4"
    );
    const OF_JOB: &str = select!(
        "WHERE job_id = $5 AND workspace_id = $1 AND id < $2 AND (CAST($3 AS TEXT) IS NULL OR state = $3)
            AND (CAST($6 AS BIGINT) IS NULL OR message_id = $6) ORDER BY id DESC LIMIT $4"
    );
    let before = listed.before.map_or(i64::MAX, InstructionId::number);
    let mut args: Vec<Value> = vec![workspace.into(), before.into(), listed.state.map(AskedState::name).into(), limit.into()];
    let sql = match (listed.job, listed.message) {
        (Some(job), message) => {
            args.extend([job.into(), message.into()]);
            OF_JOB
        }
        (None, Some(message)) => {
            args.push(message.into());
            OF_MESSAGE
        }
        (None, None) => ALL,
    };
    db.query(sql, args).await?.into_iter().map(instruction_of).collect()
}

/// What waits to be done to these messages, has failed since `failed_since` or was done since `done_since`, the oldest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn about(
    db: &Db,
    messages: &[MessageId],
    failed_since: Timestamp,
    done_since: Timestamp,
) -> Result<Vec<Instruction>, StoreError> {
    const SQL: &str = select!(
        "WHERE message_id IN {numbers $1} AND (state = 'waiting' OR (state = 'failed' AND ended_at >= $2)
            OR (state = 'done' AND ended_at >= $3))
            ORDER BY id"
    );
    let numbers = numbers(messages.iter().map(|message| message.number()));
    db.query(SQL, [numbers.into(), failed_since.into(), done_since.into()]).await?.into_iter().map(instruction_of).collect()
}

fn instruction_of(mut row: Row) -> Result<Instruction, StoreError> {
    let row = &mut row;
    let broken = |error: serde_json::Error| StoreError::Broken(format!("an instruction is no JSON of its kind: {error}"));
    Ok(Instruction {
        id: row.read()?,
        workspace: row.read()?,
        mailbox: row.read()?,
        message: row.read()?,
        job: row.read()?,
        deed: serde_json::from_str(&row.read::<String>()?).map_err(broken)?,
        state: {
            let name: String = row.read()?;
            AskedState::named(&name).ok_or_else(|| StoreError::Broken(format!("no instruction is {name}")))?
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
