//! Inbox rules: listed, made, changed, deleted (reference: Graph, section 3.12; Microsoft's pages mailfolder-post-messagerules,
//! messagerulepredicates, messageruleactions). What they do to mail is the mailbox's business.
//!
//! No page names the codes of refused rules: `ErrorInboxRulesValidationError` is Exchange's response code for one, and
//! `RequestBodyRead` is what every unknown property and word gets (uncertain).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::access;
use super::call::{Call, Owner, encode_key};
use super::drafts::{bad, body, mailbox};
use super::messages::{folder_number, not_found, refusal};
use super::reply::Reply;
use crate::Refusal;
use crate::mailbox::{InboxRule, Mailbox, WellKnown};

/// What a value must be.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Texts,
    Parties,
    Truth,
    Word(&'static [&'static str]),
    Range,
    Folder,
}

const IMPORTANCE: Kind = Kind::Word(&["low", "normal", "high"]);
const SENSITIVITY: Kind = Kind::Word(&["normal", "personal", "private", "confidential"]);
const ACTION_FLAG: Kind = Kind::Word(&[
    "any",
    "call",
    "doNotForward",
    "followUp",
    "fyi",
    "forward",
    "noResponseNecessary",
    "read",
    "reply",
    "replyToAll",
    "review",
]);

/// `messageRulePredicates`
const PREDICATES: [(&str, Kind); 29] = [
    ("bodyContains", Kind::Texts),
    ("bodyOrSubjectContains", Kind::Texts),
    ("categories", Kind::Texts),
    ("fromAddresses", Kind::Parties),
    ("hasAttachments", Kind::Truth),
    ("headerContains", Kind::Texts),
    ("importance", IMPORTANCE),
    ("isApprovalRequest", Kind::Truth),
    ("isAutomaticForward", Kind::Truth),
    ("isAutomaticReply", Kind::Truth),
    ("isEncrypted", Kind::Truth),
    ("isMeetingRequest", Kind::Truth),
    ("isMeetingResponse", Kind::Truth),
    ("isNonDeliveryReport", Kind::Truth),
    ("isPermissionControlled", Kind::Truth),
    ("isReadReceipt", Kind::Truth),
    ("isSigned", Kind::Truth),
    ("isVoicemail", Kind::Truth),
    ("messageActionFlag", ACTION_FLAG),
    ("notSentToMe", Kind::Truth),
    ("recipientContains", Kind::Texts),
    ("senderContains", Kind::Texts),
    ("sensitivity", SENSITIVITY),
    ("sentCcMe", Kind::Truth),
    ("sentOnlyToMe", Kind::Truth),
    ("sentToAddresses", Kind::Parties),
    ("sentToMe", Kind::Truth),
    ("sentToOrCcMe", Kind::Truth),
    ("subjectContains", Kind::Texts),
];
/// The one predicate with a value of its own shape.
const SIZE_RANGE: (&str, Kind) = ("withinSizeRange", Kind::Range);

/// `messageRuleActions`
const ACTIONS: [(&str, Kind); 11] = [
    ("assignCategories", Kind::Texts),
    ("copyToFolder", Kind::Folder),
    ("delete", Kind::Truth),
    ("forwardAsAttachmentTo", Kind::Parties),
    ("forwardTo", Kind::Parties),
    ("markAsRead", Kind::Truth),
    ("markImportance", IMPORTANCE),
    ("moveToFolder", Kind::Folder),
    ("permanentDelete", Kind::Truth),
    ("redirectTo", Kind::Parties),
    ("stopProcessingRules", Kind::Truth),
];

/// `GET …/messageRules`
///
/// # Errors
/// 403 without the permission, 400 for another folder than the inbox.
pub fn list(call: &Call<'_>, owner: &Owner, folder: &str) -> Result<Reply, Refusal> {
    let mailbox = opened(call, owner, folder)?;
    let context = call.context(&format!("{}/mailFolders('{}')/messageRules", call.owner_context(owner), encode_key(folder)));
    let rules: Vec<Value> = mailbox.inbox_rules().iter().map(|rule| shown(mailbox, rule).into()).collect();
    Ok(Reply::json(json!({"@odata.context": context, "value": rules}).to_string()))
}

/// `GET …/messageRules/{id}`
///
/// # Errors
/// As [`list`]; 404.
pub fn get(call: &Call<'_>, owner: &Owner, folder: &str, id: &str) -> Result<Reply, Refusal> {
    let mailbox = opened(call, owner, folder)?;
    answer(call, owner, folder, mailbox, number(id)?, 200)
}

