//! Replies and forwards as Outlook begins them: recipients, subject, quoted text, and the fields that tie them to the original
//! (reference: Graph, section 3.5).
//!
//! Works on messages in Graph's JSON and keeps nothing. Who may be answered and what is done with it is decided elsewhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};

/// How a message is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerKind {
    /// To whom it is from, or to whom it asks to be answered.
    Reply,
    /// To everybody on it but oneself.
    ReplyAll,
    /// To others, with its files.
    Forward,
}

/// Who answers.
#[derive(Debug, Clone, Copy)]
pub struct Author<'a> {
    /// The addresses that are the author's own.
    pub addresses: &'a [String],
    /// The mailbox's language, such as `en-US`.
    pub locale: &'a str,
}

/// The answer to a message, with `comment` as it stands above the quoted text. `number` is not used for another answer.
pub fn answer(original: &Value, kind: AnswerKind, author: Author<'_>, comment: &str, number: u64) -> Value {
    let (to, cc) = recipients(original, kind, author.addresses);
    let subject = original["subject"].as_str().unwrap_or_default();
    json!({
        "subject": format!("{} {}", prefix(kind, author.locale), without_prefix(subject)),
        "body": {"contentType": "html", "content": body(original, comment)},
        "toRecipients": to,
        "ccRecipients": cc,
        "importance": original["importance"],
        "internetMessageHeaders": ties(original, number),
        "attachments": files(original, kind),
    })
}

/// Where a comment goes: right behind the opening of the body.
fn body(original: &Value, comment: &str) -> String {
    format!(
        "<html><head></head><body>{comment}<hr tabindex=\"-1\" style=\"display:inline-block; width:98%\">\
         <div id=\"divRplyFwdMsg\" dir=\"ltr\">{}<div>&nbsp;</div></div>{}</body></html>",
        particulars(original),
        inside_of_body(original["body"]["content"].as_str().unwrap_or_default()),
    )
}

/// From, sent, to, copy, subject of the original.
fn particulars(original: &Value) -> String {
    let sent = original["sentDateTime"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
    let sent = sent.map(|sent| sent.strftime("%A, %B %-d, %Y %-I:%M:%S %p").to_string()).unwrap_or_default();
    let subject = original["subject"].as_str().unwrap_or_default().to_owned();
    let lines = [
        ("From", parties(&json!([original["from"]]))),
        ("Sent", sent),
        ("To", parties(&original["toRecipients"])),
        ("Cc", parties(&original["ccRecipients"])),
        ("Subject", subject),
    ];
    let lines = lines.iter().filter(|(name, value)| *name == "Subject" || !value.is_empty());
    let lines: Vec<String> = lines.map(|(name, value)| format!("<b>{name}:</b> {}", escaped(value))).collect();
    format!("<font face=\"Calibri, sans-serif\" color=\"#000000\" style=\"font-size:11pt\">{}</font>", lines.join("<br>"))
}

fn parties(list: &Value) -> String {
    let shown = list.as_array().into_iter().flatten().filter_map(|party| {
        let address = party["emailAddress"]["address"].as_str()?;
        let name = party["emailAddress"]["name"].as_str().filter(|name| !name.is_empty() && *name != address);
        Some(name.map_or_else(|| address.to_owned(), |name| format!("{name} <{address}>")))
    });
    shown.collect::<Vec<_>>().join("; ")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What stands between the tags of the body; the whole when there are none.
fn inside_of_body(html: &str) -> &str {
    let small = html.to_ascii_lowercase();
    let start = small.find("<body").and_then(|open| small[open..].find('>').map(|end| open + end + 1)).unwrap_or(0);
    let end = small.rfind("</body").filter(|end| *end >= start).unwrap_or(html.len());
    &html[start..end]
}

/// The mark before the subject, in the mailbox's language (reference 3.5, uncertain).
fn prefix(kind: AnswerKind, locale: &str) -> &'static str {
    let language = locale.split('-').next().unwrap_or_default();
    let (reply, forward) = match language {
        "de" => ("AW:", "WG:"),
        "fr" => ("RE:", "TR:"),
        "es" => ("RE:", "RV:"),
        "sv" => ("SV:", "VB:"),
        _ => ("RE:", "FW:"),
    };
    if kind == AnswerKind::Forward { forward } else { reply }
}

/// The subject without the mark that it has: up to three letters, a colon and a blank ([MS-OXCMSG], `PidTagSubjectPrefix`).
fn without_prefix(subject: &str) -> &str {
    match subject.split_once(": ") {
        Some((mark, rest)) if (1..=3).contains(&mark.chars().count()) && mark.chars().all(char::is_alphabetic) => rest,
        _ => subject,
    }
}

/// To whom, and to whom as a copy.
fn recipients(original: &Value, kind: AnswerKind, own: &[String]) -> (Vec<Value>, Vec<Value>) {
    let list = |name: &str| original[name].as_array().cloned().unwrap_or_default();
    let asked = list("replyTo");
    let author = if asked.is_empty() && original["from"].is_object() { vec![original["from"].clone()] } else { asked };
    match kind {
        AnswerKind::Forward => (Vec::new(), Vec::new()),
        AnswerKind::Reply => (author, Vec::new()),
        AnswerKind::ReplyAll => {
            let mut seen: Vec<String> = own.iter().map(|address| address.to_lowercase()).collect();
            let mut others = |list: Vec<Value>| -> Vec<Value> { list.into_iter().filter(|party| is_new(&mut seen, party)).collect() };
            let to = others(author.into_iter().chain(list("toRecipients")).collect());
            let cc = others(list("ccRecipients"));
            (to, cc)
        }
    }
}

fn is_new(seen: &mut Vec<String>, party: &Value) -> bool {
    let address = party["emailAddress"]["address"].as_str().unwrap_or_default().to_lowercase();
    let new = !seen.contains(&address);
    seen.push(address);
    new
}

/// In-Reply-To, References and Thread-Index (five bytes more for each level; reference 3.1 and 3.5).
fn ties(original: &Value, number: u64) -> Vec<Value> {
    let id = original["internetMessageId"].as_str().unwrap_or_default();
    let earlier = header(original, "References").or_else(|| header(original, "In-Reply-To")).unwrap_or_default();
    let references = format!("{earlier} {id}").trim().to_owned();
    let mut ties = vec![json!({"name": "In-Reply-To", "value": id}), json!({"name": "References", "value": references})];
    let index = original["conversationIndex"].as_str().and_then(|text| STANDARD.decode(text).ok());
    if let Some(mut index) = index.filter(|index| index.len() >= 22) {
        index.extend_from_slice(&number.to_be_bytes()[3..]);
        ties.push(json!({"name": "Thread-Index", "value": STANDARD.encode(index)}));
    }
    ties
}

fn header<'a>(message: &'a Value, name: &str) -> Option<&'a str> {
    let mut headers = message["internetMessageHeaders"].as_array()?.iter();
    headers.find(|header| header["name"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(name)))?["value"].as_str()
}

