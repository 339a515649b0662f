//! `mailboxSettings` and its parts, read and changed (reference: Graph, section 3.12; Microsoft's page user-update-mailboxsettings).
//!
//! Automatic replies can be scheduled for the future only. A time zone is a Windows or an IANA name.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::access;
use super::authoring::no_such_word;
use super::call::{Call, Owner};
use super::drafts::{bad, body, mailbox};
use super::reply::Reply;
use crate::Refusal;
use crate::directory::{User, UserKind};
use crate::mailbox::{AutomaticReplies, ExternalAudience, Mailbox, MailboxSettings, ReplyStatus, WellKnown};

const DAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const DELEGATE_DELIVERY: [&str; 3] = ["sendToDelegateAndInformationToPrincipal", "sendToDelegateAndPrincipal", "sendToDelegateOnly"];
/// The parts that a GET can name.
pub const PARTS: [&str; 8] = [
    "automaticRepliesSetting",
    "dateFormat",
    "delegateMeetingMessageDeliveryOptions",
    "language",
    "timeFormat",
    "timeZone",
    "userPurpose",
    "workingHours",
];

/// `GET …/mailboxSettings`, or one part of it.
///
/// # Errors
/// 403 without the permission, 404.
pub fn get(call: &Call<'_>, owner: &Owner, part: Option<&str>) -> Result<Reply, Refusal> {
    let user = access::open_settings(call.world, call.caller, owner)?;
    let all = shown(user, &call.world.mailboxes[&user.id]);
    let path = format!("{}/mailboxSettings", call.owner_context(owner));
    let Some(part) = part else { return Ok(answered(call, &path, all)) };
    let context = format!("{path}/{part}");
    match all.get(part).cloned() {
        Some(Value::Object(fields)) => Ok(answered(call, &context, fields)),
        value => Ok(answered(call, &context, Map::from_iter([("value".to_owned(), value.unwrap_or(Value::Null))]))),
    }
}

/// `PATCH …/mailboxSettings`: what is named is changed.
///
/// # Errors
/// 400 `RequestBodyRead`, `InvalidTimeZone`, `ErrorInvalidTimeSettings`, `InvalidArguments`; 403.
pub fn change(call: &mut Call<'_>, owner: &Owner) -> Result<Reply, Refusal> {
    let user = access::open_to_set(call.world, call.caller, owner)?.clone();
    let Value::Object(wanted) = body(call)? else { return Err(bad("The settings are a JSON object.")) };
    let now = call.world.now();
    let mailbox = mailbox(call.world, &user.id)?;
    let mut settings = mailbox.settings().clone();
    for (name, value) in &wanted {
        set(&mut settings, name, value, now)?;
    }
    mailbox.set_settings(settings);
    let path = format!("{}/mailboxSettings", call.owner_context(owner));
    Ok(answered(call, &path, shown(&user, &call.world.mailboxes[&user.id])))
}

fn answered(call: &Call<'_>, context: &str, fields: Map<String, Value>) -> Reply {
    let mut all = Map::from_iter([("@odata.context".to_owned(), json!(call.context(context)))]);
    all.extend(fields);
    Reply::json(Value::Object(all).to_string())
}

fn set(settings: &mut MailboxSettings, name: &str, value: &Value, now: Timestamp) -> Result<(), Refusal> {
    let text = || value.as_str().filter(|text| !text.is_empty()).map(str::to_owned).ok_or_else(|| invalid_arguments(name));
    match name {
        "automaticRepliesSetting" => set_replies(&mut settings.automatic_replies, value, now)?,
        "timeZone" => settings.time_zone = known_zone(&text()?)?,
        "language" => settings.locale = locale(value)?,
        "dateFormat" => settings.date_format = text()?,
        "timeFormat" => settings.time_format = text()?,
        "delegateMeetingMessageDeliveryOptions" => {
            let word = text()?;
            let known = DELEGATE_DELIVERY.into_iter().find(|known| known.eq_ignore_ascii_case(&word));
            settings.delegate_delivery = known.ok_or_else(|| no_such_word(&word, name))?.to_owned();
        }
        "workingHours" => settings.working_hours = working_hours(&settings.working_hours, value)?,
        "archiveFolder" | "userPurpose" => {
            return Err(Refusal::new(400, "ErrorInvalidPropertySet", format!("Property '{name}' is read-only.")));
        }
        name if name.starts_with('@') => {}
        name => {
            let text = format!("The property '{name}' does not exist on type 'microsoft.graph.mailboxSettings'.");
            return Err(Refusal::new(400, "RequestBodyRead", text));
        }
    }
    Ok(())
}

fn set_replies(replies: &mut AutomaticReplies, wanted: &Value, now: Timestamp) -> Result<(), Refusal> {
    let text = |name: &str| wanted[name].as_str();
    if let Some(word) = text("status") {
        replies.status = ReplyStatus::read(word).ok_or_else(|| no_such_word(word, "status"))?;
    }
    if let Some(word) = text("externalAudience") {
        replies.audience = ExternalAudience::read(word).ok_or_else(|| no_such_word(word, "externalAudience"))?;
    }
    for (name, message) in
        [("internalReplyMessage", &mut replies.internal_message), ("externalReplyMessage", &mut replies.external_message)]
    {
        *message = text(name).map_or_else(|| std::mem::take(message), str::to_owned);
    }
    for (name, time) in [("scheduledStartDateTime", &mut replies.start), ("scheduledEndDateTime", &mut replies.end)] {
        if !wanted[name].is_null() {
            *time = instant(&wanted[name])?;
        }
    }
    if replies.status == ReplyStatus::Scheduled && (replies.start >= replies.end || replies.end <= now) {
        return Err(Refusal::new(400, "ErrorInvalidTimeSettings", "Automatic replies can only be scheduled for a time in the future."));
    }
    Ok(())
}

