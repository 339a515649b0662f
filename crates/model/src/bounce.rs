//! Bounces: what a mail system says became of a mail: who could not be reached, for good or for now, and why.
//!
//! Read from the raw message ([`read`]) or from what Graph gives of it ([`read_parts`]). Reports in the form of RFC 3464 are
//! read by their fields; the free texts of Exchange, Exim, Postfix, qmail, Sendmail, Notes and many others by the few ways
//! in which such texts name an address and quote what the other server said. Why it failed is told by wording, then by
//! status code, then by the reply to which command.
//!
//! Promises: pure, never panics whatever the bytes, looks at the first megabyte at most. A delay, a receipt of delivery, a
//! complaint and the answer of an absent person are told apart from a bounce. It does not verify who wrote the report:
//! whoever acts on it looks up [`Notice::original_message_id`] among what was sent.
//!
//! Sources: RFC 3464 (delivery status), RFC 3463 and 5248 (status codes), RFC 5321 (replies), RFC 5965 (complaints), RFC 3834
//! (automatic answers).

mod amazon;
mod fields;
mod kind;
mod letter;
mod original;
mod phase;
mod reason;
mod recipients;
mod status;
mod transcript;
mod wording;

use letter::Letter;
pub use reason::Reason;

/// What is looked at of a message, in bytes.
const BYTES_MAX: usize = 1 << 20;
/// Recipients that are read from one report.
const FAILURES_MAX: usize = 200;

/// What a mail system reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it is about.
    pub kind: Kind,
    /// The recipients that it is about, at least one unless it is an automatic answer.
    pub failures: Vec<Failure>,
    /// The `Message-ID` of the mail that it is about, without angle brackets.
    pub original_message_id: Option<String>,
}

impl Notice {
    /// Whether at least one recipient will not get the mail.
    pub fn is_bounce(&self) -> bool {
        self.kind == Kind::Failed
    }
}

/// What a report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It was given up.
    Failed,
    /// It goes on being tried.
    Delayed,
    /// It arrived, or was passed on.
    Delivered,
    /// A recipient complained of it, or wants no more.
    Complaint,
    /// Not a report at all: an absent person's program answers.
    AutoReply,
}

/// What became of the mail for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The address at which it failed, if one is named.
    pub recipient: Option<String>,
    /// The address that was written to, where the report says that it was another.
    pub original_recipient: Option<String>,
    /// Whether this recipient was given up.
    pub kind: Kind,
    /// The enhanced status code, such as `5.1.1`.
    pub status: Option<String>,
    /// The SMTP reply, such as 550.
    pub reply: Option<u16>,
    /// Why.
    pub reason: Reason,
    /// Whether writing to this address again is of no use: it, or its domain, is not there.
    pub hard: bool,
    /// What the other server said, as it was quoted; may be empty. At most 2,000 bytes.
    pub diagnostic: String,
}

/// Whether a message by this author (its address, empty if unknown) with these headers, as name and value, is worth being read
/// raw: a mail system seems to have written it. Cheap, and rather too often true than too seldom.
pub fn may_be<'a>(author: &str, mut headers: impl Iterator<Item = (&'a str, &'a str)>) -> bool {
    let local = author.split('@').next().unwrap_or_default().to_ascii_lowercase();
    let by_a_mail_system = local.is_empty()
        || ["mailer-daemon", "postmaster", "microsoftexchange"].iter().any(|name| local.starts_with(name))
        || local.contains("delivery");
    by_a_mail_system
        || headers.any(|(name, value)| {
            let (name, value) = (name.to_ascii_lowercase(), value.trim().to_ascii_lowercase());
            match name.as_str() {
                "x-failed-recipients" | "x-ms-exchange-message-is-ndr" => true,
                "return-path" => value == "<>",
                "content-type" => value.contains("multipart/report") || value.contains("delivery-status"),
                _ => false,
            }
        })
}

/// Reads a raw message; `None` if it reports nothing.
pub fn read(raw: &[u8]) -> Option<Notice> {
    let raw = &raw[..raw.len().min(BYTES_MAX)];
    notice(&Letter::open(raw)?)
}

/// Reads the parts of a message as Graph gives them: its internet headers and the plain text of its body.
pub fn read_parts(headers: &[(String, String)], body: &str) -> Option<Notice> {
    let mut end = body.len().min(BYTES_MAX);
    while !body.is_char_boundary(end) {
        end -= 1;
    }
    notice(&Letter::of_parts(headers, &body[..end]))
}

