//! PostgreSQL: a pool of connections, and transactions sent in one go instead of a journey for each statement.
//!
//! Isolation is READ COMMITTED; what must not race is guarded by the statements themselves. A transaction that lost a
//! deadlock is sent again, which is safe because it is a value. Source: <https://www.postgresql.org/docs/current/mvcc.html>.

mod encode;
mod pipeline;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use tokio_postgres::NoTls;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;

use crate::dialect::Dialect;
use crate::error::StoreError;
use crate::migrate;
use crate::row::Row;
use crate::statement::{Outcome, Sql, Statement, Transaction};
use crate::value::Value;

/// How often a transaction that lost a deadlock is sent again.
const AGAIN_MAX: u32 = 5;
/// How long a connection may take to come about, and how long one may be waited for.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);
/// A quiet connection is tried after this long.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// PostgreSQL compiles a statement where it expects many rows. That made searches several times as slow as they are.
const WITHOUT_COMPILING: &str = "SET jit = off";
/// Whoever holds this number migrates; any constant will do.
const MIGRATION_LOCK: i64 = 0x5241_5050_4F52_5401;

/// An open PostgreSQL database.
#[derive(Clone)]
pub(crate) struct Postgres {
    pool: Pool,
}

impl Postgres {
    pub(crate) async fn open(url: &str, connections: usize) -> Result<Self, StoreError> {
        let mut config: tokio_postgres::Config = url
            .parse()
            .map_err(|error: tokio_postgres::Error| StoreError::Broken(format!("the database's address is not one: {error}")))?;
        config.application_name("rapport").connect_timeout(CONNECT_TIME_MAX).keepalives_idle(KEEP_ALIVE).tcp_user_timeout(CONNECT_TIME_MAX);
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = if config.get_ssl_mode() == SslMode::Require {
            Manager::from_config(config, tls::Tls::new()?, recycling)
        } else {
            Manager::from_config(config.ssl_mode(SslMode::Disable).clone(), NoTls, recycling)
        };
        let pool = Pool::builder(manager)
            .max_size(connections.max(1))
            .runtime(deadpool_postgres::Runtime::Tokio1)
            .wait_timeout(Some(CONNECT_TIME_MAX))
            .create_timeout(Some(CONNECT_TIME_MAX))
            .post_create(Hook::async_fn(|connection, _| {
                Box::pin(async move { connection.batch_execute(WITHOUT_COMPILING).await.map_err(HookError::Backend) })
            }))
            .build()
            .map_err(|error| StoreError::Broken(error.to_string()))?;
        let postgres = Postgres { pool };
        migrate(&postgres.connection().await?).await?;
        Ok(postgres)
    }

    async fn connection(&self) -> Result<Object, StoreError> {
        self.pool.get().await.map_err(|error| match error {
            deadpool_postgres::PoolError::Backend(error) => StoreError::Unavailable(refine(error).to_string()),
            other => StoreError::Unavailable(other.to_string()),
        })
    }

    /// Runs in a task of its own, so that a caller who stops waiting leaves no transaction half sent.
    pub(crate) async fn commit(&self, transaction: Transaction) -> Result<Outcome, StoreError> {
        let postgres = self.clone();
        let committed = tokio::spawn(async move { postgres.commit_again(&transaction).await }).await;
        committed.map_err(|_| StoreError::Unavailable("its task has ended".to_owned()))?
    }

    async fn commit_again(&self, transaction: &Transaction) -> Result<Outcome, StoreError> {
        let mut tries = 1;
        loop {
            match self.commit_once(transaction).await {
                Err(Failure::Deadlock(_)) if tries < AGAIN_MAX => tries += 1,
                Err(Failure::Deadlock(error) | Failure::Other(error)) => return Err(error),
                Ok(outcome) => return Ok(outcome),
            }
        }
    }

