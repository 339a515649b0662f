//! Making and renewing subscriptions: the body, the validation of the addresses, the limits.
//!
//! Both addresses must answer a validation call with the token that it carries, before the subscription
//! exists (reference: Graph, sections 5.2 and 5.6). The world is unlocked meanwhile.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::manage::{find, remind};
use super::resource::Watched;
use super::store::Subscription;
use crate::graph::path::GraphPath;
use crate::graph::prefer::Preferences;
use crate::graph::reply::Reply;
use crate::mailbox::ChangeKind;
use crate::{Caller, Refusal, Request, Simulator, World};

const PER_MAILBOX_MAX: usize = 1000;
const CLIENT_STATE_MAX: usize = 128;

/// The properties of a body and whether they are text.
const PROPERTIES: [(&str, Kind); 12] = [
    ("changeType", Kind::Text),
    ("notificationUrl", Kind::Text),
    ("lifecycleNotificationUrl", Kind::Text),
    ("resource", Kind::Text),
    ("expirationDateTime", Kind::Text),
    ("clientState", Kind::Text),
    ("latestSupportedTlsVersion", Kind::Text),
    ("includeResourceData", Kind::Truth),
    ("encryptionCertificate", Kind::Text),
    ("encryptionCertificateId", Kind::Text),
    ("notificationUrlAppId", Kind::Text),
    ("notificationQueryOptions", Kind::Text),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Truth,
}

/// `POST /subscriptions`
///
/// # Errors
/// 400 for a bad body or an address that does not validate, 403 for a mailbox out of reach, 409 for a
/// second one alike.
pub async fn create(
    simulator: &Simulator,
    request: &Request,
    caller: &Caller,
    path: &GraphPath,
    prefer: &Preferences,
) -> Result<Reply, Refusal> {
    let body = read_body(request)?;
    let mut subscription = {
        let mut world = simulator.world();
        read(&mut world, caller, &body, prefer)?
    };
    validate(simulator, &subscription.notification_url).await?;
    if let Some(url) = &subscription.lifecycle_url {
        validate(simulator, url).await?;
    }
    let mut world = simulator.world();
    check_limits(&mut world, &subscription)?;
    subscription.id = world.ids.guid();
    let location = format!("{}/{}/subscriptions('{}')", request.origin, path.version, subscription.id);
    let body = with_context(request, path, &subscription);
    remind(&mut world, &subscription);
    world.subscriptions.put(subscription);
    Ok(Reply::with_status(201, body).with_header("Location", location))
}

/// `PATCH /subscriptions/{id}`: another end, another address.
///
/// # Errors
/// 404 when it has ended, 400 for a bad body, an end too far away or an address that does not validate.
pub async fn change(simulator: &Simulator, request: &Request, caller: &Caller, path: &GraphPath, id: &str) -> Result<Reply, Refusal> {
    let body = read_body(request)?;
    if let Some(name) = body.keys().find(|name| !matches!(name.as_str(), "expirationDateTime" | "notificationUrl")) {
        return Err(invalid(&format!("The property '{name}' can't be updated.")));
    }
    find(&mut simulator.world(), caller, id)?;
    let url = text(&body, "notificationUrl").map(str::to_owned);
    if let Some(url) = &url {
        check_url(&simulator.world(), url)?;
        validate(simulator, url).await?;
    }
    let mut world = simulator.world();
    let expires = text(&body, "expirationDateTime").map(|text| expiration(&world, text)).transpose()?;
    let mut subscription = find(&mut world, caller, id)?;
    subscription.expires = expires.unwrap_or(subscription.expires);
    subscription.notification_url = url.unwrap_or(subscription.notification_url);
    subscription.token_expires = caller.expires;
    subscription.renewals += 1;
    remind(&mut world, &subscription);
    let body = with_context(request, path, &subscription);
    world.subscriptions.put(subscription);
    Ok(Reply::json(body))
}

fn with_context(request: &Request, path: &GraphPath, subscription: &Subscription) -> String {
    let context = format!("{}/{}/$metadata#subscriptions/$entity", request.origin, path.version);
    let mut json = Map::from_iter([("@odata.context".to_owned(), json!(context))]);
    json.extend(subscription.json());
    Value::Object(json).to_string()
}

/// Reads a body whose every property is known and of its kind.
fn read_body(request: &Request) -> Result<Map<String, Value>, Refusal> {
    let unreadable = || {
        Refusal::new(
            400,
            "BadRequest",
            "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.",
        )
    };
    let body = request.json().and_then(|json| json.as_object().cloned()).ok_or_else(unreadable)?;
    for (name, value) in &body {
        if name.starts_with("@odata.") {
            continue;
        }
        let Some((_, kind)) = PROPERTIES.iter().find(|(known, _)| known == name) else {
            let message = format!(
                "The property '{name}' does not exist on type 'microsoft.graph.subscription'. Make sure to only use property names that are defined by the type."
            );
            return Err(Refusal::new(400, "RequestBodyRead", message));
        };
        let fits = value.is_null() || (*kind == Kind::Text && value.is_string()) || (*kind == Kind::Truth && value.is_boolean());
        if !fits {
            let expected = if *kind == Kind::Text { "Edm.String" } else { "Edm.Boolean" };
            return Err(Refusal::new(
                400,
                "RequestBodyRead",
                format!("Cannot convert the value of '{name}' to the expected type '{expected}'."),
            ));
        }
    }
    Ok(body)
}