fn notice(letter: &Letter) -> Option<Notice> {
    let kind = letter.kind()?;
    let original_message_id = letter.original_message_id();
    let failures = match kind {
        Kind::AutoReply => Vec::new(),
        Kind::Complaint => complaints(letter),
        Kind::Failed | Kind::Delayed | Kind::Delivered => reports(letter, kind),
    };
    let says_nothing =
        |failures: &[Failure]| failures.iter().all(|failure| failure.reason == Reason::Undefined && failure.kind == Kind::Failed);
    if kind == Kind::Failed && says_nothing(&failures) {
        let wrapped = letter.wrapped.as_deref().filter(|inner| inner.is_a_transcript()).map(inner_notice);
        if let Some(wrapped) = wrapped.filter(|wrapped| !says_nothing(&wrapped.failures)) {
            return Some(wrapped);
        }
    }
    Some(Notice { kind: overall(kind, &failures), failures, original_message_id })
}

/// What a report says that another one wraps.
fn inner_notice(letter: &Letter) -> Notice {
    notice(letter).filter(Notice::is_bounce).unwrap_or_else(|| Notice {
        kind: Kind::Failed,
        failures: reports(letter, Kind::Failed),
        original_message_id: letter.original_message_id(),
    })
}

/// The worst of what became of the recipients.
fn overall(kind: Kind, failures: &[Failure]) -> Kind {
    let any = |wanted: Kind| failures.iter().any(|failure| failure.kind == wanted);
    match kind {
        Kind::AutoReply | Kind::Complaint => kind,
        Kind::Failed | Kind::Delayed | Kind::Delivered => {
            [Kind::Failed, Kind::Delayed, Kind::Delivered].into_iter().find(|kind| any(*kind)).unwrap_or(kind)
        }
    }
}

fn complaints(letter: &Letter) -> Vec<Failure> {
    let complaint = |recipient: Option<String>| Failure {
        recipient,
        original_recipient: None,
        kind: Kind::Complaint,
        status: None,
        reply: None,
        reason: Reason::Undefined,
        hard: false,
        diagnostic: String::new(),
    };
    let of: Vec<String> = letter.complained_of();
    if of.is_empty() { vec![complaint(None)] } else { of.into_iter().map(Some).map(complaint).take(FAILURES_MAX).collect() }
}

/// What is known of one recipient before it is judged.
#[derive(Clone, Debug, Default)]
struct Told {
    recipient: Option<String>,
    original: Option<String>,
    action: Option<Kind>,
    status: Option<String>,
    diagnostic: String,
    /// What the free text says about this recipient.
    text: String,
}

fn reports(letter: &Letter, kind: Kind) -> Vec<Failure> {
    let told = letter.told();
    let alone = told.len() == 1;
    told.into_iter().take(FAILURES_MAX).map(|told| judged(letter, kind, told, alone)).collect()
}

fn judged(letter: &Letter, kind: Kind, told: Told, alone: bool) -> Failure {
    let kind = told.action.unwrap_or(kind);
    let said = said(letter, &told, alone);
    let (in_text, reply) = status::in_text(&said);
    let status = status::choose(in_text, told.status.clone());
    let phase = phase::of(&said).or_else(|| phase::of(&told.text)).or_else(|| if alone { phase::of(&letter.text) } else { None });
    let evidence = reason::Evidence { said: &said, status: status.as_deref(), reply, phase, kind };
    let mut reason = evidence.reason();
    if reason == Reason::Undefined && !told.text.is_empty() {
        reason = reason::Evidence { said: &told.text, ..evidence }.reason();
    }
    if reason == Reason::Undefined && alone {
        reason = reason::Evidence { said: &letter.summary(), ..evidence }.reason();
    }
    let lasting = status.as_ref().is_none_or(|status| !status.starts_with('4'));
    Failure {
        recipient: told.recipient,
        original_recipient: told.original,
        kind,
        hard: kind == Kind::Failed && reason.is_of_the_address() && lasting,
        status,
        reply,
        reason,
        diagnostic: shortened(&said),
    }
}

/// The words by which the failure is judged: the report's own field, else what the text says about this recipient, else all of
/// it if nobody else is meant.
fn said(letter: &Letter, told: &Told, alone: bool) -> String {
    if told.diagnostic.contains(char::is_alphabetic) {
        return told.diagnostic.clone();
    }
    if !told.text.trim().is_empty() {
        return told.text.clone();
    }
    if alone { letter.summary() } else { String::new() }
}

fn shortened(said: &str) -> String {
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut end = said.len().min(2_000);
    while !said.is_char_boundary(end) {
        end -= 1;
    }
    said[..end].to_owned()
}
