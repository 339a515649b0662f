//! The authorize endpoint: checks the request, finds out who signs in, asks for consent, sends the browser back with a code
//! (reference: identity, section 1.3).
//!
//! What is wrong with client, redirect URI, tenant or account is shown on a page and never goes back to the app.

use bytes::Bytes;
use http::{Method, Response};

use super::authority::{self, Authority};
use super::error::{OauthError, Trace};
use super::pages;
use super::redirect;
use super::reply::{Mode, Reply};
use super::scope::Scope;
use super::sign_in::{self, Missing};
use super::state::{Code, SignIn};
use super::token::Form;
use super::{code, issue};
use crate::directory::{App, Platform, User};
use crate::request::Request;
use crate::world::World;

/// The cookie that stands for a browser's session.
pub const SESSION_COOKIE: &str = "ESTSAUTHPERSISTENT";
/// The form field with the chosen user's object id on the sign-in page.
pub const USER_FIELD: &str = "sim_user";
/// The form field with `accept` or `cancel` on the sign-in page.
pub const DECISION_FIELD: &str = "sim_decision";

/// An authorize request whose client and redirect URI are good.
#[derive(Debug)]
pub struct Asked<'a> {
    /// As it came.
    pub request: &'a Request,
    /// Its parameters.
    pub form: &'a Form,
    /// The path's tenant.
    pub authority: Authority,
    /// The path's tenant word.
    pub tenant_word: &'a str,
    /// The client.
    pub app: App,
    /// Where and how to answer.
    pub reply: Reply,
    /// The redirect URI is a single-page app's.
    pub spa: bool,
}

/// Who signs in, and how that was found out.
enum Who {
    /// The person chose on the page, or a test gave a hint in the automatic mode; consent is given.
    Chosen(Box<User>),
    /// The browser's session says so; nobody was asked for consent.
    Session(Box<User>),
    /// Somebody has to be asked.
    Ask,
}

/// Answers `/{tenant}/oauth2/v2.0/authorize`.
pub fn answer(world: &mut World, request: &Request, tenant_word: &str) -> Response<Bytes> {
    let mut pairs = request.query_pairs();
    if request.method == Method::POST {
        pairs.extend(request.form_pairs());
    }
    let form = Form::of(pairs);
    let asked = match open(world, request, &form, tenant_word) {
        Ok(asked) => asked,
        Err(error) => return pages::error(world, request, &error),
    };
    match carry_on(world, &asked) {
        Ok(response) => response,
        Err(error) => asked.reply.error(&Trace::new(world, request), &error),
    }
}

/// What must be right before anything may be sent to the redirect URI.
fn open<'a>(world: &World, request: &'a Request, form: &'a Form, tenant_word: &'a str) -> Result<Asked<'a>, OauthError> {
    let id = form.need("client_id")?;
    let authority = Authority::read(&world.directory, tenant_word)?;
    let app = authority::find_app(&world.directory, id, tenant_word)?.clone();
    authority.admits_app(&app, tenant_word)?;
    let (registered, uri) = redirect::find(&app, form.get("redirect_uri").unwrap_or_default())?;
    let spa = registered.platform == Platform::Spa;
    let reply = Reply { uri, mode: Mode::read(form), state: form.get("state").map(str::to_owned) };
    Ok(Asked { request, form, authority, tenant_word, app, reply, spa })
}

fn carry_on(world: &mut World, asked: &Asked<'_>) -> Result<Response<Bytes>, OauthError> {
    check_response_type(asked)?;
    let text = asked.form.get("scope").ok_or_else(|| OauthError::missing("scope"))?;
    let scope = Scope::read(text, &asked.request.origin, &asked.app)?;
    check_challenge(asked)?;
    let prompt = prompt(asked)?;
    if asked.form.get(DECISION_FIELD) == Some("cancel") {
        return Err(OauthError::new("access_denied", 65004, "User declined to consent to access the app."));
    }
    match who(world, asked, prompt) {
        Who::Chosen(user) => finish(world, asked, &scope, &user, true),
        Who::Session(user) => finish(world, asked, &scope, &user, false),
        Who::Ask if prompt == "none" => {
            let sentence = "A silent sign-in request was sent but no user is signed in. The cookies used to represent the user's session were \
                            not sent in the request to the identity platform.";
            Err(OauthError::new("login_required", 50058, sentence))
        }
        Who::Ask => Ok(pages::sign_in(world, asked, &scope)),
    }
}

