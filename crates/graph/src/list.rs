//! Lists that are short and read whole.

use serde::de::DeserializeOwned;

use crate::access::Access;
use crate::call::Call;
use crate::client::Client;
use crate::error::{GraphError, Unreadable};
use transport::Effect;

/// Pages of one list: beyond them something is wrong with it.
const PAGES_MAX: usize = 50;

/// All entries of a list.
///
/// # Errors
/// [`GraphError`]; also when one entry cannot be read: what a list lacks would count as gone.
pub(crate) async fn whole<T: DeserializeOwned>(
    client: &Client,
    access: &Access,
    mut call: Call,
    preference: &str,
) -> Result<Vec<T>, GraphError> {
    let mut found = Vec::new();
    for _ in 0..PAGES_MAX {
        let page = client.list_page::<T>(access, call.prefer(preference)).await?;
        if !page.unreadable.is_empty() {
            return Err(GraphError::Unreadable(Unreadable { effect: Effect::Read, request_id: None }));
        }
        found.extend(page.items);
        // A page may be empty and still be followed by another (graph.md 2.2).
        match page.next {
            Some(next) => call = Call::follow_next(&next),
            None => return Ok(found),
        }
    }
    Err(GraphError::Unaskable("a list has no end"))
}
