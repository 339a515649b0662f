//! The caller of a request: noted once, for whoever wants to know from where a mail was asked for or a link followed.
//!
//! Who connects from this machine or a private network is a proxy of ours, so the last address that it names in
//! `X-Forwarded-For` counts; what others write there is not believed.

use std::net::IpAddr;

use api::access::Caller;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, header};

use crate::host;

/// Letters of an agent that are kept.
const AGENT_LETTERS_MAX: usize = 400;

/// Puts the caller into the request.
pub async fn note(mut request: Request, next: Next) -> Response {
    let caller = of(host::peer(&request), request.headers());
    request.extensions_mut().insert(caller);
    next.run(request).await
}

fn of(peer: Option<IpAddr>, headers: &HeaderMap) -> Caller {
    let agent = headers.get(header::USER_AGENT).map(|agent| String::from_utf8_lossy(agent.as_bytes()));
    let agent = agent.map(|agent| agent.chars().take(AGENT_LETTERS_MAX).collect()).unwrap_or_default();
    let address = match peer {
        Some(peer) if !is_private(peer) => Some(peer),
        Some(peer) => forwarded(headers).or(Some(peer)),
        None => forwarded(headers),
    };
    Caller { address, agent }
}

fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let lines = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).next_back().and_then(|last| last.trim().parse().ok())
}

fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_loopback() || address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proxy_of_ours_says_from_where_a_request_comes() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "192.0.2.66, 198.51.100.7".parse().unwrap());
        let address = |peer: &str| of(peer.parse().ok(), &headers).address.map(|address| address.to_string());
        assert_eq!(address("203.0.113.5").as_deref(), Some("203.0.113.5"));
        assert_eq!(address("10.0.0.2").as_deref(), Some("198.51.100.7"));
        assert_eq!(address("::ffff:127.0.0.1").as_deref(), Some("198.51.100.7"));
        assert_eq!(of("10.0.0.2".parse().ok(), &HeaderMap::new()).address, "10.0.0.2".parse().ok());
    }
}
