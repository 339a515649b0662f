//! WhatsApp: who writes to a business number. Meta posts what happens to it, signed with the app's secret; before it does, it asks for our
//! word that we listen.
//!
//! Only who writes is kept, no message. A shared card speaks of somebody else, who has not written: it is left alone. The answer is 200 once
//! it is kept; a failure to keep it answers 503, so that Meta tries again. Facts: reference for integrations, 5.3.

use api::contacting::{Sender, hear};
use aws_lc_rs::hmac;
use axum::body::Bytes;
use axum::extract::{Query, State as Given};
use axum::response::{IntoResponse, Response};
use base::{Problem, Timestamp};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use metrics::counter;
use serde::Deserialize;

use crate::failure::Failure;
use crate::secrets;
use crate::settings::WhatsApp;
use crate::state::State;

/// The header with the signature.
const SIGNATURE: &str = "x-hub-signature-256";

/// The handshake's parts.
#[derive(Deserialize)]
pub struct Handshake {
    #[serde(rename = "hub.mode", default)]
    mode: String,
    #[serde(rename = "hub.verify_token", default)]
    verify_token: String,
    #[serde(rename = "hub.challenge", default)]
    challenge: String,
}

/// `GET /hooks/whatsapp`: our word that we listen.
///
/// # Errors
/// 404 where no app is configured, 403 for another token than ours.
pub async fn confirm(Given(state): Given<State>, Query(asked): Query<Handshake>) -> Result<Response, Failure> {
    let app = app(&state)?;
    let ours = secrets::same(&secrets::hash(&asked.verify_token), &secrets::hash(app.verify_token.expose()));
    if asked.mode != "subscribe" || !ours {
        count("refused", 1);
        let action = "Give Meta the value of whatsapp.verify_token as the webhook's verify token.";
        return Err(refused("whatsapp_verify_token_wrong", "This is not the verify token of this server.", action));
    }
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    Ok((headers, asked.challenge).into_response())
}

/// `POST /hooks/whatsapp`: what has happened.
///
/// # Errors
/// 404 where no app is configured, 403 for another signature than Meta's, 400 for what is no notification, 503 if it could not be kept.
pub async fn receive(Given(state): Given<State>, headers: HeaderMap, body: Bytes) -> Result<Response, Failure> {
    let app = app(&state)?;
    if !is_signed(app, &headers, &body) {
        count("refused", 1);
        let action = "Nothing is to be done if Meta did not send it. If it did, compare whatsapp.app_secret with the app's secret at Meta.";
        return Err(refused("whatsapp_signature_wrong", "This was not signed with the app's secret.", action));
    }
    let notification: Notification = serde_json::from_slice(&body).map_err(|_| unreadable())?;
    for (book, senders) in notification.senders(state.clock.now()) {
        hear(&state.api, state.settings.workspace, &book, &senders).await?;
        count("heard", senders.len() as u64);
    }
    Ok(StatusCode::OK.into_response())
}

fn app(state: &State) -> Result<&WhatsApp, Failure> {
    state.settings.whatsapp.as_ref().ok_or_else(Failure::not_found)
}

fn is_signed(app: &WhatsApp, headers: &HeaderMap, body: &[u8]) -> bool {
    let given = headers.get(SIGNATURE).and_then(|value| value.to_str().ok()).and_then(|value| value.strip_prefix("sha256="));
    let key = hmac::Key::new(hmac::HMAC_SHA256, app.app_secret.expose().as_bytes());
    given.and_then(bytes_of).is_some_and(|signature| hmac::verify(&key, body, &signature).is_ok())
}

fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?, 16).ok()).collect()
}

#[derive(Deserialize)]
struct Notification {
    #[serde(default)]
    entry: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    changes: Vec<Change>,
}

#[derive(Deserialize)]
struct Change {
    #[serde(default)]
    value: serde_json::Value,
}

