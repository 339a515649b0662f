//! Small pages for people outside: whole in themselves, because the console's own files are not served under every host.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = ":root{color-scheme:light dark}body{font:17px/1.5 system-ui,sans-serif;max-width:32rem;margin:18vh auto;padding:0 1.2rem}\
    h1{font-size:1.4rem}button{font:inherit;padding:.45em 1.1em;border-radius:8px;border:1px solid;background:none;color:inherit;\
    cursor:pointer}";

const POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'");

/// A page with this heading.
pub fn page(status: StatusCode, title: &str, inside: &Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { h1 { (title) } (inside) } }
        }
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (status, headers, page.into_string()).into_response()
}

/// The page for what was not made here.
pub fn not_ours() -> Response {
    let inside = html! {
        p { "It may have been cut off or changed on its way." }
        p { "Please look for the whole address in the mail that it came in, or ask whoever sent it." }
    };
    page(StatusCode::NOT_FOUND, "This link leads nowhere.", &inside)
}

/// The page for when the database does not answer. Nobody is kept from where they want to go.
pub fn not_now(leads_to: Option<&str>) -> Response {
    let inside = html! {
        @match leads_to {
            Some(address) => p { "It leads to " a href=(address) rel="noreferrer" { (address) } "." },
            None => p { "Please try again in a moment." },
        }
    };
    page(StatusCode::SERVICE_UNAVAILABLE, "This did not work just now.", &inside)
}
