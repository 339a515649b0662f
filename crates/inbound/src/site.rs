//! Site: one mailbox as a unit of work meets it, and what is done when Microsoft refuses.

use base::{Problem, Recourse, Timestamp};
use graph::{Access, GrantKey, GraphError, Lane};
use model::event::{EventKind, NewEvent};
use model::mailbox::{Mailbox, MailboxState};
use store::connection::{self, ConnectionState};
use store::work::Lease;
use store::{Ending, StoreError, Transaction, due, ledger, mailbox, work};

use crate::Inbound;

/// A mailbox that can be worked on.
#[derive(Clone, Debug)]
pub struct Site {
    /// The mailbox.
    pub mailbox: Mailbox,
    /// With which grant and in which lane Microsoft is called.
    pub access: Access,
}

impl Site {
    pub(crate) fn new(mailbox: Mailbox, lease: &Lease) -> Self {
        let lane = match lease.lane {
            work::Lane::Interactive => Lane::Interactive,
            work::Lane::Notified => Lane::Notified,
            work::Lane::Scheduled if mailbox.first_synced_at.is_some() => Lane::Notified,
            work::Lane::Scheduled => Lane::Backfill,
        };
        let grant = GrantKey::new(mailbox.connection.to_string());
        let access = Access::new(grant, mailbox.graph_user_id.clone(), lane);
        Site { mailbox, access }
    }

    /// Whether its first sync runs: what is found is not news.
    pub fn backfill(&self) -> bool {
        self.mailbox.first_synced_at.is_none()
    }
}

/// What a unit of work meets at its mailbox.
pub(crate) enum Met {
    /// It can be worked on.
    Open(Box<Site>),
    /// It cannot: this is how the work ends.
    Shut(Ending),
}

impl Inbound {
    /// The mailbox that a lease is about.
    pub(crate) async fn meet(&self, lease: &Lease) -> Result<Met, StoreError> {
        let found = match due::mailbox_of(&lease.key) {
            Some(id) => mailbox::find(&self.db, id).await?,
            None => None,
        };
        Ok(match found {
            None => Met::Shut(Ending::Gone),
            Some(mailbox) => match mailbox.state {
                MailboxState::Syncing | MailboxState::Live => Met::Open(Box::new(Site::new(mailbox, lease))),
                MailboxState::Stopped => Met::Shut(Ending::Rest),
                MailboxState::Disconnected => Met::Shut(Ending::Gone),
            },
        })
    }

    /// How a unit ends that Microsoft did not let succeed. `Resync` is for the caller, who knows what to begin anew; here
    /// it only means "again".
    pub(crate) async fn failed(&self, lease: &Lease, site: &Site, error: &GraphError) -> Result<Ending, StoreError> {
        let now = self.clock.now();
        let recourse = error.recourse();
        tracing::info!(
            mailbox.id = %site.mailbox.id, work.kind = lease.kind, work.attempts = lease.attempts,
            graph.request_id = error.request_id(), graph.code = error.code(), graph.status = error.status().map(|status| status.as_u16()),
            "Microsoft did not let this work succeed: {error}."
        );
        match recourse {
            Recourse::Reauthorize => self.stop_connection(site, error.problem(), now).await,
            Recourse::Refuse if concerns_the_mailbox(error) => {
                self.stop_mailbox(&site.mailbox, error.problem(), now).await.map(|()| Ending::Rest)
            }
            _ => Ok(Ending::retry(lease, now, recourse, error.problem().title)),
        }
    }

    /// The grant is dead: every mailbox that is reached through it stands still, nothing is deleted.
    async fn stop_connection(&self, site: &Site, problem: Problem, now: Timestamp) -> Result<Ending, StoreError> {
        let id = site.mailbox.connection;
        let state = connection::set_state(id, ConnectionState::Reconnect, Some(&problem), now);
        self.db.commit(Transaction::new("connection.stop").with(state)).await?;
        for mailbox in mailbox::of_connection(&self.db, id).await? {
            if matches!(mailbox.state, MailboxState::Syncing | MailboxState::Live) {
                self.stop_mailbox(&mailbox, problem.clone(), now).await?;
            }
        }
        Ok(Ending::Rest)
    }

    /// The mailbox stands still until it can be reached again, which is looked for now and then.
    async fn stop_mailbox(&self, mailbox: &Mailbox, problem: Problem, now: Timestamp) -> Result<(), StoreError> {
        let code = problem.code.clone();
        let event = NewEvent {
            kind: EventKind::MailboxStopped,
            subject: mailbox.id.number(),
            backfill: false,
            data: serde_json::json!({"code": code}),
        };
        let stopped = Transaction::new("mailbox.stop")
            .with(mailbox::stop(mailbox.id, &problem, now))
            .with(due::mailbox(due::KEEP_MAILBOX, mailbox.id, work::Lane::Scheduled, now.plus(self.settings.probe_interval)))
            .with_all(due::decide(mailbox.workspace, now))
            .with_all(ledger::append(mailbox.workspace, mailbox.id, now, &[event]));
        match self.db.commit(stopped).await {
            // Refused: another unit has stopped it already.
            Ok(_) | Err(StoreError::Refused { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Whether a refusal is about the mailbox as a whole, so that nothing else in it will work either.
fn concerns_the_mailbox(error: &GraphError) -> bool {
    let codes = ["MailboxNotEnabledForRESTAPI", "ErrorInvalidUser", "ErrorNonExistentMailbox", "Request_ResourceNotFound"];
    let code = error.code().unwrap_or_default();
    matches!(error, GraphError::Oauth(_) | GraphError::TokenSource(_))
        || matches!(error.status().map(|status| status.as_u16()), Some(401 | 403))
        || codes.iter().any(|known| known.eq_ignore_ascii_case(code))
}
