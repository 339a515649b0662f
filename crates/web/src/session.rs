//! Sessions: who is signed in to the console, and proof that a form came from a page of ours.
//!
//! The cookie holds a random token; the database its hash, the workspace, who it is, the key that the session's forms
//! repeat, and when it ends: twelve hours after it began, whatever happens. A form must be sent by our own origin, as far as
//! the browser says so, and carry that key. Pages ask for [`SignedIn`], those for administrators only for [`Administrator`].

use std::collections::HashMap;
use std::time::Duration;

use api::access::Caller;
use axum::body::to_bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Redirect, Response};
use base::random;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use model::id::WorkspaceId;
use store::Transaction;
use store::session::{self, Member, Role, Session};
use url::form_urlencoded;

use crate::administrator::NAME;
use crate::cookie::SESSION;
use crate::failure::{Failure, wants_page};
use crate::secrets;
use crate::state::State;
use crate::view::frame::Viewer;
use crate::view::problem_page;

/// How long a session lasts.
pub const LIFETIME: Duration = Duration::from_secs(12 * 3600);
/// The longest form that is read.
const FORM_BYTES_MAX: usize = 64 * 1024;

/// Whoever is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// In which workspace.
    pub workspace: WorkspaceId,
    /// What they may do.
    pub role: Role,
    /// Who it is; `None` for whoever holds the administrator's token.
    pub member: Option<Member>,
    /// What the session's forms repeat.
    pub csrf: String,
    /// The hash under which the session is kept.
    pub token_hash: Vec<u8>,
    /// From where the request comes.
    pub caller: Option<Caller>,
}

impl SignedIn {
    /// As the audit names them.
    pub fn actor(&self) -> String {
        self.member.as_ref().map_or_else(|| NAME.to_owned(), |member| member.email.clone())
    }
}

/// An administrator, signed in.
#[derive(Clone, Debug)]
pub struct Administrator {
    /// In which workspace.
    pub workspace: WorkspaceId,
    /// As the audit names them.
    pub actor: String,
    /// What the session's forms repeat.
    pub csrf: String,
}

/// A form that a signed-in administrator has sent from a page of ours.
#[derive(Clone, Debug)]
pub struct Form {
    /// Who sent it.
    pub administrator: Administrator,
    /// Its fields; of several with one name, the last.
    pub fields: Fields,
}

/// A form that anybody who is signed in has sent from a page of ours.
#[derive(Clone, Debug)]
pub struct OwnForm {
    /// Who sent it.
    pub signed_in: SignedIn,
    /// Its fields; of several with one name, the last.
    pub fields: Fields,
}

/// The fields of a form.
#[derive(Clone, Debug, Default)]
pub struct Fields(HashMap<String, String>);

impl Fields {
    /// Reads `application/x-www-form-urlencoded`.
    pub fn read(body: &[u8]) -> Self {
        Fields(form_urlencoded::parse(body).into_owned().collect())
    }

    /// The trimmed value of a field, empty if it is not there.
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value.trim())
    }

    /// What follows `prefix` in the names of the fields that are not empty, sorted: ticked boxes.
    pub fn ticked(&self, prefix: &str) -> Vec<&str> {
        let mut names: Vec<&str> =
            self.0.iter().filter(|(_, value)| !value.is_empty()).filter_map(|(name, _)| name.strip_prefix(prefix)).collect();
        names.sort_unstable();
        names
    }
}

/// Why a page that wants a session is not shown.
#[derive(Debug)]
pub enum Refused {
    /// Without a session.
    Failure(Box<Failure>),
    /// Sign in first, then come back.
    SignIn(String),
    /// Another site led here, so the browser kept the cookie back: the same address again, from a page of ours.
    Again(String),
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Refused::Failure(Box::new(failure))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Refused::Failure(failure) => failure.into_response(),
            Refused::SignIn(address) => Redirect::to(&address).into_response(),
            Refused::Again(address) => axum::response::Html(problem_page::again(&address).into_string()).into_response(),
        }
    }
}

impl FromRequestParts<State> for SignedIn {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Refused> {
        if let Some(signed_in) = signed_in(&parts.headers, state).await? {
            return Ok(SignedIn { caller: parts.extensions.get().cloned(), ..signed_in });
        }
        if parts.method != Method::GET || !wants_page(&parts.headers) {
            return Err(Failure::signed_out().into());
        }
        let address = own_path(&parts.uri);
        if sent_from(&parts.headers) == Some("cross-site") {
            return Err(Refused::Again(address));
        }
        let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("return_to", &address).finish();
        Err(Refused::SignIn(format!("/sign-in?{query}")))
    }
}

impl FromRequestParts<State> for Administrator {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Refused> {
        let signed_in = SignedIn::from_request_parts(parts, state).await?;
        Ok(Administrator::of(signed_in)?)
    }
}

impl Administrator {
    fn of(signed_in: SignedIn) -> Result<Self, Failure> {
        match signed_in.role {
            Role::Administrator => Ok(Administrator { workspace: signed_in.workspace, actor: signed_in.actor(), csrf: signed_in.csrf }),
            Role::Member => Err(Failure::administrators_only()),
        }
    }
}

impl Viewer for SignedIn {
    fn csrf(&self) -> &str {
        &self.csrf
    }

    fn is_administrator(&self) -> bool {
        self.role == Role::Administrator
    }
}

impl Viewer for Administrator {
    fn csrf(&self) -> &str {
        &self.csrf
    }