/// `POST …/messageRules`
///
/// # Errors
/// 400 for a rule without a name or an action, for unknown properties and words; 404 for a folder that is not there.
pub fn create(call: &mut Call<'_>, owner: &Owner, folder: &str) -> Result<Reply, Refusal> {
    let user = writable(call, owner, folder)?;
    let Value::Object(wanted) = body(call)? else { return Err(bad("A rule is a JSON object.")) };
    let mailbox = mailbox(call.world, &user)?;
    let last = mailbox.inbox_rules().last().map_or(0, |rule| rule.sequence);
    let (name, none) = (String::new(), Map::new());
    let blank = InboxRule {
        number: 0,
        name,
        sequence: last + 1,
        is_enabled: true,
        conditions: none.clone(),
        exceptions: none.clone(),
        actions: none,
    };
    let rule = changed(mailbox, blank, wanted)?;
    let number = mailbox.put_inbox_rule(rule);
    answer(call, owner, folder, &call.world.mailboxes[&user], number, 201)
}

/// `PATCH …/messageRules/{id}`: what is named takes the place of what was there.
///
/// # Errors
/// As [`create`]; 404.
pub fn change(call: &mut Call<'_>, owner: &Owner, folder: &str, id: &str) -> Result<Reply, Refusal> {
    let user = writable(call, owner, folder)?;
    let number = number(id)?;
    let Value::Object(wanted) = body(call)? else { return Err(bad("A rule is a JSON object.")) };
    let mailbox = mailbox(call.world, &user)?;
    let known = mailbox.inbox_rules().iter().find(|rule| rule.number == number).cloned().ok_or_else(not_found)?;
    let rule = changed(mailbox, known, wanted)?;
    mailbox.put_inbox_rule(rule);
    answer(call, owner, folder, &call.world.mailboxes[&user], number, 200)
}

/// `DELETE …/messageRules/{id}`
///
/// # Errors
/// As [`list`]; 404.
pub fn delete(call: &mut Call<'_>, owner: &Owner, folder: &str, id: &str) -> Result<Reply, Refusal> {
    let user = writable(call, owner, folder)?;
    let number = number(id)?;
    if mailbox(call.world, &user)?.remove_inbox_rule(number) { Ok(Reply::empty(204)) } else { Err(not_found()) }
}

fn opened<'a>(call: &'a Call<'_>, owner: &Owner, folder: &str) -> Result<&'a Mailbox, Refusal> {
    let user = access::open_settings(call.world, call.caller, owner)?;
    let mailbox = &call.world.mailboxes[&user.id];
    only_inbox(mailbox, folder)?;
    Ok(mailbox)
}

fn writable(call: &Call<'_>, owner: &Owner, folder: &str) -> Result<String, Refusal> {
    let user = access::open_to_set(call.world, call.caller, owner)?.id.clone();
    only_inbox(&call.world.mailboxes[&user], folder)?;
    Ok(user)
}

fn only_inbox(mailbox: &Mailbox, folder: &str) -> Result<(), Refusal> {
    let inbox = mailbox.well_known(WellKnown::Inbox).number;
    if folder_number(mailbox, folder)? == inbox { Ok(()) } else { Err(bad("Only the Inbox has message rules.")) }
}

/// A rule with what a client wants of it.
fn changed(mailbox: &Mailbox, mut rule: InboxRule, wanted: Map<String, Value>) -> Result<InboxRule, Refusal> {
    const SET_BY_THE_SERVICE: [&str; 3] = ["id", "hasError", "isReadOnly"];
    for (name, value) in wanted {
        match name.as_str() {
            "displayName" => rule.name = value.as_str().unwrap_or_default().trim().to_owned(),
            "sequence" => {
                rule.sequence = value
                    .as_i64()
                    .filter(|place| (1..=i64::from(i32::MAX)).contains(place))
                    .ok_or_else(|| bad("A sequence is a number above 0."))?
            }
            "isEnabled" => rule.is_enabled = value.as_bool().ok_or_else(|| mistyped("isEnabled"))?,
            "conditions" => rule.conditions = checked("messageRulePredicates", value)?,
            "exceptions" => rule.exceptions = checked("messageRulePredicates", value)?,
            "actions" => rule.actions = checked("messageRuleActions", value)?,
            name if SET_BY_THE_SERVICE.contains(&name) || name.starts_with('@') => {}
            name => return Err(unknown(name, "messageRule")),
        }
    }
    let invalid = |text: &str| Refusal::new(400, "ErrorInboxRulesValidationError", text);
    if rule.name.is_empty() {
        return Err(invalid("A rule has a display name."));
    }
    if rule.actions.is_empty() {
        return Err(invalid("A rule has at least one action."));
    }
    for folder in rule.folders() {
        mailbox.find_folder(folder).map_err(refusal)?;
    }
    Ok(rule)
}

