//! Inbox rules: which mail they are about, and what becomes of it on arrival (reference: Graph, section 3.12).
//!
//! Rules run in the order of their `sequence` before the message is in any folder, so that a moved message was never seen in the
//! inbox. All conditions of a rule must hold, of the values in one any; one exception is enough to leave the message alone; a
//! condition that is `false` asks for nothing (Microsoft's pages messagerule and messagerulepredicates). What a rule wants sent is
//! given back: a mailbox sends nothing.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::document::Property;
use super::folder::WellKnown;
use super::message::{Importance, ItemNumber, Message};
use super::store::{DeliverOptions, Mailbox};
use crate::mail::{ParsedMail, html_to_text};

/// The header by which a mailbox knows what it has sent on itself; without it two rules would send for ever.
pub const LOOP_HEADER: &str = "X-MS-Exchange-Inbox-Rules-Loop";

/// `messageRule`
#[derive(Debug, Clone, PartialEq)]
pub struct InboxRule {
    /// Its number in the mailbox, from which its id is made; never used twice.
    pub number: u64,
    /// `displayName`
    pub name: String,
    /// `sequence`: its place in the order.
    pub sequence: i64,
    /// `isEnabled`
    pub is_enabled: bool,
    /// `conditions`, as Graph writes them.
    pub conditions: Map<String, Value>,
    /// `exceptions`, as Graph writes them.
    pub exceptions: Map<String, Value>,
    /// `actions`, as Graph writes them.
    pub actions: Map<String, Value>,
}

/// What rules want sent on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Onward {
    /// Addresses that get a forward.
    pub forward_to: Vec<String>,
    /// Addresses that get a mail with this one attached.
    pub attach_to: Vec<String>,
    /// Addresses that get the mail as it is.
    pub redirect_to: Vec<String>,
}

/// A message as the conditions look at it.
struct Look<'a> {
    message: &'a Message,
    own: &'a [String],
    subject: String,
    body: String,
    headers: Vec<(String, String)>,
}

impl Mailbox {
    /// The rules in the order in which they run.
    pub fn inbox_rules(&self) -> &[InboxRule] {
        &self.inbox_rules
    }

    /// Adds or replaces a rule (number 0: a new one); those at its place and behind it go one further. Gives its number.
    pub fn put_inbox_rule(&mut self, mut rule: InboxRule) -> u64 {
        if rule.number == 0 {
            self.rules_made += 1;
            rule.number = self.rules_made;
        }
        self.inbox_rules.retain(|known| known.number != rule.number);
        if self.inbox_rules.iter().any(|known| known.sequence == rule.sequence) {
            self.inbox_rules.iter_mut().filter(|known| known.sequence >= rule.sequence).for_each(|known| known.sequence += 1);
        }
        let number = rule.number;
        self.inbox_rules.push(rule);
        self.inbox_rules.sort_by_key(|rule| (rule.sequence, rule.number));
        number
    }

    /// Takes a rule away; false if there is none of that number.
    pub fn remove_inbox_rule(&mut self, number: u64) -> bool {
        let count = self.inbox_rules.len();
        self.inbox_rules.retain(|rule| rule.number != number);
        self.inbox_rules.len() < count
    }

    /// Takes a mail into the inbox, or where the rules want it; `own` are the owner's addresses.
    pub fn take_in(&mut self, mail: ParsedMail, options: DeliverOptions, own: &[String], now: Timestamp) -> (ItemNumber, Onward) {
        let inbox = self.well_known(WellKnown::Inbox).number;
        let mut message = self.made(inbox, mail, options, now);
        let item = message.item;
        let (mut onward, mut copies, mut purged) = (Onward::default(), Vec::new(), false);
        for rule in self.inbox_rules.clone() {
            if !rule.applies(&Look::at(&message, own)) {
                continue;
            }
            self.act(&rule, &mut message, &mut onward);
            copies.extend(rule.text("copyToFolder").and_then(|id| self.find_folder(id).ok()));
            purged |= rule.says("permanentDelete");
            if purged || rule.says("delete") || rule.says("stopProcessingRules") {
                break;
            }
        }
        self.enter(message, false);
        for folder in copies {
            // The folder was looked up a moment ago.
            let _ = self.copy_message(item, folder, now);
        }
        if purged {
            let _ = self.purge(item, now);
        }
        (item, onward)
    }

