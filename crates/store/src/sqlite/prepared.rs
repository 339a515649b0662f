//! Prepared statements of one connection: each text is prepared once and found again by where it lies in the program.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql};

use super::refine;
use crate::dialect::Dialect;
use crate::error::StoreError;
use crate::row::Row;
use crate::value::Value;

struct Ready<'c> {
    statement: rusqlite::Statement<'c>,
    columns: Arc<[String]>,
}

/// All statements that a connection has met. Their number is that of the texts in the program.
pub(super) struct Prepared<'c> {
    connection: &'c Connection,
    ready: HashMap<(usize, usize), Ready<'c>>,
}

impl<'c> Prepared<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Prepared { connection, ready: HashMap::new() }
    }

    /// Runs a query and keeps all its rows.
    pub(super) fn query(&mut self, text: &'static str, args: &[Value]) -> Result<Vec<Row>, StoreError> {
        let ready = self.bound(text, args)?;
        collect(ready)
    }

    /// Runs a statement: how many rows it touched or returned, and those it returned.
    pub(super) fn execute(&mut self, text: &'static str, args: &[Value]) -> Result<(u64, Vec<Row>), StoreError> {
        let ready = self.bound(text, args)?;
        if ready.columns.is_empty() {
            let touched = ready.statement.raw_execute().map_err(refine)?;
            return Ok((touched as u64, Vec::new()));
        }
        let rows = collect(ready)?;
        Ok((rows.len() as u64, rows))
    }

    fn bound(&mut self, text: &'static str, args: &[Value]) -> Result<&mut Ready<'c>, StoreError> {
        let ready = match self.ready.entry((text.as_ptr() as usize, text.len())) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(prepare(self.connection, text)?),
        };
        let wanted = ready.statement.parameter_count();
        if wanted != args.len() {
            return Err(StoreError::Broken(format!("{} arguments for a statement with {wanted}: {text}", args.len())));
        }
        for (place, value) in args.iter().enumerate() {
            ready.statement.raw_bind_parameter(place + 1, Bound(value)).map_err(refine)?;
        }
        Ok(ready)
    }
}

fn prepare<'c>(connection: &'c Connection, text: &'static str) -> Result<Ready<'c>, StoreError> {
    let statement = connection.prepare(&Dialect::Sqlite.render(text)).map_err(refine)?;
    let columns = statement.column_names().map(str::to_owned).collect();
    Ok(Ready { statement, columns })
}

fn collect(ready: &mut Ready<'_>) -> Result<Vec<Row>, StoreError> {
    let width = ready.columns.len();
    let columns = &ready.columns;
    let mut rows = ready.statement.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(refine)? {
        let mut values = Vec::with_capacity(width);
        for place in 0..width {
            values.push(owned(row.get_ref(place).map_err(refine)?)?);
        }
        found.push(Row::new(Arc::clone(columns), values));
    }
    Ok(found)
}

fn owned(value: ValueRef<'_>) -> Result<Value, StoreError> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Text(text) => {
            Value::Text(String::from_utf8(text.to_vec()).map_err(|_| StoreError::Broken("a text is not UTF-8".to_owned()))?)
        }
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
        ValueRef::Real(_) => return Err(StoreError::Broken("a column holds a fraction".to_owned())),
    })
}

struct Bound<'v>(&'v Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn a_statement_with_a_bound_limit_is_not_prepared_anew_for_each_value() {
        let directory = tempfile::tempdir().unwrap();
        let connection = super::super::connect(directory.path().join("a.db").to_str().unwrap()).unwrap();
        connection.execute_batch("CREATE TABLE t (a BIGINT); INSERT INTO t VALUES (1), (2), (3), (4)").unwrap();
        let (mut prepared, text) = (Prepared::new(&connection), "SELECT a FROM t WHERE a > $1 ORDER BY a LIMIT $2");
        for limit in 1..=4 {
            let rows = prepared.query(text, &[Value::Int(0), Value::Int(limit)]).unwrap();
            assert_eq!(rows.len(), usize::try_from(limit).unwrap());
        }
        let ready = prepared.bound(text, &[Value::Int(0), Value::Int(1)]).unwrap();
        assert_eq!(ready.statement.get_status(StatementStatus::RePrepare), 0);
    }
}
