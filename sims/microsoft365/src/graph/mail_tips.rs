//! `getMailTips`: what is good to know before one writes to somebody (reference: Graph, section 3.12; Microsoft's page
//! user-getmailtips). Only mailboxes of the tenant say anything; others are external and fine.

use serde_json::{Map, Value, json};

use super::access;
use super::authoring::no_such_word;
use super::call::{Call, Owner};
use super::drafts::{bad, body};
use super::mailbox_settings::{date_time, language_name};
use super::reply::Reply;
use crate::Refusal;
use crate::directory::User;
use crate::mailbox::ReplyStatus;

const OPTIONS: [&str; 10] = [
    "automaticReplies",
    "mailboxFullStatus",
    "customMailTip",
    "externalMemberCount",
    "totalMemberCount",
    "maxMessageSize",
    "deliveryRestriction",
    "moderationStatus",
    "recipientScope",
    "recipientSuggestions",
];

/// `POST …/getMailTips`
///
/// # Errors
/// 403 without the permission, 400 for an option that is none.
pub fn get(call: &Call<'_>, owner: &Owner) -> Result<Reply, Refusal> {
    access::open_for_tips(call.world, call.caller, owner)?;
    let Value::Object(wanted) = body(call)? else { return Err(bad("The parameters are a JSON object.")) };
    let get = |name: &str| wanted.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let addresses = get("EmailAddresses").and_then(Value::as_array).ok_or_else(|| bad("EmailAddresses is a list."))?;
    let options = read_options(get("MailTipsOptions").and_then(Value::as_str).unwrap_or_default())?;
    let tips: Vec<Value> = addresses.iter().filter_map(Value::as_str).map(|address| tip(call, address, &options).into()).collect();
    let context = call.context("Collection(microsoft.graph.mailTips)");
    Ok(Reply::json(json!({"@odata.context": context, "value": tips}).to_string()))
}

fn read_options(text: &str) -> Result<Vec<&'static str>, Refusal> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    let options = words.map(|word| {
        let known = OPTIONS.into_iter().find(|known| known.eq_ignore_ascii_case(word));
        known.ok_or_else(|| no_such_word(word, "MailTipsOptions"))
    });
    let options: Vec<_> = options.collect::<Result<_, _>>()?;
    if options.is_empty() { Err(bad("MailTipsOptions names at least one option.")) } else { Ok(options) }
}

fn tip(call: &Call<'_>, address: &str, options: &[&str]) -> Map<String, Value> {
    let world = &call.world;
    let user = world.directory.user(address).filter(|user| user.tenant_id == call.caller.tenant_id);
    let own_domain = world.directory.tenant(address.rsplit('@').next().unwrap_or_default());
    let is_own = user.is_some() || own_domain.is_some_and(|tenant| tenant.id == call.caller.tenant_id);
    let name = user.map(|user| user.display_name.as_str()).unwrap_or_default();
    let mut tip = Map::from_iter([("emailAddress".to_owned(), json!({"name": name, "address": address}))]);
    if is_own && user.is_none_or(|user| !user.has_mailbox()) {
        tip.insert("error".to_owned(), json!({"code": "RecipientNotFound", "message": "The recipient was not found."}));
        return tip;
    }
    for option in options {
        let (name, value) = match *option {
            "automaticReplies" => ("automaticReplies", user.map_or_else(|| json!({"message": ""}), |user| replies(call, user))),
            "mailboxFullStatus" => ("mailboxFull", json!(false)),
            "customMailTip" => ("customMailTip", json!("")),
            "externalMemberCount" => ("externalMemberCount", json!(if is_own { 0 } else { 1 })),
            "totalMemberCount" => ("totalMemberCount", json!(1)),
            "maxMessageSize" => ("maxMessageSize", json!(i32::try_from(call.config().message_bytes_max()).unwrap_or(i32::MAX))),
            "deliveryRestriction" => ("deliveryRestricted", json!(false)),
            "moderationStatus" => ("isModerated", json!(false)),
            "recipientScope" => ("recipientScope", json!(if is_own { "internal" } else { "external" })),
            _ => ("recipientSuggestions", json!([])),
        };
        tip.insert(name.to_owned(), value);
    }
    tip
}

/// What a colleague is told automatically at this time; an empty message if nothing.
fn replies(call: &Call<'_>, user: &User) -> Value {
    let settings = call.world.mailboxes[&user.id].settings();
    let replies = &settings.automatic_replies;
    let message = replies.message_for(true).filter(|_| replies.apply_at(call.world.now())).unwrap_or_default();
    let mut tip = json!({"message": message});
    if !message.is_empty() {
        tip["messageLanguage"] = json!({"locale": settings.locale, "displayName": language_name(&settings.locale)});
    }
    if !message.is_empty() && replies.status == ReplyStatus::Scheduled {
        (tip["scheduledStartTime"], tip["scheduledEndTime"]) = (date_time(replies.start), date_time(replies.end));
    }
    tip
}
