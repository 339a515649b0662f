//! `/api/v1/calendars/{calendar}/availability` and `/meeting-times`: asked of Microsoft while the asker waits.

use axum::Json;
use axum::extract::State as Given;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::Asker;
use crate::asked::{Body, Named};
use crate::availability;
use crate::failure::Failure;
use crate::state::State;
use crate::view;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(schedules)).routes(routes!(meeting_times))
}

/// When people are free
///
/// People and rooms of the organisation, as the calendar's account may see them at Microsoft now. What their time is taken for is not told.
#[utoipa::path(post, path = "/api/v1/calendars/{calendar}/availability", operation_id = "findAvailability", tag = "Calendars",
    params(("calendar" = view::id::CalendarId, Path, description = "Its id.")), request_body = view::AvailabilityQuery,
    responses((status = 200, body = view::Availability)))]
async fn schedules(
    Given(state): Given<State>,
    asker: Asker,
    Named(calendar): Named<model::id::Calendar>,
    Body(wanted): Body<view::AvailabilityQuery>,
) -> Result<Json<view::Availability>, Failure> {
    Ok(Json(availability::schedules(&state, &asker, calendar, &wanted).await?))
}

/// When people could meet
///
/// Times within the working hours of the calendar's owner, the best first, as Microsoft suggests them. Nothing is booked. Needs Microsoft's
/// permission `Calendars.Read.Shared`.
#[utoipa::path(post, path = "/api/v1/calendars/{calendar}/meeting-times", operation_id = "suggestMeetingTimes", tag = "Calendars",
    params(("calendar" = view::id::CalendarId, Path, description = "Its id.")), request_body = view::MeetingTimeQuery,
    responses((status = 200, body = view::MeetingTimes)))]
async fn meeting_times(
    Given(state): Given<State>,
    asker: Asker,
    Named(calendar): Named<model::id::Calendar>,
    Body(wanted): Body<view::MeetingTimeQuery>,
) -> Result<Json<view::MeetingTimes>, Failure> {
    Ok(Json(availability::meeting_times(&state, &asker, calendar, &wanted).await?))
}
