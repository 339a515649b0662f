//! Compares originals: each message's MIME as the product gets it from Graph with what was put into the mailbox.

use futures::StreamExt as _;
use graph::mail::messages;
use graph::{Access, GrantKey, Lane};
use microsoft365_sim::Simulator;
use store::mailbox;

use super::report::Originals;
use crate::failure::Failure;
use crate::wire::{House, database_unusable};

/// Originals fetched at once: as many as Microsoft admits for a mailbox.
const AT_ONCE: usize = 4;

/// Fetches and compares every original.
///
/// # Errors
/// When the database does not answer; an original that cannot be had counts as different.
pub async fn compare(house: &House, simulator: &Simulator) -> Result<Originals, Failure> {
    let mailboxes = mailbox::list(&house.db, house.workspace).await.map_err(|error| database_unusable(&error))?;
    let mut originals = Originals::default();
    for mailbox in mailboxes {
        let access = Access::new(GrantKey::new(mailbox.connection.to_string()), mailbox.graph_user_id.clone(), Lane::Interactive);
        let ids = ids_of(simulator, &mailbox.graph_user_id);
        let compared = futures::stream::iter(&ids).map(|id| is_equal(house, simulator, &access, &mailbox.graph_user_id, id));
        let outcomes: Vec<bool> = compared.buffer_unordered(AT_ONCE).collect().await;
        originals.compared += outcomes.len();
        originals.equal += outcomes.into_iter().filter(|equal| *equal).count();
    }
    Ok(originals)
}

fn ids_of(simulator: &Simulator, user: &str) -> Vec<String> {
    let folders = simulator.control().state(user).map(|state| state.folders).unwrap_or_default();
    folders.into_iter().flat_map(|folder| folder.messages).map(|message| message.id).collect()
}

async fn is_equal(house: &House, simulator: &Simulator, access: &Access, user: &str, id: &str) -> bool {
    let Ok(got) = messages::mime(&house.graph, access, id).await else { return false };
    let world = simulator.world();
    let Some(mailbox) = world.mailbox(user) else { return false };
    let put = mailbox.find_message(id).ok().and_then(|item| mailbox.message(item)).map(|message| message.raw.clone());
    put.is_some_and(|put| put == got)
}