    /// Does to a message in no folder yet what a rule says; a folder that is gone is left out.
    fn act(&self, rule: &InboxRule, message: &mut Message, onward: &mut Onward) {
        message.is_read |= rule.says("markAsRead");
        message.importance = rule.text("markImportance").and_then(Importance::read).unwrap_or(message.importance);
        let mut categories = message.categories.to_vec();
        categories.extend(strings(rule.actions.get("assignCategories")).map(Into::into));
        message.categories = categories.into_boxed_slice();
        let target = rule.text("moveToFolder").and_then(|id| self.find_folder(id).ok());
        message.folder = target.unwrap_or(message.folder);
        if rule.says("delete") {
            message.folder = self.well_known(WellKnown::DeletedItems).number;
        }
        onward.forward_to.extend(addresses(rule.actions.get("forwardTo")));
        onward.attach_to.extend(addresses(rule.actions.get("forwardAsAttachmentTo")));
        onward.redirect_to.extend(addresses(rule.actions.get("redirectTo")));
    }
}

impl InboxRule {
    /// The folders that its actions name.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        ["moveToFolder", "copyToFolder"].into_iter().filter_map(|name| self.text(name))
    }

    fn text(&self, action: &str) -> Option<&str> {
        self.actions.get(action).and_then(Value::as_str)
    }

    fn says(&self, action: &str) -> bool {
        self.actions.get(action) == Some(&Value::Bool(true))
    }

    fn applies(&self, look: &Look<'_>) -> bool {
        let asks = |(_, value): &(&String, &Value)| !value.is_null() && **value != Value::Bool(false);
        self.is_enabled
            && self.conditions.iter().filter(asks).all(|(name, value)| look.holds(name, value))
            && !self.exceptions.iter().filter(asks).any(|(name, value)| look.holds(name, value))
    }
}

impl<'a> Look<'a> {
    fn at(message: &'a Message, own: &'a [String]) -> Self {
        let headers = message.document.value(Property::InternetMessageHeaders);
        let headers = headers.as_array().into_iter().flatten().map(|header| {
            let field = |name: &str| header[name].as_str().unwrap_or_default().to_lowercase();
            (field("name"), field("value"))
        });
        let body = message.document.value(Property::Body);
        Self {
            message,
            own,
            subject: message.text(Property::Subject).unwrap_or_default().to_lowercase(),
            body: html_to_text(body["content"].as_str().unwrap_or_default()).to_lowercase(),
            headers: headers.collect(),
        }
    }

    fn holds(&self, name: &str, value: &Value) -> bool {
        let any = |found: &dyn Fn(&str) -> bool| strings(Some(value)).any(|wanted| found(&wanted.to_lowercase()));
        let to = || self.parties(&[Property::ToRecipients]);
        let everybody = || self.parties(&[Property::ToRecipients, Property::CcRecipients]);
        let includes_me = |parties: Vec<(String, String)>| parties.iter().any(|(_, address)| self.is_own(address));
        match name {
            "subjectContains" => any(&|wanted| self.subject.contains(wanted)),
            "bodyContains" => any(&|wanted| self.body.contains(wanted)),
            "bodyOrSubjectContains" => any(&|wanted| self.subject.contains(wanted) || self.body.contains(wanted)),
            "senderContains" => any(&|wanted| contains(&self.parties(&[Property::From]), wanted)),
            "recipientContains" => any(&|wanted| contains(&everybody(), wanted)),
            "headerContains" => any(&|wanted| self.headers.iter().any(|(name, value)| format!("{name}: {value}").contains(wanted))),
            "categories" => any(&|wanted| self.message.categories.iter().any(|known| known.to_lowercase() == wanted)),
            "fromAddresses" => addresses(Some(value)).iter().any(|wanted| has_address(&self.parties(&[Property::From]), wanted)),
            "sentToAddresses" => addresses(Some(value)).iter().any(|wanted| has_address(&everybody(), wanted)),
            "sentToMe" => includes_me(to()),
            "sentCcMe" => includes_me(self.parties(&[Property::CcRecipients])),
            "sentToOrCcMe" => includes_me(everybody()),
            "notSentToMe" => !includes_me(to()),
            "sentOnlyToMe" => includes_me(everybody()) && everybody().len() == 1,
            "hasAttachments" => self.message.document.value(Property::HasAttachments) == true,
            "importance" => value.as_str().and_then(Importance::read) == Some(self.message.importance),
            "withinSizeRange" => self.is_within(value),
            _ => self.is_of_kind(name, value),
        }
    }