fn check_response_type(asked: &Asked<'_>) -> Result<(), OauthError> {
    let kind = asked.form.get("response_type").ok_or_else(|| OauthError::missing("response_type"))?;
    let words: Vec<&str> = kind.split_whitespace().collect();
    if words == ["code"] {
        return Ok(());
    }
    if words.iter().any(|word| !["code", "id_token", "token"].contains(word)) {
        return Err(OauthError::new(
            "unsupported_response_type",
            70005,
            format!("The app requested an unsupported response type '{kind}'."),
        ));
    }
    if !asked.app.implicit_id_tokens || words.contains(&"token") {
        let sentence = format!("response_type '{kind}' is not enabled for the application.");
        return Err(OauthError::new("unsupported_response_type", 700_054, sentence));
    }
    if asked.form.get("nonce").is_none() {
        return Err(OauthError::missing("nonce"));
    }
    if asked.reply.mode == Mode::Query {
        return Err(OauthError::new(
            "unsupported_response_mode",
            70007,
            "'query' is not a supported value of 'response_mode' when requesting a token.",
        ));
    }
    Ok(())
}

fn check_challenge(asked: &Asked<'_>) -> Result<(), OauthError> {
    let Some(challenge) = asked.form.get("code_challenge") else {
        let sentence = "Proof Key for Code Exchange is required for cross-origin authorization code redemption.";
        return if asked.spa { Err(OauthError::new("invalid_request", 9_002_325, sentence)) } else { Ok(()) };
    };
    let method = asked.form.get("code_challenge_method").unwrap_or("plain");
    let (code, sentence) = match (method, challenge.len()) {
        ("S256" | "plain", 43..=128) => return Ok(()),
        ("S256" | "plain", _) => (501_491, "Invalid size of Code_Challenge parameter."),
        _ => (50148, "The code_verifier does not match the code_challenge supplied in the authorization request for PKCE."),
    };
    Err(OauthError::new("invalid_request", code, sentence))
}

fn prompt<'a>(asked: &'a Asked<'_>) -> Result<&'a str, OauthError> {
    let prompt = asked.form.get("prompt").unwrap_or_default();
    if ["", "none", "login", "consent", "select_account", "create"].contains(&prompt) {
        return Ok(prompt);
    }
    Err(OauthError::new("invalid_request", 90023, "Invalid value for the 'prompt' parameter: it can't be combined with others."))
}

fn who(world: &World, asked: &Asked<'_>, prompt: &str) -> Who {
    if let Some(chosen) = asked.form.get(USER_FIELD).filter(|_| asked.request.method == Method::POST) {
        return world.directory.user(chosen).cloned().map_or(Who::Ask, |user| Who::Chosen(Box::new(user)));
    }
    let hint = asked.form.get("login_hint");
    let hinted = hint.and_then(|hint| world.directory.user(hint));
    if world.config.identity.automatic_sign_in
        && let Some(user) = hinted
    {
        let user = Box::new(user.clone());
        return if prompt == "none" { Who::Session(user) } else { Who::Chosen(user) };
    }
    let session = cookie(asked.request).and_then(|cookie| world.identity.browsers.get(&cookie)).and_then(|id| world.directory.user(id));
    let fits = |user: &&User| hint.is_none() || hinted.is_some_and(|hinted| hinted.id == user.id);
    match session.filter(fits) {
        Some(user) if ["", "none"].contains(&prompt) => Who::Session(Box::new(user.clone())),
        _ => Who::Ask,
    }
}

