//! `GET /embed/…`: the page, the parts that it fetches, and the files that it is made of.

use std::time::Duration;

use api::access::Sight;
use api::embed::{Pass, Step, known};
use api::read;
use axum::Json;
use axum::extract::{Query, State as Given};
use axum::response::{IntoResponse, Response};
use base::Timestamp;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use model::event::About;
use model::id::ThreadId;
use serde::Deserialize;
use serde_json::{Value, json};
use store::timeline;

use crate::embed::page;
use crate::failure::Failure;
use crate::state::State;

/// Entries on a page.
const PAGE: u32 = 25;
/// Mails of a thread that are shown.
const MAILS: u32 = 50;
/// How long the page waits for something new.
const WAIT: Duration = Duration::from_secs(25);

/// What stands in these addresses.
#[derive(Deserialize)]
pub struct Asked {
    pass: String,
    before: Option<String>,
    thread: Option<ThreadId>,
    after: Option<i64>,
}

/// `GET /embed/timeline?pass=`: the page.
pub async fn timeline(Given(state): Given<State>, Query(asked): Query<Asked>) -> Response {
    let answer = async {
        let pass = Pass::read(&state.api, &asked.pass, Step::Open)?;
        let name = known(&state.api, &pass.asker, pass.owner).await?;
        let watch = state.api.tails.watch(pass.asker.workspace).await?;
        let found = read_page(&state, &pass, None).await?;
        let shown = page::whole(&name, &found, &pass.going_on(&state.api), watch.head(), state.clock.now());
        Ok::<_, Failure>((framed(&pass.origins), shown.into_string()).into_response())
    };
    match answer.await {
        Ok(response) => response,
        Err(failure) => (failure.status, framed(&listed(&state)), page::failed(&failure.problem).into_string()).into_response(),
    }
}

/// `GET /embed/part?pass=&before=`: entries further back, or the newest anew.
///
/// # Errors
/// When the pass is over or the database does not answer.
pub async fn part(Given(state): Given<State>, Query(asked): Query<Asked>) -> Result<Response, Failure> {
    let pass = Pass::read(&state.api, &asked.pass, Step::GoOn)?;
    let before = asked.before.as_deref().and_then(place);
    let found = read_page(&state, &pass, before).await?;
    Ok((fragment(), page::entries(&found, state.clock.now()).into_string()).into_response())
}

/// `GET /embed/thread?pass=&thread=`: the mails of a thread of this timeline.
///
/// # Errors
/// 404 for a thread that is not in it.
pub async fn thread(Given(state): Given<State>, Query(asked): Query<Asked>) -> Result<Response, Failure> {
    let pass = Pass::read(&state.api, &asked.pass, Step::GoOn)?;
    let id = asked.thread.ok_or_else(Failure::not_found)?;
    let places = timeline::places(&state.db, &[id]).await?;
    if !places.iter().any(|(place, _)| place.owner == pass.owner) {
        return Err(Failure::not_found());
    }
    let sight = Sight::of(&state.db, &pass.asker).await?;
    let mails = read::thread::messages(&state.db, pass.asker.workspace, &sight, id, None, MAILS).await?;
    Ok((fragment(), page::mails(&mails, state.clock.now()).into_string()).into_response())
}

/// `GET /embed/changes?pass=&after=`: waits until a thread or a calendar event that may be in the timeline has changed.
///
/// # Errors
/// When the pass is over or too many wait.
pub async fn changes(Given(state): Given<State>, Query(asked): Query<Asked>) -> Result<Json<Value>, Failure> {
    let pass = Pass::read(&state.api, &asked.pass, Step::GoOn)?;
    let place = state.api.waiting.take(&page_of(&asked.pass))?;
    let mut watch = state.api.tails.watch(pass.asker.workspace).await?;
    let after = asked.after.unwrap_or_else(|| watch.head());
    tokio::select! {
        _ = tokio::time::timeout(WAIT, watch.wait(after)) => {}
        () = place.closing() => {}
    }
    let told = watch.read(after).await?;
    let sight = Sight::of(&state.db, &pass.asker).await?;
    let shown = told.iter().filter(|told| matches!(told.event.kind.about(), About::Thread | About::CalendarEvent));
    let changed = shown.into_iter().any(|told| told.seen_by(&pass.asker, &sight).is_some());
    Ok(Json(json!({ "changed": changed, "next": told.last().map_or(after, |told| told.event.seq) })))
}

/// What tells one opened page from every other: a program's key opens many.
fn page_of(pass: &str) -> String {
    format!("embed/{}", pass.chars().rev().take(32).collect::<String>())
}

/// `GET /embed/timeline.css`.
pub async fn style() -> Response {
    asset("text/css; charset=utf-8", include_str!("../assets/embed.css"))
}

/// `GET /embed/timeline.js`.
pub async fn script() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("../assets/embed.js"))
}

/// `GET /embed/rapport-timeline.js`: the web component, for pages of any origin.
pub async fn component() -> Response {
    let mut response = asset("text/javascript; charset=utf-8", include_str!("../assets/rapport-timeline.js"));
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response.headers_mut().insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));
    response
}

async fn read_page(state: &State, pass: &Pass, before: Option<read::timeline::Key>) -> Result<read::timeline::Page, Failure> {
    let sight = Sight::of(&state.db, &pass.asker).await?;
    Ok(read::timeline::page(&state.db, &pass.asker, &sight, pass.owner, before, PAGE).await?)
}

fn place(text: &str) -> Option<read::timeline::Key> {
    let (millis, id) = text.split_once('.')?;
    Some((Timestamp::from_millis(millis.parse().ok()?), id.parse().ok()?))
}

fn listed(state: &State) -> Vec<String> {
    state.settings.api.embed_origins.iter().map(|url| url.origin().ascii_serialization()).collect()
}

/// The headers of a page that only these origins may frame.
fn framed(origins: &[String]) -> HeaderMap {
    let ancestors = if origins.is_empty() { "'none'".to_owned() } else { origins.join(" ") };
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors {ancestors}"
    );
    let mut headers = fragment();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_str(&policy).expect("origins are ASCII"));
    headers
}

/// The headers of HTML that holds mail: kept by nobody, and its address with the pass told to nobody.
fn fragment() -> HeaderMap {
    let pairs =
        [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store"), (header::REFERRER_POLICY, "no-referrer")];
    pairs.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect()
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
    (headers, text).into_response()
}
