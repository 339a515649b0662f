//! Messages as others read them: an independent parser reads what was built.

use std::io::Read as _;
use std::path::Path;

use base::Timestamp;
use mail_parser::{MessageParser, MimeHeaders as _};
use memchr::memmem;
use model::compose::mbox;
use model::compose::mime::{self, Attachment, Parts};
use model::message::{BodyKind, Participant, Recipients};

const AT: Timestamp = Timestamp::from_millis(1_777_795_260_000);

fn person(name: &str, address: &str) -> Participant {
    Participant { name: name.to_owned(), address: address.to_owned() }
}

fn parts<'a>(from: &'a Participant, recipients: &'a Recipients, attachments: &'a [Attachment<'a>], references: &'a [String]) -> Parts<'a> {
    Parts {
        from,
        recipients,
        subject: "Angebot für März: \"groß\"",
        sent_at: AT,
        message_id: "<3@us.example>",
        in_reply_to: Some("<2@acme.example>"),
        references,
        headers: &[],
        body_kind: BodyKind::Html,
        body: "<p>Grüße &amp; mehr<img src=\"cid:logo@us\"></p>",
        attachments,
    }
}

#[test]
fn a_message_is_read_as_it_was_meant() {
    let from = person("Müller, \"Anna\" \\ Co", "anna@us.example");
    let to: Vec<Participant> = (0..40).map(|number| person(&format!("Bo {number}"), &format!("bo{number}@acme.example"))).collect();
    let recipients = Recipients { to, cc: vec![person("", "cy@acme.example")], ..Recipients::default() };
    let every_byte: Vec<u8> = (0..=255).cycle().take(10_000).collect();
    let attachments = [
        Attachment { name: "logo.gif", content_type: "image/gif", content_id: Some("logo@us"), bytes: b"GIF89a" },
        Attachment { name: "Preisliste \"März\" 价格.pdf", content_type: "application/pdf", content_id: None, bytes: &every_byte },
        Attachment { name: "empty", content_type: "no\r\nBcc: x@y", content_id: None, bytes: b"" },
    ];
    let references: Vec<String> = (0..60).map(|number| format!("<{number}.reference@acme.example>")).collect();
    let bytes = mime::message(&parts(&from, &recipients, &attachments, &references));
    assert!(bytes.split(|byte| *byte == b'\n').all(|line| line.len() <= 999));
    assert!(memchr::memchr_iter(b'\n', &bytes).all(|place| bytes[place - 1] == b'\r'));

    let read = MessageParser::default().parse(&bytes).expect("a message");
    let author = read.from().and_then(|from| from.first()).expect("an author");
    assert_eq!((author.name(), author.address()), (Some("Müller, \"Anna\" \\ Co"), Some("anna@us.example")));
    assert_eq!(read.to().map(|to| to.iter().count()), Some(40));
    assert_eq!(read.cc().and_then(|cc| cc.first()).and_then(|cc| cc.address()), Some("cy@acme.example"));
    assert_eq!(read.subject(), Some("Angebot für März: \"groß\""));
    assert_eq!(read.message_id(), Some("3@us.example"));
    assert_eq!(read.date().map(|date| date.to_timestamp()), Some(AT.seconds()));
    assert_eq!(read.references().as_text_list().map(|list| list.len()), Some(60));
    assert_eq!(read.body_html(0).as_deref(), Some("<p>Grüße &amp; mehr<img src=\"cid:logo@us\"></p>"));
    assert_eq!(read.body_text(0).as_deref(), Some("Grüße & mehr"));
    let files: Vec<_> =
        read.attachments().map(|file| (file.attachment_name().unwrap_or_default(), file.content_id(), file.contents())).collect();
    assert_eq!(
        files,
        [("logo.gif", Some("logo@us"), b"GIF89a".as_slice()), ("Preisliste \"März\" 价格.pdf", None, &every_byte), ("empty", None, b"")]
    );
    assert!(read.bcc().is_none());
}

#[test]
fn nothing_that_is_handed_in_becomes_a_header() {
    let from = person("Anna\r\nBcc: a@evil.example", "anna@us.example>\r\nBcc: b@evil.example");
    let recipients = Recipients { to: vec![person("x\nBcc: c@evil.example", "bo@acme.example")], ..Recipients::default() };
    let references = ["<a>\r\nBcc: d@evil.example".to_owned()];
    let headers = [("X-A".to_owned(), "1\r\nBcc: e@evil.example".to_owned()), ("Bcc: f@evil.example\r\nX-B".to_owned(), "1".to_owned())];
    let subject = "Hi\r\nBcc: g@evil.example\r\n\r\nBody";
    let attachments =
        [Attachment { name: "a\r\nBcc: h@evil.example", content_type: "text/plain", content_id: Some("x>\r\nBcc: i"), bytes: b"" }];
    let message = mime::message(&Parts {
        subject,
        headers: &headers,
        body_kind: BodyKind::Text,
        body: "x",
        ..parts(&from, &recipients, &attachments, &references)
    });
    assert!(memmem::find(&message, b"\nBcc").is_none(), "{}", String::from_utf8_lossy(&message));
    let read = MessageParser::default().parse(&message).expect("a message");
    assert!(read.bcc().is_none());
    assert_eq!(read.header_raw("X-A").map(str::trim), Some("1 Bcc: e@evil.example"));
}

#[test]
fn the_same_parts_give_the_same_bytes() {
    let from = person("Anna", "anna@us.example");
    let recipients = Recipients::default();
    assert_eq!(mime::message(&parts(&from, &recipients, &[], &[])), mime::message(&parts(&from, &recipients, &[], &[])));
}

/// Every message of the private sets beside this checkout that is of this archive.
fn real_messages(archive: &str) -> Option<Vec<Vec<u8>>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/mime").join(archive);
    let file = std::fs::File::open(path).ok()?;
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let mut messages = Vec::new();
    for entry in archive.entries().expect("an archive") {
        let mut entry = entry.expect("an entry");
        if entry.header().entry_type().is_file() {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).expect("it can be read");
            messages.push(bytes);
        }
    }
    Some(messages)
}

#[test]
fn real_messages_go_through_mbox_unaltered() {
    for name in ["cpython.tar.gz", "stalwart.tar.gz"] {
        let Some(messages) = real_messages(name) else {
            println!("left out: ../shared/data not found (mime/{name})");
            continue;
        };
        assert!(!messages.is_empty());
        let ended: Vec<Vec<u8>> = messages.into_iter().filter(|message| message.ends_with(b"\n")).collect();
        let file: Vec<u8> = ended.iter().flat_map(|message| mbox::entry("bo@acme.example", AT, message)).collect();
        assert!(mbox::messages(&file) == ended, "{name} comes back altered");
    }
}
