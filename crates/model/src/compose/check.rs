//! Checks before sending: what Exchange would refuse or bounce hours later is told at once, in words, with what to do.
//!
//! Sources: Microsoft Graph, "message" (recipients, `internetMessageHeaders`); Exchange Online limits (500 recipients, 35 MB
//! for a message unless an administrator has raised it to at most 150 MB).

use base::Problem;

use crate::address::Address;
use crate::message::{Participant, Recipients};

/// What the mailbox's Exchange takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a whole message, as it goes over the wire.
    pub message_bytes_max: u64,
    /// Recipients of all kinds.
    pub recipients_max: usize,
    /// Headers of the sender's own.
    pub headers_max: usize,
}

impl Default for Limits {
    /// What a tenant has if nobody changed it: 35 MB (36,700,160 bytes), 500 recipients, 5 headers.
    fn default() -> Self {
        Limits { message_bytes_max: 35 * MEGABYTE, recipients_max: 500, headers_max: 5 }
    }
}

const MEGABYTE: u64 = 1 << 20;

/// What is looked at of a mail.
#[derive(Clone, Copy, Debug)]
pub struct Checked<'a> {
    /// To whom.
    pub recipients: &'a Recipients,
    /// Headers of the sender's own, name and value.
    pub headers: &'a [(String, String)],
    /// Bytes of the text.
    pub body_bytes: u64,
    /// What goes with it: names and sizes in bytes.
    pub attachments: &'a [(&'a str, u64)],
}

/// Something for which Exchange would refuse a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is to nobody.
    NoRecipients,
    /// It is to too many at once.
    TooManyRecipients {
        /// To how many.
        count: usize,
        /// To how many it may be.
        max: usize,
    },
    /// What is given as an address is none.
    NoAddress {
        /// As it was given.
        given: String,
    },
    /// A header of the sender's own has a name that is not allowed.
    HeaderName {
        /// The name.
        name: String,
    },
    /// A header of the sender's own has more than one line, or a letter that no header may hold.
    HeaderValue {
        /// Its name.
        name: String,
    },
    /// It has too many headers of the sender's own.
    TooManyHeaders {
        /// How many.
        count: usize,
        /// How many it may have.
        max: usize,
    },
    /// It is too large.
    TooLarge {
        /// Its estimated bytes on the wire.
        estimate_bytes: u64,
        /// Bytes that it may have.
        limit_bytes: u64,
        /// The largest attachment, if there is one.
        largest: Option<String>,
    },
}

impl Fault {
    /// A stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Fault::NoRecipients => "no_recipients",
            Fault::TooManyRecipients { .. } => "too_many_recipients",
            Fault::NoAddress { .. } => "no_address",
            Fault::HeaderName { .. } => "header_name",
            Fault::HeaderValue { .. } => "header_value",
            Fault::TooManyHeaders { .. } => "too_many_headers",
            Fault::TooLarge { .. } => "too_large",
        }
    }

    /// What is wrong, in one sentence.
    pub fn sentence(&self) -> String {
        match self {
            Fault::NoRecipients => "The mail has no recipient.".to_owned(),
            Fault::TooManyRecipients { count, max } => {
                format!("The mail is to {count} recipients; Exchange takes at most {max} in one mail.")
            }
            Fault::NoAddress { given } if given.is_empty() => "A recipient has no address.".to_owned(),
            Fault::NoAddress { given } => format!("\"{given}\" is not an e-mail address."),
            Fault::HeaderName { name } => format!("The header \"{name}\" cannot be set: Exchange takes only names that begin with \"x-\"."),
            Fault::HeaderValue { name } => format!("The value of the header \"{name}\" is not one line of plain letters."),
            Fault::TooManyHeaders { count, max } => format!("The mail has {count} headers of its own; Exchange takes at most {max}."),
            Fault::TooLarge { estimate_bytes, limit_bytes, .. } => format!(
                "The mail would have about {} as it is sent; this mailbox's limit is {}.",
                megabytes(*estimate_bytes),
                megabytes(*limit_bytes)
            ),
        }
    }

    /// What to do about it.
    pub fn action(&self) -> String {
        match self {
            Fault::NoRecipients => "Add somebody to To, Cc or Bcc.".to_owned(),
            Fault::TooManyRecipients { max, .. } => {
                format!("Send it in several mails of at most {max} recipients, or to a distribution list.")
            }
            Fault::NoAddress { .. } => "Write it like name@example.com, or take it out.".to_owned(),
            Fault::HeaderName { .. } => "Rename it so that it begins with \"x-\" and has only letters, digits and \"-\".".to_owned(),
            Fault::HeaderValue { .. } => "Take out line breaks and control characters.".to_owned(),
            Fault::TooManyHeaders { max, .. } => format!("Keep at most {max}."),
            Fault::TooLarge { largest: Some(name), .. } => format!(
                "Take out an attachment, the largest is \"{name}\", or send a link to it; an attachment takes about a third more than the file. \
                 An administrator can raise the limit to at most 150 MB."
            ),
            Fault::TooLarge { largest: None, .. } => "Shorten the text or take images out of it.".to_owned(),
        }
    }

    /// As it is told to a person and by the API.
    pub fn problem(&self) -> Problem {
        Problem::new(self.code(), "This mail cannot be sent as it is.", self.sentence(), self.action())
    }
}

