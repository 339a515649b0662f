//! A message given as Graph JSON becomes MIME, so that every message of a mailbox has both forms.
//!
//! The MIME is then read like any other mail; what JSON says about being in a mailbox (read, draft, flag,
//! categories) is laid on top. Unknown names are refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::store::DeliverOptions;
use crate::mail::{self, ParsedMail};

/// What a message given as JSON may have.
const NAMES: [&str; 21] = [
    "@odata.type",
    "subject",
    "body",
    "from",
    "sender",
    "toRecipients",
    "ccRecipients",
    "bccRecipients",
    "replyTo",
    "sentDateTime",
    "receivedDateTime",
    "internetMessageId",
    "importance",
    "inferenceClassification",
    "internetMessageHeaders",
    "attachments",
    "isRead",
    "isDraft",
    "flag",
    "categories",
    "hasAttachments",
];

/// Reads a message given as Graph JSON. `number` makes the Message-ID when there is none.
///
/// # Errors
/// A sentence that names what is wrong.
pub fn from_json(json: &Map<String, Value>, number: u64, now: Timestamp) -> Result<(ParsedMail, DeliverOptions), String> {
    if let Some(name) = json.keys().find(|name| !NAMES.contains(&name.as_str())) {
        return Err(format!("A message has no property '{name}' that can be given."));
    }
    let raw = mime(json, number, now)?;
    let mut parsed = mail::parse(Bytes::from(raw)).map_err(|unreadable| unreadable.to_string())?;
    for name in ["flag", "inferenceClassification", "importance"] {
        if let Some(value) = json.get(name) {
            parsed.properties.insert(name.to_owned(), value.clone());
        }
    }
    let truth = |name: &str| json.get(name).and_then(Value::as_bool).unwrap_or(false);
    let categories = json.get("categories").and_then(Value::as_array).into_iter().flatten();
    let options = DeliverOptions {
        is_read: truth("isRead"),
        is_draft: truth("isDraft"),
        received: time(json, "receivedDateTime")?,
        categories: categories.filter_map(Value::as_str).map(str::to_owned).collect(),
    };
    Ok((parsed, options))
}

fn mime(json: &Map<String, Value>, number: u64, now: Timestamp) -> Result<String, String> {
    let mut head = String::new();
    let sent = time(json, "sentDateTime")?.or(time(json, "receivedDateTime")?).unwrap_or(now);
    let mut line = |name: &str, value: &str| head.push_str(&format!("{name}: {value}\r\n"));
    line("Date", &sent.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string());
    for (property, name) in [
        ("from", "From"),
        ("sender", "Sender"),
        ("toRecipients", "To"),
        ("ccRecipients", "Cc"),
        ("bccRecipients", "Bcc"),
        ("replyTo", "Reply-To"),
    ] {
        let people = people(json.get(property))?;
        if !people.is_empty() {
            line(name, &people.join(",\r\n "));
        }
    }
    if let Some(subject) = json.get("subject").and_then(Value::as_str) {
        line("Subject", &words(subject));
    }
    let own_id = format!("<{number:016x}@simulated.example>");
    line("Message-ID", json.get("internetMessageId").and_then(Value::as_str).unwrap_or(&own_id));
    if let Some(importance) = json.get("importance").and_then(Value::as_str) {
        line("Importance", importance);
    }
    for header in json.get("internetMessageHeaders").and_then(Value::as_array).into_iter().flatten() {
        let part = |name: &str| header.get(name).and_then(Value::as_str).unwrap_or_default().replace(['\r', '\n'], " ");
        line(&part("name"), &part("value"));
    }
    line("MIME-Version", "1.0");
    Ok(head + &content(json, number)?)
}

/// The body, in a multipart when there are attachments.
fn content(json: &Map<String, Value>, number: u64) -> Result<String, String> {
    let body = json.get("body").and_then(Value::as_object);
    let field = |name: &str| body.and_then(|body| body.get(name)).and_then(Value::as_str);
    let kind = if field("contentType").is_some_and(|kind| kind.eq_ignore_ascii_case("html")) { "html" } else { "plain" };
    let text = part(&format!("Content-Type: text/{kind}; charset=utf-8\r\n"), field("content").unwrap_or_default().as_bytes());
    let attachments = json.get("attachments").and_then(Value::as_array).filter(|list| !list.is_empty());
    let Some(attachments) = attachments else { return Ok(text) };
    let boundary = format!("sim-{number:016x}");
    let mut out = format!("Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n{text}");
    for attachment in attachments {
        out.push_str(&format!("\r\n--{boundary}\r\n{}", attached(attachment)?));
    }
    out.push_str(&format!("\r\n--{boundary}--\r\n"));
    Ok(out)
}

