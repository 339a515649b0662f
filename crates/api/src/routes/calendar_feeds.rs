//! `/api/v1/calendar-feeds`: secret addresses at which other programs subscribe to calendars.

use axum::extract::State as Given;
use axum::response::Response;
use model::id::{CalendarFeedId, CalendarId, ConnectionId};
use serde::Deserialize;
use serde_json::json;
use store::calendar_feed::{self, CalendarFeed, HOLDS};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Picking;
use super::customers::name_of;
use crate::access::{Asker, Scope};
use crate::answer::{self, Conditions, Fields, Page, Paging};
use crate::asked::{Body, Filters, Listed, Named, Unfiltered, refused, write};
use crate::failure::Failure;
use crate::feeding::{self, may_feed};
use crate::idempotency::Unrepeatable;
use crate::read::calendar::{self, Shown};
use crate::state::State;
use crate::view;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(one, revoke)).routes(routes!(renew))
}

/// Calendar feeds
///
/// Those of the calendars of which you may have one, the latest first, revoked ones too.
#[utoipa::path(get, path = "/api/v1/calendar-feeds", operation_id = "listCalendarFeeds", tag = "Calendars", params(Paging),
    responses((status = 200, body = Page<view::CalendarFeed>)))]
async fn list(
    Given(state): Given<State>,
    asker: Asker,
    Listed { paging, .. }: Listed<Unfiltered>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Page::<view::CalendarFeed>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, "calendar-feeds"));
    let before: Option<CalendarFeedId> = list.position()?;
    let connections: Vec<ConnectionId> = feedable(&state, &asker).await?.iter().map(|shown| shown.calendar.connection).collect();
    let found = calendar_feed::list(&state.db, asker.workspace, &connections, before, limit + 1).await?;
    let mut data: Vec<view::CalendarFeed> = found.into_iter().map(view::CalendarFeed::of).collect();
    let next = answer::cut(&mut data, limit).map(|last| list.cursor(&last.id));
    Ok(answer::page(&Page { data, next }, &fields, &conditions))
}

/// The calendars of which the asker may have feeds.
async fn feedable(state: &State, asker: &Asker) -> Result<Vec<Shown>, Failure> {
    let mut calendars = calendar::list(&state.db, asker).await?;
    calendars.retain(|shown| may_feed(asker, shown));
    Ok(calendars)
}

/// A calendar feed that is to be made: of one calendar, or of all calendars of a connection.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCalendarFeed {
    /// Of this calendar.
    #[schema(value_type = Option<view::id::CalendarId>)]
    calendar: Option<CalendarId>,
    /// Of all calendars of this connection, those that are added later too.
    #[schema(value_type = Option<view::id::ConnectionId>)]
    connection: Option<ConnectionId>,
    /// What subscribers call it; left out for the name of the calendar or of the account.
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// How much it says.
    details: view::FeedDetails,
    /// Whether it says that much of private events too: for the calendar's own person.
    #[serde(default)]
    private_details: bool,
}

/// Make a calendar feed
///
/// An address that gives calendars as iCalendar (RFC 5545) to whoever has it, read-only. It is in this answer and is not shown again, also
/// not to a request that is repeated under its Idempotency-Key.
#[utoipa::path(post, path = "/api/v1/calendar-feeds", operation_id = "createCalendarFeed", tag = "Calendars", request_body = NewCalendarFeed,
    responses((status = 201, body = view::MadeCalendarFeed, headers(("Location" = String, description = "Where it is.")))))]
async fn create(Given(state): Given<State>, asker: Asker, Body(wanted): Body<NewCalendarFeed>) -> Result<Response, Failure> {
    asker.may(Scope::CalendarWrite)?;
    let shown = meant(feedable(&state, &asker).await?, &wanted)?;
    if wanted.private_details && !shown.seen.own {
        return Err(wrong("`private_details` is for the calendar's own person."));
    }
    if wanted.private_details && wanted.details == view::FeedDetails::Busy {
        return Err(wrong("`private_details` says more than `details` does."));
    }
    let usual = || if wanted.calendar.is_some() { shown.calendar.name.clone() } else { shown.account.clone() };
    let name = wanted.name.as_deref().map_or_else(|| Ok(usual()), name_of)?;
    let (made, now) = (feeding::make(), state.clock.now());
    let feed = CalendarFeed {
        id: CalendarFeedId::new(now),
        workspace: asker.workspace,
        connection: shown.calendar.connection,
        calendar: wanted.calendar,
        name,
        hash: made.hash,
        details: wanted.details == view::FeedDetails::All,
        private_details: wanted.private_details,
        created_by: asker.actor(),
        created_at: now,
        renewed_at: None,
        last_read_at: None,
        revoked_at: None,
    };
    let detail = json!({"calendar": feed.calendar, "details": wanted.details, "private_details": feed.private_details});
    let object = feed.id.to_string();
    write(&state, &asker, "api.create_calendar_feed", "calendar_feed.create", &object, detail, [calendar_feed::insert(&feed)]).await?;
    let location = format!("/api/v1/calendar-feeds/{}", feed.id);
    let url = feeding::address(&state, &made.secret);
    let mut response = answer::created(&view::MadeCalendarFeed { about: view::CalendarFeed::of(feed), url }, &location);
    response.extensions_mut().insert(Unrepeatable);
    Ok(response)
}