    /// What the form of a mail tells; what no mail of the simulator can be does not hold.
    fn is_of_kind(&self, name: &str, value: &Value) -> bool {
        let has = |field: &str, part: &str| self.headers.iter().any(|(name, value)| name == field && value.contains(part));
        let derived = self.message.document.derived().map(|derived| derived.odata_type.as_str()).unwrap_or_default();
        let is_report = has("content-type", "delivery-status");
        match name {
            "isNonDeliveryReport" => is_report,
            "isReadReceipt" => has("content-type", "disposition-notification"),
            "isAutomaticReply" => has("auto-submitted", "auto-") && !is_report,
            "isAutomaticForward" => has(&LOOP_HEADER.to_lowercase(), ""),
            "isMeetingRequest" => derived.ends_with("eventMessageRequest"),
            "isMeetingResponse" => derived.ends_with("eventMessageResponse"),
            "isSigned" => has("content-type", "multipart/signed"),
            "isEncrypted" => has("content-type", "pkcs7-mime") && !has("content-type", "signed-data"),
            "sensitivity" => {
                let said = self.headers.iter().find(|(name, _)| name == "sensitivity").map_or("normal", |(_, value)| value.as_str());
                value.as_str().is_some_and(|wanted| said.trim_start_matches("company-") == wanted.to_lowercase())
            }
            _ => false,
        }
    }

    /// Sizes are in kB.
    fn is_within(&self, range: &Value) -> bool {
        let size = self.message.byte_count() / 1024;
        let bound = |name: &str| range[name].as_u64();
        bound("minimumSize").is_none_or(|least| size >= least) && bound("maximumSize").is_none_or(|most| size <= most)
    }

    fn is_own(&self, address: &str) -> bool {
        self.own.iter().any(|own| own.eq_ignore_ascii_case(address))
    }

    /// Names and addresses in small letters.
    fn parties(&self, properties: &[Property]) -> Vec<(String, String)> {
        let values = properties.iter().map(|property| self.message.document.value(*property));
        let parties = values.flat_map(|value| match value {
            Value::Array(list) => list,
            one => vec![one],
        });
        let field = |party: &Value, name: &str| party["emailAddress"][name].as_str().unwrap_or_default().to_lowercase();
        parties.map(|party| (field(&party, "name"), field(&party, "address"))).filter(|(_, address)| !address.is_empty()).collect()
    }
}

fn contains(parties: &[(String, String)], wanted: &str) -> bool {
    parties.iter().any(|(name, address)| name.contains(wanted) || address.contains(wanted))
}

fn has_address(parties: &[(String, String)], wanted: &str) -> bool {
    parties.iter().any(|(_, address)| address.eq_ignore_ascii_case(wanted))
}

fn strings(list: Option<&Value>) -> impl Iterator<Item = &str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn addresses(list: Option<&Value>) -> Vec<String> {
    let all = list.and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|party| Some(party["emailAddress"]["address"].as_str()?.to_owned())).collect()
}
