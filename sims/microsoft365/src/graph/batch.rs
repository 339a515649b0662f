//! `$batch`: up to twenty calls in one, each a call of its own for limits and faults.
//!
//! Parts come in through the front door again, so that a part can be throttled with its own `Retry-After`
//! while its neighbours pass; at most four of them hold Outlook's slots at a time, which the front door sees
//! to. A part whose dependency failed is 424; answers come in any order. (reference: Graph, section 6)

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response};
use serde_json::{Map, Value, json};

use super::answer::wrong_verb;
use super::path::GraphPath;
use super::reply::Reply;
use crate::{Caller, Refusal, Request, Simulator};

const PARTS_MAX: usize = 20;
const BYTES_MAX: usize = 4 * 1024 * 1024;

/// One part, read.
struct Part {
    id: String,
    method: Method,
    url: String,
    headers: HeaderMap,
    body: Bytes,
    depends_on: Vec<String>,
}

/// Answers a batch.
///
/// # Errors
/// 400 `BadRequest` for a malformed batch, 413 for one that is too large.
pub async fn answer(simulator: &Simulator, request: &Request, caller: &Caller, path: &GraphPath) -> Result<Reply, Refusal> {
    if request.method != Method::POST {
        return Err(wrong_verb());
    }
    if request.batch.is_some() {
        return Err(bad("Batch requests cannot be nested."));
    }
    if request.body.len() > BYTES_MAX {
        return Err(Refusal::new(413, "RequestEntityTooLarge", "The maximum request length supported is 4MB."));
    }
    let parts = read(request)?;
    let mut statuses: HashMap<String, u16> = HashMap::new();
    let mut answers = Vec::with_capacity(parts.len());
    for part in parts {
        let answer = if part.depends_on.iter().any(|id| statuses.get(id).is_none_or(|status| *status >= 400)) {
            failed_dependency(&part.id)
        } else {
            let inner = request.part(part.method, &in_version(path, &part.url), part.headers, part.body);
            written(&part.id, &simulator.arrive_part(inner, caller).finish_part().await)
        };
        statuses.insert(part.id.to_lowercase(), answer["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(500));
        answers.push(answer);
    }
    let mut world = simulator.world();
    if world.config.graph.batch_shuffled {
        for last in (1..answers.len()).rev() {
            let other = usize::try_from(world.ids.below(last as u64 + 1)).unwrap_or(0);
            answers.swap(last, other);
        }
    }
    Ok(Reply::json(json!({"responses": answers}).to_string()))
}

fn in_version(path: &GraphPath, url: &str) -> String {
    format!("/{}/{}", path.version, url.trim_start_matches('/'))
}

fn bad(message: &str) -> Refusal {
    Refusal::new(400, "BadRequest", message)
}

fn read(request: &Request) -> Result<Vec<Part>, Refusal> {
    let json = request.json().ok_or_else(|| {
        bad("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
    })?;
    let list = json.get("requests").and_then(Value::as_array).ok_or_else(|| bad("Invalid batch payload format."))?;
    if list.len() > PARTS_MAX {
        return Err(bad(&format!("Number of batch request steps exceeds the maximum value of {PARTS_MAX}.")));
    }
    if list.is_empty() {
        return Err(bad("Invalid batch payload format."));
    }
    let mut parts: Vec<Part> = Vec::with_capacity(list.len());
    for part in list {
        let part = read_part(part)?;
        if parts.iter().any(|other| other.id.eq_ignore_ascii_case(&part.id)) {
            return Err(bad(&format!("Request Id '{}' is duplicated.", part.id)));
        }
        parts.push(part);
    }
    in_order(parts)
}

fn read_part(part: &Value) -> Result<Part, Refusal> {
    let text = |name: &str| part.get(name).and_then(Value::as_str);
    let id = text("id").filter(|id| !id.is_empty()).ok_or_else(|| bad("Request Id is missing."))?.to_owned();
    let method = text("method").and_then(|method| method.to_ascii_uppercase().parse().ok());
    let method = method.ok_or_else(|| bad(&format!("Request method is missing or invalid for request Id '{id}'.")))?;
    let url = text("url").filter(|url| !url.is_empty() && !url.contains("://"));
    let url = url.ok_or_else(|| bad(&format!("Invalid batch URL for request Id '{id}'.")))?.to_owned();
    let headers = read_headers(part.get("headers"));
    let body = match part.get("body") {
        None | Some(Value::Null) => Bytes::new(),
        Some(_) if !headers.contains_key(http::header::CONTENT_TYPE) => {
            return Err(bad(&format!("The Content-Type header is missing for request Id '{id}'.")));
        }
        Some(Value::String(text)) => STANDARD.decode(text).map(Bytes::from).unwrap_or_else(|_| Bytes::from(text.clone())),
        Some(body) => Bytes::from(body.to_string()),
    };
    let depends_on = part.get("dependsOn").and_then(Value::as_array).into_iter().flatten();
    let depends_on = depends_on.filter_map(Value::as_str).map(str::to_lowercase).collect();
    Ok(Part { id, method, url, headers, body, depends_on })
}

fn read_headers(headers: Option<&Value>) -> HeaderMap {
    let mut read = HeaderMap::new();
    for (name, value) in headers.and_then(Value::as_object).into_iter().flatten() {
        let pair = (HeaderName::try_from(name.as_str()), value.as_str().map(HeaderValue::from_str));
        if let (Ok(name), Some(Ok(value))) = pair
            && name != http::header::AUTHORIZATION
        {
            read.insert(name, value);
        }
    }
    read
}

/// Puts every part behind the ones it depends on.
fn in_order(parts: Vec<Part>) -> Result<Vec<Part>, Refusal> {
    let known: Vec<String> = parts.iter().map(|part| part.id.to_lowercase()).collect();
    if parts.iter().flat_map(|part| &part.depends_on).any(|id| !known.contains(id)) {
        return Err(bad("A request depends on an Id that is not part of the batch."));
    }
    let mut waiting = parts;
    let mut ordered: Vec<Part> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let is_ready = |part: &Part| part.depends_on.iter().all(|id| ordered.iter().any(|done| done.id.eq_ignore_ascii_case(id)));
        let Some(next) = waiting.iter().position(is_ready) else {
            return Err(bad("The dependencies of the batch go round in a circle."));
        };
        ordered.push(waiting.remove(next));
    }
    Ok(ordered)
}

fn failed_dependency(id: &str) -> Value {
    let message = "Failed to execute since one of the dependent requests failed.";
    json!({"id": id, "status": 424, "headers": {"Content-Type": "application/json"},
        "body": {"error": {"code": "FailedDependency", "message": message}}})
}

/// An answer within the batch's; a body that is no JSON goes in base64.
fn written(id: &str, response: &Response<Bytes>) -> Value {
    let mut headers = Map::new();
    for (name, value) in response.headers() {
        if let (Some(shown), Ok(value)) = (shown_name(name.as_str()), value.to_str()) {
            headers.insert(shown.to_owned(), json!(value));
        }
    }
    let mut answer = json!({"id": id, "status": response.status().as_u16(), "headers": headers});
    let content_type = response.headers().get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !response.body().is_empty() {
        let as_json = content_type.starts_with("application/json").then(|| serde_json::from_slice(response.body()).ok()).flatten();
        answer["body"] = as_json.unwrap_or_else(|| json!(STANDARD.encode(response.body())));
    }
    answer
}

/// The headers that parts of a batch carry.
fn shown_name(name: &str) -> Option<&'static str> {
    const SHOWN: [(&str, &str); 8] = [
        ("content-type", "Content-Type"),
        ("cache-control", "Cache-Control"),
        ("odata-version", "OData-Version"),
        ("preference-applied", "Preference-Applied"),
        ("retry-after", "Retry-After"),
        ("location", "Location"),
        ("etag", "ETag"),
        ("x-ms-resource-unit", "x-ms-resource-unit"),
    ];
    SHOWN.iter().find(|(known, _)| *known == name).map(|(_, shown)| *shown)
}
