//! Inbox rules as the outside reads and writes them: the names are Microsoft's, in the manner of this API.

use std::collections::HashMap;

use graph::mail::rule::{MessageRule, RuleActions as TheirActions, RulePredicates, SizeRange};
use graph::mail::{EmailAddress, Recipient};
use model::id::FolderId;
use model::message::Importance;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{id, word};
use crate::sending::Addressed;

/// What Exchange does with mail on its arrival in the inbox.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Rule {
    /// Microsoft's id of it. In a path it is percent-encoded.
    pub id: String,
    /// In which mailbox.
    #[schema(value_type = id::MailboxId)]
    pub mailbox: model::id::MailboxId,
    /// Its name.
    pub name: String,
    /// Its place: rules run in the order of their sequences.
    pub sequence: i32,
    /// Whether it is in use.
    pub is_enabled: bool,
    /// Whether it cannot do what it should, such as when its folder is gone.
    pub has_error: bool,
    /// Whether it can only be changed in Outlook.
    pub is_read_only: bool,
    /// Whether an action names a folder that is not here: it is gone, or not mirrored yet.
    pub is_folder_unknown: bool,
    /// What must hold, all of it. Nothing here: every mail.
    pub conditions: RuleConditions,
    /// What must not hold, any of it.
    pub exceptions: RuleConditions,
    /// What is done.
    pub actions: RuleActions,
}

/// What may hold of a mail. Of the values in one, any; `false` asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RuleConditions {
    /// Words in its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_contains: Option<Vec<String>>,
    /// Words in its text or its subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_or_subject_contains: Option<Vec<String>>,
    /// Its categories.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub categories: Option<Vec<String>>,
    /// Its authors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_addresses: Option<Vec<Addressed>>,
    /// Whether it has attachments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_attachments: Option<bool>,
    /// Words in its headers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_contains: Option<Vec<String>>,
    /// How urgent its author says it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<super::MailImportance>)]
    pub importance: Option<Importance>,
    /// A request for an approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_approval_request: Option<bool>,
    /// Passed on by a rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_automatic_forward: Option<bool>,
    /// An automatic reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_automatic_reply: Option<bool>,
    /// Encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_encrypted: Option<bool>,
    /// An invitation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_meeting_request: Option<bool>,
    /// An answer to an invitation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_meeting_response: Option<bool>,
    /// A report that a mail was not delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_non_delivery_report: Option<bool>,
    /// Protected by rights management.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_permission_controlled: Option<bool>,
    /// A receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_read_receipt: Option<bool>,
    /// Signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_signed: Option<bool>,
    /// A voice message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_voicemail: Option<bool>,
    /// What its author wants done with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_action_flag: Option<RuleFlag>,
    /// The mailbox's owner is not among those it is to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_sent_to_me: Option<bool>,
    /// Words in the names or addresses of its recipients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient_contains: Option<Vec<String>>,
    /// Words in the name or address of its author.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender_contains: Option<Vec<String>>,
    /// How confidential its author says it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sensitivity: Option<RuleSensitivity>,
    /// The mailbox's owner gets a carbon copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_cc_me: Option<bool>,
    /// The mailbox's owner alone gets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_only_to_me: Option<bool>,
    /// Its recipients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_to_addresses: Option<Vec<Addressed>>,
    /// The mailbox's owner is among those it is to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_to_me: Option<bool>,
    /// The mailbox's owner is among its recipients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_to_or_cc_me: Option<bool>,
    /// Words in its subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_contains: Option<Vec<String>>,
    /// Its size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within_size_range: Option<RuleSizes>,
}

/// What is done with a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RuleActions {
    /// It gets these categories.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assign_categories: Option<Vec<String>>,
    /// A copy goes into this folder of the mailbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<id::FolderId>)]
    pub copy_to_folder: Option<FolderId>,
    /// It goes into Deleted Items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete: Option<bool>,
    /// It is sent on within another mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forward_as_attachment_to: Option<Vec<Addressed>>,
    /// It is forwarded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forward_to: Option<Vec<Addressed>>,
    /// It counts as read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark_as_read: Option<bool>,
    /// It gets this importance.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<super::MailImportance>)]
    pub mark_importance: Option<Importance>,
    /// It goes into this folder of the mailbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<id::FolderId>)]
    pub move_to_folder: Option<FolderId>,
    /// It is deleted so that the mailbox's owner cannot recover it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permanent_delete: Option<bool>,
    /// It is sent on as it is, in its author's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_to: Option<Vec<Addressed>>,
    /// No rule after this one runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_processing_rules: Option<bool>,
}

/// Sizes of mail, both ends included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RuleSizes {
    /// At least, in kB.
    #[schema(minimum = 0)]
    pub minimum_kb: Option<i32>,
    /// At most, in kB.
    #[schema(minimum = 0)]
    pub maximum_kb: Option<i32>,
}

