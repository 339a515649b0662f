//! What a path within a mailbox asks for.
//!
//! Keys come in brackets or as the next segment; `delta` and `$count` are never keys. Folders nest:
//! `mailFolders/{a}/childFolders/{b}/messages` means the folder `b`.

use super::mailbox_settings::PARTS;
use super::path::{Segment, Steps, no_segment};
use crate::Refusal;

/// What is asked for, below the owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailTarget {
    /// `sendMail`
    SendMail,
    /// `getMailTips`
    MailTips,
    /// `mailboxSettings`, or one part of it.
    Settings {
        /// The part.
        part: Option<&'static str>,
    },
    /// `messageRules` of a folder.
    Rules {
        /// The folder.
        folder: String,
    },
    /// One rule.
    Rule {
        /// The folder.
        folder: String,
        /// The rule's id.
        id: String,
    },
    /// The folders below the root, or below a folder.
    Folders {
        /// The folder whose children are meant.
        parent: Option<String>,
    },
    /// How many those are.
    FolderCount {
        /// The folder whose children are meant.
        parent: Option<String>,
    },
    /// `mailFolders/delta`
    FolderDelta,
    /// One folder.
    Folder(String),
    /// Something that is done to a folder.
    FolderAction {
        /// The folder.
        id: String,
        /// What is done.
        action: &'static str,
    },
    /// Messages of a folder or of the whole mailbox.
    Messages {
        /// The folder.
        folder: Option<String>,
    },
    /// How many those are.
    MessageCount {
        /// The folder.
        folder: Option<String>,
    },
    /// `messages/delta`
    MessageDelta {
        /// The folder.
        folder: Option<String>,
    },
    /// Something of one message.
    Message {
        /// The folder that the path names.
        folder: Option<String>,
        /// The message's id.
        id: String,
        /// What of it.
        part: MessagePart,
    },
}

/// What of a message is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessagePart {
    /// The message itself.
    Itself,
    /// `$value`
    Mime,
    /// All attachments.
    Attachments,
    /// One attachment.
    Attachment(String),
    /// One attachment's bytes.
    AttachmentContent(String),
    /// `attachments/createUploadSession`
    UploadSession,
    /// Something that is done to it.
    Action(String),
}

/// Reads the segments behind the owner.
///
/// # Errors
/// 400 `BadRequest` for a segment that leads nowhere.
pub fn read(segments: &[Segment]) -> Result<MailTarget, Refusal> {
    let mut steps = Steps::new(segments);
    let first = steps.next().ok_or_else(|| no_segment(""))?;
    match () {
        () if first.is("messages") => messages(&mut steps, None, first),
        () if first.is("mailFolders") => folders(&mut steps, first),
        () if first.is("sendMail") => steps.end(MailTarget::SendMail),
        () if first.is("getMailTips") => steps.end(MailTarget::MailTips),
        () if first.is("mailboxSettings") => settings(&mut steps),
        () => Err(no_segment(&first.name)),
    }
}

fn settings(steps: &mut Steps<'_>) -> Result<MailTarget, Refusal> {
    let Some(next) = steps.next() else { return Ok(MailTarget::Settings { part: None }) };
    let part = PARTS.into_iter().find(|part| next.is(part)).ok_or_else(|| no_segment(&next.name))?;
    steps.end(MailTarget::Settings { part: Some(part) })
}

fn folders(steps: &mut Steps<'_>, collection: &Segment) -> Result<MailTarget, Refusal> {
    let Some(id) = steps.key(collection) else {
        let target = match steps.next() {
            None => MailTarget::Folders { parent: None },
            Some(segment) if segment.is("delta") => MailTarget::FolderDelta,
            Some(segment) if segment.is("$count") => MailTarget::FolderCount { parent: None },
            Some(segment) => return Err(no_segment(&segment.name)),
        };
        return steps.end(target);
    };
    folder(steps, id)
}

