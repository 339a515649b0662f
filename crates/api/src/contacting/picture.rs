//! Pictures of contacts: asked of Microsoft while somebody waits, and not kept.

use bytes::Bytes;
use graph::{Access, GrantKey, Lane};
use model::contact::Origin;
use model::id::ContactId;
use store::{contact_book, source_contact};

use super::{book, say};
use crate::access::{Asker, Scope};
use crate::failure::Failure;
use crate::raster::raster;
use crate::state::State;

/// How many of a contact's sources are asked, one after the other.
const ASKED_MAX: usize = 3;

/// The picture of a contact, from the first of its sources at Outlook that has one, with its media type; `None` if none
/// has one that can be shown.
///
/// # Errors
/// 404 if the contact is not there.
pub async fn picture(state: &State, asker: &Asker, id: ContactId) -> Result<Option<(&'static str, Bytes)>, Failure> {
    asker.may(Scope::Read)?;
    let contact = say::find(state, asker, id).await?;
    let books = contact_book::list(&state.db, asker.workspace).await?;
    let mut sources = source_contact::find_many(&state.db, asker.workspace, &contact.sources).await?;
    sources.retain(|kept| kept.source.origin == Origin::Outlook);
    sources.sort_by_key(|kept| kept.source.id);
    for kept in sources.iter().take(ASKED_MAX) {
        let Some(book) = books.iter().find(|book| book.id == kept.source.book) else { continue };
        let Ok(account) = book::connected(state, book).await else { continue };
        let access = Access::new(GrantKey::new(account.id.to_string()), account.account_id, Lane::Interactive);
        let found = graph::contact::photo(&state.microsoft, &access, &kept.foreign_id).await?;
        if let Some((kind, bytes)) = found.and_then(|bytes| Some((raster(&bytes)?, bytes))) {
            return Ok(Some((kind, bytes)));
        }
    }
    Ok(None)
}
