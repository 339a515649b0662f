//! Statements and transactions as values: built by the file of a noun, gathered by a loop, committed in one go.

use crate::row::Row;
use crate::value::Value;

/// The text of a statement, in the common subset of SQLite and PostgreSQL with `$1` to `$n` as arguments, and the few
/// fragments in braces that `dialect` knows. Texts are constants, which lets both engines prepare each one once.
#[derive(Clone, Copy, Debug)]
pub struct Sql {
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

impl Sql {
    /// Two texts for one meaning, where the engines share no way to say it. Both take the same arguments.
    pub const fn each(sqlite: &'static str, postgres: &'static str) -> Self {
        Sql { sqlite, postgres }
    }
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Sql { sqlite: text, postgres: text }
    }
}

/// How many rows a statement must touch or return, or else the whole transaction is rolled back.
#[derive(Clone, Copy, Debug)]
pub struct Guard {
    pub(crate) rows: u64,
    pub(crate) name: &'static str,
}

/// One statement with its arguments.
#[derive(Clone, Debug)]
pub struct Statement {
    pub(crate) sql: Sql,
    pub(crate) args: Vec<Value>,
    pub(crate) guard: Option<Guard>,
    pub(crate) wakes: bool,
}

impl Statement {
    /// A statement and its arguments, `$1` first.
    pub fn new(sql: impl Into<Sql>, args: impl Into<Vec<Value>>) -> Self {
        Statement { sql: sql.into(), args: args.into(), guard: None, wakes: false }
    }

    /// Demands that exactly `rows` rows are touched (or returned), else nothing of the transaction happens and the
    /// commit answers [`StoreError::Refused`](crate::StoreError::Refused) with this name, a plain assertion such as
    /// "the lease is still mine".
    pub fn expect_rows(mut self, rows: u64, name: &'static str) -> Self {
        self.guard = Some(Guard { rows, name });
        self
    }

    /// Says that somebody may be waiting for what this writes: those who watch [`Db::woken`](crate::Db::woken) look
    /// again after the commit. A hint only.
    pub fn waking(mut self) -> Self {
        self.wakes = true;
        self
    }
}

/// What happens together or not at all.
#[derive(Clone, Debug)]
pub struct Transaction {
    pub(crate) name: &'static str,
    pub(crate) statements: Vec<Statement>,
    pub(crate) durable: bool,
}

impl Transaction {
    /// An empty transaction; `name` is its commit point, such as `pull.page`, by which tests and metrics call it.
    pub fn new(name: &'static str) -> Self {
        Transaction { name, statements: Vec::new(), durable: false }
    }

    /// Adds a statement at the end.
    #[must_use]
    pub fn with(mut self, statement: Statement) -> Self {
        self.statements.push(statement);
        self
    }

    /// Adds statements at the end.
    #[must_use]
    pub fn with_all(mut self, statements: impl IntoIterator<Item = Statement>) -> Self {
        self.statements.extend(statements);
        self
    }

    /// Adds a statement at the end, in place.
    pub fn push(&mut self, statement: Statement) {
        self.statements.push(statement);
    }

    /// Adds statements at the end, in place.
    pub fn extend(&mut self, statements: impl IntoIterator<Item = Statement>) {
        self.statements.extend(statements);
    }

    /// Asks that the commit outlives a loss of power, with everything committed before it: for what cannot be fetched
    /// again, such as a rotated refresh token. Without it SQLite may lose the last moments then, never more; a crash of
    /// the program alone loses nothing. PostgreSQL always does what its `synchronous_commit` says.
    #[must_use]
    pub fn durable(mut self) -> Self {
        self.durable = true;
        self
    }

    /// Its commit point.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// How many statements it has.
    pub fn len(&self) -> usize {
        self.statements.len()
    }

    /// Whether it has no statement.
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }
}

/// What a committed transaction did, by place of its statements.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How many rows each statement touched, or returned.
    pub affected: Vec<u64>,
    /// The rows that each statement returned.
    pub rows: Vec<Vec<Row>>,
}
