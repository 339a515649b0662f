//! Makes tokens: access, id and refresh tokens, and `client_info` (reference: identity, sections 1.5, 1.7 and 3.1).

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::caller::Caller;
use super::client::Proof;
use super::metadata::issuer;
use super::scope::{GRAPH_APP_ID, Scope};
use super::state::{RefreshToken, SignIn};
use crate::directory::tenant::PERSONAL_TENANT;
use crate::directory::{App, User};
use crate::world::World;

/// What a token request is answered with, for a signed-in user.
#[derive(Debug)]
pub struct Delegated<'a> {
    /// The app.
    pub app: &'a App,
    /// Who signed in.
    pub sign_in: &'a SignIn,
    /// What was asked for.
    pub scope: &'a Scope,
    /// The scopes as asked for, kept with the refresh token.
    pub scope_text: &'a str,
    /// Goes into the id token.
    pub nonce: Option<&'a str>,
    /// How the client proved itself.
    pub proof: Proof,
    /// `client_info=1` was sent.
    pub client_info: bool,
    /// The caller said that it understands claims challenges.
    pub capable: bool,
    /// The request's origin.
    pub origin: &'a str,
}

/// The answer to a delegated token request.
pub fn delegated(world: &mut World, wanted: &Delegated<'_>, user: &User) -> Value {
    let granted = world.directory.consents.scopes(&wanted.sign_in.tenant, &wanted.app.id, &user.id);
    let lifetime = lifetime(world, wanted.capable);
    let mut body = Map::new();
    body.insert("token_type".to_owned(), json!("Bearer"));
    body.insert("scope".to_owned(), json!(wanted.scope.echo(&granted)));
    body.insert("expires_in".to_owned(), json!(lifetime));
    body.insert("ext_expires_in".to_owned(), json!(lifetime));
    if wanted.capable && world.config.identity.continuous_access_evaluation {
        body.insert("refresh_in".to_owned(), json!(lifetime / 2));
    }
    body.insert("access_token".to_owned(), json!(user_token(world, wanted, user, &granted, lifetime)));
    if wanted.scope.wants_refresh_token() {
        body.insert("refresh_token".to_owned(), json!(refresh_token(world, wanted)));
    }
    if wanted.scope.wants_id_token() {
        let id_token = id_token(world, wanted.app, wanted.sign_in, user, wanted.nonce, wanted.origin);
        body.insert("id_token".to_owned(), json!(id_token));
    }
    if wanted.client_info {
        body.insert("client_info".to_owned(), json!(client_info(user)));
    }
    if world.config.identity.extra_members {
        body.insert("x_sim_unknown".to_owned(), json!({"ignore": ["me"]}));
    }
    Value::Object(body)
}

