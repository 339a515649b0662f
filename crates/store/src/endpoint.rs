//! Endpoints: the addresses outside that are told of what happens, with the filter, the signing secrets and the state of
//! each. What an endpoint is to be told lies in [`crate::delivery`].
//!
//! The address and the secrets come and go sealed; [`url_place`] and [`secret_place`] are what they are sealed for. An
//! endpoint belongs to its `owner`, with whose eyes it sees.

use base::{Problem, Timestamp};
use model::event::EventKind;
use model::id::{EndpointId, MailboxId, WorkspaceId};

use crate::connection::{problem_from, problem_value};
use crate::db::Db;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;
use crate::value::Value;

/// What made an endpoint, and so what its receiver expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndpointKind {
    /// A person or a program, by the API or the console.
    Generic,
    /// Zapier, by its REST hooks.
    Zapier,
    /// Power Automate, by its custom connector.
    PowerAutomate,
}

/// Whether an endpoint is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndpointState {
    /// It is.
    Active,
    /// It failed for long, or a person stopped it: what it is to be told waits until a person resumes it.
    Paused,
    /// It said that it is gone: nothing is kept for it until a person resumes it.
    Disabled,
}

impl EndpointKind {
    /// As the store and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            EndpointKind::Generic => "generic",
            EndpointKind::Zapier => "zapier",
            EndpointKind::PowerAutomate => "power_automate",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [EndpointKind::Generic, EndpointKind::Zapier, EndpointKind::PowerAutomate].into_iter().find(|kind| kind.name() == name)
    }
}

impl EndpointState {
    /// As the store and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            EndpointState::Active => "active",
            EndpointState::Paused => "paused",
            EndpointState::Disabled => "disabled",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [EndpointState::Active, EndpointState::Paused, EndpointState::Disabled].into_iter().find(|state| state.name() == name)
    }
}

/// Which events an endpoint is told of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Kinds of events: names such as `message.received`, or all of a noun as `message.*`. None given: every kind.
    pub kinds: Vec<String>,
    /// Only these mailboxes, and nothing about the workspace as a whole. None given: everything.
    pub mailboxes: Vec<MailboxId>,
}

impl Filter {
    /// Whether an event of this kind about this mailbox (none: about the workspace as a whole) is told.
    pub fn admits(&self, kind: EventKind, mailbox: Option<MailboxId>) -> bool {
        let here = self.mailboxes.is_empty() || mailbox.is_some_and(|mailbox| self.mailboxes.contains(&mailbox));
        here && (self.kinds.is_empty() || self.kinds.iter().any(|pattern| matches(pattern, kind)))
    }

    /// The first of its kinds that no event can have, if there is one.
    pub fn unknown_kind(&self) -> Option<&str> {
        let known = |pattern: &str| EventKind::ALL.iter().any(|kind| matches(pattern, *kind));
        self.kinds.iter().map(String::as_str).find(|pattern| !known(pattern))
    }
}

fn matches(pattern: &str, kind: EventKind) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => pattern == "*" || (beginning.ends_with('.') && kind.name().starts_with(beginning)),
        None => pattern == kind.name(),
    }
}

/// One address that is told of events.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    /// Its id.
    pub id: EndpointId,
    /// Whose events.
    pub workspace: WorkspaceId,
    /// What made it.
    pub kind: EndpointKind,
    /// Scheme and host of its address: what may be shown.
    pub host: String,
    /// Its whole address, sealed for [`url_place`].
    pub url_sealed: Vec<u8>,
    /// What it is for, in its owner's words.
    pub description: String,
    /// Which events.
    pub filter: Filter,
    /// Whether it gets the noun itself, as its owner may see it, instead of only its id.
    pub expand: bool,
    /// With whose eyes it sees: `administrator`, an API key's id, or `person:` and an address.
    pub owner: String,
    /// Whether it is called.
    pub state: EndpointState,
    /// Since when.
    pub state_at: Timestamp,
    /// Why it is not called.
    pub problem: Option<Problem>,
    /// The secret that signs, sealed for [`secret_place`].
    pub secret_sealed: Vec<u8>,
    /// The secret before that, which signs too until then.
    pub previous_secret: Option<(Vec<u8>, Timestamp)>,
    /// Calls that failed since the last that succeeded.
    pub failures: u32,
    /// When the first of these was.
    pub failing_since: Option<Timestamp>,
    /// When a call last succeeded.
    pub succeeded_at: Option<Timestamp>,
    /// Until when it asked not to be called.
    pub held_until: Option<Timestamp>,
    /// It is told of events with a higher number than this.
    pub after_seq: i64,
    /// Grows with each change that a person makes.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// For which place in the vault an endpoint's address is sealed.
pub fn url_place(endpoint: EndpointId) -> String {
    format!("endpoint/{endpoint}/url")
}

/// For which place in the vault an endpoint's secrets are sealed, the new one and the one before.
pub fn secret_place(endpoint: EndpointId) -> String {
    format!("endpoint/{endpoint}/secret")
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, kind, host, url_sealed, description, kinds, mailboxes, expand, owner, state, state_at, state_problem,
                secret_sealed, previous_secret_sealed, previous_until, failures, failing_since, succeeded_at, held_until, after_seq,
                version, created_at FROM endpoint ",
            $rest
        )
    };
}

