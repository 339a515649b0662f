//! Reading: Microsoft's words into ours.
//!
//! In a whole entry what is absent is empty; in a partial one it is unsaid.

use graph::Delta;
use graph::mail::{self, MailFolder, Recipient};
use model::message::{Attachment, BodyKind, Flag, Importance, MessageBody, Participant};
use model::nature;

use crate::folder_plan::{FolderEntry, FolderSighting};
use crate::plan::Entry;
use crate::sighting::Sighting;

/// An entry of a folder's delta.
pub fn entry(delta: Delta<mail::Message>) -> Entry {
    match delta {
        Delta::Changed(message) => Entry::Present(Box::new(sighting(message))),
        Delta::Removed { id } => Entry::Absent(id),
    }
}

/// An entry of the folders' delta; `None` for a search folder, in which nothing is kept.
pub fn folder_entry(delta: Delta<MailFolder>) -> Option<FolderEntry> {
    match delta {
        Delta::Changed(folder) if folder.is_search_folder() => None,
        Delta::Changed(folder) => Some(FolderEntry::Present(FolderSighting {
            graph_id: folder.id,
            parent_graph_id: folder.parent_folder_id,
            display_name: folder.display_name,
            hidden: folder.is_hidden,
            total: folder.total_item_count,
            unread: folder.unread_item_count,
        })),
        Delta::Removed { id } => Some(FolderEntry::Absent(id)),
    }
}

/// A message.
pub fn sighting(message: mail::Message) -> Sighting {
    let whole = message.is_whole();
    let headers = message.internet_message_headers.as_deref().unwrap_or_default();
    let header = |name: &str| headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value.as_str());
    let in_reply_to = header("In-Reply-To").and_then(|value| message_ids(value).into_iter().next());
    let references = header("References").map(message_ids);
    let from_address = message.from.as_ref().map_or("", Recipient::address);
    let pairs = || headers.iter().map(|header| (header.name.as_str(), header.value.as_str()));
    let given = message.internet_message_headers.is_some();
    let (private, nature) = (nature::is_private(pairs()), nature::of(from_address, pairs()));
    let headers = message.internet_message_headers.as_ref().map(|headers| {
        let pairs: Vec<_> = headers.iter().map(|header| (&header.name, &header.value)).collect();
        serde_json::to_string(&pairs).expect("pairs of texts are JSON")
    });
    let from = message.from.as_ref().map(participant);
    let sender = message.sender.as_ref().map(participant).filter(|sender| Some(sender) != from.as_ref());
    let said = |list: Option<Vec<Recipient>>| match list {
        Some(list) => Some(list.iter().map(participant).collect()),
        None => whole.then(Vec::new),
    };
    Sighting {
        graph_id: message.id,
        parent_graph_id: message.parent_folder_id,
        change_key: message.change_key,
        internet_message_id: message.internet_message_id,
        conversation_id: message.conversation_id,
        conversation_index: message.conversation_index,
        subject: message.subject.or_else(|| whole.then(String::new)),
        preview: message.body_preview.or_else(|| whole.then(String::new)),
        from: from.map(Some).or_else(|| whole.then_some(None)),
        to: said(message.to_recipients),
        cc: said(message.cc_recipients),
        bcc: said(message.bcc_recipients),
        reply_to: said(message.reply_to),
        sender,
        received_at: message.received_date_time.or_else(|| message.created_date_time.filter(|_| whole)),
        sent_at: message.sent_date_time,
        modified_at: message.last_modified_date_time,
        read: message.is_read,
        draft: message.is_draft,
        importance: message.importance.as_deref().map(Importance::named),
        flag: message.flag.map(|flag| Flag::named(flag.flag_status.as_deref().unwrap_or_default())),
        categories: message.categories.or_else(|| whole.then(Vec::new)),
        has_attachments: message.has_attachments,
        in_reply_to,
        references,
        focused: message.inference_classification.map(|class| class != "other"),
        web_link: message.web_link,
        private: given.then_some(private),
        // Without headers an address alone may tell a program; that it tells none is no news.
        nature: (given || nature != nature::Nature::Personal).then_some(nature),
        body: body(message.body, headers, whole),
    }
}

fn body(body: Option<mail::ItemBody>, headers: Option<String>, whole: bool) -> Option<MessageBody> {
    match body {
        Some(body) => Some(MessageBody {
            kind: BodyKind::named(body.content_type.as_deref().unwrap_or_default()),
            content: body.content.unwrap_or_default(),
            headers,
        }),
        None => whole.then(|| MessageBody { headers, ..MessageBody::default() }),
    }
}

fn participant(recipient: &Recipient) -> Participant {
    Participant { name: recipient.name().to_owned(), address: recipient.address().to_owned() }
}

/// The message ids of a `References` or `In-Reply-To` header: what stands in angle brackets, brackets included
/// (RFC 5322, section 3.6.4). At most the 50 last: some programs never stop adding.
fn message_ids(value: &str) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    let mut rest = value;
    while let Some(start) = rest.find('<') {
        let Some(length) = rest[start..].find('>') else { break };
        let id: String = rest[start..=start + length].chars().filter(|letter| !letter.is_whitespace()).collect();
        if id.len() > 2 {
            ids.push(id);
        }
        rest = &rest[start + length + 1..];
    }
    ids.split_off(ids.len().saturating_sub(REFERENCES_MAX))
}

const REFERENCES_MAX: usize = 50;

/// An attachment.
pub fn attachment(attachment: mail::Attachment) -> Attachment {
    Attachment {
        graph_id: attachment.id,
        name: attachment.name.unwrap_or_default(),
        content_type: attachment.content_type,
        size: attachment.size.unwrap_or_default(),
        inline: attachment.is_inline.unwrap_or_default(),
        content_id: attachment.content_id.map(|id| id.trim_matches(['<', '>']).to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::message_ids;

    #[test]
    fn message_ids_are_what_stands_in_angle_brackets() {
        assert_eq!(message_ids("<a@x> (comment)\r\n <b@y>\t<c @z>"), ["<a@x>", "<b@y>", "<c@z>"]);
        assert_eq!(message_ids("Your message of Tuesday"), Vec::<String>::new());
        assert_eq!(message_ids("<unclosed <x@y>"), ["<unclosed<x@y>"]);
        let many: String = (0..80).map(|n| format!("<{n}@x> ")).collect();
        assert_eq!(message_ids(&many).first().map(String::as_str), Some("<30@x>"));
    }
}
