//! Introducing: tells the API who is signed in to the console, so that its pages may use the API.
//!
//! Only a request that names a host of ours and comes from where the console answers brings a session; any other is left as
//! it is, and the API then wants a key or a token.

use axum::extract::{Request, State as Given};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use api::access::{Asker, Mailboxes, Scope, Scopes, SignedIn, Who};
use http::header;

use store::session::Role;

use crate::session::{self, from_our_own_page, signed_in};
use crate::state::State;
use crate::{cookie, host};

/// Puts whoever is signed in into the request.
pub async fn introduce(Given(state): Given<State>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let brings_session = !headers.contains_key(header::AUTHORIZATION) && cookie::SESSION.read(headers, state.settings.secure()).is_some();
    if brings_session && host::is_welcome(&state.settings, &request) {
        let own_page = from_our_own_page(headers);
        match signed_in(request.headers(), &state).await {
            Ok(Some(signed_in)) => {
                let asker = asker_of(&signed_in);
                request.extensions_mut().insert(SignedIn { asker, csrf: signed_in.csrf, from_our_own_page: own_page });
            }
            Ok(None) => {}
            Err(failure) => return failure.into_response(),
        }
    }
    next.run(request).await
}

/// Whoever is signed in, as the API knows askers.
pub fn asker_of(signed_in: &session::SignedIn) -> Asker {
    let Some(member) = &signed_in.member else { return Asker::administrator(signed_in.workspace) };
    let scopes = match signed_in.role {
        Role::Administrator => Scopes::PERSON.with(Scope::Admin),
        Role::Member => Scopes::PERSON,
    };
    let who = Who::Person {
        subject: format!("{}/{}", member.tenant_id, member.object_id),
        email: Some(member.email.to_lowercase()),
        user_id: Some(member.object_id.clone()),
    };
    Asker { workspace: signed_in.workspace, who, scopes, mailboxes: Mailboxes::All }
}
