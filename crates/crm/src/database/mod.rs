//! A customer's own database: described in configuration, tested, looked up in, and given our contacts.
//!
//! Promises: identifiers pass a strict rule and are quoted, values are only ever bound; nothing is deleted; a column that is not described
//! is never written; every error becomes a [`base::Problem`] that names table, column and the statement an administrator can run, and holds
//! neither a value nor the password.

mod catalog;
mod described;
mod dialect;
mod explain;
mod export;
mod fault;
mod file;
mod form;
mod grants;
mod identifier;
mod link;
mod look_up;
mod test;
#[cfg(test)]
mod tests;

pub use described::{Connection, ContactsTable, Described, Field, Fixed, GrantColumns, Kind, PhoneFormat, Pool, Tls};
pub use dialect::Engine;
pub use export::{Export, Outcome, Skip, Subject};
pub use file::{File, Notice, read};
pub use form::written_forms;
pub use grants::SessionGrant;
pub use identifier::{Identifier, TableName};
pub use link::Database;
pub use look_up::{Found, Who};
pub use test::{Finding, Report};
