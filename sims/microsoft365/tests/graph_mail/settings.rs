//! What a mailbox's owner sets, the replies that go out by themselves, and what others are told beforehand.

use http::Method;
use microsoft365_sim::Caller;
use serde_json::{Value, json};

use crate::sending::{party, pass, post, rows};
use crate::world::{ANNA, Answer, BEN, SALES, World, world, world_with};
use crate::writing::text;

const SETTINGS: &str = "/me/mailboxSettings";

fn owner(world: &World) -> Caller {
    world.person(&["MailboxSettings.ReadWrite"])
}

async fn set(world: &World, body: Value) -> Answer {
    world.call(&owner(world), Method::PATCH, SETTINGS, &[("content-type", "application/json")], &body.to_string()).await
}

async fn seen(world: &World) -> Value {
    world.get_as(&owner(world), SETTINGS).await.json()
}

async fn away(world: &World, more: Value) {
    let mut replies = json!({"status": "alwaysEnabled", "internalReplyMessage": "<p>in</p>", "externalReplyMessage": "<p>out</p>"});
    replies.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    assert_eq!(set(world, json!({"automaticRepliesSetting": replies})).await.status, 200);
}

#[tokio::test]
async fn settings_are_read_whole_and_in_parts_and_changed_one_by_one() {
    let world = world();
    let before = seen(&world).await;
    assert_eq!(
        (&before["timeZone"], &before["userPurpose"], &before["language"]["locale"]),
        (&json!("UTC"), &json!("user"), &json!("en-US"))
    );
    assert_eq!(before["automaticRepliesSetting"]["status"], "disabled");
    assert_eq!(before["archiveFolder"], world.get("/me/mailFolders/archive").await.json()["id"]);
    let wanted = json!({
        "timeZone": "W. Europe Standard Time", "language": {"locale": "de-DE"}, "dateFormat": "dd.MM.yyyy", "timeFormat": "HH:mm",
        "delegateMeetingMessageDeliveryOptions": "sendToDelegateAndPrincipal",
        "workingHours": {"daysOfWeek": ["monday"], "startTime": "09:30:00", "timeZone": {"name": "Europe/Berlin"}},
    });
    let changed = set(&world, wanted).await;
    assert_eq!(changed.status, 200);
    let after = seen(&world).await;
    for name in ["timeZone", "language", "dateFormat", "timeFormat", "delegateMeetingMessageDeliveryOptions", "workingHours"] {
        assert_eq!(changed.json()[name], after[name], "{name}");
        assert_ne!(after[name], before[name], "{name}");
    }
    assert_eq!(after["language"], json!({"locale": "de-DE", "displayName": "German (Germany)"}));
    let hours = &after["workingHours"];
    assert_eq!((&hours["startTime"], &hours["endTime"]), (&json!("09:30:00.0000000"), &json!("17:00:00.0000000")));
    assert_eq!(after["automaticRepliesSetting"], before["automaticRepliesSetting"]);
    assert_eq!(world.get_as(&owner(&world), &format!("{SETTINGS}/timeZone")).await.json()["value"], "W. Europe Standard Time");
    let part = world.get_as(&owner(&world), &format!("{SETTINGS}/workingHours")).await.json();
    assert_eq!(part["startTime"], hours["startTime"]);
    let shared = world.get_as(&world.app(&["MailboxSettings.Read"]), &format!("/users/{SALES}/mailboxSettings/userPurpose")).await;
    assert_eq!(shared.json()["value"], "shared");
}

#[tokio::test]
async fn bad_settings_are_refused_and_change_nothing() {
    let world = world();
    let before = seen(&world).await;
    let past = json!({"dateTime": "2001-01-01T00:00:00", "timeZone": "UTC"});
    let scheduled = |start: Value, end: Value| json!({"status": "scheduled", "scheduledStartDateTime": start, "scheduledEndDateTime": end});
    let cases = [
        (json!({"timeZone": "Middle Earth Standard Time"}), "InvalidTimeZone"),
        (json!({"language": {"locale": "?"}}), "InvalidArguments"),
        (json!({"workingHours": {"daysOfWeek": ["mon"]}}), "InvalidArguments"),
        (json!({"workingHours": {"startTime": "18:00:00"}}), "ErrorInvalidTimeSettings"),
        (json!({"automaticRepliesSetting": {"status": "maybe"}}), "RequestBodyRead"),
        (json!({"automaticRepliesSetting": scheduled(past.clone(), past)}), "ErrorInvalidTimeSettings"),
        (json!({"userPurpose": "room"}), "ErrorInvalidPropertySet"),
        (json!({"colour": "red"}), "RequestBodyRead"),
    ];
    for (body, code) in cases {
        let both = json!({"dateFormat": "changed"})
            .as_object()
            .unwrap()
            .iter()
            .chain(body.as_object().unwrap())
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        let answer = set(&world, Value::Object(both)).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, code), "{body}");
    }
    assert_eq!(seen(&world).await, before);
    let reader = world.person(&["MailboxSettings.Read"]);
    assert_eq!(world.get_as(&reader, SETTINGS).await.status, 200);
    let denied = world.call(&reader, Method::PATCH, SETTINGS, &[("content-type", "application/json")], "{}").await;
    assert_eq!((denied.status, denied.code().as_str()), (403, "ErrorAccessDenied"));
    assert_eq!(world.get_as(&reader, &format!("/users/{SALES}/mailboxSettings")).await.status, 403, "another's settings stay shut");
}

