//! Compares the mirror with the source, folder by folder and id by id.

use std::collections::{BTreeMap, HashSet};

use microsoft365_sim::Simulator;
use model::id::FolderId;
use model::mailbox::Mailbox;
use store::{Db, StoreError, folder, mailbox, message};

use super::report::{Figures, FolderProof, MailboxProof};
use crate::wire::House;

/// Ids read at a time.
const PAGE: u32 = 5_000;

/// Everything there against everything here.
///
/// # Errors
/// When the database does not answer.
pub async fn mailboxes(house: &House, simulator: &Simulator, addresses: &[String]) -> Result<Vec<MailboxProof>, StoreError> {
    let known = mailbox::list(&house.db, house.workspace).await?;
    let mut proofs = Vec::new();
    for address in addresses {
        let source = Source::of(simulator, address);
        let ours = known.iter().find(|mailbox| mailbox.graph_user_id == source.user);
        proofs.push(MailboxProof { address: address.clone(), folders: folders(&house.db, &source, ours).await? });
    }
    Ok(proofs)
}

/// A mailbox at the source.
struct Source {
    user: String,
    /// Name and message ids, by the folder's id.
    folders: BTreeMap<String, (String, HashSet<String>)>,
}

impl Source {
    fn of(simulator: &Simulator, address: &str) -> Self {
        let control = simulator.control();
        let user = control.user(address).map(|user| user.id).unwrap_or_default();
        let state = control.state(address).map(|state| state.folders).unwrap_or_default();
        let folders = state.into_iter().filter(|folder| folder.well_known != Some("msgfolderroot")).map(|folder| {
            let ids = folder.messages.into_iter().map(|message| message.id).collect();
            (folder.id, (folder.name, ids))
        });
        Source { user, folders: folders.collect() }
    }
}

async fn folders(db: &Db, source: &Source, ours: Option<&Mailbox>) -> Result<Vec<FolderProof>, StoreError> {
    let known = match ours {
        Some(mailbox) => folder::list(db, mailbox.id).await?,
        None => Vec::new(),
    };
    let mut proofs = Vec::new();
    for (id, (name, there)) in &source.folders {
        let here = match known.iter().find(|folder| folder.graph_id == *id && folder.removed_at.is_none()) {
            Some(folder) => ids_of(db, folder.id).await?,
            None => HashSet::new(),
        };
        proofs.push(FolderProof { folder: name.clone(), figures: figures(there, &here) });
    }
    // A folder that is no longer there must hold nothing here.
    for folder in known.iter().filter(|folder| !source.folders.contains_key(&folder.graph_id)) {
        let here = ids_of(db, folder.id).await?;
        if !here.is_empty() {
            proofs.push(FolderProof { folder: folder.display_name.clone(), figures: figures(&HashSet::new(), &here) });
        }
    }
    Ok(proofs)
}

async fn ids_of(db: &Db, folder: FolderId) -> Result<HashSet<String>, StoreError> {
    let mut ids = HashSet::new();
    let mut after = None;
    loop {
        let page = message::ids_in_folder(db, folder, after, PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(ids) };
        after = Some(*last);
        ids.extend(page.into_iter().map(|(_, graph_id)| graph_id));
    }
}

fn figures(there: &HashSet<String>, here: &HashSet<String>) -> Figures {
    Figures { there: there.len(), here: here.len(), missing: there.difference(here).count(), extra: here.difference(there).count() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_and_extra_are_told_apart_even_when_the_counts_agree() {
        let set = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect::<HashSet<_>>();
        assert_eq!(figures(&set(&["a", "b"]), &set(&["b", "c"])), Figures { there: 2, here: 2, missing: 1, extra: 1 });
    }
}