/// What has happened at one business number.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Happened {
    metadata: Number,
    contacts: Vec<Person>,
    messages: Vec<Message>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Number {
    display_phone_number: Option<String>,
    phone_number_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Person {
    wa_id: Option<String>,
    user_id: Option<String>,
    profile: Profile,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Profile {
    name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Message {
    from: Option<String>,
    from_user_id: Option<String>,
    timestamp: Option<String>,
}

impl Notification {
    /// Who has written, by what the book of the business number is called.
    fn senders(self, now: Timestamp) -> Vec<(String, Vec<Sender>)> {
        let changes = self.entry.into_iter().flat_map(|entry| entry.changes);
        // A change of a kind that we do not know has another shape: it is about no sender.
        let happened = changes.filter_map(|change| serde_json::from_value::<Happened>(change.value).ok());
        happened
            .filter_map(|happened| {
                let Happened { metadata, contacts, messages } = happened;
                let number = metadata.display_phone_number.map(|number| digits(&number)).filter(|number| !number.is_empty());
                let book = number.map(|number| format!("+{number}")).or(metadata.phone_number_id)?;
                let senders: Vec<Sender> = contacts.into_iter().filter_map(|person| sender(person, &messages, now)).collect();
                (!senders.is_empty()).then_some((book, senders))
            })
            .collect()
    }
}

fn sender(person: Person, messages: &[Message], now: Timestamp) -> Option<Sender> {
    let wa_id = person.wa_id.map(|number| digits(&number)).filter(|number| !number.is_empty());
    let user_id = person.user_id.filter(|id| !id.is_empty());
    if wa_id.is_none() && user_id.is_none() {
        return None;
    }
    let own = messages.iter().filter(|message| {
        message.from.as_deref().map(digits).is_some_and(|from| Some(from) == wa_id)
            || message.from_user_id.is_some() && message.from_user_id == user_id
    });
    let wrote_at = own.filter_map(|message| message.timestamp.as_deref()?.parse::<i64>().ok()?.checked_mul(1000)).max();
    let wrote_at = wrote_at.map_or(now, Timestamp::from_millis).min(now);
    Some(Sender { user_id, wa_id, name: person.profile.name, wrote_at })
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn count(outcome: &'static str, number: u64) {
    counter!("rapport_whatsapp_total", "outcome" => outcome).increment(number);
}

fn refused(code: &str, title: &str, action: &str) -> Failure {
    Failure::new(StatusCode::FORBIDDEN, Problem::new(code, title, "Nothing of it was kept.", action))
}

fn unreadable() -> Failure {
    let action = "Nothing is to be done: who writes again is learnt of then.";
    Failure::new(
        StatusCode::BAD_REQUEST,
        Problem::new("not_a_notification", "This is no notification of WhatsApp's.", "It is not JSON of that shape.", action),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1000)
    }

    fn senders(json: &serde_json::Value) -> Vec<(String, Vec<Sender>)> {
        serde_json::from_value::<Notification>(json.clone()).unwrap().senders(at(2_000_000_000))
    }

    #[test]
    fn each_business_number_has_a_book_and_the_time_is_that_of_the_persons_message() {
        let json = serde_json::json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [
            { "field": "messages", "value": {
                "metadata": { "display_phone_number": "+62 21 555", "phone_number_id": "99" },
                "contacts": [{ "profile": { "name": "Anna" }, "wa_id": "6281234567890", "user_id": "ID.1" }],
                "messages": [{ "from": "6281234567890", "timestamp": "1763680000" }, { "from": "62999", "timestamp": "1763680009" }] } },
            { "field": "messages", "value": { "metadata": { "phone_number_id": "98" }, "statuses": [{ "recipient_id": "62811" }] } },
            { "field": "account_update", "value": { "contacts": "other" } }] }] });
        let sender = Sender {
            user_id: Some("ID.1".to_owned()),
            wa_id: Some("6281234567890".to_owned()),
            name: Some("Anna".to_owned()),
            wrote_at: at(1_763_680_000),
        };
        assert_eq!(senders(&json), [("+6221555".to_owned(), vec![sender])]);
    }

    #[test]
    fn who_hides_the_number_is_known_by_the_id_and_a_shared_card_is_nobody() {
        let json = serde_json::json!({ "entry": [{ "changes": [{ "value": {
            "metadata": { "phone_number_id": "99" }, "contacts": [{ "user_id": "US.1", "profile": { "username": "bo" } }, { "profile": {} }],
            "messages": [{ "from_user_id": "US.1", "timestamp": "1763680000", "type": "contacts",
                "contacts": [{ "name": { "formatted_name": "Cy" }, "phones": [{ "phone": "+1 555" }] }] }] } }] }] });
        let sender = Sender { user_id: Some("US.1".to_owned()), wa_id: None, name: None, wrote_at: at(1_763_680_000) };
        assert_eq!(senders(&json), [("99".to_owned(), vec![sender])]);
    }

    #[test]
    fn half_a_byte_is_no_signature() {
        assert_eq!(bytes_of("0aff"), Some(vec![10, 255]));
        assert_eq!(bytes_of("0af"), None);
        assert_eq!(bytes_of("zz"), None);
    }
}
