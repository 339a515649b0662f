//! What may be archived: judged before an archive is asked for, whoever asks.

use base::Problem;
use http::StatusCode;
use model::archive::{Target, Wanted};
use model::id::{MailboxId, WorkspaceId};
use model::mailbox::{Mailbox, MailboxState};
use model::query::Query;
use store::{Db, customer, folder, mailbox};

use crate::access::Mailboxes;
use crate::failure::Failure;

/// Judges what is wanted, and whereto, by somebody who is confined to these mailboxes.
///
/// # Errors
/// 404 for what is not there for them, 422 for what cannot be meant, 409 while the first sync of a mailbox runs: what is not here
/// yet would be missing without being named.
pub async fn judge(db: &Db, workspace: WorkspaceId, mailboxes: &Mailboxes, wanted: &Wanted, target: &Target) -> Result<(), Failure> {
    if wanted.continuous {
        judge_continuous(wanted, target)?;
    }
    if wanted.named() > 1 {
        let detail = "More than one of `mailbox`, `folder`, `customer` and `query` is given.";
        let action = "Give one; a query can name the others (`mailbox:`, `in:`, `customer:`).";
        return Err(Failure::unprocessable("archive_of_two_things", "One archive is of one thing.", detail, action));
    }
    if let Some(text) = &wanted.query {
        let detail = |mistake: model::query::Mistake| {
            Failure::bad_request(&format!("query_{}", mistake.code), mistake.what.clone(), mistake.mend.clone())
        };
        if Query::read(text).map_err(detail)?.is_empty() {
            return Err(Failure::bad_request(
                "query_empty",
                "`query` asks for nothing.",
                "Leave it out for all mail, or say what is looked for.",
            ));
        }
    }
    if let Some(customer) = wanted.customer {
        customer::find(db, workspace, customer).await?.ok_or_else(Failure::not_found)?;
    }
    let all: Vec<Mailbox> = mailbox::list(db, workspace).await?.into_iter().filter(|mailbox| mailboxes.hold(mailbox.id)).collect();
    let of = match (wanted.mailbox, wanted.folder) {
        (Some(mailbox), _) => Some(mailbox),
        (None, Some(folder)) => Some(folder::find(db, folder).await?.ok_or_else(Failure::not_found)?.mailbox),
        (None, None) => None,
    };
    still_syncing(&all, of)
}

/// A continuous archive has no end, so there is no manifest that could be written last; and what a search finds or where a message
/// lies changes, so it cannot be said once for all of a message that has just come in.
fn judge_continuous(wanted: &Wanted, target: &Target) -> Result<(), Failure> {
    let refused = |detail: &str, action: &str| {
        Err(Failure::unprocessable("continuous_archive_refused", "That cannot be continuous.", detail, action))
    };
    if !matches!(target, Target::Smtp { .. }) {
        return refused("A directory or a bucket ends with its manifest.", "Leave `continuous` out, or name a mail server as the target.");
    }
    if wanted.folder.is_some() || wanted.customer.is_some() || wanted.query.is_some() {
        return refused("Mail goes on to where it belongs after it has come in.", "Name a `mailbox`, or none for all.");
    }
    if wanted.received_before.is_some() {
        return refused("Mail that comes in later is not received before then.", "Leave `received_before` out.");
    }
    Ok(())
}

fn still_syncing(all: &[Mailbox], of: Option<MailboxId>) -> Result<(), Failure> {
    let concerned: Vec<&Mailbox> = all.iter().filter(|mailbox| of.is_none_or(|of| mailbox.id == of)).collect();
    if concerned.is_empty() && of.is_some() {
        return Err(Failure::not_found());
    }
    let Some(syncing) = concerned.into_iter().find(|mailbox| mailbox.state == MailboxState::Syncing) else { return Ok(()) };
    let detail = format!("The mailbox {} is not here as a whole yet, so the archive would lack mail without naming it.", syncing.id);
    let problem = Problem::new("first_sync_running", "A mailbox is still being copied.", detail, "Wait until its first sync is complete.");
    Err(Failure::new(StatusCode::CONFLICT, problem))
}
