//! Mail that invites to a meeting, answers an invitation or calls one off.
//!
//! Such mail lies in mail folders as a type derived from message (reference: Graph, sections 3.1 and 13.33).
//! What is read from its calendar part: the method, start and end, place, whether it recurs. Times are given
//! in UTC where the zone is known, else in the zone that the mail names.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::document::Derived;
use crate::mail::{AttachmentKind, ParsedAttachment};

/// One line of a calendar: name, parameters, value.
struct Line<'a> {
    name: &'a str,
    parameters: &'a str,
    value: &'a str,
}

/// What the calendar part among a mail's attachments makes of it.
pub fn derive(attachments: &[ParsedAttachment]) -> Option<Derived> {
    let calendar = attachments.iter().find_map(|attachment| match &attachment.kind {
        AttachmentKind::File(bytes) if attachment.content_type.starts_with("text/calendar") => Some(bytes),
        _ => None,
    })?;
    let text = unfolded(&String::from_utf8_lossy(calendar));
    let lines: Vec<Line<'_>> = text.lines().filter_map(line).collect();
    let method = find(&lines, "METHOD")?.value.trim().to_ascii_uppercase();
    let event = event(&lines)?;
    let (kind, message_type) = match method.as_str() {
        "REQUEST" => ("eventMessageRequest", "meetingRequest"),
        "CANCEL" => ("eventMessage", "meetingCancelled"),
        "REPLY" => ("eventMessageResponse", answered(event)?.0),
        _ => return None,
    };
    let mut properties = described(event);
    properties.insert("meetingMessageType".to_owned(), json!(message_type));
    match kind {
        "eventMessageRequest" => {
            let request = json!({
                "previousLocation": null, "previousStartDateTime": null, "previousEndDateTime": null,
                "responseRequested": true, "allowNewTimeProposals": true, "meetingRequestType": "newMeetingRequest",
            });
            properties.extend(request.as_object().cloned().unwrap_or_default());
        }
        "eventMessageResponse" => {
            properties.insert("responseType".to_owned(), json!(answered(event)?.1));
            properties.insert("proposedNewTime".to_owned(), Value::Null);
        }
        _ => {}
    }
    Some(Derived { odata_type: format!("#microsoft.graph.{kind}"), properties })
}

/// The lines of the first event.
fn event<'a, 'b>(lines: &'b [Line<'a>]) -> Option<&'b [Line<'a>]> {
    let is = |line: &Line<'_>, name: &str| line.name.eq_ignore_ascii_case(name) && line.value.trim().eq_ignore_ascii_case("VEVENT");
    let start = lines.iter().position(|line| is(line, "BEGIN"))?;
    let length = lines[start..].iter().position(|line| is(line, "END"))?;
    Some(&lines[start..start + length])
}

fn described(event: &[Line<'_>]) -> Map<String, Value> {
    let start = find(event, "DTSTART");
    let is_all_day = start.is_some_and(|line| line.value.trim().len() == 8);
    let recurs = find(event, "RRULE").is_some();
    let location = find(event, "LOCATION").map(|line| line.value.replace("\\,", ",").replace("\\;", ";"));
    let json = json!({
        "startDateTime": start.and_then(moment),
        "endDateTime": find(event, "DTEND").and_then(moment),
        "location": location.map(|name| json!({"displayName": name, "locationType": "default", "uniqueIdType": "unknown"})),
        "type": if recurs { "seriesMaster" } else { "singleInstance" },
        "recurrence": null,
        "isAllDay": is_all_day,
        "isDelegated": false,
        "isOutOfDate": false,
    });
    json.as_object().cloned().unwrap_or_default()
}

/// The words of Graph for what an answer says; one of them is spelt like this there.
fn answered(event: &[Line<'_>]) -> Option<(&'static str, &'static str)> {
    let attendee = find(event, "ATTENDEE")?.parameters.to_ascii_uppercase();
    let said = attendee.split(';').find_map(|parameter| parameter.strip_prefix("PARTSTAT="))?;
    match said {
        "ACCEPTED" => Some(("meetingAccepted", "accepted")),
        "TENTATIVE" => Some(("meetingTenativelyAccepted", "tentativelyAccepted")),
        "DECLINED" => Some(("meetingDeclined", "declined")),
        _ => None,
    }
}

fn moment(line: &Line<'_>) -> Option<Value> {
    let text = line.value.trim();
    let zone = line.parameters.split(';').find_map(|parameter| parameter.strip_prefix("TZID=")).map(|zone| zone.trim_matches('"'));
    let (time, is_utc) = match text.strip_suffix('Z') {
        Some(bare) => (DateTime::strptime("%Y%m%dT%H%M%S", bare).ok()?, true),
        None if text.len() == 8 => (Date::strptime("%Y%m%d", text).ok()?.to_datetime(jiff::civil::Time::midnight()), true),
        None => (DateTime::strptime("%Y%m%dT%H%M%S", text).ok()?, zone.is_none()),
    };
    let known = zone.filter(|_| !is_utc).and_then(crate::zones::zone);
    let in_utc = known.and_then(|zone| Some(time.to_zoned(zone).ok()?.with_time_zone(TimeZone::UTC).datetime()));
    let (time, zone) = match (in_utc, is_utc) {
        (Some(time), _) => (time, "UTC"),
        (None, true) => (time, "UTC"),
        (None, false) => (time, zone.unwrap_or("UTC")),
    };
    Some(json!({"dateTime": time.strftime("%Y-%m-%dT%H:%M:%S.0000000").to_string(), "timeZone": zone}))
}

fn find<'a, 'b>(lines: &'b [Line<'a>], name: &str) -> Option<&'b Line<'a>> {
    lines.iter().find(|line| line.name.eq_ignore_ascii_case(name))
}

fn line(text: &str) -> Option<Line<'_>> {
    let (head, value) = text.split_once(':')?;
    let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
    Some(Line { name, parameters, value })
}

/// Folded lines are joined.
fn unfolded(text: &str) -> String {
    text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "")
}
