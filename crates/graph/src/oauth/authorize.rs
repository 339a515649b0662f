//! Signing in through the browser, and an administrator's consent.
//!
//! `GET {authority}/{tenant}/oauth2/v2.0/authorize` with `response_type=code`, `response_mode=query`, PKCE `S256`,
//! `state` and `nonce` (identity-and-security.md 1.3). State, nonce and verifier are made here, unpredictable, and
//! kept by the caller, bound to the browser that began; they are used once. `offline_access` is what brings a
//! refresh token, `openid` an ID token. Only some failures come back: a wrong redirect URI (50011), an unknown
//! application (700016), a missing assignment (50105) end on Microsoft's page, so the screen that waits must name
//! them after a while.
//! Administrator consent (1.9): `GET {authority}/{tenant}/v2.0/adminconsent` (tenant not `common`); success is no
//! `error`, `admin_consent` equal to `true` in any case, and our state. The `tenant` that comes back is unproven.

use aws_lc_rs::digest;
use base::{Secret, random};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::{Url, form_urlencoded};

use crate::cloud::Cloud;
use crate::oauth::challenge;
use crate::oauth::error::OauthError;
use crate::oauth::registration::Registration;

/// The scopes every sign-in asks for besides those of its purpose.
pub const SIGN_IN_SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];
/// The longest code that is taken from a redirect. Real ones have up to 1,500 characters and may grow.
const CODE_BYTES_MAX: usize = 16 * 1024;

/// What the person is asked at Microsoft's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// To choose an account.
    SelectAccount,
    /// To sign in anew.
    Login,
    /// To consent anew.
    Consent,
    /// Nothing: come back with an error instead.
    None,
}

impl Prompt {
    const fn name(self) -> &'static str {
        match self {
            Prompt::SelectAccount => "select_account",
            Prompt::Login => "login",
            Prompt::Consent => "consent",
            Prompt::None => "none",
        }
    }
}

/// What a sign-in asks for.
#[derive(Clone, Debug)]
pub struct AuthorizeRequest<'a> {
    /// `common`, `organizations`, `consumers`, a tenant id or a domain.
    pub tenant: &'a str,
    /// One of the registration's redirect URIs, character for character.
    pub redirect_uri: &'a str,
    /// Scopes of Graph, short or full, without those of [`SIGN_IN_SCOPES`].
    pub scopes: &'a [&'a str],
    /// What the person is asked.
    pub prompt: Option<Prompt>,
    /// The principal name or address to fill in.
    pub login_hint: Option<&'a str>,
    /// Claims that an earlier refusal asked for.
    pub claims: Option<&'a str>,
}

/// A journey through the browser that has begun.
#[derive(Clone, Debug)]
pub struct Authorization {
    /// Where to send the browser.
    pub url: String,
    /// What must come back unchanged.
    pub state: String,
    /// What the ID token must hold.
    pub nonce: String,
    /// What redeems the code.
    pub code_verifier: Secret<String>,
}

/// Begins a sign-in.
pub fn begin(cloud: &Cloud, registration: &Registration, request: &AuthorizeRequest<'_>) -> Authorization {
    let (state, nonce, verifier) = (random::token(), random::token(), random::token());
    let mut url = cloud.identity_url(request.tenant, "oauth2/v2.0/authorize");
    let scopes: Vec<&str> = SIGN_IN_SCOPES.iter().chain(request.scopes).copied().collect();
    url.query_pairs_mut()
        .append_pair("client_id", &registration.client_id)
        .append_pair("response_type", "code")
        .append_pair("redirect_uri", request.redirect_uri)
        .append_pair("response_mode", "query")
        .append_pair("scope", &scopes.join(" "))
        .append_pair("state", &state)
        .append_pair("nonce", &nonce)
        .append_pair("code_challenge", &code_challenge(&verifier))
        .append_pair("code_challenge_method", "S256");
    let claims = challenge::merged(request.claims, registration.continuous_access);
    let prompt = request.prompt.map(|prompt| prompt.name().to_owned());
    let login_hint = request.login_hint.map(str::to_owned);
    append_given(&mut url, [("prompt", prompt), ("login_hint", login_hint), ("claims", claims)]);
    Authorization { url: url.into(), state, nonce, code_verifier: Secret::new(verifier) }
}

/// Where an administrator grants the application its own permissions, and the state that must come back.
pub fn begin_admin_consent(cloud: &Cloud, registration: &Registration, tenant: &str, redirect_uri: &str) -> (String, String) {
    let state = random::token();
    let mut url = cloud.identity_url(tenant, "v2.0/adminconsent");
    url.query_pairs_mut()
        .append_pair("client_id", &registration.client_id)
        .append_pair("scope", &cloud.default_scope())
        .append_pair("redirect_uri", redirect_uri)
        .append_pair("state", &state);
    (url.into(), state)
}

