//! The answer of a search as the outside reads it.

use serde::Serialize;
use utoipa::ToSchema;

use super::Message;

/// A page of what was found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Found {
    /// The messages, in order.
    pub data: Vec<Message>,
    /// Where the next page begins; `null` on the last.
    pub next: Option<String>,
    /// How many messages were looked at for this page.
    pub looked_at: u32,
    /// False if looking further would have taken too long (go on at `next`), or if only the newest 10,000 matches were ranked.
    pub is_complete: bool,
    /// Clauses whose folder, customer, person or mailbox is not there. Nothing is found while there is one.
    pub unknown: Vec<String>,
    /// How the query was understood, clause by clause.
    pub clauses: Vec<Clause>,
}

/// A clause of a query.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Clause {
    /// What stands before the colon; empty for words anywhere.
    pub key: String,
    /// What stands behind it.
    pub value: String,
    /// Whether it must not hold.
    pub is_negated: bool,
    /// As it is typed.
    pub text: String,
}
