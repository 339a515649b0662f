//! What a client writes, as JSON or as MIME in base64, made into a mail (reference: Graph, sections 3.3, 3.4 and 3.8).
//!
//! Says what is wrong with it before anything is kept. Decides neither where the mail goes nor whether it may be sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::drafts::{bad, body};
use crate::Refusal;
use crate::mail::{self, ParsedMail, compose};
use crate::mailbox::{DeliverOptions, Importance, Inference};
use crate::world::World;

/// Properties that come with a message though its text does not show them.
const BESIDE_THE_TEXT: [&str; 6] =
    ["importance", "inferenceClassification", "flag", "categories", "isReadReceiptRequested", "isDeliveryReceiptRequested"];

/// A mail that a client has written.
#[derive(Debug)]
pub struct Authored {
    /// The mail.
    pub mail: ParsedMail,
    /// Single-value extended properties: id and value.
    pub extended: Vec<(String, String)>,
}

impl Authored {
    /// How it lies in a mailbox: read, and a draft.
    pub fn options(&self, now: jiff::Timestamp) -> DeliverOptions {
        let extended = self.extended.clone();
        DeliverOptions { is_read: true, is_draft: true, received: Some(now), categories: Vec::new(), extended }
    }
}

/// Whether the request brings MIME in base64 instead of JSON.
pub fn is_mime(call: &Call<'_>) -> bool {
    call.request.header("content-type").trim_start().to_ascii_lowercase().starts_with("text/plain")
}

/// The mail that is the whole body of a request.
///
/// # Errors
/// 400 for what is no message and for headers that are not the sender's to set, 413 beyond 4 MB.
pub fn read(call: &mut Call<'_>, user: &str) -> Result<Authored, Refusal> {
    if is_mime(call) {
        return Ok(Authored { mail: from_mime(call)?, extended: Vec::new() });
    }
    let message = body(call)?;
    from_json(call, user, message)
}

/// The mail in the body of a request that brings MIME.
///
/// # Errors
/// 400 `ErrorMimeContentInvalidBase64String`, 400 for what is no mail, 413 beyond 4 MB.
pub fn from_mime(call: &Call<'_>) -> Result<ParsedMail, Refusal> {
    super::drafts::check_length(call)?;
    let mime = STANDARD
        .decode(call.request.body.trim_ascii())
        .map_err(|_| Refusal::new(400, "ErrorMimeContentInvalidBase64String", "Invalid base64 string for MIME content."))?;
    mail::parse(Bytes::from(mime)).map_err(|error| bad(&error.to_string()))
}

/// A message that a client wrote in JSON.
///
/// # Errors
/// 400 for what is no message, for a word that is none of Graph's and for headers that are not the sender's to set.
pub fn from_json(call: &mut Call<'_>, user: &str, message: Value) -> Result<Authored, Refusal> {
    let extended = checked_extended(&message)?;
    composed(call.world, user, message, extended)
}

/// The extended properties of a message whose headers are looked at too.
///
/// # Errors
/// As [`from_json`].
pub fn checked_extended(message: &Value) -> Result<Vec<(String, String)>, Refusal> {
    check_headers(message)?;
    extended(message)
}

