//! `/t/p/{token}`: opened in a browser under an own domain, it shows that the domain leads here, name and certificate included.

use api::tracking::Kind;
use axum::extract::{Path, State as Given};
use axum::response::Response;
use http::StatusCode;
use http::request::Parts;
use maud::html;
use model::id::WorkspaceId;
use store::{StoreError, Transaction, tracking_setting};
use url::Url;

use super::{host_of, page};
use crate::state::State;

/// The domain leads here. Commit point: `web.prove_domain`.
pub async fn prove(Given(state): Given<State>, Path(text): Path<String>, request: Parts) -> Response {
    match proven(&state, &text, &host_of(&request)).await {
        Ok(true) => {
            page::page(StatusCode::OK, "This domain leads to Rapport.", &html! { p { "It is used for tracked mail from now on." } })
        }
        Ok(false) => page::not_ours(),
        Err(_) => page::not_now(None),
    }
}

async fn proven(state: &State, text: &str, host: &str) -> Result<bool, StoreError> {
    let Some((token, _)) = state.api.tracker.signer().await?.read(Kind::Proof, host, text) else { return Ok(false) };
    let workspace = WorkspaceId::from_number(token.mail.number());
    let Some(domain) = tracking_setting::find(&state.db, workspace).await?.domain else { return Ok(false) };
    if Url::parse(&domain).ok().and_then(|url| url.host_str().map(str::to_ascii_lowercase)).as_deref() != Some(host) {
        return Ok(false);
    }
    let proved = tracking_setting::prove_domain(workspace, &domain, state.clock.now());
    state.db.commit(Transaction::new("web.prove_domain").with(proved)).await.map(|_| true)
}
