//! Mail that reaches an inbox: its rules run, what they want sent on is sent, and an automatic reply goes back
//! (reference: Graph, section 3.12).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::directory::User;
use crate::mail::{self, AnswerKind, Author, ParsedMail, answer, compose};
use crate::mailbox::{DeliverOptions, ItemNumber, LOOP_HEADER, Message, Onward, Property};
use crate::submissions;
use crate::world::World;

/// Takes a mail in; `None` if the user, named by object id, has no mailbox.
pub fn arrive(world: &mut World, user: &str, mail: ParsedMail, options: DeliverOptions) -> Option<ItemNumber> {
    let now = world.now();
    let own = world.directory.user(user).map(User::names)?;
    let mailbox = world.mailboxes.get_mut(user)?;
    let (item, onward) = mailbox.take_in(mail, options, &own, now);
    let message = mailbox.message(item)?.clone();
    send_on(world, user, &message, &own, onward);
    reply_automatically(world, user, &message, now);
    Some(item)
}

fn send_on(world: &mut World, user: &str, message: &Message, own: &[String], onward: Onward) {
    if onward == Onward::default() {
        return;
    }
    let passed = headers(message, LOOP_HEADER);
    if own.iter().any(|own| passed.iter().any(|header| header.eq_ignore_ascii_case(own))) {
        return;
    }
    let Some(address) = world.directory.user(user).map(|user| user.address().to_owned()) else { return };
    if !onward.redirect_to.is_empty() {
        let raw = [format!("{LOOP_HEADER}: {address}\r\n").as_bytes(), &message.raw].concat();
        submissions::deliver(world, user, &onward.redirect_to, &Bytes::from(raw), world.now());
    }
    let locale = world.mailboxes.get(user).map(|mailbox| mailbox.settings().locale.clone()).unwrap_or_default();
    let author = Author { addresses: own, locale: &locale };
    let number = world.ids.next_u64();
    let forward = || answer(&compose::of_message(message), AnswerKind::Forward, author, "", number);
    let mut mails = Vec::new();
    if !onward.forward_to.is_empty() {
        mails.push((forward(), onward.forward_to));
    }
    if !onward.attach_to.is_empty() {
        let mut around = forward();
        around["body"] = json!({"contentType": "html", "content": ""});
        let name = message.text(Property::Subject).unwrap_or_default();
        around["attachments"] = json!([{"name": name, "contentType": "message/rfc822", "contentBytes": STANDARD.encode(&message.raw)}]);
        mails.push((around, onward.attach_to));
    }
    for (mut mail, to) in mails {
        mail["toRecipients"] = to.iter().map(|address| json!({"emailAddress": {"address": address}})).collect();
        if let Some(list) = mail["internetMessageHeaders"].as_array_mut() {
            let all = passed.iter().chain([&address]);
            list.extend(all.map(|value| json!({"name": LOOP_HEADER, "value": value})));
        }
        submit(world, user, mail, false);
    }
}

/// Once for each sender, until the replies are set anew; never to a program, a list or a report.
fn reply_automatically(world: &mut World, user: &str, message: &Message, now: Timestamp) {
    let replies = world.mailboxes.get(user).map(|mailbox| mailbox.settings().automatic_replies.clone());
    let Some(replies) = replies.filter(|replies| replies.apply_at(now)) else { return };
    let from = message.document.value(Property::From);
    let sender = from["emailAddress"]["address"].as_str().unwrap_or_default().to_lowercase();
    let Some(own) = world.directory.user(user).filter(|_| !sender.is_empty() && is_personal(message)) else { return };
    let tenant = world.directory.tenant(sender.rsplit('@').next().unwrap_or_default());
    let is_colleague = tenant.is_some_and(|tenant| tenant.id == own.tenant_id);
    let Some(text) = replies.message_for(is_colleague) else { return };
    if !world.mailboxes.get_mut(user).is_some_and(|mailbox| mailbox.note_automatic_reply(&sender)) {
        return;
    }
    let id = message.text(Property::InternetMessageId).unwrap_or_default();
    let header = |name: &str, value: &str| json!({"name": name, "value": value});
    let reply = json!({
        "subject": format!("Automatic reply: {}", message.text(Property::Subject).unwrap_or_default()),
        "body": {"contentType": "html", "content": text},
        "toRecipients": [from],
        "internetMessageHeaders": [
            header("In-Reply-To", &id), header("References", &id),
            header("Auto-Submitted", "auto-generated"), header("X-Auto-Response-Suppress", "All"),
        ],
    });
    submit(world, user, reply, false);
}

/// Whether a person wrote it to people.
fn is_personal(message: &Message) -> bool {
    let none = |name: &str| headers(message, name).is_empty();
    headers(message, "Auto-Submitted").iter().all(|value| value.eq_ignore_ascii_case("no"))
        && ["X-Auto-Response-Suppress", "List-Id", "List-Unsubscribe", "Precedence"].into_iter().all(none)
}

fn headers(message: &Message, name: &str) -> Vec<String> {
    let all = message.document.value(Property::InternetMessageHeaders);
    let named =
        all.as_array().into_iter().flatten().filter(|header| header["name"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(name)));
    named.filter_map(|header| Some(header["value"].as_str()?.to_owned())).collect()
}

/// Sends a mail of the mailbox's own making; `kept`: a copy of it goes into Sent Items.
pub fn submit(world: &mut World, user: &str, mut json: Value, kept: bool) {
    let now = world.now();
    let Some(own) = world.directory.user(user) else { return };
    let party = json!({"emailAddress": {"name": own.display_name, "address": own.address()}});
    let domain = own.address().rsplit('@').next().unwrap_or("sim.example").to_owned();
    json["from"] = party.clone();
    json["internetMessageId"] = Value::from(format!("<{}@{domain}>", world.ids.guid().to_uppercase()));
    let raw = compose::draft(&json, world.ids.next_u64(), now);
    let Some(mail) = raw.ok().and_then(|raw| mail::parse(raw).ok()) else { return };
    let Some(mailbox) = world.mailboxes.get_mut(user) else { return };
    let options = DeliverOptions { is_read: true, is_draft: true, received: Some(now), ..DeliverOptions::default() };
    let message = mailbox.write_aside(mail, options, now);
    submissions::submit_aside(world, user, message, (party.clone(), party), kept);
}
