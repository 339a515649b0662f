//! Journal reports: a message with its envelope, as Exchange's journaling agent sends it to an archive. The envelope tells
//! what the message does not: blind copies.
//!
//! Promises: the original's bytes are in the report unaltered; each value of the envelope is in one line; nothing that a message
//! says becomes a header of the report.
//!
//! Source: Exchange Server, "Journal report structure" (`X-MS-Journal-Report`, an envelope as plain text, the message as
//! `message/rfc822`); RFC 2046, 5.1 (boundaries) and 5.2.1 (a message within a message is never encoded); RFC 2047; RFC 5321, 4.5.3.1.

use base::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;
use sha2::{Digest as _, Sha256};

use crate::compose::check::subject_line;
use crate::message::{Message, Participant};

/// Bytes of a line that a mail server has to take, without its end (RFC 5321, 4.5.3.1.6).
const LINE_BYTES_MAX: usize = 998;

/// What a report tells about a message.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// The address from which the report comes.
    pub agent: &'a str,
    /// The address of the archive.
    pub archive: &'a str,
    /// The report's own `Message-ID`, with its angle brackets.
    pub report_id: &'a str,
    /// When the report is made.
    pub reported_at: Timestamp,
    /// The message as the mirror knows it.
    pub message: &'a Message,
}

/// Why no mail server takes a message as it is; `None` if it can be sent.
pub fn hindrance(original: &[u8]) -> Option<&'static str> {
    if original.contains(&0) {
        return Some("it holds a NUL character, which mail servers do not take");
    }
    let too_long = original.split(|byte| *byte == b'\n').any(|line| line.strip_suffix(b"\r").unwrap_or(line).len() > LINE_BYTES_MAX);
    too_long.then_some("it has a line of more than 998 bytes, which mail servers do not take")
}

/// The message with CRLF at the end of each line, which is all that mail servers take; `None` if it is so already.
pub fn with_whole_line_ends(original: &[u8]) -> Option<Vec<u8>> {
    let whole = |place: usize| match original[place] {
        b'\n' => place > 0 && original[place - 1] == b'\r',
        _ => original.get(place + 1) == Some(&b'\n'),
    };
    if memchr::memchr2_iter(b'\r', b'\n', original).all(whole) {
        return None;
    }
    let mut mended = Vec::with_capacity(original.len() + original.len() / 32);
    for (place, byte) in original.iter().enumerate() {
        match byte {
            b'\n' if !whole(place) => mended.extend_from_slice(b"\r\n"),
            b'\r' if !whole(place) => mended.extend_from_slice(b"\r\n"),
            byte => mended.push(*byte),
        }
    }
    Some(mended)
}

/// A journal report on the message of these bytes. It ends without a line end, which the mail protocol adds.
pub fn report(envelope: &Envelope<'_>, original: &[u8]) -> Vec<u8> {
    let Envelope { agent, archive, report_id, reported_at, message } = envelope;
    let text = envelope_text(message);
    let boundary = boundary(&[text.as_bytes(), original]);
    let head = [
        format!("From: <{}>", one_word(agent)),
        format!("To: <{}>", one_word(archive)),
        format!("Subject: {}", words(&subject_line(&message.subject))),
        format!("Date: {}", date(*reported_at)),
        format!("Message-ID: {}", one_word(report_id)),
        "X-MS-Journal-Report:".to_owned(),
        "MIME-Version: 1.0".to_owned(),
        format!("Content-Type: multipart/mixed; boundary=\"{boundary}\""),
        String::new(),
        format!("--{boundary}"),
        "Content-Type: text/plain; charset=utf-8".to_owned(),
        format!("Content-Transfer-Encoding: {}", encoding(text.as_bytes())),
        String::new(),
        text,
        format!("--{boundary}"),
        "Content-Type: message/rfc822".to_owned(),
        format!("Content-Transfer-Encoding: {}", encoding(original)),
        String::new(),
        String::new(),
    ];
    let mut report = head.join("\r\n").into_bytes();
    report.reserve(original.len() + boundary.len() + 6);
    report.extend_from_slice(original);
    report.extend_from_slice(format!("\r\n--{boundary}--").as_bytes());
    report
}

/// `Sender: …`, `Subject: …`, `Message-ID: …` and a line for each recipient.
fn envelope_text(message: &Message) -> String {
    let recipients = &message.recipients;
    let author = message.from.as_ref().map_or("", |from| &from.address);
    let sender = recipients.sender.as_ref().map(|sender| sender.address.as_str()).filter(|sender| !sender.is_empty());
    let mut lines = vec![format!("Sender: {}", one_word(sender.unwrap_or(author)))];
    if sender.is_some_and(|sender| !author.is_empty() && !sender.eq_ignore_ascii_case(author)) {
        lines.push(format!("On-Behalf-Of: {}", one_word(author)));
    }
    // A subject can be longer than a line; nobody files by its end.
    let subject: String = subject_line(&message.subject).chars().take(200).collect();
    lines.push(format!("Subject: {subject}"));
    lines.push(format!("Message-ID: {}", one_word(message.internet_message_id.as_deref().unwrap_or_default())));
    for (label, parties) in [("To", &recipients.to), ("Cc", &recipients.cc), ("Bcc", &recipients.bcc)] {
        let named = parties.iter().filter(|party: &&Participant| !party.address.is_empty());
        lines.extend(named.map(|party| format!("{label}: {}", one_word(&party.address))));
    }
    lines.push(String::new());
    lines.join("\r\n")
}

