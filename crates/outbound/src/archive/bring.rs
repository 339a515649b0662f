//! Bringing one message: asked of Microsoft, put into its place, or named as missing with the reason.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

use base::{Problem, Recourse, Timestamp};
use graph::mail::messages;
use graph::{Access, GrantKey, GraphError, Lane};
use http::StatusCode;
use model::archive::{Fate, Item};
use model::id::MailboxId;
use model::mailbox::{Mailbox, MailboxState};
use store::{StoreError, mailbox, message};

use super::archivist::Archivist;
use super::place::{Place, Trouble};

/// Tries after which a message that Microsoft never gives is named as missing.
const TRIES_MAX: u32 = 8;
/// How long a mailbox is left alone that cannot be reached.
const MAILBOX_WAIT: Duration = Duration::from_secs(300);
/// The longest wait between two tries of a message.
const WAIT_MAX: Duration = Duration::from_secs(3600);

/// What came of one message.
pub(super) enum Brought {
    /// It needs no further try.
    Settled(Fate),
    /// It is tried again then.
    PutOff(Timestamp),
    /// Nothing of its mailbox can be had before then.
    Shut(Timestamp, Problem),
    /// The target takes nothing now.
    Stopped(Trouble),
}

impl Archivist {
    /// Brings one message. `mailboxes` remembers those that were looked up.
    pub(super) async fn bring(
        &self,
        place: &mut Place,
        item: &Item,
        mailboxes: &mut HashMap<MailboxId, Option<Mailbox>>,
    ) -> Result<Brought, StoreError> {
        match place.known(item).await {
            Ok(Some(kept)) => return Ok(Brought::Settled(Fate::Kept(kept))),
            Ok(None) => {}
            Err(trouble) => return Ok(Brought::Stopped(trouble)),
        }
        if let Entry::Vacant(unknown) = mailboxes.entry(item.mailbox) {
            unknown.insert(mailbox::find(&self.db, item.mailbox).await?);
        }
        let Some(mailbox) = mailboxes[&item.mailbox].as_ref().filter(|mailbox| mailbox.state != MailboxState::Disconnected) else {
            return Ok(missing("mailbox_disconnected", "Its mailbox was disconnected, so the original cannot be asked for."));
        };
        if mailbox.state == MailboxState::Stopped {
            return Ok(Brought::Shut(self.clock.now().plus(MAILBOX_WAIT), stopped(mailbox)));
        }
        // Whatever may take its time: a person and the news of the mailbox go first.
        let access = Access::new(GrantKey::new(mailbox.connection.to_string()), mailbox.graph_user_id.clone(), Lane::Backfill);
        let original = match messages::mime(&self.graph, &access, &item.graph_id).await {
            Ok(original) => original,
            Err(error) => return Ok(self.not_had(item, &error)),
        };
        let mirrored = if place.reports() { message::find(&self.db, item.message).await? } else { None };
        let known = mirrored.filter(|mirrored| mirrored.deleted_at.is_none()).map(|mirrored| mirrored.message);
        if place.reports() && known.is_none() {
            return Ok(missing("gone", "It was deleted while it was brought out, and with it what the report has to say."));
        }
        Ok(match place.put(item, known.as_ref(), original, self.clock.now()).await {
            Ok(kept) => Brought::Settled(Fate::Kept(kept)),
            Err(Trouble::Message { code, detail }) => missing(code, detail),
            Err(trouble) => Brought::Stopped(trouble),
        })
    }

    /// What follows when Microsoft does not give an original.
    fn not_had(&self, item: &Item, error: &GraphError) -> Brought {
        let now = self.clock.now();
        let problem = error.problem();
        tracing::info!(
            message.id = %item.message, mailbox.id = %item.mailbox, archive.tries = item.tries, graph.request_id = error.request_id(),
            graph.code = error.code(), graph.status = error.status().map(|status| status.as_u16()), "An original was not given: {error}."
        );
        if messages::concerns_the_mailbox(error) {
            return Brought::Shut(now.plus(MAILBOX_WAIT), problem);
        }
        if error.is_not_found() {
            return missing("gone", "It is not in the mailbox any more: it was deleted after the archive was asked for.");
        }
        match error.recourse() {
            Recourse::RetryAfter(wait)
                if matches!(error, GraphError::Paced { .. }) || error.status() == Some(StatusCode::TOO_MANY_REQUESTS) =>
            {
                Brought::Shut(now.plus(wait), problem)
            }
            Recourse::Reauthorize => Brought::Shut(now.plus(MAILBOX_WAIT), problem),
            Recourse::RetryAfter(wait) if item.tries + 1 < TRIES_MAX => {
                let usual = Duration::from_secs(30) * 2_u32.pow(item.tries.min(7));
                Brought::PutOff(now.plus(usual.min(WAIT_MAX).max(wait)))
            }
            _ => missing(&problem.code, format!("{} {}", problem.title, problem.detail)),
        }
    }
}

fn missing(code: &str, detail: impl Into<String>) -> Brought {
    Brought::Settled(Fate::Missing { code: code.to_owned(), detail: detail.into() })
}

fn stopped(mailbox: &Mailbox) -> Problem {
    let why = mailbox.problem.as_ref().map_or_else(String::new, |problem| format!(" {}", problem.title));
    Problem::new(
        "mailbox_stopped",
        "Mail of one mailbox waits: it cannot be reached.",
        format!("Microsoft refuses Rapport's access to the mailbox.{why}"),
        "Connect the mailbox again, and the archive goes on by itself; or cancel it.",
    )
}
