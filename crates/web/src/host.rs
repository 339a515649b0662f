//! Which host names the console may be opened under.
//!
//! A page of another site can point a name of its own at this machine and so read what this server answers (DNS
//! rebinding). So a request for the console must name a host that we were told of: that of the base address, of a redirect
//! address, a configured one, or this machine itself. Until an address other than this machine's is configured, the
//! console also answers only to this machine. Health, metrics and Microsoft's notifications use no cookie and are not
//! concerned.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State as Given};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base::Problem;
use http::{HeaderMap, StatusCode, header};

use crate::failure::Failure;
use crate::settings::Settings;
use crate::state::State;

/// Lets a request pass if it names a host of ours and comes from where it may.
pub async fn check(Given(state): Given<State>, request: Request, next: Next) -> Response {
    if state.settings.loopback_only && peer(&request).is_some_and(|address| !address.to_canonical().is_loopback()) {
        return only_from_here().into_response();
    }
    if !named(request.headers(), &request).is_some_and(|host| is_ours(&host, &state.settings)) {
        return not_our_name().into_response();
    }
    next.run(request).await
}

/// Whether the console would answer this request.
pub fn is_welcome(settings: &Settings, request: &Request) -> bool {
    let from_here = peer(request).is_none_or(|address| address.to_canonical().is_loopback());
    let named_well = named(request.headers(), request).is_some_and(|host| is_ours(&host, settings));
    named_well && (from_here || !settings.loopback_only)
}

/// The address that a request comes from, as far as it is known.
pub fn peer(request: &Request) -> Option<IpAddr> {
    request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip())
}

fn named(headers: &HeaderMap, request: &Request) -> Option<String> {
    let header = headers.get(header::HOST).and_then(|host| host.to_str().ok()).map(str::to_owned);
    header.or_else(|| request.uri().authority().map(ToString::to_string))
}

/// A host with its port, as a request names it, without the port.
pub fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && (!name.contains(':') || name.ends_with(']')) => name,
        _ => host,
    }
}

fn is_ours(host: &str, settings: &Settings) -> bool {
    let name = without_port(host).to_ascii_lowercase();
    let name = name.trim_end_matches('.');
    let redirects = settings.delegated.iter().flat_map(|delegated| &delegated.redirect_uris);
    let mut known = redirects.chain([&settings.base_url]).filter_map(|url| url.host_str());
    is_this_machine(name)
        || known.any(|ours| ours.eq_ignore_ascii_case(name))
        || settings.hosts.iter().any(|ours| ours.eq_ignore_ascii_case(name))
}

fn is_this_machine(name: &str) -> bool {
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name == "localhost" || name.ends_with(".localhost") || address.is_ok_and(|address| address.is_loopback())
}

fn only_from_here() -> Failure {
    let problem = Problem::new(
        "loopback_only",
        "The console answers only to the machine it runs on.",
        "No address other than this machine's is configured yet, so nobody else may look at the mail in it.",
        "Set BASE_URL to the https address that people use, and start Rapport again.",
    );
    Failure::new(StatusCode::FORBIDDEN, problem)
}

fn not_our_name() -> Failure {
    let problem = Problem::new(
        "unknown_host",
        "Rapport does not know itself by this name.",
        "The address in the browser names a host that is not configured, which is how other sites try to reach in.",
        "Open the configured address, or add this host to BASE_URL or to the redirect addresses and start Rapport again.",
    );
    Failure::new(StatusCode::MISDIRECTED_REQUEST, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_taken_off_and_an_ipv6_address_is_not() {
        assert_eq!(without_port("localhost:3000"), "localhost");
        assert_eq!(without_port("[::1]:3000"), "[::1]");
        assert_eq!(without_port("[::1]"), "[::1]");
        assert_eq!(without_port("::1"), "::1");
        assert!(is_this_machine("[::1]") && is_this_machine("127.0.0.9") && !is_this_machine("localhost.evil.example"));
    }
}