/// A text that can begin no line of its own and end no brackets but its own.
fn one_word(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace() && !letter.is_control()).take(500).collect()
}

/// Free words of a header; as encoded words, 45 bytes of the text in each, where they are not plain.
fn words(text: &str) -> String {
    let is_plain = text.len() <= 200 && !text.contains("=?") && text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    if is_plain {
        return text.to_owned();
    }
    let (mut words, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let end = rest.char_indices().map(|(start, letter)| start + letter.len_utf8()).take_while(|end| *end <= 45).last();
        let (word, behind) = rest.split_at(end.expect("a letter has at most four bytes"));
        words.push(format!("=?utf-8?B?{}?=", STANDARD.encode(word)));
        rest = behind;
    }
    words.join("\r\n ")
}

/// `Sun, 3 May 2026 08:01:00 +0000`
fn date(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime("%a, %-d %b %Y %H:%M:%S +0000").to_string()
}

fn encoding(bytes: &[u8]) -> &'static str {
    if bytes.is_ascii() { "7bit" } else { "8bit" }
}

/// A line that stands in none of the parts.
fn boundary(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    loop {
        let digest = hash.clone().finalize();
        let boundary = format!("=_{}", base::random::hex(&digest[..16]));
        if parts.iter().all(|part| memmem::find(part, boundary.as_bytes()).is_none()) {
            return boundary;
        }
        hash.update(digest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{MailboxId, MessageId, WorkspaceId};
    use crate::message::{Flag, Importance, Recipients};
    use crate::nature::Nature;

    const AT: Timestamp = Timestamp::from_millis(1_777_795_260_000);

    fn party(address: &str) -> Participant {
        Participant { name: String::new(), address: address.to_owned() }
    }

    fn a_message(subject: &str) -> Message {
        let recipients = Recipients {
            to: vec![party("bo@acme.example"), party("")],
            bcc: vec![party("cy@acme.example\r\nTo: evil@x.example")],
            sender: Some(party("office@us.example")),
            ..Recipients::default()
        };
        Message {
            id: MessageId::from_number(3),
            workspace: WorkspaceId::from_number(1),
            mailbox: MailboxId::from_number(2),
            folder: None,
            graph_id: String::new(),
            change_key: String::new(),
            internet_message_id: Some("<3@us.example>".to_owned()),
            conversation_id: None,
            conversation_index: None,
            subject: subject.to_owned(),
            preview: String::new(),
            from: Some(party("anna@us.example")),
            recipients,
            received_at: AT,
            sent_at: None,
            modified_at: None,
            read: false,
            draft: false,
            importance: Importance::Normal,
            flag: Flag::NotFlagged,
            categories: Vec::new(),
            has_attachments: false,
            in_reply_to: None,
            references: Vec::new(),
            focused: false,
            web_link: None,
            private: false,
            nature: Nature::Personal,
        }
    }

    fn written(subject: &str, original: &[u8]) -> Vec<u8> {
        let message = a_message(subject);
        let (agent, archive, report_id) = ("journal@us.example", "vault@archive.example", "<3.journal@us.example>");
        report(&Envelope { agent, archive, report_id, reported_at: AT, message: &message }, original)
    }

    #[test]
    fn a_report_tells_the_envelope_and_holds_the_original_unaltered() {
        let original = b"Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe?=\r\n\r\n\xE4 --=_x\r\n.\r\nno line end";
        let report = written("Größe\r\nBcc: x@evil.example", original);
        let text = String::from_utf8_lossy(&report);
        let envelope = "Sender: office@us.example\r\nOn-Behalf-Of: anna@us.example\r\nSubject: Größe Bcc: x@evil.example\r\n\
            Message-ID: <3@us.example>\r\nTo: bo@acme.example\r\nBcc: cy@acme.exampleTo:evil@x.example\r\n";
        assert!(text.contains(envelope), "{text}");
        assert!(memmem::find(&report, original).is_some());
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("\r\nX-MS-Journal-Report:\r\n") && !head.contains("\r\nBcc"), "{head}");
        assert!(head.contains("\r\nDate: Sun, 3 May 2026 08:01:00 +0000\r\n"), "{head}");
    }

    #[test]
    fn a_boundary_stands_in_nothing_that_a_report_holds() {
        let first = written("x", b"x\r\n");
        let nested = written("x", &first);
        let boundaries = |report: &[u8]| memmem::find_iter(report, b"boundary=\"=_").count();
        assert_eq!((boundaries(&first), boundaries(&nested)), (1, 2));
        let place = memmem::find(&nested, b"boundary=\"").unwrap() + 10;
        let own = &nested[place..place + 34];
        assert_eq!(memmem::find_iter(&nested, own).count(), 4, "said once, and before, between and behind the two parts");
    }

    #[test]
    fn only_line_ends_that_are_not_whole_are_mended() {
        assert_eq!(with_whole_line_ends(b"a\r\nb\r\n\r\n"), None);
        assert_eq!(with_whole_line_ends(b"a\nb\r\nc\rd\n\n\r"), Some(b"a\r\nb\r\nc\r\nd\r\n\r\n\r\n".to_vec()));
        assert_eq!(with_whole_line_ends(b"\n"), Some(b"\r\n".to_vec()));
    }

    #[test]
    fn what_no_mail_server_takes_is_said() {
        assert_eq!(hindrance(&[b"x".repeat(998), b"\r\n".to_vec()].concat()), None);
        assert!(hindrance(&b"x".repeat(999)).is_some_and(|why| why.contains("998")));
        assert!(hindrance(b"a\0b").is_some());
    }
}
