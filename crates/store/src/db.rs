//! The one seam: a database is opened, asked, and given transactions. Which engine answers is known here and below.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use base::Secret;
use tokio::sync::watch;

use crate::error::StoreError;
use crate::migrate;
use crate::postgres::Postgres;
use crate::row::Row;
use crate::sqlite::Sqlite;
use crate::statement::{Outcome, Sql, Transaction};
use crate::value::Value;

/// Where the database is and how many may read at once.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `sqlite:PATH` or `postgres://…`; it may hold a password.
    pub url: Secret<String>,
    /// Threads that read from SQLite.
    pub readers: usize,
    /// Connections to PostgreSQL, for reading and writing.
    pub connections: usize,
}

impl Settings {
    /// The usual settings for this database.
    pub fn new(url: impl Into<Secret<String>>) -> Self {
        Settings { url: url.into(), readers: 3, connections: 8 }
    }
}

/// Which side of a commit a test stops the program at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Nothing has been committed.
    Before,
    /// Everything has been committed, but nobody will hear of it.
    After,
}

/// Asked at every commit, by its name: `true` stops the program there.
pub type CommitHook = Arc<dyn Fn(&'static str, Phase) -> bool + Send + Sync>;

/// Awaited before every commit, by its name: a test's way to choose which of several commits comes first.
pub type CommitGate = Arc<dyn Fn(&'static str) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

#[derive(Clone)]
enum Engine {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// An open database. Cheap to clone; all clones are the same one.
#[derive(Clone)]
pub struct Db {
    engine: Engine,
    hook: Option<CommitHook>,
    gate: Option<CommitGate>,
    woken: Arc<watch::Sender<u64>>,
}

impl Db {
    /// Opens the database and brings its schema up to date.
    ///
    /// # Errors
    /// [`StoreError::Broken`] for an address of another kind or a schema newer than this program,
    /// [`StoreError::Unavailable`] if it cannot be reached.
    pub async fn open(settings: &Settings) -> Result<Self, StoreError> {
        let url = settings.url.expose();
        let engine = if let Some(path) = url.strip_prefix("sqlite:") {
            Engine::Sqlite(Sqlite::open(path.trim_start_matches("//"), settings.readers)?)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Engine::Postgres(Postgres::open(url, settings.connections).await?)
        } else {
            return Err(StoreError::Broken("the database's address starts with neither sqlite: nor postgres://".to_owned()));
        };
        Ok(Db { engine, hook: None, gate: None, woken: Arc::new(watch::Sender::new(0)) })
    }

    /// The same database, asking `hook` at every commit: a test's way to stop the program at each one.
    #[must_use]
    pub fn with_commit_hook(&self, hook: CommitHook) -> Self {
        Db { hook: Some(hook), ..self.clone() }
    }

    /// The same database, waiting at `gate` before every commit: a test's way to put commits in an order of its own.
    #[must_use]
    pub fn with_commit_gate(&self, gate: CommitGate) -> Self {
        Db { gate: Some(gate), ..self.clone() }
    }

    /// Does everything in `transaction` or nothing. It goes on to its end even if the caller stops waiting.
    ///
    /// # Errors
    /// Any [`StoreError`]; after all but [`StoreError::Unavailable`] and [`StoreError::Crashed`] nothing has happened.
    pub async fn commit(&self, transaction: Transaction) -> Result<Outcome, StoreError> {
        let name = transaction.name;
        let wakes = transaction.statements.iter().any(|statement| statement.wakes);
        if let Some(gate) = &self.gate {
            gate(name).await;
        }
        if self.stopped(name, Phase::Before) {
            return Err(StoreError::Crashed);
        }
        let outcome = match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.commit(transaction).await?,
            Engine::Postgres(postgres) => postgres.commit(transaction).await?,
        };
        if wakes {
            self.woken.send_modify(|count| *count += 1);
        }
        if self.stopped(name, Phase::After) { Err(StoreError::Crashed) } else { Ok(outcome) }
    }

    fn stopped(&self, name: &'static str, phase: Phase) -> bool {
        self.hook.as_ref().is_some_and(|hook| hook(name, phase))
    }

    /// Reads rows; sees what was committed before.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Broken`].
    pub async fn query(&self, sql: impl Into<Sql>, args: impl Into<Vec<Value>>) -> Result<Vec<Row>, StoreError> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.query(sql.into(), args.into()).await,
            Engine::Postgres(postgres) => postgres.query(sql.into(), args.into()).await,
        }
    }

    /// The first row of an answer, if there is one.
    ///
    /// # Errors
    /// As [`Db::query`].
    pub async fn query_first(&self, sql: impl Into<Sql>, args: impl Into<Vec<Value>>) -> Result<Option<Row>, StoreError> {
        Ok(self.query(sql, args).await?.into_iter().next())
    }

    /// Changes each time that this process commits something that another part may be waiting for: due work or events.
    /// A hint only; other nodes' commits do not show here.
    pub fn woken(&self) -> watch::Receiver<u64> {
        self.woken.subscribe()
    }

    /// `sqlite` or `postgres`.
    pub fn engine_name(&self) -> &'static str {
        match self.engine {
            Engine::Sqlite(_) => "sqlite",
            Engine::Postgres(_) => "postgres",
        }
    }

    /// The number of the schema that this program needs.
    pub fn schema_version() -> i64 {
        migrate::newest()
    }
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Db({})", self.engine_name())
    }
}
