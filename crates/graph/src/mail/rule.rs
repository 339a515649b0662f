//! Inbox rules: what Exchange does with mail on its arrival.
//!
//! `{mailbox}/mailFolders/inbox/messageRules` (graph.md 3.12): `GET`, `POST` 201, `PATCH` 200, `DELETE` 204. Rules run in the order of
//! their `sequence`; all conditions of one must hold, one exception is enough to leave a message alone. Of conditions, exceptions
//! and actions a `PATCH` replaces what it names whole. Needs MailboxSettings.Read, to change them .ReadWrite (12.2).
//!
//! Making a rule must happen once, and Exchange takes two of one name: an answer that was lost is looked for among those that
//! were not there before (`Recourse::Verify`).

use super::message::Recipient;
use super::messages::every;
use super::optional::optional;
use crate::access::Access;
use crate::call::Call;
use crate::client::Client;
use crate::error::GraphError;
use crate::mail::{IMMUTABLE_IDS, mailbox_path};
use crate::path::ResourcePath;

optional! {
    /// `messageRule`: as it is, or as far as it shall be different.
    MessageRule {
        /// Its id: base64, given by Exchange.
        id: String,
        /// Its name.
        display_name: String,
        /// Its place among the others, from 1.
        sequence: i32,
        /// Whether it is in use.
        is_enabled: bool,
        /// Whether it cannot do what it should, as when its folder is gone. Set by Exchange.
        has_error: bool,
        /// Whether the API cannot change it. Set by Exchange.
        is_read_only: bool,
        /// What must hold, all of it.
        conditions: RulePredicates,
        /// What must not hold, any of it.
        exceptions: RulePredicates,
        /// What is done.
        actions: RuleActions,
    }

    /// `messageRulePredicates`; of the values in one, any.
    #[allow(missing_docs, reason = "the names are Graph's, and say what they mean")]
    RulePredicates {
        body_contains: Vec<String>,
        body_or_subject_contains: Vec<String>,
        categories: Vec<String>,
        from_addresses: Vec<Recipient>,
        has_attachments: bool,
        header_contains: Vec<String>,
        importance: String,
        is_approval_request: bool,
        is_automatic_forward: bool,
        is_automatic_reply: bool,
        is_encrypted: bool,
        is_meeting_request: bool,
        is_meeting_response: bool,
        is_non_delivery_report: bool,
        is_permission_controlled: bool,
        is_read_receipt: bool,
        is_signed: bool,
        is_voicemail: bool,
        message_action_flag: String,
        not_sent_to_me: bool,
        recipient_contains: Vec<String>,
        sender_contains: Vec<String>,
        sensitivity: String,
        sent_cc_me: bool,
        sent_only_to_me: bool,
        sent_to_addresses: Vec<Recipient>,
        sent_to_me: bool,
        sent_to_or_cc_me: bool,
        subject_contains: Vec<String>,
        within_size_range: SizeRange,
    }

    /// `messageRuleActions`; folders by their ids.
    #[allow(missing_docs, reason = "the names are Graph's, and say what they mean")]
    RuleActions {
        assign_categories: Vec<String>,
        copy_to_folder: String,
        delete: bool,
        forward_as_attachment_to: Vec<Recipient>,
        forward_to: Vec<Recipient>,
        mark_as_read: bool,
        mark_importance: String,
        move_to_folder: String,
        permanent_delete: bool,
        redirect_to: Vec<Recipient>,
        stop_processing_rules: bool,
    }

    /// `sizeRange`, in kB.
    SizeRange {
        /// At least.
        minimum_size: i32,
        /// At most.
        maximum_size: i32,
    }
}

/// All rules of the inbox, in no order.
///
/// # Errors
/// [`GraphError`]; also when one of them cannot be read.
pub async fn list(client: &Client, access: &Access) -> Result<Vec<MessageRule>, GraphError> {
    every(client, access, rules_path(access)).await
}

/// One rule.
///
/// # Errors
/// [`GraphError`]; `is_not_found()` when there is none of that id.
pub async fn find(client: &Client, access: &Access, id: &str) -> Result<MessageRule, GraphError> {
    client.call(access, Call::get(rules_path(access).segment(id)).prefer(IMMUTABLE_IDS)).await?.json()
}

/// Makes a rule.
///
/// # Errors
/// [`GraphError`]; `Verify` when it may have been made: look with [`list`].
pub async fn create(client: &Client, access: &Access, rule: &MessageRule) -> Result<MessageRule, GraphError> {
    client.call(access, Call::post(rules_path(access)).json(rule).prefer(IMMUTABLE_IDS)).await?.json()
}

/// Changes what is named of a rule.
///
/// # Errors
/// [`GraphError`]; `is_not_found()` when there is none of that id.
pub async fn update(client: &Client, access: &Access, id: &str, wanted: &MessageRule) -> Result<MessageRule, GraphError> {
    client.call(access, Call::patch(rules_path(access).segment(id)).json(wanted).prefer(IMMUTABLE_IDS)).await?.json()
}

/// Takes a rule away.
///
/// # Errors
/// [`GraphError`]; `is_not_found()` when there is none of that id.
pub async fn delete(client: &Client, access: &Access, id: &str) -> Result<(), GraphError> {
    client.call(access, Call::delete(rules_path(access).segment(id)).prefer(IMMUTABLE_IDS)).await.map(drop)
}

fn rules_path(access: &Access) -> ResourcePath {
    mailbox_path(access).literal("mailFolders").literal("inbox").literal("messageRules")
}

impl RuleActions {
    /// Whether nothing is done.
    pub fn is_empty(&self) -> bool {
        *self == RuleActions::default()
    }
}