/// The calendar that is meant, or the first one of the connection.
fn meant(calendars: Vec<Shown>, wanted: &NewCalendarFeed) -> Result<Shown, Failure> {
    if wanted.calendar.is_some() == wanted.connection.is_some() {
        return Err(wrong("Exactly one of `calendar` and `connection` says what the feed shows."));
    }
    let is_meant = |shown: &Shown| Some(shown.calendar.id) == wanted.calendar || Some(shown.calendar.connection) == wanted.connection;
    calendars.into_iter().find(is_meant).ok_or_else(Failure::not_found)
}

/// A calendar feed
#[utoipa::path(get, path = "/api/v1/calendar-feeds/{calendar_feed}", operation_id = "getCalendarFeed", tag = "Calendars",
    params(("calendar_feed" = view::id::CalendarFeedId, Path, description = "Its id."), Picking),
    responses((status = 200, body = view::CalendarFeed)))]
async fn one(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::CalendarFeed>,
    Filters(picking): Filters<Picking>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Fields::read::<view::CalendarFeed>(picking.fields.as_deref())?;
    Ok(answer::one(&find(&state, &asker, id).await?, &fields, &conditions))
}

/// Give a calendar feed another address
///
/// The one before leads nowhere from now on. The new one is in this answer and is not shown again.
#[utoipa::path(post, path = "/api/v1/calendar-feeds/{calendar_feed}/renew", operation_id = "renewCalendarFeed", tag = "Calendars",
    params(("calendar_feed" = view::id::CalendarFeedId, Path, description = "Its id.")),
    responses((status = 200, body = view::MadeCalendarFeed)))]
async fn renew(Given(state): Given<State>, asker: Asker, Named(id): Named<model::id::CalendarFeed>) -> Result<Response, Failure> {
    asker.may(Scope::CalendarWrite)?;
    find(&state, &asker, id).await?;
    let made = feeding::make();
    let statement = calendar_feed::renew(id, made.hash, state.clock.now());
    let written = write(&state, &asker, "api.renew_calendar_feed", "calendar_feed.renew", &id.to_string(), json!(null), [statement]).await;
    written.map_err(|error| refused(error, &[HOLDS]))?;
    let (about, url) = (find(&state, &asker, id).await?, feeding::address(&state, &made.secret));
    let mut response = answer::one(&view::MadeCalendarFeed { about, url }, &Fields::default(), &Conditions::default());
    response.extensions_mut().insert(Unrepeatable);
    Ok(response)
}

/// Revoke a calendar feed
///
/// Its address leads nowhere, at once.
#[utoipa::path(delete, path = "/api/v1/calendar-feeds/{calendar_feed}", operation_id = "revokeCalendarFeed", tag = "Calendars",
    params(("calendar_feed" = view::id::CalendarFeedId, Path, description = "Its id.")),
    responses((status = 200, body = view::CalendarFeed)))]
async fn revoke(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::CalendarFeed>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::CalendarWrite)?;
    let present = find(&state, &asker, id).await?;
    conditions.check(&present)?;
    if present.revoked_at.is_none() {
        let statement = calendar_feed::revoke(id, state.clock.now());
        let object = id.to_string();
        let written = write(&state, &asker, "api.revoke_calendar_feed", "calendar_feed.revoke", &object, json!(null), [statement]).await;
        written.map_err(|error| refused(error, &[]))?;
    }
    Ok(answer::one(&find(&state, &asker, id).await?, &Fields::default(), &Conditions::default()))
}

async fn find(state: &State, asker: &Asker, id: CalendarFeedId) -> Result<view::CalendarFeed, Failure> {
    let found =
        calendar_feed::find(&state.db, id).await?.filter(|feed| feed.workspace == asker.workspace).ok_or_else(Failure::not_found)?;
    let calendars = feedable(state, asker).await?;
    let is_seen = calendars.iter().any(|shown| shown.calendar.connection == found.connection);
    is_seen.then(|| view::CalendarFeed::of(found)).ok_or_else(Failure::not_found)
}

fn wrong(detail: &str) -> Failure {
    Failure::unprocessable("field_wrong", "A field of the body cannot be right.", detail, "Look at this address in /openapi.json.")
}
