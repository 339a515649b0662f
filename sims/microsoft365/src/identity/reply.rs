//! How an answer goes back to the app through the browser: query, fragment or a form that posts itself
//! (reference: identity, section 1.3).

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use maud::{DOCTYPE, html};

use super::authorize::SESSION_COOKIE;
use super::error::{OauthError, Trace};
use super::redirect::with_parameters;
use super::token::Form;

/// `response_mode`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// In the query.
    Query,
    /// In the fragment.
    Fragment,
    /// As a form that posts itself.
    FormPost,
}

impl Mode {
    /// The mode that was asked for, or the response type's own.
    pub fn read(form: &Form) -> Self {
        let front_channel = form.get("response_type").is_some_and(|kind| kind.split_whitespace().any(|word| word != "code"));
        match form.get("response_mode") {
            Some("form_post") => Self::FormPost,
            Some("fragment") => Self::Fragment,
            Some("query") => Self::Query,
            _ if front_channel => Self::Fragment,
            _ => Self::Query,
        }
    }
}

/// Where and how the app gets its answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The redirect URI.
    pub uri: String,
    /// How.
    pub mode: Mode,
    /// Echoed byte for byte.
    pub state: Option<String>,
}

impl Reply {
    /// The answer of a sign-in; the browser gets a session.
    pub fn success(&self, pairs: Vec<(&str, String)>, browser: &str) -> Response<Bytes> {
        let mut pairs: Vec<(String, String)> = pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        self.add_state(&mut pairs);
        let mut response = self.send(&pairs);
        let cookie = format!("{SESSION_COOKIE}={browser}; Path=/; HttpOnly; SameSite=Lax");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }

    /// The answer of a failed sign-in.
    pub fn error(&self, trace: &Trace, error: &OauthError) -> Response<Bytes> {
        self.send(&self.error_pairs(trace, error))
    }

    /// The address that tells the app of an error, for a link on a page.
    pub fn error_address(&self, trace: &Trace, error: &OauthError) -> String {
        with_parameters(&self.uri, &self.error_pairs(trace, error), self.mode == Mode::Fragment)
    }

    fn error_pairs(&self, trace: &Trace, error: &OauthError) -> Vec<(String, String)> {
        // An interactive refusal of a grant is "interaction required" in the browser's words.
        let word = if error.error == "invalid_grant" { "interaction_required" } else { error.error };
        let mut pairs = vec![("error".to_owned(), word.to_owned()), ("error_description".to_owned(), trace.describe(error))];
        if error.code == 65004 {
            pairs.push(("error_subcode".to_owned(), "cancel".to_owned()));
        }
        if let Some(claims) = &error.claims {
            pairs.push(("claims".to_owned(), claims.clone()));
        }
        self.add_state(&mut pairs);
        pairs
    }

    fn add_state(&self, pairs: &mut Vec<(String, String)>) {
        pairs.extend(self.state.iter().map(|state| ("state".to_owned(), state.clone())));
    }

    fn send(&self, pairs: &[(String, String)]) -> Response<Bytes> {
        match self.mode {
            Mode::FormPost => post_itself(&self.uri, pairs),
            mode => redirect_to(&with_parameters(&self.uri, pairs, mode == Mode::Fragment)),
        }
    }
}

/// A 302.
pub fn redirect_to(address: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::FOUND;
    match HeaderValue::from_str(address) {
        Ok(location) => {
            response.headers_mut().insert(header::LOCATION, location);
        }
        Err(_) => *response.status_mut() = StatusCode::BAD_REQUEST,
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache"));
    response
}

fn post_itself(uri: &str, pairs: &[(String, String)]) -> Response<Bytes> {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { "Working..." } }
            body onload="document.forms[0].submit()" {
                form method="post" action=(uri) {
                    @for (name, value) in pairs { input type="hidden" name=(name) value=(value); }
                    noscript { p { "Script is disabled. Choose Continue." } button type="submit" { "Continue" } }
                }
            }
        }
    };
    super::pages::page(200, page.into_string())
}