/// The browser's session, if it sent one.
pub fn cookie(request: &Request) -> Option<String> {
    let pairs = request.header("cookie").split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(name, _)| *name == SESSION_COOKIE).map(|(_, value)| value.to_owned())
}

fn finish(world: &mut World, asked: &Asked<'_>, scope: &Scope, user: &User, was_asked: bool) -> Result<Response<Bytes>, OauthError> {
    let silent = asked.form.get("prompt") == Some("none");
    let account = asked.authority.admits_user(user, &asked.app).and_then(|()| sign_in::check_interactive(user, &asked.app));
    if let Err(error) = account {
        let error = OauthError { error: "interaction_required", ..error };
        return if silent { Err(error) } else { Ok(pages::error(world, asked.request, &error)) };
    }
    match sign_in::missing_consent(&world.directory, &asked.app, &user.tenant_id, user, scope) {
        None => {}
        Some(_) if silent => return Err(OauthError { error: "consent_required", ..sign_in::not_consented(&asked.app) }),
        Some(Missing::ByAdministrator) => return administrator_needed(world, asked, user),
        Some(Missing::ByUser) if was_asked => {
            let names = scope.asked(&asked.app);
            world.directory.consents.grant_scopes(&user.tenant_id, &asked.app.id, Some(&user.id), names);
        }
        Some(Missing::ByUser) => return Ok(pages::sign_in(world, asked, scope)),
    }
    Ok(succeed(world, asked, scope, user))
}

/// AADSTS90094: a person sees a page; the automatic mode goes back as if its link had been followed.
fn administrator_needed(world: &mut World, asked: &Asked<'_>, user: &User) -> Result<Response<Bytes>, OauthError> {
    let sentence = format!(
        "An administrator of {} has set a policy that prevents you from granting {} the permissions it is requesting.",
        user.tenant_id, asked.app.display_name
    );
    let error = OauthError::new("access_denied", 90094, sentence);
    if world.config.identity.automatic_sign_in {
        return Err(error);
    }
    let back = asked.reply.error_address(&Trace::new(world, asked.request), &error);
    Ok(pages::error_with_way_back(world, asked.request, &error, &back))
}

fn succeed(world: &mut World, asked: &Asked<'_>, scope: &Scope, user: &User) -> Response<Bytes> {
    let now = world.now();
    let sign_in = SignIn {
        app: asked.app.id.clone(),
        tenant: user.tenant_id.clone(),
        user: user.id.clone(),
        at: now,
        strong: user.sign_in == crate::directory::SignInState::MfaRequired,
        spa: asked.spa,
        session: world.ids.guid(),
    };
    let kind = asked.form.get("response_type").unwrap_or("code");
    let mut pairs = Vec::new();
    if kind.contains("code") {
        let challenge = asked.form.get("code_challenge");
        let method = asked.form.get("code_challenge_method").unwrap_or("plain");
        let code = Code {
            sign_in: sign_in.clone(),
            authority: asked.tenant_word.to_lowercase(),
            redirect_uri: asked.form.get("redirect_uri").unwrap_or_default().to_owned(),
            scope: asked.form.get("scope").unwrap_or_default().to_owned(),
            challenge: challenge.map(|challenge| (method.to_owned(), challenge.to_owned())),
            nonce: asked.form.get("nonce").map(str::to_owned),
            issued: now,
            used: false,
        };
        pairs.push(("code", code::give(world, code)));
    }
    if kind.contains("id_token") && scope.wants_id_token() {
        pairs.push(("id_token", issue::id_token(world, &asked.app, &sign_in, user, asked.form.get("nonce"), &asked.request.origin)));
    }
    if asked.form.get("client_info") == Some("1") {
        pairs.push(("client_info", issue::client_info(user)));
    }
    pairs.push(("session_state", sign_in.session));
    let browser = world.ids.token(48);
    world.identity.browsers.insert(browser.clone(), user.id.clone());
    asked.reply.success(pairs, &browser)
}