/// A forward takes all files along, a reply those that the text shows (reference 3.5, uncertain).
fn files(original: &Value, kind: AnswerKind) -> Vec<Value> {
    let all = original["attachments"].as_array().into_iter().flatten();
    all.filter(|file| kind == AnswerKind::Forward || file["isInline"] == true).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(address: &str) -> Value {
        json!({"emailAddress": {"name": address, "address": address}})
    }

    fn addresses(list: &Value) -> Vec<&str> {
        list.as_array().unwrap().iter().map(|party| party["emailAddress"]["address"].as_str().unwrap()).collect()
    }

    fn answered(original: &Value, kind: AnswerKind) -> Value {
        let own = ["Me@a.example".to_owned()];
        answer(original, kind, Author { addresses: &own, locale: "en-US" }, "<p>c</p>", 7)
    }

    #[test]
    fn everybody_but_oneself_is_answered_once() {
        let mut original = json!({"subject": "Re: Pumps", "from": party("x@b"), "toRecipients": [party("me@A.example"), party("y@b")],
            "ccRecipients": [party("Y@b"), party("z@b")]});
        let all = answered(&original, AnswerKind::ReplyAll);
        assert_eq!((addresses(&all["toRecipients"]), addresses(&all["ccRecipients"])), (vec!["x@b", "y@b"], vec!["z@b"]));
        assert_eq!(all["subject"], "RE: Pumps");
        original["replyTo"] = json!([party("list@b")]);
        assert_eq!(addresses(&answered(&original, AnswerKind::Reply)["toRecipients"]), ["list@b"]);
        let forward = answered(&original, AnswerKind::Forward);
        assert_eq!((addresses(&forward["toRecipients"]).len(), &forward["subject"]), (0, &json!("FW: Pumps")));
    }

    #[test]
    fn the_comment_stands_above_the_quoted_text() {
        let original = json!({"from": party("x@b"), "body": {"content": "<HTML><body style='a'><b>old</b></body></HTML>"}});
        let text = answered(&original, AnswerKind::Reply)["body"]["content"].as_str().unwrap().to_owned();
        let (comment, quoted) = text.split_once("<hr").unwrap();
        assert!(comment.ends_with("<body><p>c</p>") && quoted.contains("divRplyFwdMsg"), "{text}");
        assert!(quoted.ends_with("</div><b>old</b></body></html>"), "{text}");
    }

    #[test]
    fn only_a_short_word_before_the_colon_is_a_mark() {
        for (subject, rest) in
            [("AW: a", "a"), ("Re: Fw: a", "Fw: a"), ("Note: a", "Note: a"), ("10: a", "10: a"), ("a", "a"), ("Re:a", "Re:a")]
        {
            assert_eq!(without_prefix(subject), rest);
        }
    }
}