/// The answer to a client credentials request.
pub fn app_only(world: &mut World, app: &App, tenant: &str, proof: Proof, origin: &str) -> Value {
    let roles = world.directory.consents.roles(tenant, &app.id);
    let now = world.now().as_second();
    let lifetime = 3599;
    let mut claims = json!({
        "aud": "https://graph.microsoft.com", "iss": issuer(origin, tenant, false), "iat": now - 300, "nbf": now - 300, "exp": now + lifetime,
        "aio": world.ids.token(24), "app_displayname": app.display_name, "appid": app.id, "appidacr": proof.number(),
        "idp": issuer(origin, tenant, false), "idtyp": "app", "oid": app.object_id, "sub": app.object_id, "rh": "1.A",
        "tenant_region_scope": "EU", "tid": tenant, "uti": world.ids.token(16), "ver": "1.0",
        "wids": ["0997a1d0-0d1d-4acb-b408-d5ca73121e90"],
    });
    if !roles.is_empty() {
        claims["roles"] = json!(roles);
    }
    let token = world.identity.keys.signing().sign(&json!({"nonce": claims["uti"]}), &claims);
    let caller = Caller {
        app_id: app.id.clone(),
        tenant_id: tenant.to_owned(),
        user: None,
        scopes: Vec::new(),
        roles: roles.into_iter().collect(),
        issued: world.now(),
        expires: after(world, lifetime),
    };
    world.identity.put_caller(token.clone(), caller);
    json!({"token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime, "access_token": token})
}

fn lifetime(world: &mut World, capable: bool) -> i64 {
    if capable && world.config.identity.continuous_access_evaluation {
        return 86_399;
    }
    let (least, most) = world.config.identity.access_token_seconds;
    i64::from(least) + world.ids.below(u64::from(most.saturating_sub(least)) + 1) as i64 - 1
}

fn after(world: &World, seconds: i64) -> jiff::Timestamp {
    world.now() + Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

fn user_token(world: &mut World, wanted: &Delegated<'_>, user: &User, granted: &BTreeSet<String>, lifetime: i64) -> String {
    let now = world.now().as_second();
    let sign_in = wanted.sign_in;
    let oidc = wanted.scope.oidc.iter().filter(|name| **name != "offline_access").map(|name| (*name).to_owned());
    let scopes: Vec<String> = granted.iter().cloned().chain(oidc).collect();
    let unique = world.ids.token(16);
    let token = if user.tenant_id == PERSONAL_TENANT {
        format!("EwB{}", world.ids.token(900))
    } else {
        let claims = json!({
            "aud": GRAPH_APP_ID, "iss": issuer(wanted.origin, &sign_in.tenant, false), "iat": now - 300, "nbf": now - 300, "exp": now + lifetime,
            "acct": 0, "acr": "1", "aio": world.ids.token(24), "amr": if sign_in.strong { json!(["pwd", "mfa"]) } else { json!(["pwd"]) },
            "app_displayname": wanted.app.display_name, "appid": wanted.app.id, "appidacr": wanted.proof.number(), "idtyp": "user",
            "ipaddr": "203.0.113.5", "name": user.display_name, "oid": user.id, "platf": "3", "rh": "1.A", "scp": scopes.join(" "),
            "sid": sign_in.session, "sub": pairwise(&wanted.app.id, &user.id), "tenant_region_scope": "EU", "tid": sign_in.tenant,
            "unique_name": user.user_principal_name, "upn": user.user_principal_name, "uti": unique, "ver": "1.0",
        });
        world.identity.keys.signing().sign(&json!({"nonce": unique}), &claims)
    };
    let caller = Caller {
        app_id: wanted.app.id.clone(),
        tenant_id: sign_in.tenant.clone(),
        user: Some(user.id.clone()),
        scopes,
        roles: Vec::new(),
        issued: world.now(),
        expires: after(world, lifetime),
    };
    world.identity.put_caller(token.clone(), caller);
    token
}

fn refresh_token(world: &mut World, wanted: &Delegated<'_>) -> String {
    let personal = wanted.sign_in.tenant == PERSONAL_TENANT;
    let token = format!("{}{}", if personal { "M.C5" } else { "1.A" }, world.ids.token(780));
    let now = world.now();
    let sign_in = wanted.sign_in.clone();
    let kept = RefreshToken { sign_in, scope: wanted.scope_text.to_owned(), issued: now, last_used: now, dead: false };
    world.identity.refresh_tokens.insert(token.clone(), kept);
    token
}

/// An id token for the app.
pub fn id_token(world: &mut World, app: &App, sign_in: &SignIn, user: &User, nonce: Option<&str>, origin: &str) -> String {
    let now = world.now().as_second();
    let mut claims = json!({
        "aud": app.id, "iss": issuer(origin, &sign_in.tenant, true), "iat": now - 300, "nbf": now - 300, "exp": now + 3600,
        "aio": world.ids.token(24), "name": user.display_name, "oid": user.id, "preferred_username": user.user_principal_name, "rh": "1.A",
        "sid": sign_in.session, "sub": pairwise(&app.id, &user.id), "tid": sign_in.tenant, "uti": world.ids.token(16), "ver": "2.0",
    });
    if let Some(mail) = &user.mail {
        claims["email"] = json!(mail);
    }
    if let Some(nonce) = nonce {
        claims["nonce"] = json!(nonce);
    }
    let key = world.identity.keys.signing();
    let header = if sign_in.tenant == PERSONAL_TENANT { json!({"kid": format!("{}p", key.id)}) } else { json!({}) };
    key.sign(&header, &claims)
}

/// `client_info`: the account's stable key.
pub fn client_info(user: &User) -> String {
    URL_SAFE_NO_PAD.encode(json!({"uid": user.id, "utid": user.tenant_id}).to_string())
}

/// A `sub`: stable for one app and user, unlike any other app's.
pub fn pairwise(app: &str, user: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{app}/{user}")))
}
