//! `GET /connect[?address=]`: how to connect a mailbox.

use axum::extract::{Query, State as Given};
use axum::response::Html;
use maud::{Markup, html};
use serde::Deserialize;

use crate::failure::Failure;
use crate::session::SignedIn;
use crate::settings::Delegated;
use crate::state::State;
use crate::view::frame::{self, Part, Viewer as _};

/// What to fill in.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    address: String,
}

/// The page.
pub async fn connect(Given(state): Given<State>, signed_in: SignedIn, Query(asked): Query<Asked>) -> Result<Html<String>, Failure> {
    let main = html! {
        div.heading { h1 { "Connect a mailbox" } }
        div.choices {
            section.card aria-labelledby="personal" {
                h2 #personal { "A person's mailbox" }
                p { "Its owner signs in at Microsoft and agrees. Rapport never sees the password, and the owner can withdraw at any time." }
                @match &state.settings.delegated {
                    Some(delegated) => (personal(delegated)),
                    None => (missing("MICROSOFT_CLIENT_ID and MICROSOFT_CLIENT_SECRET")),
                }
            }
            @if signed_in.is_administrator() {
                section.card aria-labelledby="shared" {
                    h2 #shared { "A shared mailbox" }
                    p {
                        "It is read by Rapport's own permission, which an administrator of your Microsoft 365 has granted once. "
                        "Nobody has to sign in."
                    }
                    @match &state.settings.application {
                        Some(_) => (shared(&asked.address, &signed_in.csrf)),
                        None => (missing("EMAILBOT_M365_TENANT_ID, EMAILBOT_M365_CLIENT_ID and EMAILBOT_M365_CLIENT_SECRET")),
                    }
                }
            }
        }
    };
    Ok(Html(frame::signed_in("Connect a mailbox", Part::Connect, &signed_in, &main).into_string()))
}

fn personal(delegated: &Delegated) -> Markup {
    html! {
        p.actions { a.button href="/auth/microsoft" { "Sign in at Microsoft" } }
        details {
            summary { "If Microsoft shows an error instead" }
            p { "Some mistakes end on Microsoft's own page and never come back here:" }
            ul {
                li { code { "AADSTS50011" } ": the redirect address is not registered. Register exactly, under Authentication, Web:"
                    ul { @for uri in &delegated.redirect_uris { li { code { (uri) } } } } }
                li {
                    code { "AADSTS700016" }
                    ": the client id is not known in that organisation. Compare MICROSOFT_CLIENT_ID and MICROSOFT_TENANT_ID."
                }
                li { code { "AADSTS50105" } ": the person is not assigned to the application. Assign them under Enterprise applications." }
                li { code { "AADSTS90094" } ": an administrator must consent first." }
            }
        }
    }
}

fn shared(address: &str, csrf: &str) -> Markup {
    html! {
        form.stack method="post" action="/connect/shared" {
            (frame::key(csrf))
            label for="address" { "Address" }
            input #address name="address" type="email" value=(address) placeholder="support@contoso.example" required autocomplete="off";
            button type="submit" { "Try and connect" }
        }
    }
}

fn missing(names: &str) -> Markup {
    html! { p.notice { "Not configured yet. Register Rapport in Entra ID as the README says, set " (names) ", and start Rapport again." } }
}