    fn is_administrator(&self) -> bool {
        true
    }
}

impl FromRequest<State> for OwnForm {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &State) -> Result<Self, Refused> {
        let signed_in = signed_in(request.headers(), state).await?.ok_or_else(Failure::signed_out)?;
        if !from_our_own_page(request.headers()) {
            return Err(Failure::foreign_form().into());
        }
        let caller = request.extensions().get().cloned();
        let fields = read_fields(request).await?;
        if !secrets::same(fields.text("csrf").as_bytes(), signed_in.csrf.as_bytes()) {
            return Err(Failure::foreign_form().into());
        }
        Ok(OwnForm { signed_in: SignedIn { caller, ..signed_in }, fields })
    }
}

impl FromRequest<State> for Form {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &State) -> Result<Self, Refused> {
        let OwnForm { signed_in, fields } = OwnForm::from_request(request, state).await?;
        Ok(Form { administrator: Administrator::of(signed_in)?, fields })
    }
}

/// Reads the fields of a form of bounded size.
///
/// # Errors
/// 413 for one that is too long.
pub async fn read_fields(request: Request) -> Result<Fields, Failure> {
    let body = to_bytes(request.into_body(), FORM_BYTES_MAX).await;
    let body = body.map_err(|_| {
        let problem = base::Problem::new("form_too_long", "That form is too long.", "It holds more than 64 KiB.", "Send less.");
        Failure::new(StatusCode::PAYLOAD_TOO_LARGE, problem)
    })?;
    Ok(Fields::read(&body))
}

/// Who is signed in by the cookie of these headers.
///
/// # Errors
/// When the database does not answer.
pub async fn signed_in(headers: &HeaderMap, state: &State) -> Result<Option<SignedIn>, Failure> {
    let Some(token) = SESSION.read(headers, state.settings.secure()) else { return Ok(None) };
    let found = session::find(&state.db, &secrets::hash(&token), state.clock.now()).await?;
    Ok(found.map(|kept| SignedIn {
        workspace: kept.workspace,
        role: kept.role,
        member: kept.member,
        csrf: kept.csrf,
        token_hash: kept.token_hash,
        caller: None,
    }))
}

/// Begins a session and gives the header that tells the browser: a member's, or whoever's that holds the administrator's
/// token.
///
/// # Errors
/// When the database does not answer.
pub async fn begin(state: &State, workspace: WorkspaceId, role: Role, member: Option<Member>) -> Result<HeaderValue, Failure> {
    let now = state.clock.now();
    let token = random::token();
    let (token_hash, csrf) = (secrets::hash(&token), random::token());
    let begun = Session { token_hash, csrf, workspace, role, member, created_at: now, expires_at: now.plus(LIFETIME) };
    let transaction = Transaction::new("session.begin").with(session::purge(now)).with(session::insert(&begun));
    state.db.commit(transaction).await?;
    Ok(SESSION.set(&token, LIFETIME.as_secs(), state.settings.secure()))
}

/// Whether a browser says that a request comes from a page of ours. One that says nothing is left to the form's key.
pub fn from_our_own_page(headers: &HeaderMap) -> bool {
    if let Some(site) = sent_from(headers) {
        return site == "same-origin";
    }
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    match (text(header::ORIGIN), text(header::HOST)) {
        (None, _) => true,
        (Some(origin), Some(host)) => {
            let named = origin.split_once("://").map_or("", |parts| parts.1);
            named.eq_ignore_ascii_case(host)
        }
        (Some(_), None) => false,
    }
}

fn sent_from(headers: &HeaderMap) -> Option<&str> {
    headers.get("sec-fetch-site").and_then(|site| site.to_str().ok())
}

fn own_path(uri: &Uri) -> String {
    uri.path_and_query().map_or_else(|| "/".to_owned(), |path| path.as_str().to_owned())
}

/// The path to go to after signing in: one of ours, or the first page.
pub fn safe_path(wanted: &str) -> &str {
    let ours = wanted.starts_with('/') && !wanted.starts_with("//") && !wanted.contains('\\') && !wanted.chars().any(char::is_control);
    if ours { wanted } else { "/mailboxes" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_ours_are_gone_to() {
        assert_eq!(safe_path("/mailboxes/mbx_1?folder=2"), "/mailboxes/mbx_1?folder=2");
        for foreign in ["//evil.example", "https://evil.example", "/\\evil.example", "/a\nb", ""] {
            assert_eq!(safe_path(foreign), "/mailboxes", "{foreign}");
        }
    }

    #[test]
    fn a_form_of_another_site_is_known_by_what_the_browser_says() {
        let headers = |pairs: &[(&'static str, &'static str)]| -> HeaderMap {
            pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
        };
        assert!(from_our_own_page(&headers(&[("sec-fetch-site", "same-origin"), ("origin", "null"), ("host", "a")])));
        assert!(!from_our_own_page(&headers(&[("sec-fetch-site", "same-site"), ("host", "a")])));
        assert!(from_our_own_page(&headers(&[("origin", "http://localhost:3000"), ("host", "localhost:3000")])));
        assert!(!from_our_own_page(&headers(&[("origin", "http://evil.example"), ("host", "localhost:3000")])));
        assert!(!from_our_own_page(&headers(&[("origin", "null"), ("host", "localhost:3000")])));
        assert!(from_our_own_page(&headers(&[("host", "localhost:3000")])));
    }
}
