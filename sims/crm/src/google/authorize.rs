//! The authorize endpoint: who signs in, what they allow, and where the answer goes (RFC 6749, 4.1; RFC 7636).
//!
//! What is wrong with the app itself (id, redirect address, response type) is told on a page and never sent on;
//! what the person decides goes back to the app's address.

use std::collections::BTreeSet;

use url::Url;

use crate::clock::after;
use crate::reply::{Reply, redirect};
use crate::request::{Call, Pairs};
use crate::world::World;

use super::accounts::{Account, Code};
use super::{pages, scopes};

/// A question to the person, after what the app asked has been found good.
#[derive(Debug)]
struct Question {
    client: String,
    redirect_uri: Url,
    /// The redirect address as it was sent: the token endpoint wants it again.
    redirect_text: String,
    scopes: BTreeSet<String>,
    state: Option<String>,
    nonce: Option<String>,
    challenge: Option<String>,
    offline: bool,
    asks_consent: bool,
    includes_granted: bool,
    without_pages: bool,
    login_hint: Option<String>,
}

/// `GET /o/oauth2/v2/auth`
pub(crate) fn ask(world: &mut World, call: &Call) -> Reply {
    let question = match read(world, &call.query()) {
        Ok(question) => question,
        Err(refusal) => return *refusal,
    };
    let hinted = question.login_hint.as_deref().and_then(|hint| world.google.account(hint)).cloned();
    match hinted {
        Some(account) if account.declines && world.config.google.automatic_sign_in => back(&question, &[("error", "access_denied")]),
        Some(account) if world.config.google.automatic_sign_in => allow(world, &question, &account),
        _ if question.without_pages => back(&question, &[("error", "interaction_required")]),
        _ => pages::choose(&world.google.accounts, &question.client, &question.scopes, &call.query),
    }
}

/// `GET /o/oauth2/v2/auth/consent`: where the page's links lead.
pub(crate) fn decide(world: &mut World, call: &Call) -> Reply {
    let query = call.query();
    let question = match read(world, &query) {
        Ok(question) => question,
        Err(refusal) => return *refusal,
    };
    let account = query.get("sim_account").and_then(|name| world.google.account(name)).cloned();
    match account {
        Some(account) if query.get("sim_decision") == Some("allow") => allow(world, &question, &account),
        _ => back(&question, &[("error", "access_denied")]),
    }
}

fn read(world: &World, query: &Pairs) -> Result<Question, Box<Reply>> {
    let wrong = |status: u16, error: &str, why: &str| Box::new(pages::error(status, error, why));
    let required = |name: &str| {
        let missing = || wrong(400, "invalid_request", &format!("Missing required parameter: {name}"));
        query.get(name).map(str::to_owned).ok_or_else(missing)
    };
    let id = required("client_id")?;
    let client = world.google.client(&world.config.google, &id);
    let client = client.ok_or_else(|| wrong(401, "invalid_client", "The OAuth client was not found."))?;
    let redirect_text = required("redirect_uri")?;
    if !client.redirect_uris.contains(&redirect_text) {
        return Err(wrong(400, "redirect_uri_mismatch", "The redirect URI in the request does not match a registered one."));
    }
    let redirect_uri = Url::parse(&redirect_text).map_err(|_| wrong(400, "invalid_request", "Invalid redirect_uri"))?;
    if required("response_type")? != "code" {
        return Err(wrong(400, "unsupported_response_type", "Only response_type=code is served here."));
    }
    let scopes = scopes::read(&required("scope")?);
    if let Some(unknown) = scopes.iter().find(|scope| !scopes::is_known(scope)) {
        return Err(wrong(400, "invalid_scope", &format!("Some requested scopes were invalid: {unknown}")));
    }
    let challenge = query.get("code_challenge").map(str::to_owned);
    if challenge.is_some() && query.get("code_challenge_method") != Some("S256") {
        return Err(wrong(400, "invalid_request", "Only code_challenge_method=S256 is served here."));
    }
    let own = |name: &str| query.get(name).map(str::to_owned);
    let prompts: Vec<&str> = query.get("prompt").unwrap_or_default().split_whitespace().collect();
    Ok(Question {
        client: id,
        redirect_uri,
        redirect_text,
        scopes,
        state: own("state"),
        nonce: own("nonce"),
        challenge,
        offline: query.get("access_type") == Some("offline"),
        asks_consent: prompts.contains(&"consent"),
        includes_granted: query.get("include_granted_scopes") == Some("true"),
        without_pages: prompts.contains(&"none"),
        login_hint: own("login_hint"),
    })
}

/// The account allows what it does not withhold; the app gets a code.
fn allow(world: &mut World, question: &Question, account: &Account) -> Reply {
    let now = world.now();
    let google = &mut world.google;
    let before = google.granted(&question.client, &account.sub).cloned();
    let mut granted: BTreeSet<String> = question.scopes.difference(&account.withholds).cloned().collect();
    if granted.is_empty() {
        return back(question, &[("error", "access_denied")]);
    }
    google.allow(&question.client, &account.sub, &granted);
    if question.includes_granted {
        granted.extend(before.iter().flatten().cloned());
    }
    let code = format!("4/0A{}", google.ids.token(54));
    let made = Code {
        client: question.client.clone(),
        sub: account.sub.clone(),
        redirect_uri: question.redirect_text.clone(),
        scopes: granted.clone(),
        // Only where consent is shown: the first time, or when the app insists (Google, "OAuth 2.0 for web server
        // applications", access_type and prompt).
        gives_refresh_token: question.offline && (before.is_none() || question.asks_consent),
        challenge: question.challenge.clone(),
        nonce: question.nonce.clone(),
        dies: after(now, world.config.google.code_seconds),
    };
    google.codes.insert(code.clone(), made);
    let mut pairs = vec![("iss", "https://accounts.google.com"), ("code", &code)];
    let scope = scopes::write(&granted);
    pairs.extend([("scope", scope.as_str()), ("authuser", "0")]);
    pairs.extend(account.hosted_domain.as_deref().map(|domain| ("hd", domain)));
    pairs.push(("prompt", if question.asks_consent || before.is_none() { "consent" } else { "none" }));
    back(question, &pairs)
}

fn back(question: &Question, pairs: &[(&str, &str)]) -> Reply {
    let mut to = question.redirect_uri.clone();
    to.query_pairs_mut().extend_pairs(question.state.as_deref().map(|state| ("state", state))).extend_pairs(pairs);
    redirect(to.as_str())
}
