//! Which mailboxes a command is about.

use model::mailbox::{Mailbox, MailboxState};
use store::{Db, mailbox};

use crate::failure::Failure;
use crate::wire::{WORKSPACE, database_unusable};

/// The mailboxes of these addresses, or all that are not disconnected.
///
/// # Errors
/// When one is not known, naming it, or there are none.
pub async fn mailboxes(db: &Db, addresses: &[String]) -> Result<Vec<Mailbox>, Failure> {
    let known = mailbox::list(db, WORKSPACE).await.map_err(|error| database_unusable(&error))?;
    if known.is_empty() {
        return Err(Failure::asked_wrongly(
            "no_mailbox",
            "No mailbox is connected yet.",
            "There is nothing to look at",
            "Run `rapport connect`, or choose \"Connect a mailbox\" in the console.",
        ));
    }
    if addresses.is_empty() {
        return Ok(known.into_iter().filter(|mailbox| mailbox.state != MailboxState::Disconnected).collect());
    }
    addresses.iter().map(|address| find(&known, address)).collect()
}

fn find(known: &[Mailbox], address: &str) -> Result<Mailbox, Failure> {
    let named = |mailbox: &&Mailbox| mailbox.address.eq_ignore_ascii_case(address) || mailbox.id.to_string() == address;
    known.iter().find(named).cloned().ok_or_else(|| {
        Failure::asked_wrongly(
            "unknown_mailbox",
            format!("No mailbox {address} is connected."),
            "The address is none of those that are connected",
            "Run `rapport mailboxes` to see them.",
        )
    })
}