/// A `dateTimeTimeZone` as an instant.
fn instant(value: &Value) -> Result<Timestamp, Refusal> {
    let zone = zone(value["timeZone"].as_str().unwrap_or("UTC"))?;
    let civil = value["dateTime"].as_str().and_then(|text| text.trim_end_matches('Z').parse::<DateTime>().ok());
    let zoned = civil.and_then(|civil| civil.to_zoned(zone).ok());
    zoned.map(|zoned| zoned.timestamp()).ok_or_else(|| Refusal::new(400, "ErrorInvalidTimeSettings", "The time is malformed."))
}

fn zone(name: &str) -> Result<TimeZone, Refusal> {
    crate::zones::zone(name).ok_or_else(|| Refusal::new(400, "InvalidTimeZone", format!("The time zone '{name}' is not supported.")))
}

fn known_zone(name: &str) -> Result<String, Refusal> {
    zone(name).map(|_| name.to_owned())
}

fn locale(value: &Value) -> Result<String, Refusal> {
    let locale = value["locale"].as_str().unwrap_or_default();
    let parts: Vec<&str> = locale.split('-').collect();
    let good = parts.iter().all(|part| (2..=8).contains(&part.len()) && part.chars().all(|letter| letter.is_ascii_alphanumeric()));
    if good && parts[0].len() <= 3 { Ok(locale.to_owned()) } else { Err(invalid_arguments("language")) }
}

/// Working hours with what is wanted laid over them.
fn working_hours(known: &Value, wanted: &Value) -> Result<Value, Refusal> {
    let mut hours = known.clone();
    let Value::Object(wanted) = wanted else { return Err(invalid_arguments("workingHours")) };
    for (name, value) in wanted {
        let good = match name.as_str() {
            "daysOfWeek" => value.as_array().is_some_and(|days| days.iter().all(|day| day.as_str().is_some_and(|day| DAYS.contains(&day)))),
            "startTime" | "endTime" => value.as_str().is_some_and(|text| text.parse::<jiff::civil::Time>().is_ok()),
            "timeZone" => zone(value["name"].as_str().unwrap_or_default()).map(|_| true)?,
            _ => name.starts_with('@'),
        };
        if !good {
            return Err(invalid_arguments("workingHours"));
        }
        hours[name] = value.clone();
    }
    let time = |name: &str| hours[name].as_str().and_then(|text| text.parse::<jiff::civil::Time>().ok());
    match (time("startTime"), time("endTime")) {
        (Some(start), Some(end)) if start < end => {
            for (name, time) in [("startTime", start), ("endTime", end)] {
                hours[name] = json!(time.strftime("%H:%M:%S.0000000").to_string());
            }
            Ok(hours)
        }
        _ => Err(Refusal::new(400, "ErrorInvalidTimeSettings", "The working day ends after it begins.")),
    }
}

fn invalid_arguments(name: &str) -> Refusal {
    Refusal::new(400, "InvalidArguments", format!("The value of '{name}' is invalid."))
}

fn shown(user: &User, mailbox: &Mailbox) -> Map<String, Value> {
    let settings = mailbox.settings();
    let replies = &settings.automatic_replies;
    let purpose = if user.kind == UserKind::Shared { "shared" } else { "user" };
    let all = json!({
        "archiveFolder": mailbox.folder_id(mailbox.well_known(WellKnown::Archive).number),
        "timeZone": settings.time_zone,
        "delegateMeetingMessageDeliveryOptions": settings.delegate_delivery,
        "dateFormat": settings.date_format,
        "timeFormat": settings.time_format,
        "userPurpose": purpose,
        "automaticRepliesSetting": {
            "status": replies.status.word(),
            "externalAudience": replies.audience.word(),
            "internalReplyMessage": replies.internal_message,
            "externalReplyMessage": replies.external_message,
            "scheduledStartDateTime": date_time(replies.start),
            "scheduledEndDateTime": date_time(replies.end),
        },
        "language": {"locale": settings.locale, "displayName": language_name(&settings.locale)},
        "workingHours": settings.working_hours,
    });
    all.as_object().cloned().unwrap_or_default()
}

/// A `dateTimeTimeZone` in UTC.
pub fn date_time(at: Timestamp) -> Value {
    json!({"dateTime": at.strftime("%Y-%m-%dT%H:%M:%S.0000000").to_string(), "timeZone": "UTC"})
}

/// The name that Outlook shows; for languages beyond the common ones the code.
pub fn language_name(locale: &str) -> String {
    let known = [
        ("en-US", "English (United States)"),
        ("en-GB", "English (United Kingdom)"),
        ("de-DE", "German (Germany)"),
        ("de-CH", "German (Switzerland)"),
        ("de-AT", "German (Austria)"),
        ("fr-FR", "French (France)"),
        ("es-ES", "Spanish (Spain)"),
        ("it-IT", "Italian (Italy)"),
        ("nl-NL", "Dutch (Netherlands)"),
        ("sv-SE", "Swedish (Sweden)"),
    ];
    known.iter().find(|(code, _)| code.eq_ignore_ascii_case(locale)).map_or(locale, |(_, name)| name).to_owned()
}
