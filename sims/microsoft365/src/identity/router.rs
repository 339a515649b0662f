//! Which part of the identity platform answers which path (reference: identity, section 10, 1).

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header};

use super::{admin_consent, authorize, device, logout, metadata, pages, token};
use crate::request::Request;
use crate::simulator::Simulator;

/// Answers a request to the identity platform; paths are read in any case.
pub fn answer(sim: &Simulator, request: &Request) -> Response<Bytes> {
    if request.method == Method::OPTIONS {
        return preflight();
    }
    let segments = request.segments();
    let lower: Vec<String> = segments.iter().map(|segment| segment.to_lowercase()).collect();
    let rest: Vec<&str> = lower.iter().skip(1).map(String::as_str).collect();
    let word = segments.first().map_or("", String::as_str);
    let mut world = sim.world();
    let world = &mut *world;
    match (word.to_lowercase().as_str(), rest.as_slice()) {
        ("devicelogin", []) => device::page(world, request),
        ("oidc", ["userinfo"]) => logout::user_info(world, request),
        ("common", ["discovery", "instance"]) => metadata::instance(world, request),
        (_, ["v2.0", ".well-known", "openid-configuration"]) => metadata::configuration(world, request, word, true),
        (_, [".well-known", "openid-configuration"]) => metadata::configuration(world, request, word, false),
        (_, ["discovery", "v2.0", "keys"] | ["discovery", "keys"]) => metadata::keys(world, request),
        (_, ["oauth2", "v2.0", "authorize"]) => authorize::answer(world, request, word),
        (_, ["oauth2", "v2.0", "token"]) => token::answer(world, request, word),
        (_, ["oauth2", "v2.0", "devicecode"]) => device::start(world, request, word),
        (_, ["oauth2", "v2.0", "logout"]) => logout::answer(world, request),
        (_, ["v2.0", "adminconsent"]) => admin_consent::answer(world, request, word, true),
        (_, ["adminconsent"]) => admin_consent::answer(world, request, word, false),
        ("", []) => pages::notice(
            "Simulated Microsoft 365",
            "The control plane is under /_sim/, Graph under /v1.0/, sign-in under /{tenant}/oauth2/v2.0/.",
        ),
        _ => {
            let mut response = pages::notice("Not found", "Nothing of the identity platform is at this address.");
            *response.status_mut() = StatusCode::NOT_FOUND;
            response
        }
    }
}

fn preflight() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, OPTIONS"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*"));
    response
}