/// The S256 challenge of a PKCE verifier.
pub fn code_challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()))
}

/// What came back to the redirect URI.
#[derive(Clone, Debug)]
pub enum Callback {
    /// A code to redeem.
    Code {
        /// The state as it came: verify it before anything else.
        state: String,
        /// The code.
        code: Secret<String>,
    },
    /// An administrator has consented for a tenant that is still to be proven.
    AdminConsent {
        /// The state as it came: verify it before anything else.
        state: String,
        /// The tenant's id as the browser says.
        tenant: String,
    },
    /// A refusal.
    Refused {
        /// The state as it came: verify it before anything else. Empty if none came.
        state: String,
        /// What Microsoft said.
        error: OauthError,
    },
}

impl Callback {
    /// Reads the query of a redirect; `None` if it holds neither a code, a consent nor an error.
    pub fn read(query: &str) -> Option<Self> {
        let value = |name: &str| form_urlencoded::parse(query.as_bytes()).find(|pair| pair.0 == name).map(|pair| pair.1.into_owned());
        let state = value("state").unwrap_or_default();
        if let Some(error) = value("error").filter(|error| !error.is_empty()) {
            let description = value("error_description").unwrap_or_default();
            let subcode = value("error_subcode").unwrap_or_default();
            return Some(Callback::Refused { state, error: OauthError::from_redirect(&error, &description, &subcode) });
        }
        if value("admin_consent").is_some_and(|consent| consent.eq_ignore_ascii_case("true")) {
            return Some(Callback::AdminConsent { state, tenant: value("tenant").unwrap_or_default() });
        }
        let code = value("code").filter(|code| !code.is_empty() && code.len() <= CODE_BYTES_MAX)?;
        Some(Callback::Code { state, code: Secret::new(code) })
    }
}

fn append_given<const N: usize>(url: &mut Url, pairs: [(&str, Option<String>); N]) {
    let mut query = url.query_pairs_mut();
    for (name, value) in pairs {
        if let Some(value) = value {
            query.append_pair(name, &value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registration() -> Registration {
        Registration::with_secret("client-1", "secret")
    }

    fn pairs(url: &str) -> std::collections::HashMap<String, String> {
        Url::parse(url).unwrap().query_pairs().into_owned().collect()
    }

    #[test]
    fn the_challenge_of_rfc_7636_comes_out() {
        assert_eq!(code_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn a_sign_in_carries_state_nonce_and_challenge_and_keeps_the_verifier() {
        let request = AuthorizeRequest {
            tenant: "organizations",
            redirect_uri: "http://localhost:3000/auth/microsoft/callback",
            scopes: &["Mail.Read"],
            prompt: Some(Prompt::SelectAccount),
            login_hint: Some("a+b@x.example"),
            claims: None,
        };
        let begun = begin(&Cloud::global(), &registration(), &request);
        assert!(begun.url.starts_with("https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize?client_id=client-1&"));
        let query = pairs(&begun.url);
        assert_eq!(query["scope"], "openid profile email offline_access Mail.Read");
        assert_eq!(query["prompt"], "select_account");
        assert_eq!(query["login_hint"], "a+b@x.example");
        assert_eq!((query["state"].as_str(), query["nonce"].as_str()), (begun.state.as_str(), begun.nonce.as_str()));
        assert_eq!(query["code_challenge"], code_challenge(begun.code_verifier.expose()));
        assert!(!begun.url.contains(begun.code_verifier.expose().as_str()) && !query.contains_key("claims"));
        assert!((43..=128).contains(&begun.code_verifier.expose().len()));
    }

    #[test]
    fn a_callback_is_a_code_a_consent_or_a_refusal() {
        assert!(matches!(Callback::read("code=abc&state=s&session_state=x"), Some(Callback::Code { state, .. }) if state == "s"));
        assert!(
            matches!(Callback::read("admin_consent=True&tenant=t&state=s"), Some(Callback::AdminConsent { tenant, .. }) if tenant == "t")
        );
        let both = "error=access_denied&error_description=AADSTS65004%3A+User+declined&admin_consent=True&state=s&error_subcode=cancel";
        let Some(Callback::Refused { error, .. }) = Callback::read(both) else { panic!("an error wins over a consent") };
        assert_eq!((error.codes.as_slice(), error.suberror.as_str()), ([65004].as_slice(), "cancel"));
        assert!(Callback::read("state=s").is_none());
    }

    #[test]
    fn an_administrator_is_asked_for_everything_registered() {
        let (url, state) = begin_admin_consent(&Cloud::global(), &registration(), "contoso.example", "http://localhost:3000/cb");
        let query = pairs(&url);
        assert_eq!(query["scope"], "https://graph.microsoft.com/.default");
        assert_eq!(query["state"], state);
        assert!(url.starts_with("https://login.microsoftonline.com/contoso.example/v2.0/adminconsent?"));
    }
}