fn read(world: &mut World, caller: &Caller, body: &Map<String, Value>, prefer: &Preferences) -> Result<Subscription, Refusal> {
    let required = |name: &str| {
        let value = text(body, name).filter(|value| !value.is_empty());
        value.map(str::to_owned).ok_or_else(|| invalid(&format!("{name} is a required property for subscription creation.")))
    };
    if body.get("includeResourceData") == Some(&Value::Bool(true)) {
        return Err(Refusal::new(501, "NotImplemented", "This simulator does not send resource data in notifications."));
    }
    let change_type = required("changeType")?;
    let notification_url = required("notificationUrl")?;
    let resource = required("resource")?;
    let expires = expiration(world, &required("expirationDateTime")?)?;
    check_url(world, &notification_url)?;
    let lifecycle_url = text(body, "lifecycleNotificationUrl").map(str::to_owned);
    lifecycle_url.as_deref().map(|url| check_url(world, url)).transpose()?;
    let client_state = text(body, "clientState").map(str::to_owned);
    if client_state.as_ref().is_some_and(|state| state.chars().count() > CLIENT_STATE_MAX) {
        return Err(invalid("clientState must not be longer than 128 characters."));
    }
    let app = world.directory.app(&caller.app_id).map(|app| app.object_id.clone());
    let subscription = Subscription {
        id: String::new(),
        watched: Watched::read(world, caller, &resource)?,
        kinds: kinds(&change_type)?,
        resource,
        change_type,
        notification_url,
        lifecycle_url,
        client_state,
        tls_version: text(body, "latestSupportedTlsVersion").unwrap_or("v1_2").to_owned(),
        expires,
        app_id: caller.app_id.clone(),
        tenant_id: caller.tenant_id.clone(),
        creator_id: caller.user.clone().or(app).unwrap_or_else(|| caller.app_id.clone()),
        is_delegated: caller.user.is_some(),
        ids: prefer.ids,
        token_expires: caller.expires,
        renewals: 0,
    };
    check_limits(world, &subscription)?;
    Ok(subscription)
}

fn kinds(change_type: &str) -> Result<Vec<ChangeKind>, Refusal> {
    let read = |word: &str| {
        let known = [ChangeKind::Created, ChangeKind::Updated, ChangeKind::Deleted];
        known.into_iter().find(|kind| kind.word().eq_ignore_ascii_case(word.trim()))
    };
    let kinds: Option<Vec<_>> = change_type.split(',').map(read).collect();
    kinds.ok_or_else(|| invalid(&format!("The changeType '{change_type}' is invalid.")))
}

/// The end asked for, within the limits.
fn expiration(world: &World, text: &str) -> Result<Timestamp, Refusal> {
    let config = &world.config.graph;
    let asked: Timestamp = text.parse().map_err(|_| invalid("expirationDateTime is not a valid date and time."))?;
    let now = world.now();
    if asked <= now {
        return Err(invalid("Subscription expiration must be in the future."));
    }
    if asked > now + SignedDuration::from_mins(config.subscription_minutes_max) {
        let message = format!("Subscription expiration can only be {} minutes in the future.", config.subscription_minutes_max);
        return Err(Refusal::new(400, "ExtensionError", message));
    }
    Ok(asked.max(now + SignedDuration::from_mins(config.subscription_minutes_min)))
}

fn check_url(world: &World, text: &str) -> Result<(), Refusal> {
    let parsed = url::Url::parse(text).ok();
    let allowed = parsed.is_some_and(|url| match url.scheme() {
        "https" => true,
        "http" => world.config.graph.subscription_http_addresses,
        _ => false,
    });
    if allowed { Ok(()) } else { Err(invalid("The notification URL must be an absolute https address.")) }
}

fn check_limits(world: &mut World, wanted: &Subscription) -> Result<(), Refusal> {
    let now = world.now();
    world.subscriptions.expire(now);
    let same = |other: &&Subscription| {
        other.app_id == wanted.app_id
            && other.watched == wanted.watched
            && other.change_type.eq_ignore_ascii_case(&wanted.change_type)
            && (other.creator_id == wanted.creator_id)
    };
    if let Some(other) = world.subscriptions.iter().find(same) {
        let message = format!("Subscription Id <{}> already exists for the requested combination", other.id);
        return Err(Refusal::new(409, "Conflict", message));
    }
    let of_mailbox = world.subscriptions.iter().filter(|other| other.watched.user == wanted.watched.user).count();
    if of_mailbox >= PER_MAILBOX_MAX {
        let message = format!(
            "Operation: Create; Exception: [Status Code: Forbidden; Reason: The mailbox has {PER_MAILBOX_MAX} subscriptions already.]"
        );
        return Err(Refusal::new(403, "ExtensionError", message));
    }
    Ok(())
}

/// Calls an address with a token and wants it back.
async fn validate(simulator: &Simulator, url: &str) -> Result<(), Refusal> {
    let request_id = simulator.world().ids.guid();
    let token = format!("Validation: Testing client application reachability for subscription Request-Id: {request_id}");
    let encoded: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
    let joint = if url.contains('?') { '&' } else { '?' };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    let address = format!("{url}{joint}validationToken={encoded}");
    let failed = |why: &str| Refusal::new(400, "InvalidRequest", format!("Subscription validation request failed. {why}"));
    match simulator.outside().post(&address, headers, Bytes::new()).await {
        Err(_) => Err(failed("Notification endpoint must respond with 200 OK to validation request.")),
        Ok((200, headers, body)) => {
            let is_text =
                headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|kind| kind.starts_with("text/plain"));
            match is_text && body == token.as_bytes() {
                true => Ok(()),
                false => Err(failed("Response must exactly match validationToken query parameter.")),
            }
        }
        Ok((status, _, _)) => {
            let name =
                http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Unknown").replace(' ', "");
            Err(failed(&format!("Notification endpoint must respond with 200 OK to validation request. HTTP status code is '{name}'.")))
        }
    }
}

fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    body.get(name).and_then(Value::as_str)
}

fn invalid(message: &str) -> Refusal {
    Refusal::new(400, "ValidationError", message)
}
