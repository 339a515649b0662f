//! SQLite: one thread that writes, a few that read, each with a connection of its own, in write-ahead mode.
//!
//! `synchronous` is NORMAL: a crash of the program loses nothing, a loss of power may take the last commits but leaves
//! a consistent database, and what was lost is fetched again because the cursor went with it. A transaction that cannot
//! be fetched again asks to be durable; its group is then committed with FULL, which makes all earlier ones durable too.
//! Plans do not depend on what is bound (the query planner's stability guarantee): otherwise SQLite prepares every statement with a
//! bound `LIMIT` anew each time it runs, which took a third of the writer's time.
//! No memory map: it brings no speed and doubles resident memory. Source: <https://www.sqlite.org/pragma.html>.

mod checkpoint;
mod prepared;
mod writer;

use std::path::Path;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use tokio::sync::oneshot;

use crate::dialect::Dialect;
use crate::error::StoreError;
use crate::migrate;
use crate::row::Row;
use crate::statement::{Outcome, Sql, Transaction};
use crate::value::Value;

use checkpoint::Checkpoints;
use prepared::Prepared;
use writer::Job;

struct Question {
    sql: Sql,
    args: Vec<Value>,
    reply: oneshot::Sender<Result<Vec<Row>, StoreError>>,
}

/// How long opening waits for whoever had the database before: closing copies the whole log and waits for the disk.
const OPEN_TIME_MAX: Duration = Duration::from_secs(60);
/// How long a statement waits for another connection.
const BUSY_TIME_MAX: Duration = Duration::from_secs(5);

/// An open SQLite database; its threads end with the last clone.
#[derive(Clone)]
pub(crate) struct Sqlite {
    writer: mpsc::Sender<Job>,
    readers: mpsc::Sender<Question>,
}

impl Sqlite {
    pub(crate) fn open(path: &str, readers: usize) -> Result<Self, StoreError> {
        let mut connection = connect(path)?;
        connection.busy_timeout(OPEN_TIME_MAX).map_err(refine)?;
        migrate(&mut connection)?;
        connection.busy_timeout(BUSY_TIME_MAX).map_err(refine)?;
        let (writer, jobs) = mpsc::channel();
        connection.pragma_update(None, "wal_autocheckpoint", 0).map_err(refine)?;
        let checkpoints = Checkpoints::start(connect(path)?)?;
        spawn("store-writer", move || writer::run(&connection, &checkpoints, &jobs))?;
        let (ask, questions) = mpsc::channel();
        let questions = Arc::new(Mutex::new(questions));
        for _ in 0..readers.max(1) {
            let connection = connect(path)?;
            connection.pragma_update(None, "query_only", true).map_err(refine)?;
            let questions = Arc::clone(&questions);
            spawn("store-reader", move || read(&connection, &questions))?;
        }
        Ok(Sqlite { writer, readers: ask })
    }

    pub(crate) async fn commit(&self, transaction: Transaction) -> Result<Outcome, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.writer.send(Job { transaction, reply }).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    pub(crate) async fn query(&self, sql: Sql, args: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.readers.send(Question { sql, args, reply }).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

fn gone() -> StoreError {
    StoreError::Unavailable("its thread has ended".to_owned())
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<(), StoreError> {
    let spawned = thread::Builder::new().name(name.to_owned()).spawn(body);
    spawned.map(drop).map_err(|error| StoreError::Unavailable(format!("no thread could be started: {error}")))
}

fn connect(path: &str) -> Result<Connection, StoreError> {
    create_private(Path::new(path))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(refine)?;
    connection.busy_timeout(OPEN_TIME_MAX).map_err(refine)?;
    connection
        .execute_batch(
            "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;
             PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000; PRAGMA mmap_size = 0; PRAGMA journal_size_limit = 268435456;",
        )
        .map_err(refine)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(refine)?;
    connection.busy_timeout(BUSY_TIME_MAX).map_err(refine)?;
    Ok(connection)
}

/// Makes the file, if it is new, readable by its owner alone: it holds other people's mail.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let refuse = |error: std::io::Error| StoreError::Unavailable(format!("{} cannot be opened: {error}", path.display()));
    if path.exists() {
        return Ok(());
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent).map_err(refuse)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(refuse)
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(refine)?;
    transaction.execute_batch(migrate::TABLE).map_err(refine)?;
    let present = transaction.query_row("SELECT COALESCE(MAX(number), 0) FROM schema_version", [], |row| row.get(0)).map_err(refine)?;
    for (_, script) in migrate::steps_after(present, Dialect::Sqlite)? {
        transaction.execute_batch(&script).map_err(refine)?;
    }
    transaction.commit().map_err(refine)
}

fn read(connection: &Connection, questions: &Mutex<mpsc::Receiver<Question>>) {
    let mut prepared = Prepared::new(connection);
    loop {
        let question = questions.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Question { sql, args, reply }) = question else { return };
        let answer = prepared.query(sql.sqlite, &args);
        let _ = reply.send(answer);
    }
}

/// What went wrong, in our words.
fn refine(error: rusqlite::Error) -> StoreError {
    let text = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) if is_duplicate(&error) => StoreError::Conflict(text),
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::OutOfMemory,
        ) => StoreError::Unavailable(text),
        _ => StoreError::Broken(text),
    }
}

fn is_duplicate(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    matches!(code, Some(rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY))
}
