//! The envelope: what is posted. A JSON object that is both an event of CloudEvents 1.0 in structured form
//! (<https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md>) and a payload of Standard Webhooks
//! (`type`, `timestamp`, `data`). It is sent as `application/json`, which every receiver reads.
//!
//! `id` with `source` names the event, the same for every endpoint and every replay; the header `webhook-id` names the
//! delivery. `sequence` counts what this endpoint is told with the same `partitionkey` (a mailbox, or the workspace), from 1
//! without gaps. `data` holds ids and the event's own details, and the noun itself only where the endpoint asked for it.

use base::Timestamp;
use model::event::{About, Event, EventKind};
use model::id::{MailboxId, WorkspaceId};
use serde_json::{Map, Value, json};
use url::Url;

use crate::expand::Shown;

/// Where the API shows one noun of a kind, below the server's address.
const fn collection(about: About) -> &'static str {
    match about {
        About::Mailbox => "mailboxes",
        About::Folder => "folders",
        About::Message => "messages",
        About::Thread => "threads",
        About::Person => "people",
        About::Customer => "customers",
        About::Contact => "contacts",
        About::Endpoint => "endpoints",
        About::Delivery => "deliveries",
        About::Outgoing => "outbox",
        About::CalendarEvent => "calendar-events",
        About::CalendarIntent => "calendar-intents",
        About::Archive => "archives",
    }
}

const fn noun(about: About) -> &'static str {
    match about {
        About::Mailbox => "mailbox",
        About::Folder => "folder",
        About::Message => "message",
        About::Thread => "thread",
        About::Person => "person",
        About::Customer => "customer",
        About::Contact => "contact",
        About::Endpoint => "endpoint",
        About::Delivery => "delivery",
        About::Outgoing => "outgoing",
        About::CalendarEvent => "calendar_event",
        About::CalendarIntent => "calendar_intent",
        About::Archive => "archive",
    }
}

/// What is posted about an event: `base_url` is this server's address, `sequence` the delivery's place in its stream, if
/// there is a delivery.
pub fn envelope(base_url: &Url, event: &Event, sequence: Option<i64>, replay: bool, shown: Shown) -> Value {
    let about = event.kind.about();
    let subject = about.id(event.subject);
    let mut data = Map::new();
    data.insert("object".to_owned(), noun(about).into());
    data.insert("id".to_owned(), subject.clone().into());
    data.insert("mailbox_id".to_owned(), json!(event.mailbox));
    data.insert("url".to_owned(), at(base_url, &format!("{}/{subject}", collection(about))).into());
    if !shown.details.is_null() {
        data.insert("details".to_owned(), shown.details);
    }
    if let Some(whole) = shown.noun {
        data.insert(noun(about).to_owned(), whole);
    }
    let partition = event.mailbox.map_or_else(|| event.workspace.to_string(), |mailbox| mailbox.to_string());
    let mut envelope = json!({
        "specversion": "1.0",
        "id": event.seq.to_string(),
        "source": at(base_url, &format!("workspaces/{}", event.workspace)),
        "type": event.kind.name(),
        "subject": subject,
        "time": event.at,
        "timestamp": event.at,
        "datacontenttype": "application/json",
        "partitionkey": partition,
        "data": data,
    });
    if let Some(sequence) = sequence {
        envelope["sequence"] = sequence.to_string().into();
        envelope["sequencetype"] = "Integer".into();
    }
    if replay {
        envelope["replay"] = Value::Bool(true);
    }
    envelope
}

/// What is posted about events of this kind, with made-up ids: for a receiver's author, and for Zapier before anything has
/// happened.
pub fn sample(base_url: &Url, kind: EventKind) -> Value {
    let mailbox = MailboxId::from_number(0x1234_5678_9ABC);
    let of_mailbox = matches!(kind.about(), About::Mailbox | About::Folder | About::Message);
    let event = Event {
        workspace: WorkspaceId::from_number(1),
        seq: 42,
        mailbox: of_mailbox.then_some(mailbox),
        mailbox_seq: 7,
        kind,
        subject: if kind.about() == About::Mailbox { mailbox.number() } else { 0x00AB_CDEF_1234_5678 },
        at: Timestamp::from_millis(1_767_323_045_000),
        backfill: false,
        data: Value::Null,
    };
    envelope(base_url, &event, Some(7), false, Shown::default())
}

fn at(base_url: &Url, path: &str) -> String {
    format!("{}/api/v1/{path}", base_url.as_str().trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base_url() -> Url {
        Url::parse("https://rapport.contoso.example").unwrap()
    }

    #[test]
    fn an_envelope_has_the_attributes_of_cloudevents_and_of_standard_webhooks() {
        let envelope = sample(&base_url(), EventKind::MessageReceived);
        let expected = json!({
            "specversion": "1.0",
            "id": "42",
            "source": "https://rapport.contoso.example/api/v1/workspaces/wsp_0000000000001",
            "type": "message.received",
            "subject": "msg_05F6YXW938NKR",
            "time": "2026-01-02T03:04:05Z",
            "timestamp": "2026-01-02T03:04:05Z",
            "datacontenttype": "application/json",
            "partitionkey": "mbx_00000J6HB7H3W",
            "sequence": "7",
            "sequencetype": "Integer",
            "data": {
                "object": "message",
                "id": "msg_05F6YXW938NKR",
                "mailbox_id": "mbx_00000J6HB7H3W",
                "url": "https://rapport.contoso.example/api/v1/messages/msg_05F6YXW938NKR",
            },
        });
        assert_eq!(envelope["subject"].as_str().unwrap().len(), 17);
        let fixed = |mut value: Value| {
            for path in ["subject", "partitionkey"] {
                value[path] = Value::Null;
            }
            for path in ["id", "mailbox_id", "url"] {
                value["data"][path] = Value::Null;
            }
            value
        };
        assert_eq!(envelope["data"]["id"], envelope["subject"]);
        assert_eq!(envelope["data"]["mailbox_id"], envelope["partitionkey"]);
        assert_eq!(fixed(envelope), fixed(expected));
    }

    #[test]
    fn what_concerns_the_workspace_has_the_workspace_as_its_partition() {
        let envelope = sample(&base_url(), EventKind::ThreadCreated);
        assert_eq!(envelope["partitionkey"], "wsp_0000000000001");
        assert_eq!(envelope["data"]["mailbox_id"], Value::Null);
    }

    #[test]
    fn a_replay_says_so_and_an_expanded_noun_stands_under_its_name() {
        let event = Event {
            workspace: WorkspaceId::from_number(1),
            seq: 9,
            mailbox: None,
            mailbox_seq: 1,
            kind: EventKind::ThreadSplit,
            subject: 5,
            at: Timestamp::EPOCH,
            backfill: false,
            data: Value::Null,
        };
        let shown = Shown { details: json!({"reason": "by hand"}), noun: Some(json!({"subject": "Offer"})) };
        let envelope = envelope(&base_url(), &event, Some(3), true, shown);
        assert_eq!(envelope["replay"], true);
        assert_eq!(envelope["data"]["thread"]["subject"], "Offer");
        assert_eq!(envelope["data"]["details"]["reason"], "by hand");
    }
}