#[tokio::test]
async fn everybody_gets_one_automatic_reply_of_their_kind() {
    let world = world();
    away(&world, json!({})).await;
    for (from, subject) in [(BEN, "a"), (BEN, "b"), ("x@away.example", "c")] {
        world.deliver_with("inbox", json!({"subject": subject, "from": party(from)}));
    }
    pass(&world);
    let inbox = rows(&world, BEN, "inbox").await;
    assert_eq!(inbox.len(), 1);
    assert_eq!((&inbox[0]["subject"], &inbox[0]["from"]["emailAddress"]["address"]), (&json!("Automatic reply: a"), &json!(ANNA)));
    assert!(text(&inbox[0]["body"], "content").contains("<p>in</p>"));
    let outside = world.control().outside(0);
    assert_eq!((outside.len(), outside[0].address.as_str()), (1, "x@away.example"));
    assert!(String::from_utf8_lossy(&outside[0].raw).contains("Auto-Submitted: auto-generated\r\n"));
    assert!(rows(&world, ANNA, "sentitems").await.is_empty());
    away(&world, json!({"internalReplyMessage": "<p>later</p>"})).await;
    world.deliver_with("inbox", json!({"subject": "d", "from": party(BEN)}));
    pass(&world);
    assert_eq!(rows(&world, BEN, "inbox").await.len(), 2, "other replies begin anew");
}

#[tokio::test]
async fn programs_lists_and_the_wrong_audience_get_no_reply() {
    let world = world();
    away(&world, json!({"externalAudience": "none"})).await;
    world.deliver_with("inbox", json!({"from": party("x@away.example")}));
    away(&world, json!({"externalAudience": "all"})).await;
    for header in ["Auto-Submitted: auto-replied", "List-Id: <l.away.example>", "X-Auto-Response-Suppress: OOF", "Precedence: bulk"] {
        world.mime(&format!("From: x@away.example\r\nSubject: s\r\n{header}\r\n\r\nx"));
    }
    pass(&world);
    assert!(world.control().outside(0).is_empty());
    let until = (world.sim.now() + jiff::SignedDuration::from_hours(2)).strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let from = (world.sim.now() + jiff::SignedDuration::from_hours(1)).strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let time = |text: &str| json!({"dateTime": text, "timeZone": "UTC"});
    away(&world, json!({"status": "scheduled", "scheduledStartDateTime": time(&from), "scheduledEndDateTime": time(&until)})).await;
    world.mime("From: x@away.example\r\nSubject: early\r\n\r\nx");
    world.control().advance_clock(std::time::Duration::from_secs(5400));
    world.mime("From: x@away.example\r\nSubject: in time\r\n\r\nx");
    pass(&world);
    let outside = world.control().outside(0);
    assert_eq!(outside.len(), 1);
    assert!(String::from_utf8_lossy(&outside[0].raw).contains("Subject: Automatic reply: in time"));
}

#[tokio::test]
async fn the_language_marks_replies_and_forwards() {
    let world = world();
    set(&world, json!({"language": {"locale": "de-DE"}})).await;
    let id = world.deliver_with("inbox", json!({"subject": "Re: Pumpen", "from": party(BEN)})).id;
    let writer = world.person(&["Mail.ReadWrite"]);
    let reply = post(&world, &writer, &format!("/me/messages/{id}/createReply"), &Value::Null).await.json();
    let forward = post(&world, &writer, &format!("/me/messages/{id}/createForward"), &json!({"toRecipients": [party(BEN)]})).await.json();
    assert_eq!((&reply["subject"], &forward["subject"]), (&json!("AW: Pumpen"), &json!("WG: Pumpen")));
}

#[tokio::test]
async fn mail_tips_tell_of_absence_size_and_scope() {
    let world = world_with(|config| config.graph.message_bytes_max = 1_000_000);
    away(&world, json!({})).await;
    let options = "automaticReplies, mailboxFullStatus,maxMessageSize, recipientScope, externalMemberCount";
    let body = json!({"EmailAddresses": [ANNA, BEN, "x@away.example", "nobody@contoso.example"], "MailTipsOptions": options});
    let asked = post(&world, &world.reader(), "/me/getMailTips", &body).await;
    assert_eq!(asked.status, 200);
    let tips = asked.json()["value"].clone();
    assert_eq!(tips[0]["emailAddress"], json!({"name": "Anna Berg", "address": ANNA}));
    let message = |tip: &Value| text(&tip["automaticReplies"], "message");
    assert_eq!((message(&tips[0]), message(&tips[1]), message(&tips[2])), ("<p>in</p>".to_owned(), String::new(), String::new()));
    assert_eq!((&tips[0]["maxMessageSize"], &tips[0]["mailboxFull"]), (&json!(1_000_000), &json!(false)));
    assert_eq!((&tips[1]["recipientScope"], &tips[2]["recipientScope"]), (&json!("internal"), &json!("external")));
    assert_eq!((&tips[3]["error"]["code"], tips[3].get("mailboxFull")), (&json!("RecipientNotFound"), None));
    assert!(tips[0].get("isModerated").is_none(), "only what was asked for");
    let bad = json!({"EmailAddresses": [ANNA], "MailTipsOptions": "weather"});
    assert_eq!(post(&world, &world.reader(), "/me/getMailTips", &bad).await.status, 400);
    let denied = post(&world, &world.person(&["User.Read"]), "/me/getMailTips", &body).await;
    assert_eq!((denied.status, denied.code().as_str()), (403, "ErrorAccessDenied"));
}