/// What an author wants done with a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words are Microsoft's")]
pub enum RuleFlag {
    Any,
    Call,
    DoNotForward,
    FollowUp,
    Fyi,
    Forward,
    NoResponseNecessary,
    Read,
    Reply,
    ReplyToAll,
    Review,
}

/// How confidential an author says a mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words are Microsoft's")]
pub enum RuleSensitivity {
    Normal,
    Personal,
    Private,
    Confidential,
}

/// The mailbox's folders by Microsoft's ids.
pub(crate) type FolderIds = HashMap<String, FolderId>;

/// Makes `$to` of the fields that are alike on both sides and those that are not.
macro_rules! mapped {
    ($from:ident, $to:ident, [$($alike:ident),* $(,)?], $($other:ident: $value:expr),* $(,)?) => {
        $to { $($alike: $from.$alike,)* $($other: $value,)* }
    };
}

macro_rules! mapped_conditions {
    ($from:ident, $to:ident, $($other:ident: $value:expr),* $(,)?) => {
        mapped!($from, $to, [
            body_contains, body_or_subject_contains, categories, has_attachments, header_contains, is_approval_request,
            is_automatic_forward, is_automatic_reply, is_encrypted, is_meeting_request, is_meeting_response, is_non_delivery_report,
            is_permission_controlled, is_read_receipt, is_signed, is_voicemail, not_sent_to_me, recipient_contains, sender_contains,
            sent_cc_me, sent_only_to_me, sent_to_me, sent_to_or_cc_me, subject_contains,
        ], $($other: $value),*)
    };
}

macro_rules! mapped_actions {
    ($from:ident, $to:ident, $($other:ident: $value:expr),* $(,)?) => {
        mapped!($from, $to, [assign_categories, delete, mark_as_read, permanent_delete, stop_processing_rules], $($other: $value),*)
    };
}

impl Rule {
    /// A rule of a mailbox with these folders.
    pub(crate) fn of(mailbox: model::id::MailboxId, rule: MessageRule, folders: &FolderIds) -> Self {
        let actions = rule.actions.unwrap_or_default();
        let is_unknown = |id: &Option<String>| id.as_ref().is_some_and(|id| !folders.contains_key(id));
        let is_folder_unknown = is_unknown(&actions.move_to_folder) || is_unknown(&actions.copy_to_folder);
        Rule {
            id: rule.id.unwrap_or_default(),
            mailbox,
            name: rule.display_name.unwrap_or_default(),
            sequence: rule.sequence.unwrap_or_default(),
            is_enabled: rule.is_enabled.unwrap_or_default(),
            has_error: rule.has_error.unwrap_or_default(),
            is_read_only: rule.is_read_only.unwrap_or_default(),
            is_folder_unknown,
            conditions: RuleConditions::of(rule.conditions.unwrap_or_default()),
            exceptions: RuleConditions::of(rule.exceptions.unwrap_or_default()),
            actions: RuleActions::of(actions, folders),
        }
    }
}

impl RuleConditions {
    fn of(theirs: RulePredicates) -> Self {
        mapped_conditions!(theirs, RuleConditions,
            from_addresses: theirs.from_addresses.map(parties_of),
            sent_to_addresses: theirs.sent_to_addresses.map(parties_of),
            importance: theirs.importance.as_deref().and_then(word::from_graph),
            message_action_flag: theirs.message_action_flag.as_deref().and_then(word::from_graph),
            sensitivity: theirs.sensitivity.as_deref().and_then(word::from_graph),
            within_size_range: theirs.within_size_range.map(|range| RuleSizes { minimum_kb: range.minimum_size, maximum_kb: range.maximum_size }),
        )
    }

    /// As Graph takes it.
    pub(crate) fn into_graph(self) -> RulePredicates {
        mapped_conditions!(self, RulePredicates,
            from_addresses: self.from_addresses.map(recipients),
            sent_to_addresses: self.sent_to_addresses.map(recipients),
            importance: self.importance.as_ref().map(word::to_graph),
            message_action_flag: self.message_action_flag.as_ref().map(word::to_graph),
            sensitivity: self.sensitivity.as_ref().map(word::to_graph),
            within_size_range: self.within_size_range.map(|sizes| SizeRange { minimum_size: sizes.minimum_kb, maximum_size: sizes.maximum_kb }),
        )
    }
}

impl RuleActions {
    fn of(theirs: TheirActions, folders: &FolderIds) -> Self {
        let folder = |id: Option<String>| id.and_then(|id| folders.get(&id).copied());
        mapped_actions!(theirs, RuleActions,
            copy_to_folder: folder(theirs.copy_to_folder),
            move_to_folder: folder(theirs.move_to_folder),
            forward_as_attachment_to: theirs.forward_as_attachment_to.map(parties_of),
            forward_to: theirs.forward_to.map(parties_of),
            redirect_to: theirs.redirect_to.map(parties_of),
            mark_importance: theirs.mark_importance.as_deref().and_then(word::from_graph),
        )
    }