/// A new endpoint. Whatever `after_seq` says, it is told of what happens from now on.
pub fn insert(endpoint: &Endpoint) -> Statement {
    const SQL: &str = "INSERT INTO endpoint (id, workspace_id, kind, host, url_sealed, description, kinds, mailboxes, expand, owner, state,
            state_at, state_problem, secret_sealed, previous_secret_sealed, previous_until, failures, failing_since, succeeded_at,
            after_seq, version, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, NULL, $13, NULL, NULL, 0, NULL, NULL,
            COALESCE((SELECT seq FROM stream WHERE kind = 'w' AND id = $2), 0), 1, $14)";
    Statement::new(
        SQL,
        [
            endpoint.id.into(),
            endpoint.workspace.into(),
            endpoint.kind.name().into(),
            (&endpoint.host).into(),
            endpoint.url_sealed.clone().into(),
            (&endpoint.description).into(),
            kinds_value(&endpoint.filter),
            mailboxes_value(&endpoint.filter),
            endpoint.expand.into(),
            (&endpoint.owner).into(),
            endpoint.state.name().into(),
            endpoint.state_at.into(),
            endpoint.secret_sealed.clone().into(),
            endpoint.created_at.into(),
        ],
    )
}

/// What a person changed: address, description, filter, expand. Guards its transaction: nobody else changed it since it
/// was read, as its version tells.
pub fn change(endpoint: &Endpoint) -> Statement {
    const SQL: &str = "UPDATE endpoint SET host = $3, url_sealed = $4, description = $5, kinds = $6, mailboxes = $7, expand = $8,
        version = version + 1 WHERE id = $1 AND version = $2";
    Statement::new(
        SQL,
        [
            endpoint.id.into(),
            endpoint.version.into(),
            (&endpoint.host).into(),
            endpoint.url_sealed.clone().into(),
            (&endpoint.description).into(),
            kinds_value(&endpoint.filter),
            mailboxes_value(&endpoint.filter),
            endpoint.expand.into(),
        ],
    )
    .expect_rows(1, "the endpoint is as it was read")
}

/// It signs with a new secret from now on; the one that it had signs too until `previous_until`.
pub fn rotate_secret(endpoint: EndpointId, secret_sealed: Vec<u8>, previous_until: Timestamp) -> Statement {
    const SQL: &str = "UPDATE endpoint SET previous_secret_sealed = secret_sealed, previous_until = $3, secret_sealed = $2,
        version = version + 1 WHERE id = $1";
    Statement::new(SQL, [endpoint.into(), secret_sealed.into(), previous_until.into()]).expect_rows(1, "the endpoint is there")
}

/// It is called no more, for this reason. Guards its transaction: only an active one can be stopped.
pub fn stop(endpoint: EndpointId, state: EndpointState, problem: &Problem, at: Timestamp) -> Statement {
    const SQL: &str =
        "UPDATE endpoint SET state = $2, state_at = $3, state_problem = $4, version = version + 1 WHERE id = $1 AND state = 'active'";
    Statement::new(SQL, [endpoint.into(), state.name().into(), at.into(), problem_value(Some(problem))])
        .expect_rows(1, "the endpoint is active")
}

/// It is called again. Guards its transaction: only one that is not called can be resumed.
pub fn resume(endpoint: EndpointId, at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE endpoint SET state = 'active', state_at = $2, state_problem = NULL, failures = 0, failing_since = NULL,
        held_until = NULL, version = version + 1 WHERE id = $1 AND state <> 'active'";
    Statement::new(SQL, [endpoint.into(), at.into()]).expect_rows(1, "the endpoint is not called")
}

/// How its calls went, as it stands in `endpoint`: failures, since when, the last success, until when it is left alone.
pub fn set_health(endpoint: &Endpoint) -> Statement {
    const SQL: &str = "UPDATE endpoint SET failures = $2, failing_since = $3, succeeded_at = $4, held_until = $5 WHERE id = $1";
    Statement::new(
        SQL,
        [
            endpoint.id.into(),
            endpoint.failures.into(),
            endpoint.failing_since.into(),
            endpoint.succeeded_at.into(),
            endpoint.held_until.into(),
        ],
    )
}

/// It is gone, with everything that it was or was to be told.
pub fn remove(endpoint: EndpointId) -> [Statement; 3] {
    [
        "DELETE FROM delivery WHERE endpoint_id = $1",
        "DELETE FROM endpoint_stream WHERE endpoint_id = $1",
        "DELETE FROM endpoint WHERE id = $1",
    ]
    .map(|sql| Statement::new(sql, [endpoint.into()]))
}

/// One endpoint.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, endpoint: EndpointId) -> Result<Option<Endpoint>, StoreError> {
    db.query_first(select!("WHERE id = $1"), [endpoint.into()]).await?.map(endpoint_of).transpose()
}

