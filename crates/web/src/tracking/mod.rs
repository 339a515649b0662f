//! What recipients' programs ask for: pixels, links, unsubscribing; and what shows that an own domain leads here.
//!
//! It sets no cookie and answers under any host name; a token is good for the host that it was made for. What was answered is
//! committed before.

mod page;
mod proof;
mod touch;
mod unsubscribe;

pub use proof::prove;
pub use touch::{link, pixel};
pub use unsubscribe::{offer, unsubscribe};

use http::header;
use http::request::Parts;

use crate::host;

/// The host that a request names, in small letters and without its port.
fn host_of(request: &Parts) -> String {
    let named = request.headers.get(header::HOST).and_then(|host| host.to_str().ok()).map(str::to_owned);
    let named = named.or_else(|| request.uri.authority().map(ToString::to_string)).unwrap_or_default();
    host::without_port(&named).trim_end_matches('.').to_ascii_lowercase()
}
