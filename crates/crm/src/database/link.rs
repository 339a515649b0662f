//! The link: few connections to the database, each with the session settings of its engine, and time limits on both sides.
//!
//! All that goes in and comes out is text: statements say which type a value has.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base::Problem;
use rusqlite::OpenFlags;
use sqlx::mysql::{MySqlConnectOptions, MySqlPool, MySqlPoolOptions, MySqlSslMode};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};

use super::described::{Connection, Described, Kind, Tls};
use super::dialect::Engine;
use super::explain::{self, About};
use super::fault::Fault;

/// How long it may take until a connection stands.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// After how long an idle connection is given back, and after how long any.
const IDLE: Duration = Duration::from_secs(60);
const LIFETIME: Duration = Duration::from_secs(900);
/// How much longer than the server we wait ourselves.
const GRACE: Duration = Duration::from_secs(2);
/// How long SQLite waits for another writer.
const SQLITE_BUSY: Duration = Duration::from_secs(5);

/// A row, each column as text.
pub(crate) type TextRow = Vec<Option<String>>;

/// A statement and what is bound to its places.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) args: Vec<Option<String>>,
}

impl Statement {
    pub(crate) fn new(sql: impl Into<String>, args: Vec<Option<String>>) -> Self {
        Statement { sql: sql.into(), args }
    }
}

#[derive(Clone)]
enum Link {
    Postgres(PgPool),
    MySql(MySqlPool),
    Sqlite(Arc<PathBuf>),
}

/// A customer's database, entered. Clones share its connections.
#[derive(Clone)]
pub struct Database {
    described: Arc<Described>,
    link: Link,
    engine: Engine,
    version: String,
}

impl Database {
    /// Enters a database.
    ///
    /// # Errors
    /// Why it cannot be entered, with what to do.
    pub async fn open(described: Described) -> Result<Self, Problem> {
        let described = Arc::new(described);
        match Self::enter(&described).await {
            Ok(database) => Ok(database),
            Err(fault) => Err(explain::explain(&described, None, &fault, &About::connecting(&described))),
        }
    }

    async fn enter(described: &Arc<Described>) -> Result<Self, Fault> {
        let link = match described.kind {
            Kind::Postgres => Link::Postgres(postgres(described).await?),
            Kind::MySql => Link::MySql(mysql(described).await?),
            Kind::Sqlite => Link::Sqlite(Arc::new(PathBuf::from(&described.connection.database))),
        };
        let asked = if described.kind == Kind::Sqlite { "SELECT sqlite_version() FROM sqlite_master LIMIT 1" } else { "SELECT VERSION()" };
        let engine = Engine::of(described.kind, "");
        let mut database = Database { described: described.clone(), link, engine, version: String::new() };
        let rows = database.rows(Statement::new(asked, Vec::new())).await?;
        database.version = rows.into_iter().flatten().flatten().next().unwrap_or_default();
        database.engine = Engine::of(described.kind, &database.version);
        Ok(database)
    }

    /// What is described of it.
    pub fn described(&self) -> &Described {
        &self.described
    }

    /// What speaks there.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Its version, in its own words.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether the way there is encrypted; `None` where there is no way.
    pub(crate) async fn is_encrypted(&self) -> Result<Option<bool>, Fault> {
        let asked = match self.link {
            Link::Postgres(_) => "SELECT CASE WHEN ssl THEN 'yes' ELSE '' END FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
            Link::MySql(_) => "SHOW SESSION STATUS LIKE 'Ssl_cipher'",
            Link::Sqlite(_) => return Ok(None),
        };
        let rows = self.rows(Statement::new(asked, Vec::new())).await?;
        let cipher = rows.into_iter().next().and_then(|mut row| row.pop()).flatten();
        Ok(Some(cipher.is_some_and(|cipher| !cipher.is_empty())))
    }

    /// The rows of a statement that changes nothing.
    pub(crate) async fn rows(&self, statement: Statement) -> Result<Vec<TextRow>, Fault> {
        let Statement { sql, args } = statement;
        let asked = async {
            match &self.link {
                Link::Postgres(pool) => {
                    let query = args.into_iter().fold(sqlx::query(AssertSqlSafe(sql)).persistent(false), |query, arg| query.bind(arg));
                    let rows = query.fetch_all(pool).await?;
                    rows.iter().map(|row| (0..row.len()).map(|column| row.try_get(column)).collect()).collect::<Result<_, _>>()
                }
                Link::MySql(pool) => {
                    let query = args.into_iter().fold(sqlx::query(AssertSqlSafe(sql)).persistent(false), |query, arg| query.bind(arg));
                    let rows = query.fetch_all(pool).await?;
                    rows.iter().map(|row| (0..row.len()).map(|column| row.try_get(column)).collect()).collect::<Result<_, _>>()
                }
                Link::Sqlite(path) => return self.in_sqlite(path, false, move |open| read_sqlite(open, &sql, &args)).await,
            }
            .map_err(Fault::from)
        };
        tokio::time::timeout(self.described.pool.timeout + GRACE, asked).await.unwrap_or(Err(Fault::TimedOut))
    }

