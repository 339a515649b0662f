//! Drafts: made, and found again by our own mark.
//!
//! `POST {mailbox}/messages` makes a draft in Drafts (graph.md 3.3): JSON of at most 4 MB, small attachments inside. Headers
//! of its own must begin with `x-`, five at most (3.8); `In-Reply-To` and `References` go as MAPI properties (`String 0x1042`,
//! `String 0x1039`). With immutable ids the draft's id is that of its copy in Sent Items later (3.10). An extended property
//! survives into that copy and can be filtered by (3.8, 3.10): that is our mark.
//!
//! Making a draft must happen once, so that an answer that was lost means looking for the mark (`Recourse::Verify`).

use base::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::access::Access;
use crate::call::Call;
use crate::client::Client;
use crate::error::GraphError;
use crate::mail::messages::{self, message_path};
use crate::mail::reading::time;
use crate::mail::{IMMUTABLE_IDS, mailbox_path};

/// The extended property that holds our mark, in the form that filters compare letter by letter (graph.md 2.4, 3.8).
pub const MARK: &str = "String {6b1f0e9a-5f0c-4f3e-9d38-2a7c1d5e8b41} Name RapportMark";
/// `In-Reply-To` as MAPI knows it.
const IN_REPLY_TO: &str = "String 0x1042";
/// `References` as MAPI knows it.
const REFERENCES: &str = "String 0x1039";
const SELECT: &str = "id,isDraft,parentFolderId,internetMessageId,conversationId,sentDateTime,changeKey";

/// Somebody on a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    /// The name; empty for none.
    pub name: String,
    /// The address.
    pub address: String,
}

/// A small file inside a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnclosedFile {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// What the text names it by (`cid:`); `None` if it only goes along.
    pub content_id: Option<String>,
    /// Its bytes.
    pub content: Bytes,
}

/// A draft that is to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewDraft {
    /// Our mark.
    pub mark: String,
    /// As whom, if not as the mailbox itself.
    pub from: Option<Party>,
    /// To whom.
    pub to: Vec<Party>,
    /// To whom besides.
    pub cc: Vec<Party>,
    /// To whom without the others knowing.
    pub bcc: Vec<Party>,
    /// Where answers are wanted.
    pub reply_to: Vec<Party>,
    /// The subject.
    pub subject: String,
    /// Whether the text is HTML.
    pub is_html: bool,
    /// The text.
    pub body: String,
    /// `low`, `normal` or `high`.
    pub importance: &'static str,
    /// The `Message-ID` that it answers.
    pub in_reply_to: Option<String>,
    /// `References`, oldest first.
    pub references: Vec<String>,
    /// Headers whose names begin with `x-`; five at most.
    pub headers: Vec<(String, String)>,
    /// Small files.
    pub enclosed: Vec<EnclosedFile>,
}

/// A message that is a draft or was one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    /// Its immutable id, which its copy in Sent Items keeps.
    pub id: String,
    /// Whether it is still unsent. An answer that does not tell is not believed.
    pub is_draft: bool,
    /// In which folder.
    pub parent_folder_id: Option<String>,
    /// Its `Message-ID`, which Exchange gives when it is made.
    pub internet_message_id: Option<String>,
    /// Graph's conversation.
    pub conversation_id: Option<String>,
    /// Its version.
    pub change_key: Option<String>,
    /// When it was sent; of a draft, when it was made.
    #[serde(default, deserialize_with = "time")]
    pub sent_date_time: Option<Timestamp>,
}

impl NewDraft {
    /// As Graph takes it.
    fn json(&self) -> Value {
        let mut properties = vec![json!({"id": MARK, "value": self.mark})];
        if let Some(answered) = &self.in_reply_to {
            properties.push(json!({"id": IN_REPLY_TO, "value": answered}));
        }
        if !self.references.is_empty() {
            properties.push(json!({"id": REFERENCES, "value": self.references.join(" ")}));
        }
        let mut message = json!({
            "subject": self.subject,
            "body": {"contentType": if self.is_html { "html" } else { "text" }, "content": self.body},
            "importance": self.importance,
            "toRecipients": recipients(&self.to),
            "ccRecipients": recipients(&self.cc),
            "bccRecipients": recipients(&self.bcc),
            "singleValueExtendedProperties": properties,
        });
        if !self.reply_to.is_empty() {
            message["replyTo"] = recipients(&self.reply_to);
        }
        if let Some(from) = &self.from {
            message["from"] = recipient(from);
        }
        if !self.headers.is_empty() {
            message["internetMessageHeaders"] = self.headers.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        }
        if !self.enclosed.is_empty() {
            message["attachments"] = self.enclosed.iter().map(EnclosedFile::json).collect();
        }
        message
    }
}

impl EnclosedFile {
    pub(super) fn json(&self) -> Value {
        let mut file = json!({
            "@odata.type": "#microsoft.graph.fileAttachment",
            "name": self.name,
            "contentType": self.content_type,
            "isInline": self.content_id.is_some(),
            "contentBytes": STANDARD.encode(&self.content),
        });
        if let Some(id) = &self.content_id {
            file["contentId"] = json!(id);
        }
        file
    }
}

fn recipients(parties: &[Party]) -> Value {
    parties.iter().map(recipient).collect()
}

fn recipient(party: &Party) -> Value {
    let mut address = json!({"address": party.address});
    if !party.name.is_empty() {
        address["name"] = json!(party.name);
    }
    json!({"emailAddress": address})
}

/// Makes a draft.
///
/// # Errors
/// [`GraphError`]; `Verify` when the answer was lost: look for the mark.
pub async fn create(client: &Client, access: &Access, draft: &NewDraft) -> Result<Draft, GraphError> {
    let path = mailbox_path(access).literal("messages");
    client.call(access, Call::post(path).json(&draft.json()).prefer(IMMUTABLE_IDS)).await?.json()
}

/// Takes a draft away: it goes into Deleted Items.
///
/// # Errors
/// [`GraphError`]; `is_not_found()` when it is gone already.
pub async fn discard(client: &Client, access: &Access, id: &str) -> Result<(), GraphError> {
    client.call(access, Call::delete(message_path(access, id)).prefer(IMMUTABLE_IDS)).await.map(drop)
}

/// What has become of a message; `None` if the mailbox does not have it.
///
/// # Errors
/// [`GraphError`]; also when the mailbox itself is not there, and for a 404 in nobody's words: a gateway that could not reach
/// Outlook says nothing of the message.
pub async fn state(client: &Client, access: &Access, id: &str) -> Result<Option<Draft>, GraphError> {
    messages::look(client, access, id, SELECT).await
}

/// All messages that bear a mark, drafts and copies.
///
/// # Errors
/// [`GraphError`]: it is not known whether there are any. Also when one of them cannot be read.
pub async fn find_by_mark(client: &Client, access: &Access, mark: &str) -> Result<Vec<Draft>, GraphError> {
    let value = mark.replace('\'', "''");
    let filter = format!("singleValueExtendedProperties/Any(ep: ep/id eq '{MARK}' and ep/value eq '{value}')");
    let path = mailbox_path(access).literal("messages").query("$filter", &filter).query("$select", SELECT);
    messages::every(client, access, path).await
}