/// The conditions or actions of a rule, each of its kind; what is null is left out.
fn checked(type_name: &str, value: Value) -> Result<Map<String, Value>, Refusal> {
    let fields = match value {
        Value::Null => return Ok(Map::new()),
        Value::Object(fields) => fields,
        _ => return Err(mistyped(type_name)),
    };
    let known: Vec<(&str, Kind)> = match type_name {
        "messageRuleActions" => ACTIONS.to_vec(),
        _ => PREDICATES.into_iter().chain([SIZE_RANGE]).collect(),
    };
    let mut good = Map::new();
    for (name, value) in fields.into_iter().filter(|(name, value)| !name.starts_with('@') && !value.is_null()) {
        let kind = known.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
        if !kind.ok_or_else(|| unknown(&name, type_name))?.takes(&value) {
            return Err(mistyped(&name));
        }
        good.insert(name, value);
    }
    Ok(good)
}

impl Kind {
    fn takes(self, value: &Value) -> bool {
        let all = |good: &dyn Fn(&Value) -> bool| value.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(good));
        match self {
            Self::Texts => all(&|text| text.as_str().is_some_and(|text| !text.is_empty())),
            Self::Parties => all(&|party| party["emailAddress"]["address"].as_str().is_some_and(|address| address.contains('@'))),
            Self::Truth => value.is_boolean(),
            Self::Word(words) => value.as_str().is_some_and(|word| words.iter().any(|known| known.eq_ignore_ascii_case(word))),
            Self::Range => value.as_object().is_some_and(|range| range.values().all(Value::is_u64)),
            Self::Folder => value.as_str().is_some_and(|id| !id.is_empty()),
        }
    }
}

fn unknown(name: &str, type_name: &str) -> Refusal {
    let text = format!(
        "The property '{name}' does not exist on type 'microsoft.graph.{type_name}'. Make sure to only use property names that are \
         defined by the type."
    );
    Refusal::new(400, "RequestBodyRead", text)
}

fn mistyped(name: &str) -> Refusal {
    Refusal::new(400, "RequestBodyRead", format!("The value of '{name}' is not of the expected type."))
}

/// An id is eight bytes in base64, as captured ones are.
fn id(number: u64) -> String {
    STANDARD.encode(number.to_be_bytes())
}

fn number(id: &str) -> Result<u64, Refusal> {
    let bytes = STANDARD.decode(id).ok().and_then(|bytes| <[u8; 8]>::try_from(bytes).ok());
    bytes.map(u64::from_be_bytes).ok_or_else(|| Refusal::new(400, "ErrorInvalidIdMalformed", "Id is malformed."))
}

fn shown(mailbox: &Mailbox, rule: &InboxRule) -> Map<String, Value> {
    let has_error = rule.folders().any(|folder| mailbox.find_folder(folder).is_err());
    let fields = json!({
        "id": id(rule.number), "displayName": rule.name, "sequence": rule.sequence, "isEnabled": rule.is_enabled,
        "hasError": has_error, "isReadOnly": false,
    });
    let mut fields = fields.as_object().cloned().unwrap_or_default();
    for (name, part) in [("conditions", &rule.conditions), ("exceptions", &rule.exceptions), ("actions", &rule.actions)] {
        if !part.is_empty() {
            fields.insert(name.to_owned(), Value::Object(part.clone()));
        }
    }
    fields
}

fn answer(call: &Call<'_>, owner: &Owner, folder: &str, mailbox: &Mailbox, number: u64, status: u16) -> Result<Reply, Refusal> {
    let rule = mailbox.inbox_rules().iter().find(|rule| rule.number == number).ok_or_else(not_found)?;
    let path = format!("mailFolders('{}')/messageRules", encode_key(folder));
    let context = call.context(&format!("{}/{path}/$entity", call.owner_context(owner)));
    let mut fields = Map::from_iter([("@odata.context".to_owned(), json!(context))]);
    fields.extend(shown(mailbox, rule));
    let reply = Reply::with_status(status, Value::Object(fields).to_string());
    let place = format!("{}/{}/{path}('{}')", call.root(), call.owner_path(owner), encode_key(&id(number)));
    Ok(if status == 201 { reply.with_header("Location", place) } else { reply })
}
