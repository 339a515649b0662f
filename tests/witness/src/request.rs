//! Requests: the path exists, takes the method, the options, the headers and the body.
//!
//! Source: Microsoft's list of paths; reference: Graph, sections 1.2, 2.8, 3.3, 5.1.

use http::HeaderMap;
use serde_json::{Map, Value};

use crate::{
    batch,
    facts::FACTS,
    query,
    route::{Holds, Route},
    shape,
    violation::{Findings, Violation},
};

/// Preferences that Graph knows, by the part before `=`.
const PREFERENCES: [&str; 9] = [
    "idtype",
    "outlook.body-content-type",
    "outlook.allow-unsafe-html",
    "outlook.timezone",
    "odata.maxpagesize",
    "odata.track-changes",
    "return",
    "respond-async",
    "include-unknown-enum-members",
];

/// Checks a request that goes to Graph. The path carries its query.
#[must_use]
pub fn check_request(method: &str, path_and_query: &str, headers: &HeaderMap, body: &[u8]) -> Vec<Violation> {
    let Some(route) = Route::read(path_and_query) else { return Vec::new() };
    let mut found = check_inner(method, &route, headers, body);
    let bearer = headers.get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if !bearer.is_some_and(|value| value.starts_with("Bearer ") && value.len() > 7) {
        found.push(Violation::new("header authorization", "must be a bearer token"));
    }
    found
}

/// What holds of a request alone and within a batch alike.
pub(crate) fn check_inner(method: &str, route: &Route, headers: &HeaderMap, body: &[u8]) -> Vec<Violation> {
    let mut findings = Findings::default();
    match route.facts {
        None => findings.found.push(Violation::new("path", format!("{} is not published", route.template))),
        Some(facts) if !facts.methods.iter().any(|known| known == method) => {
            findings.found.push(Violation::new("method", format!("{} does not take {method}", route.template)));
        }
        Some(_) => {}
    }
    query::check_options(route, &mut findings.found);
    check_preferences(headers, &mut findings.found);
    if !body.is_empty() {
        check_body(method, route, headers, body, &mut findings);
    } else if matches!(method, "PATCH" | "PUT") || method == "POST" && needs_body(route) {
        findings.note("is missing");
    }
    findings.found
}

fn needs_body(route: &Route) -> bool {
    matches!(route.holds, Holds::Collection(_) | Holds::Batch) || route.template.ends_with("/move") || route.template.ends_with("/copy")
}

fn check_preferences(headers: &HeaderMap, found: &mut Vec<Violation>) {
    for value in headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok()) {
        for preference in value.split([',', ';']).map(str::trim).filter(|preference| !preference.is_empty()) {
            let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
            if let Some(problem) = preference_problem(&name.trim().to_ascii_lowercase(), value.trim().trim_matches('"')) {
                found.push(Violation::new(format!("header prefer {name}"), problem));
            }
        }
    }
}

fn preference_problem(name: &str, value: &str) -> Option<&'static str> {
    match name {
        "idtype" if value != "ImmutableId" => Some("the one known kind is ImmutableId"),
        "outlook.body-content-type" if !["text", "html"].contains(&value) => Some("must be text or html"),
        "odata.maxpagesize" if !value.parse::<u32>().is_ok_and(|size| size > 0) => Some("must be a number above 0"),
        name if PREFERENCES.contains(&name) => None,
        _ => Some("is no preference that Graph knows"),
    }
}

fn check_body(method: &str, route: &Route, headers: &HeaderMap, body: &[u8], findings: &mut Findings) {
    if matches!(method, "GET" | "DELETE") {
        return findings.note(format!("{method} has none"));
    }
    let content_type = headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // A message may be sent as base64 MIME (section 3.3); uploads are bytes.
    if content_type.starts_with("text/plain") || route.holds == Holds::Raw {
        return;
    }
    if !content_type.starts_with("application/json") {
        findings.found.push(Violation::new("header content-type", "must be application/json"));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => check_object(method, route, &object, findings),
        _ => findings.note("must be a JSON object"),
    }
}

fn check_object(method: &str, route: &Route, object: &Map<String, Value>, findings: &mut Findings) {
    if route.holds == Holds::Batch {
        return batch::check_requests(object, findings);
    }
    if route.template.ends_with("/move") || route.template.ends_with("/copy") {
        if object.len() != 1 || !object.get("destinationId").is_some_and(Value::is_string) {
            findings.note("must be {\"destinationId\": \"…\"}");
        }
        return;
    }
    let creates = method == "POST" && matches!(route.holds, Holds::Collection(_));
    let Some(name) = route.resource().filter(|_| creates || method == "PATCH") else { return };
    shape::check_object(object, name, findings);
    let read_only = FACTS.types.get(name).map(|kind| kind.read_only.as_slice()).unwrap_or_default();
    for field in object.keys().filter(|field| read_only.contains(field)) {
        findings.within(field, |findings| findings.note("is set by the service"));
    }
    if name == "subscription" {
        check_subscription(object, creates, findings);
    }
}

/// What section 5.1 asks of a subscription beyond the types.
fn check_subscription(object: &Map<String, Value>, creates: bool, findings: &mut Findings) {
    let text = |field: &str| object.get(field).and_then(Value::as_str);
    for needed in ["changeType", "notificationUrl", "resource", "expirationDateTime"] {
        if creates && text(needed).is_none() {
            findings.note(format!("a subscription needs {needed}"));
        }
    }
    let kinds = text("changeType").into_iter().flat_map(|kinds| kinds.split(','));
    if kinds.map(str::trim).any(|kind| !["created", "updated", "deleted"].contains(&kind)) {
        findings.note("changeType lists created, updated and deleted");
    }
    if text("resource").is_some_and(|resource| resource.contains("://")) {
        findings.note("resource is relative, without a host");
    }
    if text("clientState").is_some_and(|state| state.len() > 128) {
        findings.note("clientState has at most 128 characters");
    }
    if text("expirationDateTime").is_some_and(|expiry| !expiry.ends_with('Z')) {
        findings.note("expirationDateTime is in UTC");
    }
}
