//! Loading every set of real mail that lies beside the checkout, and every form that mail takes on disk.
//!
//! The sets are private and not part of the project: they are looked for in `../shared/data` from the
//! workspace's root, or where RAPPORT_SHARED says. Without them these tests say that they were left out.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "this whole file is a test")]

use std::{fs, io::Write, path::PathBuf};

use microsoft365_sim::mail::{AttachmentKind, Loaded, ParsedMail, load};

const MESSAGE: &str = "From: a@a.example\nTo: b@b.example\nSubject: s\n\nbody\n";

#[test]
fn six_thousand_and_forty_six_real_messages_are_all_taken() {
    let Some(loaded) = load_shared("mail/spamassassin.tar.gz") else { return };
    assert_eq!(loaded.to_string(), "6,046 of 6,046 messages taken");
    assert_eq!(loaded.passed_over.len(), 3, "README, LICENSE and an index");
    loaded.messages.iter().for_each(|message| check(&message.mail));
    let ids: std::collections::HashSet<_> =
        loaded.messages.iter().map(|message| message.mail.properties["internetMessageId"].to_string()).collect();
    assert!(ids.len() > 5_000, "only {} different Message-IDs", ids.len());
    let dated = loaded.messages.iter().filter(|message| message.mail.received.is_some()).count();
    assert!(dated > 6_000, "only {dated} have a date");
}

#[test]
fn well_formed_and_malformed_mime_sets_are_all_taken() {
    // One file of the second set is prose with no header field at all: it is named, not taken.
    let sets = [
        ("mime/stalwart.tar.gz", "107 of 107 messages taken"),
        ("mime/cpython.tar.gz", "47 of 48 messages taken\n  not taken: msg_19.txt: no header field was found"),
        ("bounces/bounces.tar.gz", "294 of 294 messages taken"),
    ];
    for (set, expected) in sets {
        let Some(loaded) = load_shared(set) else { return };
        assert_eq!(loaded.to_string(), expected, "{set}");
        loaded.messages.iter().for_each(|message| check(&message.mail));
    }
}

#[test]
fn a_folder_of_bodies_without_headers_is_named_file_by_file() {
    let Some(loaded) = load_shared("replies/emails") else { return };
    assert_eq!(loaded.found(), 64);
    assert!(loaded.skipped.len() > 50 && loaded.skipped.iter().all(|skipped| skipped.reason == "no header field was found"));
    loaded.messages.iter().for_each(|message| check(&message.mail));
}

#[test]
fn folders_maildirs_mailboxes_and_archives_hold_the_same_mail() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    for folder in ["maildir/cur", "maildir/new", "maildir/tmp", "maildir/.Sent/cur", "maildir/.Sent/new", "plain/deep"] {
        fs::create_dir_all(at(folder)).unwrap();
    }
    fs::write(at("maildir/cur/1:2,FS"), MESSAGE).unwrap();
    fs::write(at("maildir/new/2"), MESSAGE).unwrap();
    fs::write(at("maildir/tmp/3"), MESSAGE).unwrap();
    fs::write(at("maildir/.Sent/cur/4:2,"), MESSAGE).unwrap();
    fs::write(at("plain/deep/a.eml"), MESSAGE).unwrap();
    fs::write(at("plain/README.md"), "about").unwrap();
    fs::write(at("plain/empty.eml"), "").unwrap();
    let mbox = format!("From a Thu Aug 22 12:36:23 2002\n{MESSAGE}\nFrom b Thu Aug 22 12:36:24 2002\n{MESSAGE}");
    fs::write(at("all.mbox"), &mbox).unwrap();
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    tar.append_dir_all("x", at("plain")).unwrap();
    tar.append_path_with_name(at("all.mbox"), "x/all.mbox").unwrap();
    fs::File::create(at("all.tgz")).unwrap().write_all(&tar.into_inner().unwrap().finish().unwrap()).unwrap();

    let maildir = load(&at("maildir"));
    assert_eq!(maildir.to_string(), "3 of 3 messages taken");
    let flags: Vec<_> = maildir.messages.iter().map(|message| (message.is_read, message.is_flagged)).collect();
    assert_eq!(flags, [(Some(false), false), (Some(true), true), (Some(false), false)]);
    let mbox = load(&at("all.mbox"));
    assert_eq!(mbox.messages[1].name, "all.mbox#2");
    let archive = load(&at("all.tgz"));
    assert_eq!(archive.to_string(), "3 of 4 messages taken\n  not taken: x/empty.eml: it is empty");
    assert_eq!(archive.passed_over.len(), 1);
    for message in maildir.messages.iter().chain(&mbox.messages).chain(&archive.messages) {
        assert_eq!(message.mail.raw.as_ref(), MESSAGE.as_bytes(), "{}", message.name);
    }
    assert_eq!(load(&at("absent")).skipped.len(), 1);
}

/// What Graph promises of every message, whatever its bytes.
fn check(mail: &ParsedMail) {
    let text = |name: &str| mail.properties[name].as_str().unwrap_or_else(|| panic!("{name} is no text"));
    assert!(text("bodyPreview").encode_utf16().count() <= 255);
    assert!(text("internetMessageId").starts_with('<') && text("internetMessageId").ends_with('>'));
    assert!(["low", "normal", "high"].contains(&text("importance")));
    assert!(["text", "html"].contains(&mail.properties["body"]["contentType"].as_str().unwrap()));
    assert!(!mail.properties["internetMessageHeaders"].as_array().unwrap().is_empty());
    for attachment in &mail.attachments {
        assert!(!attachment.name.is_empty() && attachment.content_type.contains('/'));
        if let AttachmentKind::Item(inner) = &attachment.kind {
            check(inner);
        }
    }
}

fn load_shared(name: &str) -> Option<Loaded> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    #[allow(clippy::disallowed_methods, reason = "a test may be told where the private mail lies")]
    let shared = std::env::var_os("RAPPORT_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let path = shared.join("data").join(name);
    if !path.exists() {
        println!("left out: ../shared/data not found ({name})");
        return None;
    }
    Some(load(&path))
}
