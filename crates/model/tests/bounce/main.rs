//! Bounces: figures over the shared collection of real non-delivery mails, and reports of this test's own making.
//!
//! The labels of the collection say status, reason and hard or soft. Whom each mail is about was read by another program and is
//! kept here as digests (`recipients.txt`), so that no address stands in the repository. That program errs too (twice it names an address that the mail does not hold);
//! its word is taken as it is.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use model::bounce::{self, Failure, Kind, Notice, Reason};
use serde_json::Value;
use sha2::{Digest, Sha256};

fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    path.exists().then_some(path)
}

/// The files of an archive, by the last part of their names.
fn files(archive: &Path) -> BTreeMap<String, Vec<u8>> {
    let file = std::fs::File::open(archive).expect("the archive opens");
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let mut files = BTreeMap::new();
    for entry in archive.entries().expect("entries") {
        let mut entry = entry.expect("an entry");
        let path = entry.path().expect("a path").to_string_lossy().into_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("content");
        files.insert(path, content);
    }
    files
}

/// The mails of the collection, by file name.
fn mails() -> Option<BTreeMap<String, Vec<u8>>> {
    let archive = shared("bounces/bounces.tar.gz")?;
    let named = |(path, content): (String, Vec<u8>)| {
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        path.ends_with(".eml").then_some((name, content))
    };
    Some(files(&archive).into_iter().filter_map(named).collect())
}

/// What the labels call a failure.
fn label(failure: Option<&Failure>, kind: Kind) -> String {
    match (kind, failure.map(|failure| failure.kind)) {
        (Kind::AutoReply, _) => "vacation".to_owned(),
        (Kind::Complaint, _) => "feedback".to_owned(),
        (_, Some(Kind::Delivered)) => "delivered".to_owned(),
        (Kind::Failed | Kind::Delayed | Kind::Delivered, Some(_)) => {
            let Some(failure) = failure else { return String::new() };
            match failure.reason.name() {
                "message_too_big" => "mesgtoobig".to_owned(),
                "too_many_connections" => "toomanyconn".to_owned(),
                "not_compliant_rfc" => "notcompliantrfc".to_owned(),
                name => name.replace('_', ""),
            }
        }
        (Kind::Failed | Kind::Delayed | Kind::Delivered, None) => String::new(),
    }
}

/// Digests of the recipients, a line a recipient: file, place, digest; `-` where the mail names nobody.
fn digests() -> BTreeMap<(String, usize), String> {
    let line = |line: &str| {
        let mut words = line.split_whitespace();
        let (file, place, digest) = (words.next()?, words.next()?, words.next()?);
        Some(((file.to_owned(), place.parse().ok()?), digest.to_owned()))
    };
    include_str!("recipients.txt").lines().filter(|line| !line.starts_with('#')).filter_map(line).collect()
}

