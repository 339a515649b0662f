//! `revokeSignInSessions`: ends every sign-in of a user (reference: identity, section 4.2).

use bytes::Bytes;
use http::{Method, Response};
use serde_json::json;

use super::caller::Caller;
use crate::refusal::Refusal;
use crate::request::Request;
use crate::simulator::Simulator;

/// Answers `POST /me/revokeSignInSessions` and `POST /users/{id}/revokeSignInSessions`; `None` for any other path.
pub fn answer(sim: &Simulator, request: &Request, caller: &Caller) -> Option<Response<Bytes>> {
    let segments = request.segments();
    let last = segments.last()?.to_lowercase();
    if request.method != Method::POST || last.trim_start_matches("microsoft.graph.") != "revokesigninsessions" {
        return None;
    }
    let name = match segments.get(1)?.to_lowercase().as_str() {
        "me" => caller.user.clone(),
        "users" => segments.get(2).cloned(),
        _ => None,
    };
    let mut world = sim.world();
    let (now, request_id) = (world.now(), world.ids.guid());
    let refuse = |refusal: Refusal| Some(refusal.answer(request, &request_id, now));
    if !caller.holds("User.RevokeSessions.All") {
        return refuse(Refusal::new(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."));
    }
    let name = name.unwrap_or_default();
    if !world.directory.change_user(&name, |user| user.tokens_valid_from = Some(now)) {
        let message = format!("Resource '{name}' does not exist or one of its queried reference-property objects are not present.");
        return refuse(Refusal::new(404, "Request_ResourceNotFound", message));
    }
    let context = format!("{}/{}/$metadata#Edm.Boolean", request.origin, segments[0]);
    let mut response = Response::new(Bytes::from(json!({"@odata.context": context, "value": true}).to_string()));
    response.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    Some(response)
}