fn folder(steps: &mut Steps<'_>, id: String) -> Result<MailTarget, Refusal> {
    let Some(next) = steps.next() else { return Ok(MailTarget::Folder(id)) };
    if next.is("messages") {
        return messages(steps, Some(id), next);
    }
    if next.is("messageRules") {
        let target = match steps.key(next) {
            Some(rule) => MailTarget::Rule { folder: id, id: rule },
            None => MailTarget::Rules { folder: id },
        };
        return steps.end(target);
    }
    if let Some(action) = ["move", "copy", "permanentDelete"].into_iter().find(|action| next.is(action)) {
        return steps.end(MailTarget::FolderAction { id, action });
    }
    if !next.is("childFolders") {
        return Err(no_segment(&next.name));
    }
    if let Some(child) = steps.key(next) {
        return folder(steps, child);
    }
    let target = match steps.next() {
        None => MailTarget::Folders { parent: Some(id) },
        Some(segment) if segment.is("$count") => MailTarget::FolderCount { parent: Some(id) },
        Some(segment) => return Err(no_segment(&segment.name)),
    };
    steps.end(target)
}

fn messages(steps: &mut Steps<'_>, folder: Option<String>, collection: &Segment) -> Result<MailTarget, Refusal> {
    let Some(id) = steps.key(collection) else {
        let target = match steps.next() {
            None => MailTarget::Messages { folder },
            Some(segment) if segment.is("delta") => MailTarget::MessageDelta { folder },
            Some(segment) if segment.is("$count") => MailTarget::MessageCount { folder },
            Some(segment) => return Err(no_segment(&segment.name)),
        };
        return steps.end(target);
    };
    let part = message_part(steps)?;
    steps.end(MailTarget::Message { folder, id, part })
}

fn message_part(steps: &mut Steps<'_>) -> Result<MessagePart, Refusal> {
    const ACTIONS: [&str; 10] =
        ["move", "copy", "send", "reply", "replyAll", "forward", "createReply", "createReplyAll", "createForward", "permanentDelete"];
    let Some(next) = steps.next() else { return Ok(MessagePart::Itself) };
    if let Some(action) = ACTIONS.iter().find(|action| next.is(action)) {
        return Ok(MessagePart::Action((*action).to_owned()));
    }
    if next.is("$value") {
        return Ok(MessagePart::Mime);
    }
    if !next.is("attachments") {
        return Err(no_segment(&next.name));
    }
    let Some(id) = steps.key(next) else { return Ok(MessagePart::Attachments) };
    if id.eq_ignore_ascii_case("createUploadSession") {
        return Ok(MessagePart::UploadSession);
    }
    match steps.next() {
        None => Ok(MessagePart::Attachment(id)),
        Some(segment) if segment.is("$value") => Ok(MessagePart::AttachmentContent(id)),
        Some(segment) => Err(no_segment(&segment.name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::path;

    fn target(text: &str) -> Result<MailTarget, Refusal> {
        read(&path::read_relative(text))
    }

    #[test]
    fn folders_nest_and_functions_are_no_keys() {
        let folder = Some("b".to_owned());
        assert_eq!(target("mailFolders/a/childFolders/b/messages/delta()").unwrap(), MailTarget::MessageDelta { folder });
        assert_eq!(target("MAILFOLDERS/microsoft.graph.delta").unwrap(), MailTarget::FolderDelta);
        assert_eq!(target("mailFolders('inbox')").unwrap(), MailTarget::Folder("inbox".into()));
        assert_eq!(target("messages/$count").unwrap(), MailTarget::MessageCount { folder: None });
        let part = MessagePart::AttachmentContent("2".into());
        assert_eq!(target("messages/1/attachments('2')/$value").unwrap(), MailTarget::Message { folder: None, id: "1".into(), part });
    }

    #[test]
    fn a_segment_that_leads_nowhere_is_named() {
        for (path, word) in [("letters", "letters"), ("messages/1/stamps", "stamps"), ("mailFolders/1/delta", "delta")] {
            assert_eq!(target(path).unwrap_err().message, format!("Resource not found for the segment '{word}'."));
        }
    }
}
