//! The document of the API (OpenAPI 3.1), made from the code that answers.
//!
//! Each route says what is its own; what holds for all of them (who may ask, refusals, headers) is added here.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde_json::{Map, Value, json};
use utoipa::OpenApi as _;

use crate::answer::ETag;
use crate::failure::Wire;
use crate::router;

const ABOUT: &str = "Conversations of Microsoft 365 mailboxes under their customers.\n\n\
Every request brings `Authorization: Bearer` with an API key or a token of the configured issuer, or the console's session.\n\
Lists come in pages: `next` leads on, and belongs to the filters it was given with. `fields` picks fields. Answers carry an\n\
`ETag`; `If-None-Match` saves sending it again, `If-Match` keeps a change from undoing another. A `POST` with an\n\
`Idempotency-Key` is done once however often it is sent within a day. Refusals are `application/problem+json` (RFC 9457).";

#[derive(utoipa::OpenApi)]
#[openapi(info(title = "Rapport", version = "1"), components(schemas(Wire<'static>)))]
struct Frame;

/// The document.
pub fn document() -> Value {
    let (_, routes) = router::recognised_routes().merge(router::streamed_routes()).split_for_parts();
    let mut whole = Frame::openapi();
    whole.merge(routes);
    let mut document = serde_json::to_value(&whole).expect("a document serialises");
    document["info"]["description"] = json!(ABOUT);
    document["info"]["license"] = json!({ "name": "Apache-2.0", "identifier": "Apache-2.0" });
    document["servers"] = json!([{ "url": "/" }]);
    document["components"]["securitySchemes"] = json!({
        "bearer": { "type": "http", "scheme": "bearer", "description": "An API key (`rpt_…`) or a token of the configured issuer." }
    });
    document["security"] = json!([{ "bearer": [] }]);
    document["components"]["responses"] = refusals();
    if let Some(paths) = document["paths"].as_object_mut() {
        for (path, operations) in paths {
            for (method, operation) in operations.as_object_mut().into_iter().flatten() {
                complete(operation, method, path.contains('{'));
            }
        }
    }
    document
}

/// What every operation understands and may answer besides what it says itself.
fn complete(operation: &mut Value, method: &str, names_something: bool) {
    let changes = method != "get";
    let headers = match method {
        "get" => vec![("If-None-Match", "The ETag that you have.")],
        "post" => vec![("Idempotency-Key", "Any text of your own, the same when the same request is sent again.")],
        _ => vec![("If-Match", "The ETag of what you have read.")],
    };
    let parameters = operation["parameters"].take();
    let mut parameters = parameters.as_array().cloned().unwrap_or_default();
    parameters.extend(headers.iter().map(|(name, about)| {
        json!({ "name": name, "in": "header", "required": false, "description": about, "schema": { "type": "string", "maxLength": 255 } })
    }));
    operation["parameters"] = Value::Array(parameters);
    let refusals = [
        ("400", true),
        ("401", true),
        ("403", true),
        ("404", names_something || changes),
        ("409", changes),
        ("412", changes && method != "post"),
        ("413", changes),
        ("415", changes),
        ("422", changes),
        ("429", true),
        ("503", true),
    ];
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for response in responses.values_mut() {
        describe(response);
    }
    for (status, _) in refusals.iter().filter(|(_, may)| *may) {
        responses.entry(*status).or_insert_with(|| json!({ "$ref": format!("#/components/responses/{status}") }));
    }
    if method == "get" {
        responses.entry("304").or_insert_with(|| json!({ "description": "You have it: `If-None-Match` names its ETag." }));
    }
}

fn describe(response: &mut Value) {
    if let Some(response) = response.as_object_mut() {
        let limits = [
            ("RateLimit-Limit", "Requests in a minute."),
            ("RateLimit-Remaining", "What is left of them."),
            ("RateLimit-Reset", "Seconds until they are all there again."),
        ];
        let headers = response.entry("headers").or_insert_with(|| json!({}));
        for (name, about) in limits {
            headers[name] = json!({ "description": about, "schema": { "type": "integer", "minimum": 0 } });
        }
    }
}

fn refusals() -> Value {
    let known = [
        ("400", "The request cannot be understood."),
        ("401", "Nobody is recognised."),
        ("403", "Known, but not allowed."),
        ("404", "There is nothing of that name that you may see."),
        ("409", "It stands against what is there."),
        ("412", "It has changed since you read it."),
        ("413", "The body is too large."),
        ("415", "The body is not JSON."),
        ("422", "A field cannot be right."),
        ("429", "Too many requests; `Retry-After` says how long to wait."),
        ("503", "Not now; try again."),
    ];
    let problem = json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } });
    let responses: Map<String, Value> =
        known.iter().map(|(status, about)| ((*status).to_owned(), json!({ "description": about, "content": problem }))).collect();
    Value::Object(responses)
}

/// `GET /openapi.json`.
pub(crate) async fn serve() -> Response {
    let text = serde_json::to_vec(&document()).expect("a document serialises");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::ETAG, ETag::of_bytes(&text).header()),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, text).into_response()
}