/// The same without a look at the headers, which may be the service's own.
///
/// # Errors
/// 400 for what is no message and for a word that is none of Graph's.
pub fn composed(world: &mut World, user: &str, mut message: Value, extended: Vec<(String, String)>) -> Result<Authored, Refusal> {
    let sender = world.directory.user(user).map(|user| (user.display_name.clone(), user.address().to_owned())).unwrap_or_default();
    let fields = message.as_object_mut().ok_or_else(|| bad("a message is a JSON object"))?;
    known_word(fields, "importance", |word| Importance::read(word).is_some())?;
    known_word(fields, "inferenceClassification", |word| Inference::read(word).is_some())?;
    check_flag(fields.get("flag"))?;
    default(fields, "from", || json!({"emailAddress": {"name": sender.0, "address": sender.1}}));
    let id = extended.iter().find(|(id, _)| id.eq_ignore_ascii_case("String 0x1035")).map(|(_, value)| value.clone());
    let domain = sender.1.rsplit('@').next().unwrap_or("sim.example").to_owned();
    let made = world.ids.guid().to_uppercase();
    default(fields, "internetMessageId", || json!(id.unwrap_or_else(|| format!("<{made}@{domain}>"))));
    default(fields, "internetMessageHeaders", || json!([]));
    for (tag, name) in [("String 0x1042", "In-Reply-To"), ("String 0x1039", "References")] {
        let value = extended.iter().find(|(id, _)| id.eq_ignore_ascii_case(tag));
        if let (Some((_, value)), Some(list)) = (value, fields.get_mut("internetMessageHeaders").and_then(Value::as_array_mut)) {
            list.retain(|header| !header["name"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(name)));
            list.push(json!({"name": name, "value": value}));
        }
    }
    let now = world.now();
    let raw = compose::draft(&message, world.ids.next_u64(), now).map_err(|error| bad(error.0))?;
    let mut mail = mail::parse(raw).map_err(|error| bad(&error.to_string()))?;
    let given = BESIDE_THE_TEXT.iter().filter_map(|name| Some(((*name).to_owned(), message.get(*name)?.clone())));
    mail.properties.extend(given.filter(|(_, value)| !value.is_null()));
    Ok(Authored { mail, extended })
}

/// Single-value extended properties in a message's JSON: id and value.
///
/// # Errors
/// 400 for one without either.
pub fn extended(message: &Value) -> Result<Vec<(String, String)>, Refusal> {
    let listed = message["singleValueExtendedProperties"].as_array().map(Vec::as_slice).unwrap_or_default();
    let one = |property: &Value| Some((property["id"].as_str()?.to_owned(), property["value"].as_str()?.to_owned()));
    listed.iter().map(|property| one(property).ok_or_else(|| bad("an extended property has an id and a value"))).collect()
}

/// A follow-up flag has one of three words, and no end without a beginning (reference 3.1, uncertain).
///
/// # Errors
/// 400 `RequestBodyRead` for another word, 400 `ErrorInvalidRequest` for a lone `dueDateTime`.
pub fn check_flag(flag: Option<&Value>) -> Result<(), Refusal> {
    let Some(flag) = flag.filter(|flag| !flag.is_null()) else { return Ok(()) };
    let word = flag["flagStatus"].as_str().unwrap_or("notFlagged");
    if !["notFlagged", "flagged", "complete"].contains(&word) {
        return Err(no_such_word(word, "flagStatus"));
    }
    let there = |name: &str| !flag[name].is_null();
    if there("dueDateTime") && !there("startDateTime") { Err(bad("A flag with a due date has a start date.")) } else { Ok(()) }
}

/// The refusal of a word that an enumeration does not have.
pub fn no_such_word(word: &str, name: &str) -> Refusal {
    Refusal::new(400, "RequestBodyRead", format!("Requested value '{word}' was not found for '{name}'."))
}

fn known_word(fields: &Map<String, Value>, name: &str, known: impl Fn(&str) -> bool) -> Result<(), Refusal> {
    match fields.get(name).filter(|value| !value.is_null()) {
        Some(value) if !value.as_str().is_some_and(known) => Err(no_such_word(value.as_str().unwrap_or_default(), name)),
        _ => Ok(()),
    }
}

fn default(fields: &mut Map<String, Value>, name: &str, value: impl FnOnce() -> Value) {
    if fields.get(name).is_none_or(Value::is_null) {
        fields.insert(name.to_owned(), value());
    }
}

/// At most five headers, all of the sender's own kind (reference 3.8).
fn check_headers(message: &Value) -> Result<(), Refusal> {
    let headers = message["internetMessageHeaders"].as_array().map(Vec::as_slice).unwrap_or_default();
    if headers.len() > 5 {
        let text = "Maximum number of headers in one message should be less than or equal to 5.";
        return Err(Refusal::new(400, "InvalidInternetMessageHeaderCollection", text));
    }
    let name = |header: &Value| header["name"].as_str().unwrap_or_default().to_owned();
    match headers.iter().map(name).find(|name| !name.to_lowercase().starts_with("x-")) {
        None => Ok(()),
        Some(name) => {
            let text = format!("The internet message header name '{name}' should start with 'x-' or 'X-'.");
            Err(Refusal::new(400, "InvalidInternetMessageHeader", text))
        }
    }
}
