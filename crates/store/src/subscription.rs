//! Subscriptions: Graph's registrations that make it call us when a mailbox changes. One for each mailbox.

use base::Timestamp;
use model::id::MailboxId;

use crate::db::Db;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;

/// How a subscription stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscriptionState {
    /// Microsoft calls us.
    Active,
    /// Microsoft wants us to authorise it again.
    Reauthorize,
    /// Microsoft has removed it, or it has lapsed: it has to be made again.
    Gone,
}

impl SubscriptionState {
    const ALL: [SubscriptionState; 3] = [SubscriptionState::Active, SubscriptionState::Reauthorize, SubscriptionState::Gone];

    /// As the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            SubscriptionState::Active => "active",
            SubscriptionState::Reauthorize => "reauthorize",
            SubscriptionState::Gone => "gone",
        }
    }

    /// The state of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A registration at Graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// For which mailbox.
    pub mailbox: MailboxId,
    /// Microsoft's id of it.
    pub graph_id: String,
    /// The hash of the secret that each notification must repeat.
    pub client_state_hash: Vec<u8>,
    /// What it watches.
    pub resource: String,
    /// How it stands.
    pub state: SubscriptionState,
    /// When it lapses.
    pub expires_at: Timestamp,
    /// When we renew it.
    pub renew_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// When Microsoft last called.
    pub last_notified_at: Option<Timestamp>,
}

impl Subscription {
    /// Whether Microsoft would tell of a change now.
    pub fn is_watching(&self, now: Timestamp) -> bool {
        self.state != SubscriptionState::Gone && now < self.expires_at
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT mailbox_id, graph_id, client_state_hash, resource, state, expires_at, renew_at, created_at, last_notified_at
                FROM subscription ",
            $rest
        )
    };
}

/// A registration just made, instead of the one that the mailbox had.
pub fn put(subscription: &Subscription) -> Statement {
    const SQL: &str =
        "INSERT INTO subscription (mailbox_id, graph_id, client_state_hash, resource, state, expires_at, renew_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (mailbox_id) DO UPDATE SET graph_id = excluded.graph_id, client_state_hash = excluded.client_state_hash,
            resource = excluded.resource, state = excluded.state, expires_at = excluded.expires_at, renew_at = excluded.renew_at,
            created_at = excluded.created_at";
    Statement::new(
        SQL,
        [
            subscription.mailbox.into(),
            (&subscription.graph_id).into(),
            subscription.client_state_hash.clone().into(),
            (&subscription.resource).into(),
            subscription.state.name().into(),
            subscription.expires_at.into(),
            subscription.renew_at.into(),
            subscription.created_at.into(),
        ],
    )
}

/// Microsoft has renewed it.
pub fn set_renewed(graph_id: &str, expires_at: Timestamp, renew_at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE subscription SET state = 'active', expires_at = $2, renew_at = $3 WHERE graph_id = $1";
    Statement::new(SQL, [graph_id.into(), expires_at.into(), renew_at.into()])
}

/// How it stands by now.
pub fn set_state(graph_id: &str, state: SubscriptionState) -> Statement {
    Statement::new("UPDATE subscription SET state = $2 WHERE graph_id = $1", [graph_id.into(), state.name().into()])
}

/// Microsoft called.
pub fn set_notified(graph_id: &str, at: Timestamp) -> Statement {
    Statement::new("UPDATE subscription SET last_notified_at = $2 WHERE graph_id = $1", [graph_id.into(), at.into()])
}

/// The mailbox has none any more.
pub fn remove(mailbox: MailboxId) -> Statement {
    Statement::new("DELETE FROM subscription WHERE mailbox_id = $1", [mailbox.into()])
}

/// The subscription of a mailbox.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, mailbox: MailboxId) -> Result<Option<Subscription>, StoreError> {
    db.query_first(select!("WHERE mailbox_id = $1"), [mailbox.into()]).await?.map(subscription_of).transpose()
}

/// The subscription that Graph calls by this id.
///
/// # Errors
/// As [`Db::query`].
pub async fn by_graph_id(db: &Db, graph_id: &str) -> Result<Option<Subscription>, StoreError> {
    db.query_first(select!("WHERE graph_id = $1"), [graph_id.into()]).await?.map(subscription_of).transpose()
}

fn subscription_of(mut row: Row) -> Result<Subscription, StoreError> {
    let row = &mut row;
    Ok(Subscription {
        mailbox: row.read()?,
        graph_id: row.read()?,
        client_state_hash: row.read()?,
        resource: row.read()?,
        state: {
            let name: String = row.read()?;
            SubscriptionState::named(&name).ok_or_else(|| StoreError::Broken(format!("no subscription is in state {name}")))?
        },
        expires_at: row.read()?,
        renew_at: row.read()?,
        created_at: row.read()?,
        last_notified_at: row.read()?,
    })
}
