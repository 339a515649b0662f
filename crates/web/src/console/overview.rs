//! What every page about mailboxes reads first: how a mailbox is, and its folders with their counts.

use model::mailbox::Mailbox;
use store::folder::{self, Folder};
use store::{StoreError, subscription};

use crate::state::State;
use crate::view::mailbox_state::Health;

/// How a mailbox is, and its folders, each with the count of its messages here.
pub async fn of(state: &State, mailbox: Mailbox) -> Result<(Health, Vec<(Folder, i64)>), StoreError> {
    let mut folders = folder::counted(&state.db, mailbox.id).await?;
    folders.sort_by_cached_key(|(folder, _)| (place(folder), folder.display_name.to_lowercase()));
    let subscription = subscription::find(&state.db, mailbox.id).await?;
    let health = Health {
        folders: i64::try_from(folders.len()).unwrap_or(i64::MAX),
        here: folders.iter().map(|(_, here)| here).sum(),
        there: folders.iter().map(|(folder, here)| expected(folder, *here)).sum(),
        subscription,
        polling: state.settings.polling_interval,
        mailbox,
    };
    Ok((health, folders))
}

/// How many messages a folder is expected to have in the end.
fn expected(folder: &Folder, here: i64) -> i64 {
    if folder.first_synced_at.is_some() { here } else { folder.estimate_total.unwrap_or(folder.total_there).max(here) }
}

/// Where a folder stands in a list: as mail programs order them.
fn place(folder: &Folder) -> usize {
    const ORDER: [&str; 7] = ["inbox", "drafts", "sentitems", "archive", "deleteditems", "junkemail", "outbox"];
    let known = folder.well_known.as_deref().map(str::to_ascii_lowercase);
    let place = known.and_then(|name| ORDER.iter().position(|ordered| *ordered == name));
    match place {
        Some(place) => place,
        None if folder.hidden => ORDER.len() + 1,
        None => ORDER.len(),
    }
}
