//! `GET /api/v1/changes` waits for what is new and answers it; `GET /api/v1/changes/stream` tells it while it happens, as
//! server-sent events (WHATWG HTML, 9.2) that a browser takes up again by `Last-Event-ID`.
//!
//! Both begin behind `after`, or now. Events are kept for thirty days; who comes later is told so (410) and how to go on.
//! What an asker may see is looked up anew every few seconds, and a stream ends after fifteen minutes, so that a revoked
//! key or a changed visibility does not live on in an open connection.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State as Given;
use axum::response::sse::{Event as Told, Sse};
use axum::response::{IntoResponse, Response};
use base::{Problem, Timestamp};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use model::id::MailboxId;
use serde::{Deserialize, Serialize};
use store::ledger;
use tokio::sync::mpsc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::connection::Place;
use super::tail::Watch;
use super::told::{self, Change};
use crate::access::{Asker, Scope, Sight};
use crate::asked::Filters;
use crate::failure::Failure;
use crate::state::State;
use crate::view;

/// The longest wait of a long poll, in seconds.
const WAIT_S_MAX: u64 = 60;
/// Changes in one answer, unless `limit` says otherwise.
const LIMIT_USUAL: usize = 100;
/// The most changes in one answer.
const LIMIT_MAX: usize = 500;
/// How often a stream says that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long a stream lasts.
const STREAM: Duration = Duration::from_secs(15 * 60);
/// How long an asker's sight is believed.
const SIGHT: Duration = Duration::from_secs(5);
/// How long a browser waits before it comes back.
const COME_BACK: Duration = Duration::from_secs(2);

/// Which changes, from where on.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// `next` of the answer before, or the `seq` of the last change known. Without it, or with `now`: what comes from now on.
    #[param(max_length = 20)]
    after: Option<String>,
    /// How long to wait for something new, in seconds: 0 to 60.
    #[param(maximum = 60)]
    wait: Option<u64>,
    /// Only changes of these types, parted by commas; `message.*` for all of a noun.
    #[param(max_length = 1000)]
    r#type: Option<String>,
    /// Only changes in this mailbox.
    #[param(value_type = Option<view::MailboxId>)]
    mailbox: Option<MailboxId>,
    /// The most changes in one answer: 1 to 500, 100 unless said otherwise.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
}

/// What is new.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Changes {
    /// The changes, oldest first. Empty if nothing came in time.
    pub data: Vec<Change>,
    /// Give it as `after` to go on.
    pub next: i64,
}

/// Which changes somebody wants.
struct Wanted {
    kinds: Option<Vec<String>>,
    mailbox: Option<MailboxId>,
}

/// Somebody who follows the ledger from a place on.
struct Follower {
    state: State,
    asker: Asker,
    wanted: Wanted,
    watch: Watch,
    after: i64,
    sight: Sight,
    seen_at: Timestamp,
}

/// The routes of this room.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(changes)).routes(routes!(stream))
}

/// Changes
///
/// What has happened behind `after`, oldest first, as far as you may see it. With `wait` the answer comes when there is
/// something, or after that many seconds with nothing. Changes are kept for thirty days.
#[utoipa::path(get, path = "/api/v1/changes", operation_id = "listChanges", tag = "Changes", params(Asked),
    responses((status = 200, body = Changes), (status = 410, description = "`after` is older than what is kept.")))]
async fn changes(Given(state): Given<State>, asker: Asker, Filters(asked): Filters<Asked>) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let wait = Duration::from_secs(in_range("wait", asked.wait.unwrap_or(0), 0, WAIT_S_MAX)?);
    let limit = in_range("limit", asked.limit.unwrap_or(LIMIT_USUAL), 1, LIMIT_MAX)?;
    let place = if wait.is_zero() { None } else { Some(state.waiting.take(&asker.identity())?) };
    let mut follower = Follower::begin(state, asker, &asked, None).await?;
    let mut data = follower.read(limit).await?;
    if let Some(place) = place.filter(|_| data.is_empty()) {
        tokio::select! {
            found = tokio::time::timeout(wait, follower.next(limit)) => data = found.unwrap_or_else(|_| Ok(Vec::new()))?,
            () = place.closing() => {}
        }
    }
    let answer = Changes { data, next: follower.after };
    Ok(([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], axum::Json(answer)).into_response())
}

/// Changes as a stream
///
/// The same as server-sent events: `event: change` with the change as `data` and its `seq` as `id`, and `event: heartbeat`
/// every fifteen seconds. A browser that was cut off goes on by `Last-Event-ID`. A stream ends after fifteen minutes.
#[utoipa::path(get, path = "/api/v1/changes/stream", operation_id = "streamChanges", tag = "Changes", params(Asked),
    responses((status = 200, content_type = "text/event-stream", body = String),
        (status = 410, description = "`after` is older than what is kept.")))]
async fn stream(Given(state): Given<State>, asker: Asker, headers: HeaderMap, Filters(asked): Filters<Asked>) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let place = state.waiting.take(&asker.identity())?;
    let follower = Follower::begin(state, asker, &asked, last).await?;
    let (sender, receiver) = mpsc::channel(64);
    let told = futures::stream::unfold(receiver, async |mut receiver| receiver.recv().await.map(|told| (told, receiver)));
    tokio::spawn(tell(follower, sender, place));
    let mut response = Sse::new(told).into_response();
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// Tells a stream's reader until it goes or its time is over.
async fn tell(mut follower: Follower, sender: mpsc::Sender<Result<Told, Infallible>>, place: Place) {
    let begin = Told::default().event("heartbeat").id(follower.after.to_string()).retry(COME_BACK).data("{}");
    let ends = follower.state.clock.now().plus(STREAM);
    let mut alive = sender.send(Ok(begin)).await.is_ok();
    while alive && follower.state.clock.now() < ends {
        let told = tokio::select! {
            () = sender.closed() => break,
            () = place.closing() => break,
            found = tokio::time::timeout(HEARTBEAT, follower.next(LIMIT_MAX)) => found,
        };
        alive = match told {
            Err(_) => sender.send(Ok(heartbeat(follower.after))).await.is_ok(),
            Ok(Ok(changes)) => send_all(&sender, changes).await,
            Ok(Err(failure)) => {
                tracing::warn!(code = failure.problem.code, "A stream of changes ends early");
                false
            }
        };
    }
    drop(place);
}

