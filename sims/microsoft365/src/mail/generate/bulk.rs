//! A very large mailbox, made as it is read: messages of 3 to 6 KB that cost a few microseconds each.
//!
//! For measuring: threads of four, plain text and HTML, real Message-IDs and References, no attachments.

use bytes::Bytes;
use jiff::Timestamp;

use super::compose::date;
use crate::ids::Ids;

/// The newest bulk message is of this moment: 2026-01-01T00:00:00Z.
const NEWEST_S: i64 = 1_767_225_600;

/// Seconds between one message and the next.
const SPACING_S: i64 = 240;

const WORDS: [&str; 32] = [
    "delivery",
    "invoice",
    "please",
    "quote",
    "the",
    "order",
    "by",
    "Friday",
    "warehouse",
    "update",
    "pallet",
    "we",
    "confirm",
    "Größe",
    "thanks",
    "price",
    "number",
    "schedule",
    "for",
    "meeting",
    "attached",
    "with",
    "contract",
    "café",
    "renewal",
    "and",
    "site",
    "visit",
    "payment",
    "shipment",
    "customer",
    "new",
];

/// One bulk message.
#[derive(Debug, Clone)]
pub struct BulkMail {
    /// The bytes.
    pub raw: Bytes,
    /// When it arrived.
    pub received: Timestamp,
    /// Four of five are.
    pub is_read: bool,
}

/// Makes `count` messages, newest first.
pub fn generate_bulk(seed: u64, count: usize) -> impl Iterator<Item = BulkMail> {
    (0..count).map(move |index| one(seed, (count - 1 - index) as u64, index as i64))
}

/// The `number`-th message of its mailbox, `age` messages before the newest.
fn one(seed: u64, number: u64, age: i64) -> BulkMail {
    let mut ids = Ids::new(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let received = Timestamp::from_second(NEWEST_S - age * SPACING_S).unwrap_or(Timestamp::UNIX_EPOCH);
    let (thread, step) = (number / 4, number % 4);
    let mut mail = fields(seed, thread, step, number, received);
    let bytes = 2_500 + ids.below(3_000) as usize;
    if number.is_multiple_of(3) {
        mail.push_str("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n");
        prose(&mut mail, bytes, ("", "\r\n\r\n"), &mut ids);
    } else {
        mail.push_str("Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n<html><body>\r\n");
        prose(&mut mail, bytes, ("<p>", "</p>\r\n"), &mut ids);
        mail.push_str("</body></html>\r\n");
    }
    BulkMail { raw: mail.into(), received, is_read: !number.is_multiple_of(5) }
}

fn fields(seed: u64, thread: u64, step: u64, number: u64, received: Timestamp) -> String {
    let customer = thread % 977;
    let when = date(received, 0);
    let prefix = if step == 0 { "" } else { "Re: " };
    let mut mail = format!(
        "Received: from mail.customer{customer}.example by mx.contoso.example with ESMTPS id b{number}; {when}\r\n\
         From: \"Customer {customer}\" <buyer@customer{customer}.example>\r\nTo: \"Bulk Mailbox\" <bulk@contoso.example>\r\n\
         Subject: {prefix}{} {} {thread}\r\nDate: {when}\r\nMessage-ID: <{seed:x}.{thread}.{step}@customer{customer}.example>\r\n",
        WORDS[(thread % 32) as usize],
        WORDS[(thread / 32 % 32) as usize],
    );
    if step > 0 {
        let ids: Vec<_> = (0..step).map(|step| format!("<{seed:x}.{thread}.{step}@customer{customer}.example>")).collect();
        mail.push_str(&format!("In-Reply-To: {}\r\nReferences: {}\r\n", ids[ids.len() - 1], ids.join(" ")));
    }
    mail.push_str("MIME-Version: 1.0\r\n");
    mail
}

fn prose(mail: &mut String, bytes: usize, around: (&str, &str), ids: &mut Ids) {
    let end = mail.len() + bytes;
    while mail.len() < end {
        mail.push_str(around.0);
        for _ in 0..12 {
            let mut draw = ids.next_u64();
            for _ in 0..6 {
                mail.push_str(WORDS[(draw & 31) as usize]);
                mail.push(' ');
                draw >>= 5;
            }
        }
        mail.push_str(around.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bulk_mail_is_repeatable_threaded_and_of_its_size() {
        let mail: Vec<_> = generate_bulk(7, 200).collect();
        let again: Vec<_> = generate_bulk(7, 200).map(|mail| mail.raw).collect();
        assert_eq!(mail.iter().map(|mail| mail.raw.clone()).collect::<Vec<_>>(), again);
        let mut ids = std::collections::HashSet::new();
        for (index, one) in mail.iter().enumerate() {
            assert!((3_000..=7_000).contains(&one.raw.len()), "{}", one.raw.len());
            let parsed = crate::mail::parse(one.raw.clone()).unwrap();
            assert_eq!(parsed.received, Some(one.received));
            assert!(ids.insert(parsed.properties["internetMessageId"].to_string()));
            assert!(index == 0 || one.received < mail[index - 1].received, "newest first");
        }
    }
}
