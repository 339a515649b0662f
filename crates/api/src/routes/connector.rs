//! The file of a custom connector for Power Automate and Logic Apps: OpenAPI 2.0, which is all that they read, with their
//! extensions for a webhook trigger. Source: Microsoft Learn, "Use a webhook as a trigger from a custom connector" and
//! "OpenAPI extensions for custom connectors".

use model::event::EventKind;
use serde_json::{Map, Value, json};
use url::Url;

/// The file, for a server at this address; `sample` is what a trigger is told.
pub(super) fn file(base_url: &Url, sample: &Value) -> Value {
    let host = base_url[url::Position::BeforeHost..url::Position::AfterPort].to_owned();
    let path = base_url.path().trim_end_matches('/');
    json!({
        "swagger": "2.0",
        "info": {
            "title": "Rapport",
            "description": "Mail of Microsoft 365 mailboxes, in threads under their customers.",
            "version": "1.0",
        },
        "host": host,
        "basePath": format!("{path}/api/v1"),
        "schemes": [base_url.scheme()],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "securityDefinitions": {
            "api_key": { "type": "apiKey", "in": "header", "name": "Authorization" },
        },
        "security": [{ "api_key": [] }],
        "x-ms-connector-metadata": [{ "propertyName": "Categories", "propertyValue": "Sales and CRM" }],
        "definitions": { "Event": schema_of(sample) },
        "paths": {
            "/power-automate/triggers": { "x-ms-notification-content": notification(), "post": trigger() },
            "/hooks/{endpoint}": { "delete": unsubscribe() },
        },
    })
}

fn notification() -> Value {
    json!({ "description": "What has happened.", "schema": { "$ref": "#/definitions/Event" } })
}

fn trigger() -> Value {
    let events: Vec<&str> = EventKind::ALL.iter().map(|kind| kind.name()).collect();
    json!({
        "operationId": "WhenSomethingHappens",
        "summary": "When something happens to mail",
        "description": "Runs the flow when a message, a thread, a person or a customer changes.",
        "x-ms-trigger": "single",
        "x-ms-visibility": "important",
        "parameters": [{
            "name": "body", "in": "body", "required": true,
            "schema": {
                "type": "object",
                "required": ["event", "notification_url"],
                "properties": {
                    "event": {
                        "type": "string", "enum": events, "default": "message.received",
                        "x-ms-summary": "Event", "description": "Which kind of event.",
                    },
                    "mailbox": {
                        "type": "string", "x-ms-summary": "Mailbox",
                        "description": "Only this mailbox, by its id. Empty for all.",
                    },
                    "notification_url": {
                        "type": "string", "description": "Where the flow is called.",
                        "x-ms-notification-url": true, "x-ms-visibility": "internal",
                    },
                },
            },
        }],
        "responses": { "201": { "description": "Subscribed.", "schema": subscribed() } },
    })
}

fn subscribed() -> Value {
    json!({ "type": "object", "properties": { "id": { "type": "string", "x-ms-summary": "Subscription" } } })
}

fn unsubscribe() -> Value {
    json!({
        "operationId": "Unsubscribe",
        "summary": "Unsubscribe",
        "description": "Called by the platform when the flow is switched off.",
        "x-ms-visibility": "internal",
        "parameters": [{
            "name": "endpoint", "in": "path", "required": true, "type": "string",
            "x-ms-visibility": "internal", "x-ms-url-encoding": "single",
        }],
        "responses": { "204": { "description": "Unsubscribed." } },
    })
}

/// The schema of a sample: enough for the platform to offer its fields.
fn schema_of(sample: &Value) -> Value {
    match sample {
        Value::Object(fields) => {
            let properties: Map<String, Value> = fields.iter().map(|(name, value)| (name.clone(), titled(name, value))).collect();
            json!({ "type": "object", "properties": properties })
        }
        Value::Array(_) => json!({ "type": "array", "items": {} }),
        Value::Number(_) => json!({ "type": "number" }),
        Value::Bool(_) => json!({ "type": "boolean" }),
        Value::String(_) | Value::Null => json!({ "type": "string" }),
    }
}

fn titled(name: &str, value: &Value) -> Value {
    let mut schema = schema_of(value);
    let mut title = name.replace('_', " ");
    if let Some(first) = title.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    schema["x-ms-summary"] = title.into();
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_openapi_2_with_a_trigger_whose_address_the_platform_fills_in() {
        let base_url = Url::parse("https://rapport.contoso.example:8443/").unwrap();
        let file = file(&base_url, &json!({"id": "1", "data": {"mailbox_id": null}}));
        assert_eq!(
            (&file["swagger"], &file["host"], &file["basePath"]),
            (&json!("2.0"), &json!("rapport.contoso.example:8443"), &json!("/api/v1"))
        );
        let body = &file["paths"]["/power-automate/triggers"]["post"]["parameters"][0]["schema"];
        assert_eq!(body["properties"]["notification_url"]["x-ms-notification-url"], true);
        assert!(body["required"].as_array().unwrap().contains(&json!("notification_url")));
        assert_eq!(file["definitions"]["Event"]["properties"]["data"]["properties"]["mailbox_id"]["x-ms-summary"], "Mailbox id");
        assert!(file.to_string().len() < 1_000_000);
    }
}