    /// Does all of it, or nothing.
    pub(crate) async fn write(&self, statements: Vec<Statement>) -> Result<(), Fault> {
        let count = u32::try_from(statements.len()).unwrap_or(u32::MAX).max(1);
        let written = async {
            match &self.link {
                Link::Postgres(pool) => {
                    let mut transaction = pool.begin().await?;
                    for Statement { sql, args } in statements {
                        let query = args.into_iter().fold(sqlx::query(AssertSqlSafe(sql)).persistent(false), |query, arg| query.bind(arg));
                        query.execute(&mut *transaction).await?;
                    }
                    transaction.commit().await
                }
                Link::MySql(pool) => {
                    let mut transaction = pool.begin().await?;
                    for Statement { sql, args } in statements {
                        let query = args.into_iter().fold(sqlx::query(AssertSqlSafe(sql)).persistent(false), |query, arg| query.bind(arg));
                        query.execute(&mut *transaction).await?;
                    }
                    transaction.commit().await
                }
                Link::Sqlite(path) => return self.in_sqlite(path, true, move |open| write_sqlite(open, statements)).await,
            }
            .map_err(Fault::from)
        };
        // The server limits each statement; here the whole transaction is given as much as all of them.
        let longest = self.described.pool.timeout.saturating_mul(count.min(4)) + GRACE;
        tokio::time::timeout(longest, written).await.unwrap_or(Err(Fault::TimedOut))
    }

