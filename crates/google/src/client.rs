//! The client: where Google is, who we are there, and one request with its answer.

use std::sync::Arc;

use base::Secret;
use bytes::Bytes;
use http::{Method, Request, Response, header};
use transport::{Effect, Transport};
use url::Url;

use crate::error::{GoogleError, Refusal};

/// The largest answer that is read: a page of a thousand persons is about one megabyte.
const ANSWER_BYTES_MAX: usize = 32 * 1024 * 1024;

/// The addresses of Google's services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// Where a browser signs in.
    pub authorize: Url,
    /// Where a code or a refresh token is redeemed.
    pub token: Url,
    /// Where a grant is ended.
    pub revoke: Url,
    /// Who an access token belongs to.
    pub user: Url,
    /// The root of the People API, with a slash at its end.
    pub people: Url,
}

impl Default for Places {
    fn default() -> Self {
        let url = |address: &str| Url::parse(address).expect("a constant address");
        Places {
            authorize: url("https://accounts.google.com/o/oauth2/v2/auth"),
            token: url("https://oauth2.googleapis.com/token"),
            revoke: url("https://oauth2.googleapis.com/revoke"),
            user: url("https://openidconnect.googleapis.com/v1/userinfo"),
            people: url("https://people.googleapis.com/v1/"),
        }
    }
}

impl Places {
    /// All services at one address, each below the name of its host.
    pub fn at(root: &Url) -> Self {
        let root = root.as_str().trim_end_matches('/');
        let moved = |url: Url| {
            let host = url.host_str().unwrap_or_default();
            Url::parse(&format!("{root}/{host}{}", url.path())).expect("an address below an address")
        };
        let Places { authorize, token, revoke, user, people } = Places::default();
        Places { authorize: moved(authorize), token: moved(token), revoke: moved(revoke), user: moved(user), people: moved(people) }
    }
}

/// The OAuth client that we are at Google.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The client id.
    pub client_id: String,
    /// The client secret.
    pub client_secret: Secret<String>,
    /// The redirect address as it is listed there.
    pub redirect_uri: Url,
}

/// The only sender of requests to Google.
#[derive(Clone)]
pub struct Client {
    pub(crate) places: Arc<Places>,
    pub(crate) registration: Arc<Registration>,
    transport: Arc<dyn Transport>,
}

impl Client {
    /// A client of this registration.
    pub fn new(places: Places, registration: Registration, transport: Arc<dyn Transport>) -> Self {
        Client { places: Arc::new(places), registration: Arc::new(registration), transport }
    }

    /// The redirect address as it is listed at Google.
    pub fn redirect_uri(&self) -> &Url {
        &self.registration.redirect_uri
    }

    /// Reads `url` with an access token.
    pub(crate) async fn read(&self, url: Url, access_token: &Secret<String>) -> Result<Response<Bytes>, GoogleError> {
        let request = Request::builder()
            .method(Method::GET)
            .uri(url.as_str())
            .header(header::AUTHORIZATION, format!("Bearer {}", access_token.expose()))
            .header(header::ACCEPT, "application/json")
            .body(Bytes::new())
            .map_err(|_| GoogleError::Unreadable)?;
        self.send(request, Effect::Read).await
    }

    /// Posts a form. Redeeming a refresh token twice leaves everything as it was; a code is good for once.
    pub(crate) async fn post(&self, url: &Url, form: String, effect: Effect) -> Result<Response<Bytes>, GoogleError> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(url.as_str())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .body(Bytes::from(form))
            .map_err(|_| GoogleError::Unreadable)?;
        self.send(request, effect).await
    }

    async fn send(&self, request: Request<Bytes>, effect: Effect) -> Result<Response<Bytes>, GoogleError> {
        let answer = self.transport.send(request).await.map_err(|error| GoogleError::Lost { error, effect })?;
        if answer.body().len() > ANSWER_BYTES_MAX {
            return Err(GoogleError::Unreadable);
        }
        if answer.status().is_success() { Ok(answer) } else { Err(GoogleError::Refused(Box::new(Refusal::read(&answer)))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_simulators_services_stand_below_the_names_of_their_hosts() {
        let places = Places::at(&Url::parse("http://127.0.0.1:8377/").unwrap());
        assert_eq!(places.token.as_str(), "http://127.0.0.1:8377/oauth2.googleapis.com/token");
        assert_eq!(places.people.join("people/me/connections").unwrap().path(), "/people.googleapis.com/v1/people/me/connections");
    }
}
