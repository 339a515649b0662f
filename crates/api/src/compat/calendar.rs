//! `GET /api/integrations/calendar-events/`: reads what it is asked and answers that there is nothing yet.
//!
//! Calendars are mirrored by a later version. Until then the list is empty, and a header says why, so that nobody takes it
//! for a free month.

use axum::Json;
use axum::extract::{Query, State as Given};
use axum::response::{IntoResponse, Response};
use base::Timestamp;
use http::{HeaderName, HeaderValue, Uri};
use serde::Deserialize;
use serde_json::Value;

use super::envelope::{Envelope, Numbered};
use super::mail::{provider, query_of};
use crate::access::{Asker, Scope};
use crate::failure::Failure;
use crate::state::State;

/// Says why a list is empty.
const NOTICE: HeaderName = HeaderName::from_static("rapport-notice");

/// Which events.
#[derive(Debug, Deserialize)]
pub struct Asked {
    provider: Option<String>,
    start_date: Option<String>,
    end_date: Option<String>,
    page: Option<String>,
    page_size: Option<String>,
}

/// The list.
pub async fn list(Given(state): Given<State>, asker: Asker, uri: Uri, asked: Query<Asked>) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    provider(asked.provider.as_deref())?;
    let (start, end) = (day("start_date", asked.start_date.as_deref())?, day("end_date", asked.end_date.as_deref())?);
    if start.zip(end).is_some_and(|(start, end)| end < start) {
        return Err(Failure::bad_request("parameter_out_of_range", "`end_date` is before `start_date`.", "Swap them."));
    }
    let page = Numbered::read(asked.page.as_deref(), asked.page_size.as_deref())?;
    let envelope: Envelope<Value> =
        page.around(&state.settings.base_url, "/api/integrations/calendar-events/", query_of(&uri), 0, Vec::new());
    let mut response = Json(envelope).into_response();
    response.headers_mut().insert(NOTICE, HeaderValue::from_static("calendars are not mirrored by this version yet"));
    Ok(response)
}

/// A day or a moment, as ISO 8601 writes it.
fn day(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, Failure> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let moment = Timestamp::parse(text).or_else(|| Timestamp::parse(&format!("{text}T00:00:00Z")));
    moment.map(Some).ok_or_else(|| {
        let action = "Write a day such as 2026-11-21, or a moment such as 2026-11-21T14:00:00Z.";
        Failure::bad_request("date_unreadable", format!("`{name}` is no date."), action)
    })
}
