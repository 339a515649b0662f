//! Endpoints and deliveries as the outside reads them. A secret is never among it: it is shown once, when it is made.

use base::Timestamp;
use serde::Serialize;
use store::endpoint::EndpointKind;
use utoipa::ToSchema;

use super::{Problem, id};

/// An address outside that is told of events.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Endpoint {
    /// Its id.
    #[schema(value_type = id::EndpointId)]
    pub id: model::id::EndpointId,
    /// What made it: `generic`, `zapier` or `power_automate`.
    #[schema(value_type = String)]
    pub kind: &'static str,
    /// Its address; of one that a program made, only the host, for the rest is that program's secret.
    pub url: String,
    /// What it is for.
    pub description: String,
    /// Kinds of events that it is told of, `message.*` for all of a noun; none for every kind.
    pub events: Vec<String>,
    /// The mailboxes of which it is told; none for all, and then also what concerns the workspace as a whole.
    #[schema(value_type = Vec<id::MailboxId>)]
    pub mailboxes: Vec<model::id::MailboxId>,
    /// Whether it gets what an event happened to, as its owner may see it, and not only its id.
    pub expand: bool,
    /// Who made it, and with whose eyes it sees.
    pub owner: String,
    /// `active`, `paused` (what it is to be told waits) or `disabled` (nothing is kept for it).
    #[schema(value_type = String)]
    pub state: &'static str,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub state_at: Timestamp,
    /// Why it is not called, if it is not.
    pub problem: Option<Problem>,
    /// Calls that failed since the last that succeeded.
    pub failures: u32,
    /// When the first of these was.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub failing_since: Option<Timestamp>,
    /// When a call last succeeded.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub succeeded_at: Option<Timestamp>,
    /// Until when it asked not to be called.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub held_until: Option<Timestamp>,
    /// Until when the secret before the present one signs too.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub previous_secret_until: Option<Timestamp>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

impl Endpoint {
    /// The endpoint with its address, which the vault had sealed.
    pub fn of(endpoint: store::endpoint::Endpoint, url: &str) -> Self {
        Endpoint {
            id: endpoint.id,
            kind: endpoint.kind.name(),
            url: if endpoint.kind == EndpointKind::Generic { url.to_owned() } else { endpoint.host },
            description: endpoint.description,
            events: endpoint.filter.kinds,
            mailboxes: endpoint.filter.mailboxes,
            expand: endpoint.expand,
            owner: crate::access::owner_shown(&endpoint.owner),
            state: endpoint.state.name(),
            state_at: endpoint.state_at,
            problem: endpoint.problem.as_ref().map(Problem::of),
            failures: endpoint.failures,
            failing_since: endpoint.failing_since,
            succeeded_at: endpoint.succeeded_at,
            held_until: endpoint.held_until,
            previous_secret_until: endpoint.previous_secret.map(|(_, until)| until),
            created_at: endpoint.created_at,
        }
    }
}

/// An endpoint that has just been made, with its secret.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NewEndpoint {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// With what its calls are signed (Standard Webhooks). It is shown this once.
    pub secret: String,
}

/// What an endpoint was or is to be told about one event.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Delivery {
    /// Its id, and the `webhook-id` of all its calls.
    #[schema(value_type = id::DeliveryId)]
    pub id: model::id::DeliveryId,
    /// To whom.
    #[schema(value_type = id::EndpointId)]
    pub endpoint: model::id::EndpointId,
    /// What has happened.
    pub event: String,
    /// The number of the event in the workspace.
    pub seq: i64,
    /// About which mailbox; `null` for what concerns the workspace as a whole.
    #[schema(value_type = Option<id::MailboxId>)]
    pub mailbox: Option<model::id::MailboxId>,
    /// Its place among what this endpoint is told about that mailbox, from 1, without gaps.
    pub sequence: i64,
    /// `pending`, `delivered`, `parked` or `skipped`.
    #[schema(value_type = String)]
    pub state: &'static str,
    /// The delivery that this one repeats.
    #[schema(value_type = Option<id::DeliveryId>)]
    pub replay_of: Option<model::id::DeliveryId>,
    /// How often it was tried.
    pub tries: u32,
    /// The calls, oldest first; of many, the newest.
    pub attempts: Vec<Attempt>,
    /// When it was decided on.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it came to an end.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub settled_at: Option<Timestamp>,
}

/// One call, and what came of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Attempt {
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// How long it took.
    pub duration_ms: u64,
    /// The HTTP status of the answer; `null` if none came.
    pub status: Option<u16>,
    /// Why it failed.
    pub error: Option<String>,
    /// The beginning of the answer to a call that failed.
    pub answer: Option<String>,
}

impl Delivery {
    /// The delivery as the outside reads it.
    pub fn of(delivery: store::delivery::Delivery) -> Self {
        let attempt = |attempt: store::delivery::Attempt| {
            let store::delivery::Attempt { at, duration_ms, status, error, answer } = attempt;
            Attempt { at, duration_ms, status, error, answer }
        };
        Delivery {
            id: delivery.id,
            endpoint: delivery.endpoint,
            event: delivery.event_kind.name().to_owned(),
            seq: delivery.event_seq,
            mailbox: delivery.mailbox,
            sequence: delivery.sequence,
            state: delivery.state.name(),
            replay_of: delivery.replay_of,
            tries: delivery.tries,
            attempts: delivery.attempts.into_iter().map(attempt).collect(),
            created_at: delivery.created_at,
            settled_at: delivery.settled_at,
        }
    }
}