/// All endpoints of a workspace, the oldest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db, workspace: WorkspaceId) -> Result<Vec<Endpoint>, StoreError> {
    let rows = db.query(select!("WHERE workspace_id = $1 ORDER BY id"), [workspace.into()]).await?;
    rows.into_iter().map(endpoint_of).collect()
}

/// What decides whether an endpoint is told of an event.
#[derive(Clone, Debug)]
pub struct Listener {
    /// Which endpoint.
    pub id: EndpointId,
    /// Whether it is called now; if not, what it is to be told waits.
    pub active: bool,
    /// Which events.
    pub filter: Filter,
    /// Of these, those with a higher number than this.
    pub after_seq: i64,
}

/// The endpoints of a workspace that are to be told of events: all but the disabled ones.
///
/// # Errors
/// As [`Db::query`].
pub async fn listeners(db: &Db, workspace: WorkspaceId) -> Result<Vec<Listener>, StoreError> {
    const SQL: &str = "SELECT id, state, kinds, mailboxes, after_seq FROM endpoint
        WHERE workspace_id = $1 AND state <> 'disabled' ORDER BY id";
    let rows = db.query(SQL, [workspace.into()]).await?;
    rows.into_iter()
        .map(|mut row| {
            let row = &mut row;
            let (id, state): (_, String) = (row.read()?, row.read()?);
            Ok(Listener { id, active: state == EndpointState::Active.name(), filter: filter_of(row)?, after_seq: row.read()? })
        })
        .collect()
}

fn kinds_value(filter: &Filter) -> Value {
    serde_json::to_string(&filter.kinds).expect("texts are JSON").into()
}

fn mailboxes_value(filter: &Filter) -> Value {
    crate::dialect::numbers(filter.mailboxes.iter().map(|mailbox| mailbox.number())).into()
}

fn filter_of(row: &mut Row) -> Result<Filter, StoreError> {
    let broken = |error: serde_json::Error| StoreError::Broken(format!("an endpoint's filter is no JSON list: {error}"));
    let kinds = serde_json::from_str(&row.read::<String>()?).map_err(broken)?;
    let mailboxes: Vec<i64> = serde_json::from_str(&row.read::<String>()?).map_err(broken)?;
    Ok(Filter { kinds, mailboxes: mailboxes.into_iter().map(MailboxId::from_number).collect() })
}

fn endpoint_of(mut row: Row) -> Result<Endpoint, StoreError> {
    let row = &mut row;
    Ok(Endpoint {
        id: row.read()?,
        workspace: row.read()?,
        kind: known(EndpointKind::named, row.read()?)?,
        host: row.read()?,
        url_sealed: row.read()?,
        description: row.read()?,
        filter: filter_of(row)?,
        expand: row.read()?,
        owner: row.read()?,
        state: known(EndpointState::named, row.read()?)?,
        state_at: row.read()?,
        problem: problem_from(row.read()?)?,
        secret_sealed: row.read()?,
        previous_secret: {
            let (sealed, until): (Option<Vec<u8>>, Option<Timestamp>) = (row.read()?, row.read()?);
            sealed.zip(until)
        },
        failures: u32::try_from(row.read::<i64>()?).unwrap_or(u32::MAX),
        failing_since: row.read()?,
        succeeded_at: row.read()?,
        held_until: row.read()?,
        after_seq: row.read()?,
        version: row.read()?,
        created_at: row.read()?,
    })
}

fn known<T>(named: fn(&str) -> Option<T>, name: String) -> Result<T, StoreError> {
    named(&name).ok_or_else(|| StoreError::Broken(format!("an endpoint is neither of kind nor in state {name}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(kinds: &[&str], mailboxes: &[i64]) -> Filter {
        Filter {
            kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            mailboxes: mailboxes.iter().map(|number| MailboxId::from_number(*number)).collect(),
        }
    }

    #[test]
    fn a_filter_admits_kinds_by_name_and_by_noun() {
        let some = filter(&["message.received", "thread.*"], &[]);
        assert!(some.admits(EventKind::MessageReceived, Some(MailboxId::from_number(1))));
        assert!(some.admits(EventKind::ThreadSplit, None));
        assert!(!some.admits(EventKind::MessageMoved, None));
        assert!(filter(&["*"], &[]).admits(EventKind::MessageMoved, None) && filter(&[], &[]).admits(EventKind::MessageMoved, None));
    }

    #[test]
    fn a_filter_of_mailboxes_leaves_out_others_and_the_workspace_as_a_whole() {
        let one = filter(&[], &[1]);
        assert!(one.admits(EventKind::MessageReceived, Some(MailboxId::from_number(1))));
        assert!(!one.admits(EventKind::MessageReceived, Some(MailboxId::from_number(2))));
        assert!(!one.admits(EventKind::ThreadCreated, None));
    }

    #[test]
    fn a_kind_that_no_event_can_have_is_found() {
        assert_eq!(filter(&["message.*", "thread.created"], &[]).unknown_kind(), None);
        assert_eq!(filter(&["message.*", "mesage.*"], &[]).unknown_kind(), Some("mesage.*"));
        assert_eq!(filter(&["mess*"], &[]).unknown_kind(), Some("mess*"));
    }
}
