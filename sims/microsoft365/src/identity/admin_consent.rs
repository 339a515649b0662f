//! Admin consent, version 1 and 2 (reference: identity, section 1.9).

use bytes::Bytes;
use http::{Method, Response};

use super::authority::{self, Authority};
use super::authorize::{DECISION_FIELD, USER_FIELD};
use super::error::{OauthError, Trace};
use super::redirect;
use super::reply::{Mode, Reply};
use super::scope::Scope;
use super::token::Form;
use super::{pages, reply};
use crate::directory::App;
use crate::request::Request;
use crate::world::World;

struct Wanted {
    app: App,
    authority: Authority,
    reply: Reply,
    scopes: Vec<String>,
    roles: Vec<String>,
    shown: Option<String>,
}

/// Answers `/{tenant}/v2.0/adminconsent` and `/{tenant}/adminconsent`.
pub fn answer(world: &mut World, request: &Request, tenant_word: &str, version_2: bool) -> Response<Bytes> {
    let mut pairs = request.query_pairs();
    if request.method == Method::POST {
        pairs.extend(request.form_pairs());
    }
    let form = Form::of(pairs);
    let wanted = match read(world, request, &form, tenant_word, version_2) {
        Ok(wanted) => wanted,
        Err(error) => return pages::error(world, request, &error),
    };
    let tenant = match &wanted.authority {
        Authority::Tenant(id) => id.clone(),
        _ => String::new(),
    };
    if form.get(DECISION_FIELD) == Some("cancel") {
        let error = OauthError::new("access_denied", 65004, "User declined to consent to access the app.");
        return wanted.reply.error(&Trace::new(world, request), &error);
    }
    let automatic = world.config.identity.automatic_sign_in;
    let chosen = form.get(USER_FIELD).filter(|_| request.method == Method::POST);
    let administrator = match chosen {
        Some(id) => world.directory.user(id).filter(|user| user.is_administrator).map(|user| user.tenant_id.clone()),
        None if automatic => Some(if tenant.is_empty() { wanted.app.tenant_id.clone() } else { tenant.clone() }),
        None => None,
    };
    match administrator {
        Some(of) => consent(world, &wanted, if tenant.is_empty() { &of } else { &tenant }),
        None => {
            let names: Vec<String> = wanted.scopes.iter().chain(&wanted.roles).cloned().collect();
            pages::admin_consent(world, request, &wanted.app.display_name, &tenant, &names)
        }
    }
}

fn read(world: &World, request: &Request, form: &Form, tenant_word: &str, version_2: bool) -> Result<Wanted, OauthError> {
    let id = form.need("client_id")?;
    let authority = Authority::read(&world.directory, tenant_word)?;
    let refused = matches!(authority, Authority::Consumers) || (version_2 && authority == Authority::Common);
    if refused {
        let sentence = "No tenant-identifying information found in either the request or implied by any provided credentials.";
        return Err(OauthError::new("invalid_request", 50059, sentence));
    }
    let app = authority::find_app(&world.directory, id, tenant_word)?.clone();
    if let Authority::Tenant(_) = authority {
        authority.admits_app(&app, tenant_word)?;
    }
    let (_, uri) = redirect::find(&app, form.get("redirect_uri").unwrap_or_default())?;
    let reply = Reply { uri, mode: Mode::Query, state: form.get("state").map(str::to_owned) };
    let text = form.get("scope").filter(|_| version_2);
    let (scopes, roles) = match text {
        None => (app.scopes.clone(), app.roles.clone()),
        Some(text) => {
            let scope = Scope::read(text, &request.origin, &app)?;
            (scope.asked(&app).into_iter().collect(), if scope.default { app.roles.clone() } else { Vec::new() })
        }
    };
    Ok(Wanted { app, authority, reply, scopes, roles, shown: text.map(str::to_owned) })
}

fn consent(world: &mut World, wanted: &Wanted, tenant: &str) -> Response<Bytes> {
    let consents = &mut world.directory.consents;
    consents.grant_scopes(tenant, &wanted.app.id, None, wanted.scopes.clone());
    consents.grant_roles(tenant, &wanted.app.id, wanted.roles.clone());
    let mut pairs = vec![("admin_consent".to_owned(), "True".to_owned()), ("tenant".to_owned(), tenant.to_owned())];
    pairs.extend(wanted.shown.iter().map(|scope| ("scope".to_owned(), scope.clone())));
    pairs.extend(wanted.reply.state.iter().map(|state| ("state".to_owned(), state.clone())));
    reply::redirect_to(&redirect::with_parameters(&wanted.reply.uri, &pairs, false))
}
