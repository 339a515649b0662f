//! `GET /developers`: where to begin.

use axum::response::Html;
use maud::{Markup, html};

use crate::session::SignedIn;
use crate::view::frame::{self, Part, Viewer as _};

/// One page of this part.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// Where to begin.
    Overview,
    /// Trying requests.
    Trial,
    /// Keys.
    Keys,
    /// Endpoints and deliveries.
    Endpoints,
}

const TABS: &[(Tab, &str, &str)] = &[
    (Tab::Overview, "/developers", "Overview"),
    (Tab::Trial, "/developers/api", "Try the API"),
    (Tab::Keys, "/developers/keys", "Keys"),
    (Tab::Endpoints, "/developers/endpoints", "Endpoints"),
];

/// The pages that are for administrators.
const KEPT: &[Tab] = &[Tab::Keys, Tab::Endpoints];

/// The pages of this part beside one another, as far as they may be used.
pub fn tabs(current: Tab, by: &SignedIn) -> Markup {
    html! {
        nav.tabs.wide aria-label="Developers" {
            @for (own, address, name) in TABS.iter().filter(|(own, ..)| by.is_administrator() || !KEPT.contains(own)) { a href=(address) aria-current=[(*own == current).then_some("page")] { (name) } }
        }
    }
}

/// The page.
pub async fn overview(signed_in: SignedIn) -> Html<String> {
    let main = html! {
        div.heading { h1 { "Developers" } p.summary { "Everything that this console shows comes from the API, and can be had by it." } }
        (tabs(Tab::Overview, &signed_in))
        div.cards {
            a.panel data-row href="/developers/api" { h2 { "Try the API" } p { "Every request with its parameters, sent from here; the same as curl." } }
            @if signed_in.is_administrator() {
            a.panel data-row href="/developers/keys" { h2 { "Keys" } p { "For programs: what each may do, in which mailboxes, until when." } }
            a.panel data-row href="/developers/endpoints" { h2 { "Endpoints" } p { "Webhooks: signed, in order, repeated until they arrive." } }
            }
            a.panel data-row href="/openapi.json" download="rapport-openapi.json" { h2 { "OpenAPI document" } p { "For generators of clients, and for reading." } }
        }
    };
    Html(frame::signed_in("Developers", Part::Developers, &signed_in, &main).into_string())
}