    /// As Graph takes it; `None` if it names a folder that is not among these.
    pub(crate) fn into_graph(self, folders: &FolderIds) -> Option<TheirActions> {
        let known = |id: Option<FolderId>| match id {
            None => Some(None),
            Some(id) => folders.iter().find(|(_, known)| **known == id).map(|(theirs, _)| Some(theirs.clone())),
        };
        Some(mapped_actions!(self, TheirActions,
            copy_to_folder: known(self.copy_to_folder)?,
            move_to_folder: known(self.move_to_folder)?,
            forward_as_attachment_to: self.forward_as_attachment_to.map(recipients),
            forward_to: self.forward_to.map(recipients),
            redirect_to: self.redirect_to.map(recipients),
            mark_importance: self.mark_importance.as_ref().map(word::to_graph),
        ))
    }

    /// Everybody to whom mail is sent on.
    pub(crate) fn sent_on_to(&self) -> impl Iterator<Item = &Addressed> {
        [&self.forward_to, &self.forward_as_attachment_to, &self.redirect_to].into_iter().flatten().flatten()
    }
}

fn parties_of(recipients: Vec<Recipient>) -> Vec<Addressed> {
    recipients.iter().map(|party| Addressed { email: party.address().to_owned(), name: party.name().to_owned() }).collect()
}

fn recipients(parties: Vec<Addressed>) -> Vec<Recipient> {
    let address = |party: Addressed| EmailAddress { name: Some(party.name).filter(|name| !name.is_empty()), address: Some(party.email) };
    parties.into_iter().map(|party| Recipient { email_address: Some(address(party)) }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Every condition and every action that Graph has, as Graph writes them.
    fn everything() -> (Value, Value) {
        let party = json!([{"emailAddress": {"name": "Bo", "address": "bo@acme.example"}}]);
        let words = json!(["a", "b"]);
        let mut conditions = json!({
            "fromAddresses": party, "sentToAddresses": party, "importance": "high", "messageActionFlag": "doNotForward",
            "sensitivity": "private", "withinSizeRange": {"minimumSize": 1, "maximumSize": 2},
        });
        for name in [
            "bodyContains",
            "bodyOrSubjectContains",
            "categories",
            "headerContains",
            "recipientContains",
            "senderContains",
            "subjectContains",
        ] {
            conditions[name] = words.clone();
        }
        for name in [
            "hasAttachments",
            "isApprovalRequest",
            "isAutomaticForward",
            "isAutomaticReply",
            "isEncrypted",
            "isMeetingRequest",
            "isMeetingResponse",
            "isNonDeliveryReport",
            "isPermissionControlled",
            "isReadReceipt",
            "isSigned",
            "isVoicemail",
            "notSentToMe",
            "sentCcMe",
            "sentOnlyToMe",
            "sentToMe",
            "sentToOrCcMe",
        ] {
            conditions[name] = true.into();
        }
        let actions = json!({
            "assignCategories": words, "copyToFolder": "f", "moveToFolder": "f", "delete": true, "forwardAsAttachmentTo": party,
            "forwardTo": party, "redirectTo": party, "markAsRead": true, "markImportance": "low", "permanentDelete": true,
            "stopProcessingRules": true,
        });
        (conditions, actions)
    }

    #[test]
    fn every_condition_and_action_goes_through_both_ways() {
        let (conditions, actions) = everything();
        let folders = FolderIds::from([("f".to_owned(), FolderId::from_number(4))]);
        let ours = RuleConditions::of(serde_json::from_value(conditions.clone()).unwrap());
        let again: RuleConditions = serde_json::from_value(serde_json::to_value(&ours).unwrap()).unwrap();
        assert_eq!(serde_json::to_value(again.into_graph()).unwrap(), conditions);
        let ours = RuleActions::of(serde_json::from_value(actions.clone()).unwrap(), &folders);
        assert_eq!(ours.sent_on_to().count(), 3);
        assert_eq!(serde_json::to_value(ours.clone().into_graph(&folders).unwrap()).unwrap(), actions);
        assert_eq!(ours.into_graph(&FolderIds::new()), None, "a folder that is not there");
    }

    #[test]
    fn what_is_not_known_of_a_rule_hinders_nobody_from_reading_it() {
        let rule =
            json!({"id": "1", "conditions": {"importance": "unknownFutureValue", "isNew": true}, "actions": {"moveToFolder": "gone"}});
        let rule = Rule::of(model::id::MailboxId::from_number(1), serde_json::from_value(rule).unwrap(), &FolderIds::new());
        assert_eq!((rule.conditions, rule.actions.move_to_folder), (RuleConditions::default(), None));
        assert!(rule.is_folder_unknown);
    }
}