fn digest(file: &str, recipient: Option<&str>) -> String {
    let Some(recipient) = recipient else { return "-".to_owned() };
    let hash = Sha256::digest(format!("{file}\n{}", recipient.to_lowercase()));
    hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

#[derive(Default)]
struct Tally {
    right: usize,
    of: usize,
}

impl Tally {
    fn add(&mut self, right: bool) {
        self.right += usize::from(right);
        self.of += 1;
    }

    fn share(&self) -> f64 {
        self.right as f64 / self.of as f64
    }
}

/// Figures over the collection.
#[derive(Default)]
struct Figures {
    hard: Tally,
    recipient: Tally,
    reason: Tally,
    status: Tally,
    misses: Vec<String>,
}

impl Figures {
    fn add(&mut self, file: &str, expected: &[Value], notice: Option<&Notice>, digests: &BTreeMap<(String, usize), String>) {
        for (place, expected) in expected.iter().enumerate() {
            let wanted = digests.get(&(file.to_owned(), place));
            let failures = notice.map(|notice| notice.failures.as_slice()).unwrap_or_default();
            let same = |failure: &&Failure| wanted.is_some_and(|wanted| *wanted == digest(file, failure.recipient.as_deref()));
            let got = failures.get(place).filter(same).or_else(|| failures.iter().find(same)).or_else(|| failures.get(place));
            let kind = notice.map(|notice| notice.kind);
            let said = kind.map_or_else(|| "nothing".to_owned(), |kind| label(got, kind));
            let hard = got.is_some_and(|failure| failure.hard);
            self.judge(file, "hard", &expected["hardbounce"].to_string(), &hard.to_string(), kind.is_some());
            self.judge(file, "reason", expected["reason"].as_str().expect("a reason"), &said, true);
            let dsn = expected["dsn"].as_str().expect("a code");
            // What the labels made up for want of a code has a third number of nine hundred.
            if !dsn.contains(".0.9") {
                self.status.add(got.and_then(|failure| failure.status.as_deref()).unwrap_or_default() == dsn);
            }
            if let Some(wanted) = wanted.filter(|wanted| *wanted != "-") {
                let right = got.is_some_and(|failure| *wanted == digest(file, failure.recipient.as_deref()));
                self.judge(file, "recipient", "as expected", if right { "as expected" } else { "another or none" }, true);
            }
        }
    }

    fn judge(&mut self, file: &str, field: &str, wanted: &str, got: &str, read: bool) {
        let right = wanted == got && read;
        match field {
            "hard" => self.hard.add(right),
            "recipient" => self.recipient.add(right),
            _ => self.reason.add(right),
        }
        if !right {
            self.misses.push(format!("{file}: {field}: wanted {wanted}, got {}", if read { got } else { "no notice" }));
        }
    }
}

#[test]
fn bounces_are_told_hard_or_soft_with_recipient_and_reason() {
    let (Some(mails), Some(labels)) = (mails(), shared("bounces/labels.jsonl")) else {
        return println!("left out: ../shared/data not found (bounces)");
    };
    let digests = digests();
    let mut figures = Figures::default();
    let mut with_original = 0;
    let labels = std::fs::read_to_string(labels).expect("labels");
    for line in labels.lines() {
        let label: Value = serde_json::from_str(line).expect("a label");
        let file = label["file"].as_str().and_then(|file| file.rsplit('/').next()).expect("a file");
        let notice = bounce::read(&mails[file]);
        with_original += usize::from(notice.as_ref().is_some_and(|notice| notice.original_message_id.is_some()));
        figures.add(file, label["expect"].as_array().expect("labels"), notice.as_ref(), &digests);
    }
    let Figures { hard, recipient, reason, status, misses } = figures;
    for (name, tally) in [("hard or soft", &hard), ("recipient", &recipient), ("reason", &reason), ("status code", &status)] {
        println!("{name}: {} of {} ({:.3})", tally.right, tally.of, tally.share());
    }
    println!("mails: {}; with the original's Message-ID: {with_original}", mails.len());
    for miss in &misses {
        println!("missed: {miss}");
    }
    assert!(hard.share() >= 0.95 && recipient.share() >= 0.95 && reason.share() >= 0.90);
}

/// The real mails of the shared collection, which are no reports but for a few.
#[test]
fn real_mail_is_seldom_taken_for_a_bounce() {
    let Some(archive) = shared("mail/spamassassin.tar.gz") else {
        return println!("left out: ../shared/data not found (mail)");
    };
    let mails = files(&archive);
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for notice in mails.values().filter_map(|mail| bounce::read(mail)) {
        *kinds.entry(format!("{:?}", notice.kind)).or_default() += 1;
    }
    println!("of {} files of real mail: {kinds:?}", mails.len());
    // Looked at by eye: six reports are among them.
    assert!(mails.len() > 6_000 && kinds.values().sum::<usize>() <= 12, "{kinds:?}");
}

#[test]
fn cutting_or_spoiling_a_bounce_anywhere_never_panics() {
    let Some(mails) = mails() else {
        return println!("left out: ../shared/data not found (bounces)");
    };
    let mut read = 0;
    for mail in mails.values() {
        for step in 1..=16 {
            let at = mail.len() * step / 16;
            let mut spoiled = mail.clone();
            spoiled[at.saturating_sub(1)] ^= 0xff;
            for cut in [&mail[..at], &mail[at..], spoiled.as_slice()] {
                read += usize::from(bounce::read(cut).is_some());
                let text = String::from_utf8_lossy(cut);
                read += usize::from(bounce::read_parts(&[], &text).is_some());
            }
        }
    }
    assert!(read > mails.len(), "most halves of a bounce still read as one");
}

fn headers(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn a_report_of_exchange_online_is_read_from_what_graph_gives() {
    let headers = headers(&[
        ("From", "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@contoso.example>"),
        ("To", "anna@contoso.example"),
        ("Subject", "Undeliverable: Offer"),
        ("Content-Type", "multipart/report; report-type=delivery-status; boundary=\"x\""),
        ("In-Reply-To", "<offer-1@contoso.example>"),
    ]);
    let body = "Your message to bo@acme.example couldn't be delivered.\nbo wasn't found at acme.example.\n\n\
        Diagnostic information for administrators:\nGenerating server: A1.example\nbo@acme.example\n\
        Remote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup'\n\n\
        Original message headers:\nReceived: from a by b\nFrom: anna@contoso.example\nTo: bo@acme.example\n\
        Message-ID: <offer-1@contoso.example>\n";
    let notice = bounce::read_parts(&headers, body).expect("a notice");
    let [failure] = notice.failures.as_slice() else { panic!("{notice:?}") };
    assert!(notice.is_bounce() && failure.hard);
    assert_eq!(failure.recipient.as_deref(), Some("bo@acme.example"));
    assert_eq!((failure.status.as_deref(), failure.reply), (Some("5.1.10"), Some(550)));
    assert_eq!(failure.reason, Reason::UserUnknown);
    assert_eq!(notice.original_message_id.as_deref(), Some("offer-1@contoso.example"));
}

fn report(action: &str, status: &str, said: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.example (Mail Delivery System)\r\nTo: anna@contoso.example\r\nSubject: Mail\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee below.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; bo@acme.example\r\n\
         Original-Recipient: rfc822;sales@acme.example\r\nAction: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp; {said}\r\n\
         --b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <m1@contoso.example>\r\nTo: sales@acme.example\r\n\r\nHello\r\n--b--\r\n"
    )
}

#[test]
fn a_report_by_fields_tells_who_was_written_to_and_who_was_meant() {
    let notice = bounce::read(report("failed", "5.2.2", "552 5.2.2 mailbox full").as_bytes()).expect("a notice");
    let [failure] = notice.failures.as_slice() else { panic!("{notice:?}") };
    assert_eq!(notice.kind, Kind::Failed);
    assert_eq!(failure.recipient.as_deref(), Some("bo@acme.example"));
    assert_eq!(failure.original_recipient.as_deref(), Some("sales@acme.example"));
    assert_eq!((failure.reason, failure.hard), (Reason::MailboxFull, false));
    assert_eq!(failure.diagnostic, "552 5.2.2 mailbox full");
    assert_eq!(notice.original_message_id.as_deref(), Some("m1@contoso.example"));
}

#[test]
fn a_delay_and_a_receipt_of_delivery_are_no_bounces() {
    let delay = bounce::read(report("delayed", "4.4.1", "connect to mx: timed out").as_bytes()).expect("a notice");
    assert_eq!((delay.kind, delay.is_bounce(), delay.failures[0].hard), (Kind::Delayed, false, false));
    let delivered = bounce::read(report("delivered", "2.1.5", "250 ok").as_bytes()).expect("a notice");
    assert_eq!(delivered.kind, Kind::Delivered);
}

#[test]
fn an_unknown_user_after_the_whole_mail_was_taken_is_not_held_against_the_address() {
    let said = |said: &str| bounce::read(report("failed", "5.0.0", said).as_bytes()).expect("a notice").failures[0].clone();
    let at_once = said("550 user unknown (in reply to RCPT TO command)");
    assert_eq!((at_once.reason, at_once.hard), (Reason::UserUnknown, true));
    let later = said("550 user unknown (in reply to end of DATA command)");
    assert_eq!((later.reason, later.hard), (Reason::Filtered, false));
}

#[test]
fn an_absent_person_is_no_bounce_and_a_person_who_writes_of_one_is_nothing() {
    let absent = headers(&[("From", "bo@acme.example"), ("Subject", "Automatic reply: Offer"), ("Auto-Submitted", "auto-replied")]);
    let notice = bounce::read_parts(&absent, "I am away until Monday.").expect("a notice");
    assert_eq!((notice.kind, notice.failures.len()), (Kind::AutoReply, 0));
    let person = headers(&[("From", "bo@acme.example"), ("Subject", "Undeliverable mail"), ("Return-Path", "<bo@acme.example>")]);
    assert_eq!(bounce::read_parts(&person, "My mail to di@acme.example could not be delivered, 550 user unknown. Do you know more?"), None);
    assert_eq!(bounce::read_parts(&[], ""), None);
    assert_eq!(bounce::read(b""), None);
}
