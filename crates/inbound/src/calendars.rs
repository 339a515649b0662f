//! Pull a connected account's calendars: the whole list, each time. What is new is read at once, what is gone goes with all that
//! stood in it.

use std::time::Duration;

use base::{Problem, Recourse, Timestamp};
use graph::calendar::calendars::calendars;
use graph::{Access, GrantKey, GraphError};
use model::calendar::Calendar;
use store::connection::{self, Connection, ConnectionState};
use store::work::{Lane, Lease};
use store::{Ending, StoreError, Transaction, calendar, due, work};

use crate::Inbound;
use crate::calendar_plan::{self, CalendarStep};
use crate::calendar_reading as reading;

/// Between two looks which calendars there are.
const LIST_INTERVAL: Duration = Duration::from_secs(3600);

/// What a calendar's work meets.
pub(crate) enum Met {
    /// An account that can be asked.
    Open(Box<Connection>, Access),
    /// One that cannot: this is how the work ends.
    Shut(Ending),
}

pub(crate) async fn run(inbound: &Inbound, lease: &Lease) -> Result<Ending, StoreError> {
    let (connection, access) = match inbound.meet_account(lease).await? {
        Met::Open(connection, access) => (connection, access),
        Met::Shut(ending) => return Ok(ending),
    };
    let listed = match calendars(&inbound.graph, &access).await {
        Ok(listed) => listed.into_iter().map(reading::calendar).collect(),
        Err(error) => return inbound.failed_account(lease, &connection, &error).await,
    };
    let now = inbound.clock.now();
    let known: Vec<Calendar> =
        calendar::of_connection(&inbound.db, connection.id).await?.into_iter().map(|(calendar, _)| calendar).collect();
    let mut list = Transaction::new("pull.calendars").with(work::hold(lease));
    for step in calendar_plan::plan_calendars((connection.workspace, connection.id), listed, &known, now) {
        match step {
            CalendarStep::Insert(calendar) => {
                list.push(calendar::insert(&calendar));
                // The one that people look at first is read first.
                let ahead = Duration::from_millis(u64::from(calendar.is_default));
                list.push(due::pull_calendar_events(connection.id, calendar.id, Lane::Scheduled, now.minus(ahead)));
            }
            CalendarStep::Update(calendar) => list.push(calendar::update(&calendar)),
            CalendarStep::Remove(calendar) => list.extend(calendar::remove(calendar)),
        }
    }
    inbound.db.commit(list).await?;
    Ok(Ending::Next(now.plus(LIST_INTERVAL), Lane::Scheduled))
}

impl Inbound {
    /// The account that a lease on a calendar's work is about.
    pub(crate) async fn meet_account(&self, lease: &Lease) -> Result<Met, StoreError> {
        let found = match due::connection_of(&lease.key) {
            Some(id) => connection::find(&self.db, id).await?,
            None => None,
        };
        Ok(match found {
            None => Met::Shut(Ending::Gone),
            Some(connection) => match connection.state {
                ConnectionState::Connected => {
                    let access = access(&connection, lease);
                    Met::Open(Box::new(connection), access)
                }
                ConnectionState::Reconnect => Met::Shut(Ending::Rest),
                ConnectionState::Disconnected => Met::Shut(Ending::Gone),
            },
        })
    }

    /// How a calendar's work ends that Microsoft did not let succeed. `Resync` is for the caller, who knows what to begin anew.
    pub(crate) async fn failed_account(&self, lease: &Lease, connection: &Connection, error: &GraphError) -> Result<Ending, StoreError> {
        tracing::info!(
            connection.id = %connection.id, work.kind = lease.kind, work.attempts = lease.attempts,
            graph.request_id = error.request_id(), graph.code = error.code(), graph.status = error.status().map(|status| status.as_u16()),
            "Microsoft did not let this work succeed: {error}."
        );
        self.set_back(lease, connection, error.recourse(), &error.problem()).await
    }

    /// How an account's work ends that did not succeed. What will never succeed stops the account, where the work is the account's own.
    pub(crate) async fn set_back(
        &self,
        lease: &Lease,
        connection: &Connection,
        recourse: Recourse,
        problem: &Problem,
    ) -> Result<Ending, StoreError> {
        let now = self.clock.now();
        let is_accounts = lease.kind == due::PULL_CALENDARS || lease.kind == due::PULL_CONTACTS;
        if recourse == Recourse::Reauthorize || recourse == Recourse::Refuse && is_accounts {
            return self.stop_account(connection, problem, now).await;
        }
        Ok(Ending::retry(lease, now, recourse, problem.title.clone()))
    }

    /// The account cannot be read until a person connects it again; what was read stays.
    pub(crate) async fn stop_account(&self, connection: &Connection, problem: &Problem, now: Timestamp) -> Result<Ending, StoreError> {
        let state = connection::set_state(connection.id, ConnectionState::Reconnect, Some(problem), now);
        self.db.commit(Transaction::new("connection.stop").with(state)).await?;
        Ok(Ending::Rest)
    }
}

fn access(connection: &Connection, lease: &Lease) -> Access {
    let lane = match lease.lane {
        Lane::Interactive => graph::Lane::Interactive,
        Lane::Notified => graph::Lane::Notified,
        Lane::Scheduled => graph::Lane::Backfill,
    };
    Access::new(GrantKey::new(connection.id.to_string()), connection.account_id.clone(), lane)
}
