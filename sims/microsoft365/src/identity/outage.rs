//! How the identity platform answers when it throttles or fails: throttling in JSON, an outage in HTML
//! (reference: identity, sections 1.5 and 2, code 90055).

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

use super::error::OauthError;
use crate::refusal::Refusal;
use crate::request::Request;
use crate::world::World;

/// A throttled or failing answer with that refusal's status and headers.
pub fn answer(world: &mut World, request: &Request, refusal: &Refusal) -> Response<Bytes> {
    let mut response = if refusal.status == 429 {
        let error = OauthError::new("temporarily_unavailable", 90055, "TenantThrottlingError - There are too many incoming requests.");
        super::error::answer(world, request, &error.with_status(429))
    } else {
        html(refusal.status)
    };
    for (name, value) in &refusal.headers {
        if let (Ok(name), Ok(value)) = (http::HeaderName::try_from(name.as_str()), HeaderValue::from_str(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn html(status: u16) -> Response<Bytes> {
    let page = "<!DOCTYPE html><html><head><title>Service unavailable</title></head><body><h2>Our services aren't available right now</h2>\
                <p>We're working to restore all services as soon as possible. Please check back soon.</p></body></html>";
    let mut response = Response::new(Bytes::from_static(page.as_bytes()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response
}
