//! Signing in to the console: by the administrator's token, or by a link that works once.
//!
//! Attempts are limited by address. A right token begins a session, and both outcomes are audited. The link is for the demo,
//! where one program prints it and serves it: it lives in memory, for fifteen minutes.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Query, Request, State as Given};
use axum::response::{Html, IntoResponse, Redirect, Response};
use base::{Clock, Problem, Secret, Timestamp, random};
use http::{HeaderValue, StatusCode, header};
use model::id::{AuditId, WorkspaceId};
use serde::Deserialize;
use store::Transaction;
use store::audit::{self, AuditLine};
use store::session::{self as rows, Role};

use crate::administrator;
use crate::failure::Failure;
use crate::host::peer;
use crate::secrets;
use crate::session::{self, OwnForm};
use crate::state::State;
use crate::throttle::Allowance;
use crate::view::sign_in_page;

/// Wrong tokens that one address may send.
pub const ATTEMPTS: Allowance = Allowance { attempts: 10, window: Duration::from_secs(300) };
/// How long a sign-in link works.
const LINK_LIFETIME: Duration = Duration::from_secs(900);

/// Links that sign a browser in once. Clones share them.
#[derive(Clone)]
pub struct SignInLinks {
    clock: Clock,
    open: Arc<Mutex<HashMap<Vec<u8>, Timestamp>>>,
}

impl SignInLinks {
    /// None given out.
    pub fn new(clock: Clock) -> Self {
        SignInLinks { clock, open: Arc::default() }
    }

    /// The path and query of a new link, to be put behind the base address.
    pub fn issue(&self) -> Secret<String> {
        let token = random::token();
        let ends = self.clock.now().plus(LINK_LIFETIME);
        self.open.lock().unwrap_or_else(PoisonError::into_inner).insert(secrets::hash(&token), ends);
        Secret::new(format!("/sign-in?token={token}"))
    }

    fn redeem(&self, token: &str) -> bool {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.remove(&secrets::hash(token)).is_some_and(|ends| self.clock.now() < ends)
    }
}

/// What may stand in the address of the sign-in page.
#[derive(Deserialize)]
pub struct Asked {
    token: Option<String>,
    #[serde(default)]
    return_to: String,
}

/// `GET /sign-in`: the form, or at once in by a link.
pub async fn show(Given(state): Given<State>, Query(asked): Query<Asked>, request: Request) -> Result<Response, Failure> {
    let Some(token) = asked.token else {
        return Ok(match session::signed_in(request.headers(), &state).await? {
            Some(_) => Redirect::to(session::safe_path(&asked.return_to)).into_response(),
            None => page(&state, &asked.return_to, None),
        });
    };
    admit(&state, &request)?;
    if !state.sign_in_links.redeem(&token) {
        return Ok((StatusCode::FORBIDDEN, page(&state, "", Some(&spent_link()))).into_response());
    }
    enter(&state, "sign-in link", "").await
}

/// `POST /sign-in`: the administrator's token.
pub async fn enter_by_token(Given(state): Given<State>, request: Request) -> Result<Response, Failure> {
    if !session::from_our_own_page(request.headers()) {
        return Err(Failure::foreign_form());
    }
    let address = admit(&state, &request)?;
    let fields = session::read_fields(request).await?;
    let kept = rows::administrator(&state.db).await?;
    let token = Secret::from(fields.text("token"));
    let right = match kept {
        Some(kept) => administrator::verify(token, kept).await,
        None => false,
    };
    if !right {
        write_audit(&state, state.settings.workspace, administrator::NAME, "refused", "token").await?;
        let wrong = (StatusCode::FORBIDDEN, page(&state, fields.text("return_to"), Some(&wrong_token())));
        return Ok(wrong.into_response());
    }
    state.sign_ins.forgive(address);
    enter(&state, "token", fields.text("return_to")).await
}

/// `POST /sign-out`.
pub async fn leave(Given(state): Given<State>, form: OwnForm) -> Result<Response, Failure> {
    state.db.commit(Transaction::new("session.end").with(rows::remove(&form.signed_in.token_hash))).await?;
    let cookie = crate::cookie::SESSION.clear(state.settings.secure());
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/sign-in")).into_response())
}

async fn enter(state: &State, by: &str, return_to: &str) -> Result<Response, Failure> {
    let cookie: HeaderValue = session::begin(state, state.settings.workspace, Role::Administrator, None).await?;
    write_audit(state, state.settings.workspace, administrator::NAME, "done", by).await?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(session::safe_path(return_to))).into_response())
}

/// Writes into the audit that somebody signed in, or could not.
///
/// # Errors
/// When the database does not answer.
pub async fn write_audit(state: &State, workspace: WorkspaceId, actor: &str, outcome: &str, by: &str) -> Result<(), Failure> {
    let now = state.clock.now();
    let line = AuditLine {
        id: AuditId::new(now),
        at: now,
        workspace,
        actor: actor.to_owned(),
        action: "console.sign_in".to_owned(),
        object: "console".to_owned(),
        outcome: outcome.to_owned(),
        detail: serde_json::json!({ "by": by }),
    };
    state.db.commit(Transaction::new("console.audit").with(audit::append(&line))).await?;
    Ok(())
}

fn admit(state: &State, request: &Request) -> Result<IpAddr, Failure> {
    let address = peer(request).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    state.sign_ins.admit(address).map_err(Failure::too_many)?;
    Ok(address)
}

fn page(state: &State, return_to: &str, problem: Option<&Problem>) -> Response {
    Html(sign_in_page::render(session::safe_path(return_to), problem, &state.settings).into_string()).into_response()
}

fn wrong_token() -> Problem {
    Problem::new(
        "wrong_token",
        "That is not the administrator token.",
        "It was printed once, when Rapport first started here, and begins with rapport_.",
        "Paste it whole. If it is lost, run `rapport token --new` on the server.",
    )
}

fn spent_link() -> Problem {
    Problem::new(
        "link_spent",
        "That sign-in link has been used or has expired.",
        "It works once, within fifteen minutes.",
        "Start the demo again for a new link, or sign in with the administrator token.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_works_once_and_not_for_ever() {
        let clock = Clock::manual(Timestamp::from_millis(0));
        let links = SignInLinks::new(clock.clone());
        let token = |link: &Secret<String>| link.expose().rsplit('=').next().unwrap().to_owned();
        let (first, second) = (links.issue(), links.issue());
        assert!(links.redeem(&token(&first)) && !links.redeem(&token(&first)));
        clock.advance(LINK_LIFETIME);
        assert!(!links.redeem(&token(&second)));
    }
}
