//! Searching, as far as the asker sees: no word matches text that they may not read.

use base::Timestamp;
use model::id::WorkspaceId;
use model::query::Query;
use store::search::{self, Asked, Cursor, Order, Scope, Seen};
use store::{Db, StoreError};

use crate::access::{Level, Sight};
use crate::view;

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The query.
    pub query: &'a Query,
    /// In which order the answer comes.
    pub order: Order,
    /// Where an earlier page ended.
    pub after: Option<Cursor>,
    /// How many messages make a page.
    pub limit: u32,
    /// The time against which ages such as `7d` count.
    pub now: Timestamp,
}

/// A page of what was found, and where the next begins.
#[derive(Debug)]
pub struct Found {
    /// The messages, in order.
    pub data: Vec<view::Message>,
    /// Where to go on.
    pub next: Option<Cursor>,
    /// What the search says of itself.
    pub page: search::Page,
}

/// Messages that match, within what may be seen.
///
/// # Errors
/// As [`Db::query`].
pub async fn search(db: &Db, workspace: WorkspaceId, sight: &Sight, wanted: Wanted<'_>) -> Result<Found, StoreError> {
    let scope = scope_of(workspace, sight);
    let Wanted { query, order, after, limit, now } = wanted;
    let page = search::search(db, &Asked { scope: &scope, query, order, after, limit, now }).await?;
    let ids: Vec<_> = page.hits.iter().map(|hit| hit.message).collect();
    let data = super::message::find_many(db, workspace, sight, &ids).await?;
    Ok(Found { data, next: page.next, page })
}

/// What may be searched by whoever sees this.
pub fn scope_of(workspace: WorkspaceId, sight: &Sight) -> Scope {
    if sight.is_unbounded() {
        return Scope::workspace(workspace);
    }
    let seen = sight.visible().into_iter().filter_map(|mailbox| {
        let level = match sight.level(mailbox) {
            Level::Nothing => return None,
            Level::Metadata => search::Level::Metadata,
            Level::Subject => search::Level::Subject,
            Level::Everything => search::Level::Everything,
        };
        Some(Seen { mailbox, level, private: sight.is_own(mailbox) })
    });
    Scope::mailboxes(workspace, seen)
}