    async fn commit_once(&self, transaction: &Transaction) -> Result<Outcome, Failure> {
        let connection = self.connection().await.map_err(Failure::Other)?;
        let prepared = prepare_all(&connection, &transaction.statements).await?;
        encode::check(&transaction.statements, &prepared).map_err(Failure::Other)?;
        let sent = pipeline::send(&connection, &transaction.statements, &prepared).await;
        if sent.as_ref().is_err_and(Failure::leaves_doubt) {
            // The connection may stand inside a transaction: it does not go back to the pool.
            drop(Object::take(connection));
        }
        sent
    }

    pub(crate) async fn query(&self, sql: Sql, args: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        let connection = self.connection().await?;
        let prepared = connection.prepare_cached(&Dialect::Postgres.render(sql.postgres)).await.map_err(refine)?;
        let rows = connection.query_raw(&prepared, args.iter()).await.map_err(refine)?;
        pipeline::collect(&prepared, rows).await.map_err(refine)
    }
}

/// Why a transaction was not committed.
enum Failure {
    Deadlock(StoreError),
    Other(StoreError),
}

impl Failure {
    fn leaves_doubt(&self) -> bool {
        matches!(self, Failure::Other(StoreError::Unavailable(_)))
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        let again = [SqlState::T_R_DEADLOCK_DETECTED, SqlState::T_R_SERIALIZATION_FAILURE];
        if error.code().is_some_and(|code| again.contains(code)) { Failure::Deadlock(refine(error)) } else { Failure::Other(refine(error)) }
    }
}

/// All statements of a transaction, prepared: known ones cost nothing, new ones a journey each, once per connection.
async fn prepare_all(connection: &Object, statements: &[Statement]) -> Result<Vec<tokio_postgres::Statement>, Failure> {
    let mut prepared: Vec<tokio_postgres::Statement> = Vec::with_capacity(statements.len());
    for (place, statement) in statements.iter().enumerate() {
        let text = statement.sql.postgres;
        let known = statements[..place].iter().rposition(|earlier| std::ptr::eq(earlier.sql.postgres, text));
        prepared.push(match known {
            Some(earlier) => prepared[earlier].clone(),
            None => connection.prepare_cached(&Dialect::Postgres.render(text)).await?,
        });
    }
    Ok(prepared)
}

async fn migrate(connection: &Object) -> Result<(), StoreError> {
    let locked = format!("BEGIN; SELECT pg_advisory_xact_lock({MIGRATION_LOCK}); {}", migrate::TABLE);
    connection.batch_execute(&locked).await.map_err(refine)?;
    let migrated = migrate_locked(connection).await;
    let end = if migrated.is_ok() { "COMMIT" } else { "ROLLBACK" };
    connection.batch_execute(end).await.map_err(refine)?;
    migrated
}

async fn migrate_locked(connection: &Object) -> Result<(), StoreError> {
    let row = connection.query_one("SELECT COALESCE(MAX(number), 0) FROM schema_version", &[]).await.map_err(refine)?;
    for (_, script) in migrate::steps_after(row.get(0), Dialect::Postgres)? {
        connection.batch_execute(&script).await.map_err(refine)?;
    }
    Ok(())
}

/// What went wrong, in our words.
fn refine(error: tokio_postgres::Error) -> StoreError {
    let Some(told) = error.as_db_error() else {
        let cause = std::error::Error::source(&error).map_or_else(String::new, |cause| format!(": {cause}"));
        let text = format!("{error}{cause}");
        return if error.is_closed() || error.to_string().contains("communicating") || error.to_string().contains("connect") {
            StoreError::Unavailable(text)
        } else {
            StoreError::Broken(text)
        };
    };
    let text = format!("{} ({})", told.message(), told.code().code());
    match told.code().code().get(..2) {
        Some("40") => StoreError::Conflict(text),
        Some("08" | "53" | "57" | "58") => StoreError::Unavailable(text),
        _ if *told.code() == SqlState::UNIQUE_VIOLATION => StoreError::Conflict(text),
        _ => StoreError::Broken(text),
    }
}

/// Column names as rows share them.
fn columns_of(statement: &tokio_postgres::Statement) -> Arc<[String]> {
    statement.columns().iter().map(|column| column.name().to_owned()).collect()
}
