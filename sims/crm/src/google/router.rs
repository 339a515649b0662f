//! Which of Google's addresses does what, and where the faults strike.

use crate::faults::{Fault, Target};
use crate::journal::Entry;
use crate::reply::{Reply, api_error, error_info, json_reply, oauth_error, page, with_header};
use crate::request::{Call, Host};
use crate::simulator::Broken;
use crate::world::World;

use super::{authorize, connections, id_token, photos, token, userinfo};

/// A thing that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Authorize,
    Consent,
    Discovery,
    Certificates,
    Token,
    Revoke,
    UserInfo,
    Connections,
    Photo,
    Nowhere,
}

/// Answers a call, or breaks its connection.
pub(crate) fn answer(world: &mut World, call: &Call) -> Result<Reply, Broken> {
    let place = place(call);
    let fault = match target(place, call) {
        Some(target) => world.faults.strike(target),
        None => None,
    };
    let answer = struck(world, place, call, fault);
    let number = world.journal.len() as u64 + 1;
    world.journal.push(Entry {
        number,
        at: world.now(),
        method: call.method.to_string(),
        target: format!("{}{}", call.host.name(), call.path),
        fault,
        status: answer.as_ref().ok().map(|answer| answer.status().as_u16()),
    });
    answer
}

fn place(call: &Call) -> Place {
    match (call.method.as_str(), call.host, call.path.as_str()) {
        ("GET", Host::Accounts, "/o/oauth2/v2/auth") => Place::Authorize,
        ("GET", Host::Accounts, "/o/oauth2/v2/auth/consent") => Place::Consent,
        ("GET", Host::Accounts, "/.well-known/openid-configuration") => Place::Discovery,
        ("GET", Host::Apis | Host::OAuth, "/oauth2/v3/certs") => Place::Certificates,
        ("POST", Host::OAuth, "/token") => Place::Token,
        ("POST", Host::OAuth, "/revoke") => Place::Revoke,
        ("GET", Host::OpenId, "/v1/userinfo") => Place::UserInfo,
        ("GET", Host::People, "/v1/people/me/connections") => Place::Connections,
        ("GET", Host::Photos, _) => Place::Photo,
        _ => Place::Nowhere,
    }
}

/// What faults may look at; pages for people are never struck.
fn target(place: Place, call: &Call) -> Option<Target> {
    match place {
        Place::Connections => {
            let has_sync_token = call.query().get("syncToken").is_some();
            Some(Target { is_list: true, has_sync_token, has_access_token: true })
        }
        Place::UserInfo => Some(Target { has_access_token: true, ..Target::default() }),
        Place::Token | Place::Revoke | Place::Photo => Some(Target::default()),
        Place::Authorize | Place::Consent | Place::Discovery | Place::Certificates | Place::Nowhere => None,
    }
}

fn struck(world: &mut World, place: Place, call: &Call, fault: Option<Fault>) -> Result<Reply, Broken> {
    match fault {
        Some(Fault::BrokenBefore) => Err(Broken),
        Some(Fault::BrokenAfter) => {
            let _lost = serve(world, place, call, None);
            Err(Broken)
        }
        Some(Fault::Throttled) => {
            Ok(with_header(throttled(place), http::header::RETRY_AFTER, &world.faults.rates.retry_after_seconds.to_string()))
        }
        Some(Fault::ThrottledSilently) => Ok(throttled(place)),
        Some(Fault::ServerError) => Ok(failed(place, 500)),
        Some(Fault::Unavailable) => Ok(failed(place, 503)),
        Some(Fault::ServiceDisabled) => Ok(service_disabled(world)),
        Some(Fault::TokenRefused) => Ok(if place == Place::UserInfo { userinfo::refused() } else { connections::unauthenticated() }),
        Some(Fault::RepeatedPage | Fault::SyncTokenExpired) | None => Ok(serve(world, place, call, fault)),
    }
}

fn serve(world: &mut World, place: Place, call: &Call, fault: Option<Fault>) -> Reply {
    match place {
        Place::Authorize => authorize::ask(world, call),
        Place::Consent => authorize::decide(world, call),
        Place::Discovery => json_reply(200, &id_token::discovery(call)),
        Place::Certificates => json_reply(200, &world.google.key.published()),
        Place::Token => token::give(world, call),
        Place::Revoke => token::revoke(world, call),
        Place::UserInfo => userinfo::tell(world, call),
        Place::Connections => connections::list(world, call, fault),
        Place::Photo => photos::show(world, call),
        Place::Nowhere => page(404, "<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>".to_owned()),
    }
}

fn throttled(place: Place) -> Reply {
    match place {
        Place::Connections => quota_exceeded("Critical read requests (Contact and Profile Reads)"),
        _ => oauth_error(429, "rate_limit_exceeded", "Rate limit exceeded"),
    }
}

/// 429 as the People API says it.
pub(crate) fn quota_exceeded(metric: &str) -> Reply {
    let message = format!(
        "Quota exceeded for quota metric '{metric}' and limit '{metric} per minute per user' of service 'people.googleapis.com' for \
         consumer 'project_number:123456789012'."
    );
    let metadata = serde_json::json!({"service": "people.googleapis.com", "consumer": "projects/123456789012", "quota_metric": metric});
    api_error(429, "RESOURCE_EXHAUSTED", &message, &[error_info("RATE_LIMIT_EXCEEDED", "googleapis.com", &metadata)])
}

fn failed(place: Place, status: u16) -> Reply {
    match (place, status) {
        (Place::Connections, 503) => api_error(503, "UNAVAILABLE", "The service is currently unavailable.", &[]),
        (Place::Connections, _) => api_error(500, "INTERNAL", "Internal error encountered.", &[]),
        (_, status) => oauth_error(status, "internal_failure", "backendError"),
    }
}

fn service_disabled(world: &World) -> Reply {
    let project = world.config.google.clients.first().and_then(|client| client.id.split('-').next()).unwrap_or("0").to_owned();
    let address = format!("https://console.developers.google.com/apis/api/people.googleapis.com/overview?project={project}");
    let message = format!(
        "People API has not been used in project {project} before or it is disabled. Enable it by visiting {address} then retry. If you \
         enabled this API recently, wait a few minutes for the action to propagate to our systems and retry."
    );
    let help = serde_json::json!({
        "@type": "type.googleapis.com/google.rpc.Help",
        "links": [{"description": "Google developers console API activation", "url": address}],
    });
    let metadata = serde_json::json!({"consumer": format!("projects/{project}"), "service": "people.googleapis.com"});
    api_error(403, "PERMISSION_DENIED", &message, &[help, error_info("SERVICE_DISABLED", "googleapis.com", &metadata)])
}