fn attached(attachment: &Value) -> Result<String, String> {
    let field = |name: &str| attachment.get(name).and_then(Value::as_str);
    let name = field("name").ok_or("An attachment needs a name.")?.replace(['"', '\r', '\n'], "_");
    let encoded = field("contentBytes").ok_or("An attachment needs contentBytes.")?;
    let bytes = STANDARD.decode(encoded).map_err(|_| format!("The contentBytes of '{name}' are not base64."))?;
    let disposition = if attachment.get("isInline").and_then(Value::as_bool) == Some(true) { "inline" } else { "attachment" };
    let mut head = format!("Content-Type: {}\r\n", field("contentType").unwrap_or("application/octet-stream"));
    head.push_str(&format!("Content-Disposition: {disposition}; filename=\"{}\"\r\n", words(&name)));
    if let Some(id) = field("contentId") {
        head.push_str(&format!("Content-ID: <{id}>\r\n"));
    }
    Ok(part(&head, &bytes))
}

fn part(head: &str, bytes: &[u8]) -> String {
    let encoded = STANDARD.encode(bytes);
    let mut out = format!("{head}Content-Transfer-Encoding: base64\r\n\r\n");
    for line in encoded.as_bytes().chunks(76) {
        out.push_str(std::str::from_utf8(line).expect("base64 is ASCII"));
        out.push_str("\r\n");
    }
    out
}

/// One person or several as header values.
fn people(value: Option<&Value>) -> Result<Vec<String>, String> {
    let list = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
    };
    list.iter().map(person).collect()
}

fn person(person: &Value) -> Result<String, String> {
    let field = |name: &str| person["emailAddress"][name].as_str().map(|text| text.replace(['\r', '\n'], " "));
    let address = field("address").ok_or("A person needs emailAddress.address.")?;
    match field("name").filter(|name| !name.is_empty() && *name != address) {
        Some(name) if name.is_ascii() => Ok(format!("\"{}\" <{address}>", name.replace('\\', "\\\\").replace('"', "\\\""))),
        Some(name) => Ok(format!("{} <{address}>", words(&name))),
        None => Ok(format!("<{address}>")),
    }
}

/// Encoded words where the text is not plain ASCII, each within a line's length.
fn words(text: &str) -> String {
    let text = text.replace(['\r', '\n'], " ");
    if text.is_ascii() {
        return text;
    }
    let mut words = vec![String::new()];
    for letter in text.chars() {
        let last = words.last_mut().expect("there is always one");
        if last.len() + letter.len_utf8() > 40 {
            words.push(letter.to_string());
        } else {
            last.push(letter);
        }
    }
    let encoded: Vec<String> = words.iter().map(|word| format!("=?utf-8?b?{}?=", STANDARD.encode(word))).collect();
    encoded.join("\r\n ")
}

fn time(json: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, String> {
    let Some(text) = json.get(name).and_then(Value::as_str) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| format!("{name} is no time: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(json: Value) -> Result<(ParsedMail, DeliverOptions), String> {
        from_json(json.as_object().unwrap(), 7, "2026-03-02T08:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_message_given_as_json_reads_back_the_same() {
        let long = "Grüße aus Zürich, Köln und Ålesund: Angebot für 300 Dichtungen";
        let given = json!({
            "subject": long, "isRead": true, "categories": ["Red"], "body": {"contentType": "html", "content": "<p>é</p>"},
            "from": {"emailAddress": {"name": "Jürgen \"J\" Groß", "address": "j@kunde.example"}},
            "toRecipients": [{"emailAddress": {"name": "Anna, Sales", "address": "anna@contoso.example"}}],
            "attachments": [{"name": "a.txt", "contentType": "text/plain", "contentBytes": "aGVsbG8="}],
            "internetMessageHeaders": [{"name": "In-Reply-To", "value": "<1@x>"}],
        });
        let (mail, options) = read(given).unwrap();
        assert_eq!(mail.properties["subject"], long);
        assert_eq!(mail.properties["from"]["emailAddress"]["name"], "Jürgen \"J\" Groß");
        assert_eq!(mail.properties["toRecipients"][0]["emailAddress"]["name"], "Anna, Sales");
        assert_eq!(mail.properties["body"]["content"].as_str().unwrap().trim_end(), "<p>é</p>");
        assert_eq!((mail.attachments.len(), mail.attachments[0].name.as_str()), (1, "a.txt"));
        assert_eq!((options.is_read, options.categories.as_slice()), (true, &["Red".to_owned()][..]));
    }

    #[test]
    fn unknown_names_and_bad_values_are_refused() {
        assert!(read(json!({"subjekt": "x"})).unwrap_err().contains("subjekt"));
        assert!(read(json!({"from": {"address": "a@b"}})).is_err());
        assert!(read(json!({"receivedDateTime": "yesterday"})).is_err());
    }
}