fn megabytes(bytes: u64) -> String {
    let tenths = bytes * 10 / MEGABYTE;
    if tenths.is_multiple_of(10) { format!("{} MB", tenths / 10) } else { format!("{}.{} MB", tenths / 10, tenths % 10) }
}

/// Everything for which Exchange would refuse this mail; nothing if it would take it.
pub fn check(mail: &Checked<'_>, limits: &Limits) -> Vec<Fault> {
    let mut faults = of_recipients(mail.recipients, limits);
    faults.extend(of_headers(mail.headers, limits));
    let estimate_bytes = estimate_bytes(mail);
    if estimate_bytes > limits.message_bytes_max {
        let largest = mail.attachments.iter().max_by_key(|(_, bytes)| *bytes).map(|(name, _)| (*name).to_owned());
        faults.push(Fault::TooLarge { estimate_bytes, limit_bytes: limits.message_bytes_max, largest });
    }
    faults
}

fn of_recipients(recipients: &Recipients, limits: &Limits) -> Vec<Fault> {
    let all: Vec<&Participant> = [&recipients.to, &recipients.cc, &recipients.bcc].into_iter().flatten().collect();
    let mut faults = Vec::new();
    if all.is_empty() {
        faults.push(Fault::NoRecipients);
    }
    if all.len() > limits.recipients_max {
        faults.push(Fault::TooManyRecipients { count: all.len(), max: limits.recipients_max });
    }
    let given = all.into_iter().chain(&recipients.reply_to).map(|person| person.address.as_str());
    faults.extend(given.filter(|address| !is_address(address)).map(|address| Fault::NoAddress { given: address.to_owned() }));
    faults
}

/// Whether a mail can be sent to this. RFC 5321, 4.5.3.1 has the lengths.
pub fn is_address(given: &str) -> bool {
    let Some((local, domain)) = given.rsplit_once('@') else { return false };
    let is_atom = |letter: char| letter.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(letter);
    let is_dotted = !local.starts_with('.') && !local.ends_with('.') && !local.contains("..");
    let is_quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"') && !local.contains(char::is_control);
    let is_host = domain.split('.').all(|label| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|letter| letter.is_alphanumeric() || letter == '-')
    });
    local.len() <= 64
        && given.len() <= 254
        && is_host
        && (is_quoted || (is_dotted && local.chars().all(is_atom)))
        && (is_quoted || Address::read(given).is_some())
}

