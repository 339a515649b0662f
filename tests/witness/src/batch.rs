//! Batches: each inner request and answer is held to the same facts as one that comes alone.
//!
//! Source: reference: Graph, section 6.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use crate::{
    answer,
    request::check_inner,
    route::{Holds, Route},
    violation::{Findings, Violation},
};

/// A batch carries at most so many requests.
const REQUESTS_MAX: usize = 20;

/// Checks the body of a batch's answer against the body of its request, inner answer by inner answer.
#[must_use]
pub fn check_batch(requests: &[u8], answers: &[u8]) -> Vec<Violation> {
    let mut findings = Findings::default();
    let asked: Value = serde_json::from_slice(requests).unwrap_or_default();
    match serde_json::from_slice(answers) {
        Ok(Value::Object(object)) => check_responses(&object, Some(&asked), &mut findings),
        _ => findings.note("must be an object"),
    }
    findings.found
}

/// Checks the requests of a batch.
pub(crate) fn check_requests(object: &Map<String, Value>, findings: &mut Findings) {
    let Some(Value::Array(requests)) = object.get("requests").filter(|_| object.len() == 1) else {
        return findings.note("a batch is one list named requests");
    };
    if requests.is_empty() || requests.len() > REQUESTS_MAX {
        findings.note(format!("a batch has 1 to {REQUESTS_MAX} requests"));
    }
    let mut ids: Vec<String> = Vec::new();
    for (index, request) in requests.iter().enumerate() {
        findings.within(&format!("requests[{index}]"), |findings| {
            let id = request["id"].as_str().unwrap_or_default().to_ascii_lowercase();
            if id.is_empty() || ids.contains(&id) {
                findings.note("its id must be a string of its own");
            }
            ids.push(id);
            check_request(request, &ids, findings);
        });
    }
}

fn check_request(request: &Value, ids: &[String], findings: &mut Findings) {
    const MEMBERS: [&str; 6] = ["id", "method", "url", "headers", "body", "dependsOn"];
    let members = request.as_object().into_iter().flat_map(Map::keys);
    for member in members.filter(|member| !MEMBERS.contains(&member.as_str())) {
        findings.note(format!("{member} has no place in a batch's request"));
    }
    let (Some(method), Some(url)) = (request["method"].as_str(), request["url"].as_str()) else {
        return findings.note("it needs a method and a url");
    };
    if url.contains("://") || Route::read(url).is_some() {
        findings.note("its url must be relative to the version");
    }
    let route = Route::read_relative(url);
    if route.holds == Holds::Batch {
        findings.note("batches do not nest");
    }
    for needed in request["dependsOn"].as_array().into_iter().flatten() {
        if !needed.as_str().is_some_and(|needed| ids.contains(&needed.to_ascii_lowercase())) {
            findings.note("it depends on a request that does not come before it");
        }
    }
    let headers = headers(&request["headers"]);
    let body = body(&request["body"]);
    findings.found.extend(check_inner(method, &route, &headers, &body));
}

/// Checks the answers of a batch; with the requests at hand, each by its own path.
pub(crate) fn check_responses(object: &Map<String, Value>, asked: Option<&Value>, findings: &mut Findings) {
    let Some(Value::Array(responses)) = object.get("responses") else {
        return findings.note("a batch's answer has a list named responses");
    };
    let requests: BTreeMap<&str, &Value> = asked
        .and_then(|asked| asked["requests"].as_array())
        .into_iter()
        .flatten()
        .filter_map(|request| Some((request["id"].as_str()?, request)))
        .collect();
    if asked.is_some() && requests.len() != responses.len() {
        findings.note(format!("{} answers to {} requests", responses.len(), requests.len()));
    }
    for (index, response) in responses.iter().enumerate() {
        findings.within(&format!("responses[{index}]"), |findings| {
            let request = response["id"].as_str().and_then(|id| requests.get(id));
            if asked.is_some() && request.is_none() {
                findings.note("answers no request");
            }
            check_response(response, request.copied(), findings);
        });
    }
}

fn check_response(response: &Value, request: Option<&Value>, findings: &mut Findings) {
    const MEMBERS: [&str; 4] = ["id", "status", "headers", "body"];
    let members = response.as_object().into_iter().flat_map(Map::keys);
    for member in members.filter(|member| !MEMBERS.contains(&member.as_str())) {
        findings.note(format!("{member} has no place in a batch's answer"));
    }
    let status = response["status"].as_u64().and_then(|status| u16::try_from(status).ok()).filter(|status| (100..600).contains(status));
    let (Some(_), Some(status)) = (response["id"].as_str(), status) else {
        return findings.note("it needs an id and a status");
    };
    let headers = headers(&response["headers"]);
    let content_type = headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let (method, route) = match request {
        Some(request) => (request["method"].as_str().unwrap_or("GET"), Route::read_relative(request["url"].as_str().unwrap_or_default())),
        // Without the request only a failure has a form that is known.
        None if status < 400 => return,
        None => ("GET", Route::read_relative("")),
    };
    findings.found.extend(answer::check_routed(method, &route, status, content_type, &body(&response["body"])));
}

fn headers(given: &Value) -> HeaderMap {
    let entries = given.as_object().into_iter().flatten();
    entries
        .filter_map(|(name, value)| {
            let name = HeaderName::try_from(name.as_str()).ok()?;
            Some((name, HeaderValue::try_from(value.as_str()?).ok()?))
        })
        .collect()
}

/// JSON stands in a batch as it is, everything else as base64.
fn body(given: &Value) -> Vec<u8> {
    match given {
        Value::Null => Vec::new(),
        Value::String(text) => STANDARD.decode(text).unwrap_or_else(|_| text.clone().into_bytes()),
        value => value.to_string().into_bytes(),
    }
}