    /// Works in the file on a thread that may wait; what takes too long is interrupted.
    async fn in_sqlite<T: Send + 'static>(
        &self,
        path: &Arc<PathBuf>,
        writes: bool,
        work: impl FnOnce(&mut rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Fault> {
        let (path, limit) = (path.clone(), self.described.pool.timeout);
        let (tell, mut told) = tokio::sync::oneshot::channel();
        let mut task = tokio::task::spawn_blocking(move || -> Result<T, Fault> {
            let how = if writes { OpenFlags::SQLITE_OPEN_READ_WRITE } else { OpenFlags::SQLITE_OPEN_READ_ONLY };
            let mut open = rusqlite::Connection::open_with_flags(path.as_path(), how | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
            open.busy_timeout(SQLITE_BUSY)?;
            open.pragma_update(None, "trusted_schema", false)?;
            open.pragma_update(None, "query_only", !writes)?;
            let _ = tell.send(open.get_interrupt_handle());
            Ok(work(&mut open)?)
        });
        match tokio::time::timeout(limit, &mut task).await {
            Ok(joined) => joined.map_err(|_| Fault::Unreadable)?,
            Err(_) => {
                if let Ok(handle) = told.try_recv() {
                    handle.interrupt();
                }
                Err(Fault::TimedOut)
            }
        }
    }

    /// Gives all connections back.
    pub async fn close(self) {
        match self.link {
            Link::Postgres(pool) => pool.close().await,
            Link::MySql(pool) => pool.close().await,
            Link::Sqlite(_) => {}
        }
    }
}

fn read_sqlite(open: &rusqlite::Connection, sql: &str, args: &[Option<String>]) -> rusqlite::Result<Vec<TextRow>> {
    let mut prepared = open.prepare(sql)?;
    let columns = prepared.column_count();
    let rows = prepared.query_map(rusqlite::params_from_iter(args), |row| (0..columns).map(|column| row.get(column)).collect())?;
    rows.collect()
}

fn write_sqlite(open: &mut rusqlite::Connection, statements: Vec<Statement>) -> rusqlite::Result<()> {
    let transaction = open.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for Statement { sql, args } in statements {
        transaction.prepare_cached(&sql)?.execute(rusqlite::params_from_iter(args))?;
    }
    transaction.commit()
}

/// A first connection is made alone, because a pool waits where a host refuses; then the pool makes them as they are needed.
async fn postgres(described: &Described) -> Result<PgPool, Fault> {
    let options = postgres_options(&described.connection);
    let first = tokio::time::timeout(CONNECT_TIMEOUT, options.connect()).await.map_err(|_| unanswered())??;
    first.close().await?;
    let limit_ms = described.pool.timeout.as_millis();
    let session =
        format!("SET statement_timeout = {limit_ms}; SET lock_timeout = {limit_ms}; SET idle_in_transaction_session_timeout = 60000");
    let pool = PgPoolOptions::new()
        .max_connections(described.pool.connections_max)
        .acquire_timeout(CONNECT_TIMEOUT)
        .idle_timeout(IDLE)
        .max_lifetime(LIFETIME)
        .after_connect(move |connection, _| {
            let session = session.clone();
            Box::pin(async move { sqlx::raw_sql(AssertSqlSafe(session)).execute(connection).await.map(|_| ()) })
        });
    Ok(pool.connect_lazy_with(options))
}

fn postgres_options(connection: &Connection) -> PgConnectOptions {
    let mode = match connection.tls {
        Tls::Off => PgSslMode::Disable,
        Tls::Preferred => PgSslMode::Prefer,
        Tls::Required => PgSslMode::Require,
        Tls::VerifyAuthority => PgSslMode::VerifyCa,
        Tls::VerifyHost => PgSslMode::VerifyFull,
    };
    let mut options = PgConnectOptions::new_without_pgpass()
        .host(&connection.host)
        .port(connection.port)
        .username(&connection.username)
        .password(connection.password.expose())
        .database(&connection.database)
        .ssl_mode(mode)
        .application_name("rapport");
    if let Some(file) = &connection.authorities {
        options = options.ssl_root_cert(file);
    }
    options.disable_statement_logging()
}

async fn mysql(described: &Described) -> Result<MySqlPool, Fault> {
    let options = mysql_options(&described.connection);
    let mut first = tokio::time::timeout(CONNECT_TIMEOUT, options.connect()).await.map_err(|_| unanswered())??;
    let version: String = sqlx::query_scalar("SELECT VERSION()").fetch_one(&mut first).await?;
    first.close().await?;
    let session = mysql_session(Engine::of(Kind::MySql, &version), described.pool.timeout);
    let pool = MySqlPoolOptions::new()
        .max_connections(described.pool.connections_max)
        .acquire_timeout(CONNECT_TIMEOUT)
        .idle_timeout(IDLE)
        .max_lifetime(LIFETIME)
        .after_connect(move |connection, _| {
            let session = session.clone();
            Box::pin(async move {
                for setting in session {
                    sqlx::raw_sql(AssertSqlSafe(setting)).execute(&mut *connection).await?;
                }
                Ok(())
            })
        });
    Ok(pool.connect_lazy_with(options))
}

/// Strict, so that nothing is cut silently; and no statement for ever. MySQL's own limit is for reading only.
fn mysql_session(engine: Engine, limit: Duration) -> Vec<String> {
    let limits = match engine {
        Engine::MariaDb => format!("SET SESSION max_statement_time = {}", limit.as_secs()),
        _ => format!("SET SESSION max_execution_time = {}", limit.as_millis()),
    };
    let locks = format!("SET SESSION innodb_lock_wait_timeout = {}", limit.as_secs().max(1));
    vec!["SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')".to_owned(), limits, locks]
}

fn mysql_options(connection: &Connection) -> MySqlConnectOptions {
    let mode = match connection.tls {
        Tls::Off => MySqlSslMode::Disabled,
        Tls::Preferred => MySqlSslMode::Preferred,
        Tls::Required => MySqlSslMode::Required,
        Tls::VerifyAuthority => MySqlSslMode::VerifyCa,
        Tls::VerifyHost => MySqlSslMode::VerifyIdentity,
    };
    let mut options =
        MySqlConnectOptions::new().port(connection.port).username(&connection.username).database(&connection.database).ssl_mode(mode);
    // An empty password is none: MySQL would be shown the proof of an empty one, and refuse it.
    if !connection.password.expose().is_empty() {
        options = options.password(connection.password.expose());
    }
    options = if connection.host.starts_with('/') { options.socket(&connection.host) } else { options.host(&connection.host) };
    if let Some(file) = &connection.authorities {
        options = options.ssl_ca(file);
    }
    options.disable_statement_logging()
}

fn unanswered() -> Fault {
    Fault::Unreachable(format!("no answer within {} s", CONNECT_TIMEOUT.as_secs()))
}