fn heartbeat(after: i64) -> Told {
    Told::default().event("heartbeat").id(after.to_string()).data("{}")
}

async fn send_all(sender: &mpsc::Sender<Result<Told, Infallible>>, changes: Vec<Change>) -> bool {
    for change in changes {
        let text = serde_json::to_string(&change).expect("changes serialise");
        let told = Told::default().event("change").id(change.seq.to_string()).data(text);
        if sender.send(Ok(told)).await.is_err() {
            return false;
        }
    }
    true
}

impl Follower {
    async fn begin(state: State, asker: Asker, asked: &Asked, last: Option<&str>) -> Result<Self, Failure> {
        let wanted = Wanted { kinds: asked.r#type.as_deref().map(kinds).transpose()?, mailbox: asked.mailbox };
        let watch = state.tails.watch(asker.workspace).await?;
        let after = match last.or(asked.after.as_deref()).filter(|after| *after != "now") {
            None => watch.head(),
            Some(text) => kept(&state, &asker, position(text)?).await?,
        };
        let (sight, seen_at) = (Sight::of(&state.db, &asker).await?, state.clock.now());
        Ok(Follower { state, asker, wanted, watch, after, sight, seen_at })
    }

    /// What is new and wanted, at least one change; waits for it.
    async fn next(&mut self, limit: usize) -> Result<Vec<Change>, Failure> {
        loop {
            let found = self.read(limit).await?;
            if !found.is_empty() {
                return Ok(found);
            }
            self.watch.wait(self.after).await;
        }
    }

    /// What is new and wanted now, going on over what is not.
    async fn read(&mut self, limit: usize) -> Result<Vec<Change>, Failure> {
        let mut found = Vec::new();
        loop {
            let events = self.watch.read(self.after).await?;
            if events.is_empty() {
                return Ok(found);
            }
            self.look(&events).await?;
            for event in events {
                if found.len() == limit {
                    return Ok(found);
                }
                self.after = event.event.seq;
                found.extend(self.wanted.of(&event).then(|| event.seen_by(&self.asker, &self.sight)).flatten());
            }
        }
    }

    /// Looks up anew what the asker may see, if that is some time ago or a mailbox has come.
    async fn look(&mut self, events: &[Arc<told::Told>]) -> Result<(), Failure> {
        let now = self.state.clock.now();
        let of_mailboxes = |told: &Arc<told::Told>| told.event.kind.about() == model::event::About::Mailbox;
        if now.since(self.seen_at) >= SIGHT || events.iter().any(of_mailboxes) {
            (self.sight, self.seen_at) = (Sight::of(&self.state.db, &self.asker).await?, now);
        }
        Ok(())
    }
}

impl Wanted {
    fn of(&self, told: &told::Told) -> bool {
        let name = told.event.kind.name();
        let is_it = |kind: &String| kind == name || kind.strip_suffix(".*").is_some_and(|noun| name.split('.').next() == Some(noun));
        self.kinds.as_ref().is_none_or(|kinds| kinds.iter().any(is_it))
            && self.mailbox.is_none_or(|mailbox| told.event.mailbox == Some(mailbox))
    }
}

/// Types that there are, by their names.
fn kinds(text: &str) -> Result<Vec<String>, Failure> {
    let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    let known = |name: &str| {
        let all = model::event::EventKind::ALL;
        all.iter()
            .any(|kind| kind.name() == name || name.strip_suffix(".*").is_some_and(|noun| kind.name().split('.').next() == Some(noun)))
    };
    match names.iter().find(|name| !known(name)) {
        Some(unknown) => Err(Failure::bad_request(
            "type_unknown",
            format!("No change is of the type `{}`.", unknown.chars().take(64).collect::<String>()),
            "Give types such as `message.received` or `thread.*`.",
        )),
        None => Ok(names),
    }
}

fn position(text: &str) -> Result<i64, Failure> {
    text.parse().ok().filter(|after| *after >= 0).ok_or_else(|| {
        Failure::bad_request(
            "after_unreadable",
            "`after` is no number of a change.",
            "Give `next` of an answer, or leave it out to begin now.",
        )
    })
}

/// The same place, if nothing behind it is gone.
async fn kept(state: &State, asker: &Asker, after: i64) -> Result<i64, Failure> {
    if after >= ledger::oldest(&state.db, asker.workspace).await? - 1 {
        return Ok(after);
    }
    let problem = Problem::new(
        "changes_gone",
        "What came next is no longer kept.",
        "Changes are kept for thirty days, and you have been away for longer.",
        "Ask for /api/v1/changes without `after` and keep its `next`, read the lists that you mirror anew, then go on from that `next`.",
    );
    Err(Failure::new(StatusCode::GONE, problem))
}

fn in_range<T: PartialOrd + std::fmt::Display>(name: &str, value: T, least: T, most: T) -> Result<T, Failure> {
    if (&least..=&most).contains(&&value) {
        return Ok(value);
    }
    let detail = format!("`{name}` is {value}.");
    Err(Failure::bad_request("parameter_out_of_range", detail, format!("Give {least} to {most}.")))
}
