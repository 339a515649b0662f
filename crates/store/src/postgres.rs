//! PostgreSQL.
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::{Outcome, Sql, Transaction};
use crate::value::Value;

#[derive(Clone)]
pub(crate) struct Postgres {}

impl Postgres {
    pub(crate) async fn open(_url: &str, _connections: usize) -> Result<Self, StoreError> {
        Err(StoreError::Unavailable("not built yet".to_owned()))
    }
    pub(crate) async fn commit(&self, _transaction: Transaction) -> Result<Outcome, StoreError> {
        Err(StoreError::Unavailable("not built yet".to_owned()))
    }
    pub(crate) async fn query(&self, _sql: Sql, _args: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        Err(StoreError::Unavailable("not built yet".to_owned()))
    }
}
