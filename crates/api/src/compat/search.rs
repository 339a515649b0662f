//! The `search` of compatible lists: the search of the product, newest first, numbered and counted up to a bound.

use model::id::MessageId;
use model::query::Query;
use store::listing::Listed;
use store::search::{self, Asked, Cursor, Level as Readable, Order, Scope, Seen};

use super::envelope::Numbered;
use crate::access::{Asker, Level, Sight};
use crate::failure::Failure;
use crate::state::State;

/// Matches that are counted; whoever wants more uses `/api/v1/search`, which is paged by key.
const COUNTED_MAX: usize = 1_000;
/// Matches read at once.
const BATCH: u32 = 200;

/// How many messages match, and those of the page.
///
/// # Errors
/// 400 for a search that cannot be read.
pub async fn matches(
    state: &State,
    asker: &Asker,
    sight: &Sight,
    listed: &Listed,
    wanted: &str,
    page: Numbered,
) -> Result<(i64, Vec<MessageId>), Failure> {
    let wanted = match listed.read {
        Some(true) => format!("{wanted} is:read"),
        Some(false) => format!("{wanted} is:unread"),
        None => wanted.to_owned(),
    };
    let query = Query::read(&wanted).map_err(|mistake| {
        Failure::bad_request("search_unreadable", mistake.to_string(), "Put words with colons or quotation marks into quotation marks.")
    })?;
    let seen = listed
        .mailboxes
        .iter()
        .filter_map(|mailbox| Some(Seen { mailbox: *mailbox, level: readable(sight.level(*mailbox))?, private: sight.is_own(*mailbox) }));
    let found = all(state, &Scope::mailboxes(asker.workspace, seen), &query).await?;
    let count = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let skipped = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    Ok((count, found.into_iter().skip(skipped).take(page.size() as usize).collect()))
}

async fn all(state: &State, scope: &Scope, query: &Query) -> Result<Vec<MessageId>, Failure> {
    let (mut found, mut after): (Vec<MessageId>, Option<Cursor>) = (Vec::new(), None);
    while found.len() < COUNTED_MAX {
        let asked = Asked { scope, query, order: Order::Newest, after, limit: BATCH, now: state.clock.now() };
        let page = search::search(&state.db, &asked).await?;
        found.extend(page.hits.iter().map(|hit| hit.message));
        let Some(next) = page.next else { break };
        after = Some(next);
    }
    found.truncate(COUNTED_MAX);
    Ok(found)
}

fn readable(level: Level) -> Option<Readable> {
    match level {
        Level::Nothing => None,
        Level::Metadata => Some(Readable::Metadata),
        Level::Subject => Some(Readable::Subject),
        Level::Everything => Some(Readable::Everything),
    }
}
