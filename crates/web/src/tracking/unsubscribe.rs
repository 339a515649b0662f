//! `/t/u/{token}`: a recipient does not want to be written to again.
//!
//! Looking does nothing, because scanners look: the page has a button. What mail programs post by themselves is RFC 8058's one
//! click: <https://www.rfc-editor.org/rfc/rfc8058#section-3.2>.

use api::tracking::{Kind, Token};
use axum::extract::{Path, Request, State as Given};
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;
use maud::html;
use store::tracked::Tracked;
use store::{StoreError, Transaction, opt_out, tracked};

use super::{host_of, page};
use crate::session::read_fields;
use crate::state::State;

/// The page with the button.
pub async fn offer(Given(state): Given<State>, Path(text): Path<String>, request: Parts) -> Response {
    match found(&state, &text, &request).await {
        Ok(Some((token, mail))) if is_done(&mail, token) => done(),
        Ok(Some(_)) => {
            let inside = html! {
                form method="post" {
                    input type="hidden" name="List-Unsubscribe" value="One-Click";
                    p { "You will not get this kind of mail again." }
                    button type="submit" { "Unsubscribe" }
                }
            };
            page::page(StatusCode::OK, "Do you want to unsubscribe?", &inside)
        }
        Ok(None) => page::not_ours(),
        Err(_) => page::not_now(None),
    }
}

/// The recipient unsubscribes. Commit point: `web.unsubscribe`.
pub async fn unsubscribe(Given(state): Given<State>, Path(text): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (token, mail) = match found(&state, &text, &parts).await {
        Ok(Some(found)) => found,
        Ok(None) => return page::not_ours(),
        Err(_) => return page::not_now(None),
    };
    let asked = read_fields(Request::from_parts(parts, body)).await.is_ok_and(|fields| fields.text("List-Unsubscribe") == "One-Click");
    if !asked {
        let inside = html! { p { "Nothing was changed. Please open the page and use its button." } };
        return page::page(StatusCode::BAD_REQUEST, "That was no request to unsubscribe.", &inside);
    }
    let statements = opt_out::add(&mail, usize::from(token.copy), state.clock.now());
    match state.db.commit(Transaction::new("web.unsubscribe").with_all(statements).durable()).await {
        Ok(_) | Err(StoreError::Refused { .. }) => done(),
        Err(_) => page::not_now(None),
    }
}

async fn found(state: &State, text: &str, request: &Parts) -> Result<Option<(Token, Tracked)>, StoreError> {
    let read = state.api.tracker.signer().await?.read(Kind::Unsubscribe, &host_of(request), text);
    let Some((token, _)) = read else { return Ok(None) };
    Ok(tracked::find(&state.db, token.mail).await?.map(|mail| (token, mail)))
}

fn is_done(mail: &Tracked, token: Token) -> bool {
    mail.copies.get(usize::from(token.copy)).is_some_and(|copy| copy.unsubscribed_at.is_some())
}

fn done() -> Response {
    page::page(StatusCode::OK, "You are unsubscribed.", &html! { p { "Whoever sent the mail has been told." } })
}
