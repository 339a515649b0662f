//! Notices of Amazon SES, which are JSON in the body of a mail: bounce, complaint and delivery.
//!
//! Source: Amazon SES, "Amazon SNS notification contents for Amazon SES".

use serde_json::Value;

use super::fields::Field;
use super::{Kind, Told, original, status};

/// A notice of Amazon SES.
#[derive(Debug)]
pub(super) struct AmazonNotice(Value);

impl AmazonNotice {
    /// The notice in a text, if it begins one.
    pub(super) fn read(text: &str) -> Option<Self> {
        let start = text.trim_start();
        if !start.starts_with('{') {
            return None;
        }
        let json = start.replace(['\r', '\n'], "");
        let value = serde_json::Deserializer::from_str(&json).into_iter::<Value>().next()?.ok()?;
        // By way of SNS, the notice is a text within its own JSON.
        let inner = value["Message"].as_str().and_then(|inner| serde_json::from_str(inner).ok());
        let notice = AmazonNotice(inner.unwrap_or(value));
        notice.kind().map(|_| notice)
    }

    /// What it is about.
    pub(super) fn kind(&self) -> Option<Kind> {
        let name = self.0["notificationType"].as_str().or_else(|| self.0["eventType"].as_str())?;
        match name {
            "Bounce" => Some(Kind::Failed),
            "Complaint" => Some(Kind::Complaint),
            "Delivery" => Some(Kind::Delivered),
            "DeliveryDelay" => Some(Kind::Delayed),
            _ => None,
        }
    }

    /// What it tells of each recipient.
    pub(super) fn told(&self) -> Vec<Told> {
        let kind = self.kind();
        let lists = [&self.0["bounce"]["bouncedRecipients"], &self.0["complaint"]["complainedRecipients"]];
        let named = lists.into_iter().flat_map(|list| list.as_array().into_iter().flatten());
        let mut told: Vec<Told> = named
            .map(|one| Told {
                recipient: one["emailAddress"].as_str().map(str::to_owned),
                action: kind,
                status: one["status"].as_str().and_then(status::enhanced),
                diagnostic: text(&one["diagnosticCode"]).trim_start_matches("smtp;").trim().to_owned(),
                ..Told::default()
            })
            .collect();
        let delivery = &self.0["delivery"];
        told.extend(delivery["recipients"].as_array().into_iter().flatten().map(|one| Told {
            recipient: one.as_str().map(str::to_owned),
            action: kind,
            diagnostic: text(&delivery["smtpResponse"]).to_owned(),
            ..Told::default()
        }));
        told
    }

    /// Headers of the mail that it is about.
    pub(super) fn original(&self) -> Vec<Field> {
        let headers = self.0["mail"]["headers"].as_array().into_iter().flatten();
        let mut found: Vec<Field> = headers.map(|one| (text(&one["name"]).to_ascii_lowercase(), text(&one["value"]).to_owned())).collect();
        let common = text(&self.0["mail"]["commonHeaders"]["messageId"]);
        if let Some(id) = original::message_id(common) {
            found.push(("message-id".to_owned(), id));
        }
        found
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
