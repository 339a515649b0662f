//! `GET /calendar/feeds/{secret}.ics`: calendars for programs that subscribe to them.
//!
//! The address is all that is asked for. Whatever leads to no feed is answered alike, after the same look-up: nobody learns whether there
//! was one. It answers under any host name, and sets no cookie.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use api::access::Caller;
use api::answer::{Conditions, ETag};
use api::feeding;
use axum::extract::{Path, State as Given};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode, header};

use crate::failure::Failure;
use crate::state::State;
use crate::throttle::Allowance;

/// How often one address may ask. A subscriber that serves many people asks for all of them.
pub const ATTEMPTS: Allowance = Allowance { attempts: 600, window: Duration::from_secs(600) };

/// The feed of this name.
pub async fn feed(Given(state): Given<State>, Path(name): Path<String>, request: Parts) -> Response {
    let address = request.extensions.get::<Caller>().and_then(|caller| caller.address);
    if let Err(wait) = state.feeds.admit(address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))) {
        return Failure::too_many(wait).into_response();
    }
    let secret = name.strip_suffix(feeding::ENDING).unwrap_or_default();
    match feeding::open(&state.api, secret).await {
        Ok(Some(text)) => given(text, &Conditions::read(&request.headers)),
        Ok(None) => (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))], "Not found\n")
            .into_response(),
        Err(error) => Failure::from(error).into_response(),
    }
}

fn given(text: String, conditions: &Conditions) -> Response {
    let tag = ETag::of_bytes(text.as_bytes());
    let headers = [
        (header::ETAG, tag.header()),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex")),
    ];
    if conditions.is_known(&tag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let about = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/calendar; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("inline; filename=\"calendar.ics\"")),
    ];
    (headers, about, text).into_response()
}
