//! No route of the document shows or changes anything of another workspace: each is asked with the other's ids, one foreign
//! id at a time and all at once, and answers 404 as if they were not there.

use crate::support::{House, OURS, Place, THEIRS};
use api::access::Scope;
use http::Method;
use serde_json::{Map, Value, json};

/// The value of a path's parameter in a workspace.
fn value_of(name: &str, place: &Place) -> String {
    match name {
        "workspace" => place.workspace.to_string(),
        "mailbox" => place.mailboxes[0].to_string(),
        "folder" => place.folders[0].to_string(),
        "message" => place.messages[0].to_string(),
        "attachment" => "att-1".to_owned(),
        "thread" => place.thread.to_string(),
        "join" => place.join.to_string(),
        "person" => place.person.to_string(),
        "customer" => place.customer.to_string(),
        "endpoint" | "hook" => place.endpoint.to_string(),
        "delivery" => place.delivery.to_string(),
        "job" => place.job.to_string(),
        "outgoing" => place.outgoing.to_string(),
        "file" => place.file.to_string(),
        "archive" => place.archive.to_string(),
        "template" => place.template.to_string(),
        "calendar" => place.calendar.to_string(),
        "calendar_event" => place.calendar_event.to_string(),
        "contact" => place.contact.to_string(),
        "contact_book" | "contactbook" => place.contact_book.to_string(),
        "contact_sync" => place.contact_sync.to_string(),
        "sourcecontact" => model::id::SourceContactId::from_number(place.contact.number()).to_string(),
        "calendar_feed" => place.calendar_feed.to_string(),
        "calendar_intent" => place.calendar_intent.to_string(),
        "instruction" => place.instruction.to_string(),
        "rule" => "AQ%2F8%3D".to_owned(),
        "domain" => "umbrella.example".to_owned(),
        "path" => "messages".to_owned(),
        other => panic!("say in this test what stands for {{{other}}} in a path"),
    }
}

/// Paths that name nothing of a workspace: what they list or make is the asker's own by itself.
fn names_nothing(path: &str) -> bool {
    !path.contains('{') || path.ends_with("/{value}")
}

/// The least body that the document demands, with ids of `place`.
fn body_of(document: &Value, operation: &Value, place: &Place) -> Option<Value> {
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    schema.is_object().then(|| example(document, schema, place))
}

fn example(document: &Value, schema: &Value, place: &Place) -> Value {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        if let Some(noun) = name.strip_suffix("Id") {
            return json!(value_of(&noun.to_lowercase(), place));
        }
        return example(document, &document["components"]["schemas"][name], place);
    }
    if let Some(first) = schema["enum"].get(0).or_else(|| schema["oneOf"][0]["enum"].get(0)) {
        return first.clone();
    }
    match schema["type"].as_str() {
        Some("object") => {
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            let fields = required.iter().map(|name| name.as_str().unwrap().to_owned());
            let filled: Map<String, Value> =
                fields.map(|name| (name.clone(), example(document, &schema["properties"][&name], place))).collect();
            Value::Object(filled)
        }
        Some("array") => json!([example(document, &schema["items"], place)]),
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(true),
        _ if schema["format"] == "date-time" => json!("2026-11-20T00:00:00Z"),
        _ => json!("https://hooks.example/in"),
    }
}

fn filled(path: &str, place: &Place) -> String {
    let mut filled = String::new();
    for part in path.split('/').skip(1) {
        filled.push('/');
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => filled.push_str(&value_of(name.trim_start_matches('*'), place)),
            None => filled.push_str(part),
        }
    }
    filled
}

#[tokio::test]
async fn every_route_answers_404_for_what_is_another_workspaces() {
    let house = House::new().await;
    let (ours, theirs) = (house.key(OURS, &[Scope::Admin], None).await, house.key(THEIRS, &[Scope::Admin], None).await);
    let document = api::document();
    let mut asked = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            if names_nothing(path) {
                continue;
            }
            // What a program calls its own is in the asker's workspace by itself.
            if path.contains("{key}") {
                continue;
            }
            let method: Method = method.to_uppercase().parse().unwrap();
            let body = body_of(&document, operation, &house.theirs);
            let question = if path.ends_with("/lines") { "?outcome=new" } else { "" };
            let address = format!("{}{question}", filled(path, &house.theirs));
            let answer = house.ask(method.clone(), &address, &ours, body.as_ref()).await;
            assert_eq!(answer.status, 404, "{method} {path}: {}", String::from_utf8_lossy(&answer.bytes));
            asked += 1;
            if method == Method::GET && !path.contains("{path}") {
                let own = house.get(&address, &theirs).await;
                assert!(matches!(own.status, 200 | 204), "{path} is there for its own workspace: {}", String::from_utf8_lossy(&own.bytes));
            }
        }
    }
    assert!(asked >= 25, "only {asked} routes name something");
}

#[tokio::test]
async fn a_key_of_another_workspace_is_not_there() {
    let house = House::new().await;
    let (ours, theirs) = (house.admin().await, house.key(THEIRS, &[Scope::Admin], None).await);
    let listed = house.get("/api/v1/keys", &theirs).await.json();
    let id = listed["data"][0]["id"].as_str().unwrap();
    assert_eq!(house.get(&format!("/api/v1/keys/{id}"), &theirs).await.status, 200);
    assert_eq!(house.get(&format!("/api/v1/keys/{id}"), &ours).await.status, 404);
    assert_eq!(house.ask(Method::DELETE, &format!("/api/v1/keys/{id}"), &ours, None).await.status, 404);
    assert_eq!(house.get("/api/v1/workspaces", &theirs).await.status, 200, "it was not revoked");
}

#[tokio::test]
async fn every_list_holds_only_what_is_the_askers_own() {
    let house = House::new().await;
    let key = house.admin().await;
    let nouns = [
        "mailbox",
        "folder",
        "message",
        "thread",
        "person",
        "customer",
        "endpoint",
        "delivery",
        "job",
        "outgoing",
        "archive",
        "template",
        "instruction",
        "contact",
        "contact_book",
        "contact_sync",
        "calendar_intent",
        "workspace",
    ];
    let foreign: Vec<String> = nouns.iter().map(|noun| value_of(noun, &house.theirs)).collect();
    let document = api::document();
    for path in document["paths"].as_object().unwrap().keys().filter(|path| !path.contains('{') && !path.contains("stream")) {
        if document["paths"][path]["get"].is_null() {
            continue;
        }
        let address = if path.ends_with("/search") { format!("{path}?q=offer") } else { path.clone() };
        let answer = house.get(&address, &key).await;
        let text = String::from_utf8_lossy(&answer.bytes);
        assert!(foreign.iter().all(|id| !text.contains(id.as_str())), "{path}: {text}");
    }
    for noun in ["mailbox", "folder", "thread"] {
        let answer = house.get(&format!("/api/v1/messages?{noun}={}", value_of(noun, &house.theirs)), &key).await;
        assert_eq!(answer.json()["data"], json!([]), "{noun}");
    }
}
