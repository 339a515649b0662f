//! What every page about mailboxes reads first: how a mailbox is, and its folders with their counts.

use model::id::MailboxId;
use model::mailbox::Mailbox;
use store::folder::{self, Folder};
use store::{StoreError, subscription};

use crate::console::counts::ByFolder;
use crate::state::State;
use crate::view::mailbox_state::Health;

/// How a mailbox is, and its folders, each with the count of its messages here.
pub async fn of(state: &State, mailbox: Mailbox) -> Result<(Health, Vec<(Folder, i64)>), StoreError> {
    let counts = state.counts.of(&state.db, &[mailbox.id], state.clock.now()).await?.remove(0);
    with_counts(state, mailbox, &counts).await
}

/// How mailboxes are, in their order.
pub async fn of_all(state: &State, mailboxes: Vec<Mailbox>) -> Result<Vec<Health>, StoreError> {
    let ids: Vec<MailboxId> = mailboxes.iter().map(|mailbox| mailbox.id).collect();
    let counts = state.counts.of(&state.db, &ids, state.clock.now()).await?;
    let mut healths = Vec::with_capacity(mailboxes.len());
    for (mailbox, counts) in mailboxes.into_iter().zip(counts) {
        healths.push(with_counts(state, mailbox, &counts).await?.0);
    }
    Ok(healths)
}

async fn with_counts(state: &State, mailbox: Mailbox, counts: &ByFolder) -> Result<(Health, Vec<(Folder, i64)>), StoreError> {
    let listed = folder::list(&state.db, mailbox.id).await?.into_iter().filter(|folder| folder.removed_at.is_none());
    let here = |folder: &Folder| counts.get(&folder.id).copied().unwrap_or(0);
    let mut folders: Vec<(Folder, i64)> = listed.map(|folder| (here(&folder), folder)).map(|(here, folder)| (folder, here)).collect();
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
