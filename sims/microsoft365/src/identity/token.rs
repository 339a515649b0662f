//! The token endpoint: which grant is asked for, and the checks that all grants share (reference: identity, sections 1.5 and 10).

use bytes::Bytes;
use http::{Method, Response};
use serde_json::Value;

use super::authority::{self, Authority};
use super::client::{self, Proof};
use super::error::{self, OauthError};
use super::{app_only, code, device, refresh};
use crate::directory::App;
use crate::request::Request;
use crate::world::World;

/// The form of a token request.
#[derive(Debug, Clone)]
pub struct Form {
    pairs: Vec<(String, String)>,
}

impl Form {
    /// Reads a request's body.
    pub fn read(request: &Request) -> Self {
        Self { pairs: request.form_pairs() }
    }

    /// From pairs, for a page's own form.
    pub fn of(pairs: Vec<(String, String)>) -> Self {
        Self { pairs }
    }

    /// A parameter that is there and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(of, value)| of == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// A parameter that must be there.
    ///
    /// # Errors
    /// AADSTS900144.
    pub fn need(&self, name: &str) -> Result<&str, OauthError> {
        self.get(name).ok_or_else(|| OauthError::missing(name))
    }

    /// All pairs.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }
}

/// A token request whose client is known and proven.
#[derive(Debug)]
pub struct TokenRequest<'a> {
    /// As it came.
    pub request: &'a Request,
    /// Its form.
    pub form: &'a Form,
    /// The path's tenant.
    pub authority: Authority,
    /// The path's tenant word, in lower case.
    pub tenant_word: String,
    /// The client.
    pub app: App,
    /// How it proved itself.
    pub proof: Proof,
}

impl TokenRequest<'_> {
    /// `client_info=1` was sent.
    pub fn wants_client_info(&self) -> bool {
        self.form.get("client_info") == Some("1")
    }

    /// The client declares the capability `CP1` (reference: identity, section 3.4).
    pub fn is_capable(&self) -> bool {
        let claims = self.form.get("claims").and_then(|claims| serde_json::from_str::<Value>(claims).ok());
        let values = claims.as_ref().and_then(|claims| claims["access_token"]["xms_cc"]["values"].as_array());
        values.is_some_and(|values| values.iter().any(|value| value.as_str().is_some_and(|value| value.eq_ignore_ascii_case("cp1"))))
    }
}

/// Answers `/{tenant}/oauth2/v2.0/token`.
pub fn answer(world: &mut World, request: &Request, tenant_word: &str) -> Response<Bytes> {
    match issue(world, request, tenant_word) {
        Ok(body) => {
            let mut response = error::json_answer(200, &body);
            let trace = world.ids.guid();
            error::stamp(&mut response, &trace);
            response.headers_mut().insert("x-ms-clitelem", http::HeaderValue::from_static("1,0,0,,"));
            response
        }
        Err(error) => error::answer(world, request, &error),
    }
}

fn issue(world: &mut World, request: &Request, tenant_word: &str) -> Result<Value, OauthError> {
    if request.method != Method::POST {
        let sentence = format!("The endpoint only accepts POST requests. Received a {} request.", request.method);
        return Err(OauthError::new("invalid_request", 900_561, sentence));
    }
    let form = Form::read(request);
    let grant = form.need("grant_type")?.to_owned();
    let grant = Grant::read(&grant)?;
    let id = client::id(request, &form).ok_or_else(|| OauthError::missing("client_id"))?;
    let authority = Authority::read(&world.directory, tenant_word)?;
    grant.check_fields(&form)?;
    grant.check_authority(&authority)?;
    let app = authority::find_app(&world.directory, &id, tenant_word)?.clone();
    authority.admits_app(&app, tenant_word)?;
    if form.get("resource").is_some() {
        return Err(OauthError::new("invalid_request", 901_002, "The 'resource' request parameter is not supported."));
    }
    grant.check_shape(&form)?;
    let proof = client::prove(world, request, &form, &app, tenant_word)?;
    let wanted = TokenRequest { request, form: &form, authority, tenant_word: tenant_word.to_lowercase(), app, proof };
    match grant {
        Grant::Code => code::redeem(world, &wanted),
        Grant::Refresh => refresh::renew(world, &wanted),
        Grant::AppOnly => app_only::issue(world, &wanted),
        Grant::Device => device::poll(world, &wanted),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grant {
    Code,
    Refresh,
    AppOnly,
    Device,
}

impl Grant {
    fn read(text: &str) -> Result<Self, OauthError> {
        match text {
            "authorization_code" => Ok(Self::Code),
            "refresh_token" => Ok(Self::Refresh),
            "client_credentials" => Ok(Self::AppOnly),
            "urn:ietf:params:oauth:grant-type:device_code" | "device_code" => Ok(Self::Device),
            other => {
                Err(OauthError::new("unsupported_grant_type", 70003, format!("The app requested an unsupported grant type '{other}'.")))
            }
        }
    }

    fn check_fields(self, form: &Form) -> Result<(), OauthError> {
        match self {
            Self::Code => form.need("code").map(|_| ()),
            Self::Refresh => form.need("refresh_token").map(|_| ()),
            Self::AppOnly => form.need("scope").map(|_| ()),
            Self::Device => form.need("device_code").map(|_| ()),
        }
    }

    fn check_authority(self, authority: &Authority) -> Result<(), OauthError> {
        match (self, authority) {
            (Self::AppOnly, Authority::Common | Authority::Consumers) => {
                let sentence = "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or \
                                tenant-specific endpoint.";
                Err(OauthError::new("invalid_request", 9_001_023, sentence))
            }
            (Self::AppOnly, Authority::Organizations) => {
                let sentence = "No tenant-identifying information found in either the request or implied by any provided credentials.";
                Err(OauthError::new("invalid_request", 50059, sentence))
            }
            _ => Ok(()),
        }
    }

    /// The shape of a code or refresh token is checked before the secret (reference: identity, section 2, code 9002313).
    fn check_shape(self, form: &Form) -> Result<(), OauthError> {
        let given = match self {
            Self::Code => form.get("code"),
            Self::Refresh => form.get("refresh_token"),
            Self::AppOnly | Self::Device => None,
        };
        let looks_real =
            |token: &str| token.len() >= 100 && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        match given {
            Some(token) if !looks_real(token) => Err(OauthError { error: "invalid_grant", ..OauthError::malformed() }),
            _ => Ok(()),
        }
    }
}
