//! `/t/o/{token}` and `/t/c/{token}`: a pixel is loaded, a link is followed.
//!
//! The touch is committed, then answered. A pixel is answered with the picture whatever its token is, so that nobody learns which
//! are good. A link leads to exactly the address that was signed into its token, and to nothing else.

use api::access::Caller;
use api::tracking::{Kind, Token};
use axum::extract::{Path, State as Given};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method as HttpMethod, StatusCode, header};
use model::tracking::{Method, Target, Touch};
use store::{StoreError, Transaction, touch, tracked};
use url::Url;

use super::{host_of, page};
use crate::cookie::SESSION;
use crate::session;
use crate::state::State;

/// One point that cannot be seen: 43 bytes.
const PICTURE: &[u8; 43] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";
/// How often a commit that collides with another is tried.
const TRIES: u32 = 5;
/// Where browsers say that they only fetch ahead.
const PURPOSES: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

/// A pixel is loaded.
pub async fn pixel(Given(state): Given<State>, Path(text): Path<String>, request: Parts) -> Response {
    match read(&state, Kind::Pixel, &text, &request).await {
        Ok(Some((token, _))) => match keep(&state, token, Target::Pixel, &request).await {
            Ok(()) => picture(&request),
            Err(_) => page::not_now(None),
        },
        Ok(None) => picture(&request),
        Err(_) => page::not_now(None),
    }
}

/// A link is followed.
pub async fn link(Given(state): Given<State>, Path(text): Path<String>, request: Parts) -> Response {
    let (token, leads_to) = match read(&state, Kind::Link, &text, &request).await {
        Ok(Some(found)) => found,
        Ok(None) => return page::not_ours(),
        Err(_) => return page::not_now(None),
    };
    let Some(location) = location(&leads_to) else { return page::not_ours() };
    match keep(&state, token, Target::Link(u32::from(token.link)), &request).await {
        Ok(()) if is_reading(&request) => {
            let headers = [
                (header::LOCATION, location),
                (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
                (HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex")),
            ];
            (StatusCode::FOUND, headers).into_response()
        }
        Ok(()) => not_allowed(),
        Err(_) => page::not_now(Some(&leads_to)),
    }
}

async fn read(state: &State, kind: Kind, text: &str, request: &Parts) -> Result<Option<(Token, String)>, StoreError> {
    Ok(state.api.tracker.signer().await?.read(kind, &host_of(request), text))
}

/// The header that leads to what was signed, letter by letter. What a header cannot hold is written as a browser would.
fn location(leads_to: &str) -> Option<HeaderValue> {
    let url = Url::parse(leads_to).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let plain = leads_to.bytes().all(|byte| byte.is_ascii_graphic());
    HeaderValue::from_str(if plain { leads_to } else { url.as_str() }).ok()
}

fn is_reading(request: &Parts) -> bool {
    request.method == HttpMethod::GET || request.method == HttpMethod::HEAD
}

fn not_allowed() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, HeaderValue::from_static("GET, HEAD"))]).into_response()
}

fn picture(request: &Parts) -> Response {
    if !is_reading(request) {
        return not_allowed();
    }
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/gif")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache, must-revalidate, max-age=0")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("inline")),
    ];
    (headers, PICTURE.as_slice()).into_response()
}

/// Commits a touch. Commit point: `web.touch`.
async fn keep(state: &State, token: Token, target: Target, request: &Parts) -> Result<(), StoreError> {
    let caller = request.extensions.get::<Caller>();
    let address = caller.and_then(|caller| caller.address);
    let kept = Touch {
        at: state.clock.now(),
        target,
        copy: u32::from(token.copy),
        method: method(&request.method),
        agent: caller.map(|caller| caller.agent.clone()).unwrap_or_default(),
        prefetch: is_prefetch(&request.headers),
        network: address.and_then(|address| state.networks.of(address)),
        visitor: match address {
            Some(address) => Some(state.api.tracker.signer().await?.visitor(token.mail, address)),
            None => None,
        },
        own: is_senders_own(state, token, &request.headers).await?,
    };
    let mut tries = 1;
    loop {
        match state.db.commit(Transaction::new("web.touch").with_all(touch::keep(token.mail, &kept, address))).await {
            Err(StoreError::Conflict(_)) if tries < TRIES => tries += 1,
            outcome => return outcome.map(drop),
        }
    }
}

fn method(method: &HttpMethod) -> Method {
    match *method {
        HttpMethod::GET => Method::Get,
        HttpMethod::HEAD => Method::Head,
        _ => Method::Other,
    }
}

fn is_prefetch(headers: &HeaderMap) -> bool {
    let said = PURPOSES.iter().filter_map(|name| headers.get(*name)).filter_map(|purpose| purpose.to_str().ok());
    said.into_iter().any(|purpose| purpose.to_ascii_lowercase().contains("prefetch"))
}

/// Whether the session of whoever asked for the mail came along. Hardly any request brings one, so the others cost nothing.
async fn is_senders_own(state: &State, token: Token, headers: &HeaderMap) -> Result<bool, StoreError> {
    if SESSION.read(headers, state.settings.secure()).is_none() {
        return Ok(false);
    }
    let Ok(Some(signed_in)) = session::signed_in(headers, state).await else { return Ok(false) };
    let mail = tracked::find(&state.db, token.mail).await?;
    Ok(mail.is_some_and(|mail| mail.workspace == signed_in.workspace && mail.asked_by == signed_in.actor()))
}

#[cfg(test)]
mod tests {
    use super::{PICTURE, location};

    #[test]
    fn a_link_leads_to_the_letter_where_it_was_signed_to_and_only_to_the_web() {
        let led = |address: &str| location(address).map(|value| value.to_str().unwrap().to_owned());
        for address in ["https://shop.example", "HTTPS://Shop.example/%7ea?b=c%20d&e#f", "http://a.example:80/../b"] {
            assert_eq!(led(address).as_deref(), Some(address));
        }
        assert_eq!(led("https://shop.example/ü b").as_deref(), Some("https://shop.example/%C3%BC%20b"));
        for address in ["javascript:alert(1)", "data:text/html,x", "//shop.example", "ftp://a.example/", ""] {
            assert_eq!(led(address), None, "{address}");
        }
        assert_eq!(PICTURE.len(), 43);
    }
}
