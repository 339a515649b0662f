//! The world outside the tenant: what people there have received, and their answers.

use bytes::Bytes;
use serde_json::{Value, json};

use super::http::Order;
use super::{Control, ControlError, Delivery};
use crate::mail;
use crate::mailbox::DeliverOptions;
use crate::submissions::{OutsideMail, settle};

impl Control {
    /// What people outside have received, with a number above `after`, in order of arrival.
    pub fn outside(&self, after: u64) -> Vec<OutsideMail> {
        let mut world = self.sim.world();
        settle(&mut world);
        world.submissions.outside().iter().filter(|mail| mail.number > after).cloned().collect()
    }

    /// Somebody outside answers what they have received: into the inbox of whoever sent it.
    ///
    /// # Errors
    /// No mail of that number, or its sender has no mailbox here.
    pub fn answer_from_outside(&self, number: u64, text: &str) -> Result<Delivery, ControlError> {
        let received = self.outside(number.saturating_sub(1)).into_iter().next();
        let received = received.filter(|mail| mail.number == number).ok_or_else(|| ControlError::NotFound(format!("mail {number}")))?;
        let original = mail::parse(received.raw)?;
        let field = |name: &str| original.properties.get(name).cloned().unwrap_or(Value::Null);
        let sender = field("from")["emailAddress"]["address"].as_str().unwrap_or_default().to_owned();
        let subject = field("subject").as_str().unwrap_or_default().to_owned();
        let now = self.sim.now();
        let id = format!("<answer.{number}.{}@outside.example>", now.as_millisecond());
        let raw = format!(
            "From: <{}>\r\nTo: <{sender}>\r\nSubject: RE: {subject}\r\nDate: {}\r\nMessage-ID: {id}\r\nIn-Reply-To: {}\r\n\
             References: {}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n",
            received.address,
            now.strftime("%a, %d %b %Y %H:%M:%S +0000"),
            received.message_id,
            received.message_id,
        );
        self.deliver_mime(&sender, "inbox", Bytes::from(raw), DeliverOptions::default())
    }
}

/// `/_sim/outside`
pub(super) fn obey(control: &Control, order: &Order<'_>, method: &str, rest: &[&str]) -> Option<Result<(u16, Value), ControlError>> {
    match (method, rest) {
        ("GET", []) => {
            let after = order.query("after").and_then(|text| text.parse().ok()).unwrap_or(0);
            let value: Vec<Value> = control.outside(after).iter().map(shown).collect();
            Some(Ok((200, json!({ "value": value }))))
        }
        ("POST", [number, "answer"]) => {
            let text = order.body::<Value>().ok().and_then(|body| body["text"].as_str().map(str::to_owned)).unwrap_or_default();
            let number = number.parse().unwrap_or(0);
            Some(control.answer_from_outside(number, &text).map(|delivery| (201, json!({"id": delivery.id}))))
        }
        _ => None,
    }
}

fn shown(mail: &OutsideMail) -> Value {
    json!({
        "number": mail.number, "address": mail.address, "at": mail.at, "internetMessageId": mail.message_id,
        "mime": String::from_utf8_lossy(&mail.raw),
    })
}