fn of_headers(headers: &[(String, String)], limits: &Limits) -> Vec<Fault> {
    let is_name = |name: &str| {
        name.len() > 2
            && name[..2].eq_ignore_ascii_case("x-")
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let mut faults = Vec::new();
    for (name, value) in headers {
        if !(name.is_ascii() && is_name(name)) {
            faults.push(Fault::HeaderName { name: subject_line(name) });
        } else if value.chars().any(char::is_control) {
            faults.push(Fault::HeaderValue { name: name.clone() });
        }
    }
    if headers.len() > limits.headers_max {
        faults.push(Fault::TooManyHeaders { count: headers.len(), max: limits.headers_max });
    }
    faults
}

/// How large the message will be on the wire, in bytes: base64 makes of each 57 bytes a line of 78. HTML goes out with a
/// plain text beside it, for which as much as a half is counted.
pub fn estimate_bytes(mail: &Checked<'_>) -> u64 {
    const HEADERS: u64 = 4096;
    const PART: u64 = 512;
    let encoded = |bytes: u64| bytes.div_ceil(57).saturating_mul(78);
    let attached = mail.attachments.iter().map(|(_, bytes)| encoded(*bytes).saturating_add(PART));
    let text = encoded(mail.body_bytes).saturating_add(encoded(mail.body_bytes) / 2);
    attached.fold(HEADERS.saturating_add(text), u64::saturating_add)
}

/// A subject, or another text for one line of a header: line breaks and control characters become a space, and so does
/// every run of them; nothing stands around it.
pub fn subject_line(subject: &str) -> String {
    let mut line = String::with_capacity(subject.len());
    let mut broken = false;
    for letter in subject.trim().chars() {
        let breaks = letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}');
        if breaks && !broken && !line.ends_with(' ') {
            line.push(' ');
        }
        broken = breaks || (broken && letter == ' ');
        if !broken {
            line.push(letter);
        }
    }
    line.truncate(line.trim_end().len());
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(addresses: &[&str]) -> Recipients {
        let person = |address: &&str| Participant { name: String::new(), address: (*address).to_owned() };
        Recipients { to: addresses.iter().map(person).collect(), ..Recipients::default() }
    }

    fn faults(recipients: &Recipients, headers: &[(&str, &str)], attachments: &[(&str, u64)]) -> Vec<Fault> {
        let headers: Vec<(String, String)> = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        check(&Checked { recipients, headers: &headers, body_bytes: 1_000, attachments }, &Limits::default())
    }

    #[test]
    fn a_mail_without_a_fault_passes() {
        let many: Vec<String> = (0..500).map(|number| format!("bo{number}@acme.example")).collect();
        let many = to(&many.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(faults(&many, &[("X-Case", "4711"), ("x-y", "")], &[("a.pdf", 20 << 20), ("b", 0)]), []);
    }

    #[test]
    fn each_fault_is_found_and_told_with_what_to_do() {
        let many = to(&vec!["bo@acme.example"; 501]);
        let one = to(&["bo@acme.example"]);
        let six = [("x-a", ""); 6];
        for (found, code, words) in [
            (faults(&to(&[]), &[], &[]), "no_recipients", "no recipient"),
            (faults(&many, &[], &[]), "too_many_recipients", "501 recipients; Exchange takes at most 500"),
            (faults(&to(&["bo"]), &[], &[]), "no_address", "\"bo\" is not"),
            (faults(&to(&[""]), &[], &[]), "no_address", "has no address"),
            (faults(&one, &[("Bcc", "x")], &[]), "header_name", "\"Bcc\""),
            (faults(&one, &[("é-", "x")], &[]), "header_name", "\"é-\""),
            (faults(&one, &[("x-a", "1\r\nBcc: bo@acme.example")], &[]), "header_value", "\"x-a\""),
            (faults(&one, &six, &[]), "too_many_headers", "6 headers"),
            (
                faults(&one, &[], &[("small", 1), ("film.mp4", 30 << 20)]),
                "too_large",
                "about 41 MB as it is sent; this mailbox's limit is 35 MB",
            ),
        ] {
            let [fault] = &found[..] else { panic!("one fault, not {found:?}") };
            assert_eq!(fault.code(), code);
            assert!(fault.sentence().contains(words), "{}", fault.sentence());
            assert!(fault.action().ends_with('.') && !fault.problem().action.is_empty());
        }
        assert!(faults(&one, &[], &[("small", 1), ("film.mp4", 30 << 20)])[0].action().contains("film.mp4"));
    }

    #[test]
    fn addresses_are_told_from_what_is_none() {
        for address in ["bo@acme.example", "b.o+tag@acme.example", "o'hara@acme.co.uk", "bø@münchen.example", "\"b o\"@acme.example"] {
            assert!(is_address(address), "{address}");
        }
        for given in [
            "",
            "bo",
            "@acme.example",
            "bo@",
            "bo@acme",
            "bo@.example",
            "b o@acme.example",
            "bo@acme.example, al@acme.example",
            "Bo <bo@acme.example>",
            "bo@acme..example",
            ".bo@acme.example",
            "b..o@acme.example",
            "bo@-acme.example",
            "bo\n@acme.example",
            "mailto:bo@acme.example",
        ] {
            assert!(!is_address(given), "{given}");
        }
        assert!(!is_address(&format!("{}@acme.example", "b".repeat(65))));
    }

    #[test]
    fn a_subject_is_one_line() {
        for (given, line) in [
            ("Offer\r\nBcc: bo@acme.example", "Offer Bcc: bo@acme.example"),
            (" Offer \r\n\t for\u{2028}March\0", "Offer for March"),
            ("two  spaces stay", "two  spaces stay"),
        ] {
            assert_eq!(subject_line(given), line);
        }
    }
}
