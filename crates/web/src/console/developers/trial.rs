//! `GET /developers/api`: a page to try requests of the API. Its form is made from the API's own document by `trial.js`;
//! requests go out with the session, or with a key that is pasted, and are shown as curl.

use axum::extract::State as Given;
use axum::response::Html;
use maud::html;

use crate::console::developers::overview::{Tab, tabs};
use crate::session::SignedIn;
use crate::state::State;
use crate::view::frame::{self, Part};

/// The page.
pub async fn trial(Given(state): Given<State>, signed_in: SignedIn) -> Html<String> {
    let base = state.settings.base_url.as_str().trim_end_matches('/');
    let main = html! {
        div.heading { h1 { "Try the API" } p.summary { "Requests go to this server and do what they say, also those that change something." } }
        (tabs(Tab::Trial, &signed_in))
        noscript { div.empty { h2 { "This page needs JavaScript" } p { "Without it: " a href="/openapi.json" { "the document" } } } }
        div.operation #trial data-document="/openapi.json" data-base=(base) data-csrf=(signed_in.csrf) {
            nav.operations.panel aria-label="Requests" tabindex="0" { p.hint { "Loading the document…" } }
            section #request aria-live="polite" { p.hint { "Choose a request." } }
        }
        script type="module" src="/assets/trial.js" {}
    };
    Html(frame::signed_in("Try the API", Part::Developers, &signed_in, &main).into_string())
}
